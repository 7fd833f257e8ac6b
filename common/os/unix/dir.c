/*
 * Folders of POSIX systems. Removal of a tree works on descriptors: a folder
 * that is replaced by a link while it runs is not followed.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/os/errno.h"

/* Folders within folders that a removal descends into: one descriptor each. */
#define DEPTH_MAX 200

int sm_os_dir_open(const char *path, struct sm_err *e)
{
	int fd;

	do
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return sm_os_errno_set(e, errno, "cannot open folder '%s'",
				       path);
	return fd;
}

int sm_os_dir_sync(const char *path, struct sm_err *e)
{
	int fd = sm_os_dir_open(path, e), r;

	if (fd < 0)
		return fd;
	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	/* EINVAL: this file system has no sync of folders */
	if (r < 0 && errno != EINVAL)
		r = sm_os_errno_set(e, errno, "cannot sync folder '%s'", path);
	else
		r = 0;
	sm_os_file_close(fd);
	return r;
}

int sm_os_dir_make(const char *path, unsigned mode, struct sm_err *e)
{
	if (mkdir(path, (mode_t)mode) < 0)
		return sm_os_errno_set(e, errno, "cannot create folder '%s'",
				       path);
	return 0;
}

int sm_os_dir_remove(const char *path, struct sm_err *e)
{
	if (rmdir(path) < 0)
		return sm_os_errno_set(e, errno, "cannot remove folder '%s'",
				       path);
	return 0;
}

int sm_os_dir_temp(const char *prefix, char *path, size_t size,
		   struct sm_err *e)
{
	int n = snprintf(path, size, "%sXXXXXX", prefix);

	if (n < 0 || (size_t)n >= size)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot create folder '%s': name too long",
				  prefix);
	if (!mkdtemp(path))
		return sm_os_errno_set(
			e, errno, "cannot create folder '%sXXXXXX'", prefix);
	return 0;
}

int sm_os_dir_current(struct sm_buf *out, struct sm_err *e)
{
	char path[4097]; /* PATH_MAX of Linux, and its end */

	if (!getcwd(path, sizeof(path)))
		return sm_os_errno_set(e, errno,
				       "cannot find the current folder");
	return sm_buf_puts(out, path);
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

int sm_os_dir_list(const char *path, sm_os_dir_fn *fn, void *user,
		   struct sm_err *e)
{
	int fd = sm_os_dir_open(path, e), r = 0;
	struct dirent *d;
	DIR *dir;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = sm_os_errno_set(e, errno, "cannot list '%s'", path);
		sm_os_file_close(fd);
		return r;
	}
	while (r >= 0) {
		errno = 0;
		d = readdir(dir);
		if (!d) {
			if (errno)
				r = sm_os_errno_set(e, errno,
						    "cannot list '%s'", path);
			break;
		}
		if (!is_dots(d->d_name))
			r = fn(user, d->d_name);
	}
	(void)closedir(dir); /* was only read */
	return r < 0 ? r : 0;
}

static int remove_at(int parent, const char *name, unsigned depth,
		     struct sm_err *e);

/* Empties the folder behind `fd`, which it closes. */
static int remove_inside(int fd, const char *name, unsigned depth,
			 struct sm_err *e)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	int r = 0;

	if (!dir) {
		r = sm_os_errno_set(e, errno, "cannot list '%s'", name);
		sm_os_file_close(fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		d = readdir(dir);
		if (!d && errno)
			r = sm_os_errno_set(e, errno, "cannot list '%s'", name);
		if (!d)
			break;
		if (!is_dots(d->d_name))
			r = remove_at(fd, d->d_name, depth, e);
	}
	(void)closedir(dir); /* was only read */
	return r;
}

static int remove_at(int parent, const char *name, unsigned depth,
		     struct sm_err *e)
{
	struct stat st;
	int fd, r;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ?
			       0 :
			       sm_os_errno_set(e, errno, "cannot look at '%s'",
					       name);
	if (!S_ISDIR(st.st_mode)) {
		if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
			return sm_os_errno_set(e, errno, "cannot remove '%s'",
					       name);
		return 0;
	}
	if (depth == DEPTH_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot remove '%s': folders too deep", name);
	fd = openat(parent, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sm_os_errno_set(e, errno, "cannot open folder '%s'",
				       name);
	if ((r = remove_inside(fd, name, depth + 1, e)) < 0)
		return r;
	if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return sm_os_errno_set(e, errno, "cannot remove folder '%s'",
				       name);
	return 0;
}

int sm_os_dir_remove_tree(const char *path, struct sm_err *e)
{
	int r = remove_at(AT_FDCWD, path, 0, e);

	/* a second look: some systems skip names while others go */
	if (r == SM_EEXIST)
		r = remove_at(AT_FDCWD, path, 0, e);
	return r;
}
