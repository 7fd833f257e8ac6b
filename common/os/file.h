/*
 * Files, folders and links. Paths are UTF-8 with '/'; on Windows they may
 * begin with a drive and are opened without the 260 character limit.
 *
 * Every function that takes an `e` says in it what it did to what:
 * "cannot open 'x': No such file or directory". Codes: SM_ENOTFOUND, SM_EEXIST,
 * SM_EPERM, SM_ENOSPC, SM_EBUSY, SM_EIO; e->os has the system's number.
 */
#ifndef COMMON_OS_FILE_H
#define COMMON_OS_FILE_H

#include "common/err.h"
#include "common/str.h"

#include <stdbool.h>
#include <stdint.h>

struct sm_buf;

enum sm_file_type {
	SM_FILE_REGULAR,
	SM_FILE_DIR,
	SM_FILE_LINK,
	SM_FILE_OTHER
};

struct sm_file_info {
	enum sm_file_type type;
	uint32_t mode;     /* permission bits 07777; Windows: 0644 or 0755 */
	uint32_t uid, gid; /* 0 on Windows */
	uint64_t size;     /* bytes */
	uint64_t dev, ino; /* identity; equal pairs are the same file */
	int64_t mtime_sec; /* Unix time */
	uint32_t nlink;
};

enum sm_file_flags {
	SM_FILE_READ = 1,
	SM_FILE_WRITE = 2,   /* truncates unless SM_FILE_KEEP */
	SM_FILE_CREATE = 4,  /* create if absent, with `mode` less the umask */
	SM_FILE_EXCL = 8,    /* with CREATE: fail with SM_EEXIST */
	SM_FILE_KEEP = 16,   /* keep contents */
	SM_FILE_APPEND = 32, /* every write at the end; implies KEEP */
	/* a link as last component: SM_EPERM; a pipe does not block opening */
	SM_FILE_NOFOLLOW = 64
};

/*
 * A descriptor (close-on-exec; of the C runtime on Windows), or a negative
 * code. Without NOFOLLOW opening a pipe waits for its other end.
 */
int sm_os_file_open(const char *path, unsigned flags, unsigned mode,
		    struct sm_err *e);
void sm_os_file_close(int fd);

/* Bytes read (0 at the end), whole length unless the end comes first. */
int64_t sm_os_file_read(int fd, void *p, size_t len, struct sm_err *e);
/* At an offset, without moving the position. */
int64_t sm_os_file_read_at(int fd, void *p, size_t len, uint64_t offset,
			   struct sm_err *e);
int sm_os_file_write_all(int fd, struct sm_str data, struct sm_err *e);
/* Sets the position, from the start. */
int sm_os_file_seek(int fd, uint64_t offset, struct sm_err *e);
/* Cut or extend to `len` bytes; the position stays. */
int sm_os_file_truncate(int fd, uint64_t len, struct sm_err *e);
/* Down to the medium: fsync; F_FULLFSYNC on macOS; FlushFileBuffers. */
int sm_os_file_sync(int fd, struct sm_err *e);
/*
 * Begin to write out what is not on the medium, or with `wait` also end it;
 * does nothing where there is no such call. No promise: several files are only
 * cheaper to sync when each was begun, then each waited for. Errors: with
 * `wait` those of the medium, which a sync after it does not report again.
 */
int sm_os_file_writeback(int fd, bool wait, struct sm_err *e);
int sm_os_file_fstat(int fd, struct sm_file_info *st, struct sm_err *e);
/* Exactly `mode`, whatever the umask. Does nothing on Windows. */
int sm_os_file_fchmod(int fd, unsigned mode, struct sm_err *e);

/* `follow`: of a link's target. SM_ENOTFOUND sets no message when e is NULL. */
int sm_os_file_stat(const char *path, bool follow, struct sm_file_info *st,
		    struct sm_err *e);
int sm_os_file_remove(const char *path, struct sm_err *e);
/* The same by name; follows a link. */
int sm_os_file_chmod(const char *path, unsigned mode, struct sm_err *e);
/* Of a link itself, where the system has that; access time unchanged. */
int sm_os_file_mtime(const char *path, int64_t unix_sec, struct sm_err *e);
/* chown; SM_ENOTSUP on Windows. Does not follow a link. */
int sm_os_file_chown(const char *path, uint32_t uid, uint32_t gid,
		     struct sm_err *e);

/* Replaces `to` if it is there. One atomic step on Unix. */
int sm_os_file_rename(const char *from, const char *to, struct sm_err *e);
/* A second name for the same file; SM_ENOTSUP where there is no such thing. */
int sm_os_file_hardlink(const char *from, const char *to, struct sm_err *e);

/* Exclusive, not waiting: SM_EBUSY if another descriptor holds it. The lock
 * goes with the descriptor; a folder's can be locked too (Unix). */
int sm_os_file_lock(int fd, struct sm_err *e);

/* A private unlinked file for reading and writing in `dir` (NULL: the
 * system's temporary folder). On Windows deleted on close. */
int sm_os_file_temp(const char *dir, struct sm_err *e);

/* A descriptor of a folder, for sync and lock. SM_ENOTSUP on Windows. */
int sm_os_dir_open(const char *path, struct sm_err *e);
/* fsync of a folder by name; does nothing where that does not exist. */
int sm_os_dir_sync(const char *path, struct sm_err *e);
/* Windows: mode 0700 is for owner and administrators, any other inherits. */
int sm_os_dir_make(const char *path, unsigned mode, struct sm_err *e);
int sm_os_dir_remove(const char *path, struct sm_err *e);
/* A new folder `prefix`XXXXXX with mode 0700; `path` has room for
 * `size` bytes and receives its name. */
int sm_os_dir_temp(const char *prefix, char *path, size_t size,
		   struct sm_err *e);

/* Append the working folder's absolute path. */
int sm_os_dir_current(struct sm_buf *out, struct sm_err *e);

/*
 * Remove a file, a link, or a folder with all in it; done if nothing is there.
 * Never follows a link (Unix: works on descriptors, so not one that appears
 * meanwhile either). Errors: SM_ELIMIT below 200 folders in folders.
 */
int sm_os_dir_remove_tree(const char *path, struct sm_err *e);

/* Calls `fn` for each name except "." and ".."; its negative return ends the
 * walk and is returned. Order is the system's. */
typedef int sm_os_dir_fn(void *user, const char *name);
int sm_os_dir_list(const char *path, sm_os_dir_fn *fn, void *user,
		   struct sm_err *e);

/* Symbolic link with this text; SM_EEXIST if the name is taken. */
int sm_os_link_make(const char *target, const char *path, struct sm_err *e);
/* Append the link's text. SM_EIO if it is no link. */
int sm_os_link_read(const char *path, struct sm_buf *out, struct sm_err *e);
/*
 * Make `path` a link with this text in one step, whatever link or file was
 * there (the caller has decided that it may go). Unix: a temporary name beside
 * it and rename. Windows: not atomic; falls back to a copy of the file.
 */
int sm_os_link_swap(const char *target, const char *path, struct sm_err *e);

#endif
