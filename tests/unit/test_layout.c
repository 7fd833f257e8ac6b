/*
 * Names of the installed tree.
 */
#include "common/def.h"
#include "installer/layout.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_targets(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;

	SM_UNUSED(state);
	assert_string_equal(inst_layout_target(&a, 0),
			    "../current/bin/session-manager-plugin");
	assert_string_equal(inst_layout_target(&a, 3), "current/VERSION");
	assert_string_equal(inst_layout_new(&a, "/a/b/c"), "/a/b/.c.new");
	assert_string_equal(inst_layout_version(&a, "1.2~3"), "1.2");
	assert_string_equal(inst_layout_version(&a, "1.2"), "1.2");
	sm_arena_release(&a);
}

static void test_version_names(void **state)
{
	static const char *const good[] = { "1.3.0.0", "1", "1.2~2", "unknown",
					    "unknown~3" };
	static const char *const bad[] = { "",       ".stage-1.0", "1.0~",
					   "1.0~x",  "..",         "1..2",
					   "latest", "1.0 ",       "~1" };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(good); i++)
		assert_true(inst_layout_is_version(good[i]));
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_false(inst_layout_is_version(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_version_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
