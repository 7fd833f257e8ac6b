/*
 * Detached CMS on OpenSSL. The library checks the signature; here is what it
 * does not know: exactly one signer, which certificate it is, and since when
 * the signature exists. Certificates are judged by chain.h.
 */
#include "common/def.h"
#include "common/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "common/chain.h"
#include "common/digest.h"
#include "common/tst.h"

#define CONTENT_MAX ((size_t)64 << 10)
#define ROOM_MAX ((size_t)256 << 10) /* a signature has 10 to 30 KiB */
#define RSA_BITS_MIN 2048

static const unsigned char *bytes(struct sm_str s)
{
	return (const unsigned char *)s.ptr;
}

/* BER, since others write it with indefinite lengths; zeros may follow. */
static CMS_ContentInfo *parse(struct sm_str der, struct sm_err *e)
{
	const unsigned char *p = bytes(der), *end = p + der.len;
	CMS_ContentInfo *cms = NULL;

	if (der.len <= ROOM_MAX)
		cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
	while (cms && p < end && !*p)
		p++;
	if (cms && p == end &&
	    OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed &&
	    CMS_is_detached(cms) == 1)
		return cms;
	CMS_ContentInfo_free(cms);
	sm_err_set(e, SM_EFORMAT, "CMS signature is malformed or not detached");
	return NULL;
}

/* The certificate that the caller named, if he named one. */
static int check_named(X509 *cert, struct sm_str leaf, struct sm_err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE], want[SM_SHA256_SIZE];
	unsigned len = 0;
	int r;

	if (!leaf.len)
		return 0;
	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return sm_err_set(e, SM_EFORMAT, "certificate is malformed");
	r = sm_digest_bytes(SM_DIGEST_SHA256, leaf, want, e);
	if (r < 0)
		return r;
	if (memcmp(want, digest, sizeof(want)) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signed with another certificate than the "
				  "one named");
	return 0;
}

/* The last thing that the library had to say, in its words. */
static int not_verified(struct sm_err *e)
{
	unsigned long code = ERR_peek_last_error();
	const char *data = NULL, *why;
	int flags = 0;

	(void)ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
	why = data && (flags & ERR_TXT_STRING) && data[0] ?
		      data :
		      ERR_reason_error_string(code);
	return sm_err_set(e, SM_EVERIFY, "CMS signature refused: %.200s",
			  why ? why : "it does not match");
}

static int one_signer(CMS_ContentInfo *cms, X509 **cert, struct sm_err *e)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	int n = sk_X509_num(signers);

	if (n == 1)
		*cert = sk_X509_value(signers, 0); /* owned by cms */
	sk_X509_free(signers);
	if (n != 1)
		return sm_err_set(e, SM_EVERIFY,
				  "CMS signature has %d signers, not one", n);
	return 0;
}

/* An RFC 3161 token over the signature, if there is one (appendix A there). */
static int check_stamp(const struct sm_cms_policy *p, CMS_ContentInfo *cms,
		       struct sm_cms_signer *out, struct sm_err *e)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *info = sk_CMS_SignerInfo_value(infos, 0);
	ASN1_OBJECT *oid = OBJ_nid2obj(NID_id_smime_aa_timeStampToken);
	ASN1_OCTET_STRING *sig;
	ASN1_STRING *token;
	struct sm_tst stamp;
	int r;

	if (CMS_unsigned_get_attr_by_OBJ(info, oid, -1) < 0)
		return 0;
	token = CMS_unsigned_get0_data_by_OBJ(info, oid, -3, V_ASN1_SEQUENCE);
	if (!token)
		return sm_err_set(e, SM_EFORMAT, "time stamp is malformed");
	sig = CMS_SignerInfo_get0_signature(info);
	r = sm_tst_verify(p,
			  sm_str_n(ASN1_STRING_get0_data(token),
				   (size_t)ASN1_STRING_length(token)),
			  sm_str_n(ASN1_STRING_get0_data(sig),
				   (size_t)ASN1_STRING_length(sig)),
			  &stamp, e);
	if (r < 0)
		return r;
	out->stamped_sec = stamp.time_sec;
	memcpy(out->stamp_by, stamp.authority, sizeof(out->stamp_by));
	return 0;
}

static int check_signer(const struct sm_cms_policy *p, CMS_ContentInfo *cms,
			struct sm_str leaf, struct sm_cms_signer *out,
			struct sm_err *e)
{
	STACK_OF(X509) * others;
	X509 *cert = NULL;
	int r;

	if ((r = one_signer(cms, &cert, e)) < 0 ||
	    (r = check_named(cert, leaf, e)) < 0 ||
	    (r = check_stamp(p, cms, out, e)) < 0)
		return r;
	others = CMS_get1_certs(cms);
	r = sm_chain_verify(p, SM_CHAIN_SIGNER, cert, others,
			    out->stamped_sec ? out->stamped_sec : p->now, e);
	sk_X509_pop_free(others, X509_free);
	return r < 0 ? r : sm_chain_signer(p, cert, out, e);
}

int sm_cms_verify(const struct sm_cms_policy *p, struct sm_str der,
		  struct sm_str content, struct sm_str leaf,
		  struct sm_cms_signer *out, struct sm_err *e)
{
	CMS_ContentInfo *cms = NULL;
	BIO *bio = NULL;
	int r = SM_EFORMAT;

	memset(out, 0, sizeof(*out));
	ERR_clear_error();
	if (content.len > CONTENT_MAX || !(cms = parse(der, e)) ||
	    !(bio = BIO_new_mem_buf(content.ptr, (int)content.len)))
		goto out;
	/* the chain is judged below, when its time is known */
	if (CMS_verify(cms, NULL, NULL, bio, NULL,
		       CMS_BINARY | CMS_DETACHED | CMS_NO_SIGNER_CERT_VERIFY) !=
	    1)
		r = not_verified(e);
	else
		r = check_signer(p, cms, leaf, out, e);
out:
	BIO_free(bio);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	if (r == SM_EFORMAT && e && !e->code)
		sm_err_set(e, r, "CMS signature is malformed");
	return r;
}

int sm_cms_rsa_verify(struct sm_str leaf, enum sm_digest_alg alg,
		      const uint8_t *digest, struct sm_str sig,
		      struct sm_err *e)
{
	const EVP_MD *md = EVP_get_digestbyname(sm_digest_name(alg));
	const unsigned char *at = bytes(leaf);
	X509 *cert = d2i_X509(NULL, &at, (long)leaf.len);
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	EVP_PKEY_CTX *ctx = NULL;
	int r = 0;

	if (!key || !md || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
		r = sm_err_set(e, SM_EFORMAT,
			       "certificate has no RSA key of %d bits",
			       RSA_BITS_MIN);
		goto out;
	}
	ctx = EVP_PKEY_CTX_new(key, NULL);
	if (!ctx || EVP_PKEY_verify_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0 ||
	    EVP_PKEY_verify(ctx, bytes(sig), sig.len, digest,
			    sm_digest_size(alg)) != 1)
		r = sm_err_set(e, SM_EVERIFY, "RSA signature does not match");
out:
	EVP_PKEY_CTX_free(ctx);
	X509_free(cert);
	ERR_clear_error();
	return r;
}
