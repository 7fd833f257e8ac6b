/*
 * The growing buffer: limits, the sticking error, and wiping.
 */
#include "common/def.h"
#include "common/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "common/mem.h"

static void puts_and_views(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);

	SM_UNUSED(state);
	assert_string_equal(sm_buf_z(&b), "");
	assert_true(sm_buf_str(&b).len == 0);
	assert_int_equal(sm_buf_puts(&b, "abc"), 0);
	assert_int_equal(sm_buf_put(&b, "\0x", 2), 0);
	assert_int_equal(sm_buf_put(&b, NULL, 0), 0);
	assert_true(b.len == 5);
	assert_memory_equal(b.ptr, "abc\0x", 6);
	sm_buf_clear(&b);
	assert_string_equal(sm_buf_z(&b), "");
	assert_int_equal(sm_buf_printf(&b, "%d-%s", 42, "x"), 0);
	assert_string_equal(sm_buf_z(&b), "42-x");
	sm_buf_release(&b);
	assert_null(b.ptr);
	assert_int_equal(sm_buf_puts(&b, "again"), 0);
	sm_buf_release(&b);
}

static void big_endian(void **state)
{
	static const unsigned char want[] = { 0x01, 0x02, 0x03, 0x04, 0x05,
					      0x06, 0x07, 0xff, 0xee, 0xdd,
					      0xcc, 0xbb, 0xaa, 0x99, 0x88 };
	struct sm_buf b = SM_BUF_INIT(100);

	SM_UNUSED(state);
	(void)sm_buf_put_u8(&b, 0x01);
	(void)sm_buf_put_u16be(&b, 0x0203);
	(void)sm_buf_put_u32be(&b, 0x04050607);
	(void)sm_buf_put_u64be(&b, 0xffeeddccbbaa9988u);
	assert_true(b.len == sizeof(want));
	assert_memory_equal(b.ptr, want, sizeof(want));
	sm_buf_release(&b);
}

static void limit(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4);

	SM_UNUSED(state);
	assert_int_equal(sm_buf_puts(&b, "abcd"), 0); /* at the limit */
	assert_int_equal(sm_buf_put_u8(&b, 'e'), SM_ELIMIT);
	assert_int_equal(b.err, SM_ELIMIT);
	assert_string_equal(b.ptr, "abcd");
	sm_buf_truncate(&b, 0);
	assert_int_equal(sm_buf_puts(&b, "x"), SM_ELIMIT); /* sticks */
	sm_buf_clear(&b);
	assert_int_equal(sm_buf_puts(&b, "x"), 0);
	assert_int_equal(sm_buf_reserve(&b, SIZE_MAX), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_buf_put_fill(&b, '-', 5), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_buf_printf(&b, "%s", "abcde"), SM_ELIMIT);
	assert_true(b.len == 0);
	sm_buf_release(&b);
}

static void growth(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100000);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < 100000; i++)
		assert_int_equal(sm_buf_put_u8(&b, (uint8_t)('a' + i % 26)), 0);
	for (i = 0; i < 100000; i++)
		assert_int_equal(b.ptr[i], 'a' + (int)(i % 26));
	assert_int_equal(b.ptr[b.len], '\0');
	sm_buf_release(&b);
}

static void shortening(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);

	SM_UNUSED(state);
	sm_buf_consume(&b, 3); /* empty: nothing happens */
	(void)sm_buf_puts(&b, "abcdef");
	sm_buf_consume(&b, 2);
	assert_string_equal(b.ptr, "cdef");
	sm_buf_truncate(&b, 9);
	assert_string_equal(b.ptr, "cdef");
	sm_buf_truncate(&b, 3);
	assert_string_equal(b.ptr, "cde");
	sm_buf_consume(&b, 99);
	assert_true(b.len == 0);
	assert_string_equal(b.ptr, "");
	sm_buf_release(&b);
}

static void reserved_space(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);

	SM_UNUSED(state);
	assert_int_equal(sm_buf_reserve(&b, 100), 0);
	memset(b.ptr, 'x', 100);
	sm_buf_added(&b, 100);
	assert_true(strlen(b.ptr) == 100);
	assert_int_equal(sm_buf_reserve(&b, 1), SM_ELIMIT);
	sm_buf_release(&b);
}

static void secrets_are_wiped(void **state)
{
	static const char zeros[6] = { 0 };
	struct sm_buf b = SM_BUF_SECRET(1000);

	SM_UNUSED(state);
	(void)sm_buf_puts(&b, "secret");
	sm_buf_truncate(&b, 3);
	assert_memory_equal(b.ptr + 3, zeros, 3);
	sm_buf_clear(&b);
	assert_memory_equal(b.ptr, zeros, 6);
	(void)sm_buf_put_fill(&b, 's', 500); /* moved by copy */
	assert_true(b.secret && b.len == 500);
	sm_buf_release(&b);
	assert_true(b.secret);
}

static void detaching(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);
	char *p = sm_buf_detach_new(&b);

	SM_UNUSED(state);
	assert_string_equal(p, "");
	sm_mem_free(p);
	(void)sm_buf_puts(&b, "mine");
	p = sm_buf_detach_new(&b);
	assert_string_equal(p, "mine");
	assert_null(b.ptr);
	assert_true(b.len == 0);
	sm_mem_free(p);
}

static void visible(void **state)
{
	static const struct {
		const char *in, *keep, *out;
	} cases[] = {
		{ "", "", "" },
		{ "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", "",
		  "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "a\tb\nc", "\t", "a\tb\\x0ac" },
		{ "\033]0;x\007\x7f", "\n\t", "\\x1b]0;x\\x07\\x7f" },
		{ "\xc2\x9b|\x9b", "", "\\x9b|\\x9b" }, /* C1, twice */
		{ "\xc2\xa0", "", "\xc2\xa0" },
		{ "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8", "",
		  "\\u202e\\u2066\\u061c\\u2028" },
		{ "\xc0\x9b\xff\xe2\x80", "", "\\xc0\\x9b\\xff\\xe2\\x80" },
	};
	struct sm_buf b = SM_BUF_INIT(256);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		sm_buf_clear(&b);
		assert_int_equal(sm_buf_put_visible(&b, sm_str(cases[i].in),
						    cases[i].keep),
				 0);
		assert_string_equal(sm_buf_z(&b), cases[i].out);
	}
	sm_buf_clear(&b);
	assert_int_equal(sm_buf_put_visible(&b, sm_str_n("a\0b", 3), "\n"), 0);
	assert_string_equal(sm_buf_z(&b), "a\\x00b");
	b.max = 8;
	assert_int_equal(sm_buf_put_visible(&b, sm_str("\1\2"), ""), SM_ELIMIT);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visible),
		cmocka_unit_test(puts_and_views),
		cmocka_unit_test(big_endian),
		cmocka_unit_test(limit),
		cmocka_unit_test(growth),
		cmocka_unit_test(shortening),
		cmocka_unit_test(reserved_space),
		cmocka_unit_test(secrets_are_wiped),
		cmocka_unit_test(detaching),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
