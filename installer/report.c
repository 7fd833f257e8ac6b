/*
 * Text and JSON say the same. Nothing is decided here.
 */
#include "common/def.h"
#include "installer/report.h"

#include "common/os/env.h"
#include "common/os/file.h"
#include "installer/apply.h"
#include "installer/result.h"

static void say_json(struct sm_out *out, const struct inst_step *t)
{
	struct inst_result line;

	inst_result_init(&line, "step");
	inst_result_text(&line, "act", inst_plan_act(t->kind));
	inst_result_text(&line, "path", t->path);
	inst_result_text(&line, "from", t->from);
	inst_result_flag(&line, "switch", t->commit);
	inst_result_print(&line, out);
	inst_result_release(&line);
}

int inst_report_plan(struct sm_out *out, const struct inst_plan *p)
{
	struct sm_buf text = SM_BUF_INIT((size_t)1 << 20);
	size_t i;
	int r = 0;

	for (i = 0; i < p->n && out->json; i++)
		say_json(out, &p->step[i]);
	if (!out->json)
		r = inst_plan_print(p, &text);
	if (text.len) /* flush reports */
		(void)fwrite(text.ptr, 1, text.len, out->out);
	sm_buf_release(&text);
	return r;
}

static void on_warning(void *user, const char *message)
{
	sm_out_warn(user, "%s", message);
}

struct show {
	struct sm_out *out;
	const struct inst_plan *plan;
};

static void on_step(void *user, size_t done, size_t all)
{
	struct show *s = user;
	struct inst_plan one = { 0 };
	struct sm_buf text = SM_BUF_INIT((size_t)64 << 10);

	if (done == all)
		return;
	one.step = &s->plan->step[done];
	one.n = 1;
	(void)inst_plan_print(&one, &text); /* cut is fine */
	if (text.len)
		sm_out_detail(s->out, "%.*s", (int)text.len - 1,
			      sm_buf_z(&text));
	sm_buf_release(&text);
}

int inst_report_run(struct sm_out *out, const struct inst_plan *p,
		    struct sm_err *e)
{
	struct inst_plan shown = *p;
	struct show s = { out, p };

	if (out->verbosity > 0 && !p->watch) {
		shown.watch = on_step;
		shown.watch_user = &s;
	}
	return inst_apply_run(&shown, on_warning, out, e);
}

void inst_report_installed(struct sm_out *out, const struct inst_place *place,
			   const char *version, const char *previous,
			   bool changed)
{
	struct inst_result line;

	inst_result_init(&line, "installed");
	inst_result_text(&line, "version", version);
	inst_result_text(&line, "previous", previous);
	inst_result_text(&line, "directory", place->dir);
	inst_result_text(&line, "link", place->link);
	inst_result_flag(&line, "changed", changed);
	inst_result_print(&line, out);
	inst_result_release(&line);
}

void inst_report_removed(struct sm_out *out, const struct inst_place *place)
{
	struct inst_result line;
	struct sm_file_info st;

	inst_result_init(&line, "removed");
	inst_result_text(&line, "directory", place->dir);
	inst_result_text(&line, "link", place->link);
	inst_result_flag(&line, "directory_stays",
			 sm_os_file_stat(place->dir, false, &st, NULL) == 0);
	inst_result_print(&line, out);
	inst_result_release(&line);
}

void inst_report_off_path(struct sm_out *out, const struct inst_place *place)
{
	struct sm_buf path = SM_BUF_INIT((size_t)128 << 10);
	struct sm_buf line = SM_BUF_INIT((size_t)16 << 10);

	(void)sm_os_env_get(&path, "PATH"); /* unset: empty */
	if (inst_place_off_path(place, sm_buf_z(&path), &line))
		sm_out_say(out,
			   "Its directory is not in your PATH. This line in "
			   "~/.profile puts it there:\n  %s",
			   sm_buf_z(&line));
	sm_buf_release(&path);
	sm_buf_release(&line);
}
