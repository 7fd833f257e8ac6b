/*
 * The table of unacknowledged messages: numbers, bounds, and what is due when.
 */
#include "common/def.h"
#include "plugin/wire/flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct plug_flight_timing timing = { 200, 0, 50, 4096 };

static void add(struct plug_flight *f, size_t len, int64_t now_ms)
{
	struct plug_flight_msg *m =
		plug_flight_add(f, sm_str("wire"), len, now_ms);

	assert_int_equal(m->wire_len, 4);
	assert_ptr_equal(plug_flight_find(f, m->seq), m);
}

static void acked(struct plug_flight *f, int64_t seq, int64_t now_ms)
{
	struct plug_flight_msg *m = plug_flight_find(f, seq);

	assert_non_null(m);
	plug_flight_acked(f, m, now_ms);
	assert_null(plug_flight_find(f, seq));
}

/* The number that is due, sent again; -1: none. */
static int64_t again(struct plug_flight *f, int64_t now_ms,
		     enum plug_flight_why want)
{
	enum plug_flight_why why;
	struct plug_flight_msg *m = plug_flight_due(f, &timing, now_ms, &why);

	assert_true(!m == (plug_flight_deadline(f, &timing) > now_ms));
	if (!m)
		return -1;
	assert_int_equal(why, want);
	plug_flight_again(f, m, now_ms);
	return m->seq;
}

static void test_numbers(void **state)
{
	struct plug_flight f;
	int64_t i;

	SM_UNUSED(state);
	plug_flight_init(&f);
	assert_null(plug_flight_find(&f, 0));
	for (i = 0; i < 1000; i++)
		add(&f, 10, 0);
	assert_null(plug_flight_find(&f, -1));
	assert_null(plug_flight_find(&f, 1000));
	for (i = 999; i > 0; i--)
		acked(&f, i, 1);
	assert_int_equal(f.base, 0);
	assert_int_equal(f.unacked, 10);
	assert_int_equal(f.span, 10000); /* the peer still keeps them */
	acked(&f, 0, 1);
	assert_int_equal(f.base, 1000);
	assert_int_equal(f.unacked + f.span, 0);
	assert_true(plug_flight_deadline(&f, &timing) == INT64_MAX);
	plug_flight_release(&f);
}

static void test_room(void **state)
{
	struct plug_flight f;
	int64_t i;

	SM_UNUSED(state);
	plug_flight_init(&f);
	assert_true(plug_flight_room(&f, SIZE_MAX)); /* one always goes */
	add(&f, PLUG_FLIGHT_SPAN_BYTES - 5, 0);
	assert_true(plug_flight_room(&f, 5));
	assert_false(plug_flight_room(&f, 6));
	assert_false(plug_flight_room(&f, SIZE_MAX));
	add(&f, 5, 0);
	acked(&f, 1, 0);
	assert_false(plug_flight_room(&f, 1));
	plug_flight_release(&f);

	for (i = 0; i < PLUG_FLIGHT_SPAN; i++) {
		assert_true(plug_flight_room(&f, 1));
		add(&f, 1, 0);
	}
	assert_false(plug_flight_room(&f, 1));
	plug_flight_release(&f);
}

static void test_timers(void **state)
{
	struct plug_flight f;

	SM_UNUSED(state);
	plug_flight_init(&f);
	add(&f, 10, 1000);
	add(&f, 10, 1100);
	assert_true(plug_flight_deadline(&f, &timing) == 1201);
	assert_int_equal(again(&f, 1200, 0), -1);
	assert_int_equal(again(&f, 1201, PLUG_FLIGHT_TIMEOUT), 0);
	assert_int_equal(again(&f, 1300, 0), -1);
	assert_int_equal(again(&f, 1301, PLUG_FLIGHT_TIMEOUT), 1);
	assert_int_equal(again(&f, 1601, 0), -1);
	assert_int_equal(again(&f, 1602, PLUG_FLIGHT_TIMEOUT), 0);
	plug_flight_release(&f);
	/* an answer sets the timers of those sent once back */
	add(&f, 10, 1000);
	add(&f, 10, 1000);
	acked(&f, 0, 1150);
	assert_true(plug_flight_deadline(&f, &timing) == 1351);
	plug_flight_release(&f);
}

