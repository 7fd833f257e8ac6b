/*
 * Revocations in key blocks: where they may stand, how they may be made, and
 * what is none. The keys are Ed25519 and made here.
 */
#include "common/def.h"
#include "common/pgpblock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "common/mem.h"
#include "common/pgpsig.h"

#define CREATED 1700000000u
#define NOW ((int64_t)1750000000)
#define SHA1 2

struct pair {
	EVP_PKEY *secret;
	struct sm_pgpkey pub;
};

/* A key block that grows, and what the last parts of it are. */
struct block {
	struct pair key, other;
	struct sm_buf packets, primary, uid, sub;
};

/* How one signature is made. */
struct recipe {
	unsigned version, type, hash;
	uint32_t created;
	bool key_id, fpr; /* names its issuer by */
	unsigned flags;   /* key flags, 0 for none */
	const struct pair *by;
};

static void pair_make(struct pair *p, uint8_t seed)
{
	uint8_t raw[32], pub[32];
	size_t len = sizeof(pub);

	memset(raw, seed, sizeof(raw));
	p->secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw,
						 sizeof(raw));
	assert_non_null(p->secret);
	assert_int_equal(EVP_PKEY_get_raw_public_key(p->secret, pub, &len), 1);
	assert_int_equal(sm_pgpkey_raw(&p->pub, SM_PGPKEY_EDDSA, CREATED,
				       sm_str_n(pub, 32), sm_str(""), NULL),
			 0);
}

static int set_up(void **state)
{
	struct block *b = sm_mem_zalloc(1, sizeof(*b));

	pair_make(&b->key, 1);
	pair_make(&b->other, 2);
	sm_buf_init(&b->packets, SM_BUF_SMALL);
	sm_buf_init(&b->primary, SM_BUF_SMALL);
	sm_buf_init(&b->uid, SM_BUF_SMALL);
	sm_buf_init(&b->sub, SM_BUF_SMALL);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct block *b = *state;

	EVP_PKEY_free(b->key.secret);
	EVP_PKEY_free(b->other.secret);
	sm_buf_release(&b->packets);
	sm_buf_release(&b->primary);
	sm_buf_release(&b->uid);
	sm_buf_release(&b->sub);
	sm_mem_free(b);
	return 0;
}

static void put_key_text(struct sm_buf *out, const struct sm_buf *body)
{
	sm_buf_put_u8(out, 0x99);
	sm_buf_put_u16be(out, (uint16_t)body->len);
	sm_buf_put_str(out, sm_buf_str(body));
}

/* What a signature of this type is over. */
static void put_text(struct sm_buf *out, const struct block *b, unsigned type)
{
	put_key_text(out, &b->primary);
	if ((type >= 0x10 && type <= 0x13) || type == 0x30) {
		sm_buf_put_u8(out, 0xb4);
		sm_buf_put_u32be(out, (uint32_t)b->uid.len);
		sm_buf_put_str(out, sm_buf_str(&b->uid));
	} else if (type == 0x18 || type == 0x19 || type == 0x28) {
		put_key_text(out, &b->sub);
	}
}

static void put_hashed(struct sm_buf *out, const struct recipe *r,
		       struct sm_str embedded)
{
	uint8_t time[4], fpr[21] = { 4 }, flags = (uint8_t)r->flags;
	int i;

	for (i = 0; i < 4; i++)
		time[i] = (uint8_t)(r->created >> (24 - 8 * i));
	memcpy(fpr + 1, r->by->pub.fpr, 20);
	sm_pgppacket_put_sub(out, SM_PGP_SUB_CREATED, sm_str_n(time, 4));
	if (r->fpr)
		sm_pgppacket_put_sub(out, SM_PGP_SUB_ISSUER_FPR,
				     sm_str_n(fpr, 21));
	if (r->key_id)
		sm_pgppacket_put_sub(out, SM_PGP_SUB_ISSUER,
				     sm_str_n(fpr + 13, 8));
	if (r->flags)
		sm_pgppacket_put_sub(out, SM_PGP_SUB_KEY_FLAGS,
				     sm_str_n(&flags, 1));
	if (embedded.len)
		sm_pgppacket_put_sub(out, SM_PGP_SUB_EMBEDDED, embedded);
}

