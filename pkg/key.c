/*
 * OpenPGP v4 secret keys: files, user ids, fingerprints.
 *
 * Rule: a key in memory always has a matching pair of numbers, a fingerprint
 * and at least one user id with its self-signature, because gpg and rpm take
 * no public key without them. Subkeys are left out when a key is read.
 */
#include "common/def.h"
#include "pkg/key.h"

#include <openssl/evp.h>

#include "common/armor.h"
#include "common/openpgp.h"
#include "common/pgppacket.h"
#include "pkg/keypkt.h"
#include "pkg/pgpsign.h"
#include "pkg/signer.h"

void pkg_key_init(struct pkg_key *k)
{
	memset(k, 0, sizeof(*k));
	sm_buf_init(&k->body, SM_BUF_SMALL);
	sm_buf_init(&k->secret, SM_BUF_SMALL);
	k->secret.secret = true;
	sm_buf_init(&k->certs, SM_BUF_SMALL);
	sm_buf_init(&k->uid, PKG_KEY_UID_MAX);
}

void pkg_key_release(struct pkg_key *k)
{
	EVP_PKEY_free(k->pkey);
	k->pkey = NULL;
	pkg_signer_free(k->signer);
	k->signer = NULL;
	sm_buf_release(&k->body);
	sm_buf_release(&k->secret);
	sm_buf_release(&k->certs);
	sm_buf_release(&k->uid);
}

static int malformed(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "not an OpenPGP secret key");
}

static unsigned checksum(struct sm_str s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum += (uint8_t)s.ptr[i];
	return sum & 0xffff;
}

/* What stands between the public and the secret numbers, section 5.5.3. */
static int check_protection(struct sm_str *rest, struct sm_err *e)
{
	const uint8_t *b = (const uint8_t *)rest->ptr;

	if (rest->len < 1)
		return malformed(e);
	if (rest->len >= 7 && b[0] >= 254 && !memcmp(b + 4, "GNU", 3))
		return sm_err_set(e, SM_ENOTSUP,
				  "the secret part of the key is elsewhere "
				  "(card or off-line primary key)");
	if (b[0] != 0)
		return sm_err_set(e, SM_ENOTSUP,
				  "the key is protected by a passphrase; "
				  "export it without one");
	*rest = sm_str_sub(*rest, 1, rest->len);
	return 0;
}

static int parse_body(struct pkg_key *k, struct sm_str body, struct sm_err *e)
{
	struct sm_str secret;
	struct sm_str rest;
	size_t used = 0;
	unsigned sum;
	int r;

	if ((r = sm_pgpkey_parse(&k->pub, body, &used, e)) < 0)
		return r;
	sm_buf_put(&k->body, body.ptr, used);
	rest = sm_str_sub(body, used, body.len);
	if ((r = check_protection(&rest, e)) < 0)
		return r;
	if ((r = pkg_keypkt_secret(k->pub.alg, &rest, &secret, e)) < 0)
		return r;
	sum = checksum(secret);
	if (rest.len != 2 || (uint8_t)rest.ptr[0] != sum >> 8 ||
	    (uint8_t)rest.ptr[1] != (sum & 0xff))
		return sm_err_set(e, SM_EFORMAT,
				  "wrong checksum of the secret key");
	sm_buf_put_str(&k->secret, secret);
	return pkg_keypkt_load(&k->pub, secret, &k->pkey, e);
}

static void put_public_packets(const struct pkg_key *k, struct sm_buf *out)
{
	sm_pgppacket_put(out, SM_PGP_PUBLIC_KEY, sm_buf_str(&k->body));
	sm_buf_put_str(out, sm_buf_str(&k->certs));
}

/* Keep user ids and their signatures, up to the first subkey or next key. */
static int parse_certs(struct pkg_key *k, struct sm_str rest, struct sm_err *e)
{
	struct sm_str body;
	unsigned tag;
	bool of_uid = false; /* signatures here belong to a user id */
	bool certified = false;
	int r;

	while ((r = sm_pgppacket_next(&rest, &tag, &body, e)) > 0) {
		if (tag == SM_PGP_PUBLIC_SUBKEY ||
		    tag == SM_PGP_SECRET_SUBKEY || tag == SM_PGP_PUBLIC_KEY ||
		    tag == SM_PGP_SECRET_KEY)
			break;
		if (tag != SM_PGP_SIGNATURE)
			of_uid = tag == SM_PGP_USER_ID;
		if (!of_uid)
			continue;
		if (tag == SM_PGP_USER_ID && k->uid.len == 0)
			sm_buf_put_str(&k->uid, body);
		certified = certified || tag == SM_PGP_SIGNATURE;
		sm_pgppacket_put(&k->certs, tag, body);
	}
	if (r < 0)
		return r;
	if (k->uid.err || k->certs.err)
		return sm_err_set(e, SM_ELIMIT, "user ids of the key too long");
	if (!certified)
		return sm_err_set(e, SM_EFORMAT,
				  "the key has no user id with a signature");
	return 0;
}

