/*
 * Roots from PEM texts, and what a machine without them means. Chains are
 * verified where they are used: test_cms, test_tst, test_authenticode.
 */
#include "common/def.h"
#include "common/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/buf.h"

#define NOW 1800000000

static EVP_PKEY *key;
static X509 *root, *leaf;
static struct sm_buf root_pem = SM_BUF_INIT(SM_BUF_SMALL);

static void add(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(x);
	assert_int_equal(X509_add_ext(cert, x, -1), 1);
	X509_EXTENSION_free(x);
}

/* One key for both: it is names and purposes that are looked at. */
static X509 *make(const char *cn, X509 *issuer, const char *basic,
		  const char *purpose)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer ? 2 : 1);
	ASN1_TIME_set(X509_getm_notBefore(cert), NOW - 1000);
	ASN1_TIME_set(X509_getm_notAfter(cert), NOW + 1000);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(cert,
			     issuer ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(cert, key);
	add(cert, NID_basic_constraints, basic);
	if (purpose)
		add(cert, NID_ext_key_usage, purpose);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

static int set_up(void **state)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long len;

	SM_UNUSED(state);
	key = EVP_RSA_gen(2048);
	root = make("Root", NULL, "critical,CA:TRUE", NULL);
	leaf = make("Le\taf", root, "critical,CA:FALSE", "codeSigning");
	PEM_write_bio_X509(b, root);
	len = BIO_get_mem_data(b, &text);
	sm_buf_put(&root_pem, text, (size_t)len);
	BIO_free(b);
	return 0;
}

static int tear_down(void **state)
{
	SM_UNUSED(state);
	EVP_PKEY_free(key);
	X509_free(root);
	X509_free(leaf);
	sm_buf_release(&root_pem);
	return 0;
}

static void roots(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_cms_policy p = { 0 };
	struct sm_buf many = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	p.eku = p.team = "";
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER, sm_str("x"),
					    &a, &e),
			 SM_EFORMAT);
	assert_string_equal(e.msg, "no certificate in PEM");
	assert_int_equal(
		sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
				   sm_str("-----BEGIN CERTIFICATE-----\nAAAA"),
				   &a, &e),
		SM_EFORMAT);
	assert_int_equal(
		sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
				   sm_str("-----BEGIN CERTIFICATE-----\n!\n"
					  "-----END CERTIFICATE-----\n"),
				   &a, &e),
		SM_EFORMAT);
	assert_int_equal(p.n_roots, 0);
	for (int i = 0; i < SM_CMS_ROOTS_MAX; i++)
		sm_buf_put_str(&many, sm_buf_str(&root_pem));
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_STAMP,
					    sm_buf_str(&many), &a, &e),
			 0);
	assert_int_equal(p.n_tsa_roots, SM_CMS_ROOTS_MAX);
	assert_int_equal(p.n_roots, 0);
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_STAMP,
					    sm_buf_str(&root_pem), &a, &e),
			 SM_ELIMIT);
	/* what is no certificate is found when it is used */
	p.root[0] = sm_str("rubbish");
	p.n_roots = 1;
	assert_int_equal(sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, NOW,
					 &e),
			 SM_EFORMAT);
	sm_buf_release(&many);
	sm_arena_release(&a);
}

static void verdicts(void **state)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_cms_policy p = { 0 };
	struct sm_err e = SM_ERR_INIT;
	STACK_OF(X509) *certs = sk_X509_new_null();

	SM_UNUSED(state);
	p.eku = "1.3.6.1.5.5.7.3.3";
	p.team = "";
	/* no root at all */
	assert_int_equal(sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, NOW,
					 &e),
			 SM_EVERIFY);
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
					    sm_buf_str(&root_pem), &a, &e),
			 0);
	assert_int_equal(
		sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, NOW, &e), 0);
	assert_int_equal(sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL,
					 NOW + 2000, &e),
			 SM_EVERIFY);
	assert_int_equal(sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, -5,
					 &e),
			 SM_EVERIFY);
	/* the same roots where there are none for stamps, but it may not */
	assert_int_equal(sm_chain_verify(&p, SM_CHAIN_STAMP, leaf, NULL, NOW,
					 &e),
			 SM_EVERIFY);
	/* all of them, at any time; and one that leads nowhere */
	sk_X509_push(certs, leaf);
	sk_X509_push(certs, root);
	assert_int_equal(sm_chain_all(&p, SM_CHAIN_SIGNER, certs, &e), 0);
	p.n_roots = 0;
	assert_int_equal(sm_chain_all(&p, SM_CHAIN_SIGNER, certs, &e),
			 SM_EVERIFY);
	sk_X509_free(certs);
	sm_arena_release(&a);
}

static void names(void **state)
{
	struct sm_cms_policy p = { 0 };
	struct sm_cms_signer who;
	struct sm_err e = SM_ERR_INIT;
	char cn[256];

	SM_UNUSED(state);
	sm_chain_name(root, cn, sizeof(cn));
	assert_string_equal(cn, "Root");
	sm_chain_name(root, cn, 4); /* no room: none, not a part */
	assert_string_equal(cn, "");
	sm_chain_name(leaf, cn, sizeof(cn)); /* has a control in it */
	assert_string_equal(cn, "");
	assert_true(sm_chain_has_purpose(leaf, "1.3.6.1.5.5.7.3.3"));
	assert_false(sm_chain_has_purpose(leaf, "1.3.6.1.5.5.7.3.8"));
	assert_false(sm_chain_has_purpose(root, "1.3.6.1.5.5.7.3.3"));
	p.eku = "1.3.6.1.5.5.7.3.3";
	p.team = "";
	memset(&who, 0, sizeof(who));
	assert_int_equal(sm_chain_signer(&p, leaf, &who, &e), 0);
	assert_int_equal(strlen(who.leaf_sha256), 64);
	assert_int_equal(sm_chain_signer(&p, root, &who, &e), SM_EVERIFY);
	p.team = "T";
	assert_int_equal(sm_chain_signer(&p, leaf, &who, &e), SM_EVERIFY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
