/*
 * The rules for detached signatures, one by one: a small signer builds any
 * packet, right or wrong, with Ed25519 keys made here.
 */
#include "common/def.h"
#include "common/openpgp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "common/armor.h"
#include "common/fs.h"
#include "common/mem.h"
#include "common/pgpsig.h"

#define CREATED 1700000000u
#define NOW ((int64_t)1750000000)

/* A key pair from one byte of seed. */
struct pair {
	EVP_PKEY *secret;
	struct sm_pgpkey pub;
};

static void pair_make(struct pair *p, uint8_t seed, unsigned alg)
{
	uint8_t raw[32], pub[32];
	size_t len = sizeof(pub);

	memset(raw, seed, sizeof(raw));
	p->secret = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw,
						 sizeof(raw));
	assert_non_null(p->secret);
	assert_int_equal(EVP_PKEY_get_raw_public_key(p->secret, pub, &len), 1);
	assert_int_equal(sm_pgpkey_raw(&p->pub, alg, CREATED, sm_str_n(pub, 32),
				       sm_str(""), NULL),
			 0);
}

static void pair_free(struct pair *p)
{
	EVP_PKEY_free(p->secret);
}

/* What a signature says; everything may be wrong. */
struct recipe {
	unsigned version, type, alg, hash;
	struct sm_str hashed, unhashed; /* subpackets */
	struct sm_str prefix;           /* what is signed, before the trailer */
};

static void put_be(struct sm_buf *b, unsigned type, uint32_t v)
{
	uint8_t raw[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
			   (uint8_t)(v >> 8), (uint8_t)v };

	sm_pgppacket_put_sub(b, type, sm_str_n(raw, 4));
}

/* Creation time, fingerprint and key id: the usual hashed part. */
static void put_usual(struct sm_buf *b, const struct sm_pgpkey *k,
		      uint32_t created)
{
	uint8_t fpr[21] = { 4 };

	memcpy(fpr + 1, k->fpr, 20);
	put_be(b, SM_PGP_SUB_CREATED, created);
	sm_pgppacket_put_sub(b, SM_PGP_SUB_ISSUER_FPR, sm_str_n(fpr, 21));
	sm_pgppacket_put_sub(b, SM_PGP_SUB_ISSUER, sm_str_n(k->fpr + 12, 8));
}

static void put_numbers(struct sm_buf *out, unsigned alg, const uint8_t rs[64])
{
	if (alg == SM_PGPKEY_ED25519) {
		sm_buf_put(out, rs, 64);
		return;
	}
	sm_pgppacket_put_mpi(out, sm_str_n(rs, 32));
	sm_pgppacket_put_mpi(out, sm_str_n(rs + 32, 32));
}

/* Append the body of a signature packet. */
static void sign_body(struct sm_buf *out, const struct pair *p,
		      const struct recipe *r)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_digest d = SM_DIGEST_INIT;
	enum sm_digest_alg alg = SM_DIGEST_SHA256;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t digest[64], rs[64];
	size_t len = sizeof(rs), from = out->len, hashed;

	(void)sm_pgpkey_hash_alg(r->hash, &alg); /* else SHA-256 */
	sm_buf_put_u8(out, (uint8_t)r->version);
	sm_buf_put_u8(out, (uint8_t)r->type);
	sm_buf_put_u8(out, (uint8_t)r->alg);
	sm_buf_put_u8(out, (uint8_t)r->hash);
	sm_buf_put_u16be(out, (uint16_t)r->hashed.len);
	sm_buf_put_str(out, r->hashed);
	hashed = out->len - from;
	sm_buf_put_str(&text, r->prefix);
	sm_buf_put(&text, out->ptr + from, hashed);
	sm_buf_put(&text, "\4\xff", 2);
	sm_buf_put_u32be(&text, (uint32_t)hashed);
	assert_int_equal(sm_digest_start(&d, alg, NULL), 0);
	sm_digest_add(&d, text.ptr, text.len);
	sm_digest_finish(&d, digest);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, p->secret),
			 1);
	assert_int_equal(
		EVP_DigestSign(ctx, rs, &len, digest, sm_digest_size(alg)), 1);
	EVP_MD_CTX_free(ctx);
	sm_buf_put_u16be(out, (uint16_t)r->unhashed.len);
	sm_buf_put_str(out, r->unhashed);
	sm_buf_put(out, digest, 2);
	put_numbers(out, p->pub.alg, rs);
	sm_buf_release(&text);
}

