/*
 * SignedData with one signer and its content inside: what Windows programs
 * and time stamps are signed with. Strict DER; each byte is either covered by
 * the signature or has only one value that is accepted.
 *
 * The detached form of macOS packages, which need not be DER, is read by
 * cms.h.
 */
#ifndef COMMON_SIGNEDDATA_H
#define COMMON_SIGNEDDATA_H

#include "common/der.h"
#include "common/digest.h"

#include <openssl/types.h>

/* A signature with its chains has 10 to 30 KiB. */
#define SM_SIGNEDDATA_MAX ((size_t)256 << 10)
#define SM_SIGNEDDATA_CERTS_MAX 32

struct stack_st_X509; /* STACK_OF(X509) */

/* Views into what was parsed. */
struct sm_signeddata {
	struct sm_str type; /* of the content, an OID's body */
	/* what is inside the content's [0]; its tag is not signed */
	struct sm_der content;
	struct sm_str certs;    /* certificates, one after the other */
	struct sm_str issuer;   /* of the signer's certificate: a Name */
	struct sm_str serial;   /* of the same: an INTEGER */
	enum sm_digest_alg alg; /* of content and attributes */
	bool ec;                /* signed with ECDSA, otherwise RSA */
	struct sm_der attrs;    /* signed attributes, tag [0] */
	struct sm_str signature;
	struct sm_str outside; /* attributes that are not signed; or empty */
};

/*
 * Split the ContentInfo of a SignedData, which must be all of `der`.
 *
 * Errors: SM_EFORMAT, SM_ELIMIT; SM_EVERIFY for algorithms that are too weak
 *         or not supported: digests other than SHA-256, 384 and 512, keys
 *         other than RSA (PKCS#1 v1.5) and ECDSA.
 * Source: RFC 2315 section 9, RFC 5652 section 5.
 */
int sm_signeddata_parse(struct sm_signeddata *s, struct sm_str der,
			struct sm_err *e);

/*
 * The only value of an attribute. `attrs` is the body of a set of them.
 * Returns 1 if it is there, 0 if not; SM_EFORMAT if it is there twice, has
 * not one value, or the set is malformed.
 */
int sm_signeddata_attr(struct sm_str attrs, struct sm_str oid,
		       struct sm_der *value);

/*
 * Check content, attributes and signature with the signer's certificate,
 * which must be among the certificates. What the certificate is worth is not
 * judged: see chain.h.
 *
 * Owns:   *certs (all of them, the signer's among them) is the caller's, to
 *         free with its elements; *signer is one of its elements. Both are
 *         NULL on failure.
 * Errors: SM_EFORMAT, SM_ELIMIT, SM_EVERIFY.
 */
int sm_signeddata_verify(const struct sm_signeddata *s, X509 **signer,
			 struct stack_st_X509 **certs, struct sm_err *e);

/*
 * The digest of an AlgorithmIdentifier's body, with NULL or no parameters.
 * Errors: SM_EVERIFY for one that is unknown or too weak.
 */
int sm_signeddata_digest(struct sm_str body, enum sm_digest_alg *alg,
			 struct sm_err *e);

#endif
