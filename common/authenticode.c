/*
 * Authenticode: the certificate table holds SignedData, whose content is the
 * digest of the image.
 *
 * Rule: everything is compared, nothing is skipped. The image is what pe.h
 * digests; the table is one entry, DER and less than eight zeros.
 */
#include "common/def.h"
#include "common/authenticode.h"

#include <openssl/x509.h>

#include "common/chain.h"
#include "common/oid.h"
#include "common/signeddata.h"
#include "common/tst.h"

static const struct sm_str oid_indirect = SM_OID_SPC_INDIRECT;
static const struct sm_str oid_pe_image = SM_OID_SPC_PE_IMAGE;
static const struct sm_str oid_sip_info = SM_OID_SPC_SIP_INFO;
static const struct sm_str oid_opus = SM_OID_SPC_OPUS;
static const struct sm_str oid_stamp = SM_OID_SPC_STAMP;
static const struct sm_str oid_nested = SM_OID_SPC_NESTED;
/* the time stamps before RFC 3161 */
static const struct sm_str oid_counter = SM_OID_COUNTERSIGNATURE;
/* SpcPeImageData's classes of page hashes */
static const struct sm_str page_class =
	SM_STR_LIT("\xa6\xb5\x86\xd5\xb4\xa1\x24\x66"
		   "\xae\x05\xa2\x17\xda\x8e\x60\xd6");

/* Signatures made with it end with their certificate, stamped or not. */
#define EKU_LIFETIME "1.3.6.1.4.1.311.10.3.13"
#define ALIGN 8

static int malformed(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "signature is malformed");
}

void sm_authenticode_policy(struct sm_cms_policy *p, int64_t now_sec)
{
	memset(p, 0, sizeof(*p));
	p->eku = SM_AUTHENTICODE_EKU;
	p->team = "";
	p->nested = true;
	p->now = now_sec;
}

/* --- what was signed ------------------------------------------------------- */

/* What a signature may be over. */
struct subject {
	struct sm_str type;
	const char *name;
	sm_authenticode_digest_fn *digest;
	void *user;
};

struct image {
	const struct sm_pe *pe;
	int fd;
};

static int digest_image(void *user, enum sm_digest_alg alg, uint8_t *out,
			struct sm_err *e)
{
	const struct image *i = user;

	return sm_pe_digest(i->pe, i->fd, alg, out, e);
}

/* The digest in SpcIndirectDataContent must be that of the subject. */
static int check_content(const struct sm_signeddata *s,
			 const struct subject *subject,
			 struct sm_authenticode *out, struct sm_err *e)
{
	uint8_t digest[SM_DIGEST_MAX];
	struct sm_str in = s->content.body;
	struct sm_der data, type, info, alg, hash;
	int r;

	if (!sm_str_eq(s->type, oid_indirect) ||
	    s->content.tag != SM_DER_SEQUENCE ||
	    sm_der_take(&in, SM_DER_SEQUENCE, &data) < 0 ||
	    sm_der_take(&data.body, SM_DER_OID, &type) < 0 ||
	    sm_der_only(in, SM_DER_SEQUENCE, &info) < 0 ||
	    sm_der_take(&info.body, SM_DER_SEQUENCE, &alg) < 0 ||
	    sm_der_only(info.body, SM_DER_OCTETS, &hash) < 0)
		return malformed(e);
	if (!sm_str_eq(type.body, subject->type))
		return sm_err_set(e, SM_EVERIFY, "signature is not one of a %s",
				  subject->name);
	out->page_hashes = sm_str_find(data.body, page_class) >= 0;
	if ((r = sm_signeddata_digest(alg.body, &out->alg, e)) < 0 ||
	    (r = subject->digest(subject->user, out->alg, digest, e)) < 0)
		return r;
	if (!sm_str_eq(hash.body, sm_str_n(digest, sm_digest_size(out->alg))))
		return sm_err_set(e, SM_EVERIFY,
				  "%s has been changed since it was signed",
				  subject->name);
	return 0;
}

