/*
 * Windows programs signed by osslsigncode, with a chain made here: what must
 * hold, and that no byte can be another one.
 */
#include "common/def.h"
#include "common/authenticode.h"

#include "common/chain.h"
#include "common/signeddata.h"
#include "tests/lib/certs.h"
#include "tests/lib/program.h"

#define SEP_2020 1600000000 /* when the stamps of the script are of */
#define YEAR ((int64_t)365 * 86400)

static struct scratch dir;
static bool usable;
static struct sm_arena arena = SM_ARENA_INIT;
static struct sm_buf root = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf gone = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf other = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf stamps = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf image = SM_BUF_INIT(SM_BUF_SMALL);

/* `expired` was valid in 2020 only. */
static const char script[] =
	"for n in Root Other Gone StampRoot; do code_root $n; done\n"
	"cp Root.key cross.key; code_cert cross Gone root /CN=Root\n"
	"code_cert Authority Root authority /CN=Authority\n"
	"code_cert Web Root web /CN=Web\n"
	"code_cert signer Authority code '/O=Example Corp/CN=Signer'\n"
	"code_cert expired Authority code /CN=Expired 20200101000000Z"
	" 20210101000000Z\n"
	"code_cert lifetime Authority lifetime /CN=Life 20200101000000Z"
	" 20210101000000Z\n"
	"code_cert server Authority server /CN=Server\n"
	"code_cert astray Web code /CN=Astray\n"
	"code_cert stamp StampRoot stamp /CN=Stamps\n"
	"code_cert past StampRoot stamp /CN=Past 20200101000000Z"
	" 20200601000000Z\n"
	"for n in signer expired lifetime server; do\n"
	" cat $n.pem Authority.pem >$n.chain; done\n"
	"cat astray.pem Web.pem >astray.chain\n"
	"cat signer.pem Authority.pem Other.pem >extra.chain\n"
	"cat signer.pem Authority.pem cross.pem >cross.chain\n"
	"for n in stamp past; do cat $n.pem StampRoot.pem >$n.all; done\n"
	"sign() { to=$1; with=$2; shift 2\n"
	" osslsigncode sign -certs $with.chain -key ${with%.*}.key"
	" -in a.exe -out $to.exe \"$@\" >>sign.log; }\n"
	"for n in stamp past; do cp $n.all $n.chain; python3"
	" $top/tests/lib/tsa.py $n good 1600000000 >$n.port & pids=\"$pids $!\""
	"; done\n"
	"trap 'kill $pids' EXIT\n"
	"for n in stamp past; do i=0; until [ -s $n.port ]; do sleep .1;"
	" i=$((i + 1)); [ $i -lt 300 ]; done; done\n"
	"stamped() { by=$1; shift; sign \"$@\""
	" -ts http://127.0.0.1:$(cat $by.port)/; }\n"
	"for n in extra cross; do cp signer.key $n.key; done\n"
	"for n in signer expired server astray extra cross; do\n"
	" sign $n $n -h sha256; done\n"
	"sign sha384 signer -h sha384\nsign sha512 signer -h sha512\n"
	"sign sha1 signer -h sha1\nsign named signer -h sha256 -n Name"
	" -i https://example.org/\n"
	"stamped stamp stamped signer -h sha256\n"
	"stamped stamp outlives expired -h sha256\n"
	"stamped stamp lifetime lifetime -h sha256\n"
	"stamped past past signer -h sha256\n"
	"openssl ecparam -name prime256v1 -genkey -noout -out curve.key\n"
	"code_cert curve Authority code /CN=Curve\n"
	"cat curve.pem Authority.pem >curve.chain\nsign curve curve -h sha256\n"
	"osslsigncode sign -nest -certs signer.chain -key signer.key -h sha256"
	" -in signer.exe -out nested.exe >>sign.log\n";

static int set_up(void **state)
{
	char raw[PROGRAM_SIZE];

	SM_UNUSED(state);
	if (!certs_have("osslsigncode") || !certs_have("openssl") ||
	    !certs_have("python3"))
		return 0;
	scratch_make(&dir);
	program_make(raw);
	if (sm_fs_write_atomic(scratch_path(&dir, "a.exe"),
			       sm_str_n(raw, sizeof(raw)), 0644, NULL) < 0 ||
	    certs_make(&dir, script) < 0)
		return -1;
	usable = true;
	certs_load(&dir, "Root.pem", &root);
	certs_load(&dir, "Other.pem", &other);
	certs_load(&dir, "Gone.pem", &gone);
	certs_load(&dir, "StampRoot.pem", &stamps);
	return 0;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	sm_buf_release(&root);
	sm_buf_release(&other);
	sm_buf_release(&gone);
	sm_buf_release(&stamps);
	sm_buf_release(&image);
	sm_arena_release(&arena);
	if (usable)
		scratch_remove(&dir);
	return 0;
}

