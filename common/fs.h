/*
 * Whole files and trees, on top of common/os/file.h. Whatever is written is on
 * the medium when a function returns success, except where it says otherwise.
 * Errors are those of common/os/file.h.
 */
#ifndef COMMON_FS_H
#define COMMON_FS_H

#include "common/buf.h"
#include "common/err.h"
#include "common/os/file.h"

/* Folders in folders that a walk or a removal descends into. */
#define SM_FS_DEPTH_MAX 200

/* Names in one folder that a walk takes. */
#define SM_FS_NAMES_MAX ((size_t)1 << 20)

/*
 * Append the whole file. Errors: SM_ELIMIT above `max` bytes or when `out` is
 * full.
 */
int sm_fs_read(const char *path, size_t max, struct sm_buf *out,
	       struct sm_err *e);

/*
 * Replace or create `path` in one step: readers find the old or the new file,
 * whole. A link of that name is replaced, not followed. The mode is `mode`
 * whatever the umask. On failure nothing is left behind.
 */
int sm_fs_write_atomic(const char *path, struct sm_str data, unsigned mode,
		       struct sm_err *e);

/*
 * The same for a stream: open, write to `fd` with sm_os_file_write_all, then
 * commit; release removes the file unless it was committed. Safe to release
 * always, also after a failed open.
 */
struct sm_fs_tmp {
	int fd;        /* open for reading and writing, or -1 */
	unsigned mode; /* given at commit */
	char *path;    /* the final name; owned */
	char *name;    /* the temporary one beside it; owned; NULL: none */
};

#define SM_FS_TMP_INIT            \
	{                         \
		-1, 0, NULL, NULL \
	}

int sm_fs_tmp_open(struct sm_fs_tmp *t, const char *path, unsigned mode,
		   struct sm_err *e);
int sm_fs_tmp_commit(struct sm_fs_tmp *t, struct sm_err *e);
void sm_fs_tmp_release(struct sm_fs_tmp *t);

/*
 * Make a folder and those above it, each with `mode` less the umask; one that
 * is there is left as it is. Not synced. Errors: SM_EEXIST if a file is in the
 * way.
 */
int sm_fs_mkdirs(const char *path, unsigned mode, struct sm_err *e);

/*
 * Remove a file, a link or a whole tree; nothing there is success. Links are
 * removed, not followed. Errors: SM_EUSAGE for "", "/", ".", ".." and a drive.
 */
int sm_fs_remove_tree(const char *path, struct sm_err *e);

/*
 * Copy a file to a new name with exactly `mode`; not its times or owner.
 * Errors: SM_EEXIST if `to` is there; on failure `to` is removed again. The
 * folder's entry is not synced.
 */
int sm_fs_copy(const char *from, const char *to, unsigned mode,
	       struct sm_err *e);

/*
 * The same, but what was copied is only on its way to the medium. Returns a
 * descriptor to read it, for sm_os_file_writeback and sm_os_file_sync; the
 * caller closes it.
 */
int sm_fs_copy_begin(const char *from, const char *to, unsigned mode,
		     struct sm_err *e);

/*
 * Called for everything below the start, a folder before its contents, names
 * of one folder in byte order. `rel` is relative to the start, with '/'; links
 * are reported, not followed. A negative return ends the walk.
 */
typedef int sm_fs_walk_fn(void *user, const char *rel,
			  const struct sm_file_info *st, struct sm_err *e);

/* Errors: what `fn` returned; SM_ELIMIT above the limits at the top. */
int sm_fs_walk(const char *path, sm_fs_walk_fn *fn, void *user,
	       struct sm_err *e);

#endif
