/*
 * Whole files and trees: nothing half written, nothing left behind, nothing
 * followed.
 */
#include "common/def.h"
#include "common/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[64];

static int set_up(void **state)
{
	SM_UNUSED(state);
	if (sm_os_dir_temp("/tmp/sm-fs-", root, sizeof(root), NULL) < 0)
		return -1;
	return chdir(root);
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	if (chdir("/") < 0)
		return -1;
	return sm_fs_remove_tree(root, NULL);
}

static void put(const char *path, const char *text)
{
	assert_int_equal(sm_fs_write_atomic(path, sm_str(text), 0644, NULL), 0);
}

static void assert_text(const char *path, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(sm_fs_read(path, SM_BUF_SMALL, &b, NULL), 0);
	assert_string_equal(sm_buf_z(&b), want);
	sm_buf_release(&b);
}

static int count(void *user, const char *name)
{
	SM_UNUSED(name);
	++*(int *)user;
	return 0;
}

static int names_in(const char *path)
{
	int n = 0;

	assert_int_equal(sm_os_dir_list(path, count, &n, NULL), 0);
	return n;
}

static void reading_at_the_limit(void **state)
{
	struct sm_buf b = SM_BUF_INIT(10), tiny = SM_BUF_INIT(4);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	put("a", "12345");
	put("empty", "");
	assert_int_equal(sm_fs_read("a", 5, &b, &e), 0);
	assert_string_equal(b.ptr, "12345");
	assert_int_equal(sm_fs_read("a", 5, &b, &e), 0); /* appends: full */
	assert_string_equal(b.ptr, "1234512345");
	assert_int_equal(sm_fs_read("empty", 0, &b, &e), 0);
	assert_int_equal(sm_fs_read("a", 5, &b, &e), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_fs_read("a", 4, &b, &e), SM_ELIMIT);
	assert_string_equal(e.msg, "cannot read 'a': more than 4 bytes");
	assert_int_equal(e.code, SM_ELIMIT);
	assert_int_equal(sm_fs_read("a", 100, &tiny, &e), SM_ELIMIT);
	assert_string_equal(e.msg, "cannot read 'a': more than 4 bytes");
	sm_buf_clear(&b);
	assert_int_equal(sm_fs_read("none", 5, &b, &e), SM_ENOTFOUND);
	assert_string_equal(e.msg,
			    "cannot open 'none': No such file or directory");
	assert_int_equal(sm_fs_read(".", 5, &b, &e), SM_EIO);
	assert_string_equal(e.msg,
			    "cannot read '.': cannot read: Is a directory");
	sm_buf_release(&b);
	sm_buf_release(&tiny);
}

static void large_file(void **state)
{
	size_t len = 1000003, i;
	char *data = malloc(len);
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 21);

	SM_UNUSED(state);
	assert_non_null(data);
	for (i = 0; i < len; i++)
		data[i] = (char)(i * 31 >> 3);
	assert_int_equal(
		sm_fs_write_atomic("a", sm_str_n(data, len), 0600, NULL), 0);
	assert_int_equal(sm_fs_copy("a", "b", 0600, NULL), 0);
	assert_int_equal(sm_fs_read("b", (size_t)1 << 21, &b, NULL), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.ptr, data, len);
	assert_int_equal(sm_fs_read("b", len - 1, &b, NULL), SM_ELIMIT);
	sm_buf_release(&b);
	free(data);
}

static void writing(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;
	mode_t old = umask(077);

	SM_UNUSED(state);
	assert_int_equal(sm_fs_write_atomic("a", sm_str("one"), 0755, &e), 0);
	assert_int_equal(sm_fs_write_atomic("a", sm_str("two"), 0644, &e), 0);
	(void)umask(old);
	assert_text("a", "two");
	assert_int_equal(sm_os_file_stat("a", false, &st, &e), 0);
	assert_int_equal(st.mode, 0644); /* whatever the umask */

	/* a link is replaced, its target untouched */
	put("target", "T");
	assert_int_equal(symlink("target", "l"), 0);
	put("l", "L");
	assert_text("target", "T");
	assert_text("l", "L");
	assert_int_equal(sm_os_file_stat("l", false, &st, &e), 0);
	assert_int_equal(st.type, SM_FILE_REGULAR);
	assert_int_equal(names_in("."), 3);

	assert_int_equal(sm_fs_write_atomic("x/a", sm_str(""), 0644, &e),
			 SM_ENOTFOUND);
	assert_non_null(strstr(e.msg, "cannot write 'x/a': "));
	assert_int_equal(sm_os_dir_make("d", 0755, &e), 0);
	assert_true(sm_fs_write_atomic("d", sm_str(""), 0644, &e) < 0);
	assert_non_null(strstr(e.msg, "cannot write 'd': "));
	assert_int_equal(names_in("."), 4);
	assert_int_equal(names_in("d"), 0);
}