static void policy(struct sm_cms_policy *p)
{
	if (!usable)
		skip();
	sm_authenticode_policy(p, SEP_2020 + 2 * YEAR);
	assert_int_equal(sm_chain_add_roots(p, SM_CHAIN_SIGNER,
					    sm_buf_str(&root), &arena, NULL),
			 0);
	assert_int_equal(sm_chain_add_roots(p, SM_CHAIN_STAMP,
					    sm_buf_str(&stamps), &arena, NULL),
			 0);
}

static int verify_bytes(const struct sm_cms_policy *p, struct sm_str bytes,
			struct sm_authenticode *a, struct sm_err *e)
{
	int fd = sm_os_file_temp(NULL, NULL);
	int r;

	assert_true(fd >= 0);
	sm_err_clear(e);
	assert_int_equal(sm_os_file_write_all(fd, bytes, NULL), 0);
	r = sm_authenticode_verify(p, fd, a, e);
	sm_os_file_close(fd);
	return r;
}

static void good(const struct sm_cms_policy *p, const char *name,
		 struct sm_authenticode *a)
{
	struct sm_err e = SM_ERR_INIT;

	certs_load(&dir, name, &image);
	if (verify_bytes(p, sm_buf_str(&image), a, &e) < 0)
		fail_msg("%s: %s", name, e.msg);
}

static void refused(const struct sm_cms_policy *p, const char *name,
		    const char *why)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_authenticode a;

	certs_load(&dir, name, &image);
	assert_int_equal(verify_bytes(p, sm_buf_str(&image), &a, &e),
			 SM_EVERIFY);
	if (!strstr(e.msg, why))
		fail_msg("%s: '%s' does not say '%s'", name, e.msg, why);
}

static void signatures(void **state)
{
	struct sm_authenticode a;
	struct sm_cms_policy p;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "signer.exe", &a);
	assert_string_equal(a.signer.cn, "Signer");
	assert_string_equal(a.signer.org, "Example Corp");
	assert_int_equal(a.signer.stamped_sec, 0);
	assert_int_equal(a.alg, SM_DIGEST_SHA256);
	good(&p, "sha384.exe", &a);
	assert_int_equal(a.alg, SM_DIGEST_SHA384);
	good(&p, "sha512.exe", &a);
	assert_int_equal(a.alg, SM_DIGEST_SHA512);
	good(&p, "curve.exe", &a);
	assert_string_equal(a.signer.cn, "Curve");
	good(&p, "named.exe", &a);
	assert_string_equal(a.program, "Name");
	assert_string_equal(a.url, "https://example.org/");
	/* without a policy: names only */
	certs_load(&dir, "expired.exe", &image);
	assert_int_equal(verify_bytes(NULL, sm_buf_str(&image), &a, NULL), 0);
	assert_string_equal(a.signer.cn, "Expired");
}

static void who(void **state)
{
	static const char *const names[] = { "Somebody", "Example Corp" };
	static const char *const cn[] = { "Signer" };
	struct sm_authenticode a;
	struct sm_cms_policy p;

	SM_UNUSED(state);
	policy(&p);
	refused(&p, "a.exe", "is not signed");
	refused(&p, "sha1.exe", "too weak");
	refused(&p, "server.exe", "may not sign this");
	refused(&p, "astray.exe", "'Web' may not issue such certificates");
	refused(&p, "expired.exe", "expired");
	refused(&p, "extra.exe", "certificate of 'Other' refused");
	refused(&p, "nested.exe", "second signature");
	/* a root as another one issued it: both must be known */
	refused(&p, "cross.exe", "certificate of 'Root' refused");
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
					    sm_buf_str(&gone), &arena, NULL),
			 0);
	good(&p, "cross.exe", &a);
	p.publisher = names;
	p.n_publishers = 2;
	good(&p, "signer.exe", &a);
	p.publisher = cn;
	p.n_publishers = 1;
	good(&p, "signer.exe", &a);
	p.publisher = names;
	refused(&p, "signer.exe",
		"signed by 'Example Corp', not by 'Somebody'");
	policy(&p);
	p.now = SEP_2020 - YEAR;
	refused(&p, "signer.exe", "not yet valid");
	memset(&p, 0, sizeof(p));
	sm_authenticode_policy(&p, SEP_2020);
	refused(&p, "signer.exe", "refused");
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
					    sm_buf_str(&other), &arena, NULL),
			 0);
	refused(&p, "signer.exe", "refused");
}