static void sign_packet(struct sm_buf *out, const struct pair *p,
			const struct recipe *r)
{
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);

	sign_body(&body, p, r);
	sm_pgppacket_put(out, SM_PGP_SIGNATURE, sm_buf_str(&body));
	sm_buf_release(&body);
}

/* One key, one ring, one text: what every test begins with. */
struct fixture {
	struct pair key;
	struct sm_openpgp_ring ring;
	struct sm_buf hashed, unhashed, sig;
	struct recipe r;
	struct sm_openpgp_result res;
	struct sm_err e;
};

static const struct sm_str data = SM_STR_LIT("what is signed\n");

static int set_up(void **state)
{
	struct fixture *f = sm_mem_zalloc(1, sizeof(*f));

	pair_make(&f->key, 1, SM_PGPKEY_EDDSA);
	sm_buf_init(&f->hashed, SM_BUF_SMALL);
	sm_buf_init(&f->unhashed, SM_BUF_SMALL);
	sm_buf_init(&f->sig, 2 * SM_BUF_SMALL);
	f->r.version = 4;
	f->r.type = SM_PGPSIG_BINARY;
	f->r.alg = SM_PGPKEY_EDDSA;
	f->r.hash = SM_PGPKEY_SHA256;
	f->r.prefix = data;
	sm_openpgp_ring_add_raw(&f->ring, &f->key.pub, "test");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pair_free(&f->key);
	sm_openpgp_ring_release(&f->ring);
	sm_buf_release(&f->hashed);
	sm_buf_release(&f->unhashed);
	sm_buf_release(&f->sig);
	sm_mem_free(f);
	return 0;
}

static void make(struct fixture *f)
{
	f->r.hashed = sm_buf_str(&f->hashed);
	f->r.unhashed = sm_buf_str(&f->unhashed);
	sm_buf_clear(&f->sig);
	sign_packet(&f->sig, &f->key, &f->r);
}

static int check(struct fixture *f)
{
	sm_err_clear(&f->e);
	return sm_openpgp_verify_bytes(&f->ring, data, sm_buf_str(&f->sig), NOW,
				       &f->res, &f->e);
}

static void refused(struct fixture *f, const char *why)
{
	assert_int_equal(check(f), SM_EVERIFY);
	if (!strstr(f->e.msg, why))
		fail_msg("'%s' does not say '%s'", f->e.msg, why);
}

static void good(void **state)
{
	struct fixture *f = *state;
	static const unsigned hashes[] = { 8, 9, 10 };
	size_t i;

	put_usual(&f->hashed, &f->key.pub, CREATED + 5);
	for (i = 0; i < SM_ARRAY_LEN(hashes); i++) {
		f->r.hash = hashes[i];
		make(f);
		assert_int_equal(check(f), 0);
		assert_int_equal(f->res.created, CREATED + 5);
		assert_int_equal(f->res.size, data.len);
		assert_string_equal(f->res.user_id, "test");
		assert_string_equal(f->res.fpr, f->res.primary);
	}
	assert_string_equal(f->res.hash, "sha512");
	assert_string_equal(f->res.sha256, "9d9116edf6bc903031f363e444e1c34b"
					   "1494e778772dd23b85c7206ff1e19a69");
}

static void good_ed25519(void **state)
{
	struct fixture *f = *state;

	sm_openpgp_ring_release(&f->ring);
	pair_free(&f->key);
	pair_make(&f->key, 2, SM_PGPKEY_ED25519);
	sm_openpgp_ring_add_raw(&f->ring, &f->key.pub, "");
	f->r.alg = SM_PGPKEY_ED25519;
	put_usual(&f->hashed, &f->key.pub, CREATED);
	make(f);
	assert_int_equal(check(f), 0);
	f->sig.ptr[f->sig.len - 1] ^= 1;
	refused(f, "does not match");
}

