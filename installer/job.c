/*
 * The course of an installation. The state is read once to plan and to show
 * the plan, and again under the lock to act on.
 */
#include "common/def.h"
#include "installer/job.h"

#include "common/fs.h"
#include "common/os/process.h"
#include "common/version.h"
#include "installer/apply.h"
#include "installer/kept.h"
#include "installer/label.h"
#include "installer/owner.h"
#include "installer/register.h"
#include "installer/report.h"
#include "installer/support.h"

#define VERSION_FILE_MAX 256
#define GREET_TIMEOUT_MS 30000

int inst_job_version(const char *source, struct sm_buf *out, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf text = SM_BUF_INIT(VERSION_FILE_MAX);
	const char *plugin = inst_layout_text(&a, "%s/" INST_PLUGIN, source);
	const char *argv[] = { plugin, "--version", NULL };
	struct sm_version v;
	int r, status = 0;

	r = sm_fs_read(inst_layout_text(&a, "%s/VERSION", source),
		       VERSION_FILE_MAX, &text, NULL);
	if (r == SM_ENOTFOUND)
		r = sm_os_process_run(argv, GREET_TIMEOUT_MS, &text, NULL,
				      &status, NULL);
	if (r < 0 || status != 0) {
		r = sm_err_set(e, SM_ENOTFOUND,
			       "cannot tell the version of the files in '%s': "
			       "no file 'VERSION', and '%s --version' does not "
			       "work",
			       source, plugin);
		goto out;
	}
	if (sm_version_parse(&v, sm_str_trim(sm_buf_str(&text))) < 0)
		r = sm_err_set(e, SM_EFORMAT,
			       "cannot use '%s/VERSION': '%.40s' is no version",
			       source, sm_buf_z(&text));
	else
		r = sm_buf_put_str(out, sm_str_trim(sm_buf_str(&text)));
out:
	sm_buf_release(&text);
	sm_arena_release(&a);
	return r;
}

static void find_present(const struct inst_job *j, bool present[INST_FILES])
{
	size_t i;

	inst_state_present(j->source, present);
	for (i = 0; i < INST_FILES; i++)
		present[i] = present[i] || j->other[i];
}

/* -1, 0, 1: the new version against the installed one; 1 if none is. */
static int compare_installed(const struct inst_state *s, const char *version)
{
	const char *have = s->plain_version ? s->plain_version : s->current;
	struct sm_version a, b;
	struct sm_str text = sm_str(have), v;

	if (!have || !sm_str_split(&text, '~', &v) ||
	    sm_version_parse(&a, v) < 0 ||
	    sm_version_parse(&b, sm_str(version)) < 0)
		return 1;
	return sm_version_cmp(&b, &a);
}

/* May what is installed be left for something older? */
static bool is_withdrawn(const struct inst_job *j, const struct inst_state *s)
{
	const char *have = s->plain_version ? s->plain_version : s->current;

	return have && j->feed &&
	       inst_feed_withdrawn(
		       j->feed, inst_layout_version(&j->receipt->arena, have));
}

/* See inst_job_decide. */
static int decide(struct inst_job *j, const struct inst_state *s,
		  const char *version, struct sm_err *e)
{
	int order = compare_installed(s, version);

	if (j->skip_same && order == 0 && !inst_state_is_torn(s)) {
		sm_out_say(j->out,
			   "Version %s is installed already: it is current.",
			   version);
		if (!s->copies && s->link_kind != INST_LINK_OURS)
			sm_out_warn(j->out,
				    "'%s' does not lead to it; the command "
				    "'install' makes the link",
				    s->link);
		inst_report_installed(j->out, &j->place, version, NULL, false);
		return 1;
	}
	if (j->no_downgrade && order < 0 && !is_withdrawn(j, s))
		return sm_err_set(e, SM_ESTATE,
				  "cannot replace a newer version by %s (use "
				  "--allow-downgrade)",
				  version);
	return 0;
}

int inst_job_decide(struct inst_job *j, const char *version, struct sm_err *e)
{
	struct inst_state s = { 0 };
	int r = 0;

	if (j->skip_same || j->no_downgrade)
		r = inst_state_read(&s, j->place.dir, j->place.link, e);
	if (r >= 0)
		r = decide(j, &s, version, e);
	inst_state_release(&s);
	return r;
}

static int plan(struct inst_job *j, struct inst_plan *p, struct inst_state *s,
		struct sm_str receipt, struct sm_err *e)
{
	struct inst_wanted w = { 0 };
	struct sm_buf tool = SM_BUF_INIT((size_t)8 << 10);
	struct sm_buf retire = SM_BUF_INIT((size_t)32 << 10);
	int r;

	if (inst_register_rival(j->place.dir, &retire, NULL))
		w.retire = sm_buf_z(&retire);
	if (inst_label_find("", &tool))
		w.label = sm_buf_z(&tool);
	w.source = j->source;
	w.version = j->version;
	w.receipt = receipt;
	w.keep = j->keep ? j->keep : INST_KEEP;
	w.force = j->force;
	w.no_probe = j->no_probe;
	find_present(j, w.present);
	memcpy(w.other, j->other, sizeof(w.other));
	r = inst_plan_install(p, s, &w, e);
	p->watch = j->watch;
	p->watch_user = j->watch_user;
	sm_buf_release(&tool);
	sm_buf_release(&retire);
	return r;
}

