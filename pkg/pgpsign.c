/*
 * Signature packets, RFC 4880 section 5.2.3, on OpenSSL.
 *
 * Rule: what a verifier must know is in the hashed part: creation time and the
 * issuer's whole fingerprint. The issuer's key id is repeated, not hashed, for
 * old readers that find keys by it (rpm does).
 */
#include "common/def.h"
#include "pkg/pgpsign.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "common/os/clock.h"
#include "common/pgppacket.h"
#include "pkg/ecdsa.h"
#include "pkg/key.h"
#include "pkg/signer.h"

#define DIGEST_BYTES 32
#define PAIR_BYTES 64 /* a signature of two numbers */

static void put_sub(struct sm_buf *out, enum sm_pgppacket_sub type,
		    const void *p, size_t len)
{
	sm_pgppacket_put_sub(out, type, sm_str_n(p, len));
}

static void put_hashed(const struct pkg_key *k, enum pkg_pgpsign_type type,
		       uint32_t when, struct sm_buf *out)
{
	const uint8_t created[4] = { (uint8_t)(when >> 24),
				     (uint8_t)(when >> 16),
				     (uint8_t)(when >> 8), (uint8_t)when };
	uint8_t fpr[1 + SM_PGPKEY_FPR] = { 4 };

	memcpy(fpr + 1, k->pub.fpr, sizeof(k->pub.fpr));
	put_sub(out, SM_PGP_SUB_ISSUER_FPR, fpr, sizeof(fpr));
	put_sub(out, SM_PGP_SUB_CREATED, created, sizeof(created));
	if (type != PKG_PGPSIGN_CERT)
		return;
	put_sub(out, SM_PGP_SUB_KEY_FLAGS, "\x03", 1); /* certify and sign */
	put_sub(out, SM_PGP_SUB_PREF_HASH, "\x08\x09\x0a", 3);
	put_sub(out, SM_PGP_SUB_FEATURES, "\x01", 1);
}

static int sign_rsa(EVP_PKEY *pkey, const uint8_t *digest, struct sm_buf *raw)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
	uint8_t sig[PKG_SIGNER_SIG_MAX];
	size_t len = sizeof(sig);
	int r = SM_EIO;

	if (c && EVP_PKEY_sign_init(c) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) > 0 &&
	    EVP_PKEY_sign(c, sig, &len, digest, DIGEST_BYTES) > 0)
		r = sm_buf_put(raw, sig, len);
	EVP_PKEY_CTX_free(c);
	return r;
}

static int sign_ecdsa(EVP_PKEY *pkey, const uint8_t *digest, struct sm_buf *raw,
		      struct sm_err *e)
{
	uint8_t sig[PKG_ECDSA_SIG];
	int r;

	if ((r = pkg_ecdsa_sign(pkey, digest, sig, e)) < 0)
		return r;
	return sm_buf_put(raw, sig, sizeof(sig));
}

/* OpenPGP signs the digest as if it were the message. */
static int sign_eddsa(EVP_PKEY *pkey, const uint8_t *digest, struct sm_buf *raw)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t sig[PAIR_BYTES];
	size_t len = sizeof(sig);
	int r = SM_EIO;

	if (c && EVP_DigestSignInit(c, NULL, NULL, NULL, pkey) > 0 &&
	    EVP_DigestSign(c, sig, &len, digest, DIGEST_BYTES) > 0)
		r = sm_buf_put(raw, sig, len);
	EVP_MD_CTX_free(c);
	return r;
}

static int sign_raw(const struct pkg_key *k, const uint8_t *digest,
		    struct sm_buf *raw, struct sm_err *e)
{
	if (k->signer)
		return pkg_signer_sign(k->signer, SM_DIGEST_SHA256,
				       sm_str_n(digest, DIGEST_BYTES), raw, e);
	switch (k->pub.alg) {
	case SM_PGPKEY_RSA:
		return sign_rsa(k->pkey, digest, raw);
	case SM_PGPKEY_ECDSA:
		return sign_ecdsa(k->pkey, digest, raw, e);
	default:
		return sign_eddsa(k->pkey, digest, raw);
	}
}

/* The fields behind the digest's first bytes, section 5.2.3. */
static int put_fields(const struct pkg_key *k, struct sm_str raw,
		      struct sm_buf *out)
{
	switch (k->pub.alg) {
	case SM_PGPKEY_RSA:
		return sm_pgppacket_put_mpi(out, raw);
	case SM_PGPKEY_ED25519:
		return sm_buf_put_str(out, raw);
	default: /* both have two numbers of 32 bytes */
		sm_pgppacket_put_mpi(out, sm_str_sub(raw, 0, PAIR_BYTES / 2));
		return sm_pgppacket_put_mpi(out, sm_str_sub(raw, PAIR_BYTES / 2,
							    raw.len));
	}
}