/* Append the body of a signature packet. */
static void sign_body(struct sm_buf *out, const struct block *b,
		      const struct recipe *r, struct sm_str embedded)
{
	struct sm_buf hashed = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t digest[SM_DIGEST_MAX], rs[64];
	size_t len = sizeof(rs), from = out->len;
	bool sha1 = r->hash == SHA1;

	put_hashed(&hashed, r, embedded);
	put_text(&text, b, r->type);
	sm_buf_put_u8(out, (uint8_t)r->version);
	sm_buf_put_u8(out, (uint8_t)r->type);
	sm_buf_put_u8(out, SM_PGPKEY_EDDSA);
	sm_buf_put_u8(out, (uint8_t)r->hash);
	sm_buf_put_u16be(out, (uint16_t)hashed.len);
	sm_buf_put_str(out, sm_buf_str(&hashed));
	sm_buf_put(&text, out->ptr + from, out->len - from);
	len = out->len - from;
	sm_buf_put(&text, "\4\xff", 2);
	sm_buf_put_u32be(&text, (uint32_t)len);
	assert_int_equal(sm_digest_bytes(sha1 ? SM_DIGEST_SHA1 :
						SM_DIGEST_SHA256,
					 sm_buf_str(&text), digest, NULL),
			 0);
	len = sizeof(rs);
	assert_int_equal(
		EVP_DigestSignInit(ctx, NULL, NULL, NULL, r->by->secret), 1);
	assert_int_equal(EVP_DigestSign(ctx, rs, &len, digest, sha1 ? 20 : 32),
			 1);
	EVP_MD_CTX_free(ctx);
	sm_buf_put_u16be(out, 0); /* nothing that is not hashed */
	sm_buf_put(out, digest, 2);
	sm_pgppacket_put_mpi(out, sm_str_n(rs, 32));
	sm_pgppacket_put_mpi(out, sm_str_n(rs + 32, 32));
	sm_buf_release(&hashed);
	sm_buf_release(&text);
}

static void sign(struct block *b, const struct recipe *r,
		 struct sm_str embedded)
{
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);

	sign_body(&body, b, r, embedded);
	sm_pgppacket_put(&b->packets, SM_PGP_SIGNATURE, sm_buf_str(&body));
	sm_buf_release(&body);
}

static struct recipe usual(const struct block *b, unsigned type)
{
	struct recipe r = { 4,    type, SM_PGPKEY_SHA256, CREATED, true,
			    true, 0,    &b->key };

	return r;
}

static void sign_usual(struct block *b, unsigned type)
{
	struct recipe r = usual(b, type);

	sign(b, &r, sm_str(""));
}

static void begin(struct block *b)
{
	sm_buf_clear(&b->packets);
	sm_buf_clear(&b->primary);
	sm_buf_clear(&b->uid);
	sm_buf_clear(&b->sub);
	sm_pgpkey_put(&b->primary, &b->key.pub);
	sm_pgppacket_put(&b->packets, SM_PGP_PUBLIC_KEY,
			 sm_buf_str(&b->primary));
}

static void add_user_id(struct block *b, const char *uid)
{
	sm_buf_clear(&b->uid);
	sm_buf_puts(&b->uid, uid);
	sm_pgppacket_put(&b->packets, SM_PGP_USER_ID, sm_str(uid));
	sign_usual(b, SM_PGPSIG_CERT_LAST);
}

static void add_subkey(struct block *b)
{
	struct recipe back = usual(b, SM_PGPSIG_PRIMARY);
	struct recipe r = usual(b, SM_PGPSIG_SUBKEY);
	struct sm_buf inner = SM_BUF_INIT(SM_BUF_SMALL);

	sm_pgpkey_put(&b->sub, &b->other.pub);
	sm_pgppacket_put(&b->packets, SM_PGP_PUBLIC_SUBKEY,
			 sm_buf_str(&b->sub));
	back.by = &b->other;
	sign_body(&inner, b, &back, sm_str(""));
	r.flags = SM_PGPSIG_MAY_SIGN;
	sign(b, &r, sm_buf_str(&inner));
	sm_buf_release(&inner);
}

static int count(void *user, const struct sm_openpgp_key *k)
{
	SM_UNUSED(k);
	++*(int *)user;
	return 0;
}

/* Keys that may sign. */
static int keys(const struct block *b)
{
	int n = 0,
	    r = sm_pgpblock_read(sm_buf_str(&b->packets), NOW, count, &n, NULL);

	assert_int_equal(r, n);
	return n;
}

static void none_revoked(void **state)
{
	struct block *b = *state;

	begin(b);
	add_user_id(b, "A");
	assert_int_equal(keys(b), 1);
	add_subkey(b);
	assert_int_equal(keys(b), 2);
}

