/*
 * pkg_sign: detached signatures beside files, FILE.sig, binary, as the
 * official downloads have them (PACKAGING.md 1.1).
 */
#ifndef PKG_SIGN_H
#define PKG_SIGN_H

#include "common/err.h"

struct pkg_key;

/* Read a secret key file; `k` is initialised. Errors: those of
 * pkg_key_parse and of reading, with the file's name in front. */
int pkg_sign_load_key(struct pkg_key *k, const char *path, struct sm_err *e);

/*
 * Sign the contents of `path` and replace or create `path`.sig in one step.
 * `when_sec` is Unix time.
 */
int pkg_sign_file(const struct pkg_key *k, const char *path, uint32_t when_sec,
		  struct sm_err *e);

#endif
