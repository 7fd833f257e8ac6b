/*
 * Taking containers apart in memory.
 *
 * Rule: kinds are told by their first bytes, never by names; counts, sizes and
 * the memory a decoder asks for have limits, because what is looked at may be
 * anybody's.
 */
#include "common/def.h"
#include "pkg/parts.h"

#include <archive.h>
#include <archive_entry.h>
#include <lzma.h>
#include <zlib.h>

#include "common/bom.h"
#include "common/os/file.h"
#include "common/xar.h"
#include "pkg/msiparts.h"
#include "pkg/progparts.h"
#include "pkg/rpmparts.h"

#define DECODER_MEMORY_MAX ((uint64_t)256 << 20)
#define CHUNK ((size_t)64 << 10)
#define XAR_HEADER 28

struct kind {
	const char *name;
	size_t at;
	const char *magic;
	size_t len;
	int (*read)(struct pkg_parts *p, struct sm_str data, struct sm_err *e);
};

const char *pkg_parts_field_name(enum pkg_parts_field f)
{
	static const char *const names[] = { "type", "mode", "owner", "time",
					     "link" };

	return names[f];
}

int pkg_parts_add(struct pkg_parts *p, const char *name, struct pkg_part **part,
		  struct sm_err *e)
{
	if (p->n == PKG_PARTS_MAX)
		return sm_err_set(e, SM_ELIMIT, "too many entries");
	if (p->n == p->cap) {
		p->cap = p->cap ? 2 * p->cap : 16;
		p->part = sm_mem_realloc(p->part, p->cap, sizeof(*p->part));
	}
	*part = &p->part[p->n++];
	memset(*part, 0, sizeof(**part));
	(*part)->name = sm_arena_dup(&p->arena, sm_str(name));
	return 0;
}

int pkg_parts_fill(struct pkg_parts *p, struct pkg_part *part,
		   struct sm_str data, struct sm_err *e)
{
	if (data.len > PKG_PARTS_BYTES_MAX - p->bytes)
		return sm_err_set(e, SM_ELIMIT, "too much data");
	p->bytes += data.len;
	part->data = sm_arena_str(&p->arena, data);
	return 0;
}

/* --- compressed data -------------------------------------------------------- */

/* A part of its own, named by its number where there are several. */
static int add_stream(struct pkg_parts *p, size_t number, bool only,
		      struct sm_str data, struct sm_err *e)
{
	struct pkg_part *part;
	char name[32] = "";
	int r;

	if (!only)
		(void)snprintf(name, sizeof(name), "stream%zu", number);
	if ((r = pkg_parts_add(p, name, &part, e)) < 0)
		return r;
	return pkg_parts_fill(p, part, data, e);
}

/* One gzip stream at the front of *rest, which is moved behind it. */
static int gunzip_one(struct sm_str *rest, struct sm_buf *out, struct sm_err *e)
{
	union {
		const char *in;
		Bytef *out;
	} u = { rest->ptr };
	uint8_t chunk[CHUNK];
	z_stream z;
	int r = Z_OK;

	memset(&z, 0, sizeof(z));
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		sm_mem_exhausted();
	z.next_in = u.out;
	z.avail_in = (uInt)rest->len;
	while (r == Z_OK && !out->err) {
		z.next_out = chunk;
		z.avail_out = (uInt)sizeof(chunk);
		r = inflate(&z, Z_NO_FLUSH);
		sm_buf_put(out, chunk, sizeof(chunk) - z.avail_out);
	}
	*rest = sm_str_sub(*rest, rest->len - z.avail_in, rest->len);
	(void)inflateEnd(&z);
	if (out->err)
		return sm_err_set(e, SM_ELIMIT, "too much data");
	return r == Z_STREAM_END ?
		       0 :
		       sm_err_set(e, SM_EFORMAT, "gzip data is damaged");
}

static int read_gzip(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(PKG_PARTS_BYTES_MAX);
	struct sm_str rest = data;
	size_t n = 0;
	int r = 0;

	if (data.len > UINT32_MAX)
		return sm_err_set(e, SM_ELIMIT, "too much data");
	while (rest.len && r == 0) {
		sm_buf_clear(&out);
		if ((r = gunzip_one(&rest, &out, e)) < 0)
			break;
		n++;
		r = add_stream(p, n, n == 1 && !rest.len, sm_buf_str(&out), e);
	}
	sm_buf_release(&out);
	return r;
}

