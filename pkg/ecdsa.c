/*
 * Deterministic ECDSA: the nonce is made here, everything else by OpenSSL.
 *
 * Rule: a nonce serves one digest under one key and is wiped. The interface
 * that takes it is the old one of OpenSSL; the new one has no door for it
 * before version 3.2.
 */
#include "common/def.h"
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pkg/ecdsa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>

#include "common/mem.h"

#define N PKG_ECDSA_BYTES

/* One generator of RFC 6979 section 3.2: V and K. */
struct drbg {
	uint8_t v[N];
	uint8_t k[N];
};

static bool hmac(const uint8_t *key, const uint8_t *p, size_t len, uint8_t *out)
{
	unsigned n = 0;

	return HMAC(EVP_sha256(), key, N, p, len, out, &n) && n == N;
}

/* K = HMAC(K, V || mark || seed), V = HMAC(K, V): steps d to g, and h.3. */
static bool stir(struct drbg *g, uint8_t mark, const uint8_t *seed, size_t len)
{
	uint8_t text[N + 1 + 2 * N];
	bool ok;

	memcpy(text, g->v, N);
	text[N] = mark;
	if (len)
		memcpy(text + N + 1, seed, len);
	ok = hmac(g->k, text, N + 1 + len, g->k) && hmac(g->k, g->v, N, g->v);
	sm_mem_wipe(text, sizeof(text));
	return ok;
}

/* Is the number of these bytes in 1 .. q - 1? */
static bool in_range(const uint8_t *b, const BIGNUM *q)
{
	BIGNUM *n = BN_bin2bn(b, N, NULL);
	bool ok = n && !BN_is_zero(n) && BN_cmp(n, q) < 0;

	BN_clear_free(n);
	return ok;
}

static int find(struct drbg *g, const BIGNUM *q, uint8_t *nonce)
{
	for (int i = 0; i < 64; i++) { /* a second turn has chance 2^-32 */
		if (!hmac(g->k, g->v, N, g->v))
			return SM_EIO;
		if (in_range(g->v, q)) {
			memcpy(nonce, g->v, N);
			return 0;
		}
		if (!stir(g, 0, NULL, 0))
			return SM_EIO;
	}
	return SM_EIO;
}

/* bits2octets: the digest modulo q, section 2.3.4. */
static bool reduce(const uint8_t *digest, const BIGNUM *q, uint8_t *out)
{
	BIGNUM *z = BN_bin2bn(digest, N, NULL);
	bool ok = z != NULL;

	if (ok && BN_cmp(z, q) >= 0)
		ok = BN_sub(z, z, q) == 1;
	ok = ok && BN_bn2binpad(z, out, N) == N;
	BN_free(z);
	return ok;
}

int pkg_ecdsa_nonce(const uint8_t *d, const uint8_t *digest, uint8_t *nonce)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	const BIGNUM *q = group ? EC_GROUP_get0_order(group) : NULL;
	uint8_t seed[2 * N] = { 0 };
	struct drbg g;
	int r = SM_EIO;

	memset(g.v, 1, N);
	memset(g.k, 0, N);
	if (!q)
		goto out;
	if (!in_range(d, q)) {
		r = SM_EFORMAT;
		goto out;
	}
	memcpy(seed, d, N);
	if (reduce(digest, q, seed + N) && stir(&g, 0, seed, sizeof(seed)) &&
	    stir(&g, 1, seed, sizeof(seed)))
		r = find(&g, q, nonce);
out:
	sm_mem_wipe(seed, sizeof(seed));
	sm_mem_wipe(&g, sizeof(g));
	EC_GROUP_free(group);
	return r;
}

/* r = x(kG) mod q and 1/k mod q, by Fermat: q is prime. */
static bool from_nonce(const EC_GROUP *group, const BIGNUM *k, BIGNUM *r,
		       BIGNUM *inverse)
{
	const BIGNUM *q = EC_GROUP_get0_order(group);
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *power = BN_dup(q);
	BN_CTX *c = BN_CTX_new();
	bool ok;

	ok = point && power && c &&
	     EC_POINT_mul(group, point, k, NULL, NULL, c) == 1 &&
	     EC_POINT_get_affine_coordinates(group, point, r, NULL, c) == 1 &&
	     BN_nnmod(r, r, q, c) == 1 && BN_sub_word(power, 2) == 1 &&
	     BN_mod_exp_mont_consttime(inverse, k, power, q, c, NULL) == 1 &&
	     !BN_is_zero(r);
	EC_POINT_clear_free(point);
	BN_free(power);
	BN_CTX_free(c);
	return ok;
}

static int sign(EC_KEY *key, const uint8_t *nonce, const uint8_t *digest,
		uint8_t *sig)
{
	BIGNUM *k = BN_bin2bn(nonce, N, NULL);
	BIGNUM *inverse = BN_new();
	BIGNUM *r = BN_new();
	ECDSA_SIG *s = NULL;
	int ret = SM_EIO;

	if (!k || !inverse || !r)
		goto out;
	BN_set_flags(k, BN_FLG_CONSTTIME);
	if (!from_nonce(EC_KEY_get0_group(key), k, r, inverse))
		goto out;
	s = ECDSA_do_sign_ex(digest, N, inverse, r, key);
	if (s && BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, N) == N &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + N, N) == N)
		ret = 0;
out:
	BN_clear_free(k);
	BN_clear_free(inverse);
	BN_clear_free(r);
	ECDSA_SIG_free(s);
	return ret;
}

int pkg_ecdsa_sign(EVP_PKEY *pkey, const uint8_t *digest, uint8_t *sig,
		   struct sm_err *e)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	uint8_t nonce[N] = { 0 };
	uint8_t number[N] = { 0 };
	BIGNUM *d = NULL;
	int r = SM_ENOTSUP;

	if (!key ||
	    !EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) ||
	    BN_bn2binpad(d, number, N) != N ||
	    EC_KEY_set_private_key(key, d) != 1)
		goto out;
	if ((r = pkg_ecdsa_nonce(number, digest, nonce)) == 0)
		r = sign(key, nonce, digest, sig);
out:
	sm_mem_wipe(nonce, sizeof(nonce));
	sm_mem_wipe(number, sizeof(number));
	BN_clear_free(d);
	EC_KEY_free(key);
	return r < 0 ? sm_err_set(e, r, "cannot sign with P-256") : 0;
}
