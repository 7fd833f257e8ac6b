/*
 * The client of RFC 3161 over HTTP.
 *
 * Rule: a token goes nowhere before it was verified; there is no second try,
 * and no signature without the time stamp that was asked for.
 */
#include "common/def.h"
#include "pkg/tsa.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include "common/digest.h"
#include "common/http.h"
#include "common/tst.h"
#include "pkg/der.h"

#define NONCE_SIZE 8
#define TEXT_MAX 120
#define GRANTED 0
#define GRANTED_WITH_MODS 1

static int malformed(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "answer is no time stamp response");
}

/* TimeStampReq */
static int put_request(struct sm_buf *b, const uint8_t *digest,
		       const uint8_t *nonce)
{
	size_t all = b->len, imprint;

	pkg_der_put_u32(b, 1);
	imprint = b->len;
	pkg_der_put_algorithm(b, pkg_der_oid_sha256, true);
	pkg_der_put(b, SM_DER_OCTETS, sm_str_n(digest, SM_SHA256_SIZE));
	pkg_der_wrap(b, imprint, SM_DER_SEQUENCE);
	pkg_der_put_bytes(b, nonce, NONCE_SIZE);
	pkg_der_put(b, SM_DER_BOOLEAN, sm_str("\xff"));
	return pkg_der_wrap(b, all, SM_DER_SEQUENCE);
}

static int exchange(const struct pkg_tsa *t, struct sm_str request,
		    struct sm_http_response *p, struct sm_err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/timestamp-query",
		"Accept: application/timestamp-reply",
	};
	struct sm_http_request q = { 0 };
	int r;

	q.method = "POST";
	q.url = t->url;
	q.headers = headers;
	q.n_headers = SM_ARRAY_LEN(headers);
	q.body = request;
	q.total_timeout_ms = t->timeout_ms ? t->timeout_ms : PKG_TSA_TIMEOUT_MS;
	q.max_body = PKG_TSA_TOKEN_MAX;
	if ((r = sm_http_perform(&q, p, e)) < 0)
		return r;
	if (p->status != 200)
		return sm_err_set(e, SM_ENET, "answer has status %d",
				  p->status);
	return 0;
}

/* The first text of PKIFreeText, as far as it is plain. */
static void take_text(struct sm_str in, char *out, size_t size)
{
	struct sm_der list, text;
	size_t i;

	out[0] = '\0';
	if (sm_der_take(&in, SM_DER_SEQUENCE, &list) < 0 ||
	    sm_der_take(&list.body, SM_DER_UTF8, &text) < 0 ||
	    text.body.len >= size)
		return;
	for (i = 0; i < text.body.len; i++)
		if (text.body.ptr[i] < ' ' || text.body.ptr[i] == 0x7f)
			return;
	memcpy(out, text.body.ptr, i);
	out[i] = '\0';
}

/* TimeStampResp: PKIStatusInfo and, if it was granted, the token. */
static int parse_response(struct sm_str in, struct sm_der *token,
			  struct sm_err *e)
{
	struct sm_der all, status;
	char text[TEXT_MAX];
	uint32_t n;

	if (sm_der_only(in, SM_DER_SEQUENCE, &all) < 0 ||
	    sm_der_take(&all.body, SM_DER_SEQUENCE, &status) < 0 ||
	    sm_der_u32(&status.body, &n) < 0)
		return malformed(e);
	if (n != GRANTED && n != GRANTED_WITH_MODS) {
		take_text(status.body, text, sizeof(text));
		return sm_err_set(e, SM_ENET,
				  "the authority refuses, with status %u%s%s",
				  n, text[0] ? ": " : "", text);
	}
	if (sm_der_only(all.body, SM_DER_SEQUENCE, token) < 0)
		return malformed(e);
	return 0;
}

/* The body of the INTEGER that we sent. */
static bool is_nonce(struct sm_str got, const uint8_t *nonce)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str in;
	struct sm_der want;
	bool same;

	pkg_der_put_bytes(&b, nonce, NONCE_SIZE);
	in = sm_buf_str(&b);
	same = sm_der_next(&in, &want) == 0 && sm_str_eq(got, want.body);
	sm_buf_release(&b);
	return same;
}

