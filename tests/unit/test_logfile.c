/*
 * The log's files: what is written where, rolling, reloading, and that
 * nothing of it fails towards who logs.
 */
#include "common/def.h"
#include "plugin/logfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/fs.h"
#include "common/os/env.h"

static char dir[128], config[160];
static struct sm_log sink;
static struct plug_logfile *f;
static struct sm_err e;

static int begin(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(
		sm_os_dir_temp("/tmp/logfile-", dir, sizeof(dir), NULL), 0);
	(void)snprintf(config, sizeof(config), "%s/seelog.xml", dir);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, NULL);
	f = plug_logfile_new(&sink);
	sm_err_clear(&e);
	return 0;
}

static int end(void **state)
{
	SM_UNUSED(state);
	plug_logfile_free(f);
	sm_log_release(&sink);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, NULL);
	return sm_fs_remove_tree(dir, NULL);
}

#define FORMATS                                               \
	"<formats><format id='f' format='%%LEVEL %%Msg%%n'/>" \
	"</formats></seelog>"

/* `fmt` with the folder for its one %s. */
static void put_config(const char *fmt, const char *level)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		       "<seelog minlevel='%s'><outputs formatid='f'>"
		       "<rollingfile type='size' filename='%s/logs/%s' "
		       "maxsize='40' maxrolls='2'/>"
		       "<filter levels='error'><file path='%s/logs/errors'/>"
		       "</filter></outputs>" FORMATS,
		       level, dir, fmt, dir);
	assert_int_equal(sm_fs_write_atomic(config, sm_str(text), 0644, NULL),
			 0);
}

static void check_file(const char *name, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(65536);
	char path[256];
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	r = sm_fs_read(path, 65536, &b, NULL);
	if (!want) {
		assert_int_equal(r, SM_ENOTFOUND);
	} else {
		assert_int_equal(r, 0);
		assert_string_equal(sm_buf_z(&b), want);
	}
	sm_buf_release(&b);
}

static void test_missing_is_off(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(sink.min, SM_LOG_OFF);
	sm_log_err(&sink, "nobody hears");
	assert_string_equal(plug_logfile_path(f), config);
}

static void test_writes(void **state)
{
	struct sm_file_info st;
	char path[256];

	SM_UNUSED(state);
	put_config("a", "info");
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(sink.min, SM_LOG_INFO);
	check_file("logs/a", NULL); /* made when needed */
	sm_log_debug(&sink, "no");
	sm_log_info(&sink, "one %d", 1);
	sm_log_err(&sink, "two");
	check_file("logs/a", "INFO one 1\nERROR two\n");
	check_file("logs/errors", "ERROR two\n");
	(void)snprintf(path, sizeof(path), "%s/logs/a", dir);
	assert_int_equal(sm_os_file_stat(path, true, &st, NULL), 0);
	assert_int_equal(st.mode & 0777, 0600);
}

static void test_rolls(void **state)
{
	int i;

	SM_UNUSED(state);
	put_config("a", "info");
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	/* 20 bytes a record: two fit until 40 are reached */
	for (i = 1; i <= 8; i++)
		sm_log_info(&sink, "record number %d", i - 1);
	check_file("logs/a", "INFO record number 6\nINFO record number 7\n");
	check_file("logs/a.1", NULL);
	check_file("logs/a.2", "INFO record number 2\nINFO record number 3\n");
	check_file("logs/a.3", "INFO record number 4\nINFO record number 5\n");
	sm_log_info(&sink, "record number %d", 8);
	check_file("logs/a", "INFO record number 8\n");
	check_file("logs/a.2", NULL);
	check_file("logs/a.4", "INFO record number 6\nINFO record number 7\n");
}

/* Names that only look like old files are left alone. */
static void test_rolls_own_files_only(void **state)
{
	static const char *const names[] = { "a.x", "a.", "ab.1", "a.1.gz" };
	char path[256];
	size_t i;
	int k;

	SM_UNUSED(state);
	put_config("a", "info");
	(void)snprintf(path, sizeof(path), "%s/logs", dir);
	assert_int_equal(sm_os_dir_make(path, 0700, NULL), 0);
	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/logs/%s", dir, names[i]);
		assert_int_equal(
			sm_fs_write_atomic(path, sm_str("x"), 0600, NULL), 0);
	}
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	for (k = 0; k < 12; k++)
		sm_log_info(&sink, "record number %d", k % 10);
	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "logs/%s", names[i]);
		check_file(path, "x");
	}
}

