/*
 * The release channel: form, signature, clock and the memory of the client.
 */
#include "common/def.h"
#include "common/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/evp.h>

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ISSUED INT64_C(1795248000) /* 2026-11-21T08:00:00Z */
#define EXPIRES INT64_C(1797840000)

static struct sm_channel_artifact artifacts[] = {
	{ "linux", "x86_64", "deb",
	  "1.3.0.0/ubuntu_64bit/session-manager-plugin.deb", SHA, 100 },
	{ "linux", "x86_64", "rpm",
	  "1.3.0.0/linux_64bit/session-manager-plugin.rpm", SHA, 200 },
};

static struct sm_channel_version versions[] = {
	{ "1.4.0.0", "2026-11-21", SM_CHANNEL_WITHDRAWN, "does not start", "",
	  artifacts, 1 },
	{ "1.3.0.0", "2026-11-20", SM_CHANNEL_CURRENT, "", "one\ntwo",
	  artifacts, 2 },
	{ "1.2.0.0", "2026-11-19", SM_CHANNEL_SUPERSEDED, "", "", NULL, 0 },
};

static struct sm_channel sample(void)
{
	struct sm_channel c = { 0 };

	c.serial = 7;
	c.issued = ISSUED;
	c.expires = EXPIRES;
	c.product = "session-manager-plugin";
	c.minimum = "1.2.764.0";
	c.version = versions;
	c.n_versions = SM_ARRAY_LEN(versions);
	return c;
}

static void round_trip(void **state)
{
	struct sm_channel c = sample(), back;
	const struct sm_channel_version *v;
	struct sm_buf one = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf two = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (sm_channel_put(&c, &one, &e) < 0)
		fail_msg("%s", e.msg);
	assert_int_equal(sm_channel_parse(&back, sm_buf_str(&one), &e), 0);
	assert_int_equal(back.serial, 7);
	assert_int_equal(back.issued, ISSUED);
	assert_int_equal(back.expires, EXPIRES);
	assert_int_equal(back.n_versions, 3);
	v = sm_channel_find(&back, "latest");
	assert_string_equal(v->version, "1.3.0.0");
	assert_string_equal(v->notes, "one\ntwo");
	assert_ptr_equal(sm_channel_find(&back, "1.3"), v);
	assert_null(sm_channel_find(&back, "1.3.1"));
	assert_null(sm_channel_find(&back, "x"));
	assert_int_equal(sm_channel_artifact(v, "linux", "x86_64", "rpm")->size,
			 200);
	assert_null(sm_channel_artifact(v, "linux", "i386", "rpm"));
	assert_string_equal(back.version[0].reason, "does not start");
	assert_int_equal(sm_channel_put(&back, &two, &e), 0);
	assert_true(sm_str_eq(sm_buf_str(&one), sm_buf_str(&two)));
	sm_channel_release(&back);
	sm_buf_release(&one);
	sm_buf_release(&two);
}

static void replace(struct sm_buf *out, struct sm_str in, const char *from,
		    const char *to)
{
	long at = sm_str_find(in, sm_str(from));

	assert_true(at >= 0);
	sm_buf_clear(out);
	sm_buf_put_str(out, sm_str_sub(in, 0, (size_t)at));
	sm_buf_puts(out, to);
	sm_buf_put_str(out, sm_str_sub(in, (size_t)at + strlen(from), in.len));
}

