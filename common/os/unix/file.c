/*
 * Files of POSIX systems. Rules: every descriptor is close-on-exec, an
 * interrupted call is repeated, a short read or write is continued. What
 * differs by kernel (sync to the medium) is in linux/ and macos/.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/os/env.h"
#include "common/os/errno.h"

/* One read or write: below the limits of every system (macOS: INT_MAX). */
#define IO_MAX ((size_t)1 << 30)

static int open_flags(unsigned flags)
{
	int f = O_CLOEXEC | O_NOCTTY;

	if (flags & SM_FILE_WRITE)
		f |= flags & SM_FILE_READ ? O_RDWR : O_WRONLY;
	else
		f |= O_RDONLY;
	if (flags & SM_FILE_WRITE && !(flags & (SM_FILE_KEEP | SM_FILE_APPEND)))
		f |= O_TRUNC;
	if (flags & SM_FILE_APPEND)
		f |= O_APPEND;
	if (flags & SM_FILE_CREATE)
		f |= O_CREAT;
	if (flags & SM_FILE_EXCL)
		f |= O_EXCL;
	if (flags & SM_FILE_NOFOLLOW)
		f |= O_NOFOLLOW | O_NONBLOCK;
	return f;
}

int sm_os_file_open(const char *path, unsigned flags, unsigned mode,
		    struct sm_err *e)
{
	const char *act = flags & SM_FILE_EXCL ? "create" : "open";
	int fd, f;

	do
		fd = open(path, open_flags(flags), (mode_t)mode);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return sm_os_errno_set(e, errno, "cannot %s '%s'", act, path);
	if (flags & SM_FILE_NOFOLLOW) {
		f = fcntl(fd, F_GETFL); /* O_NONBLOCK was for opening only */
		if (f >= 0)
			(void)fcntl(fd, F_SETFL, f & ~O_NONBLOCK);
	}
	return fd;
}

void sm_os_file_close(int fd)
{
	if (fd >= 0)
		(void)close(fd); /* callers that care have synced */
}

