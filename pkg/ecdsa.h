/*
 * pkg_ecdsa: P-256 signatures whose nonce follows from key and digest, so that
 * the same input gives the same bytes; OpenSSL has that from 3.2 on only.
 */
#ifndef PKG_ECDSA_H
#define PKG_ECDSA_H

#include "common/def.h"
#include "common/err.h"

#include <openssl/types.h>

#define PKG_ECDSA_BYTES 32 /* of a digest, of each number */
#define PKG_ECDSA_SIG (2 * PKG_ECDSA_BYTES)

/*
 * The nonce for a SHA-256 digest under the private key `d`, both of 32 bytes,
 * big endian. The caller wipes it.
 *
 * Errors: SM_EFORMAT if `d` is no private key, SM_EIO if OpenSSL fails.
 * Source: RFC 6979 section 3.2 with HMAC-SHA-256 and q of P-256.
 */
int pkg_ecdsa_nonce(const uint8_t *d, const uint8_t *digest, uint8_t *nonce);

/*
 * Sign a SHA-256 digest: r, then s, 32 bytes each.
 *
 * Errors: SM_ENOTSUP if the key is not P-256 with its private number here,
 *         SM_EIO if OpenSSL fails.
 * Source: FIPS 186-4 section 6.4; RFC 6979 section 3.2.
 */
int pkg_ecdsa_sign(EVP_PKEY *pkey, const uint8_t *digest, uint8_t *sig,
		   struct sm_err *e);

#endif