/* Would those who get the public part take it? Its own signatures tell, and
 * so does a damaged creation time, which the numbers do not show. */
static int check_public(struct pkg_key *k, struct sm_err *e)
{
	struct sm_openpgp_ring ring = SM_OPENPGP_RING_INIT;
	struct sm_buf bin = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	int r;

	put_public_packets(k, &bin);
	if ((r = sm_openpgp_ring_add(&ring, sm_buf_str(&bin), e)) < 0)
		r = sm_err_wrap(e, SM_EFORMAT,
				"its public part would be refused");
	for (size_t i = 0; i < ring.n; i++)
		if (!memcmp(ring.key[i].pub.fpr, k->pub.fpr,
			    sizeof(k->pub.fpr)))
			k->expires = ring.key[i].expires;
	sm_openpgp_ring_release(&ring);
	sm_buf_release(&bin);
	return r;
}

int pkg_key_parse(struct pkg_key *k, struct sm_str file, struct sm_err *e)
{
	struct sm_buf bin = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	struct sm_str rest = file;
	struct sm_str body;
	unsigned tag;
	int r;

	if (sm_armor_is(file)) {
		r = sm_armor_decode(&bin, SM_ARMOR_SECRET, file, e);
		if (r < 0)
			goto out;
		rest = sm_buf_str(&bin);
	}
	if (sm_pgppacket_next(&rest, &tag, &body, e) <= 0) {
		r = malformed(e);
		goto out;
	}
	if (tag != SM_PGP_SECRET_KEY) {
		r = malformed(e);
		goto out;
	}
	if ((r = parse_body(k, body, e)) < 0)
		goto out;
	if ((r = parse_certs(k, rest, e)) < 0)
		goto out;
	r = check_public(k, e);
out:
	sm_buf_release(&bin);
	return r;
}

/* --- making --------------------------------------------------------------- */

/* Positive certification of the user id by the key itself, section 5.2.4. */
static int self_sign(struct pkg_key *k, struct sm_err *e)
{
	const uint8_t key_head[3] = { 0x99, (uint8_t)(k->body.len >> 8),
				      (uint8_t)k->body.len };
	const uint8_t uid_head[5] = { 0xb4, 0, 0, (uint8_t)(k->uid.len >> 8),
				      (uint8_t)k->uid.len };
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	int r;

	sm_pgppacket_put(&k->certs, SM_PGP_USER_ID, sm_buf_str(&k->uid));
	if (!c || EVP_DigestInit_ex(c, EVP_sha256(), NULL) <= 0 ||
	    EVP_DigestUpdate(c, key_head, sizeof(key_head)) <= 0 ||
	    EVP_DigestUpdate(c, k->body.ptr, k->body.len) <= 0 ||
	    EVP_DigestUpdate(c, uid_head, sizeof(uid_head)) <= 0 ||
	    EVP_DigestUpdate(c, k->uid.ptr, k->uid.len) <= 0)
		r = sm_err_set(e, SM_EIO, "cannot start a digest");
	else
		r = pkg_pgpsign_put(k, PKG_PGPSIGN_CERT, c, k->pub.created,
				    &k->certs, e);
	EVP_MD_CTX_free(c);
	return r;
}

static EVP_PKEY *make_pair(const char *type)
{
	if (!strcmp(type, "ed25519"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!strcmp(type, "p256"))
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
				 (size_t)(type[3] == '4' ? 4096 : 3072));
}

static int check_uid(struct sm_str uid, struct sm_err *e)
{
	if (uid.len == 0 || uid.len > PKG_KEY_UID_MAX || !sm_str_utf8(uid))
		return sm_err_set(e, SM_EUSAGE,
				  "name of the key: 1 to %d bytes of UTF-8",
				  PKG_KEY_UID_MAX);
	for (size_t i = 0; i < uid.len; i++)
		if ((uint8_t)uid.ptr[i] < 0x20)
			return sm_err_set(e, SM_EUSAGE,
					  "control character in the name");
	return 0;
}

