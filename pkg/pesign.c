/*
 * Authenticode signatures. The structures are written from the inside out by
 * pkg/der.h; the key signs once, the set of attributes.
 */
#include "common/def.h"
#include "pkg/pesign.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include "common/fs.h"
#include "common/oid.h"
#include "common/os/clock.h"
#include "common/pe.h"
#include "common/signeddata.h"
#include "pkg/der.h"
#include "pkg/signer.h"
#include "pkg/tsa.h"

#define ALIGN 8
#define UTC_TIME 0x17
#define YEAR_MAX 2049 /* of UTCTime, RFC 5280 section 4.1.2.5.1 */
#define N_ATTRS 5
#define ROOM ((size_t)1 << 20) /* that a signature may add */

static const struct sm_str oid_signed_data = SM_OID_SIGNED_DATA;
static const struct sm_str oid_content_type = SM_OID_CONTENT_TYPE;
static const struct sm_str oid_message_digest = SM_OID_MESSAGE_DIGEST;
static const struct sm_str oid_signing_time = SM_OID_SIGNING_TIME;
static const struct sm_str oid_rsa = SM_OID_RSA;
static const struct sm_str oid_ecdsa_sha256 = SM_OID_ECDSA_SHA256;

static const struct sm_str oid_indirect = SM_OID_SPC_INDIRECT;
static const struct sm_str oid_opus = SM_OID_SPC_OPUS;
static const struct sm_str oid_statement = SM_OID_SPC_STATEMENT;
static const struct sm_str oid_individual = SM_OID_SPC_INDIVIDUAL;
static const struct sm_str oid_stamp = SM_OID_SPC_STAMP;

/* What is signed: the type, and the data that goes with it. */
struct subject {
	struct sm_str oid, data;
};

/* SpcPeImageData: no flags, and a file name that is empty. */
static const struct subject pe_image = {
	SM_OID_SPC_PE_IMAGE,
	SM_STR_LIT("\x03\x01\x00\xa0\x04\xa2\x02\x80\x00"),
};

/* SpcSipInfo, 1.3.6.1.4.1.311.2.1.30: version 1, the GUID of what verifies
 * packages, 000C10F1-0000-0000-C000-000000000046, and five zeros. Observed in
 * signed packages. */
static const struct subject installer_package = {
	SM_STR_LIT(SM_OID_MS "\x02\x01\x1e"),
	SM_STR_LIT("\x02\x01\x01"
		   "\x04\x10\xf1\x10\x0c\x00\x00\x00\x00\x00"
		   "\xc0\x00\x00\x00\x00\x00\x00\x46"
		   "\x02\x01\x00\x02\x01\x00\x02\x01\x00"
		   "\x02\x01\x00\x02\x01\x00"),
};

static int out_of_room(struct sm_err *e)
{
	return sm_err_set(e, SM_ELIMIT, "no room for a signature");
}

/* --- contents and attributes ----------------------------------------------- */

/* SpcIndirectDataContent without its own tag: what messageDigest is of. */
static void put_indirect(struct sm_buf *b, const struct subject *subject,
			 const uint8_t *image_digest)
{
	size_t from = b->len;

	pkg_der_put(b, SM_DER_OID, subject->oid);
	pkg_der_put(b, SM_DER_SEQUENCE, subject->data);
	pkg_der_wrap(b, from, SM_DER_SEQUENCE);
	from = b->len;
	pkg_der_put_algorithm(b, pkg_der_oid_sha256, true);
	pkg_der_put(b, SM_DER_OCTETS, sm_str_n(image_digest, SM_SHA256_SIZE));
	pkg_der_wrap(b, from, SM_DER_SEQUENCE);
}

