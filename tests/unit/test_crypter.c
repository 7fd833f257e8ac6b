/*
 * Encryption: vectors A7 and A8 of PROTOCOL.md, the nonce counter, and every
 * single flipped bit refused.
 */
#include "common/def.h"
#include "plugin/wire/crypter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/hex.h"
#include "common/mem.h"
#include "plugin/wire/handshake.h"

static const unsigned char nonce_0b[12] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
};

static struct plug_crypter *make(enum plug_role role,
				 const unsigned char nonce[12])
{
	unsigned char key[PLUG_CRYPTER_DATA_KEY];
	struct plug_crypter *c;
	size_t i;
	int r;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	c = plug_crypter_new(role, sm_str_n(key, sizeof(key)), nonce, &r);
	assert_int_equal(r, 0);
	assert_non_null(c);
	return c;
}

static void check_seal(enum plug_role role, const char *hex)
{
	struct plug_crypter *c = make(role, nonce_0b);
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(plug_crypter_seal(c, &out, sm_str("hello")), 0);
	assert_int_equal(sm_hex_put(&text, out.ptr, out.len), 0);
	assert_string_equal(sm_buf_z(&text), hex);
	sm_buf_release(&out);
	sm_buf_release(&text);
	plug_crypter_free(c);
}

static void test_vectors(void **state)
{
	SM_UNUSED(state);
	check_seal(PLUG_ROLE_CLIENT, "000102030405060708090a0b343731cb25"
				     "fb6b6d50e4ed83c749b851c5fa918ab5");
	check_seal(PLUG_ROLE_AGENT, "000102030405060708090a0b2f67ba77aa"
				    "2797ff353b8a046d28236dcd9d057bbb");
}

/* A8: the agent's request is opened and sealed again for the way back. */
static void test_challenge(void **state)
{
	static const char request[] =
		"{\"Challenge\":\"AAECAwQFBgcICQoLB0OUWIGghFzFCN3A/aQ2ItOH1Wek"
		"LgkrYD6/3kE0Xu1hccyfy6R0/xzNFYbk6kZXnigS/i6j1a1H7lBiZJ6LkfDh"
		"y9YBHMWgneeazBiICy4=\"}";
	static const char response[] =
		"{\"Challenge\":\"EBESExQVFhcYGRobYJy9UQsGVME7EW1vmIXubj3chgth"
		"XVFF+GMcuNCV3LRNDpP8g3+3LfB1SsQwRODiIAzqjf2HLS+2BNuFyK7NwLx5"
		"Mps/rwWm1TMuSu0tMQQ=\"}";
	unsigned char nonce[12];
	struct plug_crypter *c;
	struct sm_buf in = SM_BUF_INIT(1024), plain = SM_BUF_INIT(1024);
	struct sm_buf out = SM_BUF_INIT(1024), json = SM_BUF_INIT(1024);
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (unsigned char)(0x10 + i);
	c = make(PLUG_ROLE_CLIENT, nonce);
	assert_int_equal(plug_handshake_challenge_get(&in, sm_str(request)), 0);
	assert_int_equal(in.len, 92);
	assert_int_equal(plug_crypter_open(c, &plain, sm_buf_str(&in)), 0);
	assert_int_equal(plain.len, 64);
	for (i = 0; i < 64; i++)
		assert_int_equal(plain.ptr[i], 0x40 + i);
	assert_int_equal(plug_crypter_seal(c, &out, sm_buf_str(&plain)), 0);
	assert_int_equal(plug_handshake_challenge_put(&json, sm_buf_str(&out)),
			 0);
	assert_string_equal(sm_buf_z(&json), response);
	sm_buf_release(&in);
	sm_buf_release(&plain);
	sm_buf_release(&out);
	sm_buf_release(&json);
	plug_crypter_free(c);
}

