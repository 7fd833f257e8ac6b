/*
 * Writing compound files.
 *
 * Rule: what lies where follows from the sizes alone: large streams, the small
 * ones packed together, their table, the directory, the sector table, and, for
 * large files, the table of its sectors. Nothing is fragmented.
 *
 * Shape:  [MS-CFB].
 */
#include "common/def.h"
#include "pkg/cfb.h"

#include "common/mem.h"

#define SECTOR ((size_t)512)
#define MINI ((size_t)64)
#define CUTOFF ((size_t)4096) /* smaller streams are packed together */
#define PER_SECTOR (SECTOR / 4)
#define ENTRY 128
#define HEADER_DIFAT 109

#define DIFSECT 0xFFFFFFFCu
#define FATSECT 0xFFFFFFFDu
#define ENDOFCHAIN 0xFFFFFFFEu
#define FREESECT 0xFFFFFFFFu
#define NOSTREAM 0xFFFFFFFFu

enum {
	RED,
	BLACK
};
enum {
	STREAM = 2,
	ROOT = 5
};

/* Sectors of each part, and the first one. */
struct part {
	uint32_t at, n;
};

struct plan {
	uint32_t start[PKG_CFB_STREAMS_MAX]; /* sector or small sector */
	struct part large, mini, minifat, dir, fat, difat;
	uint32_t n_mini; /* small sectors */
};

/* A node of the tree of names; its number is that of the directory entry. */
struct node {
	uint32_t left, right;
	unsigned colour;
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

static uint32_t pieces(size_t len, size_t piece)
{
	return (uint32_t)((len + piece - 1) / piece);
}

static int cmp(const struct pkg_cfb_stream *a, const struct pkg_cfb_stream *b)
{
	if (a->n_name != b->n_name)
		return a->n_name < b->n_name ? -1 : 1;
	for (size_t i = 0; i < a->n_name; i++)
		if (a->name[i] != b->name[i])
			return a->name[i] < b->name[i] ? -1 : 1;
	return 0;
}

static int cmp_void(const void *a, const void *b)
{
	return cmp(a, b);
}

int pkg_cfb_add(struct pkg_cfb *c, const uint16_t *name, size_t n_name,
		struct sm_str data, struct sm_err *e)
{
	struct pkg_cfb_stream *s;

	if (c->n == PKG_CFB_STREAMS_MAX)
		return sm_err_set(e, SM_ELIMIT, "more than %d streams",
				  PKG_CFB_STREAMS_MAX);
	if (!n_name || n_name > PKG_CFB_NAME_MAX)
		return sm_err_set(e, SM_EFORMAT,
				  "a stream's name has %zu units, not 1 to %d",
				  n_name, PKG_CFB_NAME_MAX);
	s = &c->stream[c->n];
	memset(s, 0, sizeof(*s));
	memcpy(s->name, name, n_name * sizeof(*name));
	s->n_name = n_name;
	s->data = data;
	for (size_t i = 0; i < c->n; i++)
		if (!cmp(&c->stream[i], s))
			return sm_err_set(e, SM_EFORMAT,
					  "two streams have the same name");
	c->n++;
	return 0;
}

void pkg_cfb_sort(struct pkg_cfb *c)
{
	qsort(c->stream, c->n, sizeof(c->stream[0]), cmp_void);
}

static void place(struct part *p, uint32_t *at, uint32_t n)
{
	p->at = *at;
	p->n = n;
	*at += n;
}

static void make_plan(const struct pkg_cfb *c, struct plan *p)
{
	uint32_t at = 0, fat = 0, difat = 0, more;

	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < c->n; i++) {
		size_t len = c->stream[i].data.len;

		if (!len) {
			p->start[i] = ENDOFCHAIN;
		} else if (len < CUTOFF) {
			p->start[i] = p->n_mini;
			p->n_mini += pieces(len, MINI);
		} else {
			p->start[i] = at;
			at += pieces(len, SECTOR);
		}
	}
	p->large.n = at;
	place(&p->mini, &at, pieces(p->n_mini * MINI, SECTOR));
	place(&p->minifat, &at, pieces(p->n_mini, PER_SECTOR));
	place(&p->dir, &at, pieces((c->n + 1) * ENTRY, SECTOR));
	/* the sector table holds itself and its own table */
	do {
		more = pieces(at + fat + difat, PER_SECTOR);
		if (more == fat)
			break;
		fat = more;
		if (fat > HEADER_DIFAT)
			difat = pieces(fat - HEADER_DIFAT, PER_SECTOR - 1);
	} while (1);
	place(&p->fat, &at, fat);
	place(&p->difat, &at, difat);
}

