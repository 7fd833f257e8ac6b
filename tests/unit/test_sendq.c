/*
 * The queue of what waits: joining, cutting, order, and the one Size.
 */
#include "common/def.h"
#include "plugin/wire/sendq.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"
#include "plugin/wire/message.h"

static void put(struct plug_sendq *q, uint32_t type, const char *text)
{
	plug_sendq_put(q, type, sm_str(text));
}

/* The next piece is this one; take it. */
static void expect(struct plug_sendq *q, size_t max, uint32_t type,
		   const char *text)
{
	struct plug_sendq_piece p;

	assert_true(plug_sendq_peek(q, max, &p));
	assert_int_equal(p.payload_type, type);
	if (!sm_str_eqz(p.payload, text))
		fail_msg("'%.*s' is not '%s'", SM_STR_ARG(p.payload), text);
	plug_sendq_drop(q, p.payload.len);
}

static void expect_empty(struct plug_sendq *q)
{
	struct plug_sendq_piece p;

	assert_false(plug_sendq_peek(q, 1024, &p));
	assert_int_equal(q->data_bytes, 0);
	assert_int_equal(q->other_bytes, 0);
	assert_int_equal(plug_sendq_run(q, 1), 0);
}

static void test_order(void **state)
{
	struct plug_sendq q;

	SM_UNUSED(state);
	plug_sendq_init(&q);
	expect_empty(&q);
	put(&q, PLUG_PAYLOAD_OUTPUT, "ab");
	put(&q, PLUG_PAYLOAD_OUTPUT, "cde");
	put(&q, PLUG_PAYLOAD_FLAG, "flag of many bytes");
	put(&q, PLUG_PAYLOAD_FLAG, "second");
	put(&q, PLUG_PAYLOAD_OUTPUT, "f");
	assert_int_equal(q.data_bytes, 6);
	assert_int_equal(q.other_bytes, 24);
	assert_int_equal(plug_sendq_run(&q, 100), 5);
	expect(&q, 4, PLUG_PAYLOAD_OUTPUT, "abcd");
	put(&q, PLUG_PAYLOAD_OUTPUT, "g");
	expect(&q, 4, PLUG_PAYLOAD_OUTPUT, "e");
	expect(&q, 4, PLUG_PAYLOAD_FLAG, "flag of many bytes"); /* not cut */
	expect(&q, 4, PLUG_PAYLOAD_FLAG, "second");
	expect(&q, 4, PLUG_PAYLOAD_OUTPUT, "fg");
	expect_empty(&q);
	plug_sendq_release(&q);
}

static void test_size(void **state)
{
	struct plug_sendq q;
	char big[100];

	SM_UNUSED(state);
	memset(big, ' ', sizeof(big));
	plug_sendq_init(&q);
	put(&q, PLUG_PAYLOAD_SIZE, "1");
	put(&q, PLUG_PAYLOAD_OUTPUT, "x");
	put(&q, PLUG_PAYLOAD_SIZE, "22");
	assert_int_equal(q.other_bytes, 2);
	expect(&q, 9, PLUG_PAYLOAD_SIZE, "22");
	put(&q, PLUG_PAYLOAD_SIZE, "3"); /* the first one is on its way */
	expect(&q, 9, PLUG_PAYLOAD_OUTPUT, "x");
	/* one that does not fit in its place goes behind */
	plug_sendq_put(&q, PLUG_PAYLOAD_SIZE, sm_str_n(big, sizeof(big)));
	put(&q, PLUG_PAYLOAD_SIZE, "4");
	expect(&q, 9, PLUG_PAYLOAD_SIZE, "3");
	expect(&q, 9, PLUG_PAYLOAD_SIZE, "4");
	expect_empty(&q);
	plug_sendq_release(&q);
}

/* Random writes and cuts against one flat run of bytes. */
static void test_bulk(void **state)
{
	enum {
		TOTAL = 400000
	};
	char *flat = sm_mem_alloc(TOTAL);
	struct plug_sendq_piece p;
	struct plug_sendq q;
	size_t in = 0, out = 0, n;
	uint32_t x = 1;

	SM_UNUSED(state);
	for (n = 0; n < TOTAL; n++)
		flat[n] = (char)(n * 31 + (n >> 7));
	plug_sendq_init(&q);
	while (out < TOTAL) {
		x = x * 1664525u + 1013904223u;
		n = (x >> 8) % 50000;
		if (n > TOTAL - in)
			n = TOTAL - in;
		if (n && (x & 0x80000000)) {
			plug_sendq_put(&q, PLUG_PAYLOAD_OUTPUT,
				       sm_str_n(flat + in, n));
			in += n;
		}
		n = 1 + (x >> 4) % 33000;
		if (!plug_sendq_peek(&q, n, &p))
			continue;
		assert_int_equal(p.payload.len, n < in - out ? n : in - out);
		assert_memory_equal(p.payload.ptr, flat + out, p.payload.len);
		plug_sendq_drop(&q, p.payload.len);
		out += p.payload.len;
		assert_int_equal(q.data_bytes, in - out);
	}
	expect_empty(&q);
	plug_sendq_release(&q);
	sm_mem_free(flat);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_bulk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
