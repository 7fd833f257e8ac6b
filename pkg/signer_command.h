/*
 * pkg_signer_command: a key behind a program, for key services and whatever
 * else this project does not know.
 */
#ifndef PKG_SIGNER_COMMAND_H
#define PKG_SIGNER_COMMAND_H

#include "pkg/signer.h"

/* Words of the command, the program among them. */
#define PKG_SIGNER_COMMAND_WORDS 64

/* Seconds for one signature, unless SMPKG_SIGN_SECONDS says otherwise. */
#define PKG_SIGNER_COMMAND_SECONDS 60

/*
 * "PROGRAM ARG...": words with blanks between them; there is no quoting and no
 * shell. The program finds the digest, as bytes, on its standard input and the
 * names of key and digest in SMPKG_ALGORITHM (rsa, p256, ed25519) and
 * SMPKG_HASH (sha256, ...); it writes the signature, as bytes, to standard
 * output and ends with status 0. Nothing is run before a signature is needed.
 *
 * Owns:   *h is filled; h->free ends it.
 * Errors: SM_EUSAGE for no program, too many words, or an unusable limit;
 *         SM_ENOTFOUND if there is no such program.
 *         Of h->sign: SM_ETIMEOUT, SM_ELIMIT, and SM_EIO for
 *         another status, with the first line of its standard error.
 */
int pkg_signer_command_open(struct pkg_signer_holder *h, const char *spec,
			    struct sm_err *e);

#endif