/* A file size limit of 1000 bytes stands for a full disk. */
static void failed_writes_leave_nothing(void **state)
{
	struct rlimit lim = { 1000, 1000 };
	struct sm_err e = SM_ERR_INIT;
	int status = -1, r;
	char big[2000];
	pid_t pid;

	SM_UNUSED(state);
	memset(big, 'x', sizeof(big));
	put("a", "old");
	assert_int_equal(sm_fs_write_atomic("big", sm_str_n(big, sizeof(big)),
					    0644, NULL),
			 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &lim) < 0)
			_exit(9);
		r = sm_fs_write_atomic("a", sm_str_n(big, sizeof(big)), 0644,
				       &e);
		if (r != SM_ENOSPC || e.code != SM_ENOSPC ||
		    strncmp(e.msg, "cannot write 'a': cannot write: ", 32) != 0)
			_exit(1);
		r = sm_fs_copy("big", "copy", 0644, &e);
		if (r != SM_ENOSPC || strncmp(e.msg, "cannot copy 'big'", 17))
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_text("a", "old");
	assert_int_equal(names_in("."), 2);
}

static void streamed(void **state)
{
	struct sm_fs_tmp t = SM_FS_TMP_INIT;
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;

	SM_UNUSED(state);
	assert_int_equal(sm_fs_tmp_commit(&t, &e), SM_ESTATE);
	sm_fs_tmp_release(&t);

	assert_int_equal(sm_fs_tmp_open(&t, "a", 0755, &e), 0);
	assert_int_equal(sm_os_file_fstat(t.fd, &st, &e), 0);
	assert_int_equal(st.mode, 0600); /* private until it is complete */
	assert_int_equal(sm_os_file_write_all(t.fd, sm_str("x"), &e), 0);
	sm_fs_tmp_release(&t);
	assert_int_equal(names_in("."), 0);
	sm_fs_tmp_release(&t);

	assert_int_equal(sm_fs_tmp_open(&t, "a", 0755, &e), 0);
	assert_int_equal(sm_os_file_write_all(t.fd, sm_str("x"), &e), 0);
	assert_int_equal(sm_fs_tmp_commit(&t, &e), 0);
	assert_int_equal(sm_fs_tmp_commit(&t, &e), SM_ESTATE);
	sm_fs_tmp_release(&t);
	assert_text("a", "x");
	assert_int_equal(sm_os_file_stat("a", false, &st, &e), 0);
	assert_int_equal(st.mode, 0755);
	assert_int_equal(names_in("."), 1);

	assert_int_equal(sm_fs_tmp_open(&t, "x/a", 0755, &e), SM_ENOTFOUND);
	sm_fs_tmp_release(&t);
}

static void folders_are_made(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;
	char path[100];

	SM_UNUSED(state);
	assert_int_equal(sm_fs_mkdirs("a/b//c/", 0750, &e), 0);
	assert_int_equal(sm_os_file_stat("a/b/c", false, &st, &e), 0);
	assert_int_equal(st.type, SM_FILE_DIR);
	assert_int_equal(st.mode, 0750);
	assert_int_equal(sm_fs_mkdirs("a/b/c", 0755, &e), 0);
	assert_int_equal(sm_os_file_stat("a/b/c", false, &st, &e), 0);
	assert_int_equal(st.mode, 0750); /* left as it is */
	(void)snprintf(path, sizeof(path), "%s/x/y", root);
	assert_int_equal(sm_fs_mkdirs(path, 0755, &e), 0);
	assert_int_equal(sm_fs_mkdirs("/", 0755, &e), 0);
	assert_int_equal(sm_fs_mkdirs(".", 0755, &e), 0);
	assert_int_equal(e.code, 0);
	/* through a link to a folder */
	assert_int_equal(symlink("a", "l"), 0);
	assert_int_equal(sm_fs_mkdirs("l/new", 0755, &e), 0);
	assert_int_equal(sm_os_file_stat("a/new", false, &st, &e), 0);

	put("file", "");
	assert_int_equal(sm_fs_mkdirs("file", 0755, &e), SM_EEXIST);
	assert_int_equal(sm_fs_mkdirs("file/x", 0755, &e), SM_EEXIST);
	assert_string_equal(e.msg, "cannot create folder 'file': File exists");
	assert_int_equal(sm_fs_mkdirs("", 0755, &e), SM_EUSAGE);
}

static void removal(void **state)
{
	static const char *const unsafe[] = { "",   "/",   "//",    ".",
					      "..", "a/.", "a/../", "C:" };
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(sm_fs_mkdirs("a/b", 0755, &e), 0);
	put("a/b/f", "x");
	for (i = 0; i < SM_ARRAY_LEN(unsafe); i++)
		assert_int_equal(sm_fs_remove_tree(unsafe[i], &e), SM_EUSAGE);
	assert_text("a/b/f", "x");
	/* the slash does not make it the folder behind the link */
	assert_int_equal(symlink("a", "l"), 0);
	assert_int_equal(sm_fs_remove_tree("l//", &e), 0);
	assert_text("a/b/f", "x");
	assert_int_equal(sm_fs_remove_tree("a", &e), 0);
	assert_int_equal(sm_fs_remove_tree("a", &e), 0);
	assert_int_equal(names_in("."), 0);
}