static int check_checksum(const struct sm_pe *pe, int fd, struct sm_err *e)
{
	uint32_t has, want;
	int r = sm_pe_checksum(pe, fd, &has, &want, e);

	if (r == 0 && has && has != want)
		r = sm_err_set(e, SM_EVERIFY,
			       "checksum in the header is 0x%08x, not 0x%08x",
			       has, want);
	return r;
}

/* --- who signed, and when -------------------------------------------------- */

/* Only a time stamp may be there, and only once. */
static int check_outside(const struct sm_signeddata *s, struct sm_err *e)
{
	struct sm_str in = s->outside;
	struct sm_der attr, type;

	while (in.len) {
		if (sm_der_take(&in, SM_DER_SEQUENCE, &attr) < 0 ||
		    sm_der_take(&attr.body, SM_DER_OID, &type) < 0)
			return malformed(e);
		if (sm_str_eq(type.body, oid_stamp))
			continue;
		if (sm_str_eq(type.body, oid_nested))
			return sm_err_set(e, SM_EVERIFY,
					  "program has a second signature "
					  "inside the first");
		if (sm_str_eq(type.body, oid_counter))
			return sm_err_set(e, SM_EVERIFY,
					  "time stamp is of the old kind, "
					  "not RFC 3161");
		return sm_err_set(e, SM_EVERIFY,
				  "signature carries an attribute that is "
				  "not signed");
	}
	return 0;
}

static int check_stamp(const struct sm_cms_policy *p,
		       const struct sm_signeddata *s, struct sm_cms_signer *out,
		       struct sm_err *e)
{
	struct sm_der token;
	struct sm_tst stamp;
	int r;

	if ((r = check_outside(s, e)) < 0)
		return r;
	r = sm_signeddata_attr(s->outside, oid_stamp, &token);
	if (r <= 0)
		return r < 0 ? malformed(e) : 0;
	if ((r = sm_tst_verify(p, token.whole, s->signature, &stamp, e)) < 0)
		return r;
	out->stamped_sec = stamp.time_sec;
	memcpy(out->stamp_by, stamp.authority, sizeof(out->stamp_by));
	return 0;
}

static int check_signer(const struct sm_cms_policy *p,
			const struct sm_signeddata *s,
			struct sm_cms_signer *out, struct sm_err *e)
{
	const struct sm_cms_policy any = { .eku = "", .team = "" };
	struct stack_st_X509 *certs = NULL;
	X509 *cert = NULL;
	int64_t at;
	int r;

	if ((r = sm_signeddata_verify(s, &cert, &certs, e)) < 0 ||
	    (r = check_stamp(p, s, out, e)) < 0)
		goto out;
	if (!p) {
		r = sm_chain_signer(&any, cert, out, e);
		goto out;
	}
	at = out->stamped_sec && !sm_chain_has_purpose(cert, EKU_LIFETIME) ?
		     out->stamped_sec :
		     p->now;
	if ((r = sm_chain_verify(p, SM_CHAIN_SIGNER, cert, certs, at, e)) ==
		    0 &&
	    (r = sm_chain_all(p, SM_CHAIN_SIGNER, certs, e)) == 0)
		r = sm_chain_signer(p, cert, out, e);
out:
	sk_X509_pop_free(certs, X509_free);
	return r;
}

/* --- SpcSpOpusInfo --------------------------------------------------------- */

/* BMPString, 16 bits a character; what is not plain text is left out. */
static void take_bmp(struct sm_str in, char *out, size_t size)
{
	size_t n = 0, i;
	unsigned c;

	for (i = 0; i + 1 < in.len; i += 2) {
		c = (unsigned)(uint8_t)in.ptr[i] << 8 | (uint8_t)in.ptr[i + 1];
		if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c < 0xe000) ||
		    n + 4 > size)
			break;
		if (c < 0x80) {
			out[n++] = (char)c;
			continue;
		}
		if (c >= 0x800) {
			out[n++] = (char)(0xe0 | c >> 12);
			out[n++] = (char)(0x80 | (c >> 6 & 0x3f));
		} else {
			out[n++] = (char)(0xc0 | c >> 6);
		}
		out[n++] = (char)(0x80 | (c & 0x3f));
	}
	out[n] = '\0';
}

