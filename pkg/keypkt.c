/*
 * Numbers of key packets.
 *
 * Rule: nothing is used before pkg_keypkt_load has checked that the secret
 * part belongs to the public part, so that a damaged file cannot lead to a
 * signature that gives the key away.
 */
#include "common/def.h"
#include "pkg/keypkt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "common/mem.h"
#include "common/pgppacket.h"

#define MPI_BYTES_MAX 1024 /* 8192 bits */
#define ED25519_BYTES 32
#define P256_BYTES 32

static int damaged(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "damaged key packet");
}

static int take_mpi(struct sm_str *rest, struct sm_str *mpi, struct sm_err *e)
{
	return sm_pgppacket_mpi(rest, mpi) < 0 ? damaged(e) : 0;
}

int pkg_keypkt_secret(unsigned alg, struct sm_str *rest, struct sm_str *numbers,
		      struct sm_err *e)
{
	const char *start = rest->ptr;
	unsigned n = alg == SM_PGPKEY_RSA ? 4 : 1;
	struct sm_str mpi;
	int r;

	if (alg == SM_PGPKEY_ED25519) {
		if (rest->len < ED25519_BYTES)
			return damaged(e);
		*numbers = sm_str_sub(*rest, 0, ED25519_BYTES);
		*rest = sm_str_sub(*rest, ED25519_BYTES, rest->len);
		return 0;
	}
	for (; n > 0; n--)
		if ((r = take_mpi(rest, &mpi, e)) < 0)
			return r;
	*numbers = sm_str_n(start, (size_t)(rest->ptr - start));
	return 0;
}

/* --- RSA ------------------------------------------------------------------ */

enum {
	RSA_N,
	RSA_E,
	RSA_D,
	RSA_P,
	RSA_Q,
	RSA_U,
	RSA_DP,
	RSA_DQ,
	RSA_PARTS
};

/*
 * OpenPGP's u is the inverse of p modulo q, OpenSSL's coefficient that of its
 * second prime modulo its first: the primes change places.
 */
static const char *const rsa_names[RSA_PARTS] = {
	OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
	OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
	OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_EXPONENT1
};

static int rsa_exponents(BIGNUM **n)
{
	BN_CTX *c = BN_CTX_new();
	BIGNUM *t = BN_new();
	int r = SM_EIO;

	n[RSA_DP] = BN_new();
	n[RSA_DQ] = BN_new();
	if (!c || !t || !n[RSA_DP] || !n[RSA_DQ])
		goto out;
	if (!BN_copy(t, n[RSA_P]) || !BN_sub_word(t, 1) ||
	    !BN_mod(n[RSA_DP], n[RSA_D], t, c))
		goto out;
	if (!BN_copy(t, n[RSA_Q]) || !BN_sub_word(t, 1) ||
	    !BN_mod(n[RSA_DQ], n[RSA_D], t, c))
		goto out;
	r = 0;
out:
	BN_clear_free(t);
	BN_CTX_free(c);
	return r;
}

/* `what` is EVP_PKEY_KEYPAIR or EVP_PKEY_PUBLIC_KEY. */
static int from_params(const char *type, OSSL_PARAM_BLD *b, int what,
		       EVP_PKEY **pkey)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	int r = SM_EFORMAT;

	if (params && c && EVP_PKEY_fromdata_init(c) > 0 &&
	    EVP_PKEY_fromdata(c, pkey, what, params) > 0)
		r = 0;
	EVP_PKEY_CTX_free(c);
	OSSL_PARAM_free(params);
	return r;
}

static int rsa_load(const struct sm_pgpkey *pub, struct sm_str secret,
		    EVP_PKEY **pkey, struct sm_err *e)
{
	BIGNUM *n[RSA_PARTS] = { NULL };
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	struct sm_str mpi;
	int r = SM_EIO;
	int i;

	n[RSA_N] = BN_bin2bn(pub->a, (int)pub->a_len, NULL);
	n[RSA_E] = BN_bin2bn(pub->b, (int)pub->b_len, NULL);
	for (i = RSA_D; i <= RSA_U; i++) {
		if ((r = take_mpi(&secret, &mpi, e)) < 0)
			goto out;
		n[i] = BN_bin2bn((const unsigned char *)mpi.ptr, (int)mpi.len,
				 NULL);
	}
	if ((r = rsa_exponents(n)) < 0)
		goto out;
	for (i = RSA_N; i < RSA_PARTS; i++)
		if (!OSSL_PARAM_BLD_push_BN(b, rsa_names[i], n[i]))
			r = SM_EIO;
	if (r == 0)
		r = from_params("RSA", b, EVP_PKEY_KEYPAIR, pkey);
out:
	OSSL_PARAM_BLD_free(b);
	for (i = RSA_N; i < RSA_PARTS; i++)
		BN_clear_free(n[i]);
	return r;
}