static void armored(void **state)
{
	struct fixture *f = *state;
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	put_usual(&f->hashed, &f->key.pub, CREATED);
	make(f);
	sm_armor_encode(&text, SM_ARMOR_SIGNATURE, sm_buf_str(&f->sig));
	sm_buf_clear(&f->sig);
	sm_buf_put_str(&f->sig, sm_buf_str(&text));
	assert_int_equal(check(f), 0);
	sm_buf_puts(&f->sig, "more");
	refused(f, "text behind it");
	sm_buf_clear(&f->sig);
	sm_armor_encode(&f->sig, SM_ARMOR_PUBLIC, sm_buf_str(&text));
	refused(f, "does not begin with BEGIN PGP SIGNATURE");
	sm_buf_release(&text);
}

static void changed(void **state)
{
	struct fixture *f = *state;

	put_usual(&f->hashed, &f->key.pub, CREATED);
	f->r.prefix = sm_str("what is signed");
	make(f);
	refused(f, "does not match");
}

static void other_key(void **state)
{
	struct fixture *f = *state;
	struct pair other;

	pair_make(&other, 9, SM_PGPKEY_EDDSA);
	put_usual(&f->hashed, &other.pub, CREATED);
	make(f);
	refused(f, "which is not trusted");
	/* our key's name on another's signature */
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, CREATED);
	f->r.hashed = sm_buf_str(&f->hashed);
	sm_buf_clear(&f->sig);
	sign_packet(&f->sig, &other, &f->r);
	refused(f, "does not match");
	/* key id right, fingerprint another's: not believed */
	sm_buf_clear(&f->hashed);
	put_be(&f->hashed, SM_PGP_SUB_CREATED, CREATED);
	sm_pgppacket_put_sub(&f->hashed, SM_PGP_SUB_ISSUER,
			     sm_str_n(f->key.pub.fpr + 12, 8));
	make(f);
	assert_int_equal(check(f), 0);
	sm_buf_puts(&f->unhashed, "\x16\x21\x04");
	sm_buf_put(&f->unhashed, other.pub.fpr, 20);
	make(f);
	refused(f, "which is not trusted");
	pair_free(&other);
}

static void nameless(void **state)
{
	struct fixture *f = *state;

	put_be(&f->hashed, SM_PGP_SUB_CREATED, CREATED);
	make(f);
	refused(f, "names no key");
}

static void times(void **state)
{
	struct fixture *f = *state;

	put_usual(&f->hashed, &f->key.pub, CREATED - 1);
	make(f);
	refused(f, "older than its key");
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, (uint32_t)NOW + SM_OPENPGP_SKEW_SEC);
	make(f);
	assert_int_equal(check(f), 0);
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub,
		  (uint32_t)NOW + SM_OPENPGP_SKEW_SEC + 1);
	make(f);
	refused(f, "in the future");
	/* signature expiry: at the second, and one behind */
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, (uint32_t)NOW - 100);
	put_be(&f->hashed, SM_PGP_SUB_SIG_EXPIRES, 100);
	make(f);
	assert_int_equal(check(f), 0);
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, (uint32_t)NOW - 101);
	put_be(&f->hashed, SM_PGP_SUB_SIG_EXPIRES, 100);
	make(f);
	refused(f, "signature has expired");
	/* the key's */
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, CREATED);
	make(f);
	f->ring.key[0].expires = NOW + 1;
	assert_int_equal(check(f), 0);
	f->ring.key[0].expires = NOW;
	refused(f, "key has expired");
}

static void parts(void **state)
{
	struct fixture *f = *state;

	/* no hashed creation time; one that nobody signed does not count */
	sm_pgppacket_put_sub(&f->hashed, SM_PGP_SUB_ISSUER,
			     sm_str_n(f->key.pub.fpr + 12, 8));
	make(f);
	refused(f, "no signed creation time");
	put_be(&f->unhashed, SM_PGP_SUB_CREATED, CREATED);
	make(f);
	refused(f, "no signed creation time");
	/* twice */
	put_be(&f->hashed, SM_PGP_SUB_CREATED, CREATED);
	make(f);
	assert_int_equal(check(f), 0);
	put_be(&f->hashed, SM_PGP_SUB_CREATED, CREATED);
	make(f);
	refused(f, "twice");
}