int inst_job_carry_out(struct sm_out *out, const struct inst_plan *p,
		       bool dry_run, struct sm_err *e)
{
	return dry_run ? inst_report_plan(out, p) : inst_report_run(out, p, e);
}

static void say_contract(const struct inst_job *j, const struct inst_state *s)
{
	if (!j->contract || j->dry_run)
		return;
	if (!s->bin_exists)
		sm_out_say(j->out, "Creating install directories: %s/bin",
			   j->place.dir);
	if (s->copies)
		return;
	if (s->link_kind == INST_LINK_OURS || s->link_kind == INST_LINK_OTHER ||
	    s->link_kind == INST_LINK_FILE)
		sm_out_say(j->out,
			   "Symlink already exists. Removing symlink from %s",
			   j->place.link);
	sm_out_say(j->out, "Creating Symlink from %s/" INST_PLUGIN " to %s",
		   j->place.dir, j->place.link);
}

static int under_lock(struct inst_job *j, struct sm_err *e)
{
	struct inst_state s = { 0 };
	struct inst_plan p = { 0 };
	struct sm_buf receipt = SM_BUF_INIT(SM_RECEIPT_MAX);
	int r;

	if ((r = inst_state_read(&s, j->place.dir, j->place.link, e)) < 0)
		goto out;
	if ((r = decide(j, &s, j->version, e)) != 0)
		goto out;
	inst_kept_fill(j->receipt, &s, j->version);
	if ((r = sm_receipt_put(j->receipt, &receipt, e)) < 0)
		goto out;
	if ((r = plan(j, &p, &s, sm_buf_str(&receipt), e)) < 0)
		goto out;
	say_contract(j, &s);
	r = inst_job_carry_out(j->out, &p, j->dry_run, e);
	if (r >= 0 && !j->dry_run)
		inst_report_installed(j->out, &j->place, j->version,
				      j->receipt->previous, true);
out:
	inst_plan_release(&p);
	inst_state_release(&s);
	sm_buf_release(&receipt);
	return r;
}

/* Folders that the lock made go again if nothing was installed into them. */
static void unmake(const struct inst_names *made)
{
	size_t i;

	for (i = made->n; i-- > 0;)
		(void)sm_os_dir_remove(made->name[i],
				       NULL); /* not empty: stays */
}

int inst_job_greet(const struct inst_job *j, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	/* as the user will: by the link, by DIR\bin on the Path */
	const char *plugin =
		j->place.link[0] ?
			j->place.link :
			inst_layout_text(&a, "%s/" INST_PLUGIN, j->place.dir);
	const char *argv[] = { plugin, NULL };
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int r, status = 0;

	r = sm_os_process_run(argv, GREET_TIMEOUT_MS, &text, NULL, &status, e);
	if (r >= 0 && status != 0)
		r = sm_err_set(e, SM_ESTATE,
			       "'%s' was installed but ends with status %d",
			       plugin, status);
	if (r >= 0)
		inst_report_off_path(j->out, &j->place);
	if (r >= 0)
		sm_out_say(j->out,
			   "The Session Manager plugin is installed "
			   "successfully. Use the AWS CLI to start a session.");
	sm_buf_release(&text);
	sm_arena_release(&a);
	return r;
}

int inst_job_install(struct inst_job *j, struct sm_err *e)
{
	struct inst_state s = { 0 };
	struct sm_buf version = SM_BUF_INIT((size_t)256);
	bool present[INST_FILES];
	int lock = -1, r;

	if (!j->version) {
		if ((r = inst_job_version(j->source, &version, e)) < 0)
			goto out;
		j->version = sm_receipt_text(j->receipt, sm_buf_z(&version));
	}
	find_present(j, present);
	inst_support_complete(&j->receipt->arena, present, j->other);
	find_present(j, present);
	if ((r = inst_kept_list(j->receipt, j->source, j->other, present, e)) <
	    0)
		goto out;
	if (!j->force &&
	    (r = inst_owner_check(j->place.dir, "cannot install into", e)) < 0)
		goto out;
	if ((r = inst_state_read(&s, j->place.dir, j->place.link, e)) < 0)
		goto out;
	if (!j->dry_run) {
		lock = inst_apply_lock(&s, e);
		if (lock == SM_ENOTSUP)
			sm_err_clear(e);
		else if (lock < 0)
			r = lock;
	}
	if (r >= 0)
		r = under_lock(j, e);
	/* still locked; whoever has the lock instead of us may need them */
	if (r < 0 && lock != SM_EBUSY)
		unmake(&s.missing_dir);
	sm_os_file_close(lock);
out:
	inst_state_release(&s);
	sm_buf_release(&version);
	return r;
}
