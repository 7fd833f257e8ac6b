/*
 * Names that may become part of a path in a repository.
 */
#include "common/def.h"
#include "pkg/repo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void words(void **state)
{
	static const char *const good[] = { "a", "1.2.3-4", "A+b~c_d", "0" };
	static const char *const bad[] = { "",    ".",   "..",   ".a",
					   "-a",  "a/b", "a\\b", "a b",
					   "a\n", "~a",  "a:b",  "\xc3\xa4" };

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(good); i++)
		assert_true(pkg_repo_is_word(good[i], ""));
	for (size_t i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_false(pkg_repo_is_word(bad[i], ""));
	assert_true(pkg_repo_is_word("1:2", ":"));
	assert_false(pkg_repo_is_word(":2", ":"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
