/*
 * Signatures with certificates, by OpenSSL. A key held elsewhere looks to it
 * like one of its own (signer.h).
 *
 * Rule: nothing here depends on the clock; RSA with PKCS#1 v1.5 has no
 * randomness, so signed packages are as reproducible as unsigned ones.
 */
#include "common/def.h"
#include "pkg/cmssign.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "common/fs.h"
#include "common/mem.h"
#include "pkg/signer.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192

void pkg_cmssign_release(struct pkg_cmssign *c)
{
	while (c->n)
		X509_free(c->cert[--c->n]);
	if (!c->signer)
		EVP_PKEY_free(c->key);
	pkg_signer_free(c->signer);
	c->key = NULL;
	c->signer = NULL;
}

/* The holder's reason or OpenSSL's last, and an empty queue afterwards. */
static int fail(struct sm_err *e, int code, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	int r = pkg_signer_cause(e);

	if (r < 0)
		return sm_err_wrap(e, r, "%s", what);
	return sm_err_set(e, code, "%s: %s", what, why ? why : "unknown cause");
}

static BIO *open_text(struct sm_str text)
{
	BIO *b = BIO_new_mem_buf(text.len ? text.ptr : "", (int)text.len);

	if (!b)
		sm_mem_exhausted();
	return b;
}

/* A passphrase is never asked for. */
static int no_passphrase(char *buf, int size, int writing, void *user)
{
	SM_UNUSED(buf);
	SM_UNUSED(size);
	SM_UNUSED(writing);
	*(bool *)user = true;
	return -1;
}

static int read_key(struct pkg_cmssign *c, struct sm_str text, struct sm_err *e)
{
	BIO *b = open_text(text);
	bool asked = false;

	c->key = PEM_read_bio_PrivateKey(b, NULL, no_passphrase, &asked);
	BIO_free(b);
	if (asked) {
		ERR_clear_error();
		return sm_err_set(e, SM_ENOTSUP,
				  "the key is protected by a passphrase");
	}
	if (!c->key)
		return fail(e, SM_EFORMAT, "no private key in PEM");
	return 0;
}

static int read_chain(struct pkg_cmssign *c, struct sm_str text,
		      struct sm_err *e)
{
	BIO *b = open_text(text);
	X509 *x;
	int r = 0;

	while ((x = PEM_read_bio_X509(b, NULL, NULL, NULL))) {
		if (c->n == PKG_CMSSIGN_CHAIN_MAX) {
			X509_free(x);
			r = sm_err_set(e, SM_ELIMIT, "too many certificates");
			break;
		}
		c->cert[c->n++] = x;
	}
	if (r == 0 &&
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = fail(e, SM_EFORMAT, "a certificate is malformed");
	else if (r == 0 && !c->n)
		r = sm_err_set(e, SM_EFORMAT, "no certificate in PEM");
	ERR_clear_error();
	BIO_free(b);
	return r;
}

static bool is_curve(const EVP_PKEY *key)
{
	char name[32];
	size_t len;

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1 &&
	       (!strcmp(name, "prime256v1") || !strcmp(name, "P-256"));
}

bool pkg_cmssign_is_rsa(const struct pkg_cmssign *c)
{
	return EVP_PKEY_get_base_id(c->key) == EVP_PKEY_RSA;
}

static int check_chain(const struct pkg_cmssign *c, struct sm_err *e)
{
	size_t i;

	if (!is_curve(c->key) && (!pkg_cmssign_is_rsa(c) ||
				  EVP_PKEY_get_bits(c->key) < RSA_BITS_MIN ||
				  EVP_PKEY_get_bits(c->key) > RSA_BITS_MAX))
		return sm_err_set(e, SM_ENOTSUP,
				  "the key is neither RSA of %d to %d bits nor "
				  "ECDSA on P-256",
				  RSA_BITS_MIN, RSA_BITS_MAX);
	if (X509_check_private_key(c->cert[0], c->key) != 1) {
		ERR_clear_error();
		return sm_err_set(e, SM_EFORMAT,
				  "the key is not that of the first "
				  "certificate");
	}
	for (i = 1; i < c->n; i++)
		if (X509_verify(c->cert[i - 1], X509_get0_pubkey(c->cert[i])) !=
		    1) {
			ERR_clear_error();
			return sm_err_set(e, SM_EFORMAT,
					  "certificate %zu has not issued "
					  "certificate %zu",
					  i + 1, i);
		}
	return 0;
}

int pkg_cmssign_parse(struct pkg_cmssign *c, struct sm_str chain,
		      struct sm_str key, struct sm_err *e)
{
	int r;

	if ((r = read_key(c, key, e)) < 0 || (r = read_chain(c, chain, e)) < 0)
		return r;
	return check_chain(c, e);
}

/* The key behind a program or in a token; the leaf has its public part. */
static int open_signer(struct pkg_cmssign *c, struct sm_str chain,
		       const char *spec, struct sm_err *e)
{
	int r;

	if ((r = read_chain(c, chain, e)) < 0)
		return r;
	r = pkg_signer_open_new(&c->signer, spec, X509_get0_pubkey(c->cert[0]),
				e);
	if (r < 0)
		return r;
	c->key = pkg_signer_pkey(c->signer);
	if (!c->key)
		return sm_err_set(e, SM_ENOTSUP, "Ed25519 cannot sign here");
	return check_chain(c, e);
}

int pkg_cmssign_load(struct pkg_cmssign *c, const char *chain, const char *key,
		     struct sm_err *e)
{
	struct sm_buf certs = SM_BUF_SECRET(PKG_CMSSIGN_FILE_MAX);
	struct sm_buf secret = SM_BUF_SECRET(PKG_CMSSIGN_FILE_MAX);
	bool elsewhere = key && pkg_signer_is(key);
	int r;

