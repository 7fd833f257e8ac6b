/*
 * pkg_der: writes DER into a buffer, from the inside out: contents first, then
 * the tag and length around them. The reader is common/der.h, whose tags are
 * used here.
 */
#ifndef PKG_DER_H
#define PKG_DER_H

#include "common/buf.h"
#include "common/der.h"

/*
 * Put tag and length in front of everything from offset `from` on.
 * Errors: SM_ELIMIT of the buffer, which keeps it.
 */
int pkg_der_wrap(struct sm_buf *b, size_t from, unsigned tag);

/* Append an element with this body. */
int pkg_der_put(struct sm_buf *b, unsigned tag, struct sm_str body);

/* Append an INTEGER of unsigned bytes, big-endian; a number below 2^32. */
int pkg_der_put_bytes(struct sm_buf *b, const uint8_t *p, size_t len);
int pkg_der_put_u32(struct sm_buf *b, uint32_t v);

/* Append an AlgorithmIdentifier with this OID body; `null`: NULL parameters,
 * otherwise none. */
int pkg_der_put_algorithm(struct sm_buf *b, struct sm_str oid, bool null);

/* The bodies of the object identifiers of SHA-256. */
extern const struct sm_str pkg_der_oid_sha256;

#endif
