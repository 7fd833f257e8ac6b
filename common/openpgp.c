/*
 * Detached signatures against a ring of pinned keys. Every way to be wrong
 * ends in SM_EVERIFY with its reason; there is no "probably good".
 */
#include "common/def.h"
#include "common/openpgp.h"

#include "common/armor.h"
#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/file.h"
#include "common/pgpblock.h"
#include "common/pgpsig.h"

#define CHUNK ((size_t)64 << 10)

/*
 * AWS's signing key for the plugin's Linux packages: NIST P-256, made
 * 2025-01-22, no expiry. Source: PACKAGING.md 1.8, from the public guide.
 */
#define AWS_CREATED 1737560387
#define AWS_USER_ID                                                          \
	"AWS SSM Session Manager <session-manager-plugin-signer@amazon.com>" \
	" (AWS Systems Manager Session Manager Plugin Linux Signer Key)"

static const uint8_t aws_point[65] = {
	0x04, 0x23, 0xb9, 0x9c, 0xbe, 0x22, 0x31, 0x68, 0x62, 0x0e, 0x7b,
	0xb0, 0xb4, 0xc6, 0x84, 0x5d, 0xda, 0x64, 0xb0, 0x5a, 0x1a, 0x9c,
	0xc1, 0xfa, 0x06, 0x3a, 0x8f, 0xb2, 0x31, 0x3f, 0xb3, 0x6a, 0x6e,
	0x95, 0xf2, 0x8d, 0x58, 0xfc, 0x6b, 0xe7, 0x72, 0xef, 0xd8, 0x12,
	0x77, 0xae, 0x0e, 0x11, 0xa3, 0x31, 0x51, 0xbe, 0xef, 0xc3, 0xf8,
	0xee, 0x83, 0xe0, 0x9f, 0x45, 0x7c, 0x15, 0x19, 0x13, 0x0d
};

void sm_openpgp_ring_release(struct sm_openpgp_ring *r)
{
	sm_mem_free(r->key);
	r->key = NULL;
	r->n = 0;
}

/* A key that is already there is not added again. */
static int add(void *user, const struct sm_openpgp_key *k)
{
	struct sm_openpgp_ring *r = user;
	size_t i;

	for (i = 0; i < r->n; i++)
		if (memcmp(r->key[i].pub.fpr, k->pub.fpr, SM_PGPKEY_FPR) == 0)
			return 0;
	if (r->n == SM_OPENPGP_RING_MAX)
		return SM_ELIMIT;
	r->key = sm_mem_realloc(r->key, r->n + 1, sizeof(*r->key));
	r->key[r->n++] = *k;
	return 0;
}

int sm_openpgp_ring_add(struct sm_openpgp_ring *r, struct sm_str block,
			struct sm_err *e)
{
	struct sm_buf raw = SM_BUF_INIT(SM_PGPPACKET_MAX);
	int n;

	if (block.len > 2 * SM_PGPPACKET_MAX)
		return sm_err_set(e, SM_ELIMIT, "key block is too large");
	if (sm_armor_is(block)) {
		if ((n = sm_armor_decode(&raw, SM_ARMOR_PUBLIC, block, e)) < 0)
			goto out;
		block = sm_buf_str(&raw);
	}
	n = sm_pgpblock_read(block, sm_os_clock_wall_ms() / 1000, add, r, e);
	if (n == SM_ELIMIT)
		sm_err_set(e, n, "more than %d keys", SM_OPENPGP_RING_MAX);
	else if (n == 0)
		n = sm_err_wrap(e, SM_EVERIFY, "no usable signing key");
	else if (n > 0)
		n = 0;
out:
	sm_buf_release(&raw);
	return n;
}

int sm_openpgp_ring_add_raw(struct sm_openpgp_ring *r,
			    const struct sm_pgpkey *k, const char *user_id)
{
	struct sm_openpgp_key key = { 0 };

	key.pub = *k;
	memcpy(key.primary, k->fpr, sizeof(key.primary));
	snprintf(key.user_id, sizeof(key.user_id), "%s", user_id);
	return add(r, &key);
}

