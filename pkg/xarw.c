/*
 * Writing xar. The heap is: digest of the table, RSA signature, CMS with
 * slack, then the files in the order of their ids.
 *
 * Rule: the table says where everything lies, the signatures included, and
 * is what they sign; so every size is settled before the table is written:
 * the RSA signature has the size of its key, the CMS that of a first signature
 * over a digest of zeros, rounded up with room for a time stamp. Readers take
 * the CMS by its own length and pass over the zeros behind it.
 */
#include "common/def.h"
#include "pkg/xarw.h"

#include <zlib.h>

#include "common/hex.h"
#include "common/mem.h"
#include "common/os/clock.h"
#include "pkg/cmssign.h"
#include "pkg/tsa.h"
#include "pkg/template.h"

#define HEADER 28
#define TOC_MAX ((size_t)8 << 20) /* what readers take, common/xar.h */
#define CMS_MAX ((size_t)64 << 10)
#define STAMP_ROOM ((size_t)6 << 10) /* an RFC 3161 token is 3 to 6 KiB */
#define BASE64_LINE 72
#define EPOCH_2001 978307200 /* seconds from 1970 to 2001 */

struct region {
	size_t offset, size;
};

struct writer {
	const struct pkg_xarw *x;
	struct sm_buf toc, heap; /* heap: of the files alone */
	size_t files_at;         /* where that begins in the whole heap */
	struct region rsa, cms;
	struct sm_err *e;
};

/* Number of the header, and the word of the table. */
static int alg_number(enum sm_digest_alg alg)
{
	switch (alg) {
	case SM_DIGEST_SHA1:
		return 1;
	case SM_DIGEST_SHA256:
		return 3;
	case SM_DIGEST_SHA512:
		return 4;
	default:
		return -1;
	}
}

/* --- heap ------------------------------------------------------------------ */

static int put_deflated(struct writer *w, struct sm_str data)
{
	uLongf len = compressBound((uLong)data.len);

	if (sm_buf_reserve(&w->heap, (size_t)len) < 0)
		return SM_ELIMIT;
	/* cannot fail with this much room */
	(void)compress2((Bytef *)w->heap.ptr + w->heap.len, &len,
			(const Bytef *)data.ptr, (uLong)data.len, 9);
	sm_buf_added(&w->heap, (size_t)len);
	return 0;
}

static int put_sum(struct writer *w, const char *element, struct sm_str bytes)
{
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	if ((r = sm_digest_bytes(w->x->alg, bytes, digest, w->e)) < 0)
		return r;
	sm_buf_printf(&w->toc, "<%s style=\"%s\">", element,
		      sm_digest_name(w->x->alg));
	sm_hex_put(&w->toc, digest, sm_digest_size(w->x->alg));
	sm_buf_printf(&w->toc, "</%s>\n", element);
	return 0;
}

static int put_data(struct writer *w, const struct pkg_xarw_file *f)
{
	size_t from = w->heap.len;
	struct sm_str stored;
	int r;

	r = f->deflate ? put_deflated(w, f->data) :
			 sm_buf_put_str(&w->heap, f->data);
	if (r < 0)
		return sm_err_set(w->e, SM_ELIMIT, "archive above %zu bytes",
				  w->heap.max);
	stored = sm_str_sub(sm_buf_str(&w->heap), from, w->heap.len);
	sm_buf_printf(
		&w->toc,
		"<data>\n<length>%zu</length>\n<offset>%zu</offset>\n"
		"<size>%zu</size>\n<encoding style=\"application/%s\"/>\n",
		stored.len, w->files_at + from, f->data.len,
		f->deflate ? "x-gzip" : "octet-stream");
	if ((r = put_sum(w, "archived-checksum", stored)) < 0 ||
	    (r = put_sum(w, "extracted-checksum", f->data)) < 0)
		return r;
	sm_buf_puts(&w->toc, "</data>\n");
	return 0;
}

/* --- table of contents ----------------------------------------------------- */

