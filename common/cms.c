/*
 * Detached CMS on OpenSSL. The library checks signature and chain; here is
 * what it does not know: exactly one signer, which certificate it is, what
 * that one may do, and which unknown critical extensions are harmless.
 */
#include "common/def.h"
#include "common/cms.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "common/digest.h"

#define DER_MAX ((size_t)64 << 10)
#define AUTH_LEVEL 2 /* 112 bits: RSA of 2048 bits, no SHA-1 in the chain */
#define RSA_BITS_MIN 2048

static const unsigned char *bytes(struct sm_str s)
{
	return (const unsigned char *)s.ptr;
}

/* The length of the DER element at the front, header included; 0 if bad. */
static size_t der_length(struct sm_str s)
{
	const unsigned char *p = bytes(s);
	size_t n = 0, i, k;

	if (s.len < 2 || p[0] != 0x30)
		return 0;
	if (p[1] < 0x80) {
		n = 2 + (size_t)p[1];
		return n <= s.len ? n : 0;
	}
	k = p[1] & 0x7f;
	if (k < 1 || k > 3 || s.len < 2 + k)
		return 0;
	for (i = 0; i < k; i++)
		n = n << 8 | p[2 + i];
	n += 2 + k;
	return n <= s.len ? n : 0;
}

static CMS_ContentInfo *parse(struct sm_str der, struct sm_err *e)
{
	size_t n = der_length(der), i;
	const unsigned char *p = bytes(der);
	CMS_ContentInfo *cms;

	for (i = n; n && i < der.len; i++)
		if (der.ptr[i])
			n = 0;
	if (!n || n > DER_MAX) {
		sm_err_set(e, SM_EFORMAT, "CMS signature is malformed");
		return NULL;
	}
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)n);
	if (!cms || p != bytes(der) + n ||
	    OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
	    CMS_is_detached(cms) != 1) {
		CMS_ContentInfo_free(cms);
		sm_err_set(e, SM_EFORMAT,
			   "CMS signature is malformed or not detached");
		return NULL;
	}
	return cms;
}

/* True if all critical extensions that OpenSSL does not know are below arc. */
static bool only_below(X509 *cert, const char *arc)
{
	char oid[128];
	size_t n = strlen(arc);
	X509_EXTENSION *ext;
	int i;

	for (i = 0; i < X509_get_ext_count(cert); i++) {
		ext = X509_get_ext(cert, i);
		if (!X509_EXTENSION_get_critical(ext) ||
		    X509_supported_extension(ext))
			continue;
		if (OBJ_obj2txt(oid, sizeof(oid),
				X509_EXTENSION_get_object(ext), 1) <= 0)
			return false;
		if (!n || strncmp(oid, arc, n) != 0 || oid[n] != '.')
			return false;
	}
	return true;
}

/* The arc comes along as the store's application data. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	const char *arc =
		X509_STORE_get_ex_data(X509_STORE_CTX_get0_store(ctx), 0);

	if (ok ||
	    X509_STORE_CTX_get_error(ctx) !=
		    X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION ||
	    !arc || !only_below(X509_STORE_CTX_get_current_cert(ctx), arc))
		return ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static int add_roots(X509_STORE *store, const struct sm_cms_policy *p,
		     struct sm_err *e)
{
	const unsigned char *at;
	X509 *root;
	size_t i;

	for (i = 0; i < p->n_roots; i++) {
		at = bytes(p->root[i]);
		root = d2i_X509(NULL, &at, (long)p->root[i].len);
		if (!root || X509_STORE_add_cert(store, root) != 1) {
			X509_free(root);
			return sm_err_set(e, SM_EFORMAT,
					  "pinned root %zu is no certificate",
					  i + 1);
		}
		X509_free(root);
	}
	return 0;
}

static X509_STORE *store_new(const struct sm_cms_policy *p, struct sm_err *e)
{
	X509_STORE *store = X509_STORE_new();
	char *arc = NULL;

	if (!store)
		return NULL;
	/* OpenSSL keeps a pointer without const; it is only read */
	memcpy(&arc, &p->critical_arc, sizeof(arc));
	X509_STORE_set_ex_data(store, 0, arc);
	X509_STORE_set_verify_cb(store, on_verify);
	X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store),
					 AUTH_LEVEL);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store),
				   (time_t)p->now);
	if (add_roots(store, p, e) < 0) {
		X509_STORE_free(store);
		return NULL;
	}
	return store;
}

static void take_name(X509 *cert, int nid, char *out, size_t size)
{
	X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, nid, -1), len;
	unsigned char *text = NULL;
	struct sm_str s;
	size_t i;

	out[0] = '\0';
	if (at < 0)
		return;
	len = ASN1_STRING_to_UTF8(
		&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len < 0)
		return;
	s = sm_str_n(text, (size_t)len);
	for (i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			s.len = 0;
	if (s.len && s.len < size && sm_str_utf8(s)) {
		memcpy(out, s.ptr, s.len);
		out[s.len] = '\0';
	}
	OPENSSL_free(text);
}

static bool has_eku(X509 *cert, const char *want)
{
	EXTENDED_KEY_USAGE *list;
	char oid[128];
	bool found = false;
	int i;

	list = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	for (i = 0; list && i < sk_ASN1_OBJECT_num(list); i++)
		if (OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(list, i),
				1) > 0 &&
		    !strcmp(oid, want))
			found = true;
	EXTENDED_KEY_USAGE_free(list);
	return found;
}

