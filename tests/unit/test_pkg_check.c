/*
 * Field checks: what passes, what does not, and the limits from both sides.
 */
#include "common/def.h"
#include "pkg/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>

typedef const char *check_fn(const char *z);

static void all(check_fn *check, bool good, const char *const *z, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if ((check(z[i]) == NULL) == good)
			continue;
		print_error("'%s' should be %s\n", z[i],
			    good ? "accepted" : "refused");
		fail();
	}
}

#define ACCEPTS(check, ...)                                      \
	do {                                                     \
		static const char *const z_[] = { __VA_ARGS__ }; \
		all(check, true, z_, SM_ARRAY_LEN(z_));          \
	} while (0)
#define REFUSES(check, ...)                                      \
	do {                                                     \
		static const char *const z_[] = { __VA_ARGS__ }; \
		all(check, false, z_, SM_ARRAY_LEN(z_));         \
	} while (0)

#define TEN "aaaaaaaaaa"
#define SIXTY TEN TEN TEN TEN TEN TEN

static void names(void **state)
{
	SM_UNUSED(state);
	ACCEPTS(pkg_check_name, "ab", "session-manager-plugin", "a+b.c-d",
		"0ad", SIXTY "aaaa");
	REFUSES(pkg_check_name, "", "a", "Ab", "-ab", "a_b", "a b", "a/b",
		"ab\n", SIXTY "aaaaa", "\303\244b");
	ACCEPTS(pkg_check_owner, "root", "_apt", "a-b", "a1");
	REFUSES(pkg_check_owner, "", "0root", "Root", "a b", "a:b",
		TEN TEN TEN "aaa");
	ACCEPTS(pkg_check_arch, "x86_64", "i386", "aarch64", "universal");
	REFUSES(pkg_check_arch, "", "amd64", "x86_64 ", "X86_64");
	ACCEPTS(pkg_check_section, "admin", "non-free/net");
	REFUSES(pkg_check_section, "", "/", "a/", "/a", "a/b/c", "a b", "A");
	ACCEPTS(pkg_check_identifier, "session-manager-plugin", "com.x.Y");
	REFUSES(pkg_check_identifier, "", "a b", "a/b", "a_b");
}

static void numbers(void **state)
{
	SM_UNUSED(state);
	ACCEPTS(pkg_check_version, "1.3.0.0", "0.0.0.0", "1.2.4294967295.0");
	REFUSES(pkg_check_version, "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.4-1",
		"1.2.3.", ".1.2.3", "1..2.3", "1.2.3.a", "1.2.3.4294967296",
		" 1.2.3.4");
	ACCEPTS(pkg_check_release, "1", "1+x1", "2~rc.1");
	REFUSES(pkg_check_release, "", "1-1", "1 ", "a_b", TEN TEN TEN "aaa");
}

static void texts(void **state)
{
	SM_UNUSED(state);
	ACCEPTS(pkg_check_summary, "A", SIXTY TEN TEN, "gr\303\274n");
	REFUSES(pkg_check_summary, "", "A.", " A", "A ", "A\nB", "A\tB",
		SIXTY TEN TEN "a", "\377", "A\033[0m");
	ACCEPTS(pkg_check_description, "A", "A.\n\nB.", "A\nB");
	REFUSES(pkg_check_description, "", "\nA", "A\n", " A", "A\n B", "A\n.",
		"A\rB", "A\tB");
	ACCEPTS(pkg_check_license, "Apache-2.0", "(MIT OR BSD-3-Clause)");
	REFUSES(pkg_check_license, "", "Apache,2", "A\nB");
	ACCEPTS(pkg_check_url, "https://a/", "https://a.b/c?d=e#f");
	REFUSES(pkg_check_url, "", "https://", "http://a/", "https://a b/",
		"https://a/\n", "https://a/<", "https://\303\244/");
	ACCEPTS(pkg_check_line, "", "One, Ltd.");
	REFUSES(pkg_check_line, "A\nB", "\001");
}

static void maintainers(void **state)
{
	SM_UNUSED(state);
	ACCEPTS(pkg_check_maintainer, "A B <a@b>", "\"B, A\" <a@b.c>");
	REFUSES(pkg_check_maintainer, "", "A", "a@b", "<a@b>", "A<a@b>",
		"A <ab>", "A <@b>", "A <a@>", "A <a@b", "A <a@b> C",
		"B, A <a@b>", "A <a b@c>", "A <b> <a@b>", "A\n <a@b>");
}

static void paths(void **state)
{
	SM_UNUSED(state);
	ACCEPTS(pkg_check_destination, "/a", "/a/b c", "/usr/local/x.y/..z",
		"/usr/local/sessionmanagerplugin/seelog.xml.template");
	REFUSES(pkg_check_destination, "", "/", "a", "//a", "/a/", "/a//b",
		"/./a", "/a/..", "/../a", "/a\\b", "/a'b", "/a\"b", "/a$b",
		"/a`b", "/a*", "/a\nb", "/\303\244",
		"/usr/local/sessionmanagerplugin/seelog.xml",
		"/usr/local/sessionmanagerplugin/logs",
		"/usr/local/sessionmanagerplugin/logs/x");
	ACCEPTS(pkg_check_source, "a", "a/b");
	REFUSES(pkg_check_source, "", "/a", "../a", "a/../b", "a/");
}

static void path_length(void **state)
{
	char z[300];

	SM_UNUSED(state);
	memset(z, 'a', sizeof(z));
	z[0] = '/';
	z[256] = '\0';
	assert_null(pkg_check_destination(z));
	z[256] = 'a';
	z[257] = '\0';
	assert_non_null(pkg_check_destination(z));
}

static void targets(void **state)
{
	SM_UNUSED(state);
	assert_null(pkg_check_target("b", "/usr/a"));
	assert_null(pkg_check_target("../b", "/usr/a"));
	assert_null(pkg_check_target("../../x/y", "/usr/local/a"));
	assert_null(pkg_check_target("x/../../b", "/usr/a"));
	assert_non_null(pkg_check_target("../../b", "/usr/a"));
	assert_non_null(pkg_check_target("../b", "/a"));
	assert_non_null(pkg_check_target("x/../../../b", "/usr/a"));
	assert_non_null(pkg_check_target("/b", "/usr/a"));
	assert_non_null(pkg_check_target("", "/usr/a"));
	assert_non_null(pkg_check_target("a\nb", "/usr/a"));
}

static void modes(void **state)
{
	unsigned mode = 0;

	SM_UNUSED(state);
	assert_null(pkg_check_mode("0755", &mode));
	assert_int_equal(mode, 0755);
	assert_null(pkg_check_mode("600", &mode));
	assert_int_equal(mode, 0600);
	mode = 7;
	assert_non_null(pkg_check_mode("", &mode));
	assert_non_null(pkg_check_mode("75", &mode));
	assert_non_null(pkg_check_mode("0789", &mode));
	assert_non_null(pkg_check_mode("4755", &mode));
	assert_non_null(pkg_check_mode("2755", &mode));
	assert_non_null(pkg_check_mode("1755", &mode));
	assert_non_null(pkg_check_mode("0777", &mode));
	assert_non_null(pkg_check_mode("0666", &mode));
	assert_non_null(pkg_check_mode("000755", &mode));
	assert_int_equal(mode, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),   cmocka_unit_test(numbers),
		cmocka_unit_test(texts),   cmocka_unit_test(maintainers),
		cmocka_unit_test(paths),   cmocka_unit_test(path_length),
		cmocka_unit_test(targets), cmocka_unit_test(modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