static int check_request(const char *type, struct sm_str uid, struct sm_err *e)
{
	static const char *const types[] = { "ed25519", "rsa3072", "rsa4096",
					     "p256" };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(types); i++)
		if (!strcmp(type, types[i]))
			break;
	if (i == SM_ARRAY_LEN(types))
		return sm_err_set(e, SM_EUSAGE,
				  "key type '%s': not one of ed25519, rsa3072, "
				  "rsa4096, p256",
				  type);
	return check_uid(uid, e);
}

int pkg_key_generate(struct pkg_key *k, const char *type, struct sm_str uid,
		     uint32_t created_sec, struct sm_err *e)
{
	int r;

	if ((r = check_request(type, uid, e)) < 0)
		return r;
	k->pkey = make_pair(type);
	if (!k->pkey)
		return sm_err_set(e, SM_EIO, "cannot make a key pair");
	r = pkg_keypkt_store(k->pkey, created_sec, &k->pub, &k->secret, e);
	if (r < 0)
		return r;
	sm_pgpkey_put(&k->body, &k->pub);
	sm_buf_put_str(&k->uid, uid);
	return self_sign(k, e);
}

/* --- held elsewhere ------------------------------------------------------- */

int pkg_key_certify(struct pkg_key *k, const char *spec, EVP_PKEY *pub,
		    struct sm_str uid, uint32_t created_sec, struct sm_err *e)
{
	int r;

	if ((r = check_uid(uid, e)) < 0)
		return r;
	if ((r = pkg_signer_open_new(&k->signer, spec, pub, e)) < 0)
		return r;
	r = pkg_keypkt_describe(pkg_signer_public(k->signer), created_sec,
				&k->pub, e);
	if (r < 0)
		return r;
	sm_pgpkey_put(&k->body, &k->pub);
	sm_buf_put_str(&k->uid, uid);
	return self_sign(k, e);
}

int pkg_key_attach(struct pkg_key *k, const char *spec, struct sm_str block,
		   struct sm_err *e)
{
	struct sm_buf bin = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	EVP_PKEY *pub = NULL;
	struct sm_str rest = block;
	struct sm_str body;
	unsigned tag = 0;
	int r;

	if (sm_armor_is(block)) {
		r = sm_armor_decode(&bin, SM_ARMOR_PUBLIC, block, e);
		if (r < 0)
			goto out;
		rest = sm_buf_str(&bin);
	}
	if (sm_pgppacket_next(&rest, &tag, &body, NULL) <= 0 ||
	    tag != SM_PGP_PUBLIC_KEY) {
		r = sm_err_set(e, SM_EFORMAT, "not an OpenPGP public key");
		goto out;
	}
	if ((r = sm_pgpkey_parse(&k->pub, body, NULL, e)) < 0)
		goto out;
	sm_buf_put_str(&k->body, body);
	if ((r = parse_certs(k, rest, e)) < 0 || (r = check_public(k, e)) < 0)
		goto out;
	if ((r = pkg_keypkt_public(&k->pub, &pub, e)) == 0)
		r = pkg_signer_open_new(&k->signer, spec, pub, e);
out:
	EVP_PKEY_free(pub);
	sm_buf_release(&bin);
	return r;
}

int pkg_key_put_public(const struct pkg_key *k, struct sm_buf *out,
		       struct sm_err *e)
{
	struct sm_buf bin = SM_BUF_INIT(PKG_KEY_FILE_MAX);
	int r;

	put_public_packets(k, &bin);
	r = sm_armor_encode(out, SM_ARMOR_PUBLIC, sm_buf_str(&bin));
	if (r < 0)
		sm_err_set(e, r, "cannot armor the key");
	sm_buf_release(&bin);
	return r;
}

int pkg_key_put_secret(const struct pkg_key *k, struct sm_buf *out,
		       struct sm_err *e)
{
	struct sm_buf body = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	struct sm_buf bin = SM_BUF_SECRET(PKG_KEY_FILE_MAX);
	int r;

	if (k->signer)
		return sm_err_set(e, SM_ENOTSUP,
				  "the secret part of the key is elsewhere");
	sm_buf_put_str(&body, sm_buf_str(&k->body));
	sm_buf_put_u8(&body, 0); /* not protected */
	sm_buf_put_str(&body, sm_buf_str(&k->secret));
	sm_buf_put_u16be(&body, (uint16_t)checksum(sm_buf_str(&k->secret)));
	sm_pgppacket_put(&bin, SM_PGP_SECRET_KEY, sm_buf_str(&body));
	sm_buf_put_str(&bin, sm_buf_str(&k->certs));
	r = sm_armor_encode(out, SM_ARMOR_SECRET, sm_buf_str(&bin));
	if (r < 0)
		sm_err_set(e, r, "cannot armor the key");
	sm_buf_release(&body);
	sm_buf_release(&bin);
	return r;
}
