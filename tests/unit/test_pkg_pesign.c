/*
 * Signing programs: judged by our own verifier here, by osslsigncode in
 * tests/e2e/pkg-authenticode.sh.
 */
#include "common/def.h"
#include "pkg/pesign.h"

#include "common/authenticode.h"
#include "common/chain.h"
#include "common/os/clock.h"
#include "pkg/cmssign.h"
#include "tests/lib/certs.h"
#include "tests/lib/program.h"

#include <openssl/pem.h>

static struct scratch dir;
static bool usable;
static struct pkg_cmssign id = PKG_CMSSIGN_INIT;
static struct sm_cms_policy policy;
static struct sm_arena arena = SM_ARENA_INIT;
static struct sm_buf image = SM_BUF_INIT((size_t)1 << 20);

static const char script[] =
	"code_root Root\n"
	"code_cert signer Root code '/O=Example Corp/CN=Signer'\n"
	"openssl ecparam -name secp384r1 -genkey -noout -out curve.key\n"
	"code_cert curve Root code /CN=Curve\n"
	"openssl genpkey -algorithm ed25519 -out ed.key\n"
	"cat signer.pem Root.pem >chain\n";

static int set_up(void **state)
{
	struct sm_buf pem = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	char chain[1024];

	SM_UNUSED(state);
	if (!certs_have("openssl"))
		return 0;
	scratch_make(&dir);
	if (certs_make(&dir, script) < 0)
		return -1;
	usable = true;
	(void)snprintf(chain, sizeof(chain), "%s", scratch_path(&dir, "chain"));
	assert_int_equal(pkg_cmssign_load(&id, chain,
					  scratch_path(&dir, "signer.key"), &e),
			 0);
	sm_authenticode_policy(&policy, sm_os_clock_wall_ms() / 1000);
	certs_load(&dir, "Root.pem", &pem);
	assert_int_equal(sm_chain_add_roots(&policy, SM_CHAIN_SIGNER,
					    sm_buf_str(&pem), &arena, &e),
			 0);
	sm_buf_release(&pem);
	return 0;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	pkg_cmssign_release(&id);
	sm_arena_release(&arena);
	sm_buf_release(&image);
	if (usable)
		scratch_remove(&dir);
	return 0;
}

/* A program, with `more` bytes behind its last section. */
static void fresh(struct pkg_pesign *s, size_t more)
{
	char raw[PROGRAM_SIZE];

	if (!usable)
		skip();
	memset(s, 0, sizeof(*s));
	s->key = id.key;
	s->cert = id.cert;
	s->n_certs = id.n;
	s->when_sec = 1767225600;
	program_make(raw);
	sm_buf_clear(&image);
	sm_buf_put(&image, raw, sizeof(raw));
	sm_buf_put_fill(&image, 'z', more);
}

static void sign(const struct pkg_pesign *s)
{
	struct sm_err e = SM_ERR_INIT;

	if (pkg_pesign_put(s, &image, &e) < 0)
		fail_msg("%s", e.msg);
}

static void verify(struct sm_authenticode *a)
{
	struct sm_err e = SM_ERR_INIT;
	int fd = sm_os_file_temp(NULL, NULL);

	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&image), &e), 0);
	if (sm_authenticode_verify(&policy, fd, a, &e) < 0)
		fail_msg("%s", e.msg);
	sm_os_file_close(fd);
}

static void signatures(void **state)
{
	struct sm_authenticode a;
	struct pkg_pesign s;

	SM_UNUSED(state);
	for (size_t more = 0; more < 9; more++) {
		fresh(&s, more);
		sign(&s);
		assert_int_equal(image.len % 8, 0);
		assert_int_not_equal(
			program_get32(image.ptr + PROGRAM_CHECKSUM), 0);
		verify(&a);
		assert_string_equal(a.signer.cn, "Signer");
		assert_int_equal(a.alg, SM_DIGEST_SHA256);
	}
	fresh(&s, 0);
	s.program = "Pr\xc3\xbc\x66ung \xe2\x82\xac";
	s.url = "https://example.org/";
	s.when_sec = -1;
	sign(&s);
	verify(&a);
	assert_string_equal(a.program, s.program);
	assert_string_equal(a.url, s.url);
}

