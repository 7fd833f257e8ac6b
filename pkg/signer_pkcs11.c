/*
 * Keys in tokens, through p11-kit, which reads the URI and finds the
 * libraries, and the functions of PKCS#11 itself.
 *
 * Rule: one login, with one PIN, to one token: whatever is not clear from the
 * URI is an error before the PIN is sent, because a token counts wrong PINs.
 */
#include "common/def.h"
#include "pkg/signer_pkcs11.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "common/fs.h"
#include "common/mem.h"
#include "common/os/env.h"
#include "pkg/keypkt.h"

#define SLOTS_MAX 256
#define NUMBER_MAX 1024 /* an RSA modulus of 8192 bits */
#define P256_POINT 65
#define FILE_SCHEME "file:"

struct token {
	char *name;               /* the URI without what is behind '?' */
	CK_FUNCTION_LIST *own;    /* of module-path; NULL: p11-kit's list */
	CK_FUNCTION_LIST **list;  /* ends with NULL */
	CK_FUNCTION_LIST *one[2]; /* own, as a list */
	CK_FUNCTION_LIST *m;      /* of the token */
	CK_SLOT_ID slot;
	CK_TOKEN_INFO info;
	CK_SESSION_HANDLE session;
	bool open;
	CK_OBJECT_HANDLE key;
	bool every_time; /* CKA_ALWAYS_AUTHENTICATE */
	struct sm_buf pin;
};

/* What a token said: the name of the value where it helps a person. */
static int refuse(const struct token *t, CK_RV rv, const char *act,
		  struct sm_err *e)
{
	int code = SM_EIO;

	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LOCKED ||
	    rv == CKR_PIN_EXPIRED || rv == CKR_PIN_LEN_RANGE)
		code = SM_EAUTH;
	return sm_err_set(e, code, "cannot %s '%s': %s", act, t->name,
			  p11_kit_strerror(rv));
}

/* --- the token ------------------------------------------------------------ */

static int load_modules(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	const char *path = p11_kit_uri_get_module_path(uri);
	CK_RV rv;

	if (!path) {
		t->list = p11_kit_modules_load_and_initialize(0);
		if (t->list)
			return 0;
		return sm_err_set(e, SM_EIO, "cannot load the modules of '%s'",
				  t->name);
	}
	t->own = p11_kit_module_load(path, P11_KIT_MODULE_CRITICAL);
	if (!t->own)
		return sm_err_set(e, SM_ENOTFOUND,
				  "cannot load the module '%s' of '%s'", path,
				  t->name);
	rv = p11_kit_module_initialize(t->own);
	if (rv != CKR_OK) {
		p11_kit_module_release(t->own);
		t->own = NULL;
		return refuse(t, rv, "start the module of", e);
	}
	t->one[0] = t->own;
	t->list = t->one;
	return 0;
}

static bool module_fits(CK_FUNCTION_LIST *m, P11KitUri *uri)
{
	const char *want = p11_kit_uri_get_module_name(uri);
	char *name = want ? p11_kit_module_get_name(m) : NULL;
	bool fits = !want || (name && !strcmp(name, want));
	CK_INFO info;

	free(name); /* p11-kit's, from malloc */
	return fits && m->C_GetInfo(&info) == CKR_OK &&
	       p11_kit_uri_match_module_info(uri, &info);
}

static bool slot_fits(CK_FUNCTION_LIST *m, CK_SLOT_ID slot, P11KitUri *uri,
		      CK_TOKEN_INFO *token)
{
	CK_SLOT_ID want = p11_kit_uri_get_slot_id(uri);
	CK_SLOT_INFO info;

	return (want == (CK_SLOT_ID)-1 || want == slot) &&
	       m->C_GetSlotInfo(slot, &info) == CKR_OK &&
	       p11_kit_uri_match_slot_info(uri, &info) &&
	       m->C_GetTokenInfo(slot, token) == CKR_OK &&
	       token->flags & CKF_TOKEN_INITIALIZED &&
	       p11_kit_uri_match_token_info(uri, token);
}

