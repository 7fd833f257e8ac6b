/*
 * The window: growth, both kinds of loss, late answers, and its bounds.
 */
#include "common/def.h"
#include "plugin/wire/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void lose(struct plug_window *w, uint64_t serial, bool timeout)
{
	struct plug_window_loss l = { serial, serial + 10, w->size, timeout };

	plug_window_lost(w, &l);
}

static void test_growth(void **state)
{
	struct plug_window w;
	int i;

	SM_UNUSED(state);
	plug_window_init(&w);
	assert_int_equal(w.size, PLUG_WINDOW_START);
	plug_window_ack(&w, 10000, false); /* nobody wanted more */
	assert_int_equal(w.size, PLUG_WINDOW_START);
	plug_window_ack(&w, PLUG_WINDOW_START, true);
	assert_int_equal(w.size, 2 * PLUG_WINDOW_START);
	for (i = 0; i < 1000; i++)
		plug_window_ack(&w, 32768, true);
	assert_int_equal(w.size, PLUG_WINDOW_MAX);
}

static void test_loss(void **state)
{
	struct plug_window w;
	size_t before;
	int i;

	SM_UNUSED(state);
	plug_window_init(&w);
	plug_window_ack(&w, 1000000, true);
	before = w.size;
	lose(&w, 100, false);
	assert_int_equal(w.size, before / 2);
	lose(&w, 105, false); /* the same event */
	assert_int_equal(w.size, before / 2);
	plug_window_ack(&w, w.size, true); /* slow from here on */
	assert_int_equal(w.size, before / 2 + before / 2 / 16);
	lose(&w, 110, false);
	assert_true(w.size < before / 3);
	lose(&w, 200, true);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	for (i = 0; i < 50; i++)
		lose(&w, 300 + 10 * (uint64_t)i, i & 1);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	plug_window_ack(&w, 100000, true);
	plug_window_restart(&w, 5000, 7);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	for (i = 0; i < 9; i++)
		plug_window_restart(&w, 5000, 7);
	assert_int_equal(w.size, 1024);
	plug_window_restart(&w, 5000, 8);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
}

/* A time-out that was none gives back what it took, and only once. */
static void test_undo(void **state)
{
	struct plug_window_loss l = { 1, 100, 100000, true };
	struct plug_window w, before;

	SM_UNUSED(state);
	plug_window_init(&w);
	plug_window_ack(&w, 200000, true);
	before = w;
	plug_window_lost(&w, &l);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	plug_window_undo(&w);
	assert_int_equal(w.size, before.size);
	assert_int_equal(w.threshold, before.threshold);
	l.serial = 200;
	l.next = 300;
	l.timeout = false;
	plug_window_lost(&w, &l);
	plug_window_undo(&w);
	assert_int_equal(w.size, before.size / 2);
	plug_window_restart(&w, 400, 0);
	plug_window_undo(&w);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
}

/* A timeout of one small message says nothing about the path's width. */
static void test_small_loss(void **state)
{
	struct plug_window_loss l = { 1, 2, 300, true };
	struct plug_window w;

	SM_UNUSED(state);
	plug_window_init(&w);
	plug_window_lost(&w, &l);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	assert_int_equal(w.threshold, PLUG_WINDOW_MAX);
}

static void rounds(struct plug_window *w, double ms, uint64_t from, uint64_t n)
{
	uint64_t i;

	for (i = from; i < from + n; i++)
		plug_window_sample(w, ms, i, i + 1, (int64_t)i * 10);
}

static void test_late(void **state)
{
	struct plug_window w;
	size_t before;

	SM_UNUSED(state);
	plug_window_init(&w);
	plug_window_ack(&w, 1000000, true);
	before = w.size;
	rounds(&w, 20, 1, 10);
	rounds(&w, 89, 11, 10); /* twice the base and 50 ms are put up with */
	assert_int_equal(w.size, before);
	rounds(&w, 91, 21, 2);
	assert_true(w.size < before && w.threshold == w.size);
	rounds(&w, 91, 23, 60);
	assert_int_equal(w.size, PLUG_WINDOW_MIN);
	/* one quick answer in a round trip is enough */
	plug_window_init(&w);
	plug_window_sample(&w, 20, 1, 5, 0);
	plug_window_sample(&w, 500, 2, 5, 10);
	plug_window_sample(&w, 30, 3, 5, 20);
	plug_window_sample(&w, 500, 5, 9, 30);
	assert_int_equal(w.size, PLUG_WINDOW_START);
}

/* A path that became longer is the new base after a while. */
static void test_longer_path(void **state)
{
	struct plug_window w;
	size_t before;

	SM_UNUSED(state);
	plug_window_init(&w);
	rounds(&w, 5, 1, 10);
	rounds(&w, 300, 11, 9000); /* 90 seconds */
	plug_window_ack(&w, 1000000, true);
	before = w.size;
	rounds(&w, 300, 9011, 100);
	assert_int_equal(w.size, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_undo),
		cmocka_unit_test(test_small_loss),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_longer_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
