/*
 * Watches the folder of the log's configuration. Any change there costs one
 * stat; whether it is our file, and a good one, is plugin/logfile's business.
 */
#include "common/def.h"
#include "plugin/logwatch.h"

#include "common/mem.h"
#include "common/path.h"
#include "plugin/logfile.h"

struct plug_logwatch {
	uv_fs_event_t event;
	struct plug_logfile *f;
};

static void on_event(uv_fs_event_t *h, const char *name, int events, int status)
{
	struct plug_logwatch *w = h->data;

	SM_UNUSED(name);
	SM_UNUSED(events);
	/* a file that does not parse leaves the log as it was */
	if (status == 0)
		(void)plug_logfile_reload_if_changed(w->f, NULL);
}

static void on_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

void plug_logwatch_free(struct plug_logwatch *w)
{
	if (w)
		uv_close((uv_handle_t *)&w->event, on_closed);
}

struct plug_logwatch *plug_logwatch_new(uv_loop_t *loop, struct plug_logfile *f)
{
	const char *path = f ? plug_logfile_path(f) : NULL;
	struct sm_buf dir = SM_BUF_INIT(4096);
	struct plug_logwatch *w;
	int r;

	if (!path)
		return NULL;
	w = sm_mem_zalloc(1, sizeof(*w));
	w->f = f;
	(void)uv_fs_event_init(loop, &w->event);
	w->event.data = w;
	uv_unref((uv_handle_t *)&w->event);
	r = sm_buf_put_str(&dir, sm_path_dirname(sm_str(path)));
	if (r == 0)
		r = uv_fs_event_start(&w->event, on_event, sm_buf_z(&dir), 0);
	sm_buf_release(&dir);
	if (r < 0) { /* there is no such folder: the usual case */
		plug_logwatch_free(w);
		return NULL;
	}
	return w;
}