static void put_header(const struct plan *p, struct sm_buf *out)
{
	static const uint8_t magic[8] = { 0xD0, 0xCF, 0x11, 0xE0,
					  0xA1, 0xB1, 0x1A, 0xE1 };

	sm_buf_put(out, magic, sizeof(magic));
	sm_buf_put_fill(out, 0, 16);
	le16(out, 0x3E);   /* minor version */
	le16(out, 3);      /* major version */
	le16(out, 0xFFFE); /* little endian */
	le16(out, 9);      /* sectors of 512 bytes */
	le16(out, 6);      /* small ones of 64 */
	sm_buf_put_fill(out, 0, 6 + 4);
	le32(out, p->fat.n);
	le32(out, p->dir.at);
	le32(out, 0); /* transaction */
	le32(out, CUTOFF);
	le32(out, p->minifat.n ? p->minifat.at : ENDOFCHAIN);
	le32(out, p->minifat.n);
	le32(out, p->difat.n ? p->difat.at : ENDOFCHAIN);
	le32(out, p->difat.n);
	for (uint32_t i = 0; i < HEADER_DIFAT; i++)
		le32(out, i < p->fat.n ? p->fat.at + i : FREESECT);
}

static void pad(struct sm_buf *out, size_t len, size_t to)
{
	if (len % to)
		sm_buf_put_fill(out, 0, to - len % to);
}

static void put_streams(const struct pkg_cfb *c, const struct plan *p,
			struct sm_buf *out)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->stream[i].data.len < CUTOFF)
			continue;
		sm_buf_put_str(out, c->stream[i].data);
		pad(out, c->stream[i].data.len, SECTOR);
	}
	for (size_t i = 0; i < c->n; i++) {
		if (c->stream[i].data.len >= CUTOFF)
			continue;
		sm_buf_put_str(out, c->stream[i].data);
		pad(out, c->stream[i].data.len, MINI);
	}
	pad(out, p->n_mini * MINI, SECTOR);
}

/* The numbers of one chain: each sector names the next one. */
static void put_chain(struct sm_buf *out, uint32_t at, uint32_t n)
{
	while (n--)
		le32(out, n ? ++at : ENDOFCHAIN);
}

static void put_free(struct sm_buf *out, uint32_t n)
{
	while (n % PER_SECTOR) {
		le32(out, FREESECT);
		n++;
	}
}

static void put_minifat(const struct pkg_cfb *c, const struct plan *p,
			struct sm_buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->stream[i].data.len < CUTOFF)
			put_chain(out, p->start[i],
				  pieces(c->stream[i].data.len, MINI));
	put_free(out, p->n_mini);
}

static void put_fat(const struct pkg_cfb *c, const struct plan *p,
		    struct sm_buf *out)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->stream[i].data.len >= CUTOFF)
			put_chain(out, p->start[i],
				  pieces(c->stream[i].data.len, SECTOR));
	put_chain(out, p->mini.at, p->mini.n);
	put_chain(out, p->minifat.at, p->minifat.n);
	put_chain(out, p->dir.at, p->dir.n);
	for (uint32_t i = 0; i < p->fat.n; i++)
		le32(out, FATSECT);
	for (uint32_t i = 0; i < p->difat.n; i++)
		le32(out, DIFSECT);
	put_free(out, p->difat.at + p->difat.n);
}

