/*
 * pkg_pesign: signs Windows programs (Authenticode, SHA-256).
 */
#ifndef PKG_PESIGN_H
#define PKG_PESIGN_H

#include "common/buf.h"
#include "common/err.h"

#include <openssl/types.h>

/* No package of the plugin is larger (common/package.h). */
#define PKG_PESIGN_FILE_MAX ((size_t)256 << 20)

struct pkg_tsa;

struct pkg_pesign {
	EVP_PKEY *key;     /* RSA, or ECDSA on a curve of 256 bits or more */
	X509 *const *cert; /* that of the key first, then its authorities */
	size_t n_certs;
	const char *program; /* what it is called; NULL: not said */
	const char *url;     /* where more is to be found; NULL: not said */
	int64_t when_sec;    /* Unix time of signing; below 0: not said */
	const struct pkg_tsa *tsa; /* NULL: no time stamp */
};

/*
 * Sign the program in `image`: an earlier signature goes, the end is filled up
 * with zeros to a multiple of eight, the certificate table is appended, and
 * the checksum is that of the new file. With an RSA key and no time stamp the
 * same input gives the same bytes. What was made is verified with the key of
 * the first certificate.
 *
 * Errors: SM_EFORMAT if it is no program; SM_ENOTSUP for another kind of key;
 *         SM_ELIMIT above the maximum of `image`; those of pkg_tsa. `image` is
 *         of no more use then.
 * Source: PACKAGING.md 5.2; common/authenticode.h.
 */
int pkg_pesign_put(const struct pkg_pesign *s, struct sm_buf *image,
		   struct sm_err *e);

/*
 * Append the signature of a package for the Windows Installer, which is a
 * stream of it, over the SHA-256 of its other streams.
 * Errors: as pkg_pesign_put.
 */
int pkg_pesign_package(const struct pkg_pesign *s, const uint8_t *digest,
		       struct sm_buf *out, struct sm_err *e);

/* The program once more, for a file, which is replaced in one step and keeps its mode. */
int pkg_pesign_file(const struct pkg_pesign *s, const char *path,
		    struct sm_err *e);

#endif
