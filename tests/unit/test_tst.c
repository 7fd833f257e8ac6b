/*
 * Time stamps made by openssl ts, and others that no authority would make:
 * the same statement signed as openssl cms signs.
 */
#include "common/def.h"
#include "common/tst.h"

#include "common/chain.h"
#include "common/os/clock.h"
#include "tests/lib/certs.h"

static struct scratch dir;
static bool usable;
static struct sm_arena arena = SM_ARENA_INIT;
static struct sm_buf root = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf token = SM_BUF_INIT(SM_BUF_SMALL);
static const struct sm_str stamped = SM_STR_LIT("signature\n");

static const char script[] =
	"code_root StampRoot; code_root Other\n"
	"code_cert stamp StampRoot stamp /CN=Stamps\n"
	"code_cert loose StampRoot loose /CN=Loose\n"
	"code_cert signer StampRoot code /CN=Signer\n"
	"code_cert past StampRoot stamp /CN=Past 20200101000000Z"
	" 20200601000000Z\n"
	"printf 01 >tsa.serial; echo signature >data\n"
	"for alg in sha256 sha384 sha512; do\n"
	" openssl ts -query -data data -$alg -cert -out $alg.tsq\n"
	" openssl ts -reply -config code.cnf -queryfile $alg.tsq -signer"
	" stamp.pem -inkey stamp.key -$alg -token_out -out $alg.tst\n"
	"done\n"
	"openssl ts -query -data data -sha256 -no_nonce -out bare.tsq\n"
	"openssl ts -reply -config code.cnf -queryfile bare.tsq -signer"
	" stamp.pem -inkey stamp.key -token_out -out bare.tst\n"
	"openssl cms -verify -inform DER -in sha256.tst -noverify -out info"
	" -purpose any\n"
	/* name, certificate, type, options */
	"fake() { n=$1; c=$2; t=$3; shift 3; openssl cms -sign -binary"
	" -nodetach -in info -econtent_type $t -signer $c.pem -inkey $c.key"
	" -outform DER -md sha256 -nosmimecap -out $n.tst \"$@\"; }\n"
	"fake good stamp id-smime-ct-TSTInfo -cades\n"
	"fake loose loose id-smime-ct-TSTInfo -cades\n"
	"fake signer signer id-smime-ct-TSTInfo -cades\n"
	"fake past past id-smime-ct-TSTInfo -cades\n"
	"fake unnamed stamp id-smime-ct-TSTInfo\n"
	"fake nocerts stamp id-smime-ct-TSTInfo -cades -nocerts\n"
	"fake extra stamp id-smime-ct-TSTInfo -cades -certfile Other.pem\n"
	"fake noattr stamp id-smime-ct-TSTInfo -noattr\n"
	"fake two stamp id-smime-ct-TSTInfo -cades -signer past.pem -inkey"
	" past.key\n"
	"fake type stamp pkcs7-data -cades\n"
	"fake sha1 stamp id-smime-ct-TSTInfo -cades -md sha1\n";

static int set_up(void **state)
{
	SM_UNUSED(state);
	if (!certs_have("openssl"))
		return 0;
	scratch_make(&dir);
	if (certs_make(&dir, script) < 0)
		return -1;
	usable = true;
	certs_load(&dir, "StampRoot.pem", &root);
	return 0;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	sm_buf_release(&root);
	sm_buf_release(&token);
	sm_arena_release(&arena);
	if (usable)
		scratch_remove(&dir);
	return 0;
}

static void policy(struct sm_cms_policy *p)
{
	if (!usable)
		skip();
	memset(p, 0, sizeof(*p));
	p->eku = p->team = "";
	p->now = sm_os_clock_wall_ms() / 1000;
	assert_int_equal(sm_chain_add_roots(p, SM_CHAIN_STAMP,
					    sm_buf_str(&root), &arena, NULL),
			 0);
}

static void good(const struct sm_cms_policy *p, const char *name,
		 struct sm_tst *t)
{
	struct sm_err e = SM_ERR_INIT;

