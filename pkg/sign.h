/*
 * pkg_sign: detached signatures beside files, FILE.sig, binary, as the
 * official downloads have them (PACKAGING.md 1.1).
 */
#ifndef PKG_SIGN_H
#define PKG_SIGN_H

#include "common/buf.h"
#include "common/err.h"

struct pkg_key;

/*
 * Make a key ready; `k` is initialised. `name` is a secret key file, or names
 * a key held elsewhere (pkg_signer_is): then `public_key` is the file with its
 * public key block, else NULL.
 *
 * Errors: SM_EUSAGE if there is no `public_key` where it is needed, or one
 *         where it is not; those of pkg_key_parse, pkg_key_attach and of
 *         reading, with the key's name in front.
 */
int pkg_sign_load_key(struct pkg_key *k, const char *name,
		      const char *public_key, struct sm_err *e);

/* How a message names a key: without the parts that may be secret. Appends. */
void pkg_sign_put_name(struct sm_buf *out, const char *name);

/*
 * Sign the contents of `path` and replace or create `path`.sig in one step.
 * `when_sec` is Unix time.
 */
int pkg_sign_file(const struct pkg_key *k, const char *path, uint32_t when_sec,
		  struct sm_err *e);

#endif