static void bad(void **state)
{
	static const struct {
		const char *from, *to, *why;
	} cases[] = {
		{ "session-manager-channel", "x", "format: not" },
		{ "\"schema\": 1", "\"schema\": 2", "schema: 2 is not" },
		{ "\"serial\": 7", "\"serial\": 0", "serial: is zero" },
		{ "\"serial\": 7", "\"serial\": 7.5",
		  "serial: is not a whole" },
		{ "\"serial\": 7", "\"serial\": 18014398509481984",
		  "serial: is too large" },
		{ "2026-11-21T08:00:00Z", "2026-11-21 08:00:00",
		  "issued: is not a time" },
		{ "2026-11-21T08:00:00Z", "2027-11-21T08:00:00Z",
		  "expires: not after" },
		{ "\"minimum\": \"1.2.764.0\",", "", "minimum: is missing" },
		{ "1.4.0.0", "1.3.0.0", "versions[1].version: newest" },
		{ "1.4.0.0", "1.1.0.0", "versions[1].version: newest" },
		{ "\"withdrawn\"", "\"lost\"", "versions[0].state: unknown" },
		{ "\"withdrawn\"", "\"superseded\"", "versions[0].reason:" },
		{ "\"reason\": \"does not start\",", "",
		  "versions[0].reason:" },
		{ "\"superseded\"", "\"current\"", "a newer version is" },
		{ "\"deb\"", "\"msi\"", "artifacts[0].format: unknown" },
		{ "\"linux\"", "\"beos\"", "artifacts[0].platform: unknown" },
		{ "\"x86_64\"", "\"amd64\"", "artifacts[0].arch: unknown" },
		{ "\"rpm\"", "\"deb\"", "the same artifact twice" },
		{ "1.3.0.0/ubuntu", "../ubuntu", "path: is not a safe" },
		{ "1.3.0.0/ubuntu", "https://x/ubuntu", "path: is not a safe" },
		{ "1.3.0.0/ubuntu", "/ubuntu", "path: is not a safe" },
		{ "\"size\": 100", "\"size\": 0", "size: is zero" },
		{ "\"size\": 100", "\"size\": 9999999999", "size: is too" },
		{ SHA, "E3", "sha256: is not" },
		{ "\"product\"", "\"extra\": 1, \"product\"",
		  "extra: unknown" },
	};
	struct sm_channel c = sample(), back;
	struct sm_buf doc = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf text = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(sm_channel_put(&c, &doc, NULL), 0);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		replace(&text, sm_buf_str(&doc), cases[i].from, cases[i].to);
		sm_err_clear(&e);
		if (sm_channel_parse(&back, sm_buf_str(&text), &e) == 0)
			fail_msg("case %u is accepted", (unsigned)i);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("case %u: '%s' does not say '%s'", (unsigned)i,
				 e.msg, cases[i].why);
	}
	for (i = 0; i + 2 < doc.len; i += 3)
		assert_true(sm_channel_parse(&back, sm_str_n(doc.ptr, i),
					     NULL) < 0);
	/* the writer does not make what the reader refuses */
	c.serial = 0;
	sm_buf_clear(&text);
	assert_int_equal(sm_channel_put(&c, &text, NULL), SM_EFORMAT);
	sm_buf_release(&doc);
	sm_buf_release(&text);
}

/* A detached Ed25519 signature over `text` with the key of `seed`. */
static void sign(struct sm_str text, uint8_t seed, struct sm_pgpkey *pub,
		 struct sm_buf *sig)
{
	uint8_t raw[32], point[32], rs[64], digest[SM_SHA256_SIZE];
	size_t len = sizeof(point);
	struct sm_buf body = SM_BUF_INIT(4096);
	struct sm_digest d = SM_DIGEST_INIT;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;

