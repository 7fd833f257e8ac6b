/*
 * Every act ends in the same job and plan as the command line's, so that an
 * installation by setup.exe can be updated, rolled back and removed by
 * session-manager-installer, and the other way round.
 */
#include "common/def.h"
#include "installer/setup.h"

#include "common/fs.h"
#include "common/os/process.h"
#include "common/path.h"
#include "common/version.h"
#include "installer/bring.h"
#include "installer/cmd.h"
#include "installer/job.h"
#include "installer/register.h"
#include "installer/state.h"

#define SETUP_NAME "SessionManagerPluginSetup" SM_EXE

int inst_setup_place(struct inst_setup *s, const char *dir, struct sm_err *e)
{
	struct inst_state st = { 0 };
	const char *have;
	int r;

	r = inst_place_resolve(&s->place, &s->arena, dir && *dir ? dir : NULL,
			       NULL, s->args.user, e);
	if (r < 0)
		return r;
	s->own = inst_register_is_own(s->place.dir);
	s->installed = NULL;
	if (inst_state_read(&st, s->place.dir, s->place.link, NULL) >= 0) {
		have = st.plain_version ? st.plain_version : st.current;
		if (have)
			s->installed = inst_layout_version(&s->arena, have);
	}
	inst_state_release(&st);
	return 0;
}

/* setup.exe in an installation removes that one. */
static const char *usual_dir(struct inst_setup *s)
{
	const char *dir =
		sm_arena_dup(&s->arena, sm_path_dirname(sm_str(s->self)));
	struct sm_file_info st;

	if (s->args.dir)
		return s->args.dir;
	if (sm_os_file_stat(inst_layout_text(&s->arena, "%s/" INST_CURRENT,
					     dir),
			    false, &st, NULL) == 0 &&
	    sm_str_eq_nocase(sm_path_basename(sm_str(s->self)),
			     sm_str(INST_SETUP)))
		return dir;
	return NULL;
}

/* The folder of this program, if it holds the plugin. */
static const char *source_beside(struct inst_setup *s)
{
	const char *dir =
		sm_arena_dup(&s->arena, sm_path_dirname(sm_str(s->self)));
	bool present[INST_FILES];

	inst_state_present(dir, present);
	return present[0] ? dir : NULL;
}

int inst_setup_open(struct inst_setup *s, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT((size_t)128 << 10);
	struct inst_bundled b;
	const char *beside;
	int r;

	if ((r = sm_os_process_self(&text, e)) < 0)
		goto out;
	s->self = sm_arena_dup(&s->arena, sm_buf_str(&text));
	r = inst_bundled_open(&b, e);
	if (r >= 0)
		s->version = sm_arena_dup(&s->arena, sm_str(b.package.version));
	inst_bundled_release(&b);
	if (r == SM_ENOTFOUND) {
		sm_err_clear(e);
		sm_buf_clear(&text);
		beside = source_beside(s);
		if (beside && inst_job_version(beside, &text, NULL) >= 0)
			s->version = sm_arena_dup(&s->arena, sm_buf_str(&text));
		r = 0;
	}
	if (r >= 0)
		r = inst_setup_place(s, usual_dir(s), e);
out:
	sm_buf_release(&text);
	return r;
}

void inst_setup_release(struct inst_setup *s)
{
	sm_arena_release(&s->arena);
	memset(s, 0, sizeof(*s));
}

/* Newer than what is carried? */
static bool is_newer(const struct inst_setup *s, const char *installed)
{
	struct sm_version have, carried;

	return installed && s->version &&
	       sm_version_parse(&have, sm_str(installed)) == 0 &&
	       sm_version_parse(&carried, sm_str(s->version)) == 0 &&
	       sm_version_cmp(&have, &carried) > 0;
}

static int refuse_older(struct inst_setup *s, const struct inst_ui *ui,
			struct sm_err *e)
{
	struct sm_buf command = SM_BUF_INIT((size_t)32 << 10);
	struct sm_buf version = SM_BUF_INIT((size_t)32 << 10);
	const char *newer = NULL;
	int r = 0;

