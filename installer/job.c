/*
 * The course of an installation. The state is read once to plan and to show
 * the plan, and again under the lock to act on.
 */
#include "common/def.h"
#include "installer/job.h"

#include "common/digest.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/os/process.h"
#include "common/version.h"
#include "installer/apply.h"
#include "installer/kept.h"
#include "installer/owner.h"
#include "installer/plan.h"

#define VERSION_FILE_MAX 256
#define GREET_TIMEOUT_MS 30000

static void on_warning(void *user, const char *message)
{
	sm_out_warn(user, "%s", message);
}

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

/* List every file of the source in the receipt, with its digest. */
static int list_files(struct inst_job *j, const bool present[INST_FILES],
		      struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	char hex[SM_SHA256_HEX];
	uint8_t sum[SM_SHA256_SIZE];
	size_t i;
	int fd, r = 0;

	for (i = 0; i < INST_FILES && r >= 0; i++) {
		const struct inst_file *f = inst_layout_file(i);
		struct sm_receipt_file rf = { f->name, SM_FILE_REGULAR,
					      f->mode, 0,
					      hex,     "" };

		if (!present[i])
			continue;
		fd = sm_os_file_open(inst_layout_text(&a, "%s/%s", j->source,
						      f->name),
				     SM_FILE_READ, 0, e);
		if (fd < 0) {
			r = fd;
			break;
		}
		r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sum,
				 &rf.size, e);
		sm_os_file_close(fd);
		if (r < 0)
			break;
		sm_digest_hex(sum, sizeof(sum), hex);
		r = sm_receipt_add_file(j->receipt, &rf, e);
	}
	sm_arena_release(&a);
	return r;
}

/*
 * The version to go back to: the one that is installed now, or, when that is
 * the same, the one before it. "" if there is none with a number.
 */
static const char *previous_version(struct inst_job *j,
				    const struct inst_state *s)
{
	struct sm_receipt *t = j->receipt;
	const char *now = s->plain_version ? s->plain_version : s->current;
	const char *found = "";
	struct sm_receipt old;

	if (!now || !strcmp(now, "unknown"))
		return "";
	now = inst_layout_version(&t->arena, now);
	if (strcmp(now, j->version))
		return now;
	if (s->current && inst_kept_receipt(s, s->current, &old, NULL) == 0) {
		found = sm_receipt_text(t, old.previous);
		sm_receipt_release(&old);
	}
	return found;
}

static int write_receipt(struct inst_job *j, const struct inst_state *s,
			 struct sm_buf *out, struct sm_err *e)
{
	struct sm_receipt *t = j->receipt;

	t->version = sm_receipt_text(t, j->version);
	t->installed = sm_os_clock_wall_ms() / 1000;
	t->installer = sm_receipt_text(t, sm_version());
	t->dir = sm_receipt_text(t, j->place.dir);
	t->link = sm_receipt_text(t, j->place.link);
	t->previous = previous_version(j, s);
	return sm_receipt_put(t, out, e);
}

/* -1, 0, 1: installed version against the new one; 1 if none is. */
static int compare_installed(const struct inst_job *j,
			     const struct inst_state *s)
{
	const char *have = s->plain_version ? s->plain_version : s->current;
	struct sm_version a, b;
	struct sm_str text = sm_str(have), v;

	if (!have || !sm_str_split(&text, '~', &v) ||
	    sm_version_parse(&a, v) < 0 ||
	    sm_version_parse(&b, sm_str(j->version)) < 0)
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

static int plan(struct inst_job *j, struct inst_plan *p, struct inst_state *s,
		struct sm_str receipt, struct sm_err *e)
{
	struct inst_wanted w = { 0 };

	w.source = j->source;
	w.version = j->version;
	w.receipt = receipt;
	w.keep = j->keep ? j->keep : INST_KEEP;
	w.force = j->force;
	w.no_probe = j->no_probe;
	inst_state_present(j->source, w.present);
	return inst_plan_install(p, s, &w, e);
}

int inst_job_carry_out(struct sm_out *out, const struct inst_plan *p,
		       bool dry_run, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT((size_t)1 << 20);
	int r;

	if (!dry_run)
		return inst_apply_run(p, on_warning, out, e);
	r = inst_plan_print(p, &text);
	(void)fwrite(text.ptr, 1, text.len, out->out); /* flush reports */
	sm_buf_release(&text);
	return r;
}

static void say_contract(const struct inst_job *j, const struct inst_state *s)
{
	if (!j->contract || j->dry_run)
		return;
	if (!s->bin_exists)
		sm_out_say(j->out, "Creating install directories: %s/bin",
			   j->place.dir);
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
	if (j->skip_same && compare_installed(j, &s) == 0) {
		sm_out_say(j->out, "Version %s is installed already.",
			   j->version);
		goto out;
	}
	if (j->no_downgrade && !is_withdrawn(j, &s) &&
	    compare_installed(j, &s) < 0) {
		r = sm_err_set(e, SM_ESTATE,
			       "cannot replace a newer version by %s (use "
			       "--allow-downgrade)",
			       j->version);
		goto out;
	}
	if ((r = write_receipt(j, &s, &receipt, e)) < 0)
		goto out;
	if ((r = plan(j, &p, &s, sm_buf_str(&receipt), e)) < 0)
		goto out;
	say_contract(j, &s);
	r = inst_job_carry_out(j->out, &p, j->dry_run, e);
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
	const char *argv[] = { j->place.link, NULL };
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	int r, status = 0;

	r = sm_os_process_run(argv, GREET_TIMEOUT_MS, &text, NULL, &status, e);
	if (r >= 0 && status != 0)
		r = sm_err_set(e, SM_ESTATE,
			       "'%s' was installed but ends with status %d",
			       j->place.link, status);
	if (r >= 0)
		sm_out_say(j->out,
			   "The Session Manager plugin is installed "
			   "successfully. Use the AWS CLI to start a session.");
	sm_buf_release(&text);
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
	inst_state_present(j->source, present);
	if ((r = list_files(j, present, e)) < 0)
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
	sm_os_file_close(lock);
	if (r < 0)
		unmake(&s.missing_dir);
out:
	inst_state_release(&s);
	sm_buf_release(&version);
	return r;
}