static int read_xz(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(PKG_PARTS_BYTES_MAX);
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t chunk[CHUNK];
	lzma_ret r;
	int ret;

	r = lzma_stream_decoder(&s, DECODER_MEMORY_MAX, LZMA_CONCATENATED);
	s.next_in = (const uint8_t *)data.ptr;
	s.avail_in = data.len;
	while (r == LZMA_OK && !out.err) {
		s.next_out = chunk;
		s.avail_out = sizeof(chunk);
		r = lzma_code(&s, LZMA_FINISH);
		sm_buf_put(&out, chunk, sizeof(chunk) - s.avail_out);
	}
	lzma_end(&s);
	if (out.err || r == LZMA_MEMLIMIT_ERROR)
		ret = sm_err_set(e, SM_ELIMIT, "xz data ask for too much");
	else if (r != LZMA_STREAM_END)
		ret = sm_err_set(e, SM_EFORMAT, "xz data are damaged");
	else
		ret = add_stream(p, 1, true, sm_buf_str(&out), e);
	sm_buf_release(&out);
	return ret;
}

/* --- libarchive -------------------------------------------------------------- */

static int archive_fail(struct archive *a, struct sm_err *e)
{
	const char *cause = archive_error_string(a);

	return sm_err_set(e, SM_EFORMAT, "%s", cause ? cause : "damaged");
}

static const char *text_new(struct pkg_parts *p, const char *fmt, ...)
	SM_PRINTF(2, 3);
static const char *text_new(struct pkg_parts *p, const char *fmt, ...)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	const char *copy;
	va_list ap;

	va_start(ap, fmt);
	sm_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	copy = sm_arena_dup(&p->arena, sm_buf_str(&text));
	sm_buf_release(&text);
	return copy;
}

static const char *type_of(struct archive_entry *ae)
{
	switch (archive_entry_filetype(ae)) {
	case AE_IFREG:
		return "file";
	case AE_IFDIR:
		return "folder";
	case AE_IFLNK:
		return "link";
	default:
		return "other";
	}
}

static void set_fields(struct pkg_parts *p, struct pkg_part *part,
		       struct archive_entry *ae)
{
	const char *user = archive_entry_uname(ae);
	const char *group = archive_entry_gname(ae);
	const char *link = archive_entry_symlink(ae);

	part->field[PKG_PARTS_TYPE] = type_of(ae);
	part->field[PKG_PARTS_MODE] =
		text_new(p, "%04o", (unsigned)archive_entry_perm(ae) & 07777u);
	part->field[PKG_PARTS_OWNER] =
		text_new(p, "%lld:%lld %s:%s", (long long)archive_entry_uid(ae),
			 (long long)archive_entry_gid(ae), user ? user : "",
			 group ? group : "");
	part->field[PKG_PARTS_TIME] =
		text_new(p, "%lld", (long long)archive_entry_mtime(ae));
	if (link)
		part->field[PKG_PARTS_LINK] = text_new(p, "%s", link);
}

static int read_data(struct pkg_parts *p, struct archive *a, const char *name,
		     struct archive_entry *ae, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(PKG_PARTS_BYTES_MAX);
	struct pkg_part *part;
	uint8_t chunk[CHUNK];
	la_ssize_t n;
	int r;

	if ((r = pkg_parts_add(p, name, &part, e)) < 0)
		goto out;
	if (ae)
		set_fields(p, part, ae);
	while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
		if ((r = sm_buf_put(&out, chunk, (size_t)n)) < 0)
			break;
	if (n < 0)
		r = archive_fail(a, e);
	else if (r < 0)
		sm_err_set(e, r, "too much data");
	else
		r = pkg_parts_fill(p, part, sm_buf_str(&out), e);
out:
	sm_buf_release(&out);
	return r;
}

static int read_archive(struct pkg_parts *p, struct archive *a,
			struct sm_str data, struct sm_err *e)
{
	struct archive_entry *ae;
	const char *name;
	int r = 0, status;

	if (archive_read_open_memory(a, data.ptr, data.len) != ARCHIVE_OK) {
		r = archive_fail(a, e);
		goto out;
	}
	while (r == 0) {
		status = archive_read_next_header(a, &ae);
		if (status == ARCHIVE_EOF)
			break;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
			r = archive_fail(a, e);
			break;
		}
		name = archive_entry_pathname(ae);
		r = read_data(p, a, name ? name : "?", ae, e);
	}
