/*
 * Reading compound files.
 *
 * Rule: nothing of the input is trusted. Each sector, large or small, belongs
 * to one chain at most, which bounds time and memory by the size of the file
 * and leaves no two readings of it.
 *
 * Shape:  [MS-CFB].
 */
#include "common/def.h"
#include "pkg/cfbread.h"

#include "common/buf.h"

#define HEADER 512
#define ENTRY 128
#define MINI_SHIFT 6
#define CUTOFF 4096u /* smaller streams lie in small sectors */
#define HEADER_DIFAT 109

#define REGULAR_MAX 0xFFFFFFFAu
#define ENDOFCHAIN 0xFFFFFFFEu
#define NOSTREAM 0xFFFFFFFFu

enum {
	FREE = 0,
	STREAM = 2,
	ROOT = 5
};

/* Sectors of one size, and which one follows each of them. */
struct space {
	struct sm_str bytes; /* sector 0 first */
	unsigned shift;
	uint32_t n;
	uint32_t *next;
	uint32_t n_next;
	bool *used;
};

struct file {
	struct sm_str all;
	struct space large, mini;
	struct sm_str dir;
	struct sm_arena *arena;
};

static uint32_t le(struct sm_str s, size_t at, size_t n)
{
	uint32_t v = 0;

	while (n-- && at + n < s.len)
		v = v << 8 | (uint8_t)s.ptr[at + n];
	return v;
}

static int damaged(struct sm_err *e)
{
	return sm_err_set(e, SM_EFORMAT, "compound file is damaged");
}

/* Mark a sector as taken; false if it cannot be. */
static bool take(struct space *s, uint32_t at)
{
	if (at >= s->n || s->used[at])
		return false;
	s->used[at] = true;
	return true;
}

static struct sm_str sector(const struct space *s, uint32_t at)
{
	return sm_str_sub(s->bytes, (size_t)at << s->shift,
			  (size_t)1 << s->shift);
}

/* The sectors of a chain, and `len` bytes of them, or all if that is NULL. */
static int read_chain(struct file *f, struct space *s, uint32_t at,
		      const uint32_t *len, struct sm_str *out, struct sm_err *e)
{
	struct sm_buf data = SM_BUF_INIT(f->all.len);
	int r = 0;

	if (len && *len > f->all.len)
		return damaged(e);
	while (len ? data.len < *len : at != ENDOFCHAIN) {
		if (!take(s, at) || at >= s->n_next) {
			r = damaged(e);
			goto out;
		}
		sm_buf_put_str(&data, sector(s, at));
		at = s->next[at];
	}
	if (len)
		sm_buf_truncate(&data, *len);
	*out = sm_arena_str(f->arena, sm_buf_str(&data));
out:
	sm_buf_release(&data);
	return r;
}

static void open_space(struct file *f, struct space *s, struct sm_str bytes,
		       unsigned shift)
{
	s->bytes = bytes;
	s->shift = shift;
	s->n = (uint32_t)((bytes.len + ((size_t)1 << shift) - 1) >> shift);
	s->used = sm_arena_alloc(f->arena, (size_t)s->n + 1, sizeof(*s->used));
}

static void add_numbers(struct space *s, struct sm_str numbers)
{
	for (size_t i = 0; i + 4 <= numbers.len; i += 4)
		s->next[s->n_next++] = le(numbers, i, 4);
}

/* One sector of the sector table. */
static bool add_fat(struct space *s, uint32_t at, uint32_t *left)
{
	if (!*left)
		return at > REGULAR_MAX;
	if (!take(s, at))
		return false;
	add_numbers(s, sector(s, at));
	--*left;
	return true;
}

/* The sector table, whose sectors the header and further ones list. */
static int read_fat(struct file *f, struct sm_err *e)
{
	struct space *s = &f->large;
	size_t per = ((size_t)1 << s->shift) / 4;
	uint32_t left = le(f->all, 44, 4), more = le(f->all, 68, 4);

	if (left > s->n)
		return damaged(e);
	s->next = sm_arena_alloc(f->arena, left * per + 1, sizeof(*s->next));
	for (size_t i = 0; i < HEADER_DIFAT; i++)
		if (!add_fat(s, le(f->all, 76 + 4 * i, 4), &left))
			return damaged(e);
	while (left) {
		struct sm_str list;

		if (!take(s, more))
			return damaged(e);
		list = sector(s, more);
		for (size_t i = 0; i + 1 < per; i++)
			if (!add_fat(s, le(list, 4 * i, 4), &left))
				return damaged(e);
		more = le(list, 4 * (per - 1), 4);
	}
	return 0;
}

