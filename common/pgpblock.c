/*
 * Reading key blocks: one pass over the packets. `struct block` holds the
 * primary key being read and the user id or subkey under it; a signature
 * packet belongs to the last of these. When the next begins, the one before
 * is closed and its facts are merged.
 *
 * A signature that is not the primary's own, or does not verify, says nothing
 * and is passed over; only what verifies changes anything. Revocations alone
 * are believed when in doubt.
 */
#include "common/def.h"
#include "common/pgpblock.h"

#include "common/pgpsig.h"

#define SUBKEYS_MAX 16
#define KEY_ID 8 /* bytes, the end of the fingerprint */

enum part {
	PART_NONE,
	PART_PRIMARY,
	PART_USER_ID,
	PART_OTHER,
	PART_SUBKEY
};

/* What self-signatures say; the newest counts. */
struct facts {
	bool valid;
	bool revoked;
	uint32_t created;
	uint32_t key_expires;
	bool has_flags;
	unsigned flags;
};

struct subkey {
	struct sm_pgpkey pub;
	struct facts facts;
};

struct block {
	int64_t now;
	enum part part;
	bool skip; /* primary key that we cannot use */
	struct sm_pgpkey primary;
	struct sm_str primary_body;
	struct facts facts;    /* of the primary key, merged */
	struct sm_str user_id; /* the one being read */
	struct facts uid_facts;
	struct sm_str best_uid; /* with the newest certification */
	uint32_t best_created;
	struct sm_str sub_body;
	bool sub_usable;
	struct subkey sub[SUBKEYS_MAX];
	size_t n_subs;
	int found;
	struct sm_err *e;
	sm_pgpblock_fn *fn;
	void *user;
};

static void add_key(struct sm_digest *d, struct sm_str body)
{
	uint8_t head[3] = { 0x99, (uint8_t)(body.len >> 8), (uint8_t)body.len };

	sm_digest_add(d, head, sizeof(head));
	sm_digest_add(d, body.ptr, body.len);
}

static void add_user_id(struct sm_digest *d, struct sm_str uid)
{
	uint8_t head[5] = { 0xb4, (uint8_t)(uid.len >> 24),
			    (uint8_t)(uid.len >> 16), (uint8_t)(uid.len >> 8),
			    (uint8_t)uid.len };

	sm_digest_add(d, head, sizeof(head));
	sm_digest_add(d, uid.ptr, uid.len);
}

/* True if its numbers are `k`'s, over what its type says that it is over. */
static bool matches(const struct block *b, const struct sm_pgpsig *s,
		    const struct sm_pgpkey *k)
{
	struct sm_digest d = SM_DIGEST_INIT;
	enum sm_digest_alg alg;

	if (sm_pgpkey_hash_alg(s->hash, &alg) < 0 ||
	    sm_digest_start(&d, alg, NULL) < 0)
		return false;
	add_key(&d, b->primary_body);
	switch (s->type) {
	case SM_PGPSIG_DIRECT:
	case SM_PGPSIG_REVOKE_KEY:
		break;
	case SM_PGPSIG_SUBKEY:
	case SM_PGPSIG_PRIMARY:
	case SM_PGPSIG_REVOKE_SUBKEY:
		add_key(&d, b->sub_body);
		break;
	default:
		add_user_id(&d, b->user_id);
	}
	return sm_pgpsig_check(s, k, &d, NULL) == 0;
}

/* True if `k` made this signature, and it is one to go by. */
static bool holds(const struct block *b, const struct sm_pgpsig *s,
		  const struct sm_pgpkey *k)
{
	/* gpg passes over a self-signature without a key id; so do we */
	return s->has_key_id && sm_pgpsig_is_by(s, k) &&
	       sm_pgpsig_check_time(s, k, b->now, NULL) == 0 &&
	       matches(b, s, k);
}

/* A later one replaces an earlier one. */
static void learn(struct facts *f, const struct sm_pgpsig *s)
{
	if (f->valid && s->created < f->created)
		return;
	f->valid = true;
	f->created = s->created;
	f->key_expires = s->key_expires;
	f->has_flags = s->has_flags;
	f->flags = s->flags;
}

static void primary_signature(struct block *b, const struct sm_pgpsig *s)
{
	if (s->type == SM_PGPSIG_DIRECT && holds(b, s, &b->primary))
		learn(&b->facts, s);
}

static void user_id_signature(struct block *b, const struct sm_pgpsig *s)
{
	if (s->type >= SM_PGPSIG_CERT_FIRST && s->type <= SM_PGPSIG_CERT_LAST &&
	    holds(b, s, &b->primary))
		learn(&b->uid_facts, s);
}

/* The subkey's own signature inside the binding, RFC 9580 5.2.1.9. */
static bool binds_back(const struct block *b, const struct sm_pgpsig *binding,
		       const struct sm_pgpkey *sub)
{
	struct sm_pgpsig back;

	return binding->embedded.len &&
	       sm_pgpsig_parse(&back, binding->embedded, NULL) == 0 &&
	       back.type == SM_PGPSIG_PRIMARY && holds(b, &back, sub);
}

