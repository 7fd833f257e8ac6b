/*
 * OpenPGP packets: the framing of RFC 9580 sections 3 and 4.2, version 4
 * material only. Views point into the bytes given; nothing is owned.
 */
#ifndef COMMON_PGPPACKET_H
#define COMMON_PGPPACKET_H

#include "common/buf.h"
#include "common/err.h"

/* No signature and no key block that we read is larger (PACKAGING.md 7.1). */
#define SM_PGPPACKET_MAX ((size_t)64 << 10)

/* Packet types, RFC 9580 section 5. */
enum sm_pgppacket_tag {
	SM_PGP_SIGNATURE = 2,
	SM_PGP_SECRET_KEY = 5,
	SM_PGP_PUBLIC_KEY = 6,
	SM_PGP_SECRET_SUBKEY = 7,
	SM_PGP_USER_ID = 13,
	SM_PGP_PUBLIC_SUBKEY = 14,
	SM_PGP_USER_ATTRIBUTE = 17
};

/* Subpacket types, RFC 9580 section 5.2.3.7. */
enum sm_pgppacket_sub {
	SM_PGP_SUB_CREATED = 2,
	SM_PGP_SUB_SIG_EXPIRES = 3, /* seconds after creation, 0 = never */
	SM_PGP_SUB_KEY_EXPIRES = 9, /* seconds after the key's creation */
	SM_PGP_SUB_PREF_CIPHER = 11,
	SM_PGP_SUB_ISSUER = 16,
	SM_PGP_SUB_NOTATION = 20,
	SM_PGP_SUB_PREF_HASH = 21,
	SM_PGP_SUB_PREF_COMPRESS = 22,
	SM_PGP_SUB_KEY_SERVER = 23,
	SM_PGP_SUB_PRIMARY_UID = 25,
	SM_PGP_SUB_KEY_FLAGS = 27,
	SM_PGP_SUB_FEATURES = 30,
	SM_PGP_SUB_EMBEDDED = 32,
	SM_PGP_SUB_ISSUER_FPR = 33
};

/*
 * Take the first packet of *rest. Returns 1, or 0 when nothing is left.
 * Errors: SM_EFORMAT for a bad header, a partial or indeterminate length or
 * a length beyond the input. Source: RFC 9580 4.2; PACKAGING.md 7.1.
 */
int sm_pgppacket_next(struct sm_str *rest, unsigned *tag, struct sm_str *body,
		      struct sm_err *e);

/*
 * Take a multiprecision integer: u16 bits, bytes, no leading zero bits.
 * `mpi` are the bytes. Errors: SM_EFORMAT, also for a bit count that the
 * first byte contradicts; zero itself is the empty view.
 */
int sm_pgppacket_mpi(struct sm_str *rest, struct sm_str *mpi);

/*
 * Take the first subpacket of an area. Returns 1, or 0 at its end.
 * `critical` is bit 7 of the type. Errors: SM_EFORMAT.
 */
int sm_pgppacket_subpacket(struct sm_str *rest, unsigned *type, bool *critical,
			   struct sm_str *body);

/*
 * The writer's side. Headers are in the old format, as gpg writes them, with
 * the shortest length. Errors: SM_ELIMIT of the buffer.
 */
int sm_pgppacket_put(struct sm_buf *out, unsigned tag, struct sm_str body);
/* Big-endian bytes; leading zero bytes are dropped. */
int sm_pgppacket_put_mpi(struct sm_buf *out, struct sm_str bytes);
int sm_pgppacket_put_sub(struct sm_buf *out, unsigned type, struct sm_str body);

#endif
