/*
 * Signature packets. Only the hashed part is believed, but for the issuer and
 * the embedded back signature, which prove themselves. What nobody signed
 * must not be able to change what is decided.
 */
#include "common/def.h"
#include "common/pgpsig.h"

#define HEAD 6 /* version, type, two algorithms, hashed length */

static const uint8_t *bytes(struct sm_str s)
{
	return (const uint8_t *)s.ptr;
}

static uint32_t be32(struct sm_str s)
{
	const uint8_t *p = bytes(s);

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static size_t be16_at(struct sm_str s, size_t at)
{
	return (size_t)bytes(s)[at] << 8 | bytes(s)[at + 1];
}

/* Which subpackets we read or may safely pass over though critical. */
static bool is_known(unsigned type, bool hashed)
{
	switch (type) {
	case SM_PGP_SUB_ISSUER:
	case SM_PGP_SUB_ISSUER_FPR:
	case SM_PGP_SUB_EMBEDDED:
		return true;
	case SM_PGP_SUB_CREATED:
	case SM_PGP_SUB_SIG_EXPIRES:
	case SM_PGP_SUB_KEY_EXPIRES:
	case SM_PGP_SUB_PREF_CIPHER:
	case SM_PGP_SUB_PREF_HASH:
	case SM_PGP_SUB_PREF_COMPRESS:
	case SM_PGP_SUB_PRIMARY_UID:
	case SM_PGP_SUB_KEY_FLAGS:
	case SM_PGP_SUB_FEATURES:
		return hashed;
	default:
		return false;
	}
}

/* Those that count may stand once in the hashed part. */
static int once(uint64_t *seen, unsigned type)
{
	uint64_t bit = (uint64_t)1 << (type & 63);

	if (*seen & bit)
		return SM_EFORMAT;
	*seen |= bit;
	return 0;
}

static int add_issuer(struct sm_pgpsig *s, unsigned type, struct sm_str body)
{
	if (type == SM_PGP_SUB_ISSUER) {
		if (body.len != 8)
			return SM_EFORMAT;
		s->has_key_id = true;
	} else {
		if (body.len != 1 + SM_PGPKEY_FPR || body.ptr[0] != 4)
			return SM_EFORMAT;
		body = sm_str_sub(body, 1, body.len);
	}
	if (s->n_issuers == SM_ARRAY_LEN(s->issuer))
		return SM_EFORMAT;
	s->issuer[s->n_issuers++] = body;
	return 0;
}

/* A subpacket that is believed only in the hashed part. */
static int take_hashed(struct sm_pgpsig *s, unsigned type, struct sm_str body)
{
	switch (type) {
	case SM_PGP_SUB_CREATED:
	case SM_PGP_SUB_SIG_EXPIRES:
	case SM_PGP_SUB_KEY_EXPIRES:
		if (body.len != 4)
			return SM_EFORMAT;
		if (type == SM_PGP_SUB_CREATED)
			s->created = be32(body);
		else if (type == SM_PGP_SUB_SIG_EXPIRES)
			s->expires = be32(body);
		else
			s->key_expires = be32(body);
		return 0;
	case SM_PGP_SUB_KEY_FLAGS:
		s->has_flags = true;
		s->flags = body.len ? bytes(body)[0] : 0;
		return 0;
	default:
		return 0;
	}
}

static bool counts(unsigned type)
{
	return type == SM_PGP_SUB_CREATED || type == SM_PGP_SUB_SIG_EXPIRES ||
	       type == SM_PGP_SUB_KEY_EXPIRES || type == SM_PGP_SUB_KEY_FLAGS ||
	       type == SM_PGP_SUB_ISSUER || type == SM_PGP_SUB_ISSUER_FPR ||
	       type == SM_PGP_SUB_EMBEDDED;
}

static int take_area(struct sm_pgpsig *s, struct sm_str area, bool hashed,
		     uint64_t *seen, struct sm_err *e)
{
	struct sm_str body;
	unsigned type;
	bool critical;
	int r;

	while ((r = sm_pgppacket_subpacket(&area, &type, &critical, &body)) >
	       0) {
		if (critical && !is_known(type, hashed))
			return sm_err_set(e, SM_EFORMAT,
					  "signature has an unknown critical "
					  "part (type %u)",
					  type);
		if (counts(type) && once(seen, type) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "signature has part %u twice", type);
		if (type == SM_PGP_SUB_ISSUER || type == SM_PGP_SUB_ISSUER_FPR)
			r = add_issuer(s, type, body);
		else if (type == SM_PGP_SUB_EMBEDDED)
			s->embedded = body;
		else if (hashed)
			r = take_hashed(s, type, body);
		if (r < 0)
			break;
	}
	if (r < 0)
		return sm_err_set(e, r, "signature has malformed parts");
	return 0;
}

static int check_head(const struct sm_pgpsig *s, unsigned version,
		      struct sm_err *e)
{
	enum sm_digest_alg alg;

	if (version != 4)
		return sm_err_set(e, SM_ENOTSUP,
				  "signature version %u is not supported",
				  version);
	if (s->hash == 2)
		return sm_err_set(e, SM_ENOTSUP,
				  "signature uses SHA-1, which is broken");
	if (sm_pgpkey_hash_alg(s->hash, &alg) < 0)
		return sm_err_set(e, SM_ENOTSUP,
				  "signature uses hash algorithm %u, which is "
				  "not accepted",
				  s->hash);
	return 0;
}

int sm_pgpsig_parse(struct sm_pgpsig *s, struct sm_str body, struct sm_err *e)
{
	struct sm_str hashed, unhashed;
	uint64_t seen_hashed = 0, seen_unhashed = 0;
	size_t n, m;
	int r;

	memset(s, 0, sizeof(*s));
	if (body.len < HEAD)
		return sm_err_set(e, SM_EFORMAT, "signature is too short");
	s->type = bytes(body)[1];
	s->alg = bytes(body)[2] == 3 ? SM_PGPKEY_RSA : bytes(body)[2];
	s->hash = bytes(body)[3];
	if ((r = check_head(s, bytes(body)[0], e)) < 0)
		return r;
	n = be16_at(body, 4);
	if (body.len < HEAD + n + 2)
		return sm_err_set(e, SM_EFORMAT, "signature is cut off");
	m = be16_at(body, HEAD + n);
	if (body.len < HEAD + n + 2 + m + 2)
		return sm_err_set(e, SM_EFORMAT, "signature is cut off");
	s->hashed = sm_str_sub(body, 0, HEAD + n);
	hashed = sm_str_sub(body, HEAD, n);
	unhashed = sm_str_sub(body, HEAD + n + 2, m);
	s->left16 = sm_str_sub(body, HEAD + n + 2 + m, 2);
	s->numbers = sm_str_sub(body, HEAD + n + 2 + m + 2, body.len);
	if ((r = take_area(s, hashed, true, &seen_hashed, e)) < 0 ||
	    (r = take_area(s, unhashed, false, &seen_unhashed, e)) < 0)
		return r;
	if (!(seen_hashed & (uint64_t)1 << SM_PGP_SUB_CREATED))
		return sm_err_set(e, SM_EFORMAT,
				  "signature has no signed creation time");
	return 0;
}

bool sm_pgpsig_is_by(const struct sm_pgpsig *s, const struct sm_pgpkey *k)
{
	size_t i;

	if (s->alg != k->alg)
		return false;
	for (i = 0; i < s->n_issuers; i++) {
		/* a key id is the end of the fingerprint */
		size_t len = s->issuer[i].len;

		if (memcmp(s->issuer[i].ptr, k->fpr + SM_PGPKEY_FPR - len,
			   len) != 0)
			return false;
	}
	return s->n_issuers > 0;
}

int sm_pgpsig_check_time(const struct sm_pgpsig *s, const struct sm_pgpkey *k,
			 int64_t now, struct sm_err *e)
{
	if (s->created < k->created)
		return sm_err_set(e, SM_EVERIFY,
				  "signature is older than its key");
	if ((int64_t)s->created > now + SM_OPENPGP_SKEW_SEC)
		return sm_err_set(e, SM_EVERIFY,
				  "signature was made in the future (is the "
				  "clock right?)");
	if (s->expires && now > (int64_t)s->created + s->expires)
		return sm_err_set(e, SM_EVERIFY, "signature has expired");
	return 0;
}

int sm_pgpsig_check(const struct sm_pgpsig *s, const struct sm_pgpkey *k,
		    struct sm_digest *d, struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	uint32_t len = (uint32_t)s->hashed.len;
	uint8_t trailer[6] = { 4,
			       0xff,
			       (uint8_t)(len >> 24),
			       (uint8_t)(len >> 16),
			       (uint8_t)(len >> 8),
			       (uint8_t)len };

	sm_digest_add(d, s->hashed.ptr, s->hashed.len);
	sm_digest_add(d, trailer, sizeof(trailer));
	sm_digest_finish(d, digest);
	if (memcmp(digest, s->left16.ptr, 2) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signature does not match the data and key");
	return sm_pgpkey_check(k, s->hash, digest, s->numbers, e);
}
