/*
 * X.509 signatures: detached CMS over given bytes, with a chain to pinned
 * roots. Used for macOS packages; Windows programs in authenticode.h.
 */
#ifndef COMMON_CMS_H
#define COMMON_CMS_H

#include "common/digest.h"
#include "common/err.h"
#include "common/str.h"

#define SM_CMS_ROOTS_MAX 8

/* What must hold for a signer. Views are the caller's. */
struct sm_cms_policy {
	struct sm_str root[SM_CMS_ROOTS_MAX]; /* certificates, DER */
	size_t n_roots;
	/* of time stamps; if there are none, `root` is */
	struct sm_str tsa_root[SM_CMS_ROOTS_MAX];
	size_t n_tsa_roots;
	bool system_roots; /* of both: those of this machine as well */
	const char *eku;   /* OID that the leaf must have, "" for any */
	const char *team;  /* OU of the leaf's subject, "" for any */
	int64_t now;       /* Unix seconds at which the chain must be valid */
	/* OIDs below this one may be critical and unknown, "" for none:
	 * Apple marks its certificates so (PACKAGING.md 4.2). */
	const char *critical_arc;
	const char *marker; /* OID of an extension of the leaf; NULL for any */
	bool nested; /* authorities that have purposes must have `eku` too */
	/* names of which the leaf's O or CN must be one; none for any */
	const char *const *publisher;
	size_t n_publishers;
};

/* Who signed. Texts are UTF-8 without controls, "" if absent. */
struct sm_cms_signer {
	char cn[256];
	char org[256];
	char team[64];        /* OU */
	char leaf_sha256[65]; /* of the certificate */
	int64_t stamped_sec;  /* Unix time of the time stamp, 0 without one */
	char stamp_by[256];   /* CN of who made that */
};

#define SM_CMS_APPLE_ARC "1.2.840.113635.100"
#define SM_CMS_APPLE_INSTALLER_EKU "1.2.840.113635.100.4.13"
#define SM_CMS_APPLE_INSTALLER_MARKER "1.2.840.113635.100.6.1.14"

/*
 * Verify one signer's detached CMS SignedData over `content`, DER or BER.
 * Zeros may follow it (a package keeps a fixed room for it), nothing else.
 * `leaf` (may be empty) is the certificate that must be the signer's.
 *
 * The certificates must be valid now, or at the time of an RFC 3161 time stamp
 * over the signature; one that is there but does not hold is refused.
 *
 * Errors: SM_EFORMAT; SM_EVERIFY with the reason.
 * Source: RFC 5652, RFC 5280, RFC 3161 appendix A; PACKAGING.md 4.2.
 */
int sm_cms_verify(const struct sm_cms_policy *p, struct sm_str der,
		  struct sm_str content, struct sm_str leaf,
		  struct sm_cms_signer *out, struct sm_err *e);

/*
 * Verify a PKCS#1 v1.5 signature of a digest by the key of `leaf` (DER), of
 * 2048 bits or more. The certificate itself is judged by sm_cms_verify.
 *
 * Errors: SM_EFORMAT for the certificate, SM_EVERIFY.
 * Source: RFC 8017 section 8.2; PACKAGING.md 4.2.
 */
int sm_cms_rsa_verify(struct sm_str leaf, enum sm_digest_alg alg,
		      const uint8_t *digest, struct sm_str sig,
		      struct sm_err *e);

#endif
