/*
 * OpenPGP version 4 signature packets: taken apart, and checked against one
 * key over a digest that the caller has fed. Which key may sign what is
 * decided in pgpblock.h and openpgp.h.
 */
#ifndef COMMON_PGPSIG_H
#define COMMON_PGPSIG_H

#include "common/openpgp.h"

/* Signature types, RFC 9580 5.2.1. */
enum sm_pgpsig_type {
	SM_PGPSIG_BINARY = 0x00,
	SM_PGPSIG_CERT_FIRST = 0x10, /* certifications of a user id */
	SM_PGPSIG_CERT_LAST = 0x13,
	SM_PGPSIG_SUBKEY = 0x18,
	SM_PGPSIG_PRIMARY = 0x19, /* subkey binds its primary key */
	SM_PGPSIG_DIRECT = 0x1f,
	SM_PGPSIG_REVOKE_KEY = 0x20,
	SM_PGPSIG_REVOKE_SUBKEY = 0x28,
	SM_PGPSIG_REVOKE_CERT = 0x30
};

#define SM_PGPSIG_MAY_SIGN 0x02 /* key flag, RFC 9580 5.2.3.29 */

/* Views point into the packet. */
struct sm_pgpsig {
	unsigned type;
	unsigned alg;         /* public key algorithm, 3 read as 1 */
	unsigned hash;        /* enum sm_pgpkey_hash */
	uint32_t created;     /* Unix seconds, from the hashed part */
	uint32_t expires;     /* seconds after creation, 0 = never */
	uint32_t key_expires; /* seconds after the key's creation, 0 = never */
	bool has_flags;
	unsigned flags;          /* first octet of the key flags */
	struct sm_str issuer[4]; /* key ids (8) and fingerprints (20) */
	size_t n_issuers;
	bool has_key_id;        /* one of them is a key id */
	struct sm_str embedded; /* signature packet's body, or empty */
	struct sm_str hashed;   /* version octet to end of hashed part */
	struct sm_str left16;   /* first two bytes of the digest */
	struct sm_str numbers;  /* algorithm specific fields */
};

/*
 * Take a signature packet's body apart. Refuses what could be read in two
 * ways: a repeated subpacket of those that count, an unknown critical one,
 * a missing hashed creation time.
 *
 * Errors: SM_EFORMAT; SM_ENOTSUP for another version or hash algorithm.
 * Source: RFC 9580 5.2.3; PACKAGING.md 7.1.
 */
int sm_pgpsig_parse(struct sm_pgpsig *s, struct sm_str body, struct sm_err *e);

/* True if the signature names its issuer and every name is this key's. */
bool sm_pgpsig_is_by(const struct sm_pgpsig *s, const struct sm_pgpkey *k);

/*
 * The signature's time against the key's and `now` (Unix seconds).
 * Errors: SM_EVERIFY: older than the key, in the future, expired.
 */
int sm_pgpsig_check_time(const struct sm_pgpsig *s, const struct sm_pgpkey *k,
			 int64_t now, struct sm_err *e);

/*
 * Check over what was added to `d`, which must have been started with the
 * signature's hash; finishes and releases it. Errors: SM_EVERIFY, SM_EFORMAT.
 */
int sm_pgpsig_check(const struct sm_pgpsig *s, const struct sm_pgpkey *k,
		    struct sm_digest *d, struct sm_err *e);

#endif
