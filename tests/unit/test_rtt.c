/*
 * The estimator: vector A10 of PROTOCOL.md, and its edges.
 */
#include "common/def.h"
#include "plugin/wire/rtt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void near(double got, double want)
{
	double off = got > want ? got - want : want - got;

	if (off > 0.000001)
		fail_msg("%.9f is not %.9f", got, want);
}

static void test_vector(void **state)
{
	static const struct {
		double sample, var, srtt, rto;
	} step[] = {
		{ 40, 15.0, 92.5, 152.5 },
		{ 60, 19.375, 88.4375, 165.9375 },
		{ 500, 117.421875, 139.8828125, 609.5703125 },
		{ 3000, 803.095703125, 497.3974609375, 1000 },
		{ 50, 714.171142578125, 441.4727783203125, 1000 },
	};
	struct plug_rtt r;
	size_t i;

	SM_UNUSED(state);
	plug_rtt_init(&r);
	near(r.srtt_ms, 100);
	near(r.var_ms, 0);
	near(plug_rtt_rto_ms(&r), 200);
	for (i = 0; i < SM_ARRAY_LEN(step); i++) {
		plug_rtt_sample(&r, step[i].sample);
		near(r.var_ms, step[i].var);
		near(r.srtt_ms, step[i].srtt);
		near(plug_rtt_rto_ms(&r), step[i].rto);
	}
	near(r.min_ms, 40);
}

/* Samples of zero, as a clock of milliseconds gives on loopback. */
static void test_zero(void **state)
{
	struct plug_rtt r;
	int i;

	SM_UNUSED(state);
	plug_rtt_init(&r);
	plug_rtt_sample(&r, 0);
	assert_true(r.min_ms > 0);
	for (i = 0; i < 200; i++)
		plug_rtt_sample(&r, -1);
	assert_true(plug_rtt_rto_ms(&r) >= 10);
	assert_true(plug_rtt_rto_ms(&r) < 10.1);
}

/* A path that became slower than the time-out: it grows until a sample comes. */
static void test_backoff(void **state)
{
	struct plug_rtt r;
	int i;

	SM_UNUSED(state);
	plug_rtt_init(&r);
	plug_rtt_timeout(&r, 0);
	assert_int_equal(r.backoff, 1);
	plug_rtt_timeout(&r, 3);
	assert_int_equal(r.backoff, 4);
	plug_rtt_timeout(&r, 1);
	assert_int_equal(r.backoff, 4);
	for (i = 0; i < 40; i++)
		plug_rtt_timeout(&r, 0);
	assert_true(r.backoff > 4 && r.backoff < 16);
	plug_rtt_sample(&r, 100);
	assert_int_equal(r.backoff, 0);
	near(plug_rtt_rto_ms(&r), 110);
	for (i = 0; i < 100; i++)
		plug_rtt_sample(&r, 1500); /* more than the usual cap */
	assert_true(plug_rtt_rto_ms(&r) > 1500);
	assert_true(plug_rtt_rto_ms(&r) <= 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_zero),
		cmocka_unit_test(test_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