static void test_window(void **state)
{
	struct plug_flight f;
	int i;

	SM_UNUSED(state);
	plug_flight_init(&f);
	for (i = 0; i < 6; i++)
		add(&f, 1024, 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(again(&f, 201, PLUG_FLIGHT_TIMEOUT), i);
	assert_int_equal(again(&f, 201, 0), -1); /* four fill the window */
	acked(&f, 2, 300);
	assert_int_equal(again(&f, 300, PLUG_FLIGHT_TIMEOUT), 4);
	assert_int_equal(again(&f, 300, 0), -1);
	plug_flight_release(&f);
	add(&f, 100000, 0); /* one goes, however large */
	assert_int_equal(again(&f, 201, PLUG_FLIGHT_TIMEOUT), 0);
	plug_flight_release(&f);
}

static void test_passed(void **state)
{
	struct plug_flight f;
	int i;

	SM_UNUSED(state);
	plug_flight_init(&f);
	for (i = 0; i < 8; i++)
		add(&f, 10, 0);
	acked(&f, 1, 10);
	acked(&f, 3, 10);
	assert_true(plug_flight_deadline(&f, &timing) == 211);
	acked(&f, 2, 10);
	assert_true(plug_flight_deadline(&f, &timing) == 51);
	assert_int_equal(again(&f, 51, PLUG_FLIGHT_PASSED), 0);
	/* the copy is passed by later transmissions only */
	acked(&f, 4, 60);
	acked(&f, 5, 60);
	acked(&f, 6, 60);
	assert_int_equal(again(&f, 250, 0), -1);
	for (i = 0; i < 3; i++) {
		add(&f, 10, 251);
		acked(&f, 8 + i, 251);
	}
	assert_int_equal(again(&f, 252, PLUG_FLIGHT_PASSED), 7);
	assert_int_equal(again(&f, 252, PLUG_FLIGHT_PASSED), 0);
	plug_flight_release(&f);
}

static void test_lose_all(void **state)
{
	struct plug_flight f;
	int i;

	SM_UNUSED(state);
	plug_flight_init(&f);
	for (i = 0; i < 6; i++)
		add(&f, 1024, 0);
	assert_int_equal(again(&f, 201, PLUG_FLIGHT_TIMEOUT), 0);
	acked(&f, 3, 210);
	plug_flight_lose_all(&f);
	assert_true(plug_flight_deadline(&f, &timing) == INT64_MIN);
	assert_int_equal(f.resent_bytes, 0);
	assert_int_equal(again(&f, 220, PLUG_FLIGHT_LOST), 0);
	assert_int_equal(again(&f, 220, PLUG_FLIGHT_LOST), 1);
	assert_int_equal(again(&f, 220, PLUG_FLIGHT_LOST), 2);
	assert_int_equal(again(&f, 220, PLUG_FLIGHT_LOST), 4);
	assert_int_equal(again(&f, 220, 0), -1); /* the window is full */
	acked(&f, 5, 221); /* it had arrived before the cut */
	assert_int_equal(again(&f, 221, 0), -1);
	assert_int_equal(f.unacked, 4096);
	plug_flight_release(&f);
}

static void test_replace(void **state)
{
	struct plug_flight_msg *m;
	struct plug_flight f;

	SM_UNUSED(state);
	plug_flight_init(&f);
	add(&f, 32000, 0);
	add(&f, 10, 0);
	m = plug_flight_find(&f, 0);
	plug_flight_replace(&f, m, sm_str("small"), 20);
	assert_int_equal(f.unacked, 30);
	assert_int_equal(f.span, 30);
	assert_int_equal(m->wire_len, 5);
	assert_int_equal(again(&f, 1, PLUG_FLIGHT_LOST), 0);
	acked(&f, 0, 2);
	assert_int_equal(f.unacked, 10);
	assert_int_equal(f.resent_bytes, 0);
	plug_flight_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_room),
		cmocka_unit_test(test_timers),  cmocka_unit_test(test_window),
		cmocka_unit_test(test_passed),  cmocka_unit_test(test_lose_all),
		cmocka_unit_test(test_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
