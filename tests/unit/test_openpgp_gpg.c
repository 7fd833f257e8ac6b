/*
 * Detached signatures against gpg as the witness: keys and signatures made
 * by gpg, then thousands of mutations of signature, data and key. What we
 * accept, gpgv must accept; that we refuse more is allowed and counted.
 *
 * SM_MUTATIONS is the number per algorithm (default 8000).
 */
#include "common/def.h"
#include "common/openpgp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/armor.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/os/process.h"

#define WAIT_MS 60000
#define SAMPLE 250 /* of what we refuse, every n-th is shown to gpgv */

struct world {
	char home[512]; /* GNUPGHOME, and everything else */
	bool usable;
};

static struct world world;

static int run(struct sm_buf *out, const char *const *argv)
{
	int status = -1;

	if (sm_os_process_run(argv, WAIT_MS, out, NULL, &status, NULL) < 0)
		return -1;
	return status;
}

static const char *at(char *buf, size_t size, const char *name)
{
	snprintf(buf, size, "%s/%s", world.home, name);
	return buf;
}

static void put_file(const char *name, struct sm_str data)
{
	char path[600];
	FILE *f = fopen(at(path, sizeof(path), name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data.ptr, 1, data.len, f), data.len);
	assert_int_equal(fclose(f), 0);
}

static void get_file(const char *name, struct sm_buf *out)
{
	char path[600];

	assert_int_equal(sm_fs_read(at(path, sizeof(path), name), SM_BUF_SMALL,
				    out, NULL),
			 0);
}

static int set_up(void **state)
{
	const char *which[] = { "gpgv", "--version", NULL };
	const char *gpg[] = { "gpg", "--version", NULL };

	SM_UNUSED(state);
	if (run(NULL, which) != 0 || run(NULL, gpg) != 0)
		return 0;
	if (sm_os_dir_temp("/tmp/sm-pgp-", world.home, sizeof(world.home),
			   NULL) < 0)
		return -1;
	setenv("GNUPGHOME", world.home, 1);
	world.usable = true;
	return 0;
}

static int tear_down(void **state)
{
	const char *kill[] = { "gpgconf", "--kill", "all", NULL };

	SM_UNUSED(state);
	if (!world.usable)
		return 0;
	(void)run(NULL, kill); /* ends the agent that gpg started */
	(void)sm_fs_remove_tree(world.home, NULL);
	return 0;
}

/* True if gpgv finds the signature good. */
static bool gpgv_says(struct sm_str key, struct sm_str sig, struct sm_str data)
{
	char k[600], s[600], d[600];
	const char *argv[] = { "gpgv", "--keyring", k, s, d, NULL };

	put_file("w.key", key);
	put_file("w.sig", sig);
	put_file("w.data", data);
	at(k, sizeof(k), "w.key");
	at(s, sizeof(s), "w.sig");
	at(d, sizeof(d), "w.data");
	return run(NULL, argv) == 0;
}

static bool we_say(struct sm_str key, struct sm_str sig, struct sm_str data)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_openpgp_result res;
	bool good;

	good = sm_openpgp_ring_add(&ring, key, NULL) == 0 &&
	       sm_openpgp_verify_bytes(&ring, data, sig,
				       sm_os_clock_wall_ms() / 1000, &res,
				       NULL) == 0;
	sm_openpgp_ring_release(&ring);
	return good;
}

/* Deterministic; Numerical Recipes' constants. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Every single bit first, then random edits of several kinds. */
static void mutate(struct sm_buf *out, struct sm_str in, uint32_t n)
{
	uint32_t seed = n * 2654435761u + 1;
	size_t where = next(&seed) % in.len, len;

	sm_buf_clear(out);
	sm_buf_put_str(out, in);
	if (n < in.len * 8) {
		out->ptr[n / 8] ^= (char)(1 << (n % 8));
		return;
	}
	switch (next(&seed) % 6) {
	case 0:
		out->ptr[where] = (char)next(&seed);
		break;
	case 1:
		sm_buf_truncate(out, where);
		break;
	case 2:
		sm_buf_put_u8(out, (uint8_t)next(&seed));
		break;
	case 3: /* one byte more in the middle */
		sm_buf_clear(out);
		sm_buf_put_str(out, sm_str_sub(in, 0, where));
		sm_buf_put_u8(out, (uint8_t)next(&seed));
		sm_buf_put_str(out, sm_str_sub(in, where, in.len));
		break;
	case 4: /* some bytes less */
		len = next(&seed) % 8 + 1;
		sm_buf_clear(out);
		sm_buf_put_str(out, sm_str_sub(in, 0, where));
		sm_buf_put_str(out, sm_str_sub(in, where + len, in.len));
		break;
	default: /* two bytes */
		out->ptr[where] ^= (char)(1 << next(&seed) % 8);
		out->ptr[next(&seed) % in.len] ^= (char)(1 << next(&seed) % 8);
	}
}

