/*
 * The token bucket: what it lets through in a second, and when it says so.
 */
#include "common/def.h"
#include "plugin/wire/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_none(void **state)
{
	struct plug_rate r;

	SM_UNUSED(state);
	plug_rate_init(&r, 0);
	plug_rate_earn(&r, 1024, 5);
	plug_rate_spend(&r, 1 << 30);
	assert_true(plug_rate_ready(&r));
	assert_true(plug_rate_deadline(&r) == INT64_MIN);
}

/* The bytes that go in ten seconds when there is always more. */
static size_t ten_seconds(uint64_t limit, size_t piece)
{
	struct plug_rate r;
	size_t sent = 0;
	int64_t now = 1000, next;

	plug_rate_init(&r, limit);
	plug_rate_earn(&r, piece, now);
	while (now < 11000) {
		while (plug_rate_ready(&r)) {
			plug_rate_spend(&r, piece);
			sent += piece;
		}
		next = plug_rate_deadline(&r);
		assert_true(next > now);
		now = next;
		plug_rate_earn(&r, piece, now);
	}
	return sent;
}

static void test_limit(void **state)
{
	static const size_t pieces[] = { 1, 1024, 32768 };
	static const uint64_t limits[] = { 3000, 50000, 10000000 };
	size_t i, j;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(limits); i++) {
		for (j = 0; j < SM_ARRAY_LEN(pieces); j++) {
			size_t most = (size_t)limits[i] * 10;
			size_t sent = ten_seconds(limits[i], pieces[j]);

			assert_true(sent <= most + most / 100 + 3 * pieces[j]);
			/* a millisecond is lost at each wait */
			assert_true(sent + most / 20 + pieces[j] >= most);
		}
	}
}

/* A pause earns no more than the bucket holds. */
static void test_burst(void **state)
{
	struct plug_rate r;
	size_t sent = 0;

	SM_UNUSED(state);
	plug_rate_init(&r, 100000);
	plug_rate_earn(&r, 1024, 1000);
	plug_rate_earn(&r, 1024, 1000000);
	for (; plug_rate_ready(&r); sent += 1024)
		plug_rate_spend(&r, 1024);
	assert_true(sent >= 5000 && sent <= 5000 + 1024);
	/* the clock does not go back */
	plug_rate_earn(&r, 1024, 1000);
	assert_false(plug_rate_ready(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