static int read_minifat(struct file *f, struct sm_err *e)
{
	uint32_t size = le(f->dir, 120, 4);
	struct sm_str bytes = sm_str(NULL), table = bytes;
	int r;

	if (size)
		r = read_chain(f, &f->large, le(f->dir, 116, 4), &size, &bytes,
			       e);
	else
		r = 0;
	if (r == 0 && le(f->all, 64, 4))
		r = read_chain(f, &f->large, le(f->all, 60, 4), NULL, &table,
			       e);
	if (r < 0)
		return r;
	open_space(f, &f->mini, bytes, MINI_SHIFT);
	f->mini.next = sm_arena_alloc(f->arena, table.len / 4 + 1,
				      sizeof(*f->mini.next));
	add_numbers(&f->mini, table);
	return 0;
}

/* --- the directory --------------------------------------------------------- */

static int read_stream(struct pkg_cfbread *c, struct file *f, struct sm_str en,
		       struct sm_err *e)
{
	struct pkg_cfbread_stream *s = &c->stream[c->n];
	uint32_t bytes = le(en, 64, 2), size = le(en, 120, 4);
	bool mini = size < CUTOFF;

	if (bytes < 4 || bytes % 2 || bytes > 64)
		return damaged(e);
	s->n_name = bytes / 2 - 1;
	for (size_t i = 0; i < s->n_name; i++)
		s->name[i] = (uint16_t)le(en, 2 * i, 2);
	s->data = sm_str_n("", 0);
	c->n++;
	return size ? read_chain(f, mini ? &f->mini : &f->large, le(en, 116, 4),
				 &size, &s->data, e) :
		      0;
}

/* From the root's child down; what is not reached is not there for others. */
static int mark_tree(struct file *f, uint32_t n, bool *seen, struct sm_err *e)
{
	uint32_t *todo =
		sm_arena_alloc(f->arena, (size_t)n * 2 + 2, sizeof(*todo));
	size_t left = 0;

	todo[left++] = le(f->dir, 76, 4);
	while (left) {
		uint32_t at = todo[--left];

		if (at == NOSTREAM)
			continue;
		if (!at || at >= n || seen[at])
			return damaged(e);
		seen[at] = true;
		todo[left++] = le(f->dir, (size_t)at * ENTRY + 68, 4);
		todo[left++] = le(f->dir, (size_t)at * ENTRY + 72, 4);
	}
	return 0;
}

static int read_dir(struct pkg_cfbread *c, struct file *f, struct sm_err *e)
{
	uint32_t n = (uint32_t)(f->dir.len / ENTRY);
	bool *seen;
	int r;

	if (n > PKG_CFBREAD_STREAMS_MAX)
		return sm_err_set(e, SM_ELIMIT, "more than %d streams",
				  PKG_CFBREAD_STREAMS_MAX);
	seen = sm_arena_alloc(f->arena, (size_t)n + 1, sizeof(*seen));
	c->stream = sm_arena_alloc(f->arena, (size_t)n + 1, sizeof(*c->stream));
	if ((r = mark_tree(f, n, seen, e)) < 0)
		return r;
	for (uint32_t i = 1; i < n; i++) {
		struct sm_str en = sm_str_sub(f->dir, (size_t)i * ENTRY, ENTRY);
		unsigned type = le(en, 66, 1);

		if (!seen[i] != (type == FREE))
			return damaged(e);
		if (type == FREE)
			continue;
		if (type != STREAM)
			return sm_err_set(e, SM_ENOTSUP,
					  "compound file has storages inside");
		if ((r = read_stream(c, f, en, e)) < 0)
			return r;
	}
	return 0;
}

bool pkg_cfbread_is(struct sm_str file)
{
	return sm_str_starts(file, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
}

int pkg_cfbread_parse(struct pkg_cfbread *c, struct sm_str file,
		      struct sm_err *e)
{
	struct file f = { .all = file, .arena = &c->arena };
	uint32_t shift;
	int r;

	memset(c, 0, sizeof(*c));
	shift = le(file, 30, 2);
	/* version 3 has sectors of 512 bytes, version 4 of 4096 */
	if (!pkg_cfbread_is(file) || file.len < HEADER ||
	    file.len > UINT32_MAX || le(file, 28, 2) != 0xFFFE ||
	    (shift != 9 && shift != 12) || le(file, 32, 2) != MINI_SHIFT ||
	    le(file, 56, 4) != CUTOFF)
		return damaged(e);
	open_space(&f, &f.large, sm_str_sub(file, (size_t)1 << shift, file.len),
		   shift);
	if ((r = read_fat(&f, e)) < 0 ||
	    (r = read_chain(&f, &f.large, le(file, 48, 4), NULL, &f.dir, e)) <
		    0)
		return r;
	if (f.dir.len < ENTRY || le(f.dir, 66, 1) != ROOT)
		return damaged(e);
	memcpy(c->clsid, f.dir.ptr + 80, sizeof(c->clsid));
	if ((r = read_minifat(&f, e)) < 0)
		return r;
	return read_dir(c, &f, e);
}

void pkg_cfbread_release(struct pkg_cfbread *c)
{
	sm_arena_release(&c->arena);
	memset(c, 0, sizeof(*c));
}
