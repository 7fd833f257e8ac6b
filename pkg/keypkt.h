/*
 * pkg_keypkt: the algorithm specific part of OpenPGP key packets, to and from
 * OpenSSL's keys. Knows no files, no user ids, no armor.
 */
#ifndef PKG_KEYPKT_H
#define PKG_KEYPKT_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

#include "common/pgpkey.h"

#include <openssl/types.h>

/*
 * Take the secret numbers of algorithm `alg` (enum sm_pgpkey_alg) off the
 * front of *rest; *numbers becomes the view of them.
 * Errors: SM_EFORMAT if damaged.
 * Source: RFC 4880 section 5.5.3; RFC 9580 section 5.5.5.9.
 */
int pkg_keypkt_secret(unsigned alg, struct sm_str *rest, struct sm_str *numbers,
		      struct sm_err *e);

/*
 * The OpenSSL key of both parts.
 *
 * Owns:   *pkey is the caller's, EVP_PKEY_free.
 * Errors: SM_EFORMAT if they do not belong together.
 */
int pkg_keypkt_load(const struct sm_pgpkey *pub, struct sm_str secret,
		    EVP_PKEY **pkey, struct sm_err *e);

/*
 * The OpenSSL key of the public part alone.
 *
 * Owns:   *pkey is the caller's, EVP_PKEY_free.
 * Errors: SM_EFORMAT.
 */
int pkg_keypkt_public(const struct sm_pgpkey *pub, EVP_PKEY **pkey,
		      struct sm_err *e);

/*
 * The public part of an OpenSSL key, RSA, P-256 or Ed25519. `created` is Unix
 * time. Errors: SM_ENOTSUP, SM_EFORMAT, SM_EIO.
 */
int pkg_keypkt_describe(EVP_PKEY *pkey, uint32_t created, struct sm_pgpkey *pub,
			struct sm_err *e);

/* Both parts: *pub is filled, the secret numbers are appended. Errors: as
 * those of pkg_keypkt_describe. */
int pkg_keypkt_store(EVP_PKEY *pkey, uint32_t created, struct sm_pgpkey *pub,
		     struct sm_buf *secret, struct sm_err *e);

#endif