static void critical(void **state)
{
	struct fixture *f = *state;

	put_usual(&f->hashed, &f->key.pub, CREATED);
	/* unknown, and harmless */
	sm_pgppacket_put_sub(&f->hashed, 100, sm_str("x"));
	make(f);
	assert_int_equal(check(f), 0);
	/* the same, critical */
	sm_pgppacket_put_sub(&f->hashed, 100 | 0x80, sm_str("x"));
	make(f);
	refused(f, "unknown critical part (type 100)");
	/* a critical notation is one that we do not know */
	sm_buf_clear(&f->hashed);
	put_usual(&f->hashed, &f->key.pub, CREATED);
	sm_pgppacket_put_sub(&f->hashed, SM_PGP_SUB_NOTATION | 0x80,
			     sm_str("x"));
	make(f);
	refused(f, "unknown critical part (type 20)");
	/* known and critical */
	sm_buf_clear(&f->hashed);
	put_be(&f->hashed, SM_PGP_SUB_CREATED | 0x80, CREATED);
	sm_pgppacket_put_sub(&f->hashed, SM_PGP_SUB_ISSUER | 0x80,
			     sm_str_n(f->key.pub.fpr + 12, 8));
	make(f);
	assert_int_equal(check(f), 0);
	/* unhashed critical */
	sm_pgppacket_put_sub(&f->unhashed, SM_PGP_SUB_CREATED | 0x80,
			     sm_str("1234"));
	make(f);
	refused(f, "unknown critical part (type 2)");
}

static void kinds(void **state)
{
	struct fixture *f = *state;
	static const struct {
		unsigned version, type, hash;
		const char *why;
	} bad[] = {
		{ 3, 0, 8, "version 3" },   { 6, 0, 8, "version 6" },
		{ 4, 1, 8, "type 0x01" },   { 4, 0x10, 8, "type 0x10" },
		{ 4, 0, 1, "algorithm 1" }, { 4, 0, 2, "SHA-1" },
		{ 4, 0, 3, "algorithm 3" }, { 4, 0, 11, "algorithm 11" },
	};
	size_t i;

	put_usual(&f->hashed, &f->key.pub, CREATED);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		f->r.version = bad[i].version;
		f->r.type = bad[i].type;
		f->r.hash = bad[i].hash;
		make(f);
		refused(f, bad[i].why);
	}
	/* the key's algorithm under another name */
	f->r.version = 4;
	f->r.type = 0;
	f->r.hash = 8;
	f->r.alg = SM_PGPKEY_ECDSA;
	make(f);
	refused(f, "not trusted");
}

static void framing(void **state)
{
	struct fixture *f = *state;
	struct sm_buf all = SM_BUF_INIT(SM_BUF_SMALL);
	size_t i;

	put_usual(&f->hashed, &f->key.pub, CREATED);
	make(f);
	sm_buf_put_str(&all, sm_buf_str(&f->sig));
	for (i = 0; i < all.len; i++) {
		sm_buf_clear(&f->sig);
		sm_buf_put(&f->sig, all.ptr, i);
		refused(f, "signature refused: ");
	}
	/* the same packet again; a user id behind it; a byte behind it */
	sm_buf_clear(&f->sig);
	sm_buf_put_str(&f->sig, sm_buf_str(&all));
	sm_buf_put_str(&f->sig, sm_buf_str(&all));
	refused(f, "something behind it");
	sm_buf_truncate(&f->sig, all.len);
	sm_buf_put_u8(&f->sig, 0);
	refused(f, "something behind it");
	/* another packet, no packet, too large, nothing */
	sm_buf_clear(&f->sig);
	sm_pgppacket_put(&f->sig, SM_PGP_USER_ID, sm_str("x"));
	refused(f, "not a detached signature (packet 13)");
	sm_buf_clear(&f->sig);
	sm_buf_puts(&f->sig, "<html>");
	refused(f, "not an OpenPGP packet");
	sm_buf_clear(&f->sig);
	sm_buf_put_fill(&f->sig, '\x88', SM_PGPPACKET_MAX + 1);
	refused(f, "too large");
	sm_buf_clear(&f->sig);
	refused(f, "is empty");
	sm_buf_release(&all);
}