int64_t sm_os_file_read(int fd, void *p, size_t len, struct sm_err *e)
{
	size_t done = 0, want;
	ssize_t n;

	while (done < len) {
		want = len - done < IO_MAX ? len - done : IO_MAX;
		n = read(fd, (char *)p + done, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sm_os_errno_set(e, errno, "cannot read");
		if (!n)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

int64_t sm_os_file_read_at(int fd, void *p, size_t len, uint64_t offset,
			   struct sm_err *e)
{
	size_t done = 0, want;
	ssize_t n;

	if (offset > INT64_MAX - len)
		return sm_err_set(e, SM_ELIMIT, "cannot read: offset too big");
	while (done < len) {
		want = len - done < IO_MAX ? len - done : IO_MAX;
		n = pread(fd, (char *)p + done, want, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sm_os_errno_set(e, errno, "cannot read");
		if (!n)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

int sm_os_file_write_all(int fd, struct sm_str data, struct sm_err *e)
{
	size_t done = 0, want;
	ssize_t n;

	while (done < data.len) {
		want = data.len - done < IO_MAX ? data.len - done : IO_MAX;
		n = write(fd, data.ptr + done, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sm_os_errno_set(e, errno, "cannot write");
		done += (size_t)n;
	}
	return 0;
}

int sm_os_file_seek(int fd, uint64_t offset, struct sm_err *e)
{
	if (offset > INT64_MAX)
		return sm_err_set(e, SM_ELIMIT, "cannot seek: offset too big");
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return sm_os_errno_set(e, errno, "cannot seek");
	return 0;
}

int sm_os_file_truncate(int fd, uint64_t len, struct sm_err *e)
{
	int r;

	if (len > INT64_MAX)
		return sm_err_set(e, SM_ELIMIT, "cannot cut file: too big");
	do
		r = ftruncate(fd, (off_t)len);
	while (r < 0 && errno == EINTR);
	return r < 0 ? sm_os_errno_set(e, errno, "cannot cut file") : 0;
}

static void info_from(struct sm_file_info *to, const struct stat *st)
{
	memset(to, 0, sizeof(*to));
	to->type = S_ISREG(st->st_mode) ? SM_FILE_REGULAR :
		   S_ISDIR(st->st_mode) ? SM_FILE_DIR :
		   S_ISLNK(st->st_mode) ? SM_FILE_LINK :
					  SM_FILE_OTHER;
	to->mode = (uint32_t)st->st_mode & 07777;
	to->uid = (uint32_t)st->st_uid;
	to->gid = (uint32_t)st->st_gid;
	to->size = (uint64_t)st->st_size;
	to->dev = (uint64_t)st->st_dev;
	to->ino = (uint64_t)st->st_ino;
	to->mtime_sec = (int64_t)st->st_mtime;
	to->nlink = (uint32_t)st->st_nlink;
}

int sm_os_file_fstat(int fd, struct sm_file_info *st, struct sm_err *e)
{
	struct stat s;

	if (fstat(fd, &s) < 0)
		return sm_os_errno_set(e, errno, "cannot look at an open file");
	info_from(st, &s);
	return 0;
}

int sm_os_file_fchmod(int fd, unsigned mode, struct sm_err *e)
{
	if (fchmod(fd, (mode_t)mode) < 0)
		return sm_os_errno_set(e, errno,
				       "cannot set the mode of an open file");
	return 0;
}

int sm_os_file_stat(const char *path, bool follow, struct sm_file_info *st,
		    struct sm_err *e)
{
	struct stat s;

	if (fstatat(AT_FDCWD, path, &s, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return sm_os_errno_set(e, errno, "cannot look at '%s'", path);
	info_from(st, &s);
	return 0;
}

int sm_os_file_remove(const char *path, struct sm_err *e)
{
	if (unlink(path) < 0)
		return sm_os_errno_set(e, errno, "cannot remove '%s'", path);
	return 0;
}

int sm_os_file_chmod(const char *path, unsigned mode, struct sm_err *e)
{
	if (chmod(path, (mode_t)mode) < 0)
		return sm_os_errno_set(e, errno, "cannot set the mode of '%s'",
				       path);
	return 0;
}

int sm_os_file_mtime(const char *path, int64_t unix_sec, struct sm_err *e)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT }, { 0, 0 } };

	ts[1].tv_sec = (time_t)unix_sec;
	if ((int64_t)ts[1].tv_sec != unix_sec)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot set the time of '%s': out of range",
				  path);
	if (utimensat(AT_FDCWD, path, ts, AT_SYMLINK_NOFOLLOW) < 0)
		return sm_os_errno_set(e, errno, "cannot set the time of '%s'",
				       path);
	return 0;
}

int sm_os_file_chown(const char *path, uint32_t uid, uint32_t gid,
		     struct sm_err *e)
{
	if (lchown(path, (uid_t)uid, (gid_t)gid) < 0)
		return sm_os_errno_set(e, errno, "cannot set the owner of '%s'",
				       path);
	return 0;
}

int sm_os_file_rename(const char *from, const char *to, struct sm_err *e)
{
	if (rename(from, to) < 0)
		return sm_os_errno_set(e, errno, "cannot rename '%s' to '%s'",
				       from, to);
	return 0;
}

int sm_os_file_hardlink(const char *from, const char *to, struct sm_err *e)
{
	/* no AT_SYMLINK_FOLLOW: the name itself, not what it leads to */
	if (linkat(AT_FDCWD, from, AT_FDCWD, to, 0) < 0)
		return sm_os_errno_set(e, errno, "cannot link '%s' to '%s'", to,
				       from);
	return 0;
}

int sm_os_file_lock(int fd, struct sm_err *e)
{
	int r;

	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return sm_err_set_os(e, SM_EBUSY, errno,
				     "cannot lock: another process has it");
	return sm_os_errno_set(e, errno, "cannot lock");
}

int sm_os_file_temp(const char *dir, struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	int fd;

	if (dir)
		(void)sm_buf_puts(&name, dir); /* checked at the end */
	else if (!sm_os_env_has("TMPDIR"))
		(void)sm_buf_puts(&name, "/tmp"); /* checked at the end */
	else
		(void)sm_os_env_get(&name, "TMPDIR"); /* checked at the end */
	(void)sm_buf_puts(&name, "/.sm-XXXXXX");      /* checked here */
	if (name.err) {
		fd = sm_err_set(e, name.err,
				"cannot make a temporary file: name too long");
		goto out;
	}
	fd = mkostemp(name.ptr, O_CLOEXEC);
	if (fd < 0) {
		fd = sm_os_errno_set(e, errno, "cannot make a file in '%.*s'",
				     (int)(name.len - strlen("/.sm-XXXXXX")),
				     name.ptr);
		goto out;
	}
	if (unlink(name.ptr) < 0) {
		int err = errno;

		(void)close(fd); /* nothing was written */
		fd = sm_os_errno_set(e, err, "cannot unlink '%s'", name.ptr);
	}
out:
	sm_buf_release(&name);
	return fd;
}