/* How many tokens of a module fit; the last one becomes the token. */
static unsigned look_in(struct token *t, CK_FUNCTION_LIST *m, P11KitUri *uri)
{
	CK_SLOT_ID slot[SLOTS_MAX];
	CK_ULONG n = SLOTS_MAX;
	CK_TOKEN_INFO info;
	unsigned found = 0;

	if (!module_fits(m, uri) ||
	    m->C_GetSlotList(CK_TRUE, slot, &n) != CKR_OK)
		return 0;
	for (CK_ULONG i = 0; i < n; i++) {
		if (!slot_fits(m, slot[i], uri, &info))
			continue;
		t->m = m;
		t->slot = slot[i];
		t->info = info;
		found++;
	}
	return found;
}

static int find_token(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	unsigned found = 0;

	for (CK_FUNCTION_LIST **m = t->list; *m; m++)
		found += look_in(t, *m, uri);
	if (found == 0)
		return sm_err_set(e, SM_ENOTFOUND, "no token fits '%s'",
				  t->name);
	if (found > 1)
		return sm_err_set(e, SM_EFORMAT,
				  "%u tokens fit '%s'; say which with token= "
				  "or serial=",
				  found, t->name);
	return 0;
}

/* --- the PIN -------------------------------------------------------------- */

static int read_pin(struct token *t, const char *source, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_SECRET(SM_BUF_SMALL);
	const char *path = source;
	struct sm_str rest;
	struct sm_str line = { "", 0 };
	int r;

	if (!strncmp(path, FILE_SCHEME, strlen(FILE_SCHEME)))
		path += strlen(FILE_SCHEME);
	if (!strncmp(path, "//", 2)) /* an empty host */
		path += 2;
	if (*path != '/')
		return sm_err_set(e, SM_EUSAGE,
				  "pin-source of '%s' is not an absolute path",
				  t->name);
	if ((r = sm_fs_read(path, SM_BUF_SMALL, &text, e)) < 0)
		goto out;
	rest = sm_buf_str(&text);
	(void)sm_str_split(&rest, '\n', &line); /* none: empty */
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	if ((r = sm_buf_put_str(&t->pin, line)) < 0)
		sm_err_set(e, r, "the PIN in '%s' is too long", path);
out:
	sm_buf_release(&text);
	return r;
}

static int get_pin(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	const char *value = p11_kit_uri_get_pin_value(uri);
	const char *source = p11_kit_uri_get_pin_source(uri);
	int r;

	if (value)
		r = sm_buf_puts(&t->pin, value);
	else if (source)
		return read_pin(t, source, e);
	else
		r = sm_os_env_get(&t->pin, "SMPKG_PIN");
	if (r < 0)
		return sm_err_set(e, r, "the PIN for '%s' is too long",
				  t->name);
	return 0;
}

static int login(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	CK_FLAGS flags = t->info.flags;
	bool pad = flags & CKF_PROTECTED_AUTHENTICATION_PATH;
	CK_RV rv;
	int r;

	if (!(flags & CKF_LOGIN_REQUIRED))
		return 0;
	if ((r = get_pin(t, uri, e)) < 0)
		return r;
	if (t->pin.len == 0 && !pad)
		return sm_err_set(e, SM_EAUTH,
				  "'%s' needs a PIN: pin-source in the URI, or "
				  "SMPKG_PIN",
				  t->name);
	if (flags & CKF_USER_PIN_LOCKED)
		return sm_err_set(e, SM_EAUTH, "the PIN of '%s' is locked",
				  t->name);
	if (flags & CKF_USER_PIN_FINAL_TRY)
		return sm_err_set(e, SM_EAUTH,
				  "'%s' would be locked by one more wrong PIN: "
				  "log in with the token's own tool first",
				  t->name);
	rv = t->m->C_Login(t->session, CKU_USER,
			   t->pin.len ? (CK_UTF8CHAR_PTR)t->pin.ptr : NULL,
			   t->pin.len);
	if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
		return 0;
	return refuse(t, rv, "log in to", e);
}

