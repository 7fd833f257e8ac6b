/*
 * Scratch folders: PREFIX and six letters or digits. Rule: only who holds the
 * lock of one may remove it; who makes one and then finds it locked or gone
 * met somebody who cleans up, and makes another.
 */
#include "common/def.h"
#include "installer/scratch.h"

#include "common/fs.h"
#include "common/os/process.h"
#include "common/path.h"
#include "installer/entry.h"
#include "installer/layout.h"
#include "installer/support.h"

#define TRIES 8
#define RANDOM_CHARS 6 /* sm_os_dir_temp */

struct sweep {
	struct sm_arena arena;
	struct sm_str dir, prefix;
};

static bool has_our_name(const struct sweep *w, struct sm_str name)
{
	size_t i;

	if (name.len != w->prefix.len + RANDOM_CHARS ||
	    !sm_str_eq(sm_str_sub(name, 0, w->prefix.len), w->prefix))
		return false;
	for (i = w->prefix.len; i < name.len; i++) {
		unsigned char c = (unsigned char)name.ptr[i];

		if (!(c >= '0' && c <= '9') &&
		    !((c | 32) >= 'a' && (c | 32) <= 'z'))
			return false;
	}
	return true;
}

/* A folder, not a link to one; nobody else's, and closed to others. */
static bool is_ours(const char *path)
{
	struct sm_file_info st;

	if (sm_os_file_stat(path, false, &st, NULL) < 0 ||
	    st.type != SM_FILE_DIR)
		return false;
	return inst_entry_copies() || /* in the user's own folder there */
	       (st.uid == sm_os_process_uid() && !(st.mode & 077));
}

static int on_name(void *user, const char *name)
{
	struct sweep *w = user;
	const char *path;
	int lock;

	if (!has_our_name(w, sm_str(name)))
		return 0;
	path = inst_layout_text(&w->arena, "%.*s/%s", (int)w->dir.len,
				w->dir.ptr, name);
	if (!is_ours(path))
		return 0;
	lock = inst_support_lock(path, NULL);
	if (lock < 0)
		return 0;                    /* in use */
	(void)sm_fs_remove_tree(path, NULL); /* left for the next run */
	sm_os_file_close(lock);
	return 0;
}

static void sweep(struct sm_str prefix)
{
	struct sweep w = { SM_ARENA_INIT, sm_path_dirname(prefix),
			   sm_path_basename(prefix) };
	const char *dir = sm_arena_dup(&w.arena, w.dir);

	(void)sm_os_dir_list(dir, on_name, &w, NULL); /* not needed */
	sm_arena_release(&w.arena);
}

int inst_scratch_make(struct inst_scratch *s, struct sm_err *e)
{
	struct sm_buf prefix = SM_BUF_INIT((size_t)4096);
	int tries, r;

	s->path[0] = '\0';
	s->lock = -1;
	if ((r = inst_support_scratch(&prefix)) < 0) {
		(void)sm_err_set(e, r, "cannot find a temporary folder");
		goto out;
	}
	sweep(sm_buf_str(&prefix));
	for (tries = 0; tries < TRIES; tries++) {
		r = sm_os_dir_temp(sm_buf_z(&prefix), s->path, sizeof(s->path),
				   e);
		if (r < 0) {
			s->path[0] = '\0';
			break;
		}
		s->lock = inst_support_lock(s->path, e);
		if (s->lock >= 0 || s->lock == SM_ENOTSUP) {
			sm_err_clear(e);
			break;
		}
		r = s->lock;
		s->path[0] = '\0'; /* the other's now */
	}
out:
	sm_buf_release(&prefix);
	return r < 0 ? r : 0;
}

void inst_scratch_remove(struct inst_scratch *s)
{
	if (s->path[0])
		(void)sm_fs_remove_tree(s->path, NULL); /* the next run's */
	s->path[0] = '\0';
	sm_os_file_close(s->lock);
	s->lock = -1;
}