/* UTF-8 as BMPString. Errors: SM_EFORMAT beyond the basic plane. */
static int put_bmp(struct sm_buf *b, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;
	unsigned c;

	if (!sm_str_utf8(sm_str(text)))
		return SM_EFORMAT;
	while (*p) {
		if (*p >= 0xf0)
			return SM_EFORMAT;
		if (*p >= 0xe0) {
			c = (*p & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 |
			    (p[2] & 0x3fu);
			p += 3;
		} else if (*p >= 0xc0) {
			c = (*p & 0x1fu) << 6 | (p[1] & 0x3fu);
			p += 2;
		} else {
			c = *p++;
		}
		(void)sm_buf_put_u16be(b, (uint16_t)c); /* kept in b */
	}
	return 0;
}

/* SpcSpOpusInfo */
static int put_opus(const struct pkg_pesign *s, struct sm_buf *b,
		    struct sm_err *e)
{
	size_t all = b->len, from = b->len;

	if (s->program) {
		if (put_bmp(b, s->program) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "name '%s' cannot be written in a "
					  "signature",
					  s->program);
		pkg_der_wrap(b, from, SM_DER_CONTEXT);
		pkg_der_wrap(b, from, SM_DER_CONSTRUCTED);
	}
	from = b->len;
	if (s->url) {
		pkg_der_put(b, SM_DER_CONTEXT, sm_str(s->url));
		pkg_der_wrap(b, from, SM_DER_CONSTRUCTED | 1);
	}
	pkg_der_wrap(b, all, SM_DER_SEQUENCE);
	return 0;
}

static int put_time(struct sm_buf *b, int64_t when_sec, struct sm_err *e)
{
	char text[32];
	struct tm tm;

	if (sm_os_clock_utc(when_sec, &tm) < 0 ||
	    tm.tm_year + 1900 > YEAR_MAX ||
	    !strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm))
		return sm_err_set(e, SM_EUSAGE,
				  "time of signing is out of range");
	pkg_der_put(b, UTC_TIME, sm_str(text + 2)); /* without century */
	return 0;
}

/* An attribute is all of `b`: first its type, then its one value. */
static void begin_attr(struct sm_buf *b, struct sm_str oid, size_t *value)
{
	pkg_der_put(b, SM_DER_OID, oid);
	*value = b->len;
}

static void end_attr(struct sm_buf *b, size_t value)
{
	pkg_der_wrap(b, value, SM_DER_SET);
	pkg_der_wrap(b, 0, SM_DER_SEQUENCE);
}

static int by_bytes(const void *a, const void *b)
{
	const struct sm_buf *x = a, *y = b;

	return sm_str_cmp(sm_buf_str(x), sm_buf_str(y));
}

/* The signed attributes in the order of a SET, without its tag. */
static int put_attrs(const struct pkg_pesign *s, struct sm_str content,
		     struct sm_buf *out, struct sm_err *e)
{
	uint8_t digest[SM_SHA256_SIZE];
	struct sm_buf attr[N_ATTRS];
	size_t i, value, n = 0;
	int r;

	for (i = 0; i < N_ATTRS; i++)
		sm_buf_init(&attr[i], SM_BUF_SMALL);
	if ((r = sm_digest_bytes(SM_DIGEST_SHA256, content, digest, e)) < 0)
		goto out;
	begin_attr(&attr[n], oid_opus, &value);
	if ((r = put_opus(s, &attr[n], e)) < 0)
		goto out;
	end_attr(&attr[n++], value);
	if (s->when_sec >= 0) {
		begin_attr(&attr[n], oid_signing_time, &value);
		if ((r = put_time(&attr[n], s->when_sec, e)) < 0)
			goto out;
		end_attr(&attr[n++], value);
	}
	begin_attr(&attr[n], oid_content_type, &value);
	pkg_der_put(&attr[n], SM_DER_OID, oid_indirect);
	end_attr(&attr[n++], value);
	begin_attr(&attr[n], oid_message_digest, &value);
	pkg_der_put(&attr[n], SM_DER_OCTETS, sm_str_n(digest, sizeof(digest)));
	end_attr(&attr[n++], value);
	begin_attr(&attr[n], oid_statement, &value);
	pkg_der_put(&attr[n], SM_DER_OID, oid_individual);
	pkg_der_wrap(&attr[n], value, SM_DER_SEQUENCE);
	end_attr(&attr[n++], value);
	qsort(attr, n, sizeof(attr[0]), by_bytes);
	for (i = 0; i < n; i++)
		if (attr[i].err || sm_buf_put_str(out, sm_buf_str(&attr[i])))
			r = out_of_room(e);
out:
	for (i = 0; i < N_ATTRS; i++)
		sm_buf_release(&attr[i]);
	return r;
}

