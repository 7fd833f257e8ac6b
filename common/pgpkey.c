/*
 * Public keys of OpenPGP on OpenSSL: reading and writing the packet's body,
 * the fingerprint, and one signature over a digest.
 *
 * Numbers must be in their shortest form and fill the packet exactly, so that
 * one key has one spelling. Secret keys and subpackets are not known here.
 */
#include "common/def.h"
#include "common/pgpkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "common/mem.h"
#include "common/pgppacket.h"

#define HEAD 6 /* version, creation time, algorithm */

/* Curve OIDs with their length octet, RFC 9580 9.2. */
static const uint8_t oid_p256[] = { 8,    0x2a, 0x86, 0x48, 0xce,
				    0x3d, 0x03, 0x01, 0x07 };
static const uint8_t oid_ed25519[] = { 9,    0x2b, 0x06, 0x01, 0x04,
				       0x01, 0xda, 0x47, 0x0f, 0x01 };

static const uint8_t *bytes(struct sm_str s)
{
	return (const uint8_t *)s.ptr;
}

int sm_pgpkey_hash_alg(unsigned hash, enum sm_digest_alg *alg)
{
	switch (hash) {
	case SM_PGPKEY_SHA256:
		*alg = SM_DIGEST_SHA256;
		return 0;
	case SM_PGPKEY_SHA384:
		*alg = SM_DIGEST_SHA384;
		return 0;
	case SM_PGPKEY_SHA512:
		*alg = SM_DIGEST_SHA512;
		return 0;
	default:
		return SM_ENOTSUP;
	}
}

