/*
 * Chains on OpenSSL, which knows the path rules; here is what it does not
 * know: which roots, which unknown critical extensions are harmless, which
 * purpose, which name.
 */
#include "common/def.h"
#include "common/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/digest.h"
#include "common/hex.h"
#include "common/http.h"

#define AUTH_LEVEL 2 /* 112 bits: RSA of 2048 bits, no SHA-1 in the chain */
#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
#define WINDOWS_ROOTS "org.openssl.winstore://"

/* --- names and extensions -------------------------------------------------- */

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

void sm_chain_name(X509 *cert, char *out, size_t size)
{
	take_name(cert, NID_commonName, out, size);
}

bool sm_chain_has_purpose(X509 *cert, const char *want)
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

/* --- roots ----------------------------------------------------------------- */

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

static int add_roots(X509_STORE *store, const struct sm_str *der, size_t n,
		     struct sm_err *e)
{
	const unsigned char *at;
	X509 *root;
	size_t i;

	for (i = 0; i < n; i++) {
		at = (const unsigned char *)der[i].ptr;
		root = d2i_X509(NULL, &at, (long)der[i].len);
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

int sm_chain_add_roots(struct sm_cms_policy *p, enum sm_chain_use use,
		       struct sm_str pem, struct sm_arena *arena,
		       struct sm_err *e)
{
	bool stamp = use == SM_CHAIN_STAMP;
	struct sm_str *root = stamp ? p->tsa_root : p->root;
	size_t *n = stamp ? &p->n_tsa_roots : &p->n_roots, before = *n;
	struct sm_buf der = SM_BUF_INIT(SM_BUF_SMALL);
	long from, to;
	int r = 0;

	while (r == 0 && (from = sm_str_find(pem, sm_str(BEGIN))) >= 0) {
		pem = sm_str_sub(pem, (size_t)from + strlen(BEGIN), pem.len);
		to = sm_str_find(pem, sm_str(END));
		sm_buf_clear(&der);
		if (*n == SM_CMS_ROOTS_MAX)
			r = sm_err_set(e, SM_ELIMIT, "more than %d roots",
				       SM_CMS_ROOTS_MAX);
		else if (to < 0 ||
			 sm_base64_get(&der, sm_str_sub(pem, 0, (size_t)to)) <
				 0 ||
			 !der.len)
			r = sm_err_set(e, SM_EFORMAT,
				       "a certificate is malformed");
		else
			root[(*n)++] = sm_arena_str(arena, sm_buf_str(&der));
	}
	if (r == 0 && *n == before)
		r = sm_err_set(e, SM_EFORMAT, "no certificate in PEM");
	sm_buf_release(&der);
	return r;
}

static int add_system(X509_STORE *store, struct sm_err *e)
{
	struct sm_buf file = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf dir = SM_BUF_INIT(SM_BUF_SMALL);
	bool ok;
	int r = sm_http_roots_system(&file, &dir, e);

	if (r < 0)
		goto out;
	if (!file.len && !dir.len)
		ok = X509_STORE_load_store(store, WINDOWS_ROOTS) == 1;
	else
		ok = (!file.len ||
		      X509_STORE_load_file(store, sm_buf_z(&file)) == 1) &&
		     (!dir.len ||
		      X509_STORE_load_path(store, sm_buf_z(&dir)) == 1);
	if (!ok)
		r = sm_err_set(e, SM_ENOTFOUND,
			       "cannot read this machine's root certificates");
out:
	sm_buf_release(&file);
	sm_buf_release(&dir);
	return r;
}

static X509_STORE *store_new(const struct sm_cms_policy *p,
			     enum sm_chain_use use, struct sm_err *e)
{
	bool stamp = use == SM_CHAIN_STAMP && p->n_tsa_roots;
	X509_STORE *store = X509_STORE_new();
	char *arc = NULL;
	int r;

	if (!store) {
		sm_err_set(e, SM_EIO, "cannot make a store of certificates");
		return NULL;
	}
	/* OpenSSL keeps a pointer without const; it is only read */
	memcpy(&arc, &p->critical_arc, sizeof(arc));
	X509_STORE_set_ex_data(store, 0, arc);
	X509_STORE_set_verify_cb(store, on_verify);
	r = stamp ? add_roots(store, p->tsa_root, p->n_tsa_roots, e) :
		    add_roots(store, p->root, p->n_roots, e);
	if (r == 0 && p->system_roots)
		r = add_system(store, e);
	if (r < 0) {
		X509_STORE_free(store);
		return NULL;
	}
	return store;
}

/* --- chains ---------------------------------------------------------------- */

static int not_verified(X509_STORE_CTX *ctx, X509 *leaf, struct sm_err *e)
{
	X509 *at = X509_STORE_CTX_get_current_cert(ctx);
	char cn[256];

	sm_chain_name(at ? at : leaf, cn, sizeof(cn));
	return sm_err_set(
		e, SM_EVERIFY, "certificate of '%s' refused: %s", cn,
		X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

/* An authority that is limited to purposes must have this one. */
static int check_nested(X509_STORE_CTX *ctx, const char *eku, struct sm_err *e)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	char cn[256];
	X509 *cert;
	int i;

	for (i = 1; i < sk_X509_num(chain); i++) {
		cert = sk_X509_value(chain, i);
		if (X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) < 0 ||
		    sm_chain_has_purpose(cert, eku) ||
		    sm_chain_has_purpose(cert, "2.5.29.37.0"))
			continue;
		sm_chain_name(cert, cn, sizeof(cn));
		return sm_err_set(e, SM_EVERIFY,
				  "'%s' may not issue such certificates", cn);
	}
	return 0;
}

/* at_sec < 0: whenever it was valid. */
static int verify_one(const struct sm_cms_policy *p, X509_STORE *store,
		      X509 *leaf, STACK_OF(X509) * others, int64_t at_sec,
		      int purpose, struct sm_err *e)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int r = 0;

	if (!ctx || X509_STORE_CTX_init(ctx, store, leaf, others) != 1) {
		r = sm_err_set(e, SM_EIO, "cannot check a certificate");
		goto out;
	}
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_purpose(param, purpose);
	if (at_sec < 0)
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
	else
		X509_VERIFY_PARAM_set_time(param, (time_t)at_sec);
	if (X509_verify_cert(ctx) != 1)
		r = not_verified(ctx, leaf, e);
	else if (purpose == X509_PURPOSE_ANY && p->nested && at_sec >= 0)
		r = check_nested(ctx, p->eku, e);
out:
	X509_STORE_CTX_free(ctx);
	ERR_clear_error();
	return r;
}

int sm_chain_verify(const struct sm_cms_policy *p, enum sm_chain_use use,
		    X509 *leaf, struct stack_st_X509 *others, int64_t at_sec,
		    struct sm_err *e)
{
	X509_STORE *store = store_new(p, use, e);
	int r;