struct counts {
	unsigned tried, accepted, stricter, sampled;
};

enum what {
	SIGNATURE,
	DATA,
	KEY
};

static void one(struct sm_str part[3], enum what what, uint32_t n,
		struct counts *c)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str v[3] = { part[0], part[1], part[2] };
	bool ours, theirs;

	mutate(&b, part[what], n);
	v[what] = sm_buf_str(&b);
	c->tried++;
	if (sm_str_eq(v[what], part[what])) {
		sm_buf_release(&b);
		return;
	}
	ours = we_say(v[KEY], v[SIGNATURE], v[DATA]);
	if (ours || n % SAMPLE == 0) {
		theirs = gpgv_says(v[KEY], v[SIGNATURE], v[DATA]);
		c->sampled++;
		c->accepted += ours;
		c->stricter += theirs && !ours;
		if (ours && !theirs)
			fail_msg("gpgv refuses what we accept: part %d, "
				 "mutation %u",
				 (int)what, n);
	}
	sm_buf_release(&b);
}

static void sweep(const char *type, struct sm_str part[3])
{
	const char *text = getenv("SM_MUTATIONS");
	uint32_t n, total = text ? (uint32_t)strtoul(text, NULL, 10) : 8000;
	struct counts c = { 0 };

	for (n = 0; n < total; n++)
		one(part, SIGNATURE, n, &c);
	for (n = 0; n < total / 4; n++)
		one(part, DATA, n, &c);
	for (n = 0; n < total; n++)
		one(part, KEY, n, &c);
	print_message("# %s: %u mutations, %u accepted by both, %u shown to "
		      "gpgv, %u refused by us alone\n",
		      type, c.tried, c.accepted, c.sampled, c.stricter);
}

static void make_key(const char *type, const char *name, const char *usage)
{
	const char *argv[] = { "gpg",     "--batch",
			       "--quiet", "--passphrase",
			       "",        "--quick-generate-key",
			       name,      type,
			       usage,     "never",
			       NULL };

	assert_int_equal(run(NULL, argv), 0);
}

static void export_key(const char *name, bool armored, struct sm_buf *out)
{
	const char *argv[] = { "gpg", "--batch", "--export", name, NULL, NULL };

	if (armored) {
		argv[4] = name;
		argv[3] = "--armor";
	}
	assert_int_equal(run(out, argv), 0);
	assert_true(out->len > 0);
}

static void sign(const char *name, const char *digest, bool armored,
		 struct sm_buf *out)
{
	char data[600], sig[600];
	const char *argv[] = { "gpg",
			       "--batch",
			       "--yes",
			       "--digest-algo",
			       digest,
			       armored ? "--armor" : "--no-armor",
			       "-u",
			       name,
			       "-o",
			       at(sig, sizeof(sig), "x.sig"),
			       "--detach-sign",
			       at(data, sizeof(data), "x.data"),
			       NULL };

	assert_int_equal(run(NULL, argv), 0);
	get_file("x.sig", out);
}

static struct sm_str data_bytes(void)
{
	static char data[300];
	uint32_t seed = 7;
	size_t i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (char)next(&seed);
	return sm_str_n(data, sizeof(data));
}