/* The bytes of a named number of a key, appended as a big number. */
static int put_param(EVP_PKEY *pkey, const char *name, struct sm_buf *out)
{
	uint8_t bytes[MPI_BYTES_MAX];
	BIGNUM *n = NULL;
	int r = SM_EIO;
	int len;

	if (!EVP_PKEY_get_bn_param(pkey, name, &n))
		return r;
	len = BN_num_bytes(n);
	if (len <= MPI_BYTES_MAX && BN_bn2bin(n, bytes) == len)
		r = sm_pgppacket_put_mpi(out, sm_str_n(bytes, (size_t)len));
	sm_mem_wipe(bytes, sizeof(bytes));
	BN_clear_free(n);
	return r;
}

/* The bytes of a named number, `size` of them, with leading zeros. */
static int get_param(EVP_PKEY *pkey, const char *name, uint8_t *out, int size)
{
	BIGNUM *n = NULL;
	int r = SM_EIO;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) &&
	    BN_bn2binpad(n, out, size) == size)
		r = 0;
	BN_clear_free(n);
	return r;
}

static int rsa_describe(EVP_PKEY *pkey, uint32_t created, struct sm_pgpkey *pub,
			struct sm_err *e)
{
	uint8_t n[MPI_BYTES_MAX];
	uint8_t exponent[8];
	int size = EVP_PKEY_get_size(pkey);
	int i;

	if (size > MPI_BYTES_MAX ||
	    get_param(pkey, rsa_names[RSA_N], n, size) < 0 ||
	    get_param(pkey, rsa_names[RSA_E], exponent, sizeof(exponent)) < 0)
		return SM_EIO;
	for (i = 0; i < 7 && exponent[i] == 0; i++)
		;
	return sm_pgpkey_raw(
		pub, SM_PGPKEY_RSA, created, sm_str_n(n, (size_t)size),
		sm_str_n(exponent + i, sizeof(exponent) - (size_t)i), e);
}

static int rsa_public(const struct sm_pgpkey *pub, EVP_PKEY **pkey)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(pub->a, (int)pub->a_len, NULL);
	BIGNUM *exponent = BN_bin2bn(pub->b, (int)pub->b_len, NULL);
	int r = SM_EIO;

	if (b && n && exponent &&
	    OSSL_PARAM_BLD_push_BN(b, rsa_names[RSA_N], n) &&
	    OSSL_PARAM_BLD_push_BN(b, rsa_names[RSA_E], exponent))
		r = from_params("RSA", b, EVP_PKEY_PUBLIC_KEY, pkey);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(exponent);
	return r;
}

static int rsa_secret(EVP_PKEY *pkey, struct sm_buf *secret)
{
	for (int i = RSA_D; i <= RSA_U; i++)
		if (put_param(pkey, rsa_names[i], secret) < 0)
			return SM_EIO;
	return 0;
}

/* --- curves --------------------------------------------------------------- */

static int p256_load(const struct sm_pgpkey *pub, struct sm_str secret,
		     EVP_PKEY **pkey, struct sm_err *e)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	struct sm_str mpi;
	BIGNUM *d = NULL;
	int r;

	if ((r = take_mpi(&secret, &mpi, e)) < 0)
		goto out;
	d = BN_bin2bn((const unsigned char *)mpi.ptr, (int)mpi.len, NULL);
	if (!OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
					     "prime256v1", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY,
					      pub->a, pub->a_len) ||
	    !OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d))
		r = SM_EIO;
	else
		r = from_params("EC", b, EVP_PKEY_KEYPAIR, pkey);
out:
	OSSL_PARAM_BLD_free(b);
	BN_clear_free(d);
	return r;
}

static int p256_describe(EVP_PKEY *pkey, uint32_t created,
			 struct sm_pgpkey *pub, struct sm_err *e)
{
	uint8_t point[1 + 2 * P256_BYTES] = { 4 };

	if (get_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, point + 1, P256_BYTES) ||
	    get_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + P256_BYTES,
		      P256_BYTES))
		return SM_EIO;
	return sm_pgpkey_raw(pub, SM_PGPKEY_ECDSA, created,
			     sm_str_n(point, sizeof(point)), sm_str(""), e);
}

static int p256_public(const struct sm_pgpkey *pub, EVP_PKEY **pkey)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	int r = SM_EIO;

	if (b &&
	    OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
					    "prime256v1", 0) &&
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, pub->a,
					     pub->a_len))
		r = from_params("EC", b, EVP_PKEY_PUBLIC_KEY, pkey);
	OSSL_PARAM_BLD_free(b);
	return r;
}

