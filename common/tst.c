/*
 * RFC 3161 tokens. The SignedData around is read by signeddata.h; here are
 * what was signed, TSTInfo, and what an authority must be.
 *
 * Rule: the time that is returned is one that the authority signed, over the
 * very bytes that were given.
 */
#include "common/def.h"
#include "common/tst.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "common/aws/time.h"
#include "common/chain.h"
#include "common/oid.h"
#include "common/signeddata.h"

#define PURPOSE "1.3.6.1.5.5.7.3.8" /* id-kp-timeStamping */
#define TIME_DIGITS 14

static const struct sm_str oid_tst_info = SM_OID_TST_INFO;
static const struct sm_str oid_cert_v1 = SM_OID_SIGNING_CERT;
static const struct sm_str oid_cert_v2 = SM_OID_SIGNING_CERT_V2;

/* What TSTInfo says. */
struct info {
	enum sm_digest_alg alg;
	struct sm_str imprint;
	struct sm_str time;
	struct sm_str nonce;
};

static int malformed(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "malformed");
}

/* The parts that may be there, in their order. */
static int parse_rest(struct info *t, struct sm_str in)
{
	struct sm_der skip, nonce;

	if (sm_der_peek(in, SM_DER_SEQUENCE) && sm_der_next(&in, &skip) < 0)
		return SM_EFORMAT; /* accuracy */
	if (sm_der_peek(in, SM_DER_BOOLEAN) && sm_der_next(&in, &skip) < 0)
		return SM_EFORMAT; /* ordering */
	if (sm_der_peek(in, SM_DER_INTEGER)) {
		if (sm_der_next(&in, &nonce) < 0)
			return SM_EFORMAT;
		t->nonce = nonce.body;
	}
	if (sm_der_peek(in, SM_DER_CONSTRUCTED) && sm_der_next(&in, &skip) < 0)
		return SM_EFORMAT; /* the authority's name */
	/* [1] extensions: none is known, and none was asked for */
	return in.len ? SM_EFORMAT : 0;
}

static int parse_info(struct info *t, struct sm_str der, struct sm_err *e)
{
	struct sm_der all, policy, imprint, alg, hash, serial, time;
	uint32_t version;
	int r;

	memset(t, 0, sizeof(*t));
	if (sm_der_only(der, SM_DER_SEQUENCE, &all) < 0 ||
	    sm_der_u32(&all.body, &version) < 0 || version != 1 ||
	    sm_der_take(&all.body, SM_DER_OID, &policy) < 0 ||
	    sm_der_take(&all.body, SM_DER_SEQUENCE, &imprint) < 0 ||
	    sm_der_take(&imprint.body, SM_DER_SEQUENCE, &alg) < 0 ||
	    sm_der_only(imprint.body, SM_DER_OCTETS, &hash) < 0 ||
	    sm_der_take(&all.body, SM_DER_INTEGER, &serial) < 0 ||
	    sm_der_take(&all.body, SM_DER_TIME, &time) < 0 ||
	    parse_rest(t, all.body) < 0)
		return malformed(e);
	if ((r = sm_signeddata_digest(alg.body, &t->alg, e)) < 0)
		return r;
	t->imprint = hash.body;
	t->time = time.body;
	return 0;
}

/* "20260102030405Z", with a fraction or without. */
static int read_time(struct sm_str s, int64_t *sec, struct sm_err *e)
{
	char basic[TIME_DIGITS + 3];
	size_t i;

	if (s.len < TIME_DIGITS + 1 || s.ptr[s.len - 1] != 'Z')
		return malformed(e);
	if (s.len > TIME_DIGITS + 1 &&
	    (s.ptr[TIME_DIGITS] != '.' || s.len < TIME_DIGITS + 3))
		return malformed(e);
	for (i = TIME_DIGITS + 1; i + 1 < s.len; i++)
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return malformed(e);
	(void)snprintf(basic, sizeof(basic), "%.8sT%.6sZ", s.ptr, s.ptr + 8);
	if (sm_aws_time_basic(sm_str(basic), sec) < 0 || *sec <= 0)
		return malformed(e);
	return 0;
}

static int check_imprint(const struct info *t, struct sm_str stamped,
			 struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	int r = sm_digest_bytes(t->alg, stamped, digest, e);

	if (r < 0)
		return r;
	if (!sm_str_eq(t->imprint, sm_str_n(digest, sm_digest_size(t->alg))))
		return sm_err_set(e, SM_EVERIFY, "it is of other bytes");
	return 0;
}

