/*
 * SignedData: split by the DER cursor, its signature checked by OpenSSL.
 *
 * Rule: what is not signed must be exactly what it has to be: versions, the
 * list of digests, algorithm identifiers. What can carry anything (attributes
 * that are not signed, certificates) is handed to the caller to judge.
 */
#include "common/def.h"
#include "common/signeddata.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "common/oid.h"

#define RSA_BITS_MIN 2048
#define EC_BITS_MIN 256

static const struct sm_str oid_signed_data = SM_OID_SIGNED_DATA;
static const struct sm_str oid_content_type = SM_OID_CONTENT_TYPE;
static const struct sm_str oid_message_digest = SM_OID_MESSAGE_DIGEST;

static const struct {
	struct sm_str oid;
	enum sm_digest_alg alg;
} digests[] = {
	{ SM_OID_SHA256, SM_DIGEST_SHA256 },
	{ SM_OID_SHA384, SM_DIGEST_SHA384 },
	{ SM_OID_SHA512, SM_DIGEST_SHA512 },
};

/* Those without a digest (`any`) take that of the signer. */
static const struct {
	struct sm_str oid;
	bool ec, any;
	enum sm_digest_alg alg;
} signatures[] = {
	{ SM_OID_RSA, false, true, SM_DIGEST_SHA256 },
	{ SM_OID_RSA_SHA256, false, false, SM_DIGEST_SHA256 },
	{ SM_OID_RSA_SHA384, false, false, SM_DIGEST_SHA384 },
	{ SM_OID_RSA_SHA512, false, false, SM_DIGEST_SHA512 },
	{ SM_OID_EC_KEY, true, true, SM_DIGEST_SHA256 },
	{ SM_OID_ECDSA_SHA256, true, false, SM_DIGEST_SHA256 },
	{ SM_OID_ECDSA_SHA384, true, false, SM_DIGEST_SHA384 },
	{ SM_OID_ECDSA_SHA512, true, false, SM_DIGEST_SHA512 },
};

static int malformed(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "signature is malformed");
}

/* --- parsing --------------------------------------------------------------- */

/* An AlgorithmIdentifier's body: its OID; parameters are NULL or absent. */
static int algorithm(struct sm_str body, struct sm_str *oid)
{
	struct sm_der id, none;

	if (sm_der_take(&body, SM_DER_OID, &id) < 0 ||
	    (body.len &&
	     (sm_der_only(body, SM_DER_NULL, &none) < 0 || none.body.len)))
		return SM_EFORMAT;
	*oid = id.body;
	return 0;
}

int sm_signeddata_digest(struct sm_str body, enum sm_digest_alg *alg,
			 struct sm_err *e)
{
	struct sm_str oid;
	size_t i;

	if (algorithm(body, &oid) < 0)
		return malformed(e);
	for (i = 0; i < SM_ARRAY_LEN(digests); i++) {
		if (sm_str_eq(oid, digests[i].oid)) {
			*alg = digests[i].alg;
			return 0;
		}
	}
	return sm_err_set(e, SM_EVERIFY,
			  "signature uses a digest that is too weak or "
			  "unknown");
}

static int signature_algorithm(struct sm_signeddata *s, struct sm_str body,
			       struct sm_err *e)
{
	struct sm_str oid;
	size_t i;

	if (algorithm(body, &oid) < 0)
		oid = sm_str("");
	for (i = 0; i < SM_ARRAY_LEN(signatures); i++) {
		if (!sm_str_eq(oid, signatures[i].oid) ||
		    (!signatures[i].any && signatures[i].alg != s->alg))
			continue;
		s->ec = signatures[i].ec;
		return 0;
	}
	return sm_err_set(e, SM_EVERIFY,
			  "signature algorithm is not supported");
}

static int parse_signer(struct sm_signeddata *s, struct sm_str in,
			struct sm_str listed, struct sm_err *e)
{
	struct sm_der sid, name, serial, digest, alg, sig, rest, list;
	struct sm_str one, other;
	uint32_t version;
	int r;

