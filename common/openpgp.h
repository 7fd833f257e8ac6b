/*
 * Detached OpenPGP signatures, version 4, against a ring of pinned keys.
 *
 * The ring is what the caller trusts: there is no web of trust. A block of
 * keys is taken apart once, when it is added: the primary key must certify
 * a user id of its own, a subkey must be bound by it and bind itself
 * back, revoked keys and those that may not sign are left out. What does not
 * check out is refused, with the reason; everything unknown is refused too.
 */
#ifndef COMMON_OPENPGP_H
#define COMMON_OPENPGP_H

#include "common/pgpkey.h"
#include "common/pgppacket.h"

/* Clocks differ: how far in the future a signature or key may lie. */
#define SM_OPENPGP_SKEW_SEC 3600

/* Keys of one ring: rotation needs a few, not a directory. */
#define SM_OPENPGP_RING_MAX 32

struct sm_openpgp_key {
	struct sm_pgpkey pub;
	int64_t expires;                 /* Unix seconds, 0 = never */
	bool subkey;                     /* bound to `primary` */
	uint8_t primary[SM_PGPKEY_FPR];  /* its own fpr if it is primary */
	char user_id[SM_PGPKEY_UID_MAX]; /* valid UTF-8, no controls */
};

struct sm_openpgp_ring {
	struct sm_openpgp_key *key;
	size_t n;
};

#define SM_OPENPGP_RING_INIT \
	{                    \
		NULL, 0      \
	}

void sm_openpgp_ring_release(struct sm_openpgp_ring *r);

/*
 * Add the signing keys of a public key block, binary or armored, one or more
 * primary keys.
 *
 * Errors: SM_EFORMAT; SM_ELIMIT above 64 KiB or too many keys; SM_EVERIFY if
 * nothing in it may sign, with the reason of the last key looked at.
 */
int sm_openpgp_ring_add(struct sm_openpgp_ring *r, struct sm_str block,
			struct sm_err *e);

/* Add a key from pinned raw parameters; no self-signature is needed then. */
int sm_openpgp_ring_add_raw(struct sm_openpgp_ring *r,
			    const struct sm_pgpkey *k, const char *user_id);

/*
 * Add the key with which AWS signs the plugin's Linux packages since
 * 1.2.707.0. Source: PACKAGING.md 1.8 (public guide); fingerprint
 * 7959 6371 24CE 093A D501 D47A 2C4D 4AFF 6F67 57EE, recomputed in tests.
 */
int sm_openpgp_ring_add_aws(struct sm_openpgp_ring *r);

#define SM_OPENPGP_AWS_FPR "7959637124CE093AD501D47A2C4D4AFF6F6757EE"

/* What was found good. */
struct sm_openpgp_result {
	char alg[16];                    /* "ecdsa-p256" */
	char hash[8];                    /* "sha256" */
	char fpr[SM_PGPKEY_FPR_HEX];     /* key that signed */
	char primary[SM_PGPKEY_FPR_HEX]; /* its primary key */
	char user_id[SM_PGPKEY_UID_MAX];
	int64_t created;            /* of the signature, Unix seconds */
	uint64_t size;              /* bytes signed */
	char sha256[SM_SHA256_HEX]; /* of the bytes signed */
};

/*
 * Verify a detached signature (binary or armored, one packet) over the whole
 * of an open file; the position does not move. Use the same descriptor for
 * what follows. `now` is Unix seconds.
 *
 * Errors: SM_EVERIFY for every refusal, with its reason (no key for it, changed
 * data, expired, in the future, malformed, unknown critical part, weak
 * algorithm); SM_EIO if the data cannot be read. *res does not count then.
 * Source: RFC 9580 5.2; PACKAGING.md 7.1.
 */
int sm_openpgp_verify_fd(const struct sm_openpgp_ring *r, int fd,
			 struct sm_str sig, int64_t now,
			 struct sm_openpgp_result *res, struct sm_err *e);

/* Parts of an open file, signed as if they were one. */
#define SM_OPENPGP_PARTS_MAX 4

struct sm_openpgp_parts {
	int fd;
	size_t n;
	struct {
		uint64_t offset;
		uint64_t size;
	} part[SM_OPENPGP_PARTS_MAX];
};

/* The same over parts of a file, in this order. Errors: also SM_EVERIFY if
 * the file ends before one does. */
int sm_openpgp_verify_parts(const struct sm_openpgp_ring *r,
			    const struct sm_openpgp_parts *parts,
			    struct sm_str sig, int64_t now,
			    struct sm_openpgp_result *res, struct sm_err *e);

/* The same over bytes in memory. */
int sm_openpgp_verify_bytes(const struct sm_openpgp_ring *r, struct sm_str data,
			    struct sm_str sig, int64_t now,
			    struct sm_openpgp_result *res, struct sm_err *e);

#endif
