/*
 * Files, folders and links of the system this runs on: what works, and the
 * code, the number and the text of each way to fail.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"

#define NEW (SM_FILE_WRITE | SM_FILE_CREATE)

/* Every test runs in a folder of its own. */
static char root[64];

static int set_up(void **state)
{
	SM_UNUSED(state);
	if (sm_os_dir_temp("/tmp/sm-os-file-", root, sizeof(root), NULL) < 0)
		return -1;
	return chdir(root);
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	if (chdir("/") < 0)
		return -1;
	return sm_os_dir_remove_tree(root, NULL);
}

static void put(const char *path, const char *text)
{
	int fd = sm_os_file_open(path, NEW, 0644, NULL);

	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_write_all(fd, sm_str(text), NULL), 0);
	sm_os_file_close(fd);
}

static void assert_text(const char *path, const char *want)
{
	int fd = sm_os_file_open(path, SM_FILE_READ, 0, NULL);
	char got[100];
	int64_t n;

	assert_true(fd >= 0);
	n = sm_os_file_read(fd, got, sizeof(got) - 1, NULL);
	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, want);
	sm_os_file_close(fd);
}

static bool is_there(const char *path)
{
	struct sm_file_info st;

	return sm_os_file_stat(path, false, &st, NULL) == 0;
}

static void opening(void **state)
{
	int fd;

	SM_UNUSED(state);
	put("a", "hello");
	assert_text("a", "hello");
	put("a", "hi"); /* truncated */
	assert_text("a", "hi");

	fd = sm_os_file_open("a", SM_FILE_WRITE | SM_FILE_KEEP, 0, NULL);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(sm_os_file_write_all(fd, sm_str("o"), NULL), 0);
	sm_os_file_close(fd);
	assert_text("a", "oi");

	fd = sm_os_file_open("a", SM_FILE_WRITE | SM_FILE_APPEND, 0, NULL);
	assert_int_equal(sm_os_file_write_all(fd, sm_str("!"), NULL), 0);
	sm_os_file_close(fd);
	assert_text("a", "oi!");
	sm_os_file_close(-1);
}

static void open_errors(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_os_file_open("none", SM_FILE_READ, 0, &e),
			 SM_ENOTFOUND);
	assert_int_equal(e.code, SM_ENOTFOUND);
	assert_int_equal(e.os, ENOENT);
	assert_string_equal(e.msg,
			    "cannot open 'none': No such file or directory");

	put("a", "x");
	assert_int_equal(sm_os_file_open("a", NEW | SM_FILE_EXCL, 0644, &e),
			 SM_EEXIST);
	assert_string_equal(e.msg, "cannot create 'a': File exists");
	assert_text("a", "x");
	assert_int_equal(sm_os_file_open("a/b", SM_FILE_READ, 0, &e),
			 SM_ENOTFOUND);
	assert_int_equal(sm_os_file_open(".", SM_FILE_WRITE, 0, &e), SM_EIO);
	assert_int_equal(e.os, EISDIR);
	/* without an error record */
	assert_int_equal(sm_os_file_open("none", SM_FILE_READ, 0, NULL),
			 SM_ENOTFOUND);
}

static void links_are_refused_on_request(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	int fd;

	SM_UNUSED(state);
	put("a", "x");
	assert_int_equal(symlink("a", "l"), 0);
	assert_int_equal(sm_os_file_open("l", SM_FILE_READ | SM_FILE_NOFOLLOW,
					 0, &e),
			 SM_EPERM);
	assert_int_equal(sm_os_file_open("l", NEW | SM_FILE_NOFOLLOW, 0600, &e),
			 SM_EPERM);
	assert_text("a", "x");
	/* a dangling link does not give birth to its target */
	assert_int_equal(symlink("nowhere", "d"), 0);
	assert_int_equal(sm_os_file_open("d", NEW | SM_FILE_EXCL, 0600, &e),
			 SM_EEXIST);
	assert_false(is_there("nowhere"));
	/* a pipe that nobody writes to does not stop us */
	assert_int_equal(mkfifo("p", 0600), 0);
	fd = sm_os_file_open("p", SM_FILE_READ | SM_FILE_NOFOLLOW, 0, &e);
	assert_true(fd >= 0);
	assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
	sm_os_file_close(fd);
}

