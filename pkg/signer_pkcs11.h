/*
 * pkg_signer_pkcs11: a key in a PKCS#11 token, named by a URI.
 */
#ifndef PKG_SIGNER_PKCS11_H
#define PKG_SIGNER_PKCS11_H

#include "pkg/signer.h"

/* No PIN is longer; a file with more in its first line is refused. */
#define PKG_SIGNER_PKCS11_PIN_MAX 255

/*
 * `spec` is the URI behind "pkcs11:". module-path names the token's library;
 * otherwise all that p11-kit knows are asked. The URI must fit exactly one
 * token and there one private key. The PIN is, in this order, pin-value,
 * the first line of the file pin-source (a path, or file: and a path), or
 * SMPKG_PIN; it is tried once, and not at all if that could lock the token.
 * No message repeats the part of the URI behind '?'.
 *
 * Owns:   *h is filled; h->free logs out and lets go of the library.
 * Errors: SM_EUSAGE for a malformed URI; SM_ENOTFOUND, and SM_EFORMAT for more
 *         than one, of token or key; SM_EAUTH for the PIN; SM_ENOTSUP for
 *         another type of key; SM_EIO for what else the token says.
 * Source: RFC 7512; PKCS #11 2.40 sections 2.1.8, 2.3.6 (mechanisms).
 */
int pkg_signer_pkcs11_open(struct pkg_signer_holder *h, const char *spec,
			   struct sm_err *e);

#endif