out:
	(void)archive_read_free(a);
	return r;
}

static struct archive *reader_new(void)
{
	struct archive *a = archive_read_new();

	if (!a)
		sm_mem_exhausted();
	return a;
}

static int read_ar(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();

	(void)archive_read_support_format_ar(a);
	return read_archive(p, a, data, e);
}

static int read_tar(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();

	(void)archive_read_support_format_tar(a);
	return read_archive(p, a, data, e);
}

static int read_cpio(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();

	(void)archive_read_support_format_cpio(a);
	return read_archive(p, a, data, e);
}

static int read_zip(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();

	(void)archive_read_support_format_zip_seekable(a);
	return read_archive(p, a, data, e);
}

static int read_cab(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();

	(void)archive_read_support_format_cab(a);
	return read_archive(p, a, data, e);
}

static int read_zstd(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct archive *a = reader_new();
	struct archive_entry *ae;
	int r;

	(void)archive_read_support_filter_zstd(a);
	(void)archive_read_support_format_raw(a);
	if (archive_read_open_memory(a, data.ptr, data.len) != ARCHIVE_OK ||
	    archive_read_next_header(a, &ae) != ARCHIVE_OK)
		r = archive_fail(a, e);
	else
		r = read_data(p, a, "", NULL, e);
	(void)archive_read_free(a);
	return r;
}

/* --- xar and Bom ------------------------------------------------------------ */

/* The table of contents as it stands, which has more than its reader keeps. */
static int add_toc(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_buf toc = SM_BUF_INIT((size_t)SM_XAR_TOC_MAX);
	struct pkg_part *part;
	uint64_t packed = 0, plain = 0;
	uLongf len;
	int r = 0;

	for (size_t i = 0; i < 8 && data.len >= XAR_HEADER; i++) {
		packed = packed << 8 | (uint8_t)data.ptr[8 + i];
		plain = plain << 8 | (uint8_t)data.ptr[16 + i];
	}
	if (!plain || plain > SM_XAR_TOC_MAX || data.len < XAR_HEADER ||
	    packed > data.len - XAR_HEADER ||
	    sm_buf_reserve(&toc, (size_t)plain) < 0) {
		r = sm_err_set(e, SM_EFORMAT, "xar header is damaged");
		goto out;
	}
	len = (uLongf)plain;
	if (uncompress((Bytef *)toc.ptr, &len,
		       (const Bytef *)data.ptr + XAR_HEADER,
		       (uLong)packed) != Z_OK) {
		r = sm_err_set(e, SM_EFORMAT, "xar table is damaged");
		goto out;
	}
	sm_buf_added(&toc, len);
	if ((r = pkg_parts_add(p, "table of contents", &part, e)) == 0)
		r = pkg_parts_fill(p, part, sm_buf_str(&toc), e);
out:
	sm_buf_release(&toc);
	return r;
}

static int add_region(struct pkg_parts *p, const char *name,
		      const struct sm_xar_signature *s, struct sm_str data,
		      struct sm_err *e)
{
	struct pkg_part *part;
	int r;

	if (!s->offset)
		return 0;
	if ((r = pkg_parts_add(p, name, &part, e)) < 0)
		return r;
	return pkg_parts_fill(
		p, part, sm_str_sub(data, (size_t)s->offset, (size_t)s->size),
		e);
}

/* Behind the heap, between two records. */
static int add_ticket(struct pkg_parts *p, const struct sm_xar *x,
		      struct sm_str data, struct sm_err *e)
{
	const struct sm_xar_signature where = { x->end + SM_XAR_RECORD,
						x->ticket };

	return add_region(p, "notary's ticket", &where, data, e);
}

static int add_xar_file(struct pkg_parts *p, const struct sm_xar *x,
			const struct sm_xar_file *f, int fd, struct sm_err *e)
{
	struct sm_buf out = SM_BUF_INIT(PKG_PARTS_BYTES_MAX);
	struct pkg_part *part;
	int r;

	if ((r = pkg_parts_add(p, f->path, &part, e)) < 0)
		goto out;
	part->field[PKG_PARTS_TYPE] = f->dir ? "folder" : "file";
	if (!f->has_data)
		goto out;
	if ((r = sm_xar_extract(x, f, fd, &out, e)) == 0)
		r = pkg_parts_fill(p, part, sm_buf_str(&out), e);
out:
	sm_buf_release(&out);
	return r;
}