/* --- the key -------------------------------------------------------------- */

/* The one object of a class that fits; its errors name it `what`. */
static int find_object(const struct token *t, CK_ATTRIBUTE *want, CK_ULONG n,
		       CK_OBJECT_HANDLE *found, struct sm_err *e)
{
	CK_OBJECT_HANDLE object[2];
	CK_ULONG got = 0;
	CK_RV rv;

	rv = t->m->C_FindObjectsInit(t->session, want, n);
	if (rv == CKR_OK) {
		rv = t->m->C_FindObjects(t->session, object, 2, &got);
		(void)t->m->C_FindObjectsFinal(t->session); /* only read */
	}
	if (rv != CKR_OK)
		return refuse(t, rv, "look for", e);
	if (got == 0)
		return sm_err_set(e, SM_ENOTFOUND,
				  "the token has no private key '%s'", t->name);
	if (got > 1)
		return sm_err_set(e, SM_EFORMAT,
				  "several private keys of the token fit '%s'; "
				  "say which with id= or object=",
				  t->name);
	*found = object[0];
	return 0;
}

static int find_key(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	static const CK_ATTRIBUTE_TYPE narrow[] = { CKA_ID, CKA_LABEL };
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE want[1 + SM_ARRAY_LEN(narrow)] = { { CKA_CLASS, &class,
							  sizeof(class) } };
	const CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(uri, CKA_CLASS);
	CK_BBOOL always = CK_FALSE;
	CK_ATTRIBUTE auth = { CKA_ALWAYS_AUTHENTICATE, &always,
			      sizeof(always) };
	CK_ULONG n = 1;
	int r;

	if (a && memcmp(a->pValue, &class, sizeof(class)) != 0)
		return sm_err_set(e, SM_EUSAGE, "'%s' is not a private key",
				  t->name);
	for (size_t i = 0; i < SM_ARRAY_LEN(narrow); i++)
		if ((a = p11_kit_uri_get_attribute(uri, narrow[i])))
			want[n++] = *a;
	if ((r = find_object(t, want, n, &t->key, e)) < 0)
		return r;
	/* old tokens do not know the attribute */
	if (t->m->C_GetAttributeValue(t->session, t->key, &auth, 1) == CKR_OK)
		t->every_time = always == CK_TRUE;
	return 0;
}

/* --- its public part ------------------------------------------------------ */

struct number {
	uint8_t b[NUMBER_MAX];
	CK_ULONG len;
};

static bool get(const struct token *t, CK_OBJECT_HANDLE object,
		CK_ATTRIBUTE_TYPE type, struct number *n)
{
	CK_ATTRIBUTE a = { type, n->b, sizeof(n->b) };

	n->len = 0;
	if (t->m->C_GetAttributeValue(t->session, object, &a, 1) != CKR_OK ||
	    a.ulValueLen == 0 || a.ulValueLen > sizeof(n->b))
		return false;
	n->len = a.ulValueLen;
	return true;
}

/* From the private object, or from the public one with the same id. */
static bool get_public(const struct token *t, CK_ATTRIBUTE_TYPE type,
		       struct number *n)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	struct number id;
	CK_ATTRIBUTE want[2] = { { CKA_CLASS, &class, sizeof(class) },
				 { CKA_ID, id.b, 0 } };
	CK_OBJECT_HANDLE object;

	if (get(t, t->key, type, n))
		return true;
	if (!get(t, t->key, CKA_ID, &id))
		return false;
	want[1].ulValueLen = id.len;
	return find_object(t, want, 2, &object, NULL) == 0 &&
	       get(t, object, type, n);
}

static struct sm_str significant(const struct number *n)
{
	size_t i = 0;

	while (i < n->len && n->b[i] == 0)
		i++;
	return sm_str_n(n->b + i, n->len - i);
}

static int public_rsa(const struct token *t, struct sm_pgpkey *k,
		      struct sm_err *e)
{
	struct number n, exponent;