	if (!store)
		return e && e->code ? e->code : SM_EVERIFY;
	r = verify_one(p, store, leaf, others, at_sec < 0 ? 0 : at_sec,
		       use == SM_CHAIN_STAMP ? X509_PURPOSE_TIMESTAMP_SIGN :
					       X509_PURPOSE_ANY,
		       e);
	X509_STORE_free(store);
	return r;
}

int sm_chain_all(const struct sm_cms_policy *p, enum sm_chain_use use,
		 struct stack_st_X509 *certs, struct sm_err *e)
{
	X509_STORE *store = store_new(p, use, e);
	int i, r = 0;

	if (!store)
		return e && e->code ? e->code : SM_EVERIFY;
	for (i = 0; i < sk_X509_num(certs) && r == 0; i++)
		r = verify_one(p, store, sk_X509_value(certs, i), certs, -1,
			       X509_PURPOSE_ANY, e);
	X509_STORE_free(store);
	return r;
}

/* --- who ------------------------------------------------------------------- */

static bool is_publisher(const struct sm_cms_policy *p,
			 const struct sm_cms_signer *who)
{
	size_t i;

	for (i = 0; i < p->n_publishers; i++)
		if (!strcmp(p->publisher[i], who->org) ||
		    !strcmp(p->publisher[i], who->cn))
			return true;
	return !p->n_publishers;
}

int sm_chain_signer(const struct sm_cms_policy *p, X509 *leaf,
		    struct sm_cms_signer *out, struct sm_err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (X509_digest(leaf, EVP_sha256(), digest, &len) != 1)
		return sm_err_set(e, SM_EFORMAT, "certificate is malformed");
	sm_digest_hex(digest, SM_SHA256_SIZE, out->leaf_sha256);
	take_name(leaf, NID_commonName, out->cn, sizeof(out->cn));
	take_name(leaf, NID_organizationName, out->org, sizeof(out->org));
	take_name(leaf, NID_organizationalUnitName, out->team,
		  sizeof(out->team));
	if (p->eku[0] && !sm_chain_has_purpose(leaf, p->eku))
		return sm_err_set(e, SM_EVERIFY,
				  "certificate of '%s' may not sign this",
				  out->cn);
	if (p->nested && !(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
		return sm_err_set(e, SM_EVERIFY,
				  "certificate of '%s' may not sign at all",
				  out->cn);
	if (p->marker && p->marker[0] && !has_extension(leaf, p->marker))
		return sm_err_set(e, SM_EVERIFY,
				  "certificate of '%s' is of another kind",
				  out->cn);
	if (p->team[0] && strcmp(p->team, out->team) != 0)
		return sm_err_set(e, SM_EVERIFY,
				  "signed by team '%s', not '%s'", out->team,
				  p->team);
	if (!is_publisher(p, out))
		return sm_err_set(e, SM_EVERIFY, "signed by '%s', not by '%s'",
				  out->org[0] ? out->org : out->cn,
				  p->publisher[0]);
	return 0;
}