/*
 * The first certificate that the token names in its signed attributes must be
 * that of its signer: otherwise another one could be put in its place.
 */
static int check_reference(const struct sm_signeddata *s, X509 *cert,
			   struct sm_err *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct sm_der value, list, id, alg, hash;
	enum sm_digest_alg with = SM_DIGEST_SHA256;
	unsigned len = 0;
	const EVP_MD *md;
	int r;

	r = sm_signeddata_attr(s->attrs.body, oid_cert_v2, &value);
	if (r == 0) {
		with = SM_DIGEST_SHA1; /* finds a certificate, proves nothing */
		r = sm_signeddata_attr(s->attrs.body, oid_cert_v1, &value);
	}
	if (r == 0)
		return sm_err_set(e, SM_EVERIFY,
				  "it does not name its certificate");
	if (r < 0 || value.tag != SM_DER_SEQUENCE ||
	    sm_der_take(&value.body, SM_DER_SEQUENCE, &list) < 0 ||
	    sm_der_take(&list.body, SM_DER_SEQUENCE, &id) < 0)
		return malformed(e);
	if (with != SM_DIGEST_SHA1 && sm_der_peek(id.body, SM_DER_SEQUENCE) &&
	    (sm_der_next(&id.body, &alg) < 0 ||
	     sm_signeddata_digest(alg.body, &with, e) < 0))
		return malformed(e);
	if (sm_der_take(&id.body, SM_DER_OCTETS, &hash) < 0)
		return malformed(e);
	md = EVP_get_digestbyname(sm_digest_name(with));
	if (!md || X509_digest(cert, md, digest, &len) != 1 ||
	    !sm_str_eq(hash.body, sm_str_n(digest, len)))
		return sm_err_set(e, SM_EVERIFY,
				  "it names another certificate");
	return 0;
}

/* RFC 3161 section 2.3: critical, and the only purpose. */
static int check_purpose(X509 *cert, struct sm_err *e)
{
	int at = X509_get_ext_by_NID(cert, NID_ext_key_usage, -1);

	if (at < 0 || !X509_EXTENSION_get_critical(X509_get_ext(cert, at)) ||
	    !sm_chain_has_purpose(cert, PURPOSE) ||
	    X509_check_purpose(cert, X509_PURPOSE_TIMESTAMP_SIGN, 0) != 1)
		return sm_err_set(e, SM_EVERIFY,
				  "its certificate is not one for time stamps");
	return 0;
}

static int check_chain(const struct sm_cms_policy *p, X509 *cert,
		       struct stack_st_X509 *certs, const struct sm_tst *t,
		       struct sm_err *e)
{
	int r;

	if (!p)
		return 0;
	if (t->time_sec > p->now + SM_TST_SKEW_SEC)
		return sm_err_set(e, SM_EVERIFY, "it is from the future");
	r = sm_chain_verify(p, SM_CHAIN_STAMP, cert, certs, t->time_sec, e);
	return r < 0 ? r : sm_chain_all(p, SM_CHAIN_STAMP, certs, e);
}

static int verify(const struct sm_cms_policy *p, struct sm_str token,
		  struct sm_str stamped, struct sm_tst *out, struct sm_err *e)
{
	struct stack_st_X509 *certs = NULL;
	struct sm_signeddata s;
	struct info t;
	X509 *cert = NULL;
	int r;

	if ((r = sm_signeddata_parse(&s, token, e)) < 0)
		return r;
	if (!sm_str_eq(s.type, oid_tst_info) || s.content.tag != SM_DER_OCTETS)
		return malformed(e);
	if (s.outside.len)
		return sm_err_set(e, SM_EVERIFY,
				  "it has attributes that are not signed");
	if ((r = parse_info(&t, s.content.body, e)) < 0 ||
	    (r = read_time(t.time, &out->time_sec, e)) < 0 ||
	    (r = check_imprint(&t, stamped, e)) < 0 ||
	    (r = sm_signeddata_verify(&s, &cert, &certs, e)) < 0)
		goto out;
	out->nonce = t.nonce;
	sm_chain_name(cert, out->authority, sizeof(out->authority));
	if ((r = check_reference(&s, cert, e)) == 0 &&
	    (r = check_purpose(cert, e)) == 0)
		r = check_chain(p, cert, certs, out, e);
out:
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return r;
}

int sm_tst_verify(const struct sm_cms_policy *p, struct sm_str token,
		  struct sm_str stamped, struct sm_tst *out, struct sm_err *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = verify(p, token, stamped, out, e);
	return r < 0 ? sm_err_wrap(e, r, "time stamp refused") : 0;
}
