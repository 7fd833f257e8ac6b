/*
 * uninstall: remove what was installed; the user's seelog.xml and logs stay
 * unless --purge is given.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/apply.h"
#include "installer/job.h"
#include "installer/owner.h"
#include "installer/report.h"

static int under_lock(const struct inst_settings *s,
		      const struct inst_place *place, struct sm_out *out,
		      struct sm_err *e)
{
	struct inst_state st = { 0 };
	struct inst_plan p = { 0 };
	int r, lock = -1;

	if ((r = inst_state_read(&st, place->dir, place->link, e)) < 0)
		goto out;
	if (st.dir_exists && !s->dry_run) {
		lock = inst_apply_lock(&st, e);
		if (lock < 0) {
			r = lock;
			goto out;
		}
		/* what was seen before the lock may have changed */
		inst_state_release(&st);
		r = inst_state_read(&st, place->dir, place->link, e);
		if (r < 0)
			goto out;
	}
	if ((r = inst_plan_uninstall(&p, &st, s->purge, e)) < 0)
		goto out;
	r = inst_job_carry_out(out, &p, s->dry_run, e);
out:
	sm_os_file_close(lock);
	inst_plan_release(&p);
	inst_state_release(&st);
	return r;
}

/* Why DIR is still there. */
static const char *why(const struct inst_place *place,
		       const struct sm_file_info *dir)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_file_info above = { 0 };
	int r;

	r = sm_os_file_stat(inst_layout_text(&a, "%s/..", place->dir), true,
			    &above, NULL);
	sm_arena_release(&a);
	if (dir->type == SM_FILE_LINK)
		return "it is a link.";
	if (r == 0 && above.dev != dir->dev)
		return "a file system is mounted there.";
	return "it holds files that were not installed.";
}

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct inst_place place;
	struct sm_file_info left;
	int r;

	if ((r = inst_place_resolve(&place, &a, s->dir, s->link, s->user, e)) <
		    0 ||
	    (!s->force &&
	     (r = inst_owner_check(place.dir, "cannot remove", e)) < 0) ||
	    (r = under_lock(s, &place, out, e)) < 0 || s->dry_run)
		goto out;
	inst_report_removed(out, &place);
	sm_out_say(out, "The Session Manager plugin is removed.");
	if (sm_os_file_stat(place.dir, false, &left, NULL) == 0)
		sm_out_say(out, "%s stays: %s", place.dir, why(&place, &left));
	if (place.link[0] &&
	    sm_os_file_stat(place.link, false, &left, NULL) == 0)
		sm_out_say(out,
			   "%s stays: it does not belong to this "
			   "installation.",
			   place.link);
out:
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_uninstall = {
	"uninstall",
	INST_GROUP_PLACE | INST_GROUP_ACT | INST_GROUP_PURGE | INST_GROUP_JSON,
	0,
	"uninstall [options]",
	"Removes the plugin, its kept versions and its link; nothing else.\n",
	run,
	NULL,
};