/* The same bytes each time, also from a program that was signed before. */
static void again(void **state)
{
	struct sm_buf first = SM_BUF_INIT((size_t)1 << 20);
	struct pkg_pesign s;

	SM_UNUSED(state);
	fresh(&s, 5);
	sign(&s);
	sm_buf_put_str(&first, sm_buf_str(&image));
	fresh(&s, 5);
	sign(&s);
	assert_true(sm_str_eq(sm_buf_str(&first), sm_buf_str(&image)));
	sign(&s);
	assert_true(sm_str_eq(sm_buf_str(&first), sm_buf_str(&image)));
	s.when_sec++;
	sign(&s);
	assert_false(sm_str_eq(sm_buf_str(&first), sm_buf_str(&image)));
	assert_int_equal(first.len, image.len);
	s.when_sec--;
	sign(&s);
	assert_true(sm_str_eq(sm_buf_str(&first), sm_buf_str(&image)));
	sm_buf_release(&first);
}

static EVP_PKEY *load_key(const char *name)
{
	FILE *in = fopen(scratch_path(&dir, name), "r");
	EVP_PKEY *k;

	assert_non_null(in);
	k = PEM_read_PrivateKey(in, NULL, NULL, NULL);
	(void)fclose(in);
	return k;
}

static X509 *load_cert(const char *name)
{
	FILE *in = fopen(scratch_path(&dir, name), "r");
	X509 *c;

	assert_non_null(in);
	c = PEM_read_X509(in, NULL, NULL, NULL);
	(void)fclose(in);
	return c;
}

static void other_keys(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_authenticode a;
	struct pkg_pesign s;
	X509 *cert;

	SM_UNUSED(state);
	fresh(&s, 0);
	cert = load_cert("curve.pem");
	s.key = load_key("curve.key");
	s.cert = &cert;
	s.n_certs = 1;
	sign(&s);
	verify(&a);
	assert_string_equal(a.signer.cn, "Curve");
	/* a key that is not that of the certificate */
	EVP_PKEY_free(s.key);
	s.key = id.key;
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_EVERIFY);
	assert_non_null(strstr(e.msg, "the new signature is not good"));
	s.key = load_key("ed.key");
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_ENOTSUP);
	EVP_PKEY_free(s.key);
	X509_free(cert);
}

static void refused(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_pesign s;

	SM_UNUSED(state);
	fresh(&s, 0);
	sm_buf_clear(&image);
	sm_buf_puts(&image, "#!/bin/sh\n");
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_EFORMAT);
	fresh(&s, 0);
	s.program = "\xf0\x9f\x98\x80"; /* outside the basic plane */
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_EFORMAT);
	fresh(&s, 0);
	s.program = "\xff";
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_EFORMAT);
	fresh(&s, 0);
	s.when_sec = (int64_t)80 * 366 * 86400; /* 2050 */
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_EUSAGE);
	fresh(&s, 0);
	image.max = PROGRAM_SIZE + 100;
	assert_int_equal(pkg_pesign_put(&s, &image, &e), SM_ELIMIT);
	image.max = (size_t)1 << 20;
}

static void files(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_file_info st;
	struct pkg_pesign s;
	const char *path;

	SM_UNUSED(state);
	fresh(&s, 0);
	path = scratch_path(&dir, "a.exe");
	assert_int_equal(sm_fs_write_atomic(path, sm_buf_str(&image), 0750, &e),
			 0);
	assert_int_equal(pkg_pesign_file(&s, path, &e), 0);
	assert_int_equal(sm_os_file_stat(path, true, &st, &e), 0);
	assert_int_equal(st.mode, 0750);
	assert_true(st.size > PROGRAM_SIZE);
	/* what cannot be signed stays as it is */
	scratch_file(&dir, "text",
		     "no program, but long enough that its "
		     "headers can be read from the front");
	assert_int_equal(pkg_pesign_file(&s, scratch_path(&dir, "text"), &e),
			 SM_EFORMAT);
	assert_non_null(strstr(e.msg, "cannot sign '"));
	scratch_expect(&dir, "text",
		       "no program, but long enough that its "
		       "headers can be read from the front");
	assert_int_equal(pkg_pesign_file(&s, "/nonexistent", &e), SM_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures), cmocka_unit_test(again),
		cmocka_unit_test(other_keys), cmocka_unit_test(refused),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
