/*
 * Walks .xz streams from their end: footer, index, then the header of each
 * block that the index names. Nothing is decoded and no checksum is looked
 * at: the decoder does that. The rule is only that no block escapes notice.
 */
#include "common/def.h"
#include "common/xzdict.h"

#include "common/mem.h"
#include "common/os/file.h"

#define HEADER 12 /* stream header and footer, each */
#define INDEX_MAX ((uint64_t)1 << 20)
#define BLOCKS_MAX 65536
#define FILTER_LZMA2 0x21

struct range {
	int fd;
	uint64_t offset;
	uint64_t len;
};

struct cursor {
	const uint8_t *p;
	size_t len;
};

bool sm_xzdict_is_xz(struct sm_str head)
{
	return head.len >= 6 && memcmp(head.ptr,
				       "\xfd"
				       "7zXZ\0",
				       6) == 0;
}

static int bad(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "xz stream is damaged");
}

static int read_at(const struct range *in, uint64_t at, void *p, size_t len,
		   struct sm_err *e)
{
	int64_t n;

	if (at > in->len || in->len - at < len)
		return bad(e);
	n = sm_os_file_read_at(in->fd, p, len, in->offset + at, e);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : bad(e);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

/* Multibyte integer, section 1.2. False if cut or longer than 9 bytes. */
static bool take(struct cursor *c, uint64_t *v)
{
	unsigned i;

	*v = 0;
	for (i = 0; i < 9 && c->len; i++) {
		uint8_t byte = *c->p++;

		c->len--;
		*v |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* Section 5.3.1: 2 or 3 shifted; 40 means 4 GiB - 1. */
static uint64_t dictionary(uint8_t bits)
{
	if (bits >= 40)
		return UINT32_MAX;
	return (uint64_t)(2 | (bits & 1)) << (bits / 2 + 11);
}

/* Filters of one block header, section 3.1. */
static int block_dictionary(const uint8_t *head, size_t size, uint64_t *bytes,
			    struct sm_err *e)
{
	struct cursor c = { head + 2, size - 2 - 4 }; /* without CRC32 */
	uint64_t id, len, skip;
	unsigned n = (head[1] & 3) + 1u;

	if ((head[1] & 0x40 && !take(&c, &skip)) ||
	    (head[1] & 0x80 && !take(&c, &skip)))
		return bad(e);
	while (n--) {
		if (!take(&c, &id) || !take(&c, &len) || len > c.len)
			return bad(e);
		if (id == FILTER_LZMA2) {
			if (len != 1)
				return bad(e);
			if (dictionary(c.p[0]) > *bytes)
				*bytes = dictionary(c.p[0]);
		}
		c.p += len;
		c.len -= (size_t)len;
	}
	return 0;
}

static int look_at_block(const struct range *in, uint64_t at, uint64_t *bytes,
			 struct sm_err *e)
{
	uint8_t head[1024];
	size_t size;
	int r;

	if ((r = read_at(in, at, head, 1, e)) < 0)
		return r;
	size = ((size_t)head[0] + 1) * 4;
	if (!head[0])
		return bad(e); /* an index, not a block */
	if ((r = read_at(in, at, head, size, e)) < 0)
		return r;
	return block_dictionary(head, size, bytes, e);
}

/* The index of a stream: the sizes of its blocks, summed from its end. */
static int walk_index(const struct range *in, const struct cursor *index,
		      uint64_t index_at, uint64_t *start, uint64_t *bytes,
		      struct sm_err *e)
{
	struct cursor c = *index, again;
	uint64_t n, i, unpadded, plain, total = 0, at;
	int r;

	if (c.len < 6 || *c.p)
		return bad(e);
	c.p++;
	c.len -= 5; /* indicator and CRC32 */
	if (!take(&c, &n))
		return bad(e);
	if (n > BLOCKS_MAX)
		return sm_err_set(e, SM_ELIMIT, "xz stream has %llu blocks",
				  (unsigned long long)n);
	again = c;
	for (i = 0; i < n; i++) {
		if (!take(&c, &unpadded) || !take(&c, &plain) || unpadded < 5 ||
		    unpadded > in->len)
			return bad(e);
		total += (unpadded + 3) & ~(uint64_t)3;
		if (total > index_at)
			return bad(e);
	}
	at = index_at - total;
	if (at < HEADER)
		return bad(e);
	*start = at - HEADER;
	for (i = 0; i < n; i++) {
		(void)(take(&again, &unpadded) && take(&again, &plain));
		if ((r = look_at_block(in, at, bytes, e)) < 0)
			return r;
		at += (unpadded + 3) & ~(uint64_t)3;
	}
	return 0;
}

/* The stream that ends at *end; *end becomes where it begins. */
static int walk_stream(const struct range *in, uint64_t *end, uint64_t *bytes,
		       struct sm_err *e)
{
	uint8_t footer[HEADER], header[6];
	uint8_t *index = NULL;
	struct cursor c;
	uint64_t size, at;
	int r;

	if (*end < 2 * HEADER)
		return bad(e);
	if ((r = read_at(in, *end - HEADER, footer, HEADER, e)) < 0)
		return r;
	if (footer[10] != 'Y' || footer[11] != 'Z')
		return bad(e);
	size = ((uint64_t)le32(footer + 4) + 1) * 4;
	if (size > INDEX_MAX)
		return sm_err_set(e, SM_ELIMIT, "xz index is too large");
	if (size > *end - 2 * HEADER)
		return bad(e);
	at = *end - HEADER - size;
	index = sm_mem_alloc((size_t)size);
	c.p = index;
	c.len = (size_t)size;
	if ((r = read_at(in, at, index, (size_t)size, e)) < 0 ||
	    (r = walk_index(in, &c, at, end, bytes, e)) < 0 ||
	    (r = read_at(in, *end, header, sizeof(header), e)) < 0)
		goto out;
	if (!sm_xzdict_is_xz(sm_str_n(header, sizeof(header))))
		r = bad(e);
out:
	sm_mem_free(index);
	return r;
}

int sm_xzdict_largest(int fd, uint64_t offset, uint64_t len, uint64_t *bytes,
		      struct sm_err *e)
{
	struct range in = { fd, offset, len };
	uint64_t end = len;
	uint8_t pad[4];
	int r;

	*bytes = 0;
	while (end) {
		/* stream padding: zeros in fours, section 2.2 */
		if (end < 4)
			return bad(e);
		if ((r = read_at(&in, end - 4, pad, 4, e)) < 0)
			return r;
		if (!le32(pad)) {
			end -= 4;
			continue;
		}
		if ((r = walk_stream(&in, &end, bytes, e)) < 0)
			return r;
	}
	return 0;
}