/* Every hash and both forms first, then the mutations of one of them. */
static void check_type(const char *type, const char *alg)
{
	static const char *const hashes[] = { "SHA256", "SHA384", "SHA512" };
	struct sm_buf key = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct sm_str data = data_bytes(), part[3];
	size_t i;

	if (!world.usable) {
		print_message("# skipped: gpg or gpgv is not here\n");
		skip();
	}
	put_file("x.data", data);
	make_key(type, type, "sign");
	export_key(type, true, &key);
	assert_int_equal(sm_openpgp_ring_add(&ring, sm_buf_str(&key), &e), 0);
	assert_int_equal(ring.n, 1);
	for (i = 0; i < 2 * SM_ARRAY_LEN(hashes); i++) {
		sm_buf_clear(&sig);
		sign(type, hashes[i / 2], i % 2, &sig);
		assert_int_equal(
			sm_openpgp_verify_bytes(&ring, data, sm_buf_str(&sig),
						sm_os_clock_wall_ms() / 1000,
						&res, &e),
			0);
		assert_string_equal(res.alg, alg);
		assert_true(sm_str_eq_nocase(sm_str(res.hash),
					     sm_str(hashes[i / 2])));
		assert_string_equal(res.user_id, type);
	}
	sm_openpgp_ring_release(&ring);
	sm_buf_clear(&key);
	sm_buf_clear(&sig);
	export_key(type, false, &key);
	sign(type, "SHA256", false, &sig);
	part[SIGNATURE] = sm_buf_str(&sig);
	part[DATA] = data;
	part[KEY] = sm_buf_str(&key);
	assert_true(we_say(part[KEY], part[SIGNATURE], part[DATA]));
	assert_true(gpgv_says(part[KEY], part[SIGNATURE], part[DATA]));
	sweep(type, part);
	sm_buf_release(&key);
	sm_buf_release(&sig);
}

static void rsa(void **state)
{
	SM_UNUSED(state);
	check_type("rsa3072", "rsa3072");
}

static void p256(void **state)
{
	SM_UNUSED(state);
	check_type("nistp256", "ecdsa-p256");
}

static void ed25519(void **state)
{
	SM_UNUSED(state);
	check_type("ed25519", "ed25519");
}

/* A primary key that certifies only, with a subkey that signs. */
static void subkey(void **state)
{
	struct sm_buf key = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf list = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_openpgp_result res;
	struct sm_err e = SM_ERR_INIT;
	struct sm_str line, rest, part[3];
	char fpr[41] = "";
	const char *show[] = { "gpg", "--batch",    "--with-colons",
			       "-K",  "has-subkey", NULL };
	const char *add[] = {
		"gpg", "--batch", "--passphrase", "",      "--quick-add-key",
		fpr,   "ed25519", "sign",         "never", NULL
	};

	SM_UNUSED(state);
	if (!world.usable)
		skip();
	make_key("ed25519", "has-subkey", "cert");
	assert_int_equal(run(&list, show), 0);
	for (rest = sm_buf_str(&list); sm_str_split(&rest, '\n', &line);)
		if (sm_str_starts(line, "fpr:::::::::") && !fpr[0])
			snprintf(fpr, sizeof(fpr), "%.40s", line.ptr + 12);
	assert_int_equal(strlen(fpr), 40);
	assert_int_equal(run(NULL, add), 0);
	put_file("x.data", data_bytes());
	export_key("has-subkey", false, &key);
	sign("has-subkey", "SHA256", false, &sig);
	assert_int_equal(sm_openpgp_ring_add(&ring, sm_buf_str(&key), &e), 0);
	assert_int_equal(ring.n, 1);
	assert_true(ring.key[0].subkey);
	assert_int_equal(
		sm_openpgp_verify_bytes(&ring, data_bytes(), sm_buf_str(&sig),
					sm_os_clock_wall_ms() / 1000, &res, &e),
		0);
	assert_string_equal(res.primary, fpr);
	assert_string_not_equal(res.fpr, fpr);
	part[SIGNATURE] = sm_buf_str(&sig);
	part[DATA] = data_bytes();
	part[KEY] = sm_buf_str(&key);
	sweep("subkey", part);
	sm_openpgp_ring_release(&ring);
	sm_buf_release(&key);
	sm_buf_release(&sig);
	sm_buf_release(&list);
}

/* What a signature may carry besides: gpg's options for it. */
struct extra {
	const char *option, *value;
	bool good;
};

