/*
 * pkg_clearsign: texts with their signature around them, as InRelease of a
 * Debian repository.
 */
#ifndef PKG_CLEARSIGN_H
#define PKG_CLEARSIGN_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct pkg_key;

/*
 * Append `text` in the cleartext framework, signed with SHA-256. Blanks at
 * the end of lines are not signed, and not written. `when_sec` is Unix time,
 * not before the key's.
 *
 * Errors: those of pkg_pgpsign_put; SM_ELIMIT of the buffer.
 * Source: RFC 9580 sections 7 and 5.2.4.
 */
int pkg_clearsign_put(const struct pkg_key *k, struct sm_str text,
		      uint32_t when_sec, struct sm_buf *out, struct sm_err *e);

#endif