static void subkey_signature(struct block *b, const struct sm_pgpsig *s)
{
	struct subkey *sub;

	if (!b->sub_usable || s->type != SM_PGPSIG_SUBKEY)
		return;
	sub = &b->sub[b->n_subs - 1];
	if (holds(b, s, &b->primary) && binds_back(b, s, &sub->pub))
		learn(&sub->facts, s);
}

/* What a revocation of this type, standing here, would end; or NULL. */
static bool *revocable(struct block *b, unsigned type)
{
	if (type == SM_PGPSIG_REVOKE_KEY)
		return &b->facts.revoked; /* also behind user ids and subkeys */
	if (type == SM_PGPSIG_REVOKE_CERT && b->part == PART_USER_ID)
		return &b->uid_facts.revoked;
	if (type == SM_PGPSIG_REVOKE_SUBKEY && b->part == PART_SUBKEY &&
	    b->sub_usable)
		return &b->sub[b->n_subs - 1].facts.revoked;
	return NULL;
}

/*
 * A revocation takes something away, so less is asked of it: it need not name
 * its issuer, nor be of a certain time.
 */
static bool revokes(const struct block *b, const struct sm_pgpsig *s)
{
	return (!s->n_issuers || sm_pgpsig_is_by(s, &b->primary)) &&
	       matches(b, s, &b->primary);
}

/*
 * A revocation that cannot be judged, of an old version or with SHA-1, is
 * believed if it speaks of the key at all.
 */
static void unreadable(struct block *b, struct sm_str body)
{
	const uint8_t *id = b->primary.fpr + SM_PGPKEY_FPR - KEY_ID;
	/* version 3 has the length of what is hashed before its type */
	size_t at = body.len && body.ptr[0] == 3 ? 2 : 1;
	bool *revoked = at < body.len ? revocable(b, (uint8_t)body.ptr[at]) :
					NULL;

	if (revoked && sm_str_find(body, sm_str_n(id, KEY_ID)) >= 0)
		*revoked = true;
}

static void signature(struct block *b, struct sm_str body)
{
	struct sm_pgpsig s;
	struct sm_err why = SM_ERR_INIT;
	bool *revoked;

	if (b->skip)
		return;
	if (sm_pgpsig_parse(&s, body, &why) < 0) {
		/* kept: it may be the reason why nothing is left */
		sm_err_set(b->e, SM_EVERIFY, "%s", sm_err_msg(&why));
		unreadable(b, body);
		return;
	}
	if ((revoked = revocable(b, s.type))) {
		*revoked = *revoked || revokes(b, &s);
		return;
	}
	switch (b->part) {
	case PART_PRIMARY:
		primary_signature(b, &s);
		break;
	case PART_USER_ID:
		user_id_signature(b, &s);
		break;
	case PART_SUBKEY:
		subkey_signature(b, &s);
		break;
	default:
		break;
	}
}

/* A user id that certifies the key, and whose facts are newer, counts. */
static void close_user_id(struct block *b)
{
	const struct facts *u = &b->uid_facts;
	bool revoked = b->facts.revoked;

	if (b->part != PART_USER_ID || !u->valid || u->revoked)
		return;
	if (!b->best_uid.ptr || u->created >= b->best_created) {
		b->best_uid = b->user_id;
		b->best_created = u->created;
	}
	if (!b->facts.valid || u->created >= b->facts.created)
		b->facts = *u;
	b->facts.revoked = revoked;
}

static int64_t expiry(const struct sm_pgpkey *k, const struct facts *f)
{
	return f->key_expires ? (int64_t)k->created + f->key_expires : 0;
}

/* Printable text only: it is shown to people. */
static void copy_user_id(char *out, size_t size, struct sm_str uid)
{
	size_t i;

	out[0] = '\0';
	if (uid.len >= size || !sm_str_utf8(uid))
		return;
	for (i = 0; i < uid.len; i++)
		if ((uint8_t)uid.ptr[i] < 0x20 || uid.ptr[i] == 0x7f)
			return;
	if (uid.len)
		memcpy(out, uid.ptr, uid.len);
	out[uid.len] = '\0';
}

static int hand_out(struct block *b, const struct sm_pgpkey *pub,
		    int64_t expires, bool subkey)
{
	struct sm_openpgp_key k = { 0 };

	k.pub = *pub;
	k.expires = expires;
	k.subkey = subkey;
	memcpy(k.primary, b->primary.fpr, sizeof(k.primary));
	copy_user_id(k.user_id, sizeof(k.user_id), b->best_uid);
	b->found++;
	return b->fn(b->user, &k);
}