static void reading(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	char got[10];
	int fd;

	SM_UNUSED(state);
	put("a", "0123456789");
	fd = sm_os_file_open("a", SM_FILE_READ, 0, NULL);
	assert_int_equal(sm_os_file_read_at(fd, got, 4, 3, NULL), 4);
	assert_memory_equal(got, "3456", 4);
	assert_int_equal(sm_os_file_read_at(fd, got, 9, 8, NULL), 2);
	assert_int_equal(sm_os_file_read_at(fd, got, 1, 10, NULL), 0);
	assert_int_equal(sm_os_file_read_at(fd, got, 1, UINT64_MAX, &e),
			 SM_ELIMIT);
	/* the position was not moved */
	assert_int_equal(sm_os_file_read(fd, got, 3, NULL), 3);
	assert_memory_equal(got, "012", 3);
	assert_int_equal(sm_os_file_seek(fd, 8, NULL), 0);
	assert_int_equal(sm_os_file_read(fd, got, 10, NULL), 2);
	assert_int_equal(sm_os_file_read(fd, got, 10, NULL), 0);
	assert_int_equal(sm_os_file_read(fd, got, 0, NULL), 0);
	assert_int_equal(sm_os_file_seek(fd, UINT64_MAX, &e), SM_ELIMIT);
	assert_int_equal(sm_os_file_write_all(fd, sm_str("x"), &e), SM_EIO);
	assert_string_equal(e.msg, "cannot write: Bad file descriptor");
	sm_os_file_close(fd);
	assert_int_equal(sm_os_file_read(-1, got, 1, &e), SM_EIO);
	fd = sm_os_dir_open(".", NULL);
	assert_int_equal(sm_os_file_read(fd, got, 1, &e), SM_EIO);
	assert_string_equal(e.msg, "cannot read: Is a directory");
	sm_os_file_close(fd);
}