static void over_file(void **state)
{
	struct fixture *f = *state;
	struct sm_buf big = SM_BUF_INIT(SM_BUF_SMALL);
	int fd;
	char c;

	sm_buf_put_fill(&big, 'x', 30000);
	put_usual(&f->hashed, &f->key.pub, CREATED);
	f->r.prefix = sm_buf_str(&big);
	make(f);
	fd = sm_os_file_temp(NULL, NULL);
	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&big), NULL), 0);
	assert_int_equal(sm_os_file_seek(fd, 7, NULL), 0);
	assert_int_equal(sm_openpgp_verify_fd(&f->ring, fd, sm_buf_str(&f->sig),
					      NOW, &f->res, &f->e),
			 0);
	assert_int_equal(f->res.size, 30000);
	assert_int_equal(sm_os_file_read(fd, &c, 1, NULL), 1);
	assert_int_equal(sm_os_file_seek(fd, 0, NULL), 0);
	sm_os_file_close(fd);
	assert_int_equal(sm_openpgp_verify_fd(&f->ring, -1, sm_buf_str(&f->sig),
					      NOW, &f->res, &f->e),
			 SM_EIO);
	sm_buf_release(&big);
}

/* --- key blocks ------------------------------------------------------------ */

static void put_key_text(struct sm_buf *out, struct sm_str body)
{
	sm_buf_put_u8(out, 0x99);
	sm_buf_put_u16be(out, (uint16_t)body.len);
	sm_buf_put_str(out, body);
}

struct block {
	struct sm_buf packets, body, text, hashed;
};

static void block_begin(struct block *b, const struct sm_pgpkey *k,
			const char *uid)
{
	sm_buf_init(&b->packets, SM_BUF_SMALL);
	sm_buf_init(&b->body, SM_BUF_SMALL);
	sm_buf_init(&b->text, SM_BUF_SMALL);
	sm_buf_init(&b->hashed, SM_BUF_SMALL);
	sm_pgpkey_put(&b->body, k);
	sm_pgppacket_put(&b->packets, SM_PGP_PUBLIC_KEY, sm_buf_str(&b->body));
	put_key_text(&b->text, sm_buf_str(&b->body));
	if (!uid)
		return;
	sm_pgppacket_put(&b->packets, SM_PGP_USER_ID, sm_str(uid));
	sm_buf_put_u8(&b->text, 0xb4);
	sm_buf_put_u32be(&b->text, (uint32_t)strlen(uid));
	sm_buf_puts(&b->text, uid);
}

static void block_end(struct block *b)
{
	sm_buf_release(&b->packets);
	sm_buf_release(&b->body);
	sm_buf_release(&b->text);
	sm_buf_release(&b->hashed);
}

static void block_sign(struct block *b, const struct pair *p, unsigned type,
		       uint32_t created)
{
	struct recipe r = { 4,           type,        p->pub.alg, 8,
			    { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	struct sm_buf all = SM_BUF_INIT(SM_BUF_SMALL);

	put_usual(&all, &p->pub, created);
	sm_buf_put_str(&all, sm_buf_str(&b->hashed));
	r.hashed = sm_buf_str(&all);
	r.prefix = sm_buf_str(&b->text);
	sign_packet(&b->packets, p, &r);
	sm_buf_release(&all);
}

static int block_add(struct block *b, struct sm_openpgp_ring *ring,
		     struct sm_err *e)
{
	sm_openpgp_ring_release(ring);
	sm_err_clear(e);
	return sm_openpgp_ring_add(ring, sm_buf_str(&b->packets), e);
}

static void flags(struct block *b, unsigned type, uint8_t v)
{
	sm_pgppacket_put_sub(&b->hashed, type, sm_str_n(&v, 1));
}

static void key_block(void **state)
{
	struct fixture *f = *state;
	struct block b;

	block_begin(&b, &f->key.pub, "A <a@b>");
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	assert_non_null(strstr(f->e.msg, "no valid self-signature"));
	block_sign(&b, &f->key, 0x13, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), 0);
	assert_int_equal(f->ring.n, 1);
	assert_string_equal(f->ring.key[0].user_id, "A <a@b>");
	assert_int_equal(f->ring.key[0].expires, 0);
	assert_memory_equal(f->ring.key[0].pub.fpr, f->key.pub.fpr, 20);
	assert_int_equal(sm_openpgp_ring_add(&f->ring, sm_buf_str(&b.packets),
					     &f->e),
			 0);
	assert_int_equal(f->ring.n, 1);
	block_end(&b);
}

static void key_expiry(void **state)
{
	struct fixture *f = *state;
	struct block b;

	block_begin(&b, &f->key.pub, "A");
	put_be(&b.hashed, SM_PGP_SUB_KEY_EXPIRES, 1000);
	block_sign(&b, &f->key, 0x13, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), 0);
	assert_int_equal(f->ring.key[0].expires, CREATED + 1000);
	/* extended by a newer one; an older one changes nothing */
	sm_buf_clear(&b.hashed);
	put_be(&b.hashed, SM_PGP_SUB_KEY_EXPIRES, 5000);
	block_sign(&b, &f->key, 0x13, CREATED + 20);
	sm_buf_clear(&b.hashed);
	block_sign(&b, &f->key, 0x13, CREATED + 10);
	assert_int_equal(block_add(&b, &f->ring, &f->e), 0);
	assert_int_equal(f->ring.key[0].expires, CREATED + 5000);
	block_end(&b);
}