/* A second process with the same file: rolled once, nothing lost. */
static void test_two_writers(void **state)
{
	struct sm_log other;
	struct plug_logfile *g = plug_logfile_new(&other);

	SM_UNUSED(state);
	put_config("a", "info");
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(plug_logfile_open(g, config, &e), 0);
	sm_log_info(&sink, "record number 0");
	sm_log_info(&other, "record number 1");
	sm_log_info(&sink, "record number 2");
	sm_log_info(&other, "record number 3");
	check_file("logs/a.1", "INFO record number 0\nINFO record number 1\n");
	check_file("logs/a", "INFO record number 2\nINFO record number 3\n");
	check_file("logs/a.2", NULL);
	plug_logfile_free(g);
	sm_log_release(&other);
}

static void test_reload(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 0);
	put_config("a", "error"); /* switched on while running */
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 1);
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 0);
	sm_log_err(&sink, "one");
	check_file("logs/a", "ERROR one\n");
	/* broken: the one before stays, said once */
	assert_int_equal(
		sm_fs_write_atomic(config, sm_str("<seelog"), 0644, NULL), 0);
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, config));
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 0);
	sm_log_err(&sink, "two");
	check_file("logs/a", "ERROR one\nERROR two\n");
	/* removed: so does it */
	assert_int_equal(sm_os_file_remove(config, NULL), 0);
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 0);
	sm_log_err(&sink, "3");
	check_file("logs/a", "ERROR one\nERROR two\nERROR 3\n");
	put_config("b", "off");
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 1);
	assert_int_equal(sink.min, SM_LOG_OFF);
	sm_log_err(&sink, "four");
	check_file("logs/b", NULL);
}

static void test_broken_at_start(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(sm_fs_write_atomic(config, sm_str("<x/>"), 0644, NULL),
			 0);
	assert_int_equal(plug_logfile_open(f, config, &e), SM_EFORMAT);
	assert_int_equal(sink.min, SM_LOG_OFF);
	put_config("a", "info");
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 1);
}

/* An output that cannot be opened does not keep the others from it. */
static void test_dead_output(void **state)
{
	char text[1024];

	SM_UNUSED(state);
	(void)snprintf(text, sizeof(text),
		       "<seelog><outputs formatid='f'>"
		       "<file path='/dev/null/x'/><file path='%s'/>"
		       "<file path='%s/b'/></outputs>" FORMATS,
		       dir, dir);
	assert_int_equal(sm_fs_write_atomic(config, sm_str(text), 0644, NULL),
			 0);
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	sm_log_trace(&sink, "here");
	sm_log_trace(&sink, "again");
	check_file("b", "TRACE here\nTRACE again\n");
}

static void test_quick(void **state)
{
	char value[256];

	SM_UNUSED(state);
	put_config("a", "trace");
	(void)snprintf(value, sizeof(value), "%s/q.log:warn", dir);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, value);
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_null(plug_logfile_path(f));
	assert_int_equal(sink.min, SM_LOG_WARN);
	sm_log_warn(&sink, "x");
	assert_int_equal(plug_logfile_reload_if_changed(f, &e), 0);
	check_file("logs/a", NULL);
	(void)snprintf(value, sizeof(value), "%s/with:colon", dir);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, value);
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(sink.min, SM_LOG_DEBUG);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, "stderr:off");
	assert_int_equal(plug_logfile_open(f, config, &e), 0);
	assert_int_equal(sink.min, SM_LOG_OFF);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, ":warn");
	assert_int_equal(plug_logfile_open(f, config, &e), SM_EFORMAT);
}

/* The text of a quick log: place and redaction included. */
static void test_quick_text(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	char value[256];

	SM_UNUSED(state);
	(void)snprintf(value, sizeof(value), "%s/q.log", dir);
	(void)sm_os_env_set(PLUG_LOGFILE_ENV, value);
	assert_int_equal(plug_logfile_open(f, NULL, &e), 0);
	sm_log_hide(&sink, sm_str("s3cr3t-token"));
	sm_log_debug(&sink, "got s3cr3t-token here");
	assert_int_equal(sm_fs_read(value, 4096, &b, NULL), 0);
	assert_non_null(strstr(sm_buf_z(&b), " DEBUG [test_quick_text @ "
					     "test_logfile.c."));
	assert_non_null(strstr(sm_buf_z(&b), "] got *** here\n"));
	sm_buf_release(&b);
}

static void test_default_path(void **state)
{
	struct sm_buf b = SM_BUF_INIT(256);

	SM_UNUSED(state);
	assert_int_equal(plug_logfile_default_path(&b), 0);
	assert_string_equal(sm_buf_z(&b),
			    "/usr/local/sessionmanagerplugin/seelog.xml");
	sm_buf_release(&b);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_missing_is_off),  TEST(test_writes),
		TEST(test_rolls),           TEST(test_rolls_own_files_only),
		TEST(test_two_writers),     TEST(test_reload),
		TEST(test_broken_at_start), TEST(test_dead_output),
		TEST(test_quick),           TEST(test_quick_text),
		TEST(test_default_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