	if (is_newer(s, s->installed))
		newer = s->installed;
	else if (inst_register_rival(s->place.dir, &command, &version) &&
		 is_newer(s, sm_buf_z(&version)))
		newer = sm_buf_z(&version);
	if (newer && !s->args.force &&
	    !ui->question(ui->user,
			  inst_layout_text(&s->arena,
					   "Version %s is installed, which is "
					   "newer. Replace it by version %s?",
					   newer, s->version)))
		r = sm_err_set(e, SM_ESTATE,
			       "version %s is installed, which is newer than "
			       "%s",
			       newer, s->version);
	sm_buf_release(&command);
	sm_buf_release(&version);
	return r;
}

/* A program that runs was put aside and waits for the next start. */
static bool is_old_running(const struct inst_setup *s)
{
	struct inst_state st = { 0 };
	bool left = inst_state_read(&st, s->place.dir, s->place.link, NULL) >=
			    0 &&
		    st.leftovers.n;

	inst_state_release(&st);
	return left;
}

static int bring(struct inst_setup *s, struct inst_job *j, struct sm_err *e)
{
	struct inst_settings none = { 0 };
	struct inst_bundled b;
	int r = inst_bundled_open(&b, e);

	if (r >= 0) {
		r = inst_bring_bundled(&none, j, &b, e);
	} else if (r == SM_ENOTFOUND && (j->source = source_beside(s))) {
		sm_err_clear(e);
		j->receipt->source_kind = "directory";
		j->receipt->source_from =
			sm_receipt_text(j->receipt, j->source);
		j->receipt->verified_method = "none";
		j->receipt->verified_reason =
			"installed from a local directory";
		r = inst_job_install(j, e);
	}
	inst_bundled_release(&b);
	return r;
}

static int install(struct inst_setup *s, const struct inst_ui *ui,
		   struct sm_out *out, struct sm_err *e)
{
	struct sm_receipt receipt;
	struct inst_job j = { 0 };
	int r;

	if (!s->version) {
		(void)sm_err_set(e, SM_ENOTFOUND,
				 "this setup program carries no plugin");
		return INST_SETUP_FAILED;
	}
	if (refuse_older(s, ui, e) < 0)
		return INST_SETUP_NEWER;
	sm_receipt_init(&receipt);
	ui->message(ui->user, "Installing the Session Manager plugin...");
	j.out = out;
	j.place = s->place;
	j.receipt = &receipt;
	j.other[INST_FILE_SETUP] = s->self;
	j.watch = ui->progress;
	j.watch_user = ui->user;
	r = bring(s, &j, e);
	if (r >= 0)
		r = inst_job_greet(&j, e);
	sm_receipt_release(&receipt);
	if (r >= 0 && is_old_running(s))
		return INST_SETUP_REBOOT;
	return inst_setupargs_status(r);
}

static int uninstall(struct inst_setup *s, const struct inst_ui *ui,
		     struct sm_out *out, struct sm_err *e)
{
	struct inst_settings set = { 0 };
	int r;

	ui->message(ui->user, "Removing the Session Manager plugin...");
	set.dir = s->place.dir;
	set.user = s->args.user;
	ui->progress(ui->user, 0, 2);
	r = inst_cmd_uninstall.run(&set, out, e);
	ui->progress(ui->user, 2, 2);
	return r == SM_ENOTFOUND ? INST_SETUP_ABSENT : inst_setupargs_status(r);
}

static int layout(struct inst_setup *s, struct sm_err *e)
{
	const char *dir = inst_place_given(
		&s->arena, s->args.layout ? s->args.layout : ".");
	const char *to = inst_layout_text(&s->arena, "%s/" SETUP_NAME, dir);
	int r = sm_fs_mkdirs(dir, 0755, e);

	if (r >= 0)
		r = sm_fs_copy(s->self, to, 0755, e);
	return inst_setupargs_status(r);
}

int inst_setup_run(struct inst_setup *s, const struct inst_ui *ui, FILE *log,
		   struct sm_err *e)
{
	struct sm_out out;
	int status;

	memset(&out, 0, sizeof(out));
	out.out = log;
	out.err = log;
	out.prog = "setup";
	out.verbosity = 1;
	switch (s->args.act) {
	case INST_SETUP_UNINSTALL:
		status = uninstall(s, ui, &out, e);
		break;
	case INST_SETUP_LAYOUT:
		status = layout(s, e);
		break;
	default:
		status = install(s, ui, &out, e);
		break;
	}
	if (e->code)
		sm_out_error(&out, "%s", sm_err_msg(e));
	sm_out_detail(&out, "exit code %d", status);
	(void)sm_out_flush(&out, NULL); /* a log that cannot be written does
					   not undo what was done */
	return status;
}
