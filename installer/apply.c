/*
 * Executes plans. One function a kind of step; each returns 1 if it changed
 * something, 0 if there was nothing to do, or an error.
 *
 * New files are synced together, before the next folder is: one by one each
 * waits for the medium, together the first waits for all.
 */
#include "common/def.h"
#include "installer/apply.h"

#include "common/fs.h"
#include "common/os/file.h"
#include "common/os/process.h"
#include "installer/entry.h"
#include "installer/register.h"
#include "installer/support.h"

#define PROBE_TIMEOUT_MS 30000
#define LABEL_TIMEOUT_MS 60000

#define LATER_MAX (INST_FILES + 2)

/* New files that are not synced: open, so that no error of theirs is lost. */
struct later {
	int fd[LATER_MAX];
	const char *path[LATER_MAX];
	size_t n;
};

/* What is needed to take a step back. */
struct done {
	bool changed;
	const char *old_text; /* LINK: the text before; NULL: nothing there */
};

/*
 * What root installs is for everybody, whatever root's umask; a user's own
 * folders keep the umask.
 */
static int make_dir(const char *path, unsigned mode, struct sm_err *e)
{
	int r = sm_os_dir_make(path, mode, e);

	if (r >= 0 && sm_os_process_is_root())
		r = sm_os_file_chmod(path, mode, e);
	return r;
}

static int step_mkdir(const struct inst_step *t, struct sm_err *e)
{
	struct sm_file_info st;
	int r = make_dir(t->path, t->mode, e);

	if (r != SM_EEXIST)
		return r < 0 ? r : 1;
	if (sm_os_file_stat(t->path, true, &st, e) < 0 ||
	    st.type != SM_FILE_DIR)
		return r;
	sm_err_clear(e);
	return 0;
}

static void forget(struct later *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		sm_os_file_close(l->fd[i]);
	l->n = 0;
}

static int settle(struct later *l, struct sm_err *e)
{
	size_t i;
	int r = 0;

	for (i = 0; i < l->n && r >= 0; i++) {
		if ((r = sm_os_file_writeback(l->fd[i], true, e)) < 0)
			sm_err_wrap(e, r, "cannot write '%s'", l->path[i]);
	}
	for (i = 0; i < l->n && r >= 0; i++) {
		if ((r = sm_os_file_sync(l->fd[i], e)) < 0)
			sm_err_wrap(e, r, "cannot write '%s'", l->path[i]);
	}
	forget(l);
	return r;
}

/* `path` was written; `fd` reads it. */
static int put_off(struct later *l, int fd, const char *path, struct sm_err *e)
{
	int r;

	if (l->n == LATER_MAX && (r = settle(l, e)) < 0) {
		sm_os_file_close(fd);
		return r;
	}
	l->fd[l->n] = fd;
	l->path[l->n++] = path;
	return 1;
}

static int step_copy(struct later *l, const struct inst_step *t,
		     struct sm_err *e)
{
	int r;

	if (inst_entry_copies()) { /* sync needs the right to write there */
		r = sm_fs_copy(t->from, t->path, t->mode, e);
		return r < 0 ? r : 1;
	}
	r = sm_fs_copy_begin(t->from, t->path, t->mode, e);
	return r < 0 ? r : put_off(l, r, t->path, e);
}

static int step_write(struct later *l, const struct inst_step *t,
		      struct sm_err *e)
{
	int fd, r;

	fd = sm_os_file_open(t->path,
			     SM_FILE_WRITE | SM_FILE_CREATE | SM_FILE_EXCL,
			     t->mode, e);
	if (fd < 0)
		return fd;
	r = sm_os_file_write_all(fd, t->data, e);
	if (r >= 0)
		r = sm_os_file_fchmod(fd, t->mode, e);
	if (r >= 0)
		r = sm_os_file_writeback(fd, false, e);
	if (r < 0) {
		sm_os_file_close(fd);
		(void)sm_os_file_remove(t->path, NULL); /* r is reported */
		return sm_err_wrap(e, r, "cannot write '%s'", t->path);
	}
	return put_off(l, fd, t->path, e);
}

static int forgive_absent(int r, struct sm_err *e)
{
	if (r != SM_ENOTFOUND)
		return r < 0 ? r : 1;
	sm_err_clear(e);
	return 0;
}

static int step_sync(struct later *l, const struct inst_step *t,
		     struct sm_err *e)
{
	int r = settle(l, e);

	return r < 0 ? r : forgive_absent(sm_os_dir_sync(t->path, e), e);
}

