/*
 * pkg_signer: private keys that are not in a file: in a PKCS#11 token, or
 * behind a program. Whoever holds the key gets a digest and gives a signature
 * back; every signature is verified with the public key before it is used.
 *
 * What makes signatures on OpenSSL (CMS, time stamps, certificates) takes
 * pkg_signer_pkey() and does not see the difference.
 */
#ifndef PKG_SIGNER_H
#define PKG_SIGNER_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"

#include <openssl/types.h>

/* Raw bytes of the longest signature: RSA of 8192 bits. */
#define PKG_SIGNER_SIG_MAX 1024

enum pkg_signer_alg {
	PKG_SIGNER_RSA,    /* PKCS#1 v1.5; as many bytes as the modulus */
	PKG_SIGNER_P256,   /* r and s, 32 bytes each */
	PKG_SIGNER_ED25519 /* RFC 8032; OpenPGP signs the digest as message */
};

/* What is to be signed. Borrowed. */
struct pkg_signer_job {
	enum pkg_signer_alg alg;
	enum sm_digest_alg hash;
	struct sm_str digest;
	size_t sig_len; /* bytes a good signature has */
};

/* One way to reach a key. Made by a pkg_signer_NAME_open. */
struct pkg_signer_holder {
	/*
	 * Append the raw signature. A P-256 signature may also be the DER of
	 * an ECDSA-Sig-Value (RFC 3279 section 2.2.3).
	 */
	int (*sign)(void *self, const struct pkg_signer_job *job,
		    struct sm_buf *out, struct sm_err *e);
	void (*free)(void *self);
	void *self;
	EVP_PKEY *pub; /* what the holder says of the key, or NULL; owned */
};

struct pkg_signer;

/* Does `spec` name a key elsewhere: "pkcs11:...", "command:..."? */
bool pkg_signer_is(const char *spec);

/*
 * Reach the key that `spec` names. `pub`, which may be NULL if the holder
 * knows it, is its public part; a reference to it is kept.
 *
 * Owns:   *s is the caller's, pkg_signer_free.
 * Errors: SM_EUSAGE for a malformed spec, or if nobody knows the public part;
 *         SM_ENOTSUP for another algorithm than the three; SM_EVERIFY if the
 *         holder has another key than `pub`; those of the holder.
 */
int pkg_signer_open_new(struct pkg_signer **s, const char *spec, EVP_PKEY *pub,
			struct sm_err *e);
void pkg_signer_free(struct pkg_signer *s);

enum pkg_signer_alg pkg_signer_alg(const struct pkg_signer *s);

/* The public part alone; lives as long as the signer. */
EVP_PKEY *pkg_signer_public(const struct pkg_signer *s);

/*
 * A key for OpenSSL whose private operation is this signer; NULL for Ed25519,
 * which OpenSSL cannot delegate. Lives as long as the signer.
 */
EVP_PKEY *pkg_signer_pkey(const struct pkg_signer *s);

/*
 * Append the raw signature of a digest, as described at the algorithms. May be
 * called by several threads; they wait for each other.
 *
 * Errors: SM_EVERIFY if the public key does not confirm the signature;
 *         SM_EFORMAT for one of another length; those of the holder.
 */
int pkg_signer_sign(struct pkg_signer *s, enum sm_digest_alg hash,
		    struct sm_str digest, struct sm_buf *out, struct sm_err *e);

/*
 * After a failure of OpenSSL with the key of pkg_signer_pkey: why, if it was
 * the signer. Returns its code, recorded in e, and empties OpenSSL's queue;
 * 0 if the signer is not to blame.
 */
int pkg_signer_cause(struct sm_err *e);

#endif
