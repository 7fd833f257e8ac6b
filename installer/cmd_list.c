/*
 * list: the versions kept, the current one marked.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/place.h"
#include "installer/result.h"
#include "installer/state.h"

static void print(struct sm_out *out, struct sm_arena *a, const char *folder,
		  bool current)
{
	const char *version = inst_layout_version(a, folder);
	struct inst_result line;

	sm_out_say(out, "%s%s", version, current ? " (current)" : "");
	inst_result_init(&line, "version");
	inst_result_text(&line, "version", version);
	inst_result_text(&line, "folder", folder);
	inst_result_flag(&line, "current", current);
	inst_result_print(&line, out);
	inst_result_release(&line);
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct inst_place place;
	struct inst_state st = { 0 };
	size_t i;
	int r;

	if ((r = inst_place_resolve(&place, &a, s->dir, s->link, s->user, e)) <
		    0 ||
	    (r = inst_state_read(&st, place.dir, place.link, e)) < 0)
		goto out;
	if (!st.versions.n && !st.plain_version) {
		r = sm_err_set(e, SM_ENOTFOUND, "nothing is installed in '%s'",
			       place.dir);
		goto out;
	}
	for (i = 0; i < st.versions.n; i++) {
		const char *v = st.versions.name[i];

		print(out, &a, v,
		      !st.plain_version && st.current &&
			      !strcmp(v, st.current));
	}
	if (st.plain_version)
		print(out, &a, st.plain_version, true);
out:
	inst_state_release(&st);
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_list = {
	"list",
	INST_GROUP_PLACE | INST_GROUP_JSON,
	0,
	"list [options]",
	"Lists the versions kept for rollback, oldest first.\n",
	run,
	NULL,
};