/* --- signature ------------------------------------------------------------- */

/* The key may be held elsewhere, and then knows better what went wrong. */
static int cannot_sign(struct sm_err *e)
{
	int r = pkg_signer_cause(e);

	return r < 0 ? r : sm_err_set(e, SM_EIO, "the key cannot sign");
}

static int sign_attrs(const struct pkg_pesign *s, struct sm_str attrs,
		      struct sm_buf *sig, struct sm_err *e)
{
	struct sm_buf set = SM_BUF_INIT(SM_BUF_SMALL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = (size_t)EVP_PKEY_get_size(s->key);
	int r = 0;

	pkg_der_put(&set, SM_DER_SET, attrs);
	if (set.err || sm_buf_reserve(sig, len) < 0)
		r = out_of_room(e);
	else if (!ctx ||
		 EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, s->key) !=
			 1 ||
		 EVP_DigestSign(ctx, (unsigned char *)sig->ptr, &len,
				(const unsigned char *)set.ptr, set.len) != 1)
		r = cannot_sign(e);
	else
		sm_buf_added(sig, len);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	sm_buf_release(&set);
	return r;
}

static int put_issuer(X509 *cert, struct sm_buf *b, struct sm_err *e)
{
	unsigned char *name = NULL, *serial = NULL;
	int n = i2d_X509_NAME(X509_get_issuer_name(cert), &name);
	int m = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &serial);
	size_t from = b->len;

	if (n > 0 && m > 0) {
		sm_buf_put(b, name, (size_t)n);
		sm_buf_put(b, serial, (size_t)m);
	}
	OPENSSL_free(name);
	OPENSSL_free(serial);
	if (n <= 0 || m <= 0)
		return sm_err_set(e, SM_EFORMAT, "certificate is malformed");
	pkg_der_wrap(b, from, SM_DER_SEQUENCE);
	return 0;
}

static int put_stamp(const struct pkg_pesign *s, struct sm_str sig,
		     struct sm_buf *b, struct sm_err *e)
{
	struct sm_buf attr = SM_BUF_INIT(SM_BUF_SMALL);
	size_t value;
	int r;

	begin_attr(&attr, oid_stamp, &value);
	if ((r = pkg_tsa_stamp(s->tsa, sig, &attr, e)) == 0) {
		end_attr(&attr, value);
		pkg_der_put(b, SM_DER_CONSTRUCTED | 1, sm_buf_str(&attr));
		if (attr.err)
			r = out_of_room(e);
	}
	sm_buf_release(&attr);
	return r;
}

static int put_signer(const struct pkg_pesign *s, struct sm_str content,
		      struct sm_buf *b, struct sm_err *e)
{
	bool rsa = EVP_PKEY_get_base_id(s->key) == EVP_PKEY_RSA;
	struct sm_buf attrs = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf sig = SM_BUF_INIT(SM_BUF_SMALL);
	size_t from = b->len;
	int r;

	pkg_der_put_u32(b, 1);
	if ((r = put_issuer(s->cert[0], b, e)) < 0 ||
	    (r = put_attrs(s, content, &attrs, e)) < 0 ||
	    (r = sign_attrs(s, sm_buf_str(&attrs), &sig, e)) < 0)
		goto out;
	pkg_der_put_algorithm(b, pkg_der_oid_sha256, true);
	pkg_der_put(b, SM_DER_CONSTRUCTED, sm_buf_str(&attrs));
	pkg_der_put_algorithm(b, rsa ? oid_rsa : oid_ecdsa_sha256, rsa);
	pkg_der_put(b, SM_DER_OCTETS, sm_buf_str(&sig));
	if (s->tsa && (r = put_stamp(s, sm_buf_str(&sig), b, e)) < 0)
		goto out;
	pkg_der_wrap(b, from, SM_DER_SEQUENCE);
	pkg_der_wrap(b, from, SM_DER_SET);
out:
	sm_buf_release(&attrs);
	sm_buf_release(&sig);
	return r;
}