static int ed25519_load(const struct sm_pgpkey *pub, struct sm_str secret,
			EVP_PKEY **pkey, struct sm_err *e)
{
	uint8_t seed[ED25519_BYTES] = { 0 };
	uint8_t own[ED25519_BYTES];
	size_t len = sizeof(own);
	struct sm_str mpi = secret;
	int r;

	if (pub->alg == SM_PGPKEY_EDDSA)
		if ((r = take_mpi(&secret, &mpi, e)) < 0)
			return r;
	if (mpi.len > sizeof(seed)) /* leading zeros are dropped, not added */
		return damaged(e);
	memcpy(seed + sizeof(seed) - mpi.len, mpi.ptr, mpi.len);
	*pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
					     sizeof(seed));
	sm_mem_wipe(seed, sizeof(seed));
	if (!*pkey || !EVP_PKEY_get_raw_public_key(*pkey, own, &len) ||
	    pub->a_len != len || memcmp(own, pub->a, len))
		return SM_EFORMAT;
	return 0;
}

static int ed25519_describe(EVP_PKEY *pkey, uint32_t created,
			    struct sm_pgpkey *pub, struct sm_err *e)
{
	uint8_t point[ED25519_BYTES];
	size_t len = ED25519_BYTES;

	if (!EVP_PKEY_get_raw_public_key(pkey, point, &len))
		return SM_EIO;
	return sm_pgpkey_raw(pub, SM_PGPKEY_EDDSA, created,
			     sm_str_n(point, sizeof(point)), sm_str(""), e);
}

static int ed25519_secret(EVP_PKEY *pkey, struct sm_buf *secret)
{
	uint8_t seed[ED25519_BYTES];
	size_t len = ED25519_BYTES;
	int r = SM_EIO;

	if (EVP_PKEY_get_raw_private_key(pkey, seed, &len))
		r = sm_pgppacket_put_mpi(secret, sm_str_n(seed, sizeof(seed)));
	sm_mem_wipe(seed, sizeof(seed));
	return r;
}

static int pair_check(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
	int r = c && EVP_PKEY_pairwise_check(c) > 0 ? 0 : SM_EFORMAT;

	EVP_PKEY_CTX_free(c);
	return r;
}

int pkg_keypkt_load(const struct sm_pgpkey *pub, struct sm_str secret,
		    EVP_PKEY **pkey, struct sm_err *e)
{
	int r;

	*pkey = NULL;
	if (pub->alg == SM_PGPKEY_RSA)
		r = rsa_load(pub, secret, pkey, e);
	else if (pub->alg == SM_PGPKEY_ECDSA)
		r = p256_load(pub, secret, pkey, e);
	else
		r = ed25519_load(pub, secret, pkey, e);
	if (r == 0 &&
	    (pub->alg == SM_PGPKEY_RSA || pub->alg == SM_PGPKEY_ECDSA))
		r = pair_check(*pkey);
	if (r < 0) {
		EVP_PKEY_free(*pkey);
		*pkey = NULL;
		sm_err_set(e, r = SM_EFORMAT,
			   "secret and public part of the key do not match");
	}
	return r;
}

int pkg_keypkt_public(const struct sm_pgpkey *pub, EVP_PKEY **pkey,
		      struct sm_err *e)
{
	int r = 0;

	*pkey = NULL;
	if (pub->alg == SM_PGPKEY_RSA)
		r = rsa_public(pub, pkey);
	else if (pub->alg == SM_PGPKEY_ECDSA)
		r = p256_public(pub, pkey);
	else
		*pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						    pub->a, pub->a_len);
	if (r == 0 && *pkey)
		return 0;
	return sm_err_set(e, SM_EFORMAT, "the numbers of a public key are bad");
}

int pkg_keypkt_describe(EVP_PKEY *pkey, uint32_t created, struct sm_pgpkey *pub,
			struct sm_err *e)
{
	int r;

	if (EVP_PKEY_is_a(pkey, "RSA"))
		r = rsa_describe(pkey, created, pub, e);
	else if (EVP_PKEY_is_a(pkey, "ED25519"))
		r = ed25519_describe(pkey, created, pub, e);
	else
		r = p256_describe(pkey, created, pub, e);
	if (r < 0)
		sm_err_wrap(e, r, "cannot take the numbers of a key");
	return r;
}

int pkg_keypkt_store(EVP_PKEY *pkey, uint32_t created, struct sm_pgpkey *pub,
		     struct sm_buf *secret, struct sm_err *e)
{
	int r;

	if ((r = pkg_keypkt_describe(pkey, created, pub, e)) < 0)
		return r;
	if (pub->alg == SM_PGPKEY_RSA)
		r = rsa_secret(pkey, secret);
	else if (pub->alg == SM_PGPKEY_ECDSA)
		r = put_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, secret);
	else
		r = ed25519_secret(pkey, secret);
	if (r < 0)
		return sm_err_wrap(e, r, "cannot take the numbers of a key");
	return 0;
}
