/*
 * rollback: switch to the version that was installed before, at once and
 * without network.
 */
#include "common/def.h"
#include "installer/cmd.h"

#include "installer/apply.h"
#include "installer/job.h"
#include "installer/kept.h"
#include "installer/owner.h"
#include "installer/report.h"

static int run(const struct inst_settings *s, struct sm_out *out,
	       struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct inst_job j = { 0 };
	struct inst_state st = { 0 };
	struct inst_plan p = { 0 };
	const char *folder;
	int r, lock = -1;

	j.out = out;
	if ((r = inst_place_resolve(&j.place, &a, s->dir, s->link, s->user,
				    e)) < 0 ||
	    (!s->force &&
	     (r = inst_owner_check(j.place.dir, "cannot switch versions in",
				   e)) < 0) ||
	    (r = inst_state_read(&st, j.place.dir, j.place.link, e)) < 0)
		goto out;
	if (!st.current) {
		r = sm_err_set(e, SM_ENOTFOUND, "nothing is installed in '%s'",
			       j.place.dir);
		goto out;
	}
	if (!s->dry_run && (lock = inst_apply_lock(&st, e)) < 0) {
		r = lock;
		goto out;
	}
	if (lock >= 0) {
		/* what was seen before the lock may have changed */
		inst_state_release(&st);
		r = inst_state_read(&st, j.place.dir, j.place.link, e);
		if (r < 0)
			goto out;
	}
	r = inst_kept_choose(&st, s->n_args ? s->args[0] : NULL, &a, &folder,
			     e);
	if (r < 0 || (r = inst_plan_switch(&p, &st, folder, e)) < 0)
		goto out;
	r = inst_job_carry_out(out, &p, s->dry_run, e);
	if (r < 0 || s->dry_run)
		goto out;
	inst_report_installed(out, &j.place, inst_layout_version(&a, folder),
			      inst_layout_version(&a, st.current), true);
	sm_out_say(out, "Switched from version %s to %s.",
		   inst_layout_version(&a, st.current),
		   inst_layout_version(&a, folder));
	r = inst_job_greet(&j, e);
out:
	sm_os_file_close(lock);
	inst_plan_release(&p);
	inst_state_release(&st);
	sm_arena_release(&a);
	return r;
}

const struct inst_verb inst_cmd_rollback = {
	"rollback",
	INST_GROUP_PLACE | INST_GROUP_ACT | INST_GROUP_JSON,
	1,
	"rollback [VERSION] [options]",
	"Switches to the version that was installed before this one, or to a "
	"kept\nVERSION.\n",
	run,
	NULL,
};