/* Bits of a number without leading zero bytes. */
static unsigned bits_of(const uint8_t *p, size_t len)
{
	unsigned bits = (unsigned)len * 8;
	uint8_t top;

	if (!len || !p[0])
		return 0;
	for (top = p[0]; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	return bits;
}

void sm_pgpkey_alg_name(const struct sm_pgpkey *k, char *text, size_t size)
{
	switch (k->alg) {
	case SM_PGPKEY_RSA:
		snprintf(text, size, "rsa%u", bits_of(k->a, k->a_len));
		break;
	case SM_PGPKEY_ECDSA:
		snprintf(text, size, "ecdsa-p256");
		break;
	default:
		snprintf(text, size, "ed25519");
	}
}

/* The limits of each algorithm, wherever the numbers came from. */
static int check_material(const struct sm_pgpkey *k, struct sm_err *e)
{
	unsigned bits;

	switch (k->alg) {
	case SM_PGPKEY_RSA:
		bits = bits_of(k->a, k->a_len);
		if (bits < SM_PGPKEY_RSA_MIN || bits > SM_PGPKEY_RSA_MAX)
			return sm_err_set(e, SM_ENOTSUP,
					  "RSA key of %u bits (allowed are %d "
					  "to %d)",
					  bits, SM_PGPKEY_RSA_MIN,
					  SM_PGPKEY_RSA_MAX);
		if (!k->b_len || !(k->b[k->b_len - 1] & 1) ||
		    bits_of(k->b, k->b_len) < 2 || !(k->a[k->a_len - 1] & 1))
			return sm_err_set(e, SM_EFORMAT,
					  "RSA key is malformed");
		return 0;
	case SM_PGPKEY_ECDSA:
		if (k->a_len != 65 || k->a[0] != 4)
			return sm_err_set(e, SM_EFORMAT,
					  "P-256 key is malformed");
		return 0;
	case SM_PGPKEY_EDDSA:
	case SM_PGPKEY_ED25519:
		if (k->a_len != 32)
			return sm_err_set(e, SM_EFORMAT,
					  "Ed25519 key is malformed");
		return 0;
	default:
		return sm_err_set(e, SM_ENOTSUP,
				  "public key algorithm %u is not supported",
				  k->alg);
	}
}

static int take_mpi(struct sm_str *rest, uint8_t *out, size_t size, size_t *len)
{
	struct sm_str mpi;

	if (sm_pgppacket_mpi(rest, &mpi) < 0 || mpi.len > size)
		return SM_EFORMAT;
	if (mpi.len)
		memcpy(out, mpi.ptr, mpi.len);
	*len = mpi.len;
	return 0;
}

/* Curve OID and point; `prefix` is what the point begins with. */
static int take_point(struct sm_pgpkey *k, struct sm_str *rest,
		      const uint8_t *oid, size_t oid_len)
{
	uint8_t point[65];
	size_t len = 0;

	if (rest->len < oid_len || memcmp(rest->ptr, oid, oid_len) != 0)
		return SM_ENOTSUP;
	*rest = sm_str_sub(*rest, oid_len, rest->len);
	if (take_mpi(rest, point, sizeof(point), &len) < 0)
		return SM_EFORMAT;
	if (k->alg == SM_PGPKEY_EDDSA) {
		/* 0x40 marks the compressed form, RFC 9580 11.2.2 */
		if (len != 33 || point[0] != 0x40)
			return SM_EFORMAT;
		memcpy(k->a, point + 1, 32);
		k->a_len = 32;
		return 0;
	}
	memcpy(k->a, point, len);
	k->a_len = len;
	return 0;
}

static int take_material(struct sm_pgpkey *k, struct sm_str *rest)
{
	switch (k->alg) {
	case SM_PGPKEY_RSA:
		if (take_mpi(rest, k->a, sizeof(k->a), &k->a_len) < 0)
			return SM_EFORMAT;
		return take_mpi(rest, k->b, sizeof(k->b), &k->b_len);
	case SM_PGPKEY_ECDSA:
		return take_point(k, rest, oid_p256, sizeof(oid_p256));
	case SM_PGPKEY_EDDSA:
		return take_point(k, rest, oid_ed25519, sizeof(oid_ed25519));
	case SM_PGPKEY_ED25519:
		if (rest->len < 32)
			return SM_EFORMAT;
		memcpy(k->a, rest->ptr, 32);
		k->a_len = 32;
		*rest = sm_str_sub(*rest, 32, rest->len);
		return 0;
	default:
		return SM_ENOTSUP;
	}
}

/* SHA-1(0x99, u16 length, body): RFC 9580 5.5.4.2. */
static int fingerprint(struct sm_pgpkey *k, struct sm_str body,
		       struct sm_err *e)
{
	struct sm_digest d = SM_DIGEST_INIT;
	uint8_t head[3] = { 0x99, (uint8_t)(body.len >> 8), (uint8_t)body.len };
	int r;

	if ((r = sm_digest_start(&d, SM_DIGEST_SHA1, e)) < 0)
		return r;
	sm_digest_add(&d, head, sizeof(head));
	sm_digest_add(&d, body.ptr, body.len);
	sm_digest_finish(&d, k->fpr);
	return 0;
}

int sm_pgpkey_parse(struct sm_pgpkey *k, struct sm_str body, size_t *used,
		    struct sm_err *e)
{
	struct sm_str rest;
	size_t end;
	int r;

	memset(k, 0, sizeof(*k));
	if (body.len < HEAD || body.len > SM_PGPPACKET_MAX - 1)
		return sm_err_set(e, SM_EFORMAT, "key packet has a bad length");
	if (body.ptr[0] != 4)
		return sm_err_set(e, SM_ENOTSUP,
				  "key version %u is not supported",
				  bytes(body)[0]);
	k->created = (uint32_t)bytes(body)[1] << 24 |
		     (uint32_t)bytes(body)[2] << 16 |
		     (uint32_t)bytes(body)[3] << 8 | bytes(body)[4];
	k->alg = bytes(body)[5];
	if (k->alg == 3)
		k->alg = SM_PGPKEY_RSA;
	rest = sm_str_sub(body, HEAD, body.len);
	r = take_material(k, &rest);
	if (r == SM_ENOTSUP)
		return sm_err_set(e, r,
				  "public key algorithm %u or its curve is not "
				  "supported",
				  k->alg);
	if (r < 0)
		return sm_err_set(e, r, "key packet is malformed");
	if ((r = check_material(k, e)) < 0)
		return r;
	end = body.len - rest.len;
	if (!used && rest.len)
		return sm_err_set(e, SM_EFORMAT, "key packet is too long");
	if (used)
		*used = end;
	return fingerprint(k, sm_str_sub(body, 0, end), e);
}

int sm_pgpkey_raw(struct sm_pgpkey *k, unsigned alg, uint32_t created,
		  struct sm_str a, struct sm_str b, struct sm_err *e)
{
	struct sm_buf body = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int r;

	memset(k, 0, sizeof(*k));
	k->alg = alg;
	k->created = created;
	if (a.len > sizeof(k->a) || b.len > sizeof(k->b))
		return sm_err_set(e, SM_EFORMAT, "key material is too long");
	if (a.len)
		memcpy(k->a, a.ptr, a.len);
	k->a_len = a.len;
	if (b.len)
		memcpy(k->b, b.ptr, b.len);
	k->b_len = b.len;
	if ((r = check_material(k, e)) < 0)
		return r;
	sm_pgpkey_put(&body, k);
	r = fingerprint(k, sm_buf_str(&body), e);
	sm_buf_release(&body);
	return r;
}

int sm_pgpkey_put(struct sm_buf *out, const struct sm_pgpkey *k)
{
	uint8_t point[33];

	sm_buf_put_u8(out, 4);
	sm_buf_put_u32be(out, k->created);
	sm_buf_put_u8(out, (uint8_t)k->alg);
	switch (k->alg) {
	case SM_PGPKEY_RSA:
		sm_pgppacket_put_mpi(out, sm_str_n(k->a, k->a_len));
		return sm_pgppacket_put_mpi(out, sm_str_n(k->b, k->b_len));
	case SM_PGPKEY_ECDSA:
		sm_buf_put(out, oid_p256, sizeof(oid_p256));
		return sm_pgppacket_put_mpi(out, sm_str_n(k->a, k->a_len));
	case SM_PGPKEY_EDDSA:
		sm_buf_put(out, oid_ed25519, sizeof(oid_ed25519));
		point[0] = 0x40;
		memcpy(point + 1, k->a, 32);
		return sm_pgppacket_put_mpi(out, sm_str_n(point, 33));
	default:
		return sm_buf_put(out, k->a, k->a_len);
	}
}

void sm_pgpkey_fpr_hex(const struct sm_pgpkey *k, char hex[SM_PGPKEY_FPR_HEX])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < SM_PGPKEY_FPR; i++) {
		hex[2 * i] = digits[k->fpr[i] >> 4];
		hex[2 * i + 1] = digits[k->fpr[i] & 15];
	}
	hex[2 * i] = '\0';
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
					params); /* NULL on failure */
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *rsa_new(const struct sm_pgpkey *k)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(k->a, (int)k->a_len, NULL);
	BIGNUM *x = BN_bin2bn(k->b, (int)k->b_len, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (bld && n && x &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, x))
		params = OSSL_PARAM_BLD_to_param(bld);
	if (params)
		pkey = from_params("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(x);
	return pkey;
}