static int step_hardlink(const struct inst_step *t, struct sm_err *e)
{
	int r = sm_os_file_hardlink(t->from, t->path, NULL);

	if (r == 0)
		return 1;
	/* another device, or a file system without links */
	r = sm_fs_copy(t->from, t->path, t->mode, e);
	return r < 0 ? r : 1;
}

static int step_link(struct sm_arena *a, const struct inst_step *t,
		     struct done *d, struct sm_err *e)
{
	struct sm_buf old = SM_BUF_INIT((size_t)8 << 10);
	const char *beside = inst_layout_new(a, t->path);
	int r;

	if (inst_entry_read(t->path, &old, NULL) == 0)
		d->old_text = sm_arena_dup(a, sm_buf_str(&old));
	sm_buf_release(&old);
	if ((r = inst_entry_point(t->path, t->from, beside, e)) < 0)
		return r;
	return 1;
}

static int step_probe(const struct inst_step *t, struct sm_err *e)
{
	const char *argv[] = { t->path, "--version", NULL };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	int status = 0, r;

	r = sm_os_process_run(argv, PROBE_TIMEOUT_MS, &out, NULL, &status, e);
	if (r >= 0 && status != 0)
		r = sm_err_set(e, SM_ESTATE, "it ended with status %d", status);
	if (r >= 0 && !sm_str_eqz(sm_str_trim(sm_buf_str(&out)), t->from))
		r = sm_err_set(e, SM_ESTATE,
			       "it says version '%.40s', not '%s'",
			       sm_buf_z(&out), t->from);
	sm_buf_release(&out);
	if (r < 0)
		return sm_err_wrap(e, r,
				   "cannot use the plugin that was staged as "
				   "'%s'",
				   t->path);
	return 0;
}

static int step_label(const struct inst_step *t, struct sm_err *e)
{
	const char *argv[] = { t->from, "-R", t->path, NULL };
	struct sm_buf said = SM_BUF_INIT((size_t)64 << 10);
	int status = 0, r;

	r = sm_os_process_run(argv, LABEL_TIMEOUT_MS, NULL, &said, &status, e);
	if (r >= 0 && status != 0) /* its first line says why */
		r = sm_err_set(e, SM_ESTATE, "'%s' ended with status %d: %.*s",
			       t->from, status,
			       (int)strcspn(sm_buf_z(&said), "\n"),
			       sm_buf_z(&said));
	sm_buf_release(&said);
	return r < 0 ? sm_err_wrap(e, r, "cannot label '%s'", t->path) : 0;
}

/* What was put aside is a file, and may be a program that runs (Windows). */
static int step_remove_tree(const struct inst_step *t, struct sm_err *e)
{
	int r = sm_fs_remove_tree(t->path, e);

	if (r == SM_EPERM && inst_entry_remove(t->path, NULL) == 0) {
		sm_err_clear(e);
		r = 0;
	}
	return r < 0 ? r : 1;
}

/* A folder that still holds something of the user's stays. */
static int step_rmdir(const struct inst_step *t, struct sm_err *e)
{
	int r = sm_os_dir_remove(t->path, e);

	if (r == SM_EEXIST || r == SM_EBUSY || r == SM_EPERM) {
		sm_err_clear(e);
		return 0;
	}
	return forgive_absent(r, e);
}

/*
 * What is only moved out of the way may be in a layer of an overlay, where a
 * folder cannot be renamed; it is removed where it is then.
 */
static int step_rename(const struct inst_step *t, struct sm_err *e)
{
	int r = sm_os_file_rename(t->from, t->path, e);

	if (r == SM_ENOTSUP && t->tidy) {
		sm_err_clear(e);
		r = sm_fs_remove_tree(t->from, e);
	}
	return r < 0 ? r : 1;
}

struct run {
	struct sm_arena arena;
	struct later later;
};

static int perform(struct run *run, const struct inst_step *t, struct done *d,
		   struct sm_err *e)
{
	struct sm_arena *a = &run->arena;

	switch (t->kind) {
	case INST_STEP_MKDIR:
		return step_mkdir(t, e);
	case INST_STEP_COPY:
		return step_copy(&run->later, t, e);
	case INST_STEP_WRITE:
		return step_write(&run->later, t, e);
	case INST_STEP_HARDLINK:
		return step_hardlink(t, e);
	case INST_STEP_SYNC:
		return step_sync(&run->later, t, e);
	case INST_STEP_RENAME:
		return step_rename(t, e);
	case INST_STEP_LINK:
		return step_link(a, t, d, e);
	case INST_STEP_REPLACE:
		return inst_entry_copy(t->from, t->path,
				       inst_layout_new(a, t->path), t->aside,
				       e);
	case INST_STEP_RETIRE:
		return inst_register_retire(t->from, e);
	case INST_STEP_REGISTER:
		return inst_register_add(t->path, t->from, e);
	case INST_STEP_UNREGISTER:
		return inst_register_remove(t->path, e);
	case INST_STEP_PROBE:
		return step_probe(t, e);
	case INST_STEP_LABEL:
		return step_label(t, e);
	case INST_STEP_REMOVE:
		return forgive_absent(inst_entry_remove(t->path, e), e);
	case INST_STEP_RMDIR:
		return step_rmdir(t, e);
	case INST_STEP_REMOVE_TREE:
		return step_remove_tree(t, e);
	}
	return sm_err_set(e, SM_ENOTSUP, "unknown step %d", (int)t->kind);
}

