/*
 * Reading bills of materials. Everything is a numbered block; the variable
 * "Paths" is a tree whose leaves pair a record with a name and the number of
 * its parent. Numbers need not be in the order of the leaves, so all entries
 * are collected first and paths are made afterwards.
 *
 * Rule: every block is looked up through block(), which knows the bounds;
 * every walk is counted, so that a loop of links ends.
 */
#include "common/def.h"
#include "common/bom.h"

#define HEADER 32
#define VARS_MAX 64
#define TREE 21
#define NODE 12
#define PAIR 8
#define RECORD 23
#define LEVELS_MAX 8
#define NAME_MAX_LEN 255
#define PATH_MAX_LEN 4096

struct raw {
	uint32_t id, parent;
	struct sm_str name;
	size_t index; /* of its entry */
};

struct reader {
	struct sm_str file, table; /* table: without its count */
	struct sm_bom *b;
	struct raw *raw;
	size_t cap;
	struct sm_err *e;
};

static uint32_t be(struct sm_str s, size_t at, size_t n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at++];
	return v;
}

static int damaged(struct reader *r, const char *what)
{
	return sm_err_set(r->e, SM_EFORMAT, "Bom is damaged: %s", what);
}

/* A range of the file, empty if it leads out of it. */
static struct sm_str range(const struct reader *r, uint32_t at, uint32_t len)
{
	struct sm_str none = { NULL, 0 };

	if (at > r->file.len || len > r->file.len - at)
		return none;
	return sm_str_sub(r->file, at, len);
}

/* The block of this number; empty for 0 and for numbers that do not exist. */
static struct sm_str block(const struct reader *r, uint32_t number)
{
	struct sm_str none = { NULL, 0 };

	if (number >= r->table.len / PAIR)
		return none;
	return range(r, be(r->table, (size_t)number * PAIR, 4),
		     be(r->table, (size_t)number * PAIR + 4, 4));
}

static int read_table(struct reader *r)
{
	struct sm_str index;
	uint32_t count;

	if (r->file.len < HEADER || memcmp(r->file.ptr, "BOMStore", 8) != 0 ||
	    be(r->file, 8, 4) != 1)
		return sm_err_set(r->e, SM_EFORMAT, "not a Bom of version 1");
	index = range(r, be(r->file, 16, 4), be(r->file, 20, 4));
	if (index.len < 4)
		return damaged(r, "no block table");
	count = be(index, 0, 4);
	if (count > (index.len - 4) / PAIR)
		return damaged(r, "block table is cut off");
	r->table = sm_str_sub(index, 4, (size_t)count * PAIR);
	return 0;
}

/* The block number of a variable, 0 if there is none of this name. */
static int find_var(struct reader *r, const char *name, uint32_t *number)
{
	struct sm_str vars = range(r, be(r->file, 24, 4), be(r->file, 28, 4));
	uint32_t n, len;

	*number = 0;
	if (vars.len < 4 || (n = be(vars, 0, 4)) > VARS_MAX)
		return damaged(r, "no variables");
	vars = sm_str_sub(vars, 4, vars.len);
	for (; n > 0; n--) {
		if (vars.len < 5 || (len = be(vars, 4, 1)) > vars.len - 5)
			return damaged(r, "variables are cut off");
		if (sm_str_eqz(sm_str_sub(vars, 5, len), name))
			*number = be(vars, 0, 4);
		vars = sm_str_sub(vars, 5 + len, vars.len);
	}
	return 0;
}

/* --- records --------------------------------------------------------------- */

static int read_link(struct reader *r, struct sm_bom_entry *en,
		     struct sm_str rec)
{
	struct sm_str text;
	uint32_t len;

	if (rec.len < RECORD + 8)
		return damaged(r, "a link's record is cut off");
	len = be(rec, RECORD + 4, 4);
	if (len < 1 || len > rec.len - RECORD - 8 || len > PATH_MAX_LEN)
		return damaged(r, "a link's text is cut off");
	text = sm_str_sub(rec, RECORD + 8, len - 1);
	if (rec.ptr[RECORD + 8 + len - 1] != '\0' ||
	    sm_str_chr(text, '\0', 0) >= 0)
		return damaged(r, "a link's text is malformed");
	en->link = sm_arena_dup(&r->b->arena, text);
	return 0;
}

