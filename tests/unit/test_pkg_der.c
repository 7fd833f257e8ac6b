/*
 * DER writing, read back by the strict cursor.
 */
#include "common/def.h"
#include "pkg/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

static void lengths(void **state)
{
	static const size_t sizes[] = { 0,     1,      0x7f,    0x80,   0xff,
					0x100, 0xffff, 0x10000, 0x12345 };
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	struct sm_der d;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		sm_buf_clear(&b);
		sm_buf_puts(&b, "in front");
		sm_buf_put_fill(&b, 'x', sizes[i]);
		assert_int_equal(pkg_der_wrap(&b, 8, SM_DER_OCTETS), 0);
		assert_int_equal(
			sm_der_only(sm_str_sub(sm_buf_str(&b), 8, b.len),
				    SM_DER_OCTETS, &d),
			0);
		assert_int_equal(d.body.len, sizes[i]);
		for (size_t k = 0; k < d.body.len; k++)
			assert_int_equal(d.body.ptr[k], 'x');
	}
	sm_buf_release(&b);
}

static void numbers(void **state)
{
	static const uint32_t all[] = { 0,     1,          127,
					128,   255,        0x8000,
					65536, 0x7fffffff, UINT32_MAX };
	static const uint8_t zeros[] = { 0, 0, 0x80 };
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str in;
	uint32_t n;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(all); i++)
		assert_int_equal(pkg_der_put_u32(&b, all[i]), 0);
	assert_int_equal(pkg_der_put_bytes(&b, zeros, 3), 0);
	in = sm_buf_str(&b);
	for (size_t i = 0; i < SM_ARRAY_LEN(all); i++) {
		assert_int_equal(sm_der_u32(&in, &n), 0);
		assert_int_equal(n, all[i]);
	}
	assert_int_equal(sm_der_u32(&in, &n), 0);
	assert_int_equal(n, 0x80);
	assert_int_equal(in.len, 0);
	sm_buf_release(&b);
}

static void full(void **state)
{
	struct sm_buf b = SM_BUF_INIT((size_t)10);

	SM_UNUSED(state);
	assert_int_equal(pkg_der_put(&b, SM_DER_OCTETS, sm_str("12345678")), 0);
	assert_int_equal(b.len, 10);
	assert_int_equal(pkg_der_wrap(&b, 0, SM_DER_SEQUENCE), SM_ELIMIT);
	assert_int_equal(b.err, SM_ELIMIT);
	assert_int_equal(pkg_der_put_u32(&b, 1), SM_ELIMIT);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(numbers),
		cmocka_unit_test(full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