/* Append the fields of a signature that the public key confirms: a fault in
 * the making, by whoever holds the key, does not get out. */
static int sign_digest(const struct pkg_key *k, const uint8_t *digest,
		       struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf raw = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf fields = SM_BUF_INIT(SM_BUF_SMALL);
	int r;

	if ((r = sign_raw(k, digest, &raw, e)) < 0)
		goto out;
	if ((r = put_fields(k, sm_buf_str(&raw), &fields)) < 0)
		goto out;
	r = sm_pgpkey_check(&k->pub, SM_PGPKEY_SHA256, digest,
			    sm_buf_str(&fields), e);
	if (r < 0)
		sm_err_wrap(e, r, "a signature just made is not good");
	else
		r = sm_buf_put_str(out, sm_buf_str(&fields));
out:
	sm_buf_release(&raw);
	sm_buf_release(&fields);
	return r;
}

/* Feed what OpenPGP hashes behind the document, and finish the digest. */
static int finish_digest(EVP_MD_CTX *md, const struct sm_buf *head,
			 uint8_t *digest)
{
	uint8_t tail[6] = { 4, 0xff };
	unsigned len = 0;

	tail[4] = (uint8_t)(head->len >> 8); /* far below 64 KiB */
	tail[5] = (uint8_t)head->len;
	if (EVP_DigestUpdate(md, head->ptr, head->len) <= 0 ||
	    EVP_DigestUpdate(md, tail, sizeof(tail)) <= 0 ||
	    EVP_DigestFinal_ex(md, digest, &len) <= 0 || len != DIGEST_BYTES)
		return SM_EIO;
	return 0;
}

int pkg_pgpsign_check(const struct pkg_key *k, int64_t when_sec,
		      struct sm_err *e)
{
	char date[32] = "?";
	struct tm tm;

	if (when_sec < (int64_t)k->pub.created)
		return sm_err_set(e, SM_EUSAGE,
				  "time of signature %lld is before the key's "
				  "%u",
				  (long long)when_sec,
				  (unsigned)k->pub.created);
	if (!k->expires || when_sec < k->expires)
		return 0;
	if (sm_os_clock_utc(k->expires, &tm) == 0)
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	return sm_err_set(e, SM_EUSAGE, "the signing key expired on %s", date);
}

int pkg_pgpsign_put(const struct pkg_key *k, enum pkg_pgpsign_type type,
		    EVP_MD_CTX *md, uint32_t when_sec, struct sm_buf *out,
		    struct sm_err *e)
{
	struct sm_buf sub = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf body = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[DIGEST_BYTES];
	int r;

	if ((r = pkg_pgpsign_check(k, when_sec, e)) < 0)
		goto out;
	put_hashed(k, type, when_sec, &sub);
	sm_buf_put_u8(&body, 4);
	sm_buf_put_u8(&body, (uint8_t)type);
	sm_buf_put_u8(&body, (uint8_t)k->pub.alg);
	sm_buf_put_u8(&body, SM_PGPKEY_SHA256);
	sm_buf_put_u16be(&body, (uint16_t)sub.len);
	sm_buf_put_str(&body, sm_buf_str(&sub));
	if ((r = finish_digest(md, &body, digest)) < 0)
		goto out;
	sm_buf_put_u16be(&body, 2 + 8); /* not hashed: the key id */
	put_sub(&body, SM_PGP_SUB_ISSUER, k->pub.fpr + SM_PGPKEY_FPR - 8, 8);
	sm_buf_put(&body, digest, 2);
	if ((r = sign_digest(k, digest, &body, e)) < 0)
		goto out;
	r = sm_pgppacket_put(out, SM_PGP_SIGNATURE, sm_buf_str(&body));
out:
	sm_buf_release(&sub);
	sm_buf_release(&body);
	if (r < 0 && (!e || !e->code))
		sm_err_set(e, r, "cannot make a signature");
	return r;
}

uint32_t pkg_pgpsign_time(const struct pkg_key *k, uint32_t sec)
{
	return sec > k->pub.created ? sec : k->pub.created;
}

int pkg_pgpsign_put_data(const struct pkg_key *k, struct sm_str data,
			 uint32_t when_sec, struct sm_buf *out,
			 struct sm_err *e)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int r;

	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) <= 0 ||
	    EVP_DigestUpdate(md, data.ptr, data.len) <= 0)
		r = sm_err_set(e, SM_EIO, "cannot start a digest");
	else
		r = pkg_pgpsign_put(k, PKG_PGPSIGN_BINARY, md, when_sec, out,
				    e);
	EVP_MD_CTX_free(md);
	return r;
}
