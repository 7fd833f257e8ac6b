/*
 * OpenPGP version 4 public keys: material, fingerprint and the raw check of
 * one signature over a digest. What a key may be used for is openpgp.h.
 */
#ifndef COMMON_PGPKEY_H
#define COMMON_PGPKEY_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"

/* Public key algorithms, RFC 9580 9.1. 3 (RSA sign only) is read as 1. */
enum sm_pgpkey_alg {
	SM_PGPKEY_RSA = 1,
	SM_PGPKEY_ECDSA = 19,  /* NIST P-256 only */
	SM_PGPKEY_EDDSA = 22,  /* Ed25519, legacy packing */
	SM_PGPKEY_ED25519 = 27 /* RFC 9580 packing */
};

/* Hash algorithms, RFC 9580 9.5; no others are accepted in a signature. */
enum sm_pgpkey_hash {
	SM_PGPKEY_SHA256 = 8,
	SM_PGPKEY_SHA384 = 9,
	SM_PGPKEY_SHA512 = 10
};

#define SM_PGPKEY_FPR 20       /* bytes of a v4 fingerprint */
#define SM_PGPKEY_FPR_HEX 41   /* as text, with terminator */
#define SM_PGPKEY_RSA_MIN 2048 /* bits */
#define SM_PGPKEY_RSA_MAX 8192 /* bits */
#define SM_PGPKEY_UID_MAX 256  /* bytes kept of a user id, terminated */

struct sm_pgpkey {
	unsigned alg;                     /* enum sm_pgpkey_alg */
	uint32_t created;                 /* Unix seconds */
	uint8_t fpr[SM_PGPKEY_FPR];       /* SHA-1 of RFC 9580 5.5.4.2 */
	uint8_t a[SM_PGPKEY_RSA_MAX / 8]; /* RSA n; P-256 point with its 04;
					    Ed25519 32 bytes */
	size_t a_len;
	uint8_t b[8]; /* RSA e */
	size_t b_len;
};

/* "rsa3072", "ecdsa-p256", "ed25519". The text is the caller's. */
void sm_pgpkey_alg_name(const struct sm_pgpkey *k, char *text, size_t size);

/* The digest behind a hash number; SM_ENOTSUP for any other than the three. */
int sm_pgpkey_hash_alg(unsigned hash, enum sm_digest_alg *alg);

/*
 * Read the public part of a key packet's body (tags 5, 6, 7, 14): version,
 * creation time, algorithm, material. *used (may be NULL) is where it ends,
 * which is where the secret part of a secret key packet begins; when NULL
 * the body must end there.
 *
 * Errors: SM_EFORMAT; SM_ENOTSUP for version, algorithm, curve or size that
 * we do not take. Source: RFC 9580 5.5.2, 5.5.5; PACKAGING.md 7.1.
 */
int sm_pgpkey_parse(struct sm_pgpkey *k, struct sm_str body, size_t *used,
		    struct sm_err *e);

/*
 * From pinned raw parameters. `a` and `b` as in the structure (b empty but
 * for RSA). Computes the fingerprint. Errors: SM_EFORMAT, SM_ENOTSUP.
 */
int sm_pgpkey_raw(struct sm_pgpkey *k, unsigned alg, uint32_t created,
		  struct sm_str a, struct sm_str b, struct sm_err *e);

/* Append the body of the public key packet. Errors: SM_ELIMIT. */
int sm_pgpkey_put(struct sm_buf *out, const struct sm_pgpkey *k);

/* Fingerprint as 40 upper-case digits with terminator. */
void sm_pgpkey_fpr_hex(const struct sm_pgpkey *k, char hex[SM_PGPKEY_FPR_HEX]);

/*
 * Check the algorithm specific fields of a signature packet (`sig`, all that
 * follows the 16 bits of the digest) over a finished digest.
 *
 * Errors: SM_EVERIFY if it is not this key's signature over this digest,
 * SM_EFORMAT for numbers in another than the shortest form or bytes behind.
 * Source: RFC 9580 5.2.3; PACKAGING.md 7.1.
 */
int sm_pgpkey_check(const struct sm_pgpkey *k, unsigned hash,
		    const uint8_t *digest, struct sm_str sig, struct sm_err *e);

#endif
