/*
 * Writing cabinets: one folder, MSZIP.
 *
 * Rule: a block is 32 KiB of the files one behind the other, a deflate stream
 * of its own which may refer to the block before it; one that does not shrink
 * is stored. The same files give the same bytes.
 *
 * Shape:  [MS-CAB] 2, [MS-MCI] 2.
 */
#include "common/def.h"
#include "pkg/cab.h"

#include <zlib.h>

#include "common/mem.h"
#include "common/os/clock.h"

#define BLOCK ((size_t)32768)
#define PACKED_MAX (BLOCK + 12)
#define HEADER 36
#define FOLDER 8
#define FILE_HEAD 16
#define MSZIP 1
#define ATTR_ARCHIVE 0x20u

struct cab {
	const struct pkg_cab_file *file;
	size_t n;
	size_t next; /* file and offset from which the next byte comes */
	size_t offset;
	z_stream z;
	uint8_t *block; /* BLOCK bytes, then those of the block before */
	uint8_t *packed;
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

static void set32(struct sm_buf *b, size_t at, uint32_t v)
{
	if (b->err)
		return;
	for (size_t i = 0; i < 4; i++)
		b->ptr[at + i] = (char)(uint8_t)(v >> (8 * i));
}

/* Words of four bytes, exclusive or; what is left over counts from its end.
 * Source: [MS-CAB] 3.1. */
static uint32_t checksum(const uint8_t *p, size_t len, uint32_t sum)
{
	uint32_t rest = 0;

	for (; len >= 4; len -= 4, p += 4)
		sum ^= p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24;
	while (len--)
		rest = rest << 8 | *p++;
	return sum ^ rest;
}

/* Up to BLOCK bytes; 0 at the end. */
static size_t fill(struct cab *c)
{
	size_t len = 0;

	while (len < BLOCK && c->next < c->n) {
		struct sm_str s = sm_str_sub(c->file[c->next].data, c->offset,
					     BLOCK - len);

		if (!s.len) {
			c->next++;
			c->offset = 0;
			continue;
		}
		memcpy(c->block + len, s.ptr, s.len);
		len += s.len;
		c->offset += s.len;
	}
	return len;
}

static size_t store(struct cab *c, size_t len)
{
	uint8_t *p = c->packed + 2;

	*p++ = 1; /* last, stored: RFC 1951 3.2.4 */
	*p++ = (uint8_t)len;
	*p++ = (uint8_t)(len >> 8);
	*p++ = (uint8_t)~len;
	*p++ = (uint8_t)(~len >> 8);
	memcpy(p, c->block, len);
	return len + 7;
}

/* The block, compressed, with the two letters in front. */
static int pack(struct cab *c, size_t len, size_t before, size_t *packed)
{
	int r;

	c->packed[0] = 'C';
	c->packed[1] = 'K';
	if (deflateReset(&c->z) != Z_OK ||
	    (before && deflateSetDictionary(&c->z, c->block + BLOCK,
					    (uInt)before) != Z_OK))
		return SM_EIO;
	c->z.next_in = c->block;
	c->z.avail_in = (uInt)len;
	c->z.next_out = c->packed + 2;
	c->z.avail_out = (uInt)(len + 5);
	r = deflate(&c->z, Z_FINISH);
	if (r != Z_STREAM_END && r != Z_OK && r != Z_BUF_ERROR)
		return SM_EIO;
	*packed = r == Z_STREAM_END ? 2 + (size_t)c->z.total_out :
				      store(c, len);
	return 0;
}

static int put_blocks(struct cab *c, struct sm_buf *out, unsigned *n,
		      struct sm_err *e)
{
	size_t len, packed, before = 0;
	uint8_t sizes[4];
	int r;