static void test_both_ways(void **state)
{
	struct plug_crypter *client = make(PLUG_ROLE_CLIENT, nonce_0b);
	struct plug_crypter *agent = make(PLUG_ROLE_AGENT, nonce_0b);
	struct sm_buf sealed = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf opened = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf data = SM_BUF_INIT((size_t)1 << 20);
	size_t len;

	SM_UNUSED(state);
	for (len = 0; len < 40000; len = len * 3 + 1) {
		sm_buf_clear(&sealed);
		sm_buf_clear(&opened);
		sm_buf_clear(&data);
		assert_int_equal(sm_buf_put_fill(&data, 'q', len), 0);
		assert_int_equal(plug_crypter_seal(client, &sealed,
						   sm_buf_str(&data)),
				 0);
		assert_int_equal(sealed.len, len + PLUG_CRYPTER_OVERHEAD);
		assert_int_equal(plug_crypter_open(agent, &opened,
						   sm_buf_str(&sealed)),
				 0);
		assert_true(sm_str_eq(sm_buf_str(&opened), sm_buf_str(&data)));
		/* the other direction's key does not open it */
		assert_int_equal(plug_crypter_open(client, &opened,
						   sm_buf_str(&sealed)),
				 SM_EVERIFY);
	}
	sm_buf_release(&sealed);
	sm_buf_release(&opened);
	sm_buf_release(&data);
	plug_crypter_free(client);
	plug_crypter_free(agent);
}

static void test_flipped(void **state)
{
	struct plug_crypter *client = make(PLUG_ROLE_CLIENT, nonce_0b);
	struct plug_crypter *agent = make(PLUG_ROLE_AGENT, nonce_0b);
	struct sm_buf sealed = SM_BUF_INIT(1024), opened = SM_BUF_INIT(1024);
	size_t bit, len;

	SM_UNUSED(state);
	assert_int_equal(plug_crypter_seal(client, &sealed, sm_str("hello")),
			 0);
	assert_int_equal(sm_buf_puts(&opened, "kept"), 0);
	for (bit = 0; bit < sealed.len * 8; bit++) {
		sealed.ptr[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(plug_crypter_open(agent, &opened,
						   sm_buf_str(&sealed)),
				 SM_EVERIFY);
		sealed.ptr[bit / 8] ^= (char)(1 << bit % 8);
		assert_string_equal(sm_buf_z(&opened), "kept");
	}
	for (len = 0; len < sealed.len; len++) {
		char *copy = sm_mem_dup(sm_str_n(sealed.ptr, len));

		assert_int_equal(plug_crypter_open(agent, &opened,
						   sm_str_n(copy, len)),
				 len < 28 ? SM_EFORMAT : SM_EVERIFY);
		sm_mem_free(copy);
	}
	sm_buf_release(&sealed);
	sm_buf_release(&opened);
	plug_crypter_free(client);
	plug_crypter_free(agent);
}

/* The counter is little-endian, carries, and wraps at twelve bytes. */
static void test_nonce(void **state)
{
	static const unsigned char start[12] = { 0xff, 0xff, 0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff,
						 0xff, 0xff, 0xff, 0xff };
	static const unsigned char carry[12] = { 0xff, 0xff, 0xff, 0xff, 7, 0,
						 0,    0,    1,    2,    3, 4 };
	static const unsigned char carried[12] = { 0, 0, 0, 0, 8, 0,
						   0, 0, 1, 2, 3, 4 };
	static const unsigned char zero[12] = { 0 };
	struct plug_crypter *c = make(PLUG_ROLE_CLIENT, start);
	struct sm_buf out = SM_BUF_INIT(1024);

	SM_UNUSED(state);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("")), 0);
	assert_memory_equal(out.ptr, start, 12);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("")), 0);
	assert_memory_equal(out.ptr + 28, zero, 12);
	plug_crypter_free(c);
	sm_buf_clear(&out);
	c = make(PLUG_ROLE_CLIENT, carry);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("")), 0);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("")), 0);
	assert_memory_equal(out.ptr + 28, carried, 12);
	sm_buf_release(&out);
	plug_crypter_free(c);
}

static void test_limits(void **state)
{
	char key[65] = { 0 };
	struct plug_crypter *c;
	struct sm_buf out = SM_BUF_INIT(32);
	int r = 0;

	SM_UNUSED(state);
	assert_null(plug_crypter_new(PLUG_ROLE_CLIENT, sm_str_n(key, 63),
				     nonce_0b, &r));
	assert_int_equal(r, SM_EFORMAT);
	assert_null(plug_crypter_new(PLUG_ROLE_CLIENT, sm_str_n(key, 65),
				     nonce_0b, &r));
	assert_int_equal(r, SM_EFORMAT);
	c = make(PLUG_ROLE_CLIENT, nonce_0b);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("1234")), 0);
	sm_buf_clear(&out);
	assert_int_equal(plug_crypter_seal(c, &out, sm_str("12345")),
			 SM_ELIMIT);
	plug_crypter_free(c);
	plug_crypter_free(NULL);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_nonce),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
