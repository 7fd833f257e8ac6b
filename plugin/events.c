/*
 * The event lines. A reader that went away or is slow never disturbs the
 * session: a failed sink drops what is written.
 */
#include "common/def.h"
#include "plugin/events.h"

#include "common/buf.h"
#include "common/mem.h"
#include "plugin/sink.h"
#include "plugin/wire/payload.h"

struct plug_events {
	struct plug_sink *sink;
};

struct plug_events *plug_events_new(uv_loop_t *loop, int fd,
				    const struct plug_sink_ops *ops, void *user,
				    struct sm_err *e)
{
	struct plug_events *v;
	struct plug_sink *sink;

	if (fd < 0)
		return NULL;
	sink = plug_sink_new(loop, fd, "SSM_PLUGIN_EVENT_FD", ops, user, e);
	if (!sink)
		return NULL;
	v = sm_mem_zalloc(1, sizeof(*v));
	v->sink = sink;
	return v;
}

void plug_events_free(struct plug_events *v)
{
	if (!v)
		return;
	plug_sink_free(v->sink);
	sm_mem_free(v);
}

static void begin(struct sm_buf *line, const char *event)
{
	(void)sm_buf_printf(line, "{\"event\":\"%s\"", event);
}

static void end(struct plug_events *v, struct sm_buf *line)
{
	if (sm_buf_puts(line, "}\n") == 0)
		plug_sink_write(v->sink, sm_buf_str(line));
	sm_buf_release(line);
}

void plug_events_put(struct plug_events *v, const char *event)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);

	if (!v)
		return;
	begin(&line, event);
	end(v, &line);
}

void plug_events_put_text(struct plug_events *v, const char *event,
			  const char *name, struct sm_str value)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);

	if (!v)
		return;
	begin(&line, event);
	(void)sm_buf_printf(&line, ",\"%s\":", name);
	(void)plug_payload_json_string(&line, value);
	end(v, &line);
}

void plug_events_put_port(struct plug_events *v, const char *host,
			  unsigned port)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);

	if (!v)
		return;
	begin(&line, "listening");
	(void)sm_buf_puts(&line, ",\"host\":");
	(void)plug_payload_json_string(&line, sm_str(host));
	(void)sm_buf_printf(&line, ",\"port\":%u", port);
	end(v, &line);
}

size_t plug_events_queued(const struct plug_events *v)
{
	return v ? plug_sink_queued(v->sink) : 0;
}
