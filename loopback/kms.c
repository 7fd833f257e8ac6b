/*
 * Sealing and opening data keys with OpenSSL's AES-256-GCM.
 *
 * Invariant: a pair of context is encoded with its length in front, so no two
 * different contexts give the same additional data.
 */
#include "common/def.h"
#include "loopback/kms.h"

#include <openssl/evp.h>

#include "common/mem.h"
#include "common/os/random.h"

#define NONCE 12
#define TAG 16

void loop_kms_init(struct loop_kms *k)
{
	sm_os_random(k->master, sizeof(k->master));
}

void loop_kms_release(struct loop_kms *k)
{
	sm_mem_wipe(k->master, sizeof(k->master));
}

int loop_kms_context_add(struct loop_kms_context *c, struct sm_str name,
			 struct sm_str value)
{
	size_t at = 0;

	if (c->n == LOOP_KMS_CONTEXT_MAX)
		return SM_ELIMIT;
	while (at < c->n && sm_str_cmp(c->pair[at].name, name) < 0)
		at++;
	if (at < c->n && sm_str_eq(c->pair[at].name, name))
		return SM_EEXIST;
	memmove(&c->pair[at + 1], &c->pair[at],
		(c->n - at) * sizeof(c->pair[0]));
	c->pair[at].name = name;
	c->pair[at].value = value;
	c->n++;
	return 0;
}

static void put_counted(struct sm_buf *out, struct sm_str s)
{
	(void)sm_buf_put_u32be(out, (uint32_t)s.len);
	(void)sm_buf_put_str(out, s);
}

static int additional(struct sm_buf *out, struct sm_str key_id,
		      const struct loop_kms_context *c)
{
	size_t i;

	put_counted(out, key_id);
	for (i = 0; i < c->n; i++) {
		put_counted(out, c->pair[i].name);
		put_counted(out, c->pair[i].value);
	}
	return out->err;
}

struct seal {
	unsigned char nonce[NONCE], tag[TAG];
};

/* One pass of GCM; `enc` as EVP_CipherInit_ex has it. 1 on success. */
static int gcm(const struct loop_kms *k, int enc, struct seal *s,
	       struct sm_str aad, struct sm_str in, unsigned char *out)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int n = 0, ok;

	if (!x)
		return 0;
	ok = EVP_CipherInit_ex(x, EVP_aes_256_gcm(), NULL, k->master, s->nonce,
			       enc) == 1 &&
	     EVP_CipherUpdate(x, NULL, &n, (const unsigned char *)aad.ptr,
			      (int)aad.len) == 1 &&
	     EVP_CipherUpdate(x, out, &n, (const unsigned char *)in.ptr,
			      (int)in.len) == 1;
	if (ok && !enc)
		ok = EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, TAG,
					 s->tag) == 1;
	if (ok)
		ok = EVP_CipherFinal_ex(x, out + n, &n) == 1;
	if (ok && enc)
		ok = EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, TAG,
					 s->tag) == 1;
	EVP_CIPHER_CTX_free(x);
	return ok;
}

int loop_kms_generate(const struct loop_kms *k, struct sm_str key_id,
		      const struct loop_kms_context *c, size_t len,
		      struct sm_buf *plain, struct sm_buf *blob)
{
	unsigned char key[LOOP_KMS_KEY_MAX], sealed[LOOP_KMS_KEY_MAX];
	struct seal s;
	struct sm_buf aad = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if (!len || len > sizeof(key))
		return SM_ELIMIT;
	r = additional(&aad, key_id, c);
	if (r < 0)
		goto out;
	sm_os_random(key, len);
	sm_os_random(s.nonce, sizeof(s.nonce));
	r = SM_EIO;
	if (!gcm(k, 1, &s, sm_buf_str(&aad), sm_str_n(key, len), sealed))
		goto out;
	(void)sm_buf_put(blob, s.nonce, sizeof(s.nonce));
	(void)sm_buf_put(blob, sealed, len);
	r = sm_buf_put(blob, s.tag, sizeof(s.tag));
	if (r >= 0)
		r = sm_buf_put(plain, key, len);
out:
	sm_mem_wipe(key, sizeof(key));
	sm_buf_release(&aad);
	return r;
}

int loop_kms_open(const struct loop_kms *k, struct sm_str key_id,
		  const struct loop_kms_context *c, struct sm_str blob,
		  struct sm_buf *plain)
{
	unsigned char key[LOOP_KMS_KEY_MAX];
	struct seal s;
	struct sm_buf aad = SM_BUF_INIT(SM_BUF_SMALL);
	size_t len;
	int r;

	if (blob.len <= NONCE + TAG ||
	    blob.len > NONCE + TAG + LOOP_KMS_KEY_MAX)
		return SM_EFORMAT;
	r = additional(&aad, key_id, c);
	if (r < 0)
		goto out;
	len = blob.len - NONCE - TAG;
	memcpy(s.nonce, blob.ptr, NONCE);
	memcpy(s.tag, blob.ptr + NONCE + len, TAG);
	r = SM_EVERIFY;
	if (gcm(k, 0, &s, sm_buf_str(&aad), sm_str_sub(blob, NONCE, len), key))
		r = sm_buf_put(plain, key, len);
out:
	sm_mem_wipe(key, sizeof(key));
	sm_buf_release(&aad);
	return r;
}