int sm_openpgp_ring_add_aws(struct sm_openpgp_ring *r)
{
	struct sm_str point = { (const char *)aws_point, sizeof(aws_point) };
	struct sm_pgpkey k;
	int ret;

	ret = sm_pgpkey_raw(&k, SM_PGPKEY_ECDSA, AWS_CREATED, point,
			    sm_str_n(NULL, 0), NULL);
	return ret < 0 ? ret : sm_openpgp_ring_add_raw(r, &k, AWS_USER_ID);
}

/* The one signature packet of a detached signature. */
static int read_signature(struct sm_pgpsig *s, struct sm_buf *raw,
			  struct sm_str sig, struct sm_err *e)
{
	struct sm_str body;
	unsigned tag = 0;
	int r;

	if (!sig.len)
		return sm_err_set(e, SM_EFORMAT, "signature is empty");
	if (sig.len > SM_PGPPACKET_MAX)
		return sm_err_set(e, SM_ELIMIT, "signature is too large");
	if (sm_armor_is(sig)) {
		r = sm_armor_decode(raw, SM_ARMOR_SIGNATURE, sig, e);
		if (r < 0)
			return r;
		sig = sm_buf_str(raw);
	}
	if ((r = sm_pgppacket_next(&sig, &tag, &body, e)) < 0)
		return r;
	if (tag != SM_PGP_SIGNATURE)
		return sm_err_set(e, SM_EFORMAT,
				  "not a detached signature (packet %u)", tag);
	if (sig.len)
		return sm_err_set(e, SM_EFORMAT,
				  "signature has something behind it");
	if ((r = sm_pgpsig_parse(s, body, e)) < 0)
		return r;
	if (s->type != SM_PGPSIG_BINARY)
		return sm_err_set(e, SM_ENOTSUP,
				  "signature is not over a binary file (type "
				  "0x%02x)",
				  s->type);
	return 0;
}

static int no_key(const struct sm_pgpsig *s, struct sm_err *e)
{
	char id[SM_PGPKEY_FPR_HEX] = "";

	if (!s->n_issuers)
		return sm_err_set(e, SM_EVERIFY, "signature names no key");
	sm_digest_hex((const uint8_t *)s->issuer[0].ptr, s->issuer[0].len, id);
	return sm_err_set(e, SM_EVERIFY,
			  "signed by key %s, which is not trusted", id);
}

/* The ring's key that made it by its own words, fit to sign now. */
static int find_key(const struct sm_openpgp_ring *r, const struct sm_pgpsig *s,
		    int64_t now, const struct sm_openpgp_key **key,
		    struct sm_err *e)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (sm_pgpsig_is_by(s, &r->key[i].pub))
			break;
	if (i == r->n)
		return no_key(s, e);
	*key = &r->key[i];
	if ((int64_t)(*key)->pub.created > now + SM_OPENPGP_SKEW_SEC)
		return sm_err_set(e, SM_EVERIFY, "key was made in the future");
	if ((*key)->expires && now >= (*key)->expires)
		return sm_err_set(e, SM_EVERIFY, "key has expired");
	return sm_pgpsig_check_time(s, &(*key)->pub, now, e);
}

/* Where the signed bytes come from: memory, or a file read at offsets. */
struct source {
	const struct sm_str *bytes; /* NULL: the file */
	const struct sm_openpgp_parts *parts;
};

/* Both digests; the second is the caller's SHA-256. */
struct feed {
	struct sm_digest of_sig, sha256;
	uint64_t size; /* fed so far */
};

static void feed_bytes(struct feed *f, const char *p, size_t len)
{
	sm_digest_add(&f->of_sig, p, len);
	sm_digest_add(&f->sha256, p, len);
	f->size += len;
}

/* From `offset`, `size` bytes; UINT64_MAX: to the end of the file. */
static int feed_file(struct feed *f, int fd, uint64_t offset, uint64_t size,
		     struct sm_err *e)
{
	char *chunk = sm_mem_alloc(CHUNK);
	int64_t n = 0;

	while (size > 0) {
		n = sm_os_file_read_at(fd, chunk,
				       size < CHUNK ? (size_t)size : CHUNK,
				       offset, e);
		if (n <= 0)
			break;
		feed_bytes(f, chunk, (size_t)n);
		offset += (uint64_t)n;
		if (size != UINT64_MAX)
			size -= (uint64_t)n;
	}
	sm_mem_free(chunk);
	if (n < 0)
		return (int)n;
	if (size > 0 && size != UINT64_MAX)
		return sm_err_set(e, SM_EFORMAT, "the file is cut off");
	return 0;
}