static bool has_extension(X509 *cert, const char *want)
{
	char oid[128];
	int i;

	for (i = 0; i < X509_get_ext_count(cert); i++)
		if (OBJ_obj2txt(
			    oid, sizeof(oid),
			    X509_EXTENSION_get_object(X509_get_ext(cert, i)),
			    1) > 0 &&
		    !strcmp(oid, want))
			return true;
	return false;
}

static int check_leaf(const struct sm_cms_policy *p, X509 *cert,
		      struct sm_str leaf, struct sm_cms_signer *out,
		      struct sm_err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE], want[SM_SHA256_SIZE];
	unsigned len = 0;
	int r;

	if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
		return sm_err_set(e, SM_EFORMAT, "certificate is malformed");
	sm_digest_hex(digest, SM_SHA256_SIZE, out->leaf_sha256);
	take_name(cert, NID_commonName, out->cn, sizeof(out->cn));
	take_name(cert, NID_organizationName, out->org, sizeof(out->org));
	take_name(cert, NID_organizationalUnitName, out->team,
		  sizeof(out->team));
	if (leaf.len) {
		r = sm_digest_bytes(SM_DIGEST_SHA256, leaf, want, e);
		if (r < 0)
			return r;
		if (memcmp(want, digest, sizeof(want)) != 0)
			return sm_err_set(e, SM_EVERIFY,
					  "signed with another certificate "
					  "than the one named");
	}
	if (p->eku[0] && !has_eku(cert, p->eku))
		return sm_err_set(e, SM_EVERIFY,
				  "certificate of '%s' may not sign this",
				  out->cn);
	if (p->marker && p->marker[0] && !has_extension(cert, p->marker))
		return sm_err_set(e, SM_EVERIFY,
				  "certificate of '%s' is of another kind",
				  out->cn);
	if (p->team[0] && strcmp(p->team, out->team) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signed by team '%s', not '%s'", out->team,
				  p->team);
	return 0;
}

/* The last thing that the library had to say, in its words. */
static int not_verified(struct sm_err *e)
{
	unsigned long code = ERR_peek_last_error();
	const char *data = NULL, *why;
	int flags = 0;

	(void)ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
	why = data && (flags & ERR_TXT_STRING) && data[0] ?
		      data :
		      ERR_reason_error_string(code);
	return sm_err_set(e, SM_EVERIFY, "CMS signature refused: %.200s",
			  why ? why : "it does not match");
}

static int one_signer(CMS_ContentInfo *cms, X509 **cert, struct sm_err *e)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	int n = sk_X509_num(signers);

	if (n == 1)
		*cert = sk_X509_value(signers, 0); /* owned by cms */
	sk_X509_free(signers);
	if (n != 1)
		return sm_err_set(e, SM_EVERIFY,
				  "CMS signature has %d signers, not one", n);
	return 0;
}

int sm_cms_verify(const struct sm_cms_policy *p, struct sm_str der,
		  struct sm_str content, struct sm_str leaf,
		  struct sm_cms_signer *out, struct sm_err *e)
{
	CMS_ContentInfo *cms = NULL;
	X509_STORE *store = NULL;
	BIO *bio = NULL;
	X509 *cert = NULL;
	int r = SM_EFORMAT;

	memset(out, 0, sizeof(*out));
	ERR_clear_error();
	if (content.len > DER_MAX || !(cms = parse(der, e)))
		goto out;
	if (!(store = store_new(p, e)) ||
	    !(bio = BIO_new_mem_buf(content.ptr, (int)content.len)))
		goto out;
	if (CMS_verify(cms, NULL, store, bio, NULL,
		       CMS_BINARY | CMS_DETACHED) != 1) {
		r = not_verified(e);
		goto out;
	}
	if ((r = one_signer(cms, &cert, e)) == 0)
		r = check_leaf(p, cert, leaf, out, e);
out:
	BIO_free(bio);
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	if (r == SM_EFORMAT && e && !e->code)
		sm_err_set(e, r, "CMS signature is malformed");
	return r;
}

int sm_cms_rsa_verify(struct sm_str leaf, enum sm_digest_alg alg,
		      const uint8_t *digest, struct sm_str sig,
		      struct sm_err *e)
{
	const EVP_MD *md = EVP_get_digestbyname(sm_digest_name(alg));
	const unsigned char *at = bytes(leaf);
	X509 *cert = d2i_X509(NULL, &at, (long)leaf.len);
	EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;
	EVP_PKEY_CTX *ctx = NULL;
	int r = 0;

	if (!key || !md || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
		r = sm_err_set(e, SM_EFORMAT,
			       "certificate has no RSA key of %d bits",
			       RSA_BITS_MIN);
		goto out;
	}
	ctx = EVP_PKEY_CTX_new(key, NULL);
	if (!ctx || EVP_PKEY_verify_init(ctx) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, md) <= 0 ||
	    EVP_PKEY_verify(ctx, bytes(sig), sig.len, digest,
			    sm_digest_size(alg)) != 1)
		r = sm_err_set(e, SM_EVERIFY, "RSA signature does not match");
out:
	EVP_PKEY_CTX_free(ctx);
	X509_free(cert);
	ERR_clear_error();
	return r;
}