	if (sm_der_u32(&in, &version) < 0 || version != 1 ||
	    sm_der_take(&in, SM_DER_SEQUENCE, &sid) < 0 ||
	    sm_der_take(&sid.body, SM_DER_SEQUENCE, &name) < 0 ||
	    sm_der_only(sid.body, SM_DER_INTEGER, &serial) < 0 ||
	    sm_der_take(&in, SM_DER_SEQUENCE, &digest) < 0 ||
	    sm_der_take(&in, SM_DER_CONSTRUCTED, &s->attrs) < 0 ||
	    sm_der_take(&in, SM_DER_SEQUENCE, &alg) < 0 ||
	    sm_der_take(&in, SM_DER_OCTETS, &sig) < 0)
		return malformed(e);
	if (in.len) {
		if (sm_der_only(in, SM_DER_CONSTRUCTED | 1, &rest) < 0)
			return malformed(e);
		s->outside = rest.body;
	}
	if (sm_der_only(listed, SM_DER_SEQUENCE, &list) < 0 ||
	    algorithm(list.body, &one) < 0 ||
	    algorithm(digest.body, &other) < 0 || !sm_str_eq(one, other))
		return malformed(e);
	s->issuer = name.whole;
	s->serial = serial.whole;
	s->signature = sig.body;
	if ((r = sm_signeddata_digest(digest.body, &s->alg, e)) < 0)
		return r;
	return signature_algorithm(s, alg.body, e);
}

static int parse_content(struct sm_signeddata *s, struct sm_str in)
{
	struct sm_der type, wrapped;

	if (sm_der_take(&in, SM_DER_OID, &type) < 0 ||
	    sm_der_only(in, SM_DER_CONSTRUCTED, &wrapped) < 0)
		return SM_EFORMAT;
	s->type = type.body;
	in = wrapped.body;
	return sm_der_next(&in, &s->content) < 0 || in.len ? SM_EFORMAT : 0;
}

int sm_signeddata_parse(struct sm_signeddata *s, struct sm_str der,
			struct sm_err *e)
{
	struct sm_der info, type, wrapped, data, digests_set, content, certs;
	struct sm_der signers, signer;
	uint32_t version;