/* The packet's place does not matter: some are appended to the block. */
static void key_anywhere(void **state)
{
	struct block *b = *state;
	int place;

	for (place = 0; place < 3; place++) {
		begin(b);
		if (place == 0)
			sign_usual(b, SM_PGPSIG_REVOKE_KEY);
		add_user_id(b, "A");
		if (place == 1)
			sign_usual(b, SM_PGPSIG_REVOKE_KEY);
		add_subkey(b);
		if (place == 2)
			sign_usual(b, SM_PGPSIG_REVOKE_KEY);
		assert_int_equal(keys(b), 0);
	}
}

/* Nor do issuer, time or the strength of the digest. */
static void however_made(void **state)
{
	static const struct {
		unsigned version, hash;
		uint32_t created;
		bool key_id, fpr;
	} how[] = {
		{ 4, SM_PGPKEY_SHA256, CREATED, true, true },
		{ 4, SM_PGPKEY_SHA256, CREATED, false, true },
		{ 4, SM_PGPKEY_SHA256, CREATED, true, false },
		{ 4, SM_PGPKEY_SHA256, CREATED, false, false },
		{ 4, SM_PGPKEY_SHA256, CREATED - 1, true, true },
		{ 4, SM_PGPKEY_SHA256, (uint32_t)NOW + 90000, true, true },
		{ 4, SHA1, CREATED, true, true },
		{ 4, SHA1, CREATED, false, true },
		{ 4, 1, CREATED, true, true }, /* MD5 */
		{ 5, SM_PGPKEY_SHA256, CREATED, true, true },
	};
	struct block *b = *state;
	struct recipe r;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(how); i++) {
		r = usual(b, SM_PGPSIG_REVOKE_KEY);
		r.version = how[i].version;
		r.hash = how[i].hash;
		r.created = how[i].created;
		r.key_id = how[i].key_id;
		r.fpr = how[i].fpr;
		begin(b);
		sign(b, &r, sm_str(""));
		add_user_id(b, "A");
		if (keys(b) != 0)
			fail_msg("revocation %zu is passed over", i);
	}
}

/* Version 3: length 5, type, time, key id. */
static void of_version_3(void **state)
{
	struct block *b = *state;
	struct sm_buf body = SM_BUF_INIT(64);

	begin(b);
	sm_buf_put(&body, "\3\5\x20\x65\x53\xf1\0", 7);
	sm_buf_put(&body, b->key.pub.fpr + 12, 8);
	sm_buf_put(&body, "\1\1xx\0\1\1", 7);
	sm_pgppacket_put(&b->packets, SM_PGP_SIGNATURE, sm_buf_str(&body));
	add_user_id(b, "A");
	assert_int_equal(keys(b), 0);
	sm_buf_release(&body);
}

static void user_id(void **state)
{
	struct block *b = *state;
	struct recipe r = usual(b, SM_PGPSIG_REVOKE_CERT);

	r.hash = SHA1;
	begin(b);
	add_user_id(b, "A");
	sign(b, &r, sm_str(""));
	assert_int_equal(keys(b), 0);
	add_user_id(b, "B"); /* another one carries the key */
	assert_int_equal(keys(b), 1);
}

static void subkey(void **state)
{
	struct block *b = *state;
	struct recipe r = usual(b, SM_PGPSIG_REVOKE_SUBKEY);
	int i;

	for (i = 0; i < 2; i++) {
		r.hash = i ? SHA1 : SM_PGPKEY_SHA256;
		r.key_id = i;
		begin(b);
		add_user_id(b, "A");
		add_subkey(b);
		sign(b, &r, sm_str(""));
		assert_int_equal(keys(b), 1);
	}
}

/* What somebody else says, or nobody said, revokes nothing. */
static void not_by_the_key(void **state)
{
	struct block *b = *state;
	struct recipe r = usual(b, SM_PGPSIG_REVOKE_KEY);

	r.by = &b->other;
	begin(b);
	sign(b, &r, sm_str(""));
	r.hash = SHA1;
	sign(b, &r, sm_str(""));
	r.hash = SM_PGPKEY_SHA256;
	r.key_id = r.fpr = false; /* names nobody, and is not the key's */
	sign(b, &r, sm_str(""));
	add_user_id(b, "A");
	r = usual(b, SM_PGPSIG_REVOKE_CERT);
	r.by = &b->other;
	r.hash = SHA1;
	sign(b, &r, sm_str(""));
	assert_int_equal(keys(b), 1);
	/* the key's own, with one bit changed */
	begin(b);
	sign_usual(b, SM_PGPSIG_REVOKE_KEY);
	b->packets.ptr[b->packets.len - 1] ^= 1;
	add_user_id(b, "A");
	assert_int_equal(keys(b), 1);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(none_revoked),   WITH(key_anywhere), WITH(however_made),
		WITH(of_version_3),   WITH(user_id),      WITH(subkey),
		WITH(not_by_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
