/*
 * Public keys: limits of each algorithm, one spelling per key.
 */
#include "common/def.h"
#include "common/pgpkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/pgppacket.h"

static int rsa(size_t len, uint8_t top, uint8_t low, const char *x,
	       struct sm_err *e)
{
	uint8_t n[1100] = { 0 };
	struct sm_pgpkey k;

	memset(n, 0x55, sizeof(n));
	n[0] = top;
	n[len - 1] = low;
	sm_err_clear(e);
	return sm_pgpkey_raw(&k, SM_PGPKEY_RSA, 1, sm_str_n(n, len), sm_str(x),
			     e);
}

static void rsa_limits(void **state)
{
	struct sm_err e;

	SM_UNUSED(state);
	assert_int_equal(rsa(256, 0x80, 1, "\1\1", &e), 0);
	assert_int_equal(rsa(256, 0x7f, 1, "\1\1", &e), SM_ENOTSUP);
	assert_non_null(strstr(e.msg, "2047 bits"));
	assert_int_equal(rsa(1024, 0xff, 1, "\1\1", &e), 0);
	assert_int_equal(rsa(1025, 1, 1, "\1\1", &e), SM_EFORMAT);
	assert_int_equal(rsa(256, 0, 1, "\1\1", &e), SM_ENOTSUP);
	/* even modulus; exponent even, one, none */
	assert_int_equal(rsa(256, 0x80, 2, "\1\1", &e), SM_EFORMAT);
	assert_int_equal(rsa(256, 0x80, 1, "\1\2", &e), SM_EFORMAT);
	assert_int_equal(rsa(256, 0x80, 1, "\1", &e), SM_EFORMAT);
	assert_int_equal(rsa(256, 0x80, 1, "", &e), SM_EFORMAT);
	assert_int_equal(rsa(256, 0x80, 1, "\3", &e), 0);
}

static void material(void **state)
{
	uint8_t point[66] = { 4 };
	struct sm_pgpkey k, back;
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str none = { "", 0 };
	size_t i, used;

	SM_UNUSED(state);
	assert_int_equal(sm_pgpkey_raw(&k, 17, 1, none, none, NULL),
			 SM_ENOTSUP);
	assert_int_equal(sm_pgpkey_raw(&k, SM_PGPKEY_ECDSA, 1,
				       sm_str_n(point, 64), none, NULL),
			 SM_EFORMAT);
	assert_int_equal(sm_pgpkey_raw(&k, SM_PGPKEY_EDDSA, 1,
				       sm_str_n(point, 31), none, NULL),
			 SM_EFORMAT);
	assert_int_equal(sm_pgpkey_raw(&k, SM_PGPKEY_ECDSA, 1,
				       sm_str_n(point, 65), none, NULL),
			 0);
	assert_int_equal(sm_pgpkey_put(&body, &k), 0);
	assert_int_equal(sm_pgpkey_parse(&back, sm_buf_str(&body), NULL, NULL),
			 0);
	assert_memory_equal(back.fpr, k.fpr, 20);
	for (i = 0; i < body.len; i++)
		assert_true(sm_pgpkey_parse(&back, sm_str_n(body.ptr, i), NULL,
					    NULL) < 0);
	/* behind it: the secret part, or too much */
	sm_buf_put_u8(&body, 0);
	assert_int_equal(sm_pgpkey_parse(&back, sm_buf_str(&body), NULL, NULL),
			 SM_EFORMAT);
	assert_int_equal(sm_pgpkey_parse(&back, sm_buf_str(&body), &used, NULL),
			 0);
	assert_int_equal(used, body.len - 1);
	assert_memory_equal(back.fpr, k.fpr, 20);
	/* another version, another curve */
	body.ptr[0] = 5;
	assert_int_equal(sm_pgpkey_parse(&back, sm_buf_str(&body), &used, NULL),
			 SM_ENOTSUP);
	body.ptr[0] = 4;
	body.ptr[8] ^= 1;
	assert_int_equal(sm_pgpkey_parse(&back, sm_buf_str(&body), &used, NULL),
			 SM_ENOTSUP);
	sm_buf_release(&body);
}

static void off_the_curve(void **state)
{
	uint8_t point[65] = { 4, 1, 2, 3 }, digest[32] = { 0 };
	struct sm_str none = { "", 0 };
	struct sm_pgpkey k;

	SM_UNUSED(state);
	assert_int_equal(sm_pgpkey_raw(&k, SM_PGPKEY_ECDSA, 1,
				       sm_str_n(point, 65), none, NULL),
			 0);
	assert_int_equal(sm_pgpkey_check(&k, SM_PGPKEY_SHA256, digest,
					 sm_str_n("\0\1\1\0\1\1", 6), NULL),
			 SM_EVERIFY);
	/* zero, too long, something behind */
	assert_int_equal(sm_pgpkey_check(&k, SM_PGPKEY_SHA256, digest,
					 sm_str_n("\0\0\0\1\1", 5), NULL),
			 SM_EFORMAT);
	assert_int_equal(sm_pgpkey_check(&k, SM_PGPKEY_SHA256, digest,
					 sm_str_n("\0\1\1\0\1\1x", 7), NULL),
			 SM_EFORMAT);
	assert_int_equal(sm_pgpkey_check(&k, SM_PGPKEY_SHA256, digest, none,
					 NULL),
			 SM_EFORMAT);
}

static void names(void **state)
{
	struct sm_pgpkey k = { 0 };
	enum sm_digest_alg alg;
	char text[16];

	SM_UNUSED(state);
	k.alg = SM_PGPKEY_ED25519;
	sm_pgpkey_alg_name(&k, text, sizeof(text));
	assert_string_equal(text, "ed25519");
	k.alg = SM_PGPKEY_RSA;
	k.a_len = 384;
	k.a[0] = 0x80;
	sm_pgpkey_alg_name(&k, text, sizeof(text));
	assert_string_equal(text, "rsa3072");
	assert_int_equal(sm_pgpkey_hash_alg(8, &alg), 0);
	assert_int_equal(alg, SM_DIGEST_SHA256);
	assert_int_equal(sm_pgpkey_hash_alg(2, &alg), SM_ENOTSUP);
	assert_int_equal(sm_pgpkey_hash_alg(11, &alg), SM_ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa_limits),
		cmocka_unit_test(material),
		cmocka_unit_test(off_the_curve),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
