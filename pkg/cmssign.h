/*
 * pkg_cmssign: an X.509 identity (key, its certificate and those above)
 * that makes the signatures of formats with certificates. The key may be held
 * elsewhere (signer.h). Every signature is verified before it is given out.
 */
#ifndef PKG_CMSSIGN_H
#define PKG_CMSSIGN_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"

#include <openssl/types.h>

/* A chain has three certificates; more than this is a mistake. */
#define PKG_CMSSIGN_CHAIN_MAX 8
#define PKG_CMSSIGN_FILE_MAX ((size_t)1 << 20)

struct pkg_signer;
struct pkg_tsa;

struct pkg_cmssign {
	X509 *cert[PKG_CMSSIGN_CHAIN_MAX]; /* leaf first; owned */
	size_t n;
	EVP_PKEY *key;             /* of cert[0]; owned, or the signer's */
	struct pkg_signer *signer; /* NULL if the key is here; owned */
	/* stamps the signature of a container, or NULL; borrowed */
	const struct pkg_tsa *tsa;
};

#define PKG_CMSSIGN_INIT                      \
	{                                     \
		{ NULL }, 0, NULL, NULL, NULL \
	}

void pkg_cmssign_release(struct pkg_cmssign *c);

/*
 * Take certificates and key from PEM texts. The first certificate is the
 * signer's; each of the others has issued the one before it.
 *
 * Errors: SM_EFORMAT if a text is malformed, the key is not that of the first
 *         certificate or the chain is broken; SM_ENOTSUP for a key that is
 *         neither RSA of 2048 to 8192 bits nor ECDSA on P-256, or is
 *         protected by a passphrase.
 */
int pkg_cmssign_parse(struct pkg_cmssign *c, struct sm_str chain,
		      struct sm_str key, struct sm_err *e);

/*
 * The same from files; `chain` may hold the key too: then `key` is NULL. `key`
 * may also name a key held elsewhere (pkg_signer_is).
 * Errors: those of pkg_signer_open_new too.
 */
int pkg_cmssign_load(struct pkg_cmssign *c, const char *chain, const char *key,
		     struct sm_err *e);

/* Append the DER of certificate `i`. */
int pkg_cmssign_put_cert(const struct pkg_cmssign *c, size_t i,
			 struct sm_buf *out, struct sm_err *e);

/* False for ECDSA, which is for Authenticode only: the other signatures made
 * here are RSA by their format. */
bool pkg_cmssign_is_rsa(const struct pkg_cmssign *c);

/* Bytes of an RSA signature. */
size_t pkg_cmssign_rsa_size(const struct pkg_cmssign *c);

/*
 * Append the PKCS#1 v1.5 signature of a digest (RFC 8017 section 8.2).
 * Errors: SM_EIO; SM_EVERIFY if the certificate does not confirm it; those of
 *         pkg_signer_sign.
 */
int pkg_cmssign_rsa(const struct pkg_cmssign *c, enum sm_digest_alg alg,
		    const uint8_t *digest, struct sm_buf *out,
		    struct sm_err *e);

/*
 * Append the DER of a detached CMS over `content`, with SHA-256 and this
 * signing time (Unix time), so that the same input gives the same bytes.
 * Errors: as pkg_cmssign_rsa.
 * Source: RFC 5652; PACKAGING.md 4.2.
 */
int pkg_cmssign_detached(const struct pkg_cmssign *c, struct sm_str content,
			 int64_t when_sec, struct sm_buf *out,
			 struct sm_err *e);

#endif
