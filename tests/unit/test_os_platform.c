/*
 * Platform names, the os-release format, environment, clock, random bytes and
 * terminal questions.
 */
#include "common/def.h"
#include "common/os/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <unistd.h>

#include "common/os/clock.h"
#include "common/os/env.h"
#include "common/os/errno.h"
#include "common/os/random.h"
#include "common/os/term.h"

static void names(void **state)
{
	static const struct {
		const char *machine, *want;
	} rows[] = {
		{ "x86_64", "x86_64" },   { "amd64", "x86_64" },
		{ "i686", "i386" },       { "i386", "i386" },
		{ "aarch64", "aarch64" }, { "arm64", "aarch64" },
		{ "armv7l", "other" },    { "riscv64", "other" },
		{ "", "other" },          { "x86_64 ", "other" },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		enum sm_arch a =
			sm_os_platform_arch_parse(sm_str(rows[i].machine));

		assert_string_equal(sm_os_platform_arch_name(a), rows[i].want);
	}
	assert_string_equal(sm_os_platform_name(SM_PLATFORM_LINUX), "linux");
	assert_string_equal(sm_os_platform_name(SM_PLATFORM_MACOS), "macos");
	assert_string_equal(sm_os_platform_name(SM_PLATFORM_WINDOWS),
			    "windows");
}

static void release_files(void **state)
{
	static const struct {
		const char *text, *name, *version;
	} rows[] = {
		{ "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
		  "VERSION_ID=\"12\"\nID=debian\n",
		  "debian", "12" },
		{ "ID=\"amzn\"\r\nVERSION_ID='2023'\r\n", "amzn", "2023" },
		{ "# ID=x\n ID=arch", "arch", "" },
		{ "ID=a\nID=b\nVERSION_ID=1\nVERSION_ID=2", "b", "2" },
		{ "ID_LIKE=x\nMY_ID=y\nID=z\n", "z", "" },
		{ "ID=\"a\\\"b\"\nVERSION_ID='c\\d'\n", "a\"b", "c\\d" },
		{ "ID=\"open\nVERSION_ID=1\\", "open", "1\\" },
	};
	struct sm_buf name = SM_BUF_INIT(20), version = SM_BUF_INIT(20);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		sm_buf_clear(&name);
		sm_buf_clear(&version);
		assert_int_equal(sm_os_platform_release_parse(
					 sm_str(rows[i].text), &name, &version),
				 0);
		assert_string_equal(sm_buf_z(&name), rows[i].name);
		assert_string_equal(sm_buf_z(&version), rows[i].version);
	}
	sm_buf_clear(&name);
	assert_int_equal(sm_os_platform_release_parse(sm_str("VERSION_ID=1\n"),
						      &name, &version),
			 SM_EFORMAT);
	assert_int_equal(sm_os_platform_release_parse(sm_str("ID=\n"), &name,
						      &version),
			 SM_EFORMAT);
	assert_int_equal(
		sm_os_platform_release_parse(sm_str("ID=123456789012345678901"),
					     &name, &version),
		SM_ELIMIT);
	sm_buf_release(&name);
	sm_buf_release(&version);
}

static void this_system(void **state)
{
	struct sm_buf name = SM_BUF_INIT(100), version = SM_BUF_INIT(100);

	SM_UNUSED(state);
	assert_int_equal(sm_os_platform_describe(&name, &version, NULL), 0);
	assert_true(name.len > 0);
	assert_int_equal(sm_os_platform(), SM_PLATFORM_LINUX);
	assert_int_not_equal(sm_os_platform_arch(), SM_ARCH_OTHER);
	sm_buf_release(&name);
	sm_buf_release(&version);
}

