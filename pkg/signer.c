/*
 * Keys held elsewhere, as one kind of thing.
 *
 * Rule: no signature leaves this file before the public key has confirmed it.
 *
 * The bridge to OpenSSL are the methods of its RSA and EC keys: old, but what
 * OpenSSL 3.0 to 3.5 has for a private operation that is not its own without
 * a whole provider.
 */
#include "common/def.h"
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pkg/signer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>

#include "common/mem.h"
#include "pkg/signer_command.h"
#include "pkg/signer_pkcs11.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define P256_BYTES 32
#define ED25519_SIG 64

struct pkg_signer {
	struct pkg_signer_holder holder;
	pthread_mutex_t busy; /* a token does one thing at a time */
	enum pkg_signer_alg alg;
	size_t sig_len;
	EVP_PKEY *pub;  /* verifies */
	EVP_PKEY *pkey; /* signs, through the methods; NULL: Ed25519 */
	RSA_METHOD *rsa;
	EC_KEY_METHOD *ec;
};

static const struct {
	const char *prefix;
	int (*open)(struct pkg_signer_holder *h, const char *spec,
		    struct sm_err *e);
} holders[] = {
	{ "command:", pkg_signer_command_open },
	{ "pkcs11:", pkg_signer_pkcs11_open },
};

static size_t find_holder(const char *spec)
{
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(holders); i++)
		if (!strncmp(spec, holders[i].prefix,
			     strlen(holders[i].prefix)))
			break;
	return i;
}

bool pkg_signer_is(const char *spec)
{
	return find_holder(spec) < SM_ARRAY_LEN(holders);
}

enum pkg_signer_alg pkg_signer_alg(const struct pkg_signer *s)
{
	return s->alg;
}

EVP_PKEY *pkg_signer_public(const struct pkg_signer *s)
{
	return s->pub;
}

EVP_PKEY *pkg_signer_pkey(const struct pkg_signer *s)
{
	return s->pkey;
}

/* --- signing -------------------------------------------------------------- */

/* r and s from DER; false if it is none, or not all of it. */
static bool from_der(const struct sm_buf *in, uint8_t *raw)
{
	const unsigned char *p = (const unsigned char *)in->ptr;
	const unsigned char *end = p + in->len;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)in->len);
	bool ok;

	ok = sig && p == end &&
	     BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P256_BYTES) > 0 &&
	     BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P256_BYTES, P256_BYTES) >
		     0;
	ECDSA_SIG_free(sig);
	return ok;
}

/* DER from r and s, owned by the caller; its length or -1. */
static int to_der(const uint8_t *raw, unsigned char **der)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, P256_BYTES, NULL);
	BIGNUM *s = BN_bin2bn(raw + P256_BYTES, P256_BYTES, NULL);
	int len = -1;

	*der = NULL;
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL; /* the signature's now */
		len = i2d_ECDSA_SIG(sig, der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return len;
}

static bool confirm_eddsa(EVP_PKEY *pub, struct sm_str digest,
			  const uint8_t *sig)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok;

	ok = c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, pub) > 0 &&
	     EVP_DigestVerify(c, sig, ED25519_SIG,
			      (const unsigned char *)digest.ptr,
			      digest.len) == 1;
	EVP_MD_CTX_free(c);
	return ok;
}

static bool confirm(const struct pkg_signer *s,
		    const struct pkg_signer_job *job, const uint8_t *sig)
{
	const unsigned char *digest = (const unsigned char *)job->digest.ptr;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(s->pub, NULL);
	unsigned char *der = NULL;
	bool ok = c && EVP_PKEY_verify_init(c) > 0;
	int len = (int)s->sig_len;

	if (s->alg == PKG_SIGNER_ED25519) {
		ok = confirm_eddsa(s->pub, job->digest, sig);
		goto out;
	}
	if (s->alg == PKG_SIGNER_RSA) {
		const EVP_MD *md =
			EVP_get_digestbyname(sm_digest_name(job->hash));

		ok = ok && EVP_PKEY_CTX_set_rsa_padding(c, 1) > 0 &&
		     EVP_PKEY_CTX_set_signature_md(c, md) > 0;
	} else {
		len = to_der(sig, &der);
		sig = der;
	}
	ok = ok && len > 0 &&
	     EVP_PKEY_verify(c, sig, (size_t)len, digest, job->digest.len) == 1;
out:
	OPENSSL_free(der);
	EVP_PKEY_CTX_free(c);
	ERR_clear_error();
	return ok;
}