static void put_time(struct writer *w, const char *element, const char *zone)
{
	struct tm t;

	memset(&t, 0, sizeof(t));
	(void)sm_os_clock_utc(w->x->epoch_sec, &t); /* 32 bits always fit */
	sm_buf_printf(&w->toc, "<%s>%04d-%02d-%02dT%02d:%02d:%02d%s</%s>\n",
		      element, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
		      t.tm_hour, t.tm_min, t.tm_sec, zone, element);
}

static int put_file(struct writer *w, size_t i)
{
	const struct pkg_xarw_file *f = &w->x->file[i];

	sm_buf_printf(&w->toc, "<file id=\"%zu\">\n<name>", i + 1);
	pkg_template_put_xml(sm_str(f->name), &w->toc);
	sm_buf_printf(&w->toc,
		      "</name>\n<type>%s</type>\n<mode>%s</mode>\n"
		      "<uid>0</uid>\n<user>root</user>\n"
		      "<gid>0</gid>\n<group>wheel</group>\n",
		      f->dir ? "directory" : "file", f->dir ? "0755" : "0644");
	put_time(w, "mtime", "Z");
	return f->dir ? 0 : put_data(w, f);
}

static int put_files(struct writer *w)
{
	const struct pkg_xarw *x = w->x;
	unsigned next;
	size_t i;
	int r;

	for (i = 0; i < x->n; i++) {
		if ((r = put_file(w, i)) < 0)
			return r;
		/* close this file, and folders that end with it */
		next = i + 1 < x->n ? x->file[i + 1].depth : 0;
		for (; next <= x->file[i].depth; next++)
			sm_buf_puts(&w->toc, "</file>\n");
	}
	return 0;
}

static int put_certificates(struct writer *w)
{
	struct sm_buf der = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf text = SM_BUF_INIT(2 * SM_BUF_SMALL);
	struct sm_str rest;
	size_t i;
	int r = 0;

	for (i = 0; i < w->x->cert->n && r == 0; i++) {
		sm_buf_clear(&der);
		sm_buf_clear(&text);
		r = pkg_cmssign_put_cert(w->x->cert, i, &der, w->e);
		sm_base64_put(&text, der.ptr, der.len);
		sm_buf_puts(&w->toc, "<X509Certificate>");
		for (rest = sm_buf_str(&text); rest.len;
		     rest = sm_str_sub(rest, BASE64_LINE, rest.len)) {
			sm_buf_put_str(&w->toc,
				       sm_str_sub(rest, 0, BASE64_LINE));
			sm_buf_puts(&w->toc, "\n");
		}
		sm_buf_puts(&w->toc, "</X509Certificate>\n");
	}
	sm_buf_release(&der);
	sm_buf_release(&text);
	return r;
}

static int put_signature(struct writer *w, const char *element,
			 const char *style, const struct region *at)
{
	int r;

	sm_buf_printf(&w->toc,
		      "<%s style=\"%s\">\n<offset>%zu</offset>\n"
		      "<size>%zu</size>\n"
		      "<KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">\n"
		      "<X509Data>\n",
		      element, style, at->offset, at->size);
	r = put_certificates(w);
	sm_buf_printf(&w->toc, "</X509Data>\n</KeyInfo>\n</%s>\n", element);
	return r;
}

static int put_toc(struct writer *w)
{
	int r;

	sm_buf_printf(
		&w->toc,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<xar>\n<toc>\n<checksum style=\"%s\">\n<size>%zu</size>\n"
		"<offset>0</offset>\n</checksum>\n",
		sm_digest_name(w->x->alg), sm_digest_size(w->x->alg));
	put_time(w, "creation-time", "");
	if (w->x->cert) {
		sm_buf_printf(&w->toc,
			      "<signature-creation-time>%lld.0"
			      "</signature-creation-time>\n",
			      (long long)w->x->epoch_sec - EPOCH_2001);
		if ((r = put_signature(w, "signature", "RSA", &w->rsa)) < 0 ||
		    (r = put_signature(w, "x-signature", "CMS", &w->cms)) < 0)
			return r;
	}
	if ((r = put_files(w)) < 0)
		return r;
	sm_buf_puts(&w->toc, "</toc>\n</xar>\n");
	return w->toc.err ? sm_err_set(w->e, SM_ELIMIT,
				       "table of contents is too large") :
			    0;
}

