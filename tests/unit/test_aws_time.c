/*
 * Dates: good ones, every way to be wrong, and the calendar against the
 * system's.
 */
#include "common/def.h"
#include "common/aws/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "common/err.h"

static void test_basic(void **state)
{
	static const char *const bad[] = { "",
					   "20240102T030405",
					   "20240102T030405ZZ",
					   "20240102 030405Z",
					   "20241302T030405Z",
					   "20240132T030405Z",
					   "20240102T240405Z",
					   "20240102T036005Z",
					   "2024010aT030405Z",
					   "00000102T030405Z" };
	int64_t t;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(sm_aws_time_basic(sm_str("20240102T030405Z"), &t), 0);
	assert_int_equal(t, 1704164645);
	assert_int_equal(sm_aws_time_basic(sm_str("19700101T000000Z"), &t), 0);
	assert_int_equal(t, 0);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(sm_aws_time_basic(sm_str(bad[i]), &t),
				 SM_EFORMAT);
}

static void test_extended(void **state)
{
	static const struct {
		const char *s;
		int64_t t;
	} good[] = {
		{ "2024-01-02T03:04:05Z", 1704164645 },
		{ "2024-01-02T03:04:05.999Z", 1704164645 },
		{ "2024-01-02T03:04:05UTC", 1704164645 },
		{ "2024-01-02T03:04:05+00:00", 1704164645 },
		{ "2024-01-02T04:34:05+01:30", 1704164645 },
		{ "2024-01-01T22:04:05-05:00", 1704164645 },
	};
	static const char *const bad[] = {
		"2024-01-02T03:04:05",      "2024-01-02 03:04:05Z",
		"2024-01-02T03:04:05+0100", "2024-01-02T03:04:05.Q",
		"2024-1-02T03:04:05ZZ",     "2024-01-02T03:04:05Z "
	};
	int64_t t;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(good); i++) {
		assert_int_equal(sm_aws_time_extended(sm_str(good[i].s), &t),
				 0);
		assert_int_equal(t, good[i].t);
	}
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(sm_aws_time_extended(sm_str(bad[i]), &t),
				 SM_EFORMAT);
}

static void test_round_trip(void **state)
{
	struct sm_buf b = SM_BUF_INIT(64);
	int64_t t, back;

	SM_UNUSED(state);
	for (t = 0; t < 4102444800; t += 86400 * 11 + 12345) {
		sm_buf_clear(&b);
		assert_int_equal(sm_aws_time_put(&b, t), 0);
		assert_int_equal(sm_aws_time_extended(sm_buf_str(&b), &back),
				 0);
		assert_int_equal(back, t);
	}
	assert_int_equal(sm_aws_time_put(&b, INT64_MAX), SM_ELIMIT);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_basic),
		cmocka_unit_test(test_extended),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