static void key_not_for_signing(void **state)
{
	struct fixture *f = *state;
	struct block b;

	block_begin(&b, &f->key.pub, "A");
	flags(&b, SM_PGP_SUB_KEY_FLAGS, 0x01);
	block_sign(&b, &f->key, 0x13, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	assert_non_null(strstr(f->e.msg, "may not sign data"));
	block_end(&b);
}

static void key_revoked(void **state)
{
	struct fixture *f = *state;
	struct block b;
	struct sm_buf text;

	/* the user id */
	block_begin(&b, &f->key.pub, "A");
	block_sign(&b, &f->key, 0x13, CREATED);
	block_sign(&b, &f->key, 0x30, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	block_end(&b);
	/* the key: its revocation stands before the user id */
	block_begin(&b, &f->key.pub, NULL);
	block_sign(&b, &f->key, 0x20, CREATED);
	text = b.text;
	sm_buf_put_u8(&text, 0xb4);
	sm_buf_put_u32be(&text, 1);
	sm_buf_puts(&text, "A");
	b.text = text;
	sm_pgppacket_put(&b.packets, SM_PGP_USER_ID, sm_str("A"));
	block_sign(&b, &f->key, 0x13, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	assert_non_null(strstr(f->e.msg, "key is revoked"));
	block_end(&b);
}

/* A subkey, and each thing that its binding must have. */
static void add_subkey(struct block *b, const struct fixture *f,
		       const struct pair *sub, uint8_t usage, bool back)
{
	struct recipe r = { 4,           SM_PGPSIG_PRIMARY, sub->pub.alg, 8,
			    { NULL, 0 }, { NULL, 0 },       { NULL, 0 } };
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf usual = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf inner = SM_BUF_INIT(SM_BUF_SMALL);

	sm_pgpkey_put(&body, &sub->pub);
	sm_pgppacket_put(&b->packets, SM_PGP_PUBLIC_SUBKEY, sm_buf_str(&body));
	sm_buf_clear(&b->text);
	put_key_text(&b->text, sm_buf_str(&b->body));
	put_key_text(&b->text, sm_buf_str(&body));
	put_usual(&usual, &sub->pub, CREATED);
	r.hashed = sm_buf_str(&usual);
	r.prefix = sm_buf_str(&b->text);
	sign_body(&inner, sub, &r);
	sm_buf_clear(&b->hashed);
	flags(b, SM_PGP_SUB_KEY_FLAGS, usage);
	if (back)
		sm_pgppacket_put_sub(&b->hashed, SM_PGP_SUB_EMBEDDED,
				     sm_buf_str(&inner));
	block_sign(b, &f->key, SM_PGPSIG_SUBKEY, CREATED);
	sm_buf_release(&body);
	sm_buf_release(&usual);
	sm_buf_release(&inner);
}

static void subkeys(void **state)
{
	static const struct {
		uint8_t usage;
		bool back;
		bool revoked;
		size_t n;
	} cases[] = {
		{ 2, true, false, 2 },
		{ 2, false, false, 1 }, /* does not bind back */
		{ 4, true, false, 1 },  /* encrypts */
		{ 2, true, true, 1 },
	};
	struct fixture *f = *state;
	struct pair sub;
	struct block b;
	size_t i;

	pair_make(&sub, 3, SM_PGPKEY_EDDSA);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		block_begin(&b, &f->key.pub, "A");
		block_sign(&b, &f->key, 0x13, CREATED);
		add_subkey(&b, f, &sub, cases[i].usage, cases[i].back);
		sm_buf_clear(&b.hashed);
		if (cases[i].revoked)
			block_sign(&b, &f->key, 0x28, CREATED);
		assert_int_equal(block_add(&b, &f->ring, &f->e), 0);
		assert_int_equal(f->ring.n, cases[i].n);
		block_end(&b);
	}
	pair_free(&sub);
}

static void bad_blocks(void **state)
{
	struct fixture *f = *state;
	struct block b;

	/* signed by another, under our name */
	struct pair other;

	pair_make(&other, 5, SM_PGPKEY_EDDSA);
	memcpy(other.pub.fpr, f->key.pub.fpr, 20);
	block_begin(&b, &f->key.pub, "A");
	block_sign(&b, &other, 0x13, CREATED);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	block_end(&b);
	pair_free(&other);
	/* secret key, no key, rubbish */
	block_begin(&b, &f->key.pub, NULL);
	sm_buf_clear(&b.packets);
	sm_pgppacket_put(&b.packets, SM_PGP_SECRET_KEY, sm_buf_str(&b.body));
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EFORMAT);
	assert_non_null(strstr(f->e.msg, "secret key"));
	sm_buf_clear(&b.packets);
	sm_pgppacket_put(&b.packets, SM_PGP_USER_ID, sm_str("A"));
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EFORMAT);
	sm_buf_clear(&b.packets);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EVERIFY);
	sm_buf_puts(&b.packets, "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EFORMAT);
	sm_buf_clear(&b.packets);
	sm_buf_put_fill(&b.packets, 'x', SM_BUF_SMALL);
	assert_int_equal(block_add(&b, &f->ring, &f->e), SM_EFORMAT);
	assert_int_equal(sm_openpgp_ring_add(&f->ring,
					     sm_str_n("", 3 * SM_BUF_SMALL),
					     &f->e),
			 SM_ELIMIT);
	block_end(&b);
}

