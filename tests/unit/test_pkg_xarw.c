/*
 * Xar written, with and without signatures, read and verified by the readers;
 * then every byte changed. The identity is made here: a root that signs.
 */
#include "common/def.h"
#include "pkg/xarw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "common/os/file.h"
#include "common/chain.h"
#include "common/xarsig.h"
#include "pkg/cmssign.h"

#define EPOCH 1767225600

static struct pkg_cmssign identity = PKG_CMSSIGN_INIT;
static struct sm_buf cert_pem = SM_BUF_INIT(SM_BUF_SMALL);
static struct sm_buf key_pem = SM_BUF_INIT(SM_BUF_SMALL);

static const struct pkg_xarw_file files[] = {
	{ "one", false, 0, true, SM_STR_LIT("some text, some text") },
	{ "dir", true, 0, false, { NULL, 0 } },
	{ "two", false, 1, false, SM_STR_LIT("payload") },
	{ "sub", true, 1, false, { NULL, 0 } },
	{ "<&>", false, 2, false, SM_STR_LIT("x") },
	{ "end", false, 0, true, SM_STR_LIT("") },
};

static void take(BIO *b, struct sm_buf *out)
{
	char *p = NULL;
	long n = BIO_get_mem_data(b, &p);

	sm_buf_put(out, p, (size_t)n);
	BIO_free(b);
}

static int set_up(void **state)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = X509_new();
	BIO *b;

	SM_UNUSED(state);
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const uint8_t *)"Test", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	X509_sign(x, key, EVP_sha256());
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(b, x);
	take(b, &cert_pem);
	b = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);
	take(b, &key_pem);
	X509_free(x);
	EVP_PKEY_free(key);
	return pkg_cmssign_parse(&identity, sm_buf_str(&cert_pem),
				 sm_buf_str(&key_pem), NULL);
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	pkg_cmssign_release(&identity);
	sm_buf_release(&cert_pem);
	sm_buf_release(&key_pem);
	return 0;
}

static void put(const struct pkg_cmssign *cert, enum sm_digest_alg alg,
		struct sm_buf *out)
{
	const struct pkg_xarw x = { files, SM_ARRAY_LEN(files), alg, EPOCH,
				    cert };
	struct sm_err e = SM_ERR_INIT;

	sm_buf_init(out, 1 << 20);
	if (pkg_xarw_put(&x, out, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Read all, and judge the signature: 0 if everything is good. */
static int judge(struct sm_str file, struct sm_err *e)
{
	struct sm_arena arena = SM_ARENA_INIT;
	struct sm_cms_policy p;
	struct sm_cms_signer who;
	struct sm_buf out = SM_BUF_INIT(4096);
	struct sm_xar x;
	size_t i;
	int fd = sm_os_file_temp(NULL, NULL), r;

	sm_xarsig_developer_id(&p, "", time(NULL));
	p.eku = p.marker = "";
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
					    sm_buf_str(&cert_pem), &arena,
					    NULL),
			 0);
	assert_int_equal(sm_os_file_write_all(fd, file, NULL), 0);
	if ((r = sm_xar_read(&x, fd, e)) == 0) {
		r = sm_xarsig_verify(&x, fd, &p, &who, e);
		if (r == 0)
			assert_string_equal(who.cn, "Test");
		for (i = 0; i < x.n_files && r == 0; i++) {
			sm_buf_clear(&out);
			if (x.file[i].has_data)
				r = sm_xar_extract(&x, &x.file[i], fd, &out, e);
		}
		sm_xar_release(&x);
	}
	sm_os_file_close(fd);
	sm_buf_release(&out);
	sm_arena_release(&arena);
	return r;
}

static void contents(void **state)
{
	static const enum sm_digest_alg algs[] = { SM_DIGEST_SHA256,
						   SM_DIGEST_SHA1,
						   SM_DIGEST_SHA512 };
	struct sm_buf file, out = SM_BUF_INIT(4096);
	struct sm_err e = SM_ERR_INIT;
	struct sm_xar x;
	int fd;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(algs); i++) {
		put(NULL, algs[i], &file);
		fd = sm_os_file_temp(NULL, NULL);
		assert_int_equal(
			sm_os_file_write_all(fd, sm_buf_str(&file), NULL), 0);
		if (sm_xar_read(&x, fd, &e) < 0)
			fail_msg("%s", e.msg);
		assert_int_equal(x.alg, algs[i]);
		assert_int_equal(x.n_files, SM_ARRAY_LEN(files));
		assert_true(sm_xar_find(&x, "dir")->dir);
		assert_non_null(sm_xar_find(&x, "dir/sub/<&>"));
		assert_int_equal(sm_xar_find(&x, "end")->size, 0);
		sm_buf_clear(&out);
		assert_int_equal(sm_xar_extract(&x, sm_xar_find(&x, "one"), fd,
						&out, &e),
				 0);
		assert_string_equal(out.ptr, "some text, some text");
		assert_int_equal(judge(sm_buf_str(&file), &e), SM_EVERIFY);
		assert_non_null(strstr(e.msg, "not signed"));
		sm_xar_release(&x);
		sm_os_file_close(fd);
		sm_buf_release(&file);
	}
	sm_buf_release(&out);
}