static EVP_PKEY *p256_new(const struct sm_pgpkey *k)
{
	char group[] = "prime256v1";
	uint8_t point[65];
	OSSL_PARAM params[3];

	memcpy(point, k->a, sizeof(point));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						     group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						      point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	return from_params("EC", params); /* refuses a point off the curve */
}

static const EVP_MD *md_of(unsigned hash)
{
	switch (hash) {
	case SM_PGPKEY_SHA256:
		return EVP_sha256();
	case SM_PGPKEY_SHA384:
		return EVP_sha384();
	case SM_PGPKEY_SHA512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

/* RSA PKCS#1 v1.5 or ECDSA in DER over a digest. True if good. */
static bool check_digest(EVP_PKEY *pkey, unsigned hash, const uint8_t *digest,
			 struct sm_str sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	const EVP_MD *md = md_of(hash);
	bool good;

	good = ctx && md && EVP_PKEY_verify_init(ctx) == 1;
	if (good && EVP_PKEY_is_a(pkey, "RSA"))
		good = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	good = good && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	       EVP_PKEY_verify(ctx, bytes(sig), sig.len, digest,
			       (size_t)EVP_MD_get_size(md)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static int check_rsa(const struct sm_pgpkey *k, unsigned hash,
		     const uint8_t *digest, struct sm_str sig)
{
	uint8_t padded[SM_PGPKEY_RSA_MAX / 8] = { 0 };
	EVP_PKEY *pkey = NULL;
	struct sm_str s;
	bool good;

	if (sm_pgppacket_mpi(&sig, &s) < 0 || sig.len || !s.len ||
	    s.len > k->a_len)
		return SM_EFORMAT;
	/* the number as long as the modulus, as EVP wants it */
	memcpy(padded + (k->a_len - s.len), s.ptr, s.len);
	pkey = rsa_new(k);
	good = pkey &&
	       check_digest(pkey, hash, digest, sm_str_n(padded, k->a_len));
	EVP_PKEY_free(pkey);
	return good ? 0 : SM_EVERIFY;
}

static int check_ecdsa(const struct sm_pgpkey *k, unsigned hash,
		       const uint8_t *digest, struct sm_str sig)
{
	ECDSA_SIG *rs = NULL;
	EVP_PKEY *pkey = NULL;
	unsigned char *der = NULL;
	struct sm_str r, s;
	BIGNUM *br, *bs;
	int len, ret = SM_EVERIFY;

	if (sm_pgppacket_mpi(&sig, &r) < 0 || sm_pgppacket_mpi(&sig, &s) < 0 ||
	    sig.len || !r.len || !s.len || r.len > 32 || s.len > 32)
		return SM_EFORMAT;
	rs = ECDSA_SIG_new();
	br = BN_bin2bn(bytes(r), (int)r.len, NULL);
	bs = BN_bin2bn(bytes(s), (int)s.len, NULL);
	if (!rs || !br || !bs || ECDSA_SIG_set0(rs, br, bs) != 1) {
		BN_free(br);
		BN_free(bs);
		goto out;
	}
	len = i2d_ECDSA_SIG(rs, &der);
	pkey = p256_new(k);
	if (len > 0 && pkey &&
	    check_digest(pkey, hash, digest, sm_str_n(der, (size_t)len)))
		ret = 0;
out:
	EVP_PKEY_free(pkey);
	ECDSA_SIG_free(rs);
	OPENSSL_free(der);
	return ret;
}

/* R and S as 64 bytes: two numbers, or in the new packing just bytes. */
static int take_eddsa(const struct sm_pgpkey *k, struct sm_str sig,
		      uint8_t rs[64])
{
	struct sm_str r, s;

	memset(rs, 0, 64);
	if (k->alg == SM_PGPKEY_ED25519) {
		if (sig.len != 64)
			return SM_EFORMAT;
		memcpy(rs, sig.ptr, 64);
		return 0;
	}
	if (sm_pgppacket_mpi(&sig, &r) < 0 || sm_pgppacket_mpi(&sig, &s) < 0 ||
	    sig.len || !r.len || !s.len || r.len > 32 || s.len > 32)
		return SM_EFORMAT;
	memcpy(rs + 32 - r.len, r.ptr, r.len);
	memcpy(rs + 64 - s.len, s.ptr, s.len);
	return 0;
}

static int check_eddsa(const struct sm_pgpkey *k, unsigned hash,
		       const uint8_t *digest, struct sm_str sig)
{
	enum sm_digest_alg alg = SM_DIGEST_SHA256;
	EVP_PKEY *pkey = NULL;
	EVP_MD_CTX *ctx = NULL;
	uint8_t rs[64];
	bool good;

	if (take_eddsa(k, sig, rs) < 0)
		return SM_EFORMAT;
	if (sm_pgpkey_hash_alg(hash, &alg) < 0)
		return SM_EVERIFY;
	pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->a, 32);
	ctx = EVP_MD_CTX_new();
	/* the digest is the message that Ed25519 signs */
	good = pkey && ctx &&
	       EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
	       EVP_DigestVerify(ctx, rs, sizeof(rs), digest,
				sm_digest_size(alg)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return good ? 0 : SM_EVERIFY;
}

int sm_pgpkey_check(const struct sm_pgpkey *k, unsigned hash,
		    const uint8_t *digest, struct sm_str sig, struct sm_err *e)
{
	int r;

	switch (k->alg) {
	case SM_PGPKEY_RSA:
		r = check_rsa(k, hash, digest, sig);
		break;
	case SM_PGPKEY_ECDSA:
		r = check_ecdsa(k, hash, digest, sig);
		break;
	default:
		r = check_eddsa(k, hash, digest, sig);
	}
	if (r == SM_EFORMAT)
		return sm_err_set(e, r, "signature has malformed numbers");
	if (r < 0)
		return sm_err_set(e, r,
				  "signature does not match the data and key");
	return 0;
}