static void sign_with(const char *name, const struct extra *x,
		      struct sm_buf *out)
{
	char data[600], sig[600];
	const char *argv[] = { "gpg",
			       "--batch",
			       "--yes",
			       x->option,
			       x->value,
			       "-u",
			       name,
			       "-o",
			       at(sig, sizeof(sig), "x.sig"),
			       "--detach-sign",
			       at(data, sizeof(data), "x.data"),
			       NULL };

	assert_int_equal(run(NULL, argv), 0);
	get_file("x.sig", out);
}

/*
 * Subpackets of every kind that gpg makes, with keys of every kind: accepted
 * unless critical and unknown; and what is changed in them is seen.
 */
static void subpackets(void **state)
{
	static const char *const types[] = { "rsa2048", "nistp256", "ed25519" };
	static const struct extra extras[] = {
		{ "--default-sig-expire", "5d", true },
		{ "--sig-notation", "a@example.org=b", true },
		{ "--sig-policy-url", "https://example.org/p", true },
		{ "--sig-keyserver-url", "https://example.org/k", true },
		{ "--sig-notation", "!a@example.org=b", false },
		{ "--sig-policy-url", "!https://example.org/p", false },
	};
	struct sm_buf key = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	struct counts c = { 0 };
	struct sm_str part[3];
	char name[64];
	size_t i, k;
	uint32_t n;

	SM_UNUSED(state);
	if (!world.usable)
		skip();
	put_file("x.data", data_bytes());
	for (i = 0; i < SM_ARRAY_LEN(types); i++) {
		(void)snprintf(name, sizeof(name), "subpackets-%s", types[i]);
		make_key(types[i], name, "sign");
		sm_buf_clear(&key);
		export_key(name, false, &key);
		for (k = 0; k < SM_ARRAY_LEN(extras); k++) {
			sm_buf_clear(&sig);
			sign_with(name, &extras[k], &sig);
			part[SIGNATURE] = sm_buf_str(&sig);
			part[DATA] = data_bytes();
			part[KEY] = sm_buf_str(&key);
			if (we_say(part[KEY], part[SIGNATURE], part[DATA]) !=
			    extras[k].good)
				fail_msg("%s %s with %s", extras[k].option,
					 extras[k].value, types[i]);
			/* every bit of the packet's front, where they are */
			for (n = 0; extras[k].good && n < 800; n++)
				one(part, SIGNATURE, n, &c);
		}
	}
	print_message("# subpackets: %u mutations, %u accepted by both\n",
		      c.tried, c.accepted);
	sm_buf_release(&key);
	sm_buf_release(&sig);
}

/* gpg's own revocation certificate, in its place and behind the block. */
static void revoked(void **state)
{
	static const char script[] =
		"set -e; cd \"$GNUPGHOME\"; gpg --batch --export revoked >k\n"
		"f=$(gpg --batch --with-colons -K revoked |"
		" awk -F: '/^fpr/ { print $10; exit }')\n"
		"sed 's/^:-----/-----/' openpgp-revocs.d/$f.rev |"
		" gpg --batch --dearmor >r; cat k r >behind\n"
		"gpg --batch --import r; gpg --batch --export revoked >inside\n";
	const char *argv[] = { "sh", "-c", script, NULL };
	struct sm_buf key = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	if (!world.usable)
		skip();
	put_file("x.data", data_bytes());
	make_key("ed25519", "revoked", "sign");
	sign("revoked", "SHA256", false, &sig);
	assert_int_equal(run(NULL, argv), 0);
	get_file("k", &key);
	assert_true(we_say(sm_buf_str(&key), sm_buf_str(&sig), data_bytes()));
	sm_buf_clear(&key);
	get_file("inside", &key);
	assert_false(we_say(sm_buf_str(&key), sm_buf_str(&sig), data_bytes()));
	sm_buf_clear(&key);
	get_file("behind", &key);
	assert_false(we_say(sm_buf_str(&key), sm_buf_str(&sig), data_bytes()));
	sm_buf_release(&key);
	sm_buf_release(&sig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rsa),        cmocka_unit_test(p256),
		cmocka_unit_test(ed25519),    cmocka_unit_test(subkey),
		cmocka_unit_test(subpackets), cmocka_unit_test(revoked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
