/*
 * Views: comparison, search, splitting, numbers and UTF-8.
 */
#include "common/def.h"
#include "common/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

static void empty_views(void **state)
{
	struct sm_str none = sm_str(NULL);

	SM_UNUSED(state);
	assert_true(none.len == 0);
	assert_true(sm_str_eq(none, sm_str("")));
	assert_true(sm_str_eq_nocase(none, sm_str("")));
	assert_int_equal(sm_str_cmp(none, sm_str("")), 0);
	assert_true(sm_str_cmp(none, sm_str("a")) < 0);
	assert_true(sm_str_starts(none, ""));
	assert_true(sm_str_ends(none, ""));
	assert_false(sm_str_starts(none, "a"));
	assert_int_equal(sm_str_chr(none, 'a', 0), -1);
	assert_int_equal(sm_str_rchr(none, 'a'), -1);
	assert_int_equal(sm_str_find(none, sm_str("a")), -1);
	assert_true(sm_str_sub(none, 3, 4).len == 0);
	assert_true(sm_str_trim(none).len == 0);
	assert_true(sm_str_utf8(none));
}

static void comparison(void **state)
{
	SM_UNUSED(state);
	assert_true(sm_str_eqz(sm_str_n("abcd", 3), "abc"));
	assert_false(sm_str_eqz(sm_str("abc"), "abd"));
	assert_false(sm_str_eqz(sm_str("abc"), "abcd"));
	assert_true(sm_str_eq_nocase(sm_str("HeaDer"), sm_str("hEADEr")));
	assert_false(sm_str_eq_nocase(sm_str("ab"), sm_str("ac")));
	/* only ASCII letters fold: '[' is 'Z' + 1, '{' is 'z' + 1 */
	assert_false(sm_str_eq_nocase(sm_str("["), sm_str("{")));
	assert_false(sm_str_eq_nocase(sm_str("@"), sm_str("`")));
	assert_true(sm_str_cmp(sm_str("a"), sm_str("b")) < 0);
	assert_true(sm_str_cmp(sm_str("b"), sm_str("a")) > 0);
	assert_true(sm_str_cmp(sm_str("ab"), sm_str("a")) > 0);
	assert_true(sm_str_cmp(sm_str("a"), sm_str("ab")) < 0);
	/* bytes, not signed characters */
	assert_true(sm_str_cmp(sm_str("\xc3\xa4"), sm_str("z")) > 0);
	assert_true(sm_str_starts(sm_str("sm_buf"), "sm_"));
	assert_false(sm_str_starts(sm_str("sm"), "sm_"));
	assert_true(sm_str_ends(sm_str("x.deb"), ".deb"));
	assert_false(sm_str_ends(sm_str("deb"), ".deb"));
}

static void search(void **state)
{
	struct sm_str s = sm_str("a/b/c");

	SM_UNUSED(state);
	assert_int_equal(sm_str_chr(s, '/', 0), 1);
	assert_int_equal(sm_str_chr(s, '/', 1), 1);
	assert_int_equal(sm_str_chr(s, '/', 2), 3);
	assert_int_equal(sm_str_chr(s, '/', 4), -1);
	assert_int_equal(sm_str_chr(s, '/', 99), -1);
	assert_int_equal(sm_str_rchr(s, '/'), 3);
	assert_int_equal(sm_str_rchr(s, 'x'), -1);
	assert_int_equal(sm_str_find(s, sm_str("/c")), 3);
	assert_int_equal(sm_str_find(s, sm_str("/d")), -1);
	assert_int_equal(sm_str_find(s, sm_str("a/b/c/")), -1);
	assert_int_equal(sm_str_find(s, sm_str("")), -1);
	/* the byte behind a view is not part of it */
	assert_int_equal(sm_str_find(sm_str_n("abc", 2), sm_str("c")), -1);
}

static void parts(void **state)
{
	struct sm_str s = sm_str("hello"), rest, piece;

	SM_UNUSED(state);
	assert_true(sm_str_eqz(sm_str_sub(s, 1, 3), "ell"));
	assert_true(sm_str_eqz(sm_str_sub(s, 3, 99), "lo"));
	assert_true(sm_str_eqz(sm_str_sub(s, 9, 9), ""));
	assert_true(sm_str_eqz(sm_str_sub(s, 1, SIZE_MAX), "ello"));
	assert_true(sm_str_eqz(sm_str_trim(sm_str(" \t\r\n a b \v\f")), "a b"));
	assert_true(sm_str_eqz(sm_str_trim(sm_str("  ")), ""));

	rest = sm_str("a,,b,");
	assert_true(sm_str_split(&rest, ',', &piece));
	assert_true(sm_str_eqz(piece, "a"));
	assert_true(sm_str_split(&rest, ',', &piece));
	assert_true(sm_str_eqz(piece, ""));
	assert_true(sm_str_split(&rest, ',', &piece));
	assert_true(sm_str_eqz(piece, "b"));
	assert_true(sm_str_split(&rest, ',', &piece));
	assert_true(sm_str_eqz(piece, ""));
	assert_false(sm_str_split(&rest, ',', &piece));
}

static void numbers(void **state)
{
	uint64_t v = 7;

	SM_UNUSED(state);
	assert_int_equal(sm_str_u64(sm_str("0"), 0, &v), 0);
	assert_true(v == 0);
	assert_int_equal(
		sm_str_u64(sm_str("18446744073709551615"), UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
	assert_int_equal(sm_str_u64(sm_str("18446744073709551616"), UINT64_MAX,
				    &v),
			 SM_ELIMIT);
	assert_int_equal(sm_str_u64(sm_str("99999999999999999999999"),
				    UINT64_MAX, &v),
			 SM_ELIMIT);
	assert_int_equal(sm_str_u64(sm_str("65535"), 65535, &v), 0);
	v = 7;
	assert_int_equal(sm_str_u64(sm_str("65536"), 65535, &v), SM_ELIMIT);
	assert_int_equal(sm_str_u64(sm_str(""), 9, &v), SM_EFORMAT);
	assert_int_equal(sm_str_u64(sm_str("-1"), 9, &v), SM_EFORMAT);
	assert_int_equal(sm_str_u64(sm_str("+1"), 9, &v), SM_EFORMAT);
	assert_int_equal(sm_str_u64(sm_str(" 1"), 9, &v), SM_EFORMAT);
	assert_int_equal(sm_str_u64(sm_str("1 "), 9, &v), SM_EFORMAT);
	assert_int_equal(sm_str_u64(sm_str("0x1"), 9, &v), SM_EFORMAT);
	assert_true(v == 7); /* untouched on failure */
}

static void utf8(void **state)
{
	static const char *const good[] = {
		"plain",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80",             /* continuation alone */
		"\xc3",             /* cut */
		"\xe2\x82",         /* cut */
		"\xc0\x80",         /* overlong NUL */
		"\xc1\xbf",         /* overlong */
		"\xe0\x9f\xbf",     /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",     /* surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xff",
		"a\xe4"
		"b",
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(good); i++)
		assert_true(sm_str_utf8(sm_str(good[i])));
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_false(sm_str_utf8(sm_str(bad[i])));
	assert_false(sm_str_utf8(sm_str_n("\xe2\x82\xac", 2)));
	assert_true(sm_str_utf8(sm_str_n("a\0b", 3)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_views), cmocka_unit_test(comparison),
		cmocka_unit_test(search),      cmocka_unit_test(parts),
		cmocka_unit_test(numbers),     cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