	certs_load(&dir, name, &token);
	if (sm_tst_verify(p, sm_buf_str(&token), stamped, t, &e) < 0)
		fail_msg("%s: %s", name, e.msg);
}

static void refused(const struct sm_cms_policy *p, const char *name, int code,
		    const char *why)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_tst t;

	certs_load(&dir, name, &token);
	if (sm_tst_verify(p, sm_buf_str(&token), stamped, &t, &e) != code ||
	    !strstr(e.msg, why) || !strstr(e.msg, "time stamp refused: "))
		fail_msg("%s: code %d, '%s'", name, e.code, e.msg);
}

static void stamps(void **state)
{
	struct sm_cms_policy p;
	struct sm_tst t;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "sha256.tst", &t);
	assert_true(t.time_sec > p.now - 3600 && t.time_sec <= p.now + 1);
	assert_string_equal(t.authority, "Stamps");
	assert_true(t.nonce.len > 0);
	good(&p, "sha384.tst", &t);
	good(&p, "sha512.tst", &t);
	good(&p, "good.tst", &t); /* what the others below have in common */
	/* it holds as long as its authority is trusted */
	p.now += (int64_t)20 * 365 * 86400;
	good(&p, "sha256.tst", &t);
}

static void wrong(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_cms_policy p;
	struct sm_tst t;

	SM_UNUSED(state);
	policy(&p);
	refused(&p, "bare.tst", SM_EVERIFY, "no certificates");
	refused(&p, "nocerts.tst", SM_EVERIFY, "certificate");
	refused(&p, "loose.tst", SM_EVERIFY, "not one for time stamps");
	refused(&p, "signer.tst", SM_EVERIFY, "not one for time stamps");
	refused(&p, "past.tst", SM_EVERIFY, "expired");
	refused(&p, "unnamed.tst", SM_EVERIFY, "does not name its");
	refused(&p, "extra.tst", SM_EVERIFY, "'Other' refused");
	refused(&p, "noattr.tst", SM_EFORMAT, "malformed");
	refused(&p, "two.tst", SM_EVERIFY, "not exactly one signer");
	refused(&p, "type.tst", SM_EFORMAT, "malformed");
	refused(&p, "sha1.tst", SM_EVERIFY, "too weak");
	p.now -= 86400;
	refused(&p, "sha256.tst", SM_EVERIFY, "from the future");
	policy(&p);
	p.n_tsa_roots = 0;
	refused(&p, "sha256.tst", SM_EVERIFY, "refused: certificate of");
	/* no roots are asked for, everything else is */
	good(NULL, "sha256.tst", &t);
	refused(NULL, "loose.tst", SM_EVERIFY, "not one for time stamps");
	policy(&p);
	certs_load(&dir, "sha256.tst", &token);
	assert_int_equal(sm_tst_verify(&p, sm_buf_str(&token),
				       sm_str("signaturE\n"), &t, &e),
			 SM_EVERIFY);
	assert_non_null(strstr(e.msg, "of other bytes"));
}

/* Every byte, one bit each, and every length. */
static void every_byte(void **state)
{
	struct sm_cms_policy p;
	struct sm_tst t;
	char with;
	size_t i;

	SM_UNUSED(state);
	policy(&p);
	good(&p, "sha256.tst", &t);
	for (i = 0; i < token.len; i++) {
		with = (char)(1 << i % 8);
		token.ptr[i] ^= with;
		if (sm_tst_verify(&p, sm_buf_str(&token), stamped, &t, NULL) >=
		    0)
			fail_msg("byte %zu of %zu can be changed", i,
				 token.len);
		token.ptr[i] ^= with;
	}
	for (i = 0; i < token.len; i++)
		assert_int_equal(sm_tst_verify(&p, sm_str_n(token.ptr, i),
					       stamped, &t, NULL),
				 SM_EFORMAT);
	sm_buf_put_u8(&token, 0);
	assert_int_equal(sm_tst_verify(&p, sm_buf_str(&token), stamped, &t,
				       NULL),
			 SM_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps),
		cmocka_unit_test(wrong),
		cmocka_unit_test(every_byte),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
