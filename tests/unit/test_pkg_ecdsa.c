/*
 * Deterministic ECDSA: the vectors of RFC 6979 A.2.5 for SHA-256, and keys
 * that cannot sign.
 */
#include "common/def.h"
#include "pkg/ecdsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "common/digest.h"
#include "common/hex.h"

static const char secret[] =
	"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
static const char public_x[] =
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
static const char public_y[] =
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static const struct {
	const char *message, *k, *r, *s;
} vectors[] = {
	{ "sample",
	  "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60",
	  "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
	  "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
	{ "test",
	  "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0",
	  "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
	  "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
};

static void bytes(const char *hex, uint8_t *out)
{
	BIGNUM *n = NULL;

	assert_true(BN_hex2bn(&n, hex) > 0);
	assert_int_equal(BN_bn2binpad(n, out, PKG_ECDSA_BYTES),
			 PKG_ECDSA_BYTES);
	BN_free(n);
}

static void assert_hex(const uint8_t *got, const char *want)
{
	uint8_t b[PKG_ECDSA_BYTES];

	bytes(want, b);
	assert_memory_equal(got, b, sizeof(b));
}

static EVP_PKEY *make_key(void)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	uint8_t point[1 + 2 * PKG_ECDSA_BYTES] = { 4 };
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;
	BIGNUM *d = NULL;

	bytes(public_x, point + 1);
	bytes(public_y, point + 1 + PKG_ECDSA_BYTES);
	BN_hex2bn(&d, secret);
	OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
					"prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point,
					 sizeof(point));
	OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d);
	params = OSSL_PARAM_BLD_to_param(b);
	assert_true(EVP_PKEY_fromdata_init(c) > 0);
	assert_true(EVP_PKEY_fromdata(c, &key, EVP_PKEY_KEYPAIR, params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	BN_free(d);
	return key;
}

static void known_answers(void **state)
{
	EVP_PKEY *key = make_key();
	uint8_t d[PKG_ECDSA_BYTES];

	SM_UNUSED(state);
	bytes(secret, d);
	for (size_t i = 0; i < SM_ARRAY_LEN(vectors); i++) {
		uint8_t digest[SM_SHA256_SIZE];
		uint8_t nonce[PKG_ECDSA_BYTES];
		uint8_t sig[PKG_ECDSA_SIG];

		assert_int_equal(sm_digest_bytes(SM_DIGEST_SHA256,
						 sm_str(vectors[i].message),
						 digest, NULL),
				 0);
		assert_int_equal(pkg_ecdsa_nonce(d, digest, nonce), 0);
		assert_hex(nonce, vectors[i].k);
		assert_int_equal(pkg_ecdsa_sign(key, digest, sig, NULL), 0);
		assert_hex(sig, vectors[i].r);
		assert_hex(sig + PKG_ECDSA_BYTES, vectors[i].s);
	}
	EVP_PKEY_free(key);
}

/* A digest above the order is reduced first, and the signature stays good. */
static void large_digest(void **state)
{
	EVP_PKEY *key = make_key();
	uint8_t digest[SM_SHA256_SIZE];
	uint8_t sig[PKG_ECDSA_SIG], again[PKG_ECDSA_SIG];

	SM_UNUSED(state);
	memset(digest, 0xff, sizeof(digest));
	assert_int_equal(pkg_ecdsa_sign(key, digest, sig, NULL), 0);
	assert_int_equal(pkg_ecdsa_sign(key, digest, again, NULL), 0);
	assert_memory_equal(sig, again, sizeof(sig));
	EVP_PKEY_free(key);
}

static void not_a_number(void **state)
{
	uint8_t d[PKG_ECDSA_BYTES] = { 0 };
	uint8_t digest[SM_SHA256_SIZE] = { 1 };
	uint8_t nonce[PKG_ECDSA_BYTES];

	SM_UNUSED(state);
	assert_int_equal(pkg_ecdsa_nonce(d, digest, nonce), SM_EFORMAT);
	memset(d, 0xff, sizeof(d));
	assert_int_equal(pkg_ecdsa_nonce(d, digest, nonce), SM_EFORMAT);
}

static void other_keys(void **state)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	uint8_t digest[SM_SHA256_SIZE] = { 1 };
	uint8_t sig[PKG_ECDSA_SIG];
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_true(pkg_ecdsa_sign(p384, digest, sig, &e) < 0);
	assert_string_equal(sm_err_msg(&e), "cannot sign with P-256");
	assert_int_equal(pkg_ecdsa_sign(ed, digest, sig, NULL), SM_ENOTSUP);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(ed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(large_digest),
		cmocka_unit_test(not_a_number),
		cmocka_unit_test(other_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