static int feed(const struct source *src, struct feed *f, struct sm_err *e)
{
	const struct sm_openpgp_parts *p = src->parts;
	int r = 0;

	if (src->bytes)
		feed_bytes(f, src->bytes->ptr, src->bytes->len);
	for (size_t i = 0; !src->bytes && i < p->n && r == 0; i++)
		r = feed_file(f, p->fd, p->part[i].offset, p->part[i].size, e);
	return r;
}

static void fill_result(struct sm_openpgp_result *res,
			const struct sm_openpgp_key *key,
			const struct sm_pgpsig *s, enum sm_digest_alg alg)
{
	struct sm_pgpkey primary = { 0 };

	sm_pgpkey_alg_name(&key->pub, res->alg, sizeof(res->alg));
	snprintf(res->hash, sizeof(res->hash), "%s", sm_digest_name(alg));
	sm_pgpkey_fpr_hex(&key->pub, res->fpr);
	memcpy(primary.fpr, key->primary, sizeof(primary.fpr));
	sm_pgpkey_fpr_hex(&primary, res->primary);
	memcpy(res->user_id, key->user_id, sizeof(res->user_id));
	res->created = s->created;
}

static int verify(const struct sm_openpgp_ring *r, const struct source *src,
		  struct sm_str sig, int64_t now, struct sm_openpgp_result *res,
		  struct sm_err *e)
{
	struct feed f = { SM_DIGEST_INIT, SM_DIGEST_INIT, 0 };
	struct sm_buf raw = SM_BUF_INIT(SM_PGPPACKET_MAX);
	const struct sm_openpgp_key *key = NULL;
	uint8_t sha256[SM_SHA256_SIZE];
	enum sm_digest_alg alg = SM_DIGEST_SHA256;
	struct sm_pgpsig s;
	int ret;

	memset(res, 0, sizeof(*res));
	if ((ret = read_signature(&s, &raw, sig, e)) < 0 ||
	    (ret = find_key(r, &s, now, &key, e)) < 0 ||
	    (ret = sm_pgpkey_hash_alg(s.hash, &alg)) < 0 ||
	    (ret = sm_digest_start(&f.of_sig, alg, e)) < 0 ||
	    (ret = sm_digest_start(&f.sha256, SM_DIGEST_SHA256, e)) < 0 ||
	    (ret = feed(src, &f, e)) < 0 ||
	    (ret = sm_pgpsig_check(&s, &key->pub, &f.of_sig, e)) < 0)
		goto out;
	sm_digest_finish(&f.sha256, sha256);
	res->size = f.size;
	sm_digest_hex(sha256, sizeof(sha256), res->sha256);
	fill_result(res, key, &s, alg);
out:
	sm_digest_release(&f.of_sig);
	sm_digest_release(&f.sha256);
	sm_buf_release(&raw);
	/* what cannot be read was not judged; all else is a refusal */
	if (ret < 0 && ret != SM_EIO)
		ret = sm_err_wrap(e, SM_EVERIFY, "signature refused");
	return ret;
}

int sm_openpgp_verify_fd(const struct sm_openpgp_ring *r, int fd,
			 struct sm_str sig, int64_t now,
			 struct sm_openpgp_result *res, struct sm_err *e)
{
	const struct sm_openpgp_parts whole = { fd, 1, { { 0, UINT64_MAX } } };
	struct source src = { NULL, &whole };

	return verify(r, &src, sig, now, res, e);
}

int sm_openpgp_verify_parts(const struct sm_openpgp_ring *r,
			    const struct sm_openpgp_parts *parts,
			    struct sm_str sig, int64_t now,
			    struct sm_openpgp_result *res, struct sm_err *e)
{
	struct source src = { NULL, parts };

	return verify(r, &src, sig, now, res, e);
}

int sm_openpgp_verify_bytes(const struct sm_openpgp_ring *r, struct sm_str data,
			    struct sm_str sig, int64_t now,
			    struct sm_openpgp_result *res, struct sm_err *e)
{
	struct source src = { &data, NULL };

	return verify(r, &src, sig, now, res, e);
}
