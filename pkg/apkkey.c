/*
 * apk's keys and signatures on OpenSSL.
 *
 * Rule: the name of a key's file follows from the key alone, so that whoever
 * signs and whoever exports the public part agree about it.
 */
#include "common/def.h"
#include "pkg/apkkey.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "common/hex.h"
#include "common/mem.h"
#include "pkg/key.h"
#include "pkg/signer.h"

#define KEY_ID 8 /* last bytes of a fingerprint */
#define SIG_BYTES_MAX (SM_PGPKEY_RSA_MAX / 8)

/* Characters that need no thought in a file name. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '@' || c == '.' || c == '_' ||
	       c == '-';
}

int pkg_apkkey_name(const struct pkg_key *k, struct sm_buf *out)
{
	struct sm_str uid = sm_buf_str(&k->uid);
	long from = sm_str_rchr(uid, '<');
	long to = sm_str_rchr(uid, '>');

	if (from >= 0 && to > from)
		uid = sm_str_sub(uid, (size_t)from + 1,
				 (size_t)(to - from) - 1);
	for (size_t i = 0; i < uid.len; i++)
		sm_buf_put_u8(out, (uint8_t)(is_plain(uid.ptr[i]) ? uid.ptr[i] :
								    '_'));
	sm_buf_puts(out, "-");
	sm_hex_put(out, k->pub.fpr + SM_PGPKEY_FPR - KEY_ID, KEY_ID);
	return sm_buf_puts(out, ".rsa.pub");
}

static int check_rsa(const struct pkg_key *k, struct sm_err *e)
{
	if (k->pub.alg == SM_PGPKEY_RSA)
		return 0;
	return sm_err_set(e, SM_ENOTSUP,
			  "apk takes no signature of this key's kind; use RSA");
}

/* The public key from the numbers of the OpenPGP packet; NULL: no memory. */
static EVP_PKEY *public_new(const struct sm_pgpkey *pub)
{
	BIGNUM *n = BN_bin2bn(pub->a, (int)pub->a_len, NULL);
	BIGNUM *exp = BN_bin2bn(pub->b, (int)pub->b_len, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (n && exp && build && ctx &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exp) &&
	    (params = OSSL_PARAM_BLD_to_param(build)) &&
	    EVP_PKEY_fromdata_init(ctx) > 0)
		(void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
					params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(exp);
	return pkey;
}

int pkg_apkkey_put(const struct pkg_key *k, struct sm_buf *out,
		   struct sm_err *e)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio = NULL;
	char *p = NULL;
	long len;
	int r;

	if ((r = check_rsa(k, e)) < 0)
		return r;
	pkey = public_new(&k->pub);
	bio = BIO_new(BIO_s_mem());
	if (!pkey || !bio || PEM_write_bio_PUBKEY(bio, pkey) != 1) {
		r = sm_err_set(e, SM_EIO, "cannot encode the public key");
		goto out;
	}
	len = BIO_get_mem_data(bio, &p);
	if ((r = sm_buf_put(out, p, (size_t)len)) < 0)
		sm_err_set(e, r, "key too large");
out:
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return r;
}

/* Why is known to whoever holds the key. */
static int sign_failed(struct sm_err *e)
{
	int r = pkg_signer_cause(e);

	return r < 0 ? r : sm_err_set(e, SM_EIO, "cannot sign an apk");
}

int pkg_apkkey_sign(const struct pkg_key *k, struct sm_str data,
		    struct sm_buf *out, struct sm_err *e)
{
	EVP_PKEY *pkey = k->signer ? pkg_signer_pkey(k->signer) : k->pkey;
	EVP_MD_CTX *ctx = NULL;
	uint8_t sig[SIG_BYTES_MAX];
	size_t len = sizeof(sig);
	int r;

	if ((r = check_rsa(k, e)) < 0)
		return r;
	ctx = EVP_MD_CTX_new();
	if (!ctx ||
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &len, (const unsigned char *)data.ptr,
			   data.len) != 1)
		r = sign_failed(e);
	else if ((r = sm_buf_put(out, sig, len)) < 0)
		sm_err_set(e, r, "signature too large");
	EVP_MD_CTX_free(ctx);
	return r;
}