	if ((r = sm_fs_read(chain, PKG_CMSSIGN_FILE_MAX, &certs, e)) < 0 ||
	    (key && !elsewhere &&
	     (r = sm_fs_read(key, PKG_CMSSIGN_FILE_MAX, &secret, e)) < 0))
		goto out;
	r = elsewhere ?
		    open_signer(c, sm_buf_str(&certs), key, e) :
		    pkg_cmssign_parse(c, sm_buf_str(&certs),
				      sm_buf_str(key ? &secret : &certs), e);
	if (r < 0)
		sm_err_wrap(e, r, "cannot sign with '%s'", chain);
out:
	sm_buf_release(&certs);
	sm_buf_release(&secret);
	return r;
}

int pkg_cmssign_put_cert(const struct pkg_cmssign *c, size_t i,
			 struct sm_buf *out, struct sm_err *e)
{
	unsigned char *der = NULL;
	int len = i2d_X509(c->cert[i], &der);

	if (len < 0)
		return fail(e, SM_EFORMAT, "cannot encode a certificate");
	if (sm_buf_put(out, der, (size_t)len) < 0)
		len = sm_err_set(e, SM_ELIMIT, "certificates are too large");
	OPENSSL_free(der);
	return len < 0 ? len : 0;
}

size_t pkg_cmssign_rsa_size(const struct pkg_cmssign *c)
{
	return (size_t)EVP_PKEY_get_size(c->key);
}

/* What the leaf's public key says of the signature. */
static bool confirm_rsa(const struct pkg_cmssign *c, const EVP_MD *md,
			const uint8_t *digest, struct sm_str sig)
{
	EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(X509_get0_pubkey(c->cert[0]), NULL);
	bool ok;

	ok = ctx && EVP_PKEY_verify_init(ctx) > 0 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0 &&
	     EVP_PKEY_CTX_set_signature_md(ctx, md) > 0 &&
	     EVP_PKEY_verify(ctx, (const unsigned char *)sig.ptr, sig.len,
			     digest, (size_t)EVP_MD_get_size(md)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

int pkg_cmssign_rsa(const struct pkg_cmssign *c, enum sm_digest_alg alg,
		    const uint8_t *digest, struct sm_buf *out, struct sm_err *e)
{
	const EVP_MD *md = EVP_get_digestbyname(sm_digest_name(alg));
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(c->key, NULL);
	uint8_t sig[RSA_BITS_MAX / 8];
	size_t len = sizeof(sig);
	int r = 0;

	if (!ctx || !md || EVP_PKEY_sign_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0 ||
	    EVP_PKEY_sign(ctx, sig, &len, digest, sm_digest_size(alg)) <= 0)
		r = fail(e, SM_EIO, "cannot sign with RSA");
	else if (!confirm_rsa(c, md, digest, sm_str_n(sig, len)))
		r = fail(e, SM_EVERIFY, "an RSA signature just made is wrong");
	else if (sm_buf_put(out, sig, len) < 0)
		r = sm_err_set(e, SM_ELIMIT, "no room for a signature");
	EVP_PKEY_CTX_free(ctx);
	return r;
}

/* --- CMS ------------------------------------------------------------------- */

#define CMS_FLAGS (CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL)

static bool add_signer(CMS_ContentInfo *cms, const struct pkg_cmssign *c,
		       int64_t when_sec)
{
	ASN1_TIME *t = ASN1_TIME_set(NULL, (time_t)when_sec);
	CMS_SignerInfo *si;
	bool ok;

	si = CMS_add1_signer(cms, c->cert[0], c->key, EVP_sha256(), CMS_FLAGS);
	ok = t && si &&
	     CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime,
					 ASN1_STRING_type(t), t, -1) == 1;
	for (size_t i = 1; ok && i < c->n; i++)
		ok = CMS_add1_cert(cms, c->cert[i]) == 1;
	ASN1_TIME_free(t);
	return ok;
}

/* Only that the signature is the leaf's: who may sign is the verifier's. */
static bool confirm_cms(CMS_ContentInfo *cms, struct sm_str content)
{
	BIO *data = open_text(content);
	bool ok = CMS_verify(cms, NULL, NULL, data, NULL,
			     CMS_DETACHED | CMS_BINARY |
				     CMS_NO_SIGNER_CERT_VERIFY) == 1;

	BIO_free(data);
	return ok;
}

int pkg_cmssign_detached(const struct pkg_cmssign *c, struct sm_str content,
			 int64_t when_sec, struct sm_buf *out, struct sm_err *e)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_FLAGS);
	BIO *data = open_text(content);
	unsigned char *der = NULL;
	int len = -1;
	int r = 0;

	if (cms && add_signer(cms, c, when_sec) &&
	    CMS_final(cms, data, NULL, CMS_FLAGS & ~CMS_PARTIAL) == 1)
		len = i2d_CMS_ContentInfo(cms, &der);
	if (len < 0)
		r = fail(e, SM_EIO, "cannot make a CMS signature");
	else if (!confirm_cms(cms, content))
		r = fail(e, SM_EVERIFY, "a CMS signature just made is wrong");
	else if (sm_buf_put(out, der, (size_t)len) < 0)
		r = sm_err_set(e, SM_ELIMIT, "no room for a signature");
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(data);
	return r;
}