int pkg_signer_sign(struct pkg_signer *s, enum sm_digest_alg hash,
		    struct sm_str digest, struct sm_buf *out, struct sm_err *e)
{
	const struct pkg_signer_job job = { s->alg, hash, digest, s->sig_len };
	struct sm_buf raw = SM_BUF_INIT(2 * PKG_SIGNER_SIG_MAX);
	uint8_t pair[2 * P256_BYTES];
	int r;

	(void)pthread_mutex_lock(&s->busy); /* of the kind that cannot fail */
	r = s->holder.sign(s->holder.self, &job, &raw, e);
	(void)pthread_mutex_unlock(&s->busy);
	if (r < 0)
		goto out;
	if (s->alg == PKG_SIGNER_P256 && from_der(&raw, pair)) {
		sm_buf_clear(&raw);
		sm_buf_put(&raw, pair, sizeof(pair));
	}
	ERR_clear_error(); /* of a signature that was not DER */
	if (raw.len != s->sig_len)
		r = sm_err_set(e, SM_EFORMAT,
			       "the holder of the key gave %zu bytes, not a "
			       "signature of %zu",
			       raw.len, s->sig_len);
	else if (!confirm(s, &job, (const uint8_t *)raw.ptr))
		r = sm_err_set(e, SM_EVERIFY,
			       "the signature by the holder of the key is not "
			       "one of this key");
	else if ((r = sm_buf_put_str(out, sm_buf_str(&raw))) < 0)
		r = sm_err_set(e, r, "no room for a signature");
out:
	sm_buf_release(&raw);
	return r;
}

/* --- as a key of OpenSSL -------------------------------------------------- */

/* OpenSSL hands on numbers only: the text travels in its queue. */
static void leave_cause(const struct sm_err *e)
{
	ERR_raise_data(ERR_LIB_USER, -e->code, "%s", sm_err_msg(e));
}

int pkg_signer_cause(struct sm_err *e)
{
	const char *text;
	unsigned long n;
	int flags;
	int r = 0;

	while ((n = ERR_get_error_all(NULL, NULL, NULL, &text, &flags)))
		if (r == 0 && ERR_GET_LIB(n) == ERR_LIB_USER &&
		    flags & ERR_TXT_STRING)
			r = sm_err_set(e, -ERR_GET_REASON(n), "%s", text);
	return r;
}

static bool hash_of(int nid, enum sm_digest_alg *hash)
{
	static const struct {
		int nid;
		enum sm_digest_alg hash;
	} known[] = { { NID_sha1, SM_DIGEST_SHA1 },
		      { NID_sha256, SM_DIGEST_SHA256 },
		      { NID_sha384, SM_DIGEST_SHA384 },
		      { NID_sha512, SM_DIGEST_SHA512 } };

	for (size_t i = 0; i < SM_ARRAY_LEN(known); i++)
		if (known[i].nid == nid) {
			*hash = known[i].hash;
			return true;
		}
	return false;
}

static int delegate(struct pkg_signer *s, int nid, const unsigned char *digest,
		    size_t len, struct sm_buf *out)
{
	struct sm_err e = SM_ERR_INIT;
	enum sm_digest_alg hash;
	int r;

	if (!hash_of(nid, &hash) || sm_digest_size(hash) != len)
		r = sm_err_set(&e, SM_ENOTSUP,
			       "no signature with digest number %d", nid);
	else
		r = pkg_signer_sign(s, hash, sm_str_n(digest, len), out, &e);
	if (r < 0)
		leave_cause(&e);
	return r;
}

