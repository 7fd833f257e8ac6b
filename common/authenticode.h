/*
 * Who signed a Windows program: Authenticode, the one signature in its
 * certificate table, with a time stamp or without.
 */
#ifndef COMMON_AUTHENTICODE_H
#define COMMON_AUTHENTICODE_H

#include "common/cms.h"
#include "common/pe.h"

/* id-kp-codeSigning, RFC 5280 section 4.2.1.12 */
#define SM_AUTHENTICODE_EKU "1.3.6.1.5.5.7.3.3"

struct sm_authenticode {
	struct sm_cms_signer signer;
	enum sm_digest_alg alg;
	bool page_hashes;  /* there are some; they are signed, not compared */
	char program[256]; /* what the signer calls it, "" if nothing */
	char url[512];     /* and where he says that more is to be found */
};

/*
 * The policy for programs: code signing down from the first authority that is
 * limited to purposes. Roots and publishers are added by the caller.
 */
void sm_authenticode_policy(struct sm_cms_policy *p, int64_t now_sec);

/*
 * Verify the signature of a program: headers, image digest, signature,
 * certificates and publisher, at the time of the time stamp or, without one,
 * now. A byte that is not covered by the signature has only one value that is
 * accepted: what else a certificate table could carry is refused, above all
 * attributes that are not signed, a second signature among them. A checksum
 * of 0, which is none, is taken.
 *
 * A NULL policy leaves out what certificates are worth and when they are valid:
 * the names are then only what the program says of itself.
 *
 * Memory: bounded by SM_SIGNEDDATA_MAX; the image is read in pieces.
 * Errors: SM_EVERIFY if it is not signed or not to be trusted; SM_EFORMAT,
 *         SM_ELIMIT, SM_EIO.
 * Source: PACKAGING.md 5.2; "Windows Authenticode Portable Executable
 *         Signature Format", version 1.0; RFC 2315; RFC 3161.
 */
int sm_authenticode_verify(const struct sm_cms_policy *p, int fd,
			   struct sm_authenticode *out, struct sm_err *e);

/* The digest of what is signed; SM_DIGEST_MAX bytes at `out`. */
typedef int sm_authenticode_digest_fn(void *user, enum sm_digest_alg alg,
				      uint8_t *out, struct sm_err *e);

/*
 * The same for the signature of a package for the Windows Installer, `der`,
 * whose reader says what it is over: signature, certificates and publisher are
 * judged alike.
 *
 * Errors: as above, and those of `digest`.
 */
int sm_authenticode_verify_package(const struct sm_cms_policy *p,
				   struct sm_str der,
				   sm_authenticode_digest_fn *digest,
				   void *user, struct sm_authenticode *out,
				   struct sm_err *e);

#endif