static int put_certs(const struct pkg_pesign *s, struct sm_buf *b,
		     struct sm_err *e)
{
	size_t from = b->len, i;
	unsigned char *der;
	int len;

	for (i = 0; i < s->n_certs; i++) {
		der = NULL;
		if ((len = i2d_X509(s->cert[i], &der)) < 0)
			return sm_err_set(e, SM_EFORMAT,
					  "certificate is malformed");
		sm_buf_put(b, der, (size_t)len);
		OPENSSL_free(der);
	}
	pkg_der_wrap(b, from, SM_DER_CONSTRUCTED);
	return 0;
}

/* The ContentInfo of a SignedData over this digest: all of `b`. */
static int put_signed(const struct pkg_pesign *s, const struct subject *subject,
		      const uint8_t *image_digest, struct sm_buf *b,
		      struct sm_err *e)
{
	struct sm_buf content = SM_BUF_INIT(SM_BUF_SMALL);
	size_t data, from, inner;
	int r;

	put_indirect(&content, subject, image_digest);
	pkg_der_put(b, SM_DER_OID, oid_signed_data);
	data = b->len;
	pkg_der_put_u32(b, 1);
	from = b->len;
	pkg_der_put_algorithm(b, pkg_der_oid_sha256, true);
	pkg_der_wrap(b, from, SM_DER_SET);
	from = b->len;
	pkg_der_put(b, SM_DER_OID, oid_indirect);
	inner = b->len;
	pkg_der_put(b, SM_DER_SEQUENCE, sm_buf_str(&content));
	pkg_der_wrap(b, inner, SM_DER_CONSTRUCTED);
	pkg_der_wrap(b, from, SM_DER_SEQUENCE);
	if ((r = put_certs(s, b, e)) == 0 &&
	    (r = put_signer(s, sm_buf_str(&content), b, e)) == 0) {
		pkg_der_wrap(b, data, SM_DER_SEQUENCE);
		pkg_der_wrap(b, data, SM_DER_CONSTRUCTED);
		if (pkg_der_wrap(b, 0, SM_DER_SEQUENCE) < 0)
			r = out_of_room(e);
	}
	sm_buf_release(&content);
	return r;
}

/* The key that was used is that of the certificate, and did what it should. */
static int check_signed(struct sm_str der, struct sm_err *e)
{
	struct stack_st_X509 *certs = NULL;
	struct sm_signeddata s;
	X509 *cert;
	int r;

	if ((r = sm_signeddata_parse(&s, der, e)) == 0)
		r = sm_signeddata_verify(&s, &cert, &certs, e);
	sk_X509_pop_free(certs, X509_free);
	return r < 0 ? sm_err_wrap(e, r, "the new signature is not good") : 0;
}

/* --- the program ----------------------------------------------------------- */

static void put_le32(char *p, uint64_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (char)(v >> 8 * i & 0xff);
}

/* The readers of common/pe.h work on a file: a private one. */
static int read_pe(struct sm_str image, struct sm_pe *pe, uint32_t *sum,
		   struct sm_err *e)
{
	int fd = sm_os_file_temp(NULL, e);
	uint32_t has;
	int r = fd;

	if (fd < 0 || (r = sm_os_file_write_all(fd, image, e)) < 0 ||
	    (r = sm_pe_read(pe, fd, e)) < 0)
		goto out;
	r = sm_pe_checksum(pe, fd, &has, sum, e);
out:
	sm_os_file_close(fd);
	return r;
}

/* As sm_pe_digest, of an image that has no certificate table yet. */
static int digest_image(struct sm_str image, const struct sm_pe *pe,
			uint8_t *out, struct sm_err *e)
{
	size_t sum = (size_t)pe->checksum_at, dir = (size_t)pe->security_at;
	struct sm_digest d = SM_DIGEST_INIT;
	int r = sm_digest_start(&d, SM_DIGEST_SHA256, e);

	if (r < 0)
		return r;
	sm_digest_add(&d, image.ptr, sum);
	sm_digest_add(&d, image.ptr + sum + 4, dir - sum - 4);
	sm_digest_add(&d, image.ptr + dir + 8, image.len - dir - 8);
	sm_digest_finish(&d, out);
	return 0;
}

