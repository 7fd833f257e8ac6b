/*
 * Paths as text: tables of inputs and results.
 */
#include "common/def.h"
#include "common/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

struct row {
	const char *in, *want;
};

static void absolute_or_not(void **state)
{
	static const char *const yes[] = { "/", "/a", "//s/x", "C:/", "z:/a" };
	static const char *const no[] = { "", "a", "./a", "C:", "C:a", "1:/a" };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(yes); i++)
		assert_true(sm_path_is_absolute(sm_str(yes[i])));
	for (i = 0; i < SM_ARRAY_LEN(no); i++)
		assert_false(sm_path_is_absolute(sm_str(no[i])));
}

static void folder_and_name(void **state)
{
	static const struct {
		const char *in, *dir, *base;
	} rows[] = {
		{ "a/b", "a", "b" },
		{ "a/b/", "a", "b" },
		{ "a", ".", "a" },
		{ "/a", "/", "a" },
		{ "/", "/", "/" },
		{ "///", "/", "/" },
		{ "", ".", "." },
		{ "/a//b//", "/a", "b" },
		{ "a//b", "a", "b" },
		{ "C:/", "C:/", "C:/" },
		{ "C:/a", "C:/", "a" },
		{ "C:/a/b", "C:/a", "b" },
		{ "//s/x/y", "//s/x", "y" },
		{ "..", ".", ".." },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		struct sm_str in = sm_str(rows[i].in);

		assert_true(sm_str_eqz(sm_path_dirname(in), rows[i].dir));
		assert_true(sm_str_eqz(sm_path_basename(in), rows[i].base));
	}
}

static void joining(void **state)
{
	static const struct {
		const char *dir, *name, *want;
	} rows[] = {
		{ "a", "b", "a/b" },        { "a/", "b", "a/b" },
		{ "/", "b", "/b" },         { "", "b", "b" },
		{ "a", "/b", "/b" },        { "a", "C:/b", "C:/b" },
		{ "a", "", "a" },           { "", "", "" },
		{ "C:/", "b/c", "C:/b/c" },
	};
	struct sm_buf b = SM_BUF_INIT(100);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		sm_buf_clear(&b);
		assert_int_equal(sm_path_join(&b, sm_str(rows[i].dir),
					      sm_str(rows[i].name)),
				 0);
		assert_string_equal(sm_buf_z(&b), rows[i].want);
	}
	sm_buf_release(&b);
}

static void cleaning(void **state)
{
	static const struct row rows[] = {
		{ "", "." },
		{ ".", "." },
		{ "./", "." },
		{ "a/..", "." },
		{ "..", ".." },
		{ "../..", "../.." },
		{ "../a/..", ".." },
		{ "a/../../b", "../b" },
		{ "/", "/" },
		{ "/..", "/" },
		{ "/../../a", "/a" },
		{ "/a/./b//c/../d/", "/a/b/d" },
		{ "//a/../b", "//b" },
		{ "///a", "/a" },
		{ "C:/a/../../b", "C:/b" },
		{ "C:/", "C:/" },
		{ "a.../..b/c..", "a.../..b/c.." },
		{ "a b/\xc3\xa4", "a b/\xc3\xa4" },
	};
	struct sm_buf b = SM_BUF_INIT(100);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(rows); i++) {
		sm_buf_clear(&b);
		assert_int_equal(sm_path_clean(&b, sm_str(rows[i].in)), 0);
		assert_string_equal(sm_buf_z(&b), rows[i].want);
	}
	/* appends, and does not climb into what was there */
	sm_buf_clear(&b);
	(void)sm_buf_puts(&b, "x/y");
	assert_int_equal(sm_path_clean(&b, sm_str("a/../..")), 0);
	assert_string_equal(sm_buf_z(&b), "x/y..");
	sm_buf_release(&b);
}

static void made_absolute(void **state)
{
	struct sm_buf b = SM_BUF_INIT(20);

	SM_UNUSED(state);
	assert_int_equal(sm_path_absolute(&b, sm_str("/w/d"), sm_str("../x")),
			 0);
	assert_string_equal(b.ptr, "/w/x");
	sm_buf_clear(&b);
	assert_int_equal(sm_path_absolute(&b, sm_str("/w"), sm_str("/a/./b")),
			 0);
	assert_string_equal(b.ptr, "/a/b");
	sm_buf_clear(&b);
	assert_int_equal(sm_path_absolute(&b, sm_str("/w"), sm_str("")), 0);
	assert_string_equal(b.ptr, "/w");
	sm_buf_clear(&b);
	assert_int_equal(sm_path_absolute(&b, sm_str("/1234567890123456"),
					  sm_str("abcd")),
			 SM_ELIMIT);
	sm_buf_release(&b);
}

static void safe_names(void **state)
{
	static const char *const yes[] = { "a",   "a/b",        "a/b/",
					   "..a", "a..",        ".a",
					   "a b", "\xc3\xa4/x", "..." };
	static const char *const no[] = {
		"",    "/",    "/a",   "../a",  "a/../b", "a/..",
		"..",  ".",    "./a",  "a//b",  "a//",    "C:/a",
		"a:b", "a\\b", "a\nb", "a\x7f", "\xff",
	};
	char *big = malloc(5000);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(yes); i++)
		assert_true(sm_path_is_safe(sm_str(yes[i])));
	for (i = 0; i < SM_ARRAY_LEN(no); i++)
		assert_false(sm_path_is_safe(sm_str(no[i])));
	assert_false(sm_path_is_safe(sm_str_n("a\0b", 3)));
	assert_non_null(big);
	memset(big, 'x', 5000);
	assert_true(sm_path_is_safe(sm_str_n(big, 4096)));
	assert_false(sm_path_is_safe(sm_str_n(big, 4097)));
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute_or_not),
		cmocka_unit_test(folder_and_name),
		cmocka_unit_test(joining),
		cmocka_unit_test(cleaning),
		cmocka_unit_test(made_absolute),
		cmocka_unit_test(safe_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
