/*
 * Versions: what is one, and their order.
 */
#include "common/def.h"
#include "common/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

static int order(const char *a, const char *b)
{
	struct sm_version x, y;
	int r, back;

	assert_int_equal(sm_version_parse(&x, sm_str(a)), 0);
	assert_int_equal(sm_version_parse(&y, sm_str(b)), 0);
	r = sm_version_cmp(&x, &y);
	back = sm_version_cmp(&y, &x);
	assert_true((r < 0) == (back > 0) && (r == 0) == (back == 0));
	return r;
}

static void ours(void **state)
{
	struct sm_version v;

	SM_UNUSED(state);
	assert_int_equal(sm_version_parse(&v, sm_str(sm_version())), 0);
	assert_int_equal(v.n, 4);
}

static void parsing(void **state)
{
	struct sm_version v;

	SM_UNUSED(state);
	assert_int_equal(sm_version_parse(&v, sm_str("1.2.707.0")), 0);
	assert_int_equal(v.n, 4);
	assert_int_equal(v.part[2], 707);
	assert_int_equal(v.part[4], 0);
	assert_int_equal(sm_version_parse(&v, sm_str("4294967295")), 0);
	assert_true(v.part[0] == UINT32_MAX);
	assert_int_equal(sm_version_parse(&v, sm_str("1.2.3.4.5.6.7.8")), 0);
	assert_int_equal(v.n, 8);
}

static void refused(void **state)
{
	static const char *const bad[] = { "",     ".",    "1.",   ".1",
					   "1..2", "1.a",  "v1.2", "1.2-3",
					   " 1",   "1.2 ", "-1",   "1.2\n" };
	struct sm_version v;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(sm_version_parse(&v, sm_str(bad[i])),
				 SM_EFORMAT);
	assert_int_equal(sm_version_parse(&v, sm_str("1.4294967296")),
			 SM_ELIMIT);
	assert_int_equal(sm_version_parse(&v, sm_str("1.2.3.4.5.6.7.8.9")),
			 SM_ELIMIT);
}

static void ordering(void **state)
{
	SM_UNUSED(state);
	assert_true(order("1.2.707.0", "1.2.707.0") == 0);
	assert_true(order("1.2", "1.2.0.0") == 0);
	assert_true(order("1.2.9.0", "1.2.10.0") < 0);
	assert_true(order("1.10", "1.9.9.9") > 0);
	assert_true(order("2", "1.99.99") > 0);
	assert_true(order("0.0.0.1", "0") > 0);
	assert_true(order("01.2", "1.2") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours),
		cmocka_unit_test(parsing),
		cmocka_unit_test(refused),
		cmocka_unit_test(ordering),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
