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
#include "common/os/env.h"
#include "common/os/file.h"

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

/* What an authority between root and leaf may be. */
struct between {
	const char *basic, *usage, *constraints;
	const EVP_MD *md;
	bool unknown; /* has a critical extension that nobody knows */
	bool weak;    /* and a key of 1024 bits */
};

static X509 *make_between(const struct between *b, EVP_PKEY *own)
{
	X509 *cert = make("Between", root, "CA:TRUE", NULL);
	ASN1_OCTET_STRING *none = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5", 1);
	X509_EXTENSION *x = NULL;

	X509_EXTENSION_free(X509_delete_ext(cert, 0));
	if (b->basic)
		add(cert, NID_basic_constraints, b->basic);
	if (b->usage)
		add(cert, NID_key_usage, b->usage);
	if (b->constraints)
		add(cert, NID_name_constraints, b->constraints);
	if (b->unknown) {
		x = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, none);
		assert_int_equal(X509_add_ext(cert, x, -1), 1);
	}
	X509_set_pubkey(cert, own);
	assert_true(X509_sign(cert, key, b->md) > 0);
	X509_EXTENSION_free(x);
	ASN1_OCTET_STRING_free(none);
	ASN1_OBJECT_free(oid);
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

static void authorities(void **state)
{
	const EVP_MD *sha1 = EVP_sha1(), *sha2 = EVP_sha256();
	const char *yes = "critical,CA:TRUE",
		   *names = "critical,permitted;DNS:x";
	const struct between all[] = {
		/* these two are good */
		{ yes, "keyCertSign", NULL, sha2, false, false },
		{ "critical,CA:TRUE,pathlen:0", NULL, NULL, sha2, false,
		  false },
		{ NULL, "keyCertSign", NULL, sha2, false, false },
		{ NULL, NULL, NULL, sha2, false, false },
		{ "CA:FALSE", "keyCertSign", NULL, sha2, false, false },
		{ yes, "digitalSignature", NULL, sha2, false, false },
		{ yes, NULL, names, sha2, false, false },
		{ yes, NULL, NULL, sha1, false, false },
		{ yes, NULL, NULL, sha2, true, false },
		{ yes, NULL, NULL, sha2, false, true },
	};
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_cms_policy p = { 0 };
	struct sm_err e = SM_ERR_INIT;
	EVP_PKEY *weak = EVP_RSA_gen(1024);
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *between, *below;
	size_t i;
	int r;

	SM_UNUSED(state);
	p.eku = p.team = "";
	assert_int_equal(sm_chain_add_roots(&p, SM_CHAIN_SIGNER,
					    sm_buf_str(&root_pem), &a, &e),
			 0);
	for (i = 0; i < SM_ARRAY_LEN(all); i++) {
		between = make_between(&all[i], all[i].weak ? weak : key);
		below = make("Leaf", between, "CA:FALSE", "codeSigning");
		add(below, NID_subject_alt_name, "DNS:y");
		assert_true(X509_sign(below, all[i].weak ? weak : key,
				      EVP_sha256()) > 0);
		sk_X509_push(certs, between);
		sm_err_clear(&e);
		r = sm_chain_verify(&p, SM_CHAIN_SIGNER, below, certs, NOW, &e);
		if (r != (i < 2 ? 0 : SM_EVERIFY))
			fail_msg("authority %zu: %d, '%s'", i, r, e.msg);
		(void)sk_X509_pop(certs);
		X509_free(between);
		X509_free(below);
	}
	EVP_PKEY_free(weak);
	sk_X509_free(certs);
	sm_arena_release(&a);
}

/* Who vouches for connections does not vouch for software. */
static void roots_of_connections(void **state)
{
	struct sm_cms_policy p = { .eku = "", .team = "" };
	struct sm_err e = SM_ERR_INIT;
	char path[] = "/tmp/sm-chain-XXXXXX";
	int fd = mkstemp(path);

	SM_UNUSED(state);
	p.system_roots = true;
	assert_true(fd >= 0);
	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&root_pem), &e),
			 0);
	sm_os_file_close(fd);
	assert_int_equal(sm_os_env_set("SSL_CERT_FILE", path), 0);
	assert_int_equal(
		sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, NOW, &e), 0);
	assert_int_equal(sm_os_env_set("AWS_CA_BUNDLE", path), 0);
	assert_int_equal(sm_os_env_set("SSL_CERT_FILE", "/dev/null"), 0);
	assert_true(sm_chain_verify(&p, SM_CHAIN_SIGNER, leaf, NULL, NOW, &e) <
		    0);
	assert_int_equal(sm_os_env_set("AWS_CA_BUNDLE", NULL), 0);
	assert_int_equal(sm_os_env_set("SSL_CERT_FILE", NULL), 0);
	assert_int_equal(sm_os_file_remove(path, &e), 0);
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
		cmocka_unit_test(authorities),
		cmocka_unit_test(roots_of_connections),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