static void environment(void **state)
{
	struct sm_buf b = SM_BUF_INIT(5);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_os_env_set("SM_TEST", "12345"), 0);
	assert_int_equal(sm_os_env_get(&b, "SM_TEST"), 1);
	assert_string_equal(b.ptr, "12345");
	assert_int_equal(sm_os_env_get(&b, "SM_TEST"), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_true(sm_os_env_has("SM_TEST"));
	assert_int_equal(sm_os_env_set("SM_TEST", ""), 0);
	assert_int_equal(sm_os_env_get(&b, "SM_TEST"), 1);
	assert_false(sm_os_env_has("SM_TEST"));
	assert_int_equal(sm_os_env_set("SM_TEST", NULL), 0);
	assert_int_equal(sm_os_env_get(&b, "SM_TEST"), 0);
	assert_true(sm_os_env_set("A=B", "x") < 0);
	assert_int_equal(sm_os_env_set("HOME", "/h"), 0);
	assert_int_equal(sm_os_env_home(&b, &e), 0);
	assert_string_equal(b.ptr, "/h");
	sm_buf_clear(&b);
	/* the user database, unless this user has no entry */
	assert_int_equal(sm_os_env_set("HOME", NULL), 0);
	if (sm_os_env_home(&b, &e) < 0)
		assert_true(e.code == SM_ENOTFOUND || b.err == SM_ELIMIT);
	else
		assert_int_equal(b.ptr[0], '/');
	sm_buf_release(&b);
}

static void time_passes(void **state)
{
	int64_t mono = sm_os_clock_mono_ms(), wall = sm_os_clock_wall_ms();
	struct tm tm;

	SM_UNUSED(state);
	sm_os_clock_sleep_ms(-5);
	sm_os_clock_sleep_ms(0);
	sm_os_clock_sleep_ms(30);
	assert_true(sm_os_clock_mono_ms() - mono >= 30);
	assert_true(sm_os_clock_wall_ms() > wall);
	/* this was written after 2020 and the clock is right to a century */
	assert_true(wall > (int64_t)1577836800 * 1000);
	assert_int_equal(sm_os_clock_utc(951782400, &tm), 0);
	assert_int_equal(tm.tm_year, 100); /* 29 February 2000 */
	assert_int_equal(tm.tm_mon, 1);
	assert_int_equal(tm.tm_mday, 29);
	assert_int_equal(tm.tm_hour, 0);
	assert_int_equal(setenv("TZ", "XXX-2", 1), 0);
	assert_int_equal(sm_os_clock_local(951782400, &tm), 0);
	assert_int_equal(tm.tm_hour, 2);
	assert_int_equal(setenv("TZ", "XXX+3", 1), 0);
	assert_int_equal(sm_os_clock_local(951782400, &tm), 0);
	assert_int_equal(tm.tm_hour, 21);
	assert_int_equal(sm_os_clock_utc(INT64_MAX, &tm), SM_ELIMIT);
	assert_int_equal(sm_os_clock_local(INT64_MIN, &tm), SM_ELIMIT);
}

static void random_bytes(void **state)
{
	unsigned char a[1000], b[1000];
	size_t i, bits = 0;

	SM_UNUSED(state);
	memset(a, 0, sizeof(a));
	memset(b, 0, sizeof(b));
	sm_os_random(a, sizeof(a));
	sm_os_random(b, sizeof(b) - 1);
	assert_int_equal(b[sizeof(b) - 1], 0); /* not one too many */
	assert_memory_not_equal(a, b, sizeof(a));
	for (i = 0; i < 8 * sizeof(a); i++)
		bits += a[i / 8] >> i % 8 & 1;
	/* 4000 expected, 45 the standard deviation */
	assert_in_range(bits, 3400, 4600);
	sm_os_random(a, 0);
}

static void terminal(void **state)
{
	unsigned cols = 1, rows = 1;
	int p[2];

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	assert_false(sm_os_term_is_tty(p[0]));
	assert_int_equal(sm_os_term_size(p[0], &cols, &rows), SM_ENOTSUP);
	assert_false(sm_os_term_is_tty(-1));
	close(p[0]);
	close(p[1]);
}

static void error_numbers(void **state)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_os_errno_set(&e, 2, "cannot %s", "go"),
			 SM_ENOTFOUND);
	assert_string_equal(e.msg, "cannot go: No such file or directory");
	assert_int_equal(e.os, 2);
	assert_int_equal(sm_os_errno_code(0), SM_EIO);
	assert_int_equal(sm_os_errno_code(99999), SM_EIO);
	assert_int_equal(sm_os_errno_set(NULL, 2, "x"), SM_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),       cmocka_unit_test(release_files),
		cmocka_unit_test(this_system), cmocka_unit_test(environment),
		cmocka_unit_test(time_passes), cmocka_unit_test(random_bytes),
		cmocka_unit_test(terminal),    cmocka_unit_test(error_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