static int read_record(struct reader *r, struct sm_bom_entry *en,
		       struct sm_str rec)
{
	static const unsigned formats[] = { 0, 0100000, 0040000, 0120000 };
	uint32_t type;

	if (rec.len < RECORD)
		return damaged(r, "a record is cut off");
	type = be(rec, 0, 1);
	if (type < SM_BOM_FILE || type > SM_BOM_DEVICE)
		return damaged(r, "a record of an unknown type");
	en->type = (enum sm_bom_type)type;
	en->mode = be(rec, 4, 2);
	en->uid = be(rec, 6, 4);
	en->gid = be(rec, 10, 4);
	en->mtime_sec = be(rec, 14, 4);
	en->size = be(rec, 18, 4);
	en->link = "";
	if (type != SM_BOM_DEVICE && (en->mode & 0170000) != formats[type])
		return damaged(r, "type and mode of a record disagree");
	if (type == SM_BOM_FILE || type == SM_BOM_LINK) {
		if (rec.len < RECORD + 4)
			return damaged(r, "a record is cut off");
		en->cksum = be(rec, RECORD, 4);
	}
	return type == SM_BOM_LINK ? read_link(r, en, rec) : 0;
}

static int read_name(struct reader *r, struct raw *w, struct sm_str key)
{
	if (key.len < 6 || key.len > 4 + NAME_MAX_LEN + 1 ||
	    key.ptr[key.len - 1] != '\0')
		return damaged(r, "a name is malformed");
	w->parent = be(key, 0, 4);
	w->name = sm_str_sub(key, 4, key.len - 5);
	if (sm_str_chr(w->name, '\0', 0) >= 0)
		return damaged(r, "a name is malformed");
	if (sm_str_chr(w->name, '/', 0) >= 0 || sm_str_eqz(w->name, "..") ||
	    sm_str_eqz(w->name, ".") != (w->parent == 0))
		return sm_err_set(r->e, SM_EVERIFY, "Bom has an unsafe name");
	return 0;
}

static int read_entry(struct reader *r, uint32_t info, uint32_t key)
{
	struct sm_str pair = block(r, info);
	struct raw *w;
	int ret;

	if (pair.len < PAIR)
		return damaged(r, "a path has no record");
	if (r->b->n == SM_BOM_ENTRIES_MAX)
		return sm_err_set(r->e, SM_ELIMIT, "Bom has too many entries");
	if (r->b->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : 64;
		r->raw = sm_mem_realloc(r->raw, r->cap, sizeof(*r->raw));
		r->b->entry = sm_mem_realloc(r->b->entry, r->cap,
					     sizeof(*r->b->entry));
	}
	w = &r->raw[r->b->n];
	memset(&r->b->entry[r->b->n], 0, sizeof(*r->b->entry));
	w->index = r->b->n;
	w->id = be(pair, 0, 4);
	if ((ret = read_name(r, w, block(r, key))) < 0 ||
	    (ret = read_record(r, &r->b->entry[w->index],
			       block(r, be(pair, 4, 4)))) < 0)
		return ret;
	r->b->n++;
	return 0;
}

/* --- the tree -------------------------------------------------------------- */

/* A node's pairs are inside it; *count is their number. */
static int check_node(struct reader *r, struct sm_str node, uint32_t *count)
{
	if (node.len < NODE)
		return damaged(r, "a node is cut off");
	*count = be(node, 2, 2);
	if (*count > (node.len - NODE) / PAIR)
		return damaged(r, "a node is cut off");
	return 0;
}

static int first_leaf(struct reader *r, uint32_t tree, struct sm_str *leaf)
{
	struct sm_str head = block(r, tree);
	uint32_t count;
	int level, ret;

	if (head.len < TREE || memcmp(head.ptr, "tree", 4) != 0)
		return damaged(r, "no tree of paths");
	*leaf = block(r, be(head, 8, 4));
	for (level = 0; level < LEVELS_MAX; level++) {
		if ((ret = check_node(r, *leaf, &count)) < 0)
			return ret;
		if (be(*leaf, 0, 2))
			return 0;
		if (!count)
			return damaged(r, "a branch is empty");
		*leaf = block(r, be(*leaf, NODE, 4));
	}
	return damaged(r, "the tree is too deep");
}

