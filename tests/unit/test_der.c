/*
 * The DER cursor: one encoding of each thing, and nothing read beyond it.
 */
#include "common/def.h"
#include "common/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "common/mem.h"

#define S(lit) sm_str_n("" lit, sizeof(lit) - 1)

static void elements(void **state)
{
	struct sm_str in = S("\x04\x02xy\x05\x00");
	struct sm_der d;

	SM_UNUSED(state);
	assert_true(sm_der_peek(in, SM_DER_OCTETS));
	assert_false(sm_der_peek(in, SM_DER_NULL));
	assert_int_equal(sm_der_take(&in, SM_DER_NULL, &d), SM_EFORMAT);
	assert_int_equal(sm_der_take(&in, SM_DER_OCTETS, &d), 0);
	assert_true(sm_str_eqz(d.body, "xy"));
	assert_int_equal(d.whole.len, 4);
	assert_int_equal(sm_der_next(&in, &d), 0);
	assert_int_equal(d.tag, SM_DER_NULL);
	assert_int_equal(in.len, 0);
	assert_int_equal(sm_der_next(&in, &d), SM_EFORMAT);
	assert_false(sm_der_peek(in, SM_DER_NULL));
	assert_int_equal(sm_der_only(S("\x05\x00"), SM_DER_NULL, &d), 0);
	assert_int_equal(sm_der_only(S("\x05\x00\x00"), SM_DER_NULL, &d),
			 SM_EFORMAT);
}

static int length_of(struct sm_str head, size_t body)
{
	char *raw = sm_mem_zalloc(head.len + body, 1);
	struct sm_str in = sm_str_n(raw, head.len + body);
	struct sm_der d;
	int r;

	memcpy(raw, head.ptr, head.len);
	r = sm_der_next(&in, &d);
	if (r == 0)
		assert_int_equal(d.body.len, body);
	sm_mem_free(raw);
	return r;
}

static void lengths(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(length_of(S("\x04\x7f"), 0x7f), 0);
	assert_int_equal(length_of(S("\x04\x7f"), 0x7e), SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x81\x80"), 0x80), 0);
	assert_int_equal(length_of(S("\x04\x81\x80"), 0x7f), SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x82\x01\x00"), 0x100), 0);
	assert_int_equal(length_of(S("\x04\x83\x01\x00\x00"), 0x10000), 0);
	/* longer than needed */
	assert_int_equal(length_of(S("\x04\x81\x7f"), 0x7f), SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x82\x00\x80"), 0x80), SM_EFORMAT);
	/* indefinite, too many bytes, cut off */
	assert_int_equal(length_of(S("\x30\x80"), 2), SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x85\x01\x00\x00\x00\x00"), 9),
			 SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x84\xff\xff\xff\xff"), 9),
			 SM_EFORMAT);
	assert_int_equal(length_of(S("\x04\x82\x01"), 0), SM_EFORMAT);
	assert_int_equal(length_of(S("\x04"), 0), SM_EFORMAT);
	/* a tag of more than one byte */
	assert_int_equal(length_of(S("\x1f\x01\x00"), 0), SM_EFORMAT);
}

static int number(struct sm_str in, uint32_t *n)
{
	return sm_der_u32(&in, n);
}

static void numbers(void **state)
{
	uint32_t n = 7;

	SM_UNUSED(state);
	assert_int_equal(number(S("\x02\x01\x00"), &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(number(S("\x02\x02\x00\x80"), &n), 0);
	assert_int_equal(n, 128);
	assert_int_equal(number(S("\x02\x05\x00\xff\xff\xff\xff"), &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(number(S("\x02\x00"), &n), SM_EFORMAT);
	assert_int_equal(number(S("\x02\x01\x80"), &n), SM_EFORMAT);
	assert_int_equal(number(S("\x02\x02\x00\x7f"), &n), SM_EFORMAT);
	assert_int_equal(number(S("\x02\x05\x01\x00\x00\x00\x00"), &n),
			 SM_EFORMAT);
	assert_int_equal(number(S("\x04\x01\x01"), &n), SM_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements),
		cmocka_unit_test(lengths),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