/* Best effort: the error that led here is the one that is reported. */
static void undo(struct sm_arena *a, const struct inst_step *t,
		 const struct done *d)
{
	struct inst_step back = { 0 };
	struct done ignored = { 0 };

	switch (t->kind) {
	case INST_STEP_MKDIR:
		(void)sm_os_dir_remove(t->path, NULL);
		break;
	case INST_STEP_COPY:
	case INST_STEP_WRITE:
	case INST_STEP_HARDLINK:
		(void)sm_os_file_remove(t->path, NULL);
		break;
	case INST_STEP_RENAME:
		(void)sm_os_file_rename(t->path, t->from, NULL);
		break;
	case INST_STEP_LINK:
		back.path = t->path;
		back.from = d->old_text;
		if (d->old_text)
			(void)step_link(a, &back, &ignored, NULL);
		else
			(void)sm_os_file_remove(t->path, NULL);
		break;
	case INST_STEP_REPLACE:
		if (t->before)
			(void)inst_entry_copy(t->before, t->path,
					      inst_layout_new(a, t->path),
					      t->aside, NULL);
		else
			(void)sm_os_file_remove(t->path, NULL);
		break;
	default:
		break; /* removals and syncs are not taken back */
	}
}

/* The step that switches; a plan without one (a removal) goes through. */
static size_t commit_of(const struct inst_plan *p)
{
	size_t i = p->n;

	while (i-- > 0) {
		if (p->step[i].commit)
			return i;
	}
	return 0;
}

/*
 * A step that failed half way may have left its own file behind: a copy that
 * met a full disk removes it itself; a folder or a link is all or nothing.
 */
int inst_apply_run(const struct inst_plan *p, inst_apply_warn_fn *warn,
		   void *user, struct sm_err *e)
{
	struct run run = { .arena = SM_ARENA_INIT };
	struct done *done = sm_mem_zalloc(p->n ? p->n : 1, sizeof(*done));
	size_t i, commit = commit_of(p);
	int r = 0;

	for (i = 0; i < p->n; i++) {
		const struct inst_step *t = &p->step[i];

		if (p->watch)
			p->watch(p->watch_user, i, p->n);
		if (i <= commit && inst_support_stopped()) {
			r = sm_err_set(e, SM_ECANCEL, "stopped by a signal");
			break;
		}
		r = perform(&run, t, &done[i], e);
		if (r < 0 && t->tidy) {
			warn(user, sm_err_msg(e));
			sm_err_clear(e);
			r = 0;
		}
		if (r < 0)
			break;
		done[i].changed = r > 0;
	}
	if (r >= 0)
		r = settle(&run.later, e);
	if (r < 0) {
		forget(&run.later);
		while (i-- > 0) {
			if (done[i].changed && !p->step[i].keep)
				undo(&run.arena, &p->step[i], &done[i]);
		}
	}
	if (r >= 0 && p->watch)
		p->watch(p->watch_user, p->n, p->n);
	sm_mem_free(done);
	sm_arena_release(&run.arena);
	return r < 0 ? r : 0;
}

static int make_missing(const struct inst_names *list, struct sm_err *e)
{
	size_t i;
	int r;

	for (i = 0; i < list->n; i++) {
		r = make_dir(list->name[i], 0755, e);
		if (r < 0 && r != SM_EEXIST)
			return r;
	}
	sm_err_clear(e);
	return 0;
}

int inst_apply_lock(const struct inst_state *s, struct sm_err *e)
{
	int r;

	if ((r = make_missing(&s->missing_dir, e)) < 0)
		return sm_err_wrap(e, r, "cannot install into '%s'", s->dir);
	r = inst_support_lock(s->dir, e);
	if (r == SM_EBUSY || r == SM_ENOTFOUND) /* gone since we looked */
		return sm_err_set(e, SM_EBUSY,
				  "cannot change '%s': another installer is at "
				  "work there",
				  s->dir);
	return r;
}