	memset(raw, seed, sizeof(raw));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, 32);
	assert_int_equal(EVP_PKEY_get_raw_public_key(key, point, &len), 1);
	assert_int_equal(sm_pgpkey_raw(pub, SM_PGPKEY_EDDSA, 1700000000,
				       sm_str_n(point, 32), sm_str(""), NULL),
			 0);
	/* version, type, algorithms; creation time and key id, hashed */
	sm_buf_put(&body, "\4\0\26\10\0\20\5\2", 8);
	sm_buf_put_u32be(&body, (uint32_t)ISSUED);
	sm_buf_put(&body, "\11\20", 2);
	sm_buf_put(&body, pub->fpr + 12, 8);
	assert_int_equal(sm_digest_start(&d, SM_DIGEST_SHA256, NULL), 0);
	sm_digest_add(&d, text.ptr, text.len);
	sm_digest_add(&d, body.ptr, body.len);
	sm_digest_add(&d, "\4\xff\0\0\0", 5);
	raw[0] = (uint8_t)body.len;
	sm_digest_add(&d, raw, 1);
	sm_digest_finish(&d, digest);
	len = sizeof(rs);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, rs, &len, digest, 32), 1);
	sm_buf_put_u16be(&body, 0);
	sm_buf_put(&body, digest, 2);
	sm_pgppacket_put_mpi(&body, sm_str_n(rs, 32));
	sm_pgppacket_put_mpi(&body, sm_str_n(rs + 32, 32));
	sm_buf_clear(sig);
	sm_pgppacket_put(sig, SM_PGP_SIGNATURE, sm_buf_str(&body));
	sm_buf_release(&body);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
}

static int opened(const struct sm_openpgp_ring *ring, struct sm_str doc,
		  const struct sm_buf *sig, int64_t now, struct sm_err *e)
{
	struct sm_channel c;
	int r;

	sm_err_clear(e);
	r = sm_channel_open(&c, ring, doc, sm_buf_str(sig), now, e);
	if (r == 0) {
		assert_string_equal(c.signature.sha256, c.sha256);
		sm_channel_release(&c);
	}
	return r;
}

static void signature_and_clock(void **state)
{
	struct sm_channel c = sample();
	struct sm_buf doc = SM_BUF_INIT(SM_CHANNEL_MAX);
	struct sm_buf sig = SM_BUF_INIT(4096);
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_pgpkey pub;
	struct sm_err e = SM_ERR_INIT;
	struct sm_str text;

	SM_UNUSED(state);
	assert_int_equal(sm_channel_put(&c, &doc, NULL), 0);
	text = sm_buf_str(&doc);
	sign(text, 1, &pub, &sig);
	sm_openpgp_ring_add_raw(&ring, &pub, "test");
	assert_int_equal(opened(&ring, text, &sig, ISSUED, &e), 0);
	assert_int_equal(opened(&ring, text, &sig, EXPIRES, &e), 0);
	assert_int_equal(opened(&ring, text, &sig, EXPIRES + 1, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "has expired"));
	assert_int_equal(opened(&ring, text, &sig,
				ISSUED - SM_CHANNEL_SKEW_SEC - 1, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "in the future"));
	doc.ptr[50] ^= 1;
	assert_int_equal(opened(&ring, text, &sig, ISSUED, &e), SM_EVERIFY);
	doc.ptr[50] ^= 1;
	sign(text, 2, &pub, &sig);
	assert_int_equal(opened(&ring, text, &sig, ISSUED, &e), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "not trusted"));
	sm_openpgp_ring_release(&ring);
	sm_buf_release(&doc);
	sm_buf_release(&sig);
}

static void rollback(void **state)
{
	struct sm_channel c = sample();
	struct sm_channel_seen seen = { 0, "" };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memcpy(c.sha256, SHA, sizeof(c.sha256));
	assert_int_equal(sm_channel_advance(&c, &seen, &e), 0);
	assert_int_equal(seen.serial, 7);
	assert_int_equal(sm_channel_advance(&c, &seen, &e), 0);
	c.sha256[0] = '0';
	assert_int_equal(sm_channel_advance(&c, &seen, &e), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "changed under serial 7"));
	c.serial = 8;
	assert_int_equal(sm_channel_advance(&c, &seen, &e), 0);
	c.serial = 7;
	assert_int_equal(sm_channel_advance(&c, &seen, &e), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "goes back"));
	assert_int_equal(seen.serial, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(bad),
		cmocka_unit_test(signature_and_clock),
		cmocka_unit_test(rollback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