/* Where the sector table's sectors are that the header has no room for. */
static void put_difat(const struct plan *p, struct sm_buf *out)
{
	uint32_t next = HEADER_DIFAT;

	for (uint32_t i = 0; i < p->difat.n; i++) {
		for (size_t k = 0; k < PER_SECTOR - 1; k++, next++)
			le32(out,
			     next < p->fat.n ? p->fat.at + next : FREESECT);
		le32(out,
		     i + 1 < p->difat.n ? p->difat.at + i + 1 : ENDOFCHAIN);
	}
}

/*
 * A balanced tree over the sorted streams [from, from + n), whose lowest level
 * is red: every way down meets the same number of black nodes.
 */
static uint32_t make_tree(struct node *node, uint32_t from, uint32_t n,
			  unsigned levels)
{
	uint32_t mid = from + n / 2;

	if (!n)
		return NOSTREAM;
	node[mid].colour = levels ? BLACK : RED;
	node[mid].left = make_tree(node, from, n / 2, levels - 1);
	node[mid].right = make_tree(node, mid + 1, n - n / 2 - 1, levels - 1);
	return mid + 1; /* the root storage is entry 0 */
}

static void put_entry(struct sm_buf *out, const uint16_t *name, size_t n_name)
{
	for (size_t i = 0; i < n_name; i++)
		le16(out, name[i]);
	sm_buf_put_fill(out, 0, 64 - 2 * n_name);
	le16(out, (unsigned)(n_name + 1) * 2);
}

static void put_dir(const struct pkg_cfb *c, const struct plan *p,
		    struct sm_buf *out)
{
	static const uint16_t root[] = { 'R', 'o', 'o', 't', ' ',
					 'E', 'n', 't', 'r', 'y' };
	struct node node[PKG_CFB_STREAMS_MAX];
	unsigned levels = 0;
	uint32_t child;

	while ((size_t)2 << levels <= c->n)
		levels++;
	child = make_tree(node, 0, (uint32_t)c->n, levels ? levels : 1);
	put_entry(out, root, SM_ARRAY_LEN(root));
	sm_buf_put_u8(out, ROOT);
	sm_buf_put_u8(out, BLACK);
	le32(out, NOSTREAM);
	le32(out, NOSTREAM);
	le32(out, child);
	sm_buf_put(out, c->clsid, sizeof(c->clsid));
	sm_buf_put_fill(out, 0, 4 + 8 + 8); /* flags, times */
	le32(out, p->mini.n ? p->mini.at : ENDOFCHAIN);
	le32(out, (uint32_t)(p->n_mini * MINI));
	le32(out, 0);
	for (size_t i = 0; i < c->n; i++) {
		put_entry(out, c->stream[i].name, c->stream[i].n_name);
		sm_buf_put_u8(out, STREAM);
		sm_buf_put_u8(out, (uint8_t)node[i].colour);
		le32(out, node[i].left);
		le32(out, node[i].right);
		le32(out, NOSTREAM);
		sm_buf_put_fill(out, 0, 16 + 4 + 8 + 8);
		le32(out, p->start[i]);
		le32(out, (uint32_t)c->stream[i].data.len);
		le32(out, 0);
	}
	for (size_t i = c->n + 1; i % (SECTOR / ENTRY); i++) {
		sm_buf_put_fill(out, 0, 68);
		for (int k = 0; k < 3; k++)
			le32(out, NOSTREAM);
		sm_buf_put_fill(out, 0, ENTRY - 80);
	}
}

int pkg_cfb_write(struct pkg_cfb *c, struct sm_buf *out, struct sm_err *e)
{
	uint64_t total = 0;
	struct plan p;

	for (size_t i = 0; i < c->n; i++)
		total += c->stream[i].data.len;
	if (total > out->max) /* below 2 GiB, as version 3 wants it */
		return sm_err_set(e, SM_ELIMIT, "the streams are too large");
	pkg_cfb_sort(c);
	make_plan(c, &p);
	put_header(&p, out);
	put_streams(c, &p, out);
	put_minifat(c, &p, out);
	put_dir(c, &p, out);
	put_fat(c, &p, out);
	put_difat(&p, out);
	if (out->err)
		return sm_err_set(e, out->err,
				  "the compound file is too large");
	return 0;
}