static int read_paths(struct reader *r)
{
	struct sm_str leaf;
	uint32_t number, count, i;
	size_t seen = 0;
	int ret;

	if ((ret = find_var(r, "Paths", &number)) < 0 ||
	    (ret = first_leaf(r, number, &leaf)) < 0)
		return ret;
	for (;;) {
		if ((ret = check_node(r, leaf, &count)) < 0)
			return ret;
		if (!be(leaf, 0, 2) || seen++ > SM_BOM_ENTRIES_MAX)
			return damaged(r, "the chain of leaves is wrong");
		for (i = 0; i < count; i++) {
			ret = read_entry(r, be(leaf, NODE + i * PAIR, 4),
					 be(leaf, NODE + i * PAIR + 4, 4));
			if (ret < 0)
				return ret;
		}
		if (!be(leaf, 4, 4))
			return 0;
		leaf = block(r, be(leaf, 4, 4));
	}
}

/* --- paths ----------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct raw *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct raw *parent_of(const struct reader *r, const struct raw *w)
{
	struct raw key = { w->parent, 0, { NULL, 0 }, 0 };

	return bsearch(&key, r->raw, r->b->n, sizeof(key), by_id);
}

/* From the entry up to the root, then written from the root down. */
static int make_path(struct reader *r, const struct raw *w)
{
	const struct raw *up[SM_BOM_DEPTH_MAX];
	char path[PATH_MAX_LEN];
	size_t n = 0, len = 0;

	up[n++] = w;
	while (w->parent) {
		if (n == SM_BOM_DEPTH_MAX || !(w = parent_of(r, w)))
			return damaged(r, "a path has no way to the root");
		up[n++] = w;
	}
	while (n--) {
		if (up[n]->name.len + 2 > sizeof(path) - len)
			return damaged(r, "a path is too long");
		if (len)
			path[len++] = '/';
		memcpy(path + len, up[n]->name.ptr, up[n]->name.len);
		len += up[n]->name.len;
	}
	r->b->entry[up[0]->index].path =
		sm_arena_dup(&r->b->arena, sm_str_n(path, len));
	return 0;
}

static int make_paths(struct reader *r)
{
	size_t i;
	int ret;

	if (!r->b->n)
		return 0;
	qsort(r->raw, r->b->n, sizeof(*r->raw), by_id);
	for (i = 0; i < r->b->n; i++) {
		if (!r->raw[i].id || (i && r->raw[i].id == r->raw[i - 1].id))
			return damaged(r, "two paths have one number");
		if ((ret = make_path(r, &r->raw[i])) < 0)
			return ret;
	}
	return 0;
}

int sm_bom_read(struct sm_bom *b, struct sm_str file, struct sm_err *e)
{
	struct reader r;
	int ret;

	memset(b, 0, sizeof(*b));
	memset(&r, 0, sizeof(r));
	r.file = file;
	r.b = b;
	r.e = e;
	if (file.len > SM_BOM_MAX)
		return sm_err_set(e, SM_ELIMIT, "Bom is too large");
	if ((ret = read_table(&r)) == 0 && (ret = read_paths(&r)) == 0)
		ret = make_paths(&r);
	sm_mem_free(r.raw);
	if (ret < 0)
		sm_bom_release(b);
	return ret;
}

void sm_bom_release(struct sm_bom *b)
{
	sm_mem_free(b->entry);
	sm_arena_release(&b->arena);
	memset(b, 0, sizeof(*b));
}

/* --- checksum -------------------------------------------------------------- */

/* Source: POSIX cksum: polynomial 0x04c11db7, high bit first, then the length
 * from its low byte on, at last the complement. */
static void fill_table(uint32_t *table)
{
	uint32_t i, v;
	int bit;

	for (i = 0; i < 256; i++) {
		v = i << 24;
		for (bit = 0; bit < 8; bit++)
			v = v & 0x80000000u ? v << 1 ^ 0x04c11db7u : v << 1;
		table[i] = v;
	}
}

uint32_t sm_bom_cksum(struct sm_str bytes)
{
	uint32_t table[256], crc = 0;
	size_t i, len;

	fill_table(table);
	for (i = 0; i < bytes.len; i++)
		crc = crc << 8 ^
		      table[(crc >> 24 ^ (uint8_t)bytes.ptr[i]) & 255];
	for (len = bytes.len; len; len >>= 8)
		crc = crc << 8 ^ table[(crc >> 24 ^ len) & 255];
	return ~crc;
}