static void stamped(void **state)
{
	struct sm_authenticode a;
	struct sm_cms_policy p;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "stamped.exe", &a);
	assert_int_equal(a.signer.stamped_sec, SEP_2020);
	assert_string_equal(a.signer.stamp_by, "Stamps");
	good(&p, "outlives.exe", &a);
	assert_string_equal(a.signer.cn, "Expired");
	refused(&p, "lifetime.exe", "expired");
	refused(&p, "past.exe", "time stamp refused");
	/* an authority that nobody trusts is worse than no stamp */
	p.n_tsa_roots = 0;
	refused(&p, "stamped.exe", "time stamp refused");
	policy(&p);
	p.now = SEP_2020 - 86400;
	refused(&p, "stamped.exe", "from the future");
}

static int flip(const struct sm_cms_policy *p, size_t at, char with)
{
	struct sm_authenticode a;
	int r;

	image.ptr[at] ^= with;
	r = verify_bytes(p, sm_buf_str(&image), &a, NULL);
	image.ptr[at] ^= with;
	return r;
}

/* Every byte of a stamped program, one bit each; without the checksum, which
 * would find most of them. */
static void every_byte(void **state)
{
	struct sm_authenticode a;
	struct sm_cms_policy p;
	size_t i;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "stamped.exe", &a);
	program_put32(image.ptr + PROGRAM_CHECKSUM, 0);
	for (i = 0; i < image.len; i++)
		if (flip(&p, i, (char)(1 << i % 8)) >= 0)
			fail_msg("byte %zu of %zu can be changed", i,
				 image.len);
	for (i = 0; i < image.len; i += 61)
		assert_true(verify_bytes(&p, sm_str_n(image.ptr, i), &a, NULL) <
			    0);
}

/* More bytes at the end, hidden in different ways. */
static void table(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_authenticode a;
	struct sm_cms_policy p;
	uint32_t size;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "signer.exe", &a);
	size = program_get32(image.ptr + PROGRAM_SECURITY + 4);
	program_put32(image.ptr + PROGRAM_CHECKSUM, 0); /* none: accepted */
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e), 0);
	/* behind the table */
	sm_buf_put(&image, "12345678", 8);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EFORMAT);
	/* a table with a second entry */
	program_put32(image.ptr + PROGRAM_SECURITY + 4, size + 8);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EFORMAT);
	assert_non_null(strstr(e.msg, "more than one entry"));
	/* an entry that is larger than what it holds, zeros or not */
	program_put32(image.ptr + PROGRAM_SIZE, size + 8);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EFORMAT);
	assert_non_null(strstr(e.msg, "bytes behind"));
	memset(image.ptr + image.len - 8, 0, 8);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EFORMAT);
	/* a table above what is read at all */
	good(&p, "signer.exe", &a);
	image.max = SM_SIGNEDDATA_MAX * 2;
	sm_buf_put_fill(&image, 0, SM_SIGNEDDATA_MAX + 16);
	size = (uint32_t)(image.len - PROGRAM_SIZE) & ~7u;
	sm_buf_truncate(&image, PROGRAM_SIZE + size);
	program_put32(image.ptr + PROGRAM_SECURITY + 4, size);
	program_put32(image.ptr + PROGRAM_SIZE, size);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_ELIMIT);
}

/* The signature of one program on another. */
static void moved(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_authenticode a;
	struct sm_cms_policy p;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "signer.exe", &a);
	program_put32(image.ptr + PROGRAM_CHECKSUM, 0);
	image.ptr[520] ^= 1;
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EVERIFY);
	assert_string_equal(e.msg, "program has been changed since it was "
				   "signed");
	image.ptr[520] ^= 1;
	program_put32(image.ptr + PROGRAM_CHECKSUM, 1);
	assert_int_equal(verify_bytes(&p, sm_buf_str(&image), &a, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "checksum"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures), cmocka_unit_test(who),
		cmocka_unit_test(stamped),    cmocka_unit_test(every_byte),
		cmocka_unit_test(table),      cmocka_unit_test(moved),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
