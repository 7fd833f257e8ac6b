/*
 * AES-256-GCM with one key per direction. The two contexts keep their key
 * schedules for the life of the session; only the nonce changes.
 *
 * Rule: a nonce is never used twice with one key. It is a counter of 96 bits
 * from a random start, advanced before anything else can fail.
 */
#include "common/def.h"
#include "plugin/wire/crypter.h"

#include <limits.h>
#include <openssl/evp.h>

#include "common/mem.h"

struct plug_crypter {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *seal, *open;
	unsigned char nonce[PLUG_CRYPTER_NONCE];
};

/* 1: encrypt, 0: decrypt */
static EVP_CIPHER_CTX *context(EVP_CIPHER *cipher, const char *key, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex2(ctx, cipher, (const unsigned char *)key,
				      NULL, encrypt, NULL) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

struct plug_crypter *plug_crypter_new(enum plug_role role,
				      struct sm_str data_key,
				      const unsigned char nonce_start[12],
				      int *r)
{
	struct plug_crypter *c;
	const char *to_client, *to_agent;

	*r = SM_EFORMAT;
	if (data_key.len != PLUG_CRYPTER_DATA_KEY)
		return NULL;
	to_client = data_key.ptr;
	to_agent = data_key.ptr + PLUG_CRYPTER_KEY;
	c = sm_mem_zalloc(1, sizeof(*c));
	memcpy(c->nonce, nonce_start, sizeof(c->nonce));
	c->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	if (c->cipher && role == PLUG_ROLE_CLIENT) {
		c->seal = context(c->cipher, to_agent, 1);
		c->open = context(c->cipher, to_client, 0);
	} else if (c->cipher) {
		c->seal = context(c->cipher, to_client, 1);
		c->open = context(c->cipher, to_agent, 0);
	}
	*r = c->seal && c->open ? 0 : SM_EIO;
	if (!*r)
		return c;
	plug_crypter_free(c);
	return NULL;
}

void plug_crypter_free(struct plug_crypter *c)
{
	if (!c)
		return;
	EVP_CIPHER_CTX_free(c->seal); /* wipes the key schedule */
	EVP_CIPHER_CTX_free(c->open);
	EVP_CIPHER_free(c->cipher);
	sm_mem_wipe(c->nonce, sizeof(c->nonce));
	sm_mem_free(c);
}

/* Little-endian, carried over all twelve bytes: PROTOCOL.md 8, point 6. */
static void advance(unsigned char nonce[PLUG_CRYPTER_NONCE])
{
	size_t i;

	for (i = 0; i < PLUG_CRYPTER_NONCE && !++nonce[i]; i++)
		;
}

int plug_crypter_seal(struct plug_crypter *c, struct sm_buf *out,
		      struct sm_str plain)
{
	const unsigned char *p = (const unsigned char *)plain.ptr;
	unsigned char nonce[PLUG_CRYPTER_NONCE], tag[PLUG_CRYPTER_TAG];
	unsigned char *text;
	int n = 0, rest = 0, r;

	if (plain.len > INT_MAX / 2)
		return SM_ELIMIT;
	if ((r = sm_buf_reserve(out, plain.len + PLUG_CRYPTER_OVERHEAD)) < 0)
		return r;
	memcpy(nonce, c->nonce, sizeof(nonce));
	advance(c->nonce);
	text = (unsigned char *)out->ptr + out->len + sizeof(nonce);
	if (EVP_EncryptInit_ex2(c->seal, NULL, NULL, nonce, NULL) != 1)
		return SM_EIO;
	if (plain.len &&
	    EVP_EncryptUpdate(c->seal, text, &n, p, (int)plain.len) != 1)
		return SM_EIO;
	if (EVP_EncryptFinal_ex(c->seal, text + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->seal, EVP_CTRL_AEAD_GET_TAG, sizeof(tag),
				tag) != 1)
		return SM_EIO;
	memcpy(out->ptr + out->len, nonce, sizeof(nonce));
	memcpy(text + plain.len, tag, sizeof(tag));
	sm_buf_added(out, plain.len + PLUG_CRYPTER_OVERHEAD);
	return 0;
}

int plug_crypter_open(struct plug_crypter *c, struct sm_buf *out,
		      struct sm_str sealed)
{
	const unsigned char *p = (const unsigned char *)sealed.ptr;
	unsigned char tag[PLUG_CRYPTER_TAG];
	unsigned char *text;
	size_t len;
	int n = 0, rest = 0, r;

	if (sealed.len < PLUG_CRYPTER_OVERHEAD)
		return SM_EFORMAT;
	if (sealed.len > INT_MAX / 2)
		return SM_ELIMIT;
	len = sealed.len - PLUG_CRYPTER_OVERHEAD;
	if ((r = sm_buf_reserve(out, len)) < 0)
		return r;
	text = (unsigned char *)out->ptr + out->len;
	memcpy(tag, p + PLUG_CRYPTER_NONCE + len, sizeof(tag));
	if (EVP_DecryptInit_ex2(c->open, NULL, NULL, p, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c->open, EVP_CTRL_AEAD_SET_TAG, sizeof(tag),
				tag) != 1)
		return SM_EIO;
	if (len && EVP_DecryptUpdate(c->open, text, &n, p + PLUG_CRYPTER_NONCE,
				     (int)len) != 1)
		r = SM_EVERIFY;
	if (!r && EVP_DecryptFinal_ex(c->open, text + n, &rest) != 1)
		r = SM_EVERIFY;
	if (r < 0) {
		sm_mem_wipe(text, len); /* nothing unverified stays */
		text[0] = '\0';
		return r;
	}
	sm_buf_added(out, len);
	return 0;
}
