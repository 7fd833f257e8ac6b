/*
 * Keys held elsewhere, as OpenSSL and the OpenPGP writer see them. The holder
 * is the program openssl with a key file; tokens are in
 * tests/e2e/pkg-pkcs11.sh.
 */
#include "common/def.h"
#include "pkg/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "pkg/key.h"
#include "pkg/sign.h"
#include "tests/lib/scratch.h"

static struct scratch scratch;

enum {
	KEY_RSA,
	KEY_EC,
	KEY_ED,
	KEYS
};

/* A key here, and the words to have it used over there. */
static struct {
	EVP_PKEY *key;
	char spec[1280];
} held[KEYS];

static const uint8_t digest[32] = { 1, 2, 3 };

static int write_key(EVP_PKEY *key, const char *path)
{
	BIO *b = BIO_new_file(path, "w");
	int ok = b &&
		 PEM_write_bio_PrivateKey(b, key, NULL, NULL, 0, NULL, NULL);

	BIO_free(b);
	return ok ? 0 : -1;
}

static int setup(void **state)
{
	static const char *const names[] = { "rsa", "ec", "ed" };
	static const char *const options[] = { " -pkeyopt digest:sha256", "",
					       "" };

	SM_UNUSED(state);
	scratch_make(&scratch);
	held[KEY_RSA].key = EVP_RSA_gen(2048);
	held[KEY_EC].key = EVP_EC_gen("P-256");
	held[KEY_ED].key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	for (int i = 0; i < KEYS; i++) {
		const char *path = scratch_path(&scratch, names[i]);

		if (write_key(held[i].key, path) < 0)
			return -1;
		(void)snprintf(held[i].spec, sizeof(held[i].spec),
			       "command:openssl pkeyutl -sign -inkey %s%s",
			       path, options[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	SM_UNUSED(state);
	for (int i = 0; i < KEYS; i++)
		EVP_PKEY_free(held[i].key);
	scratch_remove(&scratch);
	return 0;
}

static struct pkg_signer *open_held(int i)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_signer *s = NULL;

	if (pkg_signer_open_new(&s, held[i].spec, held[i].key, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
	return s;
}

static void names(void **state)
{
	SM_UNUSED(state);
	assert_true(pkg_signer_is("command:x"));
	assert_true(pkg_signer_is("pkcs11:token=x"));
	assert_false(pkg_signer_is("pkcs11"));
	assert_false(pkg_signer_is("./command:x"));
	assert_false(pkg_signer_is("key.asc"));
}

/* What a message shows of a name. */
static void shown(void **state)
{
	static const struct {
		const char *name, *want;
	} t[] = {
		{ "key file?.asc", "key file?.asc" },
		{ "command:sign --secret x", "command:sign" },
		{ "pkcs11:token=t;object=o?pin-value=1",
		  "pkcs11:token=t;object=o" },
		{ "pkcs11:token=t;pin-value=1?x", "pkcs11:token=t" },
		{ "pkcs11:token=t", "pkcs11:token=t" },
	};

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(t); i++) {
		struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

		pkg_sign_put_name(&b, t[i].name);
		assert_string_equal(sm_buf_z(&b), t[i].want);
		sm_buf_release(&b);
	}
}

/* EVP_DigestSign with the key of the signer, EVP_DigestVerify with ours. */
static void digest_sign(void **state)
{
	SM_UNUSED(state);
	for (int i = KEY_RSA; i <= KEY_EC; i++) {
		struct pkg_signer *s = open_held(i);
		EVP_MD_CTX *c = EVP_MD_CTX_new();
		uint8_t sig[PKG_SIGNER_SIG_MAX];
		size_t len = sizeof(sig);

		assert_int_equal(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL,
						    pkg_signer_pkey(s)),
				 1);
		assert_int_equal(EVP_DigestSign(c, sig, &len, digest,
						sizeof(digest)),
				 1);
		EVP_MD_CTX_reset(c);
		assert_int_equal(EVP_DigestVerifyInit(c, NULL, EVP_sha256(),
						      NULL, held[i].key),
				 1);
		assert_int_equal(EVP_DigestVerify(c, sig, len, digest,
						  sizeof(digest)),
				 1);
		EVP_MD_CTX_free(c);
		pkg_signer_free(s);
	}
}

static X509 *certificate(EVP_PKEY *pub, EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"T", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, pub);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

/* Certificates and CMS take the key as one of their own. */
static void certificates(void **state)
{
	SM_UNUSED(state);
	for (int i = KEY_RSA; i <= KEY_EC; i++) {
		struct pkg_signer *s = open_held(i);
		EVP_PKEY *key = pkg_signer_pkey(s);
		X509 *x = certificate(held[i].key, key);
		BIO *data = BIO_new_mem_buf("text", 4);
		CMS_ContentInfo *cms;

		assert_int_equal(X509_verify(x, held[i].key), 1);
		assert_int_equal(X509_check_private_key(x, key), 1);
		cms = CMS_sign(x, key, NULL, data, CMS_DETACHED | CMS_BINARY);
		assert_non_null(cms);
		(void)BIO_reset(data);
		assert_int_equal(CMS_verify(cms, NULL, NULL, data, NULL,
					    CMS_DETACHED | CMS_BINARY |
						    CMS_NO_SIGNER_CERT_VERIFY),
				 1);
		CMS_ContentInfo_free(cms);
		BIO_free(data);
		X509_free(x);
		pkg_signer_free(s);
	}
}

static void ed25519(void **state)
{
	static const char python[] = "command:python3 -c pass";
	struct pkg_signer *s = NULL;

	SM_UNUSED(state);
	assert_int_equal(
		pkg_signer_open_new(&s, python, held[KEY_ED].key, NULL), 0);
	assert_int_equal(pkg_signer_alg(s), PKG_SIGNER_ED25519);
	assert_null(pkg_signer_pkey(s)); /* OpenSSL cannot delegate it */
	assert_ptr_equal(pkg_signer_public(s), held[KEY_ED].key);
	pkg_signer_free(s);
}

/* Paddings that the holder is not asked for fail, and say so. */
static void other_padding(void **state)
{
	struct pkg_signer *s = open_held(KEY_RSA);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkg_signer_pkey(s), NULL);
	uint8_t sig[PKG_SIGNER_SIG_MAX];
	size_t len = sizeof(sig);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(EVP_PKEY_sign_init(c), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING),
			 1);
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()), 1);
	assert_true(EVP_PKEY_sign(c, sig, &len, digest, sizeof(digest)) <= 0);
	assert_int_equal(pkg_signer_cause(&e), SM_ENOTSUP);
	assert_non_null(strstr(sm_err_msg(&e), "PKCS#1 v1.5"));
	EVP_PKEY_CTX_free(c);
	pkg_signer_free(s);
}