	memset(s, 0, sizeof(*s));
	if (der.len > SM_SIGNEDDATA_MAX)
		return sm_err_set(e, SM_ELIMIT, "signature is too large");
	if (sm_der_only(der, SM_DER_SEQUENCE, &info) < 0 ||
	    sm_der_take(&info.body, SM_DER_OID, &type) < 0 ||
	    !sm_str_eq(type.body, oid_signed_data) ||
	    sm_der_only(info.body, SM_DER_CONSTRUCTED, &wrapped) < 0 ||
	    sm_der_only(wrapped.body, SM_DER_SEQUENCE, &data) < 0 ||
	    sm_der_u32(&data.body, &version) < 0 ||
	    (version != 1 && version != 3) ||
	    sm_der_take(&data.body, SM_DER_SET, &digests_set) < 0 ||
	    sm_der_take(&data.body, SM_DER_SEQUENCE, &content) < 0 ||
	    parse_content(s, content.body) < 0)
		return malformed(e);
	/* PKCS#7 has version 1 whatever the content; CMS 3 where it is not
	 * plain data, and then the content is an octet string */
	if ((version == 3) != (s->content.tag == SM_DER_OCTETS))
		return malformed(e);
	if (sm_der_take(&data.body, SM_DER_CONSTRUCTED, &certs) < 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signature has no certificates");
	if (sm_der_only(data.body, SM_DER_SET, &signers) < 0)
		return malformed(e);
	s->certs = certs.body;
	if (sm_der_only(signers.body, SM_DER_SEQUENCE, &signer) < 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signature has not exactly one signer");
	return parse_signer(s, signer.body, digests_set.body, e);
}

int sm_signeddata_attr(struct sm_str attrs, struct sm_str oid,
		       struct sm_der *value)
{
	struct sm_der attr, type, set;
	int found = 0;

	while (attrs.len) {
		if (sm_der_take(&attrs, SM_DER_SEQUENCE, &attr) < 0 ||
		    sm_der_take(&attr.body, SM_DER_OID, &type) < 0 ||
		    sm_der_only(attr.body, SM_DER_SET, &set) < 0)
			return SM_EFORMAT;
		if (!sm_str_eq(type.body, oid))
			continue;
		if (found++ || sm_der_next(&set.body, value) < 0 ||
		    set.body.len)
			return SM_EFORMAT;
	}
	return found;
}

/* --- verification ---------------------------------------------------------- */

/* contentType and messageDigest say what the content is. */
static int check_attrs(const struct sm_signeddata *s, struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	struct sm_der type, value;
	int r;

	if (sm_signeddata_attr(s->attrs.body, oid_content_type, &type) != 1 ||
	    type.tag != SM_DER_OID ||
	    sm_signeddata_attr(s->attrs.body, oid_message_digest, &value) !=
		    1 ||
	    value.tag != SM_DER_OCTETS)
		return malformed(e);
	if (!sm_str_eq(type.body, s->type))
		return sm_err_set(e, SM_EVERIFY,
				  "signature is over another kind of content");
	r = sm_digest_bytes(s->alg, s->content.body, digest, e);
	if (r < 0)
		return r;
	if (!sm_str_eq(value.body, sm_str_n(digest, sm_digest_size(s->alg))))
		return sm_err_set(e, SM_EVERIFY,
				  "what was signed has been changed");
	return 0;
}

static bool is_signer(const struct sm_signeddata *s, X509 *cert)
{
	unsigned char *name = NULL, *serial = NULL;
	int n = i2d_X509_NAME(X509_get_issuer_name(cert), &name);
	int m = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &serial);
	bool same = n > 0 && m > 0 &&
		    sm_str_eq(sm_str_n(name, (size_t)n), s->issuer) &&
		    sm_str_eq(sm_str_n(serial, (size_t)m), s->serial);

	OPENSSL_free(name);
	OPENSSL_free(serial);
	return same;
}

static int read_certs(const struct sm_signeddata *s, STACK_OF(X509) * certs,
		      X509 **signer, struct sm_err *e)
{
	struct sm_str in = s->certs;
	const unsigned char *at;
	struct sm_der c;
	X509 *cert;

	while (in.len) {
		if (sm_der_take(&in, SM_DER_SEQUENCE, &c) < 0)
			return malformed(e);
		if (sk_X509_num(certs) == SM_SIGNEDDATA_CERTS_MAX)
			return sm_err_set(e, SM_ELIMIT,
					  "signature has too many "
					  "certificates");
		at = (const unsigned char *)c.whole.ptr;
		cert = d2i_X509(NULL, &at, (long)c.whole.len);
		if (!cert ||
		    at != (const unsigned char *)c.whole.ptr + c.whole.len ||
		    !sk_X509_push(certs, cert)) {
			X509_free(cert);
			return sm_err_set(e, SM_EFORMAT,
					  "a certificate is malformed");
		}
		if (!*signer && is_signer(s, cert))
			*signer = cert;
	}
	return *signer ? 0 :
			 sm_err_set(e, SM_EVERIFY,
				    "the signer's certificate is not there");
}

/* The signature is over the attributes as a SET, whatever their own tag. */
static int check_signature(const struct sm_signeddata *s, X509 *signer,
			   struct sm_err *e)
{
	static const unsigned char set = SM_DER_SET;
	const EVP_MD *md = EVP_get_digestbyname(sm_digest_name(s->alg));
	EVP_PKEY *key = X509_get0_pubkey(signer);
	int type = key ? EVP_PKEY_get_base_id(key) : 0;
	EVP_MD_CTX *ctx;
	int ok;

	if (type != (s->ec ? EVP_PKEY_EC : EVP_PKEY_RSA) ||
	    EVP_PKEY_get_bits(key) < (s->ec ? EC_BITS_MIN : RSA_BITS_MIN))
		return sm_err_set(e, SM_EVERIFY,
				  "the signer's key is too weak or of another "
				  "kind");
	ctx = EVP_MD_CTX_new();
	ok = ctx && md && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	     EVP_DigestVerifyUpdate(ctx, &set, 1) == 1 &&
	     EVP_DigestVerifyUpdate(ctx, s->attrs.whole.ptr + 1,
				    s->attrs.whole.len - 1) == 1 &&
	     EVP_DigestVerifyFinal(ctx, (const unsigned char *)s->signature.ptr,
				   s->signature.len) == 1;
	EVP_MD_CTX_free(ctx);
	if (!ok)
		return sm_err_set(e, SM_EVERIFY, "signature does not match");
	return 0;
}

int sm_signeddata_verify(const struct sm_signeddata *s, X509 **signer,
			 struct stack_st_X509 **certs, struct sm_err *e)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	int r;

	*signer = NULL;
	*certs = NULL;
	if (!all)
		return sm_err_set(e, SM_EIO, "cannot read certificates");
	if ((r = check_attrs(s, e)) == 0 &&
	    (r = read_certs(s, all, signer, e)) == 0)
		r = check_signature(s, *signer, e);
	if (r == 0) {
		*certs = all;
	} else {
		*signer = NULL;
		sk_X509_pop_free(all, X509_free);
	}
	ERR_clear_error();
	return r;
}
