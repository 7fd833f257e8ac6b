/*
 * Hexadecimal and base64: the vectors of RFC 4648 and everything that is not
 * taken.
 */
#include "common/def.h"
#include "common/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

static void hexadecimal(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);

	SM_UNUSED(state);
	assert_int_equal(sm_hex_put(&b, "\x00\x7f\xff\xa5", 4), 0);
	assert_string_equal(b.ptr, "007fffa5");
	sm_buf_clear(&b);
	assert_int_equal(sm_hex_get(&b, sm_str("007FffA5")), 0);
	assert_true(b.len == 4);
	assert_memory_equal(b.ptr, "\x00\x7f\xff\xa5", 4);
	assert_int_equal(sm_hex_get(&b, sm_str("")), 0);
	assert_int_equal(sm_hex_get(&b, sm_str("0")), SM_EFORMAT);
	assert_int_equal(sm_hex_get(&b, sm_str("0g")), SM_EFORMAT);
	assert_int_equal(sm_hex_get(&b, sm_str("g0")), SM_EFORMAT);
	assert_int_equal(sm_hex_get(&b, sm_str("0 ")), SM_EFORMAT);
	assert_int_equal(sm_hex_get(&b, sm_str_n("0\0", 2)), SM_EFORMAT);
	sm_buf_release(&b);
}

static void hexadecimal_limits(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4);

	SM_UNUSED(state);
	assert_int_equal(sm_hex_put(&b, "abc", 3), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_hex_put(&b, "ab", 2), 0);
	sm_buf_clear(&b);
	assert_int_equal(sm_hex_put(&b, "ab", SIZE_MAX), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_hex_get(&b, sm_str("0000000000")), SM_ELIMIT);
	sm_buf_release(&b);
}

static const struct {
	const char *plain, *coded;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void base64(void **state)
{
	struct sm_buf b = SM_BUF_INIT(100);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(vectors); i++) {
		sm_buf_clear(&b);
		assert_int_equal(sm_base64_put(&b, vectors[i].plain,
					       strlen(vectors[i].plain)),
				 0);
		assert_string_equal(sm_buf_z(&b), vectors[i].coded);
		sm_buf_clear(&b);
		assert_int_equal(sm_base64_get(&b, sm_str(vectors[i].coded)),
				 0);
		assert_string_equal(sm_buf_z(&b), vectors[i].plain);
	}
	sm_buf_clear(&b);
	assert_int_equal(sm_base64_get(&b, sm_str("Zm9v\r\n Ym\tFy\n")), 0);
	assert_string_equal(b.ptr, "foobar");
	sm_buf_clear(&b);
	assert_int_equal(sm_base64_put(&b, "\xfb\xff\xbf", 3), 0);
	assert_string_equal(b.ptr, "+/+/");
	sm_buf_release(&b);
}

static void base64_refused(void **state)
{
	static const char *const bad[] = {
		"Zg",   "Zg=",      "Z",     "Zm9vY",   "Zg==Zg==",    "=Zg=",
		"Z=g=", "Zm=v",     "====",  "Zh==",    "Zm9=",        "Zm9v=",
		"Zm-_", "Zm9v!!!!", "Zg==x", "Zg= ===", "Zm9v\x80m9v",
	};
	struct sm_buf b = SM_BUF_INIT(100);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		sm_buf_clear(&b);
		assert_int_equal(sm_base64_get(&b, sm_str(bad[i])), SM_EFORMAT);
	}
	assert_int_equal(sm_base64_get(&b, sm_str_n("Zm9\0", 4)), SM_EFORMAT);
	sm_buf_release(&b);
}

static void base64_all_lengths(void **state)
{
	struct sm_buf text = SM_BUF_INIT(1000), back = SM_BUF_INIT(1000);
	unsigned char bytes[256];
	size_t n;

	SM_UNUSED(state);
	for (n = 0; n < sizeof(bytes); n++)
		bytes[n] = (unsigned char)(n * 167 + 13);
	for (n = 0; n <= sizeof(bytes); n++) {
		sm_buf_clear(&text);
		sm_buf_clear(&back);
		assert_int_equal(sm_base64_put(&text, bytes, n), 0);
		assert_true(text.len == (n + 2) / 3 * 4);
		assert_int_equal(sm_base64_get(&back, sm_buf_str(&text)), 0);
		assert_true(back.len == n);
		if (n)
			assert_memory_equal(back.ptr, bytes, n);
	}
	sm_buf_release(&text);
	sm_buf_release(&back);
}

static void base64_limits(void **state)
{
	struct sm_buf b = SM_BUF_INIT(4);

	SM_UNUSED(state);
	assert_int_equal(sm_base64_put(&b, "abc", 3), 0);
	assert_int_equal(sm_base64_put(&b, "a", 1), SM_ELIMIT);
	sm_buf_clear(&b);
	assert_int_equal(sm_base64_get(&b, sm_str("Zm9vYmFy")), SM_ELIMIT);
	sm_buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(hexadecimal_limits),
		cmocka_unit_test(base64),
		cmocka_unit_test(base64_refused),
		cmocka_unit_test(base64_all_lengths),
		cmocka_unit_test(base64_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
