/*
 * Options of the verbs: groups, defaults, and usage errors.
 */
#include "common/def.h"
#include "installer/settings.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static int parse(struct inst_settings *s, unsigned groups, size_t max_args,
		 const char *a, const char *b)
{
	char *argv[] = { (char *)(uintptr_t) "x", (char *)(uintptr_t)a,
			 (char *)(uintptr_t)b, NULL };
	struct sm_out out = { 0 };
	struct sm_err e = SM_ERR_INIT;

	inst_settings_init(s, groups);
	return inst_settings_parse(s, a ? b ? 3 : 2 : 1, argv, max_args, &out,
				   &e);
}

static void parsing(void **state)
{
	struct inst_settings s;

	SM_UNUSED(state);
	assert_int_equal(parse(&s, INST_SETTINGS_CONTRACT, 0, NULL, NULL), 0);
	assert_int_equal(s.keep, 3);
	assert_int_equal(parse(&s, INST_GROUP_KEEP, 0, "--keep", "5"), 0);
	assert_int_equal(s.keep, 5);
	assert_int_equal(parse(&s, INST_GROUP_KEEP, 0, "--keep", "0"),
			 SM_EUSAGE);
	assert_int_equal(parse(&s, INST_GROUP_KEEP, 0, "--keep", "-1"),
			 SM_EUSAGE);
	assert_int_equal(parse(&s, INST_GROUP_PLACE, 0, "--from", "x"),
			 SM_EUSAGE);
	assert_int_equal(parse(&s, INST_GROUP_KEY, 0, "--from", "x"),
			 SM_EUSAGE);
	assert_int_equal(parse(&s, INST_GROUP_KEY, 0, "--key", "x"), 0);
	assert_int_equal(parse(&s, INST_GROUP_SOURCE, 0, "--key", "x"), 0);
	assert_int_equal(s.keys.n, 1);
	assert_int_equal(parse(&s, 0, 1, "one", NULL), 0);
	assert_string_equal(s.args[0], "one");
	assert_int_equal(parse(&s, 0, 1, "one", "two"), SM_EUSAGE);
}

/* Every group at once fits, and no option is there twice. */
static void all_groups(void **state)
{
	struct inst_settings s;
	size_t i, k;

	SM_UNUSED(state);
	inst_settings_init(&s, ~0U);
	assert_in_range(s.n_table, 20, INST_SETTINGS_MAX);
	for (i = 0; i < s.n_table; i++) {
		assert_non_null(s.table[i].help);
		assert_non_null(s.table[i].value);
		for (k = 0; k < i; k++) {
			assert_string_not_equal(s.table[i].name,
						s.table[k].name);
			assert_true(!s.table[i].letter ||
				    s.table[i].letter != s.table[k].letter);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsing),
		cmocka_unit_test(all_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