static void take_ascii(struct sm_str in, char *out, size_t size)
{
	size_t n = 0;

	while (n < in.len && n + 1 < size && in.ptr[n] >= ' ' &&
	       in.ptr[n] < 0x7f) {
		out[n] = in.ptr[n];
		n++;
	}
	out[n] = '\0';
}

/* SpcString: [0] in 16 bits a character, or [1] in 7. */
static void take_string(struct sm_str in, char *out, size_t size)
{
	struct sm_der text;

	if (sm_der_only(in, SM_DER_CONTEXT, &text) == 0)
		take_bmp(text.body, out, size);
	else if (sm_der_only(in, SM_DER_CONTEXT | 1, &text) == 0)
		take_ascii(text.body, out, size);
}

/* SEQUENCE { [0] { name }, [1] { [0] URL } }, both optional. */
static void take_opus(const struct sm_signeddata *s,
		      struct sm_authenticode *out)
{
	struct sm_der opus, outer, inner;
	struct sm_str in;

	if (sm_signeddata_attr(s->attrs.body, oid_opus, &opus) != 1)
		return;
	in = opus.body;
	if (sm_der_take(&in, SM_DER_CONSTRUCTED, &outer) == 0)
		take_string(outer.body, out->program, sizeof(out->program));
	if (sm_der_take(&in, SM_DER_CONSTRUCTED | 1, &outer) == 0 &&
	    sm_der_only(outer.body, SM_DER_CONTEXT, &inner) == 0)
		take_ascii(inner.body, out->url, sizeof(out->url));
}

/* --- the whole ------------------------------------------------------------- */

/* The DER at the front; behind it only zeros up to the next multiple of 8. */
static int cut_padding(struct sm_str *der, struct sm_err *e)
{
	struct sm_str rest = *der;
	struct sm_der all;
	size_t i;

	if (sm_der_take(&rest, SM_DER_SEQUENCE, &all) < 0)
		return malformed(e);
	for (i = 0; i < rest.len; i++)
		if (rest.ptr[i] || i == ALIGN - 1)
			return sm_err_set(e, SM_EFORMAT,
					  "certificate table has bytes behind "
					  "the signature");
	*der = all.whole;
	return 0;
}

int sm_authenticode_verify(const struct sm_cms_policy *p, int fd,
			   struct sm_authenticode *out, struct sm_err *e)
{
	struct sm_buf table = SM_BUF_INIT(SM_SIGNEDDATA_MAX + ALIGN);
	struct sm_signeddata s;
	struct sm_str der;
	struct sm_pe pe;
	struct image image = { &pe, fd };
	const struct subject subject = { oid_pe_image, "program", digest_image,
					 &image };
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = sm_pe_read(&pe, fd, e)) < 0 ||
	    (r = sm_pe_certificate(&pe, fd, &table, e)) < 0)
		goto out;
	der = sm_buf_str(&table);
	if ((r = cut_padding(&der, e)) < 0 ||
	    (r = sm_signeddata_parse(&s, der, e)) < 0 ||
	    (r = check_content(&s, &subject, out, e)) < 0 ||
	    (r = check_checksum(&pe, fd, e)) < 0 ||
	    (r = check_signer(p, &s, &out->signer, e)) < 0)
		goto out;
	take_opus(&s, out);
out:
	sm_buf_release(&table);
	return r;
}

int sm_authenticode_verify_package(const struct sm_cms_policy *p,
				   struct sm_str der,
				   sm_authenticode_digest_fn *digest,
				   void *user, struct sm_authenticode *out,
				   struct sm_err *e)
{
	const struct subject subject = { oid_sip_info, "package", digest,
					 user };
	struct sm_signeddata s;
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = cut_padding(&der, e)) < 0 ||
	    (r = sm_signeddata_parse(&s, der, e)) < 0 ||
	    (r = check_content(&s, &subject, out, e)) < 0 ||
	    (r = check_signer(p, &s, &out->signer, e)) < 0)
		return r;
	take_opus(&s, out);
	return 0;
}