static int hand_out_subkeys(struct block *b, int64_t expires)
{
	const struct subkey *s;
	int64_t own;
	size_t i;
	int r;

	for (i = 0; i < b->n_subs; i++) {
		s = &b->sub[i];
		if (!s->facts.valid || s->facts.revoked ||
		    !(s->facts.flags & SM_PGPSIG_MAY_SIGN))
			continue;
		own = expiry(&s->pub, &s->facts);
		if (!own || (expires && expires < own))
			own = expires; /* not longer than its primary */
		if ((r = hand_out(b, &s->pub, own, true)) < 0)
			return r;
	}
	return 0;
}

/* End of one primary key: say which of its keys may sign. */
static int close_primary(struct block *b)
{
	const struct facts *f = &b->facts;
	int64_t expires;
	int r;

	if (b->part == PART_NONE || b->skip)
		return 0;
	close_user_id(b);
	b->part = PART_NONE;
	if (!f->valid || !b->best_uid.ptr) {
		if (!b->e->code)
			sm_err_set(b->e, SM_EVERIFY,
				   "key has no valid self-signature");
		return 0;
	}
	if (f->revoked) {
		sm_err_set(b->e, SM_EVERIFY, "key is revoked");
		return 0;
	}
	expires = expiry(&b->primary, f);
	if (!f->has_flags || (f->flags & SM_PGPSIG_MAY_SIGN)) {
		if ((r = hand_out(b, &b->primary, expires, false)) < 0)
			return r;
	} else {
		sm_err_set(b->e, SM_EVERIFY, "key may not sign data");
	}
	return hand_out_subkeys(b, expires);
}

static int open_primary(struct block *b, struct sm_str body)
{
	struct sm_err why = SM_ERR_INIT;
	int r;

	if ((r = close_primary(b)) < 0)
		return r;
	memset(&b->facts, 0, sizeof(b->facts));
	b->best_uid = sm_str_n(NULL, 0);
	b->n_subs = 0;
	b->part = PART_PRIMARY;
	b->primary_body = body;
	b->skip = sm_pgpkey_parse(&b->primary, body, NULL, &why) < 0;
	if (!b->skip &&
	    (int64_t)b->primary.created > b->now + SM_OPENPGP_SKEW_SEC) {
		b->skip = true;
		sm_err_set(&why, SM_EVERIFY, "key was made in the future");
	}
	if (b->skip)
		sm_err_set(b->e, SM_EVERIFY, "%s", sm_err_msg(&why));
	else
		sm_err_clear(b->e);
	return 0;
}

static void open_subkey(struct block *b, struct sm_str body)
{
	struct subkey *s;

	close_user_id(b);
	b->part = PART_SUBKEY;
	b->sub_body = body;
	b->sub_usable = false;
	if (b->skip || b->n_subs == SUBKEYS_MAX)
		return;
	s = &b->sub[b->n_subs];
	memset(&s->facts, 0, sizeof(s->facts));
	if (sm_pgpkey_parse(&s->pub, body, NULL, NULL) < 0)
		return; /* an encryption key, mostly */
	b->n_subs++;
	b->sub_usable = true;
}

static int take_packet(struct block *b, unsigned tag, struct sm_str body)
{
	if (tag == SM_PGP_PUBLIC_KEY)
		return open_primary(b, body);
	if (tag == SM_PGP_SECRET_KEY || tag == SM_PGP_SECRET_SUBKEY)
		return sm_err_set(b->e, SM_EFORMAT,
				  "this is a secret key, not a public one");
	if (b->part == PART_NONE)
		return sm_err_set(b->e, SM_EFORMAT,
				  "not a public key block (begins with packet "
				  "%u)",
				  tag);
	switch (tag) {
	case SM_PGP_SIGNATURE:
		signature(b, body);
		return 0;
	case SM_PGP_PUBLIC_SUBKEY:
		open_subkey(b, body);
		return 0;
	case SM_PGP_USER_ID:
	case SM_PGP_USER_ATTRIBUTE:
		if (b->part == PART_SUBKEY)
			break;
		close_user_id(b);
		b->part = tag == SM_PGP_USER_ID ? PART_USER_ID : PART_OTHER;
		b->user_id = body;
		memset(&b->uid_facts, 0, sizeof(b->uid_facts));
		return 0;
	default:
		break;
	}
	return sm_err_set(b->e, SM_EFORMAT,
			  "packet %u has no place in a public key block", tag);
}

int sm_pgpblock_read(struct sm_str packets, int64_t now, sm_pgpblock_fn *fn,
		     void *user, struct sm_err *e)
{
	struct block b = { 0 };
	struct sm_err own = SM_ERR_INIT;
	struct sm_str body;
	unsigned tag;
	int r;

	b.now = now;
	b.e = e ? e : &own;
	b.fn = fn;
	b.user = user;
	while ((r = sm_pgppacket_next(&packets, &tag, &body, b.e)) > 0)
		if ((r = take_packet(&b, tag, body)) < 0)
			break;
	if (r < 0)
		return r;
	if ((r = close_primary(&b)) < 0)
		return r;
	if (b.found)
		sm_err_clear(b.e);
	else if (!b.e->code)
		sm_err_set(b.e, SM_EVERIFY, "no key in it");
	return b.found;
}
