/*
 * pkg_pgpsign: makes OpenPGP v4 signature packets. SHA-256 always: the hash
 * that every verifier of the last fifteen years takes (PACKAGING.md 3.3).
 *
 * The same key, input and time give the same bytes (ECDSA: ecdsa.h); with an
 * ECDSA key that is held elsewhere that is up to its holder.
 */
#ifndef PKG_PGPSIGN_H
#define PKG_PGPSIGN_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#include <openssl/types.h>

struct pkg_key;

/* Signature types, RFC 4880 section 5.2.1. */
enum pkg_pgpsign_type {
	PKG_PGPSIGN_BINARY = 0x00, /* a document */
	PKG_PGPSIGN_TEXT = 0x01,   /* a text with CRLF line ends */
	PKG_PGPSIGN_CERT = 0x13    /* a user id, positive certification */
};

/*
 * Append one signature packet. `md` is a SHA-256 context that was fed all that
 * is signed; it is finished here. `when_sec` is Unix time.
 *
 * Shape:  PACKAGING.md 7.1; RFC 4880 section 5.2.3.
 * Errors: SM_EIO if OpenSSL fails, SM_EVERIFY if the signature made is wrong,
 *         those of pkg_pgpsign_check and pkg_signer_sign.
 */
int pkg_pgpsign_put(const struct pkg_key *k, enum pkg_pgpsign_type type,
		    EVP_MD_CTX *md, uint32_t when_sec, struct sm_buf *out,
		    struct sm_err *e);

/*
 * SM_EUSAGE if a signature of that time would be refused: it is before the
 * creation of the key, or the key has expired.
 */
int pkg_pgpsign_check(const struct pkg_key *k, int64_t when_sec,
		      struct sm_err *e);

/*
 * When a signature made for the clock `sec` is dated: then, or at the creation
 * of the key if that is later. A package can be older than the key that signs
 * it, a signature cannot; and it stays the same from run to run.
 */
uint32_t pkg_pgpsign_time(const struct pkg_key *k, uint32_t sec);

/* pkg_pgpsign_put over bytes in memory, as a binary document. */
int pkg_pgpsign_put_data(const struct pkg_key *k, struct sm_str data,
			 uint32_t when_sec, struct sm_buf *out,
			 struct sm_err *e);

#endif