	if (!get_public(t, CKA_MODULUS, &n) ||
	    !get_public(t, CKA_PUBLIC_EXPONENT, &exponent))
		return SM_ENOTFOUND;
	return sm_pgpkey_raw(k, SM_PGPKEY_RSA, 0, significant(&n),
			     significant(&exponent), e);
}

/* The point is the DER of an OCTET STRING, from careless tokens bare. */
static int public_p256(const struct token *t, struct sm_pgpkey *k,
		       struct sm_err *e)
{
	struct number point;
	struct sm_str p;

	if (!get_public(t, CKA_EC_POINT, &point))
		return SM_ENOTFOUND;
	p = sm_str_n(point.b, point.len);
	if (p.len == P256_POINT + 2 && p.ptr[0] == 4 && p.ptr[1] == P256_POINT)
		p = sm_str_sub(p, 2, p.len);
	return sm_pgpkey_raw(k, SM_PGPKEY_ECDSA, 0, p, sm_str(""), e);
}

static int take_public(const struct token *t, EVP_PKEY **pub, struct sm_err *e)
{
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE a = { CKA_KEY_TYPE, &type, sizeof(type) };
	CK_RV rv = t->m->C_GetAttributeValue(t->session, t->key, &a, 1);
	struct sm_pgpkey k;
	int r;

	if (rv != CKR_OK)
		return refuse(t, rv, "read", e);
	if (type == CKK_RSA)
		r = public_rsa(t, &k, e);
	else if (type == CKK_EC)
		r = public_p256(t, &k, e);
	else
		r = sm_err_set(e, SM_ENOTSUP, "not an RSA or EC key");
	if (r == SM_ENOTFOUND)
		return 0; /* the caller may know it */
	if (r == 0)
		r = pkg_keypkt_public(&k, pub, e);
	return r < 0 ? sm_err_wrap(e, r, "cannot use '%s'", t->name) : 0;
}

/* --- signing -------------------------------------------------------------- */

/* What CKM_RSA_PKCS wants is a DigestInfo: RFC 8017 section 9.2, note 1. */
static bool put_digest_info(const struct pkg_signer_job *job, struct sm_buf *b)
{
	static const uint8_t sha1[] = { 0x30, 0x21, 0x30, 0x09, 0x06,
					0x05, 0x2b, 0x0e, 0x03, 0x02,
					0x1a, 0x05, 0x00, 0x04, 0x14 };
	uint8_t sha2[] = { 0x30, 0,    0x30, 0x0d, 0x06, 0x09, 0x60,
			   0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
			   0,    0x05, 0x00, 0x04, 0 };

	switch (job->hash) {
	case SM_DIGEST_SHA1:
		sm_buf_put(b, sha1, sizeof(sha1));
		break;
	case SM_DIGEST_SHA256:
	case SM_DIGEST_SHA384:
	case SM_DIGEST_SHA512:
		sha2[1] = (uint8_t)(sizeof(sha2) - 2 + job->digest.len);
		sha2[14] = job->hash == SM_DIGEST_SHA256 ? 1 :
			   job->hash == SM_DIGEST_SHA384 ? 2 :
							   3;
		sha2[18] = (uint8_t)job->digest.len;
		sm_buf_put(b, sha2, sizeof(sha2));
		break;
	default:
		return false;
	}
	return sm_buf_put_str(b, job->digest) == 0;
}

static int token_sign(void *self, const struct pkg_signer_job *job,
		      struct sm_buf *out, struct sm_err *e)
{
	struct token *t = self;
	struct sm_buf in = SM_BUF_INIT(SM_BUF_SMALL);
	CK_MECHANISM how = { CKM_ECDSA, NULL, 0 };
	uint8_t sig[PKG_SIGNER_SIG_MAX];
	CK_ULONG len = sizeof(sig);
	CK_RV rv;
	int r = 0;