	for (*n = 0; (len = fill(c)) != 0; ++*n) {
		if ((r = pack(c, len, before, &packed)) < 0)
			return sm_err_set(e, r, "cannot compress: %s",
					  c->z.msg ? c->z.msg : "zlib");
		sizes[0] = (uint8_t)packed;
		sizes[1] = (uint8_t)(packed >> 8);
		sizes[2] = (uint8_t)len;
		sizes[3] = (uint8_t)(len >> 8);
		le32(out, checksum(sizes, sizeof(sizes),
				   checksum(c->packed, packed, 0)));
		sm_buf_put(out, sizes, sizeof(sizes));
		sm_buf_put(out, c->packed, packed);
		memcpy(c->block + BLOCK, c->block, len);
		before = len;
	}
	return 0;
}

static void put_names(const struct pkg_cab_file *file, size_t n,
		      int64_t when_sec, struct sm_buf *out)
{
	unsigned date = 1 << 5 | 1, time = 0; /* 1980-01-01 */
	uint32_t offset = 0;
	struct tm t;

	if (sm_os_clock_utc(when_sec, &t) == 0 && t.tm_year >= 80 &&
	    t.tm_year < 80 + 128) {
		date = (unsigned)((t.tm_year - 80) << 9 | (t.tm_mon + 1) << 5 |
				  t.tm_mday);
		time = (unsigned)(t.tm_hour << 11 | t.tm_min << 5 |
				  t.tm_sec / 2);
	}
	for (size_t i = 0; i < n; i++) {
		le32(out, (uint32_t)file[i].data.len);
		le32(out, offset);
		le16(out, 0); /* the one folder */
		le16(out, date);
		le16(out, time);
		le16(out, ATTR_ARCHIVE);
		sm_buf_puts(out, file[i].name);
		sm_buf_put_u8(out, 0);
		offset += (uint32_t)file[i].data.len;
	}
}

static int check(const struct pkg_cab_file *file, size_t n, struct sm_err *e)
{
	uint64_t total = 0;

	if (!n)
		return sm_err_set(e, SM_EFORMAT, "a cabinet needs a file");
	if (n > PKG_CAB_FILES_MAX)
		return sm_err_set(e, SM_ELIMIT, "too many files");
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(file[i].name);

		if (!len || len > PKG_CAB_NAME_MAX)
			return sm_err_set(e, SM_EFORMAT,
					  "'%s' is no name in a cabinet",
					  file[i].name);
		total += file[i].data.len;
	}
	if (total > PKG_CAB_BYTES_MAX)
		return sm_err_set(e, SM_ELIMIT, "the files are too large");
	return 0;
}

static size_t names_len(const struct pkg_cab_file *file, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += FILE_HEAD + strlen(file[i].name) + 1;
	return len;
}

int pkg_cab_put(const struct pkg_cab_file *file, size_t n, int64_t when_sec,
		struct sm_buf *out, struct sm_err *e)
{
	size_t start = out->len, names;
	struct cab c = { 0 };
	unsigned blocks = 0;
	int r;

	if ((r = check(file, n, e)) < 0)
		return r;
	/* a stream without header; the window reaches one block back */
	if (deflateInit2(&c.z, Z_BEST_COMPRESSION, Z_DEFLATED, -15, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return sm_err_set(e, SM_EIO, "cannot start zlib");
	c.file = file;
	c.n = n;
	c.block = sm_mem_alloc(2 * BLOCK);
	c.packed = sm_mem_alloc(PACKED_MAX);
	names = names_len(file, n);
	sm_buf_puts(out, "MSCF");
	sm_buf_put_fill(out, 0, 4 + 4 + 4); /* size: below */
	le32(out, HEADER + FOLDER);         /* where the names begin */
	le32(out, 0);
	sm_buf_put_u8(out, 3); /* version 1.3 */
	sm_buf_put_u8(out, 1);
	le16(out, 1); /* folders */
	le16(out, (unsigned)n);
	sm_buf_put_fill(out, 0, 2 + 2 + 2); /* flags, set, number in it */
	le32(out, (uint32_t)(HEADER + FOLDER + names));
	le16(out, 0); /* blocks: below */
	le16(out, MSZIP);
	put_names(file, n, when_sec, out);
	if ((r = put_blocks(&c, out, &blocks, e)) < 0)
		goto out;
	set32(out, start + 8, (uint32_t)(out->len - start));
	set32(out, start + HEADER + 4, blocks | (uint32_t)MSZIP << 16);
	if (out->err)
		r = sm_err_set(e, out->err, "the cabinet is too large");
out:
	(void)deflateEnd(&c.z); /* says that data was left, after an error */
	sm_mem_free(c.block);
	sm_mem_free(c.packed);
	return r;
}