static int rsa_sign(int nid, const unsigned char *digest, unsigned len,
		    unsigned char *sig, unsigned *sig_len, const RSA *rsa)
{
	struct sm_buf raw = SM_BUF_INIT(PKG_SIGNER_SIG_MAX);
	int r;

	r = delegate(RSA_get_app_data(rsa), nid, digest, len, &raw);
	if (r == 0) { /* OpenSSL has asked for the size before */
		memcpy(sig, raw.ptr, raw.len);
		*sig_len = (unsigned)raw.len;
	}
	sm_buf_release(&raw);
	return r == 0;
}

/* Anything but PKCS#1 v1.5 signatures ends here. */
static int rsa_refuse(int len, const unsigned char *from, unsigned char *to,
		      RSA *rsa, int padding)
{
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(len);
	SM_UNUSED(from);
	SM_UNUSED(to);
	SM_UNUSED(rsa);
	SM_UNUSED(padding);
	sm_err_set(&e, SM_ENOTSUP,
		   "the holder of the key is asked for PKCS#1 v1.5 "
		   "signatures only");
	leave_cause(&e);
	return -1;
}

static int ec_sign(int nid, const unsigned char *digest, int len,
		   unsigned char *sig, unsigned *sig_len, const BIGNUM *inverse,
		   const BIGNUM *r, EC_KEY *key)
{
	struct sm_buf raw = SM_BUF_INIT(PKG_SIGNER_SIG_MAX);
	unsigned char *der = NULL;
	int n = -1;

	SM_UNUSED(inverse);
	SM_UNUSED(r);
	/* a signature over a bare digest comes with no name for it */
	if (nid == NID_md5_sha1 || nid == NID_undef)
		nid = NID_sha256;
	if (delegate(EC_KEY_get_ex_data(key, 0), nid, digest, (size_t)len,
		     &raw) == 0)
		n = to_der((const uint8_t *)raw.ptr, &der);
	if (n > 0) {
		memcpy(sig, der, (size_t)n);
		*sig_len = (unsigned)n;
	}
	OPENSSL_free(der);
	sm_buf_release(&raw);
	return n > 0;
}

static bool bridge_rsa(struct pkg_signer *s)
{
	RSA *rsa = RSA_new();
	BIGNUM *n = NULL;
	BIGNUM *exponent = NULL;
	bool ok;

	s->rsa = RSA_meth_dup(RSA_PKCS1_OpenSSL());
	ok = rsa && s->rsa &&
	     EVP_PKEY_get_bn_param(s->pub, OSSL_PKEY_PARAM_RSA_N, &n) &&
	     EVP_PKEY_get_bn_param(s->pub, OSSL_PKEY_PARAM_RSA_E, &exponent) &&
	     RSA_set0_key(rsa, n, exponent, NULL);
	if (!ok) {
		BN_free(n);
		BN_free(exponent);
		RSA_free(rsa);
		return false;
	}
	RSA_meth_set_sign(s->rsa, rsa_sign);
	RSA_meth_set_priv_enc(s->rsa, rsa_refuse);
	RSA_meth_set_priv_dec(s->rsa, rsa_refuse);
	RSA_set_app_data(rsa, s);
	RSA_set_method(rsa, s->rsa);
	return EVP_PKEY_assign_RSA(s->pkey, rsa) == 1;
}

static bool bridge_ec(struct pkg_signer *s)
{
	EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	unsigned char *point = NULL;
	size_t len = EVP_PKEY_get1_encoded_public_key(s->pub, &point);
	bool ok;

	s->ec = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
	ok = key && s->ec && len && EC_KEY_oct2key(key, point, len, NULL) == 1;
	OPENSSL_free(point);
	if (!ok) {
		EC_KEY_free(key);
		return false;
	}
	EC_KEY_METHOD_set_sign(s->ec, ec_sign, NULL, NULL);
	EC_KEY_set_ex_data(key, 0, s); /* 0 is the application's */
	EC_KEY_set_method(key, s->ec);
	return EVP_PKEY_assign_EC_KEY(s->pkey, key) == 1;
}