static int read_xar(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_xar x;
	int fd = sm_os_file_temp(NULL, e);
	int r;

	if (fd < 0)
		return fd;
	if ((r = sm_os_file_write_all(fd, data, e)) < 0 ||
	    (r = add_toc(p, data, e)) < 0 || (r = sm_xar_read(&x, fd, e)) < 0)
		goto out;
	if (x.ticket)
		r = add_ticket(p, &x, data, e);
	if (r == 0)
		r = add_region(p, "signature", &x.rsa, data, e);
	if (r == 0)
		r = add_region(p, "x-signature", &x.cms, data, e);
	for (size_t i = 0; i < x.n_files && r == 0; i++)
		r = add_xar_file(p, &x, &x.file[i], fd, e);
	sm_xar_release(&x);
out:
	sm_os_file_close(fd);
	return r;
}

static int read_bom(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	struct sm_bom b;
	struct pkg_part *part;
	int r;

	if ((r = sm_bom_read(&b, data, e)) < 0)
		return r;
	for (size_t i = 0; i < b.n && r == 0; i++) {
		const struct sm_bom_entry *en = &b.entry[i];

		if ((r = pkg_parts_add(p, en->path, &part, e)) < 0)
			break;
		part->field[PKG_PARTS_MODE] = text_new(p, "%06o", en->mode);
		part->field[PKG_PARTS_OWNER] =
			text_new(p, "%u:%u", en->uid, en->gid);
		part->field[PKG_PARTS_TIME] = text_new(p, "%u", en->mtime_sec);
		part->field[PKG_PARTS_LINK] = text_new(p, "%s", en->link);
		part->field[PKG_PARTS_TYPE] =
			text_new(p, "%llu bytes, checksum %u",
				 (unsigned long long)en->size, en->cksum);
	}
	sm_bom_release(&b);
	return r;
}

/* --- the table ------------------------------------------------------------- */

static const struct kind kinds[] = {
	{ "ar", 0, "!<arch>\n", 8, read_ar },
	{ "rpm", 0, "\xed\xab\xee\xdb", 4, pkg_rpmparts_read },
	{ "gzip", 0, "\x1f\x8b\x08", 3, read_gzip },
	{ "xz", 0,
	  "\xfd"
	  "7zXZ",
	  6, read_xz },
	{ "zstd", 0, "\x28\xb5\x2f\xfd", 4, read_zstd },
	{ "zip", 0, "PK\3\4", 4, read_zip },
	{ "xar", 0, "xar!", 4, read_xar },
	{ "Bom", 0, "BOMStore", 8, read_bom },
	{ "cpio", 0, "070701", 6, read_cpio },
	{ "cpio", 0, "070707", 6, read_cpio },
	{ "cab", 0, "MSCF", 4, read_cab },
	{ "msi", 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, pkg_msiparts_read },
	{ "tar", 257, "ustar", 5, read_tar },
};

static const struct kind *find(struct sm_str data)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(kinds); i++)
		if (data.len >= kinds[i].at + kinds[i].len &&
		    !memcmp(data.ptr + kinds[i].at, kinds[i].magic,
			    kinds[i].len))
			return &kinds[i];
	return NULL;
}

const char *pkg_parts_kind(struct sm_str data)
{
	const struct kind *k = find(data);

	return k ? k->name : pkg_progparts_is(data) ? PKG_PARTS_PROGRAM : NULL;
}

int pkg_parts_read(struct pkg_parts *p, struct sm_str data, struct sm_err *e)
{
	const struct kind *k = find(data);

	memset(p, 0, sizeof(*p));
	if (!k && pkg_progparts_may(data)) {
		p->kind = PKG_PARTS_PROGRAM;
		return pkg_progparts_read(p, data, e);
	}
	if (!k)
		return 0;
	p->kind = k->name;
	return k->read(p, data, e);
}

void pkg_parts_release(struct pkg_parts *p)
{
	sm_mem_free(p->part);
	sm_arena_release(&p->arena);
	memset(p, 0, sizeof(*p));
}