/* The reason of a failure below OpenSSL comes back. */
static void cause(void **state)
{
	struct pkg_signer *s = NULL;
	struct sm_err e = SM_ERR_INIT;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t sig[PKG_SIGNER_SIG_MAX];
	size_t len = sizeof(sig);

	SM_UNUSED(state);
	ERR_clear_error();
	assert_int_equal(pkg_signer_cause(&e), 0);
	assert_int_equal(pkg_signer_open_new(&s, "command:false",
					     held[KEY_RSA].key, &e),
			 0);
	EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, pkg_signer_pkey(s));
	assert_true(EVP_DigestSign(c, sig, &len, digest, sizeof(digest)) <= 0);
	assert_int_equal(pkg_signer_cause(&e), SM_EIO);
	assert_string_equal(sm_err_msg(&e), "'false' ended with status 1");
	assert_int_equal(ERR_peek_error(), 0);
	EVP_MD_CTX_free(c);
	pkg_signer_free(s);
}

static void assert_open(const char *spec, EVP_PKEY *pub, int code,
			const char *text)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_signer *s = NULL;

	assert_int_equal(pkg_signer_open_new(&s, spec, pub, &e), code);
	assert_null(s);
	if (!strstr(sm_err_msg(&e), text))
		fail_msg("'%s' does not say '%s'", sm_err_msg(&e), text);
}

static void not_opened(void **state)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *small = EVP_RSA_gen(1024);
	struct sm_buf many = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	assert_open("file", held[KEY_RSA].key, SM_EUSAGE,
		    "not a key in a token");
	assert_open("command:", held[KEY_RSA].key, SM_EUSAGE,
		    "without a program");
	assert_open("command:true", NULL, SM_EUSAGE, "public key is needed");
	assert_open("command:true", p384, SM_ENOTSUP, "P-256 or Ed25519");
	assert_open("command:true", small, SM_ENOTSUP, "not RSA of 2048");
	assert_open("pkcs11:%", held[KEY_RSA].key, SM_EUSAGE, "'pkcs11:%'");
	sm_buf_puts(&many, "command:true");
	for (int i = 0; i < 63; i++)
		sm_buf_puts(&many, " x");
	/* at the limit, and above it */
	{
		struct pkg_signer *s = NULL;

		assert_int_equal(pkg_signer_open_new(&s, sm_buf_z(&many),
						     held[KEY_RSA].key, NULL),
				 0);
		pkg_signer_free(s);
	}
	sm_buf_puts(&many, " x");
	assert_open(sm_buf_z(&many), held[KEY_RSA].key, SM_EUSAGE,
		    "more than 64 words");
	sm_buf_release(&many);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(small);
}

/* OpenPGP: certified by the key itself, attached again, no secret in it. */
static void openpgp(void **state)
{
	struct sm_buf pub = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf none = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_key a, b, other;

	SM_UNUSED(state);
	pkg_key_init(&a);
	pkg_key_init(&b);
	pkg_key_init(&other);
	assert_int_equal(pkg_key_certify(&a, held[KEY_EC].spec,
					 held[KEY_EC].key,
					 sm_str("T <t@e.org>"), 1000, &e),
			 0);
	assert_int_equal(pkg_key_put_secret(&a, &none, &e), SM_ENOTSUP);
	assert_int_equal(none.len, 0);
	assert_int_equal(pkg_key_put_public(&a, &pub, &e), 0);
	assert_int_equal(
		pkg_key_attach(&b, held[KEY_EC].spec, sm_buf_str(&pub), &e), 0);
	assert_memory_equal(a.pub.fpr, b.pub.fpr, sizeof(a.pub.fpr));
	assert_string_equal(sm_buf_z(&b.uid), "T <t@e.org>");
	/* the holder has another key: its self-signature is refused */
	assert_int_equal(pkg_key_certify(&other, held[KEY_EC].spec,
					 held[KEY_RSA].key, sm_str("T"), 1000,
					 &e),
			 SM_EFORMAT);
	pkg_key_release(&a);
	pkg_key_release(&b);
	pkg_key_release(&other);
	sm_buf_release(&pub);
	sm_buf_release(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),       cmocka_unit_test(shown),
		cmocka_unit_test(digest_sign), cmocka_unit_test(certificates),
		cmocka_unit_test(ed25519),     cmocka_unit_test(other_padding),
		cmocka_unit_test(cause),       cmocka_unit_test(not_opened),
		cmocka_unit_test(openpgp),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