static void signed_ones(void **state)
{
	struct sm_buf one, two;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	put(&identity, SM_DIGEST_SHA1, &one);
	if (judge(sm_buf_str(&one), &e) < 0)
		fail_msg("%s", e.msg);
	sm_buf_release(&one);
	put(&identity, SM_DIGEST_SHA256, &one);
	put(&identity, SM_DIGEST_SHA256, &two);
	assert_true(sm_str_eq(sm_buf_str(&one), sm_buf_str(&two)));
	if (judge(sm_buf_str(&one), &e) < 0)
		fail_msg("%s", e.msg);
	sm_buf_release(&one);
	sm_buf_release(&two);
}

struct span {
	size_t from, to;
};

/* The CMS itself, without the zeros behind it. */
static struct span find_cms(struct sm_str file)
{
	int fd = sm_os_file_temp(NULL, NULL);
	struct span s;
	struct sm_xar x;

	assert_int_equal(sm_os_file_write_all(fd, file, NULL), 0);
	assert_int_equal(sm_xar_read(&x, fd, NULL), 0);
	s.from = (size_t)x.cms.offset;
	s.to = s.from + 4 +
	       (size_t)((uint8_t)file.ptr[s.from + 2] << 8 |
			(uint8_t)file.ptr[s.from + 3]);
	assert_true(s.to < s.from + x.cms.size);
	sm_xar_release(&x);
	sm_os_file_close(fd);
	return s;
}

/*
 * No byte of a signed archive may change, and none may be missing. A CMS has
 * fields that nothing covers, its version for one: inside it a change may
 * pass, and the signer stays the same (judge looks).
 */
static void changed(void **state)
{
	struct sm_buf file;
	struct span cms;
	size_t i;
	char old;

	SM_UNUSED(state);
	put(&identity, SM_DIGEST_SHA256, &file);
	cms = find_cms(sm_buf_str(&file));
	for (i = 0; i < file.len; i += i < 64 ? 1 : 7) {
		old = file.ptr[i];
		file.ptr[i] = (char)(old ^ (1 << i % 8));
		if (judge(sm_buf_str(&file), NULL) >= 0 &&
		    (i < cms.from || i >= cms.to))
			fail_msg("byte %zu does not count", i);
		file.ptr[i] = old;
		if (judge(sm_str_n(file.ptr, i), NULL) >= 0)
			fail_msg("cut at %zu", i);
	}
	assert_int_equal(judge(sm_buf_str(&file), NULL), 0);
	sm_buf_put_u8(&file, 0);
	assert_true(judge(sm_buf_str(&file), NULL) < 0);
	sm_buf_release(&file);
}

static void refused(void **state)
{
	const struct pkg_xarw md5 = { files, 1, SM_DIGEST_MD5, EPOCH, NULL };
	const struct pkg_xarw small = { files, 6, SM_DIGEST_SHA256, EPOCH,
					NULL };
	struct sm_buf out = SM_BUF_INIT(100);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(pkg_xarw_put(&md5, &out, &e), SM_ENOTSUP);
	assert_int_equal(pkg_xarw_put(&small, &out, &e), SM_ELIMIT);
	sm_buf_release(&out);
}

/* Keys and certificates that do not fit. */
static void identities(void **state)
{
	static const char junk[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
				   "-----END CERTIFICATE-----\n";
	struct pkg_cmssign c = PKG_CMSSIGN_INIT;
	struct sm_buf twice = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct sm_str key = sm_buf_str(&key_pem);
	int i;

	SM_UNUSED(state);
	assert_int_equal(pkg_cmssign_parse(&c, sm_str(""), key, &e),
			 SM_EFORMAT);
	pkg_cmssign_release(&c);
	assert_int_equal(pkg_cmssign_parse(&c, sm_str(junk), key, &e),
			 SM_EFORMAT);
	pkg_cmssign_release(&c);
	assert_int_equal(pkg_cmssign_parse(&c, sm_buf_str(&cert_pem),
					   sm_buf_str(&cert_pem), &e),
			 SM_EFORMAT);
	pkg_cmssign_release(&c);
	for (i = 0; i <= PKG_CMSSIGN_CHAIN_MAX; i++)
		sm_buf_put_str(&twice, sm_buf_str(&cert_pem));
	assert_int_equal(pkg_cmssign_parse(&c, sm_buf_str(&twice), key, &e),
			 SM_ELIMIT);
	pkg_cmssign_release(&c);
	sm_buf_release(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents),   cmocka_unit_test(signed_ones),
		cmocka_unit_test(changed),    cmocka_unit_test(refused),
		cmocka_unit_test(identities),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
