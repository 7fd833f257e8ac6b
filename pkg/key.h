/*
 * pkg_key: an OpenPGP v4 secret key that makes signatures: read from what
 * `gpg --export-secret-keys` prints, made here, or held elsewhere (signer.h).
 *
 * Only the primary key signs. Keys protected by a passphrase are refused:
 * this program is for unattended use and asks nothing; protect the file.
 */
#ifndef PKG_KEY_H
#define PKG_KEY_H

#include "common/buf.h"
#include "common/err.h"
#include "common/pgpkey.h"
#include "common/str.h"

#include <openssl/types.h>

#define PKG_KEY_UID_MAX 255

/* A key file, armored or not. Longer ones are refused. */
#define PKG_KEY_FILE_MAX ((size_t)1 << 20)

struct pkg_signer;

struct pkg_key {
	struct sm_pgpkey pub;      /* algorithm, creation time, fingerprint */
	EVP_PKEY *pkey;            /* NULL if the signer has the key */
	struct pkg_signer *signer; /* NULL if the key is here; owned */
	struct sm_buf body;        /* of the public key packet */
	struct sm_buf secret; /* secret numbers as in the packet, no checksum */
	struct sm_buf certs;  /* user ids and their signatures, as packets */
	struct sm_buf uid;    /* first user id, UTF-8 */
	int64_t expires;      /* Unix seconds; 0: never */
};

void pkg_key_init(struct pkg_key *k);
void pkg_key_release(struct pkg_key *k); /* wipes what is secret */

/*
 * Read the first secret key of `file`, armored or binary.
 *
 * Errors: SM_EFORMAT if it is no such key, is damaged, its public part does not
 *         belong to its secret part, or its own signatures are wrong, weak or
 *         say that it is revoked; SM_ENOTSUP for another algorithm,
 *         RSA below 2048 bits, a passphrase, or a key whose secret part is
 *         elsewhere (a smart card, gpg's off-line primary key).
 * Source: RFC 4880 sections 5.5.2, 5.5.3, 3.2; RFC 6637 section 9.
 */
int pkg_key_parse(struct pkg_key *k, struct sm_str file, struct sm_err *e);

/*
 * Make a key with one self-signed user id.
 *
 * `type` is "ed25519", "rsa3072", "rsa4096" or "p256"; `uid` is
 * "Name <mail>", UTF-8; `created_sec` is Unix time.
 * Errors: SM_EUSAGE for another type or an unusable user id.
 */
int pkg_key_generate(struct pkg_key *k, const char *type, struct sm_str uid,
		     uint32_t created_sec, struct sm_err *e);

/*
 * Make an OpenPGP key of a key held elsewhere (pkg_signer_is): its public part
 * with one user id, certified by the key itself. `pub` may be NULL if its
 * holder knows it.
 *
 * Errors: SM_EUSAGE for an unusable user id; those of pkg_signer_open_new and
 *         pkg_signer_sign.
 */
int pkg_key_certify(struct pkg_key *k, const char *spec, EVP_PKEY *pub,
		    struct sm_str uid, uint32_t created_sec, struct sm_err *e);

/*
 * Sign with a key held elsewhere, whose public key block, armored or binary,
 * is `block`.
 *
 * Errors: those of pkg_key_parse for the block, of pkg_signer_open_new for the
 *         holder; SM_EVERIFY if the two are not the same key.
 */
int pkg_key_attach(struct pkg_key *k, const char *spec, struct sm_str block,
		   struct sm_err *e);

/* Append the armored public key block, as `gpg --export --armor` would. */
int pkg_key_put_public(const struct pkg_key *k, struct sm_buf *out,
		       struct sm_err *e);

/* Append the armored secret key block, not protected. Errors: SM_ENOTSUP if
 * the key is held elsewhere. */
int pkg_key_put_secret(const struct pkg_key *k, struct sm_buf *out,
		       struct sm_err *e);

#endif
