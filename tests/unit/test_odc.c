/*
 * Octal cpio, written out by hand from POSIX.
 */
#include "common/def.h"
#include "common/odc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* magic dev ino | mode uid gid nlink rdev mtime namesize filesize */
#define HEAD(mode, name, size)                               \
	"070707000000000001" mode "000012000024000002000000" \
	"15125274000" name size
#define END HEAD("000000", "000013", "00000000000") "TRAILER!!!\0"
#define FILE_A HEAD("100644", "000004", "00000000005") "./a\0hello"
#define LINK_B HEAD("120755", "000004", "00000000001") "./b\0a"

static struct sm_str lit(const char *p, size_t size)
{
	return sm_str_n(p, size - 1);
}

#define LIT(text) lit(text, sizeof(text))

static void good(void **state)
{
	struct sm_str rest = LIT(FILE_A LINK_B END "\0\0\0");
	struct sm_odc_entry en;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (sm_odc_next(&rest, &en, &e) != 1)
		fail_msg("%s", e.msg);
	assert_true(sm_str_eqz(en.name, "./a"));
	assert_true(sm_str_eqz(en.data, "hello"));
	assert_int_equal(en.mode, 0100644);
	assert_int_equal(en.uid, 10);
	assert_int_equal(en.gid, 20);
	assert_int_equal(en.nlink, 2);
	assert_int_equal(en.mtime_sec, 015125274000);
	assert_int_equal(sm_odc_next(&rest, &en, &e), 1);
	assert_int_equal(en.mode, 0120755);
	assert_true(sm_str_eqz(en.data, "a"));
	assert_int_equal(sm_odc_next(&rest, &en, &e), 0);
	assert_int_equal(rest.len, 3);
}

static void bad(void **state)
{
	const struct {
		struct sm_str in;
		const char *why;
	} cases[] = {
		{ LIT(""), "malformed" },
		{ LIT("070707"), "malformed" },
		{ LIT("170707" FILE_A), "malformed" },
		{ LIT(HEAD("1006x4", "000004", "00000000005") "./a\0hello"),
		  "malformed" },
		{ LIT(HEAD("100648", "000004", "00000000005") "./a\0hello"),
		  "malformed" },
		{ LIT(HEAD("100644", "000004", "00000000006") "./a\0hello"),
		  "cut off" },
		{ LIT(HEAD("100644", "000004", "77777777777") "./a\0hello"),
		  "cut off" },
		{ LIT(HEAD("100644", "000100", "00000000000") "./a\0hello"),
		  "cut off" },
		{ LIT(HEAD("100644", "000001", "00000000000") "\0hello"),
		  "cut off" },
		{ LIT(HEAD("100644", "000003", "00000000000") "./a\0"),
		  "name is malformed" },
		{ LIT(HEAD("100644", "000004", "00000000000") ".\0a\0"),
		  "name is malformed" },
		{ LIT(END "x"), "behind its end" },
	};
	struct sm_odc_entry en;
	struct sm_err e;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_str in = cases[i].in;

		sm_err_clear(&e);
		if (sm_odc_next(&in, &en, &e) >= 0 ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %zu: '%s' does not say '%s'", i, e.msg,
				 cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