/* WIN_CERTIFICATE, filled up with zeros, and the entry that points to it. */
static int append_table(struct sm_buf *image, const struct sm_pe *pe,
			struct sm_str der)
{
	size_t at = image->len, fill = (ALIGN - der.len % ALIGN) % ALIGN;
	size_t size = SM_PE_CERT_HEAD + der.len + fill;
	char head[SM_PE_CERT_HEAD] = { 0 };

	put_le32(head, size);
	put_le32(head + 4, SM_PE_CERT_PKCS7 << 16 | SM_PE_CERT_REVISION);
	sm_buf_put(image, head, sizeof(head));
	sm_buf_put_str(image, der);
	if (sm_buf_put_fill(image, 0, fill) < 0 || image->len > UINT32_MAX)
		return SM_ELIMIT;
	put_le32(image->ptr + pe->security_at, at);
	put_le32(image->ptr + pe->security_at + 4, size);
	return 0;
}

static int check_key(const struct pkg_pesign *s, struct sm_err *e)
{
	int type = EVP_PKEY_get_base_id(s->key);

	if (type != EVP_PKEY_RSA && type != EVP_PKEY_EC)
		return sm_err_set(e, SM_ENOTSUP,
				  "the key is neither RSA nor ECDSA");
	return 0;
}

int pkg_pesign_package(const struct pkg_pesign *s, const uint8_t *digest,
		       struct sm_buf *out, struct sm_err *e)
{
	struct sm_buf der = SM_BUF_INIT(SM_SIGNEDDATA_MAX);
	int r;

	if ((r = check_key(s, e)) == 0 &&
	    (r = put_signed(s, &installer_package, digest, &der, e)) == 0 &&
	    (r = check_signed(sm_buf_str(&der), e)) == 0 &&
	    sm_buf_put_str(out, sm_buf_str(&der)) < 0)
		r = out_of_room(e);
	sm_buf_release(&der);
	return r;
}

int pkg_pesign_put(const struct pkg_pesign *s, struct sm_buf *image,
		   struct sm_err *e)
{
	struct sm_buf der = SM_BUF_INIT(SM_SIGNEDDATA_MAX);
	uint8_t digest[SM_SHA256_SIZE];
	struct sm_pe pe;
	uint32_t sum;
	int r;

	if ((r = check_key(s, e)) < 0)
		return r;
	if ((r = read_pe(sm_buf_str(image), &pe, &sum, e)) < 0)
		goto out;
	if (pe.table)
		sm_buf_truncate(image, (size_t)pe.table);
	if (sm_buf_put_fill(image, 0, (ALIGN - image->len % ALIGN) % ALIGN) <
	    0) {
		r = out_of_room(e);
		goto out;
	}
	if ((r = digest_image(sm_buf_str(image), &pe, digest, e)) < 0 ||
	    (r = put_signed(s, &pe_image, digest, &der, e)) < 0 ||
	    (r = check_signed(sm_buf_str(&der), e)) < 0)
		goto out;
	if (append_table(image, &pe, sm_buf_str(&der)) < 0)
		r = out_of_room(e);
	else if ((r = read_pe(sm_buf_str(image), &pe, &sum, e)) == 0)
		put_le32(image->ptr + pe.checksum_at, sum);
out:
	sm_buf_release(&der);
	return r;
}

int pkg_pesign_file(const struct pkg_pesign *s, const char *path,
		    struct sm_err *e)
{
	struct sm_buf image = SM_BUF_INIT(PKG_PESIGN_FILE_MAX);
	struct sm_file_info st;
	int r;

	if ((r = sm_os_file_stat(path, true, &st, e)) < 0 ||
	    (r = sm_fs_read(path, image.max - ROOM, &image, e)) < 0)
		goto out;
	if ((r = pkg_pesign_put(s, &image, e)) < 0)
		sm_err_wrap(e, r, "cannot sign '%s'", path);
	else
		r = sm_fs_write_atomic(path, sm_buf_str(&image), st.mode, e);
out:
	sm_buf_release(&image);
	return r;
}
