/*
 * Keys: made, written, read again, used; and refused when they are damaged.
 */
#include "common/def.h"
#include "pkg/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/armor.h"
#include "common/mem.h"
#include "common/openpgp.h"
#include "pkg/pgpsign.h"

#define WHEN 1767225600u
#define WHO "Test <t@example.org>"

static void make(struct pkg_key *k, const char *type)
{
	struct sm_err e = SM_ERR_INIT;

	pkg_key_init(k);
	if (pkg_key_generate(k, type, sm_str(WHO), WHEN, &e) < 0)
		fail_msg("%s: %s", type, sm_err_msg(&e));
}

/* The reader of common/openpgp takes key and signature. */
static void round_trip(const char *type)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_buf secret = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	struct sm_buf pub = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key a;
	struct pkg_key b;

	make(&a, type);
	assert_int_equal(pkg_key_put_secret(&a, &secret, &e), 0);
	assert_int_equal(pkg_key_put_public(&a, &pub, &e), 0);
	pkg_key_init(&b);
	if (pkg_key_parse(&b, sm_buf_str(&secret), &e) < 0)
		fail_msg("%s: %s", type, sm_err_msg(&e));
	assert_memory_equal(a.pub.fpr, b.pub.fpr, SM_PGPKEY_FPR);
	assert_string_equal(sm_buf_z(&b.uid), WHO);
	assert_int_equal(sm_openpgp_ring_add(&ring, sm_buf_str(&pub), &e), 0);
	assert_string_equal(ring.key[0].user_id, WHO);

	assert_int_equal(pkg_pgpsign_put_data(&b, sm_str("data"), WHEN + 1,
					      &sig, &e),
			 0);
	if (sm_openpgp_verify_bytes(&ring, sm_str("data"), sm_buf_str(&sig),
				    WHEN + 2, &res, &e) < 0)
		fail_msg("%s: %s", type, sm_err_msg(&e));
	assert_int_equal(res.created, WHEN + 1);
	assert_string_equal(res.hash, "sha256");
	assert_int_equal(sm_openpgp_verify_bytes(&ring, sm_str("date"),
						 sm_buf_str(&sig), WHEN + 2,
						 &res, &e),
			 SM_EVERIFY);
	/* not before the key was there */
	assert_int_equal(pkg_pgpsign_put_data(&b, sm_str("data"), WHEN - 1,
					      &sig, &e),
			 SM_EUSAGE);

	sm_openpgp_ring_release(&ring);
	sm_buf_release(&secret);
	sm_buf_release(&pub);
	sm_buf_release(&sig);
	pkg_key_release(&a);
	pkg_key_release(&b);
}

static void all_types(void **state)
{
	SM_UNUSED(state);
	round_trip("ed25519");
	round_trip("p256");
	round_trip("rsa3072");
}

/* Leading zeros are dropped in packets: one key in 128 has some. */
static void many_keys(void **state)
{
	SM_UNUSED(state);
	for (int i = 0; i < 300; i++) {
		round_trip("ed25519");
		if (i % 3 == 0)
			round_trip("p256");
	}
}

static void deterministic(void **state)
{
	static const char *const types[] = { "ed25519", "rsa3072", "p256" };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(types); i++) {
		struct sm_buf a = SM_BUF_INIT(SM_BUF_SMALL);
		struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
		struct pkg_key k;

		make(&k, types[i]);
		pkg_pgpsign_put_data(&k, sm_str("data"), WHEN, &a, &e);
		pkg_pgpsign_put_data(&k, sm_str("data"), WHEN, &b, &e);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.ptr, b.ptr, a.len);
		sm_buf_release(&a);
		sm_buf_release(&b);
		pkg_key_release(&k);
	}
}

static void requests(void **state)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;

	SM_UNUSED(state);
	pkg_key_init(&k);
	assert_int_equal(pkg_key_generate(&k, "dsa", sm_str(WHO), WHEN, &e),
			 SM_EUSAGE);
	assert_int_equal(pkg_key_generate(&k, "p256", sm_str(""), WHEN, &e),
			 SM_EUSAGE);
	assert_int_equal(pkg_key_generate(&k, "p256", sm_str("a\nb"), WHEN, &e),
			 SM_EUSAGE);
	assert_int_equal(pkg_key_generate(&k, "p256", sm_str("\377"), WHEN, &e),
			 SM_EUSAGE);
	sm_buf_put_fill(&name, 'a', PKG_KEY_UID_MAX + 1);
	assert_int_equal(pkg_key_generate(&k, "p256", sm_buf_str(&name), WHEN,
					  &e),
			 SM_EUSAGE);
	sm_buf_truncate(&name, PKG_KEY_UID_MAX);
	assert_int_equal(
		pkg_key_generate(&k, "p256", sm_buf_str(&name), WHEN, &e), 0);
	pkg_key_release(&k);
	sm_buf_release(&name);
}

/* The binary form of a new key. */
static void binary(const char *type, struct sm_buf *out)
{
	struct sm_buf text = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;

	make(&k, type);
	assert_int_equal(pkg_key_put_secret(&k, &text, &e), 0);
	assert_int_equal(sm_armor_decode(out, SM_ARMOR_SECRET,
					 sm_buf_str(&text), &e),
			 0);
	sm_buf_release(&text);
	pkg_key_release(&k);
}

static int read_back(struct sm_str bytes)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;
	int r;

	pkg_key_init(&k);
	r = pkg_key_parse(&k, bytes, &e);
	if (r < 0)
		assert_true(e.msg[0] != '\0');
	pkg_key_release(&k);
	return r;
}

/*
 * No bit can change: the numbers must fit together, and the self-signature
 * covers the rest. Only framing (a tag in its other form) and the part of the
 * signature that is not hashed may differ without harm.
 */
static void every_bit(void **state)
{
	struct sm_buf key = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	unsigned accepted = 0;

	SM_UNUSED(state);
	binary("ed25519", &key);
	assert_int_equal(read_back(sm_buf_str(&key)), 0);
	for (size_t n = 0; n < key.len; n++)
		assert_true(read_back(sm_str_n(key.ptr, n)) < 0);
	for (size_t i = 0; i < key.len; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			key.ptr[i] = (char)(key.ptr[i] ^ (1 << bit));
			accepted += read_back(sm_buf_str(&key)) == 0;
			key.ptr[i] = (char)(key.ptr[i] ^ (1 << bit));
		}
	}
	/* the key id of the issuer, 10 octets with its header, and 3 tags */
	assert_true(accepted <= 10 * 8 + 3);
	sm_buf_release(&key);
}

static void refusals(void **state)
{
	struct sm_buf pub = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key k;

	SM_UNUSED(state);
	assert_true(read_back(sm_str("")) < 0);
	assert_true(read_back(sm_str("hello")) < 0);
	assert_true(read_back(sm_str("-----BEGIN PGP PRIVATE KEY BLOCK-----")) <
		    0);
	make(&k, "ed25519");
	assert_int_equal(pkg_key_put_public(&k, &pub, &e), 0);
	assert_true(read_back(sm_buf_str(&pub)) < 0);
	sm_buf_release(&pub);
	pkg_key_release(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_types),     cmocka_unit_test(many_keys),
		cmocka_unit_test(deterministic), cmocka_unit_test(requests),
		cmocka_unit_test(every_bit),     cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