/* A whole length through a pipe gives and takes pieces. */
static void pieces(void **state)
{
	size_t len = (size_t)1 << 20, i;
	char *data = malloc(len);
	int p[2], status;
	pid_t pid;

	SM_UNUSED(state);
	assert_non_null(data);
	assert_int_equal(pipe(p), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		for (i = 0; i < len; i++)
			data[i] = (char)(i * 7);
		close(p[0]);
		_exit(sm_os_file_write_all(p[1], sm_str_n(data, len), NULL));
	}
	close(p[1]);
	assert_int_equal(sm_os_file_read(p[0], data, len, NULL), len);
	for (i = 0; i < len; i++)
		assert_int_equal(data[i], (char)(i * 7));
	close(p[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	free(data);
}

static void full_disk(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	SM_UNUSED(state);
	if (fd < 0)
		skip();
	assert_int_equal(sm_os_file_write_all(fd, sm_str("x"), &e), SM_ENOSPC);
	assert_int_equal(e.os, ENOSPC);
	assert_string_equal(e.msg, "cannot write: No space left on device");
	sm_os_file_close(fd);
}

static void information(void **state)
{
	struct sm_file_info a, b;
	struct sm_err e = SM_ERR_INIT;
	int fd;

	SM_UNUSED(state);
	put("a", "12345");
	assert_int_equal(sm_os_file_chmod("a", 0640, &e), 0);
	assert_int_equal(sm_os_file_mtime("a", 1000000000, &e), 0);
	assert_int_equal(sm_os_file_stat("a", false, &a, &e), 0);
	assert_int_equal(a.type, SM_FILE_REGULAR);
	assert_int_equal(a.mode, 0640);
	assert_int_equal(a.size, 5);
	assert_int_equal(a.mtime_sec, 1000000000);
	assert_int_equal(a.nlink, 1);
	assert_int_equal(a.uid, geteuid());

	assert_int_equal(sm_os_link_make("a", "l", &e), 0);
	assert_int_equal(sm_os_file_stat("l", false, &b, &e), 0);
	assert_int_equal(b.type, SM_FILE_LINK);
	assert_int_equal(sm_os_file_stat("l", true, &b, &e), 0);
	assert_true(a.dev == b.dev && a.ino == b.ino);
	/* the link's own time; the target keeps its */
	assert_int_equal(sm_os_file_mtime("l", 5, &e), 0);
	assert_int_equal(sm_os_file_stat("a", false, &a, &e), 0);
	assert_int_equal(a.mtime_sec, 1000000000);

	assert_int_equal(sm_os_file_stat(".", false, &b, &e), 0);
	assert_int_equal(b.type, SM_FILE_DIR);
	assert_int_equal(sm_os_file_stat("/dev/null", false, &b, &e), 0);
	assert_int_equal(b.type, SM_FILE_OTHER);
	assert_int_equal(sm_os_file_stat("none", true, &b, &e), SM_ENOTFOUND);
	assert_string_equal(e.msg,
			    "cannot look at 'none': No such file or directory");

	fd = sm_os_file_open("a", SM_FILE_READ, 0, NULL);
	assert_int_equal(sm_os_file_fchmod(fd, 0755, &e), 0);
	assert_int_equal(sm_os_file_fstat(fd, &b, &e), 0);
	assert_int_equal(b.mode, 0755);
	assert_true(a.ino == b.ino);
	sm_os_file_close(fd);
	assert_int_equal(sm_os_file_fstat(fd, &b, &e), SM_EIO);
}

static void names(void **state)
{
	struct sm_file_info a, b;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	put("a", "A");
	put("b", "B");
	assert_int_equal(sm_os_file_rename("a", "b", &e), 0);
	assert_text("b", "A");
	assert_false(is_there("a"));
	assert_int_equal(sm_os_file_rename("none", "c", &e), SM_ENOTFOUND);
	assert_string_equal(e.msg, "cannot rename 'none' to 'c': "
				   "No such file or directory");
	assert_int_equal(sm_os_file_hardlink("b", "c", &e), 0);
	assert_int_equal(sm_os_file_stat("b", false, &a, &e), 0);
	assert_int_equal(sm_os_file_stat("c", false, &b, &e), 0);
	assert_true(a.ino == b.ino && a.nlink == 2);
	assert_int_equal(sm_os_file_hardlink("b", "c", &e), SM_EEXIST);
	assert_int_equal(sm_os_file_remove("b", &e), 0);
	assert_text("c", "A");
	assert_int_equal(sm_os_file_remove("b", &e), SM_ENOTFOUND);
	assert_string_equal(e.msg,
			    "cannot remove 'b': No such file or directory");
}

/* What a user without rights gets; the number of the first wrong answer. */
static int powerless(void)
{
	struct sm_err e = SM_ERR_INIT;

	if (sm_os_file_open("a", SM_FILE_READ, 0, &e) != SM_EPERM)
		return 1;
	if (strcmp(e.msg, "cannot open 'a': Permission denied"))
		return 2;
	if (sm_os_file_open("d/n", NEW, 0644, NULL) != SM_EPERM)
		return 3;
	if (sm_os_file_remove("d/a", NULL) != SM_EPERM)
		return 4;
	if (sm_os_file_chown("d/a", 0, 0, NULL) != SM_EPERM)
		return 5;
	if (sm_os_dir_make("d/d", 0755, NULL) != SM_EPERM)
		return 6;
	if (sm_os_link_swap("x", "d/l", NULL) != SM_EPERM)
		return 7;
	return sm_os_dir_remove_tree("d", NULL) == SM_EPERM ? 0 : 8;
}

/* Root gives its rights up first: nobody is 65534 wherever it exists. */
static void no_permission(void **state)
{
	int status = -1;
	pid_t pid;

	SM_UNUSED(state);
	put("a", "x");
	assert_int_equal(sm_os_file_chmod("a", 0, NULL), 0);
	assert_int_equal(sm_os_dir_make("d", 0755, NULL), 0);
	put("d/a", "x");
	assert_int_equal(sm_os_file_chmod("d", 0555, NULL), 0);
	assert_int_equal(sm_os_file_chmod(".", 0755, NULL), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (geteuid() == 0 && (setgid(65534) < 0 || setuid(65534) < 0))
			_exit(77);
		_exit(powerless());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(sm_os_file_chmod("d", 0755, NULL), 0);
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
	assert_text("d/a", "x");
}

/* In a child: 0 if it gets the lock, 1 if SM_EBUSY. */
static int lock_elsewhere(const char *path)
{
	int status = -1, fd, r;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		r = sm_os_file_lock(fd, NULL);
		_exit(r == 0 ? 0 : r == SM_EBUSY ? 1 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void locks(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	int fd, other;

	SM_UNUSED(state);
	put("a", "x");
	fd = sm_os_file_open("a", SM_FILE_READ, 0, NULL);
	assert_int_equal(sm_os_file_lock(fd, &e), 0);
	assert_int_equal(sm_os_file_lock(fd, &e), 0); /* we have it */
	assert_int_equal(lock_elsewhere("a"), 1);
	other = sm_os_file_open("a", SM_FILE_READ, 0, NULL);
	assert_int_equal(sm_os_file_lock(other, &e), SM_EBUSY);
	assert_string_equal(e.msg, "cannot lock: another process has it");
	sm_os_file_close(fd);
	assert_int_equal(lock_elsewhere("a"), 0);
	sm_os_file_close(other);

	fd = sm_os_dir_open(".", &e);
	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_lock(fd, &e), 0);
	assert_int_equal(lock_elsewhere("."), 1);
	assert_int_equal(sm_os_file_sync(fd, &e), 0);
	sm_os_file_close(fd);
	assert_int_equal(lock_elsewhere("."), 0);
	assert_int_equal(sm_os_file_lock(-1, &e), SM_EIO);
}

static void temporary(void **state)
{
	struct sm_file_info st;
	struct sm_err e = SM_ERR_INIT;
	char small[10];
	int fd;

	SM_UNUSED(state);
	fd = sm_os_file_temp(".", &e);
	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_fstat(fd, &st, &e), 0);
	assert_int_equal(st.nlink, 0);
	assert_int_equal(st.mode, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(sm_os_file_write_all(fd, sm_str("abc"), &e), 0);
	assert_int_equal(sm_os_file_seek(fd, 0, &e), 0);
	assert_int_equal(sm_os_file_read(fd, small, 10, &e), 3);
	sm_os_file_close(fd);
	/* nothing is left; rmdir works on an empty folder only */
	assert_int_equal(sm_os_dir_make("d", 0755, &e), 0);
	fd = sm_os_file_temp("d", &e);
	assert_int_equal(sm_os_dir_remove("d", &e), 0);
	sm_os_file_close(fd);

	assert_int_equal(sm_os_file_temp("none", &e), SM_ENOTFOUND);
	assert_string_equal(e.msg, "cannot make a file in 'none': "
				   "No such file or directory");
	fd = sm_os_file_temp(NULL, &e);
	assert_true(fd >= 0);
	sm_os_file_close(fd);

	assert_int_equal(sm_os_dir_temp("abcdef", small, sizeof(small), &e),
			 SM_ELIMIT);
	assert_int_equal(sm_os_dir_temp("none/x", small, 3, &e), SM_ELIMIT);
	assert_int_equal(sm_os_dir_temp("abc", small, sizeof(small), &e), 0);
	assert_int_equal(sm_os_file_stat(small, false, &st, &e), 0);
	assert_int_equal(st.mode, 0700);
}

static int count(void *user, const char *name)
{
	int *n = user;

	assert_string_not_equal(name, ".");
	assert_string_not_equal(name, "..");
	return ++*n == 3 ? SM_ECANCEL : 0;
}

static void folders(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	int n = 0;

	SM_UNUSED(state);
	assert_int_equal(sm_os_dir_list(".", count, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(sm_os_dir_make("d", 0755, &e), 0);
	assert_int_equal(sm_os_dir_make("d", 0755, &e), SM_EEXIST);
	assert_string_equal(e.msg, "cannot create folder 'd': File exists");
	assert_int_equal(sm_os_dir_make("x/y", 0755, &e), SM_ENOTFOUND);
	put("d/a", "");
	assert_int_equal(sm_os_dir_remove("d", &e), SM_EEXIST);
	assert_int_equal(e.os, ENOTEMPTY);
	put("d/b", "");
	assert_int_equal(sm_os_dir_list("d", count, &n, &e), 0);
	assert_int_equal(n, 2);
	put("d/c", "");
	assert_int_equal(sm_os_dir_list("d", count, &n, &e), SM_ECANCEL);
	assert_int_equal(n, 3);
	assert_int_equal(sm_os_dir_list("none", count, &n, &e), SM_ENOTFOUND);
	assert_int_equal(sm_os_dir_list("d/a", count, &n, &e), SM_ENOTFOUND);
	assert_int_equal(sm_os_dir_open("d/a", &e), SM_ENOTFOUND);
	assert_int_equal(sm_os_dir_sync("d", &e), 0);
	assert_int_equal(sm_os_dir_sync("none", &e), SM_ENOTFOUND);
	assert_int_equal(sm_os_dir_current(&b, &e), 0);
	assert_string_equal(b.ptr, root);
	sm_buf_release(&b);
}

static void trees_are_removed_without_following(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_os_dir_make("keep", 0755, &e), 0);
	put("keep/me", "x");
	assert_int_equal(sm_os_dir_make("t", 0755, &e), 0);
	assert_int_equal(sm_os_dir_make("t/d", 0755, &e), 0);
	put("t/d/f", "");
	put("t/f", "");
	assert_int_equal(symlink("../keep", "t/link"), 0);
	assert_int_equal(symlink("../../keep", "t/d/link"), 0);
	assert_int_equal(symlink("nowhere", "t/dangling"), 0);
	assert_int_equal(sm_os_dir_remove_tree("t", &e), 0);
	assert_false(is_there("t"));
	assert_text("keep/me", "x");

	assert_int_equal(symlink("keep", "l"), 0);
	assert_int_equal(sm_os_dir_remove_tree("l", &e), 0);
	assert_false(is_there("l"));
	assert_text("keep/me", "x");

	assert_int_equal(sm_os_dir_remove_tree("keep/me", &e), 0);
	assert_int_equal(sm_os_dir_remove_tree("none", &e), 0);
}

/* Folders in folders: `n` of them, made from below. */
static void deep(int n)
{
	int i, r;

	assert_int_equal(sm_os_dir_make("deep", 0755, NULL), 0);
	for (i = 1; i < n; i++) {
		assert_int_equal(sm_os_dir_make("d", 0755, NULL), 0);
		assert_int_equal(rename("deep", "d/deep"), 0);
		r = rename("d", "deep");
		assert_int_equal(r, 0);
	}
}

static void depth_is_bounded(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	deep(200);
	assert_int_equal(sm_os_dir_remove_tree("deep", &e), 0);
	deep(201);
	assert_int_equal(sm_os_dir_remove_tree("deep", &e), SM_ELIMIT);
	assert_non_null(strstr(e.msg, "too deep"));
	/* two levels less, so that the end of the test can clean up */
	assert_int_equal(rename("deep/deep/deep", "up"), 0);
}

static void links(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL), tiny = SM_BUF_INIT(3);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_os_link_make("some where", "l", &e), 0);
	assert_int_equal(sm_os_link_make("x", "l", &e), SM_EEXIST);
	assert_string_equal(e.msg, "cannot create link 'l': File exists");
	assert_int_equal(sm_os_link_read("l", &b, &e), 0);
	assert_string_equal(b.ptr, "some where");
	assert_int_equal(sm_os_link_read("l", &tiny, &e), SM_ELIMIT);
	assert_int_equal(sm_os_link_read("none", &b, &e), SM_ENOTFOUND);
	assert_int_equal(sm_os_link_read(".", &b, &e), SM_EIO);
	sm_buf_release(&b);
	sm_buf_release(&tiny);
}

static void assert_link(const char *path, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(sm_os_link_read(path, &b, NULL), 0);
	assert_string_equal(b.ptr, want);
	sm_buf_release(&b);
}

static int nothing_temporary(void *user, const char *name)
{
	SM_UNUSED(user);
	return strncmp(name, ".sm-", 4) ? 0 : SM_ECANCEL;
}

static void links_are_swapped(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	put("a", "A");
	assert_int_equal(sm_os_link_swap("a", "l", &e), 0); /* nothing there */
	assert_link("l", "a");
	assert_int_equal(sm_os_link_swap("nowhere", "l", &e), 0);
	assert_link("l", "nowhere"); /* a link to a file */
	assert_int_equal(sm_os_link_swap("a", "l", &e), 0);
	assert_link("l", "a"); /* a dangling link */
	assert_text("l", "A");
	put("file", "old");
	assert_int_equal(sm_os_link_swap("a", "file", &e), 0);
	assert_link("file", "a"); /* a plain file */
	assert_text("a", "A");

	assert_int_equal(sm_os_dir_make("d", 0755, &e), 0);
	assert_int_equal(sm_os_link_swap("../a", "d/l", &e), 0);
	assert_text("d/l", "A");
	assert_true(sm_os_link_swap("a", "d", &e) < 0); /* a folder stays */
	assert_true(is_there("d/l"));
	assert_int_equal(sm_os_link_swap("a", "none/l", &e), SM_ENOTFOUND);
	assert_string_equal(e.msg, "cannot create link 'none/l': "
				   "No such file or directory");
	assert_int_equal(sm_os_dir_list(".", nothing_temporary, NULL, &e), 0);
	assert_int_equal(sm_os_dir_list("d", nothing_temporary, NULL, &e), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(opening),
		CASE(open_errors),
		CASE(links_are_refused_on_request),
		CASE(reading),
		CASE(pieces),
		CASE(full_disk),
		CASE(information),
		CASE(names),
		CASE(no_permission),
		CASE(locks),
		CASE(temporary),
		CASE(folders),
		CASE(trees_are_removed_without_following),
		CASE(depth_is_bounded),
		CASE(links),
		CASE(links_are_swapped),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
