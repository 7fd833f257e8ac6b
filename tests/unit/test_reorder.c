/*
 * The buffer of early messages: bounds at the limit and one above, growth,
 * and numbers that share a slot.
 */
#include "common/def.h"
#include "plugin/wire/reorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

static int put(struct plug_reorder *r, int64_t expected, int64_t seq,
	       const char *text)
{
	struct plug_reorder_entry e = { 0 };

	e.seq = seq;
	e.payload_type = 1;
	return plug_reorder_put(r, expected, &e, sm_str(text));
}

static void test_find(void **state)
{
	struct plug_reorder_entry *e;
	struct plug_reorder r;

	SM_UNUSED(state);
	plug_reorder_init(&r, 1000);
	assert_null(plug_reorder_find(&r, 0));
	assert_null(plug_reorder_find(&r, -1));
	plug_reorder_drop(&r, 5);
	assert_int_equal(put(&r, 10, 12, "twelve"), 0);
	assert_int_equal(put(&r, 10, 10, ""), 0);
	e = plug_reorder_find(&r, 12);
	assert_non_null(e);
	assert_int_equal(e->len, 6);
	assert_memory_equal(e->payload, "twelve", 6);
	assert_non_null(plug_reorder_find(&r, 10));
	assert_null(plug_reorder_find(&r, 11));
	assert_null(plug_reorder_find(&r, 12 + 64)); /* the same slot */
	assert_null(plug_reorder_find(&r, INT64_MAX));
	plug_reorder_drop(&r, 12);
	assert_null(plug_reorder_find(&r, 12));
	assert_int_equal(r.count, 1);
	assert_int_equal(r.bytes, 0);
	plug_reorder_release(&r);
}

static void test_bounds(void **state)
{
	struct plug_reorder r;
	int64_t i;

	SM_UNUSED(state);
	plug_reorder_init(&r, 10);
	assert_int_equal(put(&r, 5, 4, "x"), SM_ELIMIT); /* below */
	assert_int_equal(put(&r, 0, INT64_MAX, "x"), SM_ELIMIT);
	assert_int_equal(put(&r, 0, 1, "12345678901"), SM_ELIMIT);
	assert_int_equal(put(&r, 0, 1, "1234567890"), 0);
	assert_int_equal(put(&r, 0, 2, "x"), SM_ELIMIT);
	assert_int_equal(put(&r, 0, 2, ""), 0);
	plug_reorder_drop(&r, 1);
	assert_int_equal(put(&r, 0, 1, "x"), 0);
	plug_reorder_release(&r);

	plug_reorder_init(&r, 100000);
	for (i = PLUG_REORDER_COUNT; i > 0; i--)
		assert_int_equal(put(&r, 0, i, "x"), 0);
	assert_int_equal(put(&r, 0, PLUG_REORDER_COUNT + 1, "x"), SM_ELIMIT);
	for (i = PLUG_REORDER_COUNT; i > 0; i--)
		assert_non_null(plug_reorder_find(&r, i));
	plug_reorder_release(&r);
}

/* What is kept survives the growth of the ring, wherever it lies in it. */
static void test_growth(void **state)
{
	struct plug_reorder r;
	int64_t i, base = 1000003;

	SM_UNUSED(state);
	plug_reorder_init(&r, 100000);
	for (i = 0; i < 13; i++)
		assert_int_equal(put(&r, base, base + (1 << i), "x"), 0);
	for (i = 0; i < 13; i++)
		assert_non_null(plug_reorder_find(&r, base + (1 << i)));
	assert_int_equal(r.count, 13);
	plug_reorder_release(&r);
	assert_int_equal(r.max_bytes, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
