/*
 * Public key blocks (transferable public keys, RFC 9580 10.1): which keys in
 * one may sign data, by what the keys say of themselves.
 */
#ifndef COMMON_PGPBLOCK_H
#define COMMON_PGPBLOCK_H

#include "common/openpgp.h"

/* Receives each key that may sign; a negative return ends the reading. */
typedef int sm_pgpblock_fn(void *user, const struct sm_openpgp_key *k);

/*
 * Read binary packets. `now` is Unix seconds: a self-signature from the
 * future does not count. Returns how many keys were handed out; when none,
 * *e says why the last candidate was left out.
 *
 * Rules: the primary key certifies a user id (types 0x10 to 0x13), is not
 * revoked, and signs data unless its flags say otherwise; the newest of these
 * certifications and of those over itself (0x1F) counts. A subkey is bound by
 * its primary (0x18) with the flag to sign, binds back (embedded 0x19) and is
 * not revoked. A revocation of the key counts wherever it stands in the block,
 * whatever its time; one that cannot be judged, as those with SHA-1, too.
 *
 * Errors: SM_EFORMAT for broken framing, a packet that has no place in such
 * a block, or a secret key.
 */
int sm_pgpblock_read(struct sm_str packets, int64_t now, sm_pgpblock_fn *fn,
		     void *user, struct sm_err *e);

#endif