	if (job->alg == PKG_SIGNER_RSA)
		how.mechanism = CKM_RSA_PKCS;
	else
		sm_buf_put_str(&in, job->digest);
	if (job->alg == PKG_SIGNER_RSA && !put_digest_info(job, &in)) {
		r = sm_err_set(e, SM_ENOTSUP, "no RSA signatures with %s",
			       sm_digest_name(job->hash));
		goto out;
	}
	rv = t->m->C_SignInit(t->session, &how, t->key);
	if (rv == CKR_OK && t->every_time)
		rv = t->m->C_Login(t->session, CKU_CONTEXT_SPECIFIC,
				   t->pin.len ? (CK_UTF8CHAR_PTR)t->pin.ptr :
						NULL,
				   t->pin.len);
	if (rv == CKR_OK)
		rv = t->m->C_Sign(t->session, (CK_BYTE_PTR)in.ptr, in.len, sig,
				  &len);
	if (rv != CKR_OK)
		r = refuse(t, rv, "sign with", e);
	else
		r = sm_buf_put(out, sig, len);
out:
	sm_buf_release(&in);
	return r;
}

/* --- opening -------------------------------------------------------------- */

static void token_free(void *self)
{
	struct token *t = self;

	if (t->open) /* ends the login as well, if it is the last one */
		(void)t->m->C_CloseSession(t->session);
	if (t->own) {
		(void)p11_kit_module_finalize(t->own); /* at the end anyway */
		p11_kit_module_release(t->own);
	} else if (t->list) {
		p11_kit_modules_finalize_and_release(t->list);
	}
	sm_buf_release(&t->pin);
	sm_mem_free(t->name);
	sm_mem_free(t);
}

static int open_token(struct token *t, P11KitUri *uri, struct sm_err *e)
{
	CK_RV rv;
	int r;

	if ((r = load_modules(t, uri, e)) < 0)
		return r;
	if ((r = find_token(t, uri, e)) < 0)
		return r;
	rv = t->m->C_OpenSession(t->slot, CKF_SERIAL_SESSION, NULL, NULL,
				 &t->session);
	if (rv != CKR_OK)
		return refuse(t, rv, "open", e);
	t->open = true;
	if ((r = login(t, uri, e)) < 0)
		return r;
	return find_key(t, uri, e);
}

/* What a message may say of a URI: nothing from a PIN on, not even where old
 * programs had it, among the attributes of the path. */
static char *public_part_new(const char *uri)
{
	struct sm_str s = sm_str(uri);
	const char *end;

	if ((end = strchr(uri, '?')))
		s.len = (size_t)(end - uri);
	if ((end = strstr(uri, ";pin")) && (size_t)(end - uri) < s.len)
		s.len = (size_t)(end - uri);
	return sm_mem_dup(s);
}

int pkg_signer_pkcs11_open(struct pkg_signer_holder *h, const char *spec,
			   struct sm_err *e)
{
	struct token *t = sm_mem_zalloc(1, sizeof(*t));
	P11KitUri *uri = p11_kit_uri_new();
	struct sm_buf whole = SM_BUF_SECRET(SM_BUF_SMALL);
	int r;

	h->self = t;
	h->sign = token_sign;
	h->free = token_free;
	sm_buf_init(&t->pin, PKG_SIGNER_PKCS11_PIN_MAX + 1);
	t->pin.secret = true;
	sm_buf_printf(&whole, "pkcs11:%s", spec);
	t->name = public_part_new(sm_buf_z(&whole));
	r = whole.err ? P11_KIT_URI_BAD_SYNTAX :
			p11_kit_uri_parse(sm_buf_z(&whole), P11_KIT_URI_FOR_ANY,
					  uri);
	if (r != P11_KIT_URI_OK)
		r = sm_err_set(e, SM_EUSAGE, "'%.100s': %s", t->name,
			       p11_kit_uri_message(r));
	else if (p11_kit_uri_any_unrecognized(uri))
		r = sm_err_set(e, SM_EUSAGE,
			       "'%.100s' has an attribute that is not known",
			       t->name);
	else
		r = open_token(t, uri, e);
	if (r == 0)
		r = take_public(t, &h->pub, e);
	p11_kit_uri_free(uri);
	sm_buf_release(&whole);
	return r;
}