static int stamp(const struct pkg_tsa *t, struct sm_str stamped,
		 struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf request = SM_BUF_INIT(SM_BUF_SMALL);
	uint8_t digest[SM_SHA256_SIZE], nonce[NONCE_SIZE];
	struct sm_http_response p;
	struct sm_der token;
	struct sm_tst tst;
	int r;

	sm_http_response_init(&p, false);
	if (RAND_bytes(nonce, sizeof(nonce)) != 1) {
		r = sm_err_set(e, SM_EIO, "no random numbers");
		goto out;
	}
	r = sm_digest_bytes(SM_DIGEST_SHA256, stamped, digest, e);
	if (r < 0)
		goto out;
	put_request(&request, digest, nonce);
	if ((r = exchange(t, sm_buf_str(&request), &p, e)) < 0 ||
	    (r = parse_response(sm_buf_str(&p.body), &token, e)) < 0 ||
	    (r = sm_tst_verify(t->policy.n_tsa_roots ? &t->policy : NULL,
			       token.whole, stamped, &tst, e)) < 0)
		goto out;
	if (!is_nonce(tst.nonce, nonce))
		r = sm_err_set(e, SM_EVERIFY,
			       "time stamp answers another question");
	else if (sm_buf_put_str(out, token.whole) < 0)
		r = sm_err_set(e, SM_ELIMIT, "no room for a time stamp");
out:
	sm_http_response_release(&p);
	sm_buf_release(&request);
	return r;
}

int pkg_tsa_stamp(const struct pkg_tsa *t, struct sm_str stamped,
		  struct sm_buf *token, struct sm_err *e)
{
	struct sm_buf url = SM_BUF_INIT(SM_BUF_SMALL);
	int r = sm_http_init(e);

	if (r < 0)
		return r;
	if ((r = stamp(t, stamped, token, e)) < 0) {
		(void)sm_http_url_show(&url, t->url); /* for a message */
		sm_err_wrap(e, r, "cannot get a time stamp from '%s'",
			    sm_buf_z(&url));
	}
	sm_http_cleanup();
	sm_buf_release(&url);
	return r;
}

/* --- into a CMS ------------------------------------------------------------ */

static int add_token(CMS_SignerInfo *info, struct sm_str token,
		     struct sm_err *e)
{
	if (CMS_unsigned_add1_attr_by_NID(info, NID_id_smime_aa_timeStampToken,
					  V_ASN1_SEQUENCE, token.ptr,
					  (int)token.len) != 1)
		return sm_err_set(e, SM_EIO, "cannot add a time stamp");
	return 0;
}

int pkg_tsa_stamp_cms(const struct pkg_tsa *t, struct sm_buf *cms,
		      struct sm_err *e)
{
	struct sm_buf token = SM_BUF_INIT(PKG_TSA_TOKEN_MAX);
	const unsigned char *at = (const unsigned char *)sm_buf_z(cms);
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &at, (long)cms->len);
	STACK_OF(CMS_SignerInfo) *infos = info ? CMS_get0_SignerInfos(info) :
						 NULL;
	CMS_SignerInfo *signer;
	ASN1_OCTET_STRING *sig;
	unsigned char *der = NULL;
	int len, r;

	if (sk_CMS_SignerInfo_num(infos) != 1) {
		r = sm_err_set(e, SM_EFORMAT, "CMS signature is malformed");
		goto out;
	}
	signer = sk_CMS_SignerInfo_value(infos, 0);
	sig = CMS_SignerInfo_get0_signature(signer);
	r = pkg_tsa_stamp(t,
			  sm_str_n(ASN1_STRING_get0_data(sig),
				   (size_t)ASN1_STRING_length(sig)),
			  &token, e);
	if (r < 0 || (r = add_token(signer, sm_buf_str(&token), e)) < 0)
		goto out;
	len = i2d_CMS_ContentInfo(info, &der);
	sm_buf_clear(cms);
	if (len < 0 || sm_buf_put(cms, der, (size_t)len) < 0)
		r = sm_err_set(e, SM_ELIMIT,
			       "no room for a signature with its time stamp");
out:
	OPENSSL_free(der);
	CMS_ContentInfo_free(info);
	sm_buf_release(&token);
	ERR_clear_error();
	return r;
}