static void copying(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;

	SM_UNUSED(state);
	put("a", "A");
	assert_int_equal(sm_fs_copy("a", "b", 0755, &e), 0);
	assert_text("b", "A");
	assert_int_equal(sm_os_file_stat("b", false, &st, &e), 0);
	assert_int_equal(st.mode, 0755);
	put("b", "B");
	assert_int_equal(sm_fs_copy("a", "b", 0755, &e), SM_EEXIST);
	assert_text("b", "B");
	assert_int_equal(sm_fs_copy("none", "c", 0755, &e), SM_ENOTFOUND);
	assert_int_equal(names_in("."), 2);
	/* a dangling link is not a new name */
	assert_int_equal(symlink("nowhere", "d"), 0);
	assert_int_equal(sm_fs_copy("a", "d", 0755, &e), SM_EEXIST);
	assert_int_equal(sm_fs_copy(".", "c", 0755, &e), SM_EIO);
	assert_int_equal(names_in("."), 3);
}

/* What was begun is whole, can be read and run, and is ended by a sync. */
static void copying_begun(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;
	char text[8] = "";
	int fd;

	SM_UNUSED(state);
	put("a", "A");
	fd = sm_fs_copy_begin("a", "b", 0751, &e);
	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_read(fd, text, sizeof(text), &e), 1);
	assert_string_equal(text, "A");
	assert_int_equal(sm_os_file_fstat(fd, &st, &e), 0);
	assert_int_equal(st.mode, 0751);
	assert_int_equal(sm_os_file_writeback(fd, true, &e), 0);
	assert_int_equal(sm_os_file_sync(fd, &e), 0);
	sm_os_file_close(fd);
	assert_int_equal(sm_fs_copy_begin("a", "b", 0755, &e), SM_EEXIST);
	assert_int_equal(sm_fs_copy_begin("no", "c", 0755, &e), SM_ENOTFOUND);
	assert_int_equal(names_in("."), 2);
}

static int note(void *user, const char *rel, const struct sm_file_info *st,
		struct sm_err *e)
{
	static const char kind[] = "fdl?";

	SM_UNUSED(e);
	return sm_buf_printf(user, "%c:%s ", kind[st->type], rel);
}

static int stop(void *user, const char *rel, const struct sm_file_info *st,
		struct sm_err *e)
{
	SM_UNUSED(st);
	++*(int *)user;
	return strcmp(rel, "a") ? 0 : sm_err_set(e, SM_ECANCEL, "enough");
}

static void walking(void **state)
{
	struct sm_buf b = SM_BUF_INIT(1000);
	struct sm_err e = SM_ERR_INIT;
	int n = 0;

	SM_UNUSED(state);
	assert_int_equal(sm_fs_walk(".", note, &b, &e), 0);
	assert_string_equal(sm_buf_z(&b), "");
	assert_int_equal(sm_fs_mkdirs("t/b/x", 0755, &e), 0);
	assert_int_equal(sm_fs_mkdirs("t/empty", 0755, &e), 0);
	put("t/b/z", "");
	put("t/b.txt", "");
	put("t/a", "");
	put("t/B", "");
	put("t/\xc3\xa4 o", "");
	assert_int_equal(symlink("..", "t/l"), 0);
	assert_int_equal(sm_fs_walk("t", note, &b, &e), 0);
	assert_string_equal(b.ptr, "f:B f:a d:b d:b/x f:b/z f:b.txt d:empty "
				   "l:l f:\xc3\xa4 o ");
	assert_int_equal(sm_fs_walk("t", stop, &n, &e), SM_ECANCEL);
	assert_int_equal(n, 2);
	assert_string_equal(e.msg, "enough");
	assert_int_equal(sm_fs_walk("none", note, &b, &e), SM_ENOTFOUND);
	sm_buf_release(&b);
}

static int ignore(void *user, const char *rel, const struct sm_file_info *st,
		  struct sm_err *e)
{
	SM_UNUSED(user);
	SM_UNUSED(rel);
	SM_UNUSED(st);
	SM_UNUSED(e);
	return 0;
}

static void walks_are_bounded(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	int i;

	SM_UNUSED(state);
	assert_int_equal(sm_os_dir_make("deep", 0755, &e), 0);
	for (i = 0; i < SM_FS_DEPTH_MAX; i++) {
		assert_int_equal(sm_os_dir_make("d", 0755, &e), 0);
		assert_int_equal(rename("deep", "d/deep"), 0);
		assert_int_equal(rename("d", "deep"), 0);
	}
	assert_int_equal(sm_fs_walk("deep", ignore, NULL, &e), 0);
	assert_int_equal(sm_fs_walk(".", ignore, NULL, &e), SM_ELIMIT);
	assert_non_null(strstr(e.msg, "folders too deep in "));
	/* two levels less, so that the end of the test can clean up */
	assert_int_equal(rename("deep/deep/deep", "up"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reading_at_the_limit),
		CASE(large_file),
		CASE(writing),
		CASE(failed_writes_leave_nothing),
		CASE(streamed),
		CASE(folders_are_made),
		CASE(removal),
		CASE(copying),
		CASE(copying_begun),
		CASE(walking),
		CASE(walks_are_bounded),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