/* --- the whole ------------------------------------------------------------- */

static int settle_sizes(struct writer *w)
{
	const struct pkg_xarw *x = w->x;
	size_t size = sm_digest_size(x->alg);
	struct sm_buf cms = SM_BUF_INIT(CMS_MAX);
	size_t room = x->cert && x->cert->tsa ? PKG_TSA_TOKEN_MAX : STAMP_ROOM;
	const char zeros[SM_DIGEST_MAX] = { 0 };
	int r = 0;

	w->files_at = size;
	if (!x->cert)
		return 0;
	r = pkg_cmssign_detached(x->cert, sm_str_n(zeros, size), x->epoch_sec,
				 &cms, w->e);
	w->rsa.offset = size;
	w->rsa.size = pkg_cmssign_rsa_size(x->cert);
	w->cms.offset = w->rsa.offset + w->rsa.size;
	w->cms.size = (cms.len + room + 1023) & ~(size_t)1023;
	w->files_at = w->cms.offset + w->cms.size;
	sm_buf_release(&cms);
	return r;
}

static int put_signatures(struct writer *w, const uint8_t *digest,
			  struct sm_buf *out)
{
	struct sm_buf cms = SM_BUF_INIT(w->cms.size);
	int r;

	if ((r = pkg_cmssign_rsa(w->x->cert, w->x->alg, digest, out, w->e)) < 0)
		return r;
	r = pkg_cmssign_detached(w->x->cert,
				 sm_str_n(digest, sm_digest_size(w->x->alg)),
				 w->x->epoch_sec, &cms, w->e);
	if (r == 0 && w->x->cert->tsa)
		r = pkg_tsa_stamp_cms(w->x->cert->tsa, &cms, w->e);
	sm_buf_put_fill(&cms, '\0', w->cms.size - cms.len);
	sm_buf_put_str(out, sm_buf_str(&cms));
	sm_buf_release(&cms);
	return r;
}

static int put_archive(struct writer *w, struct sm_buf *out)
{
	uLongf len = compressBound((uLong)w->toc.len);
	uint8_t *packed = sm_mem_alloc((size_t)len);
	uint8_t digest[SM_DIGEST_MAX];
	int r;

	(void)compress2(packed, &len, (const Bytef *)w->toc.ptr,
			(uLong)w->toc.len, 9); /* there is room */
	r = sm_digest_bytes(w->x->alg, sm_str_n(packed, (size_t)len), digest,
			    w->e);
	if (r < 0)
		goto out;
	sm_buf_puts(out, "xar!");
	sm_buf_put_u16be(out, HEADER);
	sm_buf_put_u16be(out, 1);
	sm_buf_put_u64be(out, len);
	sm_buf_put_u64be(out, w->toc.len);
	sm_buf_put_u32be(out, (uint32_t)alg_number(w->x->alg));
	sm_buf_put(out, packed, (size_t)len);
	sm_buf_put(out, digest, sm_digest_size(w->x->alg));
	if (w->x->cert && (r = put_signatures(w, digest, out)) < 0)
		goto out;
	if (sm_buf_put_str(out, sm_buf_str(&w->heap)) < 0)
		r = sm_err_set(w->e, SM_ELIMIT, "archive above %zu bytes",
			       out->max);
out:
	sm_mem_free(packed);
	return r;
}

int pkg_xarw_put(const struct pkg_xarw *x, struct sm_buf *out, struct sm_err *e)
{
	struct writer w;
	int r;

	memset(&w, 0, sizeof(w));
	w.x = x;
	w.e = e;
	sm_buf_init(&w.toc, TOC_MAX);
	sm_buf_init(&w.heap, out->max);
	if (alg_number(x->alg) < 0)
		r = sm_err_set(e, SM_ENOTSUP, "xar cannot use this digest");
	else if ((r = settle_sizes(&w)) == 0 && (r = put_toc(&w)) == 0)
		r = put_archive(&w, out);
	sm_buf_release(&w.toc);
	sm_buf_release(&w.heap);
	return r;
}