static void ring_limit(void **state)
{
	struct fixture *f = *state;
	struct sm_pgpkey k = f->key.pub;
	unsigned i;

	for (i = 1; i < SM_OPENPGP_RING_MAX; i++) {
		k.fpr[0] = (uint8_t)i;
		k.fpr[1] ^= 1;
		k.fpr[2] = (uint8_t)(i ^ 0x5a);
		assert_int_equal(sm_openpgp_ring_add_raw(&f->ring, &k, ""), 0);
	}
	k.fpr[3] ^= 0xff;
	assert_int_equal(sm_openpgp_ring_add_raw(&f->ring, &k, ""), SM_ELIMIT);
}

static void aws_key(void **state)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	char hex[SM_PGPKEY_FPR_HEX];

	SM_UNUSED(state);
	assert_int_equal(sm_openpgp_ring_add_aws(&ring), 0);
	assert_int_equal(ring.n, 1);
	sm_pgpkey_fpr_hex(&ring.key[0].pub, hex);
	assert_string_equal(hex, SM_OPENPGP_AWS_FPR);
	assert_string_equal(hex, "7959637124CE093AD501D47A2C4D4AFF6F6757EE");
	assert_int_equal(ring.key[0].pub.created, 1737560387);
	assert_int_equal(ring.key[0].expires, 0);
	sm_openpgp_ring_release(&ring);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(good),
		WITH(good_ed25519),
		WITH(armored),
		WITH(changed),
		WITH(other_key),
		WITH(nameless),
		WITH(times),
		WITH(parts),
		WITH(critical),
		WITH(kinds),
		WITH(framing),
		WITH(over_file),
		WITH(key_block),
		WITH(key_expiry),
		WITH(key_not_for_signing),
		WITH(key_revoked),
		WITH(subkeys),
		WITH(bad_blocks),
		WITH(ring_limit),
		cmocka_unit_test(aws_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