/* --- opening -------------------------------------------------------------- */

static bool is_p256(const EVP_PKEY *k)
{
	char name[32];
	size_t len = 0;

	return EVP_PKEY_get_group_name(k, name, sizeof(name), &len) &&
	       (!strcmp(name, "prime256v1") || !strcmp(name, "P-256"));
}

static int take_public(struct pkg_signer *s, EVP_PKEY *pub, struct sm_err *e)
{
	int bits;

	if (pub && s->holder.pub && EVP_PKEY_eq(pub, s->holder.pub) != 1) {
		ERR_clear_error();
		return sm_err_set(e, SM_EVERIFY,
				  "its holder has another key than the public "
				  "key says");
	}
	s->pub = pub ? pub : s->holder.pub;
	if (pub)
		EVP_PKEY_up_ref(pub);
	else
		s->holder.pub = NULL;
	if (!s->pub)
		return sm_err_set(e, SM_EUSAGE,
				  "its public key is needed as well");
	bits = EVP_PKEY_get_bits(s->pub);
	s->sig_len = (size_t)EVP_PKEY_get_size(s->pub);
	if (EVP_PKEY_is_a(s->pub, "RSA") && bits >= RSA_BITS_MIN &&
	    bits <= RSA_BITS_MAX) {
		s->alg = PKG_SIGNER_RSA;
		return 0;
	}
	s->sig_len = ED25519_SIG; /* P-256: as much */
	s->alg = PKG_SIGNER_ED25519;
	if (EVP_PKEY_is_a(s->pub, "ED25519"))
		return 0;
	s->alg = PKG_SIGNER_P256;
	if (EVP_PKEY_is_a(s->pub, "EC") && is_p256(s->pub))
		return 0;
	return sm_err_set(e, SM_ENOTSUP,
			  "not RSA of %d to %d bits, P-256 or Ed25519",
			  RSA_BITS_MIN, RSA_BITS_MAX);
}

static int bridge(struct pkg_signer *s, struct sm_err *e)
{
	bool ok;

	if (s->alg == PKG_SIGNER_ED25519)
		return 0;
	s->pkey = EVP_PKEY_new();
	if (!s->pkey)
		sm_mem_exhausted();
	ok = s->alg == PKG_SIGNER_RSA ? bridge_rsa(s) : bridge_ec(s);
	if (ok)
		return 0;
	ERR_clear_error();
	return sm_err_set(e, SM_EIO, "cannot make a key of OpenSSL from it");
}

int pkg_signer_open_new(struct pkg_signer **out, const char *spec,
			EVP_PKEY *pub, struct sm_err *e)
{
	size_t i = find_holder(spec);
	struct pkg_signer *s;
	int r;

	*out = NULL;
	if (i == SM_ARRAY_LEN(holders))
		return sm_err_set(e, SM_EUSAGE,
				  "not a key in a token or behind a program");
	s = sm_mem_zalloc(1, sizeof(*s));
	(void)pthread_mutex_init(&s->busy, NULL); /* cannot fail on Linux */
	r = holders[i].open(&s->holder, spec + strlen(holders[i].prefix), e);
	if (r == 0 && (r = take_public(s, pub, e)) == 0)
		r = bridge(s, e);
	if (r < 0) {
		pkg_signer_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void pkg_signer_free(struct pkg_signer *s)
{
	if (!s)
		return;
	EVP_PKEY_free(s->pkey);
	EVP_PKEY_free(s->pub);
	EVP_PKEY_free(s->holder.pub);
	RSA_meth_free(s->rsa);
	if (s->ec) /* unlike the others */
		EC_KEY_METHOD_free(s->ec);
	if (s->holder.free)
		s->holder.free(s->holder.self);
	(void)pthread_mutex_destroy(&s->busy); /* nobody has it */
	sm_mem_free(s);
}
