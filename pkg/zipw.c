/*
 * Writing zips.
 *
 * Rule: the same entries give the same bytes: no times of access, no owners,
 * no zone (extra fields hold these elsewhere), one level of compression, one
 * number for who made it. No zip64: an artifact is far below 4 GiB.
 */
#include "common/def.h"
#include "pkg/zipw.h"

#include "common/os/clock.h"
#include "pkg/pack.h"

#define LEVEL 6         /* of every zip program */
#define MADE_BY 0x0314u /* Unix, APPNOTE 2.0 */
#define NEEDED 20       /* folders and deflate */
#define FLAG_UTF8 0x0800u
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
#define ENTRIES_MAX 65534
#define CENTRAL_MAX ((size_t)32 << 20)
#define DOS_DIR 0x10u /* MS-DOS attribute */

/* What both headers of an entry say, in their order. */
struct head {
	uint16_t flags, method, time, date;
	uint32_t crc, packed, size;
	uint16_t name_len;
};

static void le16(struct sm_buf *b, unsigned v)
{
	sm_buf_put_u8(b, (uint8_t)v);
	sm_buf_put_u8(b, (uint8_t)(v >> 8));
}

static void le32(struct sm_buf *b, uint32_t v)
{
	le16(b, v & 0xffff);
	le16(b, v >> 16);
}

static void set_time(struct head *h, int64_t sec)
{
	struct tm t;

	h->time = 0;
	h->date = 1 << 5 | 1; /* 1980-01-01 */
	if (sm_os_clock_utc(sec, &t) < 0 || t.tm_year < 80)
		return;
	h->time = (uint16_t)(t.tm_hour << 11 | t.tm_min << 5 | t.tm_sec / 2);
	h->date = (uint16_t)((t.tm_year - 80) << 9 | (t.tm_mon + 1) << 5 |
			     t.tm_mday);
}

static void put_head(struct sm_buf *b, const struct head *h)
{
	le16(b, NEEDED);
	le16(b, h->flags);
	le16(b, h->method);
	le16(b, h->time);
	le16(b, h->date);
	le32(b, h->crc);
	le32(b, h->packed);
	le32(b, h->size);
	le16(b, h->name_len);
	le16(b, 0); /* no extra field */
}

static uint32_t attributes(const struct pkg_arc_entry *entry)
{
	static const uint32_t kinds[] = { 0100000, 0040000, 0120000 };
	uint32_t dos = entry->type == PKG_ARC_DIR ? DOS_DIR : 0;

	return (kinds[entry->type] | entry->mode) << 16 | dos;
}

static void put_central(struct pkg_zipw *z, const struct head *h,
			const struct pkg_arc_entry *entry, size_t offset)
{
	struct sm_buf *b = &z->central;

	sm_buf_puts(b, "PK\1\2");
	le16(b, MADE_BY);
	put_head(b, h);
	le16(b, 0); /* comment */
	le16(b, 0); /* disk */
	le16(b, 0); /* internal attributes */
	le32(b, attributes(entry));
	le32(b, (uint32_t)offset);
	sm_buf_puts(b, entry->path);
}

static bool is_ascii(const char *z)
{
	for (; *z; z++)
		if ((unsigned char)*z > 0x7e)
			return false;
	return true;
}

void pkg_zipw_begin(struct pkg_zipw *z, struct sm_buf *out)
{
	z->out = out;
	z->base = out->len;
	z->n = 0;
	sm_buf_init(&z->central, CENTRAL_MAX);
}

/* A zip in a zip gains nothing from a second compressor. */
static bool is_packed(struct sm_str data)
{
	return sm_str_starts(data, "PK\3\4");
}

int pkg_zipw_put(struct pkg_zipw *z, const struct pkg_arc_entry *entry,
		 struct sm_err *e)
{
	struct sm_buf packed = SM_BUF_INIT(z->out->max);
	struct sm_str data = entry->data, stored = data;
	size_t offset = z->out->len - z->base;
	struct head h = { 0 };
	int r = 0;

	if (strlen(entry->path) > UINT16_MAX || data.len > INT32_MAX ||
	    offset > INT32_MAX || z->n == ENTRIES_MAX) {
		r = sm_err_set(e, SM_ELIMIT, "'%s': too large for a zip",
			       entry->path);
		goto out;
	}
	if (entry->type == PKG_ARC_FILE && data.len && !is_packed(data)) {
		r = pkg_pack_deflate(data, LEVEL, &packed, e);
		if (r < 0)
			goto out;
	}
	if (packed.len && packed.len < data.len) {
		h.method = METHOD_DEFLATED;
		stored = sm_buf_str(&packed);
	}
	h.flags = is_ascii(entry->path) ? 0 : FLAG_UTF8;
	set_time(&h, entry->mtime_sec);
	h.crc = pkg_pack_crc32(data);
	h.packed = (uint32_t)stored.len;
	h.size = (uint32_t)data.len;
	h.name_len = (uint16_t)strlen(entry->path);
	put_central(z, &h, entry, offset);
	sm_buf_puts(z->out, "PK\3\4");
	put_head(z->out, &h);
	sm_buf_puts(z->out, entry->path);
	sm_buf_put_str(z->out, stored);
	z->n++;
	if (z->out->err || z->central.err)
		r = sm_err_set(e, SM_ELIMIT, "'%s': zip above %zu bytes",
			       entry->path, z->out->max);
out:
	sm_buf_release(&packed);
	return r;
}

int pkg_zipw_finish(struct pkg_zipw *z, struct sm_err *e)
{
	size_t offset = z->out->len - z->base;

	sm_buf_put_str(z->out, sm_buf_str(&z->central));
	sm_buf_puts(z->out, "PK\5\6");
	le32(z->out, 0); /* one disk */
	le16(z->out, (unsigned)z->n);
	le16(z->out, (unsigned)z->n);
	le32(z->out, (uint32_t)z->central.len);
	le32(z->out, (uint32_t)offset);
	le16(z->out, 0); /* comment */
	if (z->out->err)
		return sm_err_set(e, SM_ELIMIT, "zip above %zu bytes",
				  z->out->max);
	return 0;
}

void pkg_zipw_release(struct pkg_zipw *z)
{
	sm_buf_release(&z->central);
}
