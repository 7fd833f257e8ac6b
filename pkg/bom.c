/*
 * Writing bills of materials. A file is a header of 512 bytes, the variables,
 * numbered blocks, and at its end the table of blocks with a free list.
 *
 * Rule: folders are numbered breadth first, so that a parent's number is
 * below its children's and the leaf, which is sorted by parent and name, has
 * parents first too. Blocks are numbered in the order in which they are
 * appended; block 0 means "none". What does not fit into one leaf goes into
 * several, each full but the last, below one branch.
 */
#include "common/def.h"
#include "pkg/bom.h"

#include "common/bom.h"
#include "common/macho.h"
#include "pkg/filelist.h"

#define HEADER 512
#define VARS 60 /* five variables, PACKAGING.md 4.6 */
#define NODE 4096
#define NODE_HEAD 12
#define NODE_PAIR 8
#define NODE_VINDEX 128
#define PAIRS_MAX ((NODE - NODE_HEAD) / NODE_PAIR)
#define ARCHES_MAX SM_MACHO_SLICES_MAX
#define BLOCKS_FIXED 32 /* those that are no path's and no leaf's */

#define FLAGS_PLAIN 0x000f
#define FLAGS_MACHO 0x200f

struct entry {
	const struct pkg_file *file; /* NULL for the root */
	const char *name;            /* last part */
	uint32_t id, parent;
	unsigned depth;
};

struct writer {
	struct sm_buf *out;
	size_t base; /* where the Bom begins in `out` */
	struct sm_err *e;
	uint32_t mtime_sec;
	struct entry *entry;
	size_t n;
	uint32_t *offset, *length; /* of blocks */
	uint32_t n_blocks;         /* with the null block */
	/* sums for BomInfo */
	uint32_t plain_bytes;
	uint32_t cpu[ARCHES_MAX], cpu_bytes[ARCHES_MAX];
	size_t n_cpus;
};

/* --- order ----------------------------------------------------------------- */

static unsigned depth_of(const char *path)
{
	unsigned n = 1;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

/* By depth, then by path: siblings are together and in byte order. */
static int breadth_first(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->file && b->file ? strcmp(a->file->path, b->file->path) : 0;
}

static int by_parent(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The number of the folder that a path is in; they are sorted. */
static uint32_t parent_of(const struct writer *w, const struct entry *en)
{
	struct pkg_file folder = { 0 };
	struct entry key = { &folder, "", 0, 0, en->depth - 1 };
	const struct entry *found;
	char *path;

	if (en->depth == 1)
		return 1; /* the root */
	path = sm_mem_dup(sm_str_n(en->file->path,
				   (size_t)(en->name - en->file->path) - 1));
	folder.path = path;
	found = bsearch(&key, w->entry, w->n, sizeof(key), breadth_first);
	sm_mem_free(path);
	return found ? found->id : 1;
}

static void number(struct writer *w, const struct pkg_filelist *l)
{
	struct entry *en;
	size_t i;

	w->entry[0].name = ".";
	for (i = 0; i < l->n; i++) {
		en = &w->entry[i + 1];
		en->file = &l->file[i];
		en->name = strrchr(en->file->path, '/');
		en->name = en->name ? en->name + 1 : en->file->path;
		en->depth = depth_of(en->file->path);
	}
	w->n = l->n + 1;
	qsort(w->entry, w->n, sizeof(w->entry[0]), breadth_first);
	for (i = 0; i < w->n; i++)
		w->entry[i].id = (uint32_t)i + 1;
	for (i = 1; i < w->n; i++)
		w->entry[i].parent = parent_of(w, &w->entry[i]);
	qsort(w->entry, w->n, sizeof(w->entry[0]), by_parent);
}

/* --- blocks ---------------------------------------------------------------- */

/* Everything appended since block_begin is the block; its number. */
static void block_begin(struct writer *w)
{
	w->offset[w->n_blocks] = (uint32_t)(w->out->len - w->base);
}

static uint32_t block_end(struct writer *w)
{
	w->length[w->n_blocks] =
		(uint32_t)(w->out->len - w->base) - w->offset[w->n_blocks];
	return w->n_blocks++;
}

static uint32_t put_tree(struct writer *w, uint32_t leaf, uint32_t node_size,
			 uint32_t paths)
{
	block_begin(w);
	sm_buf_puts(w->out, "tree");
	sm_buf_put_u32be(w->out, 1);
	sm_buf_put_u32be(w->out, leaf);
	sm_buf_put_u32be(w->out, node_size);
	sm_buf_put_u32be(w->out, paths);
	sm_buf_put_u8(w->out, 0);
	return block_end(w);
}

static uint32_t put_empty_tree(struct writer *w, uint32_t node_size)
{
	uint32_t leaf;

	block_begin(w);
	sm_buf_put_u16be(w->out, 1);
	sm_buf_put_fill(w->out, '\0', node_size - 2);
	leaf = block_end(w);
	return put_tree(w, leaf, node_size, 0);
}

/* --- records --------------------------------------------------------------- */

static void put_common(struct writer *w, enum sm_bom_type type, uint16_t flags,
		       unsigned mode, size_t size)
{
	sm_buf_put_u8(w->out, (uint8_t)type);
	sm_buf_put_u8(w->out, 1);
	sm_buf_put_u16be(w->out, flags);
	sm_buf_put_u16be(w->out, (uint16_t)mode);
	sm_buf_put_u32be(w->out, 0); /* root */
	sm_buf_put_u32be(w->out, 0); /* wheel */
	sm_buf_put_u32be(w->out, w->mtime_sec);
	sm_buf_put_u32be(w->out, (uint32_t)size);
	sm_buf_put_u8(w->out, 1);
}

static void count_slice(struct writer *w, const struct sm_macho_slice *s)
{
	size_t i;

	for (i = 0; i < w->n_cpus; i++)
		if (w->cpu[i] == s->cputype)
			break;
	if (i == ARCHES_MAX)
		return; /* a sum for display; no package of ours has so many */
	if (i == w->n_cpus)
		w->n_cpus++;
	w->cpu[i] = s->cputype;
	w->cpu_bytes[i] += (uint32_t)s->size;
}

static int put_slices(struct writer *w, const struct pkg_file *f)
{
	const struct sm_macho_slice *s;
	struct sm_macho m;
	int r;

	if ((r = sm_macho_read(&m, f->data, w->e)) < 0)
		return sm_err_wrap(w->e, r, "'%s'", f->path);
	sm_buf_put_u8(w->out, 1);
	sm_buf_put_u32be(w->out, (uint32_t)m.n);
	for (s = m.slice; s < m.slice + m.n; s++) {
		sm_buf_put_u32be(w->out, s->cputype);
		sm_buf_put_u32be(w->out, s->cpusubtype);
		sm_buf_put_u32be(w->out, (uint32_t)s->size);
		sm_buf_put_u32be(w->out, sm_bom_cksum(sm_str_sub(
						 f->data, (size_t)s->offset,
						 (size_t)s->size)));
		count_slice(w, s);
	}
	return 0;
}

static int put_file(struct writer *w, const struct pkg_file *f)
{
	bool macho = sm_macho_is_macho(f->data);
	int r = 0;

	put_common(w, SM_BOM_FILE, macho ? FLAGS_MACHO : FLAGS_PLAIN,
		   0100000 | f->mode, f->data.len);
	sm_buf_put_u32be(w->out, sm_bom_cksum(f->data));
	if (macho)
		r = put_slices(w, f);
	else
		w->plain_bytes += (uint32_t)f->data.len;
	return r;
}

static void put_link(struct writer *w, const struct pkg_file *f)
{
	put_common(w, SM_BOM_LINK, FLAGS_PLAIN, 0120000 | f->mode, f->data.len);
	sm_buf_put_u32be(w->out, sm_bom_cksum(f->data));
	sm_buf_put_u32be(w->out, (uint32_t)f->data.len + 1);
	sm_buf_put_str(w->out, f->data);
	sm_buf_put_u8(w->out, 0);
	w->plain_bytes += (uint32_t)f->data.len;
}

/* Three blocks for each path; `pairs` collects their numbers. */
static int put_entry(struct writer *w, const struct entry *en,
		     struct sm_buf *pairs)
{
	uint32_t record, info, key;
	int r = 0;

	block_begin(w);
	if (!en->file || en->file->type == PKG_ARC_DIR)
		put_common(w, SM_BOM_DIR, FLAGS_PLAIN,
			   0040000 | (en->file ? en->file->mode : 0755), 0);
	else if (en->file->type == PKG_ARC_LINK)
		put_link(w, en->file);
	else
		r = put_file(w, en->file);
	sm_buf_put_fill(w->out, '\0', 8);
	record = block_end(w);

	block_begin(w);
	sm_buf_put_u32be(w->out, en->id);
	sm_buf_put_u32be(w->out, record);
	info = block_end(w);

	block_begin(w);
	sm_buf_put_u32be(w->out, en->parent);
	sm_buf_put(w->out, en->name, strlen(en->name) + 1);
	key = block_end(w);

	sm_buf_put_u32be(pairs, info);
	sm_buf_put_u32be(pairs, key);
	return r;
}

/* One node of the tree, filled up to its size; its number. */
static uint32_t put_node(struct writer *w, bool is_leaf, struct sm_str pairs,
			 uint32_t next, uint32_t last)
{
	block_begin(w);
	sm_buf_put_u16be(w->out, is_leaf);
	sm_buf_put_u16be(w->out, (uint16_t)(pairs.len / NODE_PAIR));
	sm_buf_put_u32be(w->out, next);
	sm_buf_put_u32be(w->out, last);
	sm_buf_put_str(w->out, pairs);
	sm_buf_put_fill(w->out, '\0', NODE - NODE_HEAD - pairs.len);
	return block_end(w);
}

/* The leaves in a row, neighbours linked, and what is above them. */
static uint32_t put_nodes(struct writer *w, struct sm_str pairs)
{
	struct sm_buf branch = SM_BUF_INIT(NODE);
	uint32_t n = 0, block = 0, previous = 0;
	struct sm_str leaf;
	size_t at;

	for (at = 0; at < pairs.len; at += leaf.len, n++) {
		leaf = sm_str_sub(pairs, at, PAIRS_MAX * NODE_PAIR);
		block = put_node(w, true, leaf,
				 at + leaf.len < pairs.len ? w->n_blocks + 1 :
							     0,
				 previous);
		previous = block;
		sm_buf_put_u32be(&branch, block);
		/* the key of its last entry */
		sm_buf_put(&branch, leaf.ptr + leaf.len - 4, 4);
	}
	if (n > 1)
		block = put_node(w, false, sm_buf_str(&branch), 0, 0);
	sm_buf_release(&branch);
	return block;
}

static int put_paths(struct writer *w, uint32_t *tree)
{
	struct sm_buf pairs = SM_BUF_INIT(w->n * NODE_PAIR);
	size_t i;
	int r = 0;

	for (i = 0; i < w->n && r == 0; i++)
		r = put_entry(w, &w->entry[i], &pairs);
	*tree = put_tree(w, put_nodes(w, sm_buf_str(&pairs)), NODE,
			 (uint32_t)w->n);
	sm_buf_release(&pairs);
	return r;
}

static uint32_t put_vindex(struct writer *w)
{
	uint32_t tree = put_empty_tree(w, NODE_VINDEX);

	block_begin(w);
	sm_buf_put_u32be(w->out, 1);
	sm_buf_put_u32be(w->out, tree);
	sm_buf_put_u32be(w->out, 0);
	sm_buf_put_u8(w->out, 0);
	return block_end(w);
}

static uint32_t put_info(struct writer *w)
{
	size_t i;

	block_begin(w);
	sm_buf_put_u32be(w->out, 1);
	sm_buf_put_u32be(w->out, (uint32_t)w->n + 1);
	sm_buf_put_u32be(w->out, (uint32_t)w->n_cpus + 1);
	sm_buf_put_u32be(w->out, 0);
	sm_buf_put_u32be(w->out, 0);
	sm_buf_put_u32be(w->out, w->plain_bytes);
	sm_buf_put_u32be(w->out, 0);
	for (i = 0; i < w->n_cpus; i++) {
		sm_buf_put_u32be(w->out, w->cpu[i]);
		sm_buf_put_u32be(w->out, 0);
		sm_buf_put_u32be(w->out, w->cpu_bytes[i]);
		sm_buf_put_u32be(w->out, 0);
	}
	return block_end(w);
}

/* --- the file -------------------------------------------------------------- */

/* Both sit in front of the blocks whose numbers and ends they need. */
static void fill_front(struct writer *w, const uint32_t *vars, size_t index)
{
	static const char *const names[] = { "BomInfo", "Paths", "HLIndex",
					     "VIndex", "Size64" };
	struct sm_buf front = SM_BUF_INIT(HEADER + VARS);
	size_t i;

	sm_buf_puts(&front, "BOMStore");
	sm_buf_put_u32be(&front, 1);
	sm_buf_put_u32be(&front, w->n_blocks - 1);
	sm_buf_put_u32be(&front, (uint32_t)index);
	sm_buf_put_u32be(&front, (uint32_t)(w->out->len - w->base - index));
	sm_buf_put_u32be(&front, HEADER);
	sm_buf_put_u32be(&front, VARS);
	sm_buf_put_fill(&front, '\0', HEADER - front.len);
	sm_buf_put_u32be(&front, SM_ARRAY_LEN(names));
	for (i = 0; i < SM_ARRAY_LEN(names); i++) {
		sm_buf_put_u32be(&front, vars[i]);
		sm_buf_put_u8(&front, (uint8_t)strlen(names[i]));
		sm_buf_puts(&front, names[i]);
	}
	memcpy(w->out->ptr + w->base, front.ptr, front.len);
	sm_buf_release(&front);
}

static void put_index(struct writer *w)
{
	uint32_t i;

	sm_buf_put_u32be(w->out, w->n_blocks);
	for (i = 0; i < w->n_blocks; i++) {
		sm_buf_put_u32be(w->out, w->offset[i]);
		sm_buf_put_u32be(w->out, w->length[i]);
	}
	sm_buf_put_u32be(w->out, 0);          /* nothing is free */
	sm_buf_put_fill(w->out, '\0', 2 * 8); /* but two pairs follow */
}

static int put_all(struct writer *w)
{
	uint32_t vars[5]; /* in the order of fill_front */
	size_t index;
	int r;

	sm_buf_put_fill(w->out, '\0', HEADER + VARS);
	w->n_blocks = 1;
	if ((r = put_paths(w, &vars[1])) < 0)
		return r;
	vars[0] = put_info(w);
	vars[2] = put_empty_tree(w, NODE);
	vars[3] = put_vindex(w);
	vars[4] = put_empty_tree(w, NODE);
	index = w->out->len - w->base;
	put_index(w);
	if (w->out->err)
		return sm_err_set(w->e, SM_ELIMIT, "Bom is too large");
	fill_front(w, vars, index);
	return 0;
}

int pkg_bom_put(const struct pkg_filelist *l, uint32_t mtime_sec,
		struct sm_buf *out, struct sm_err *e)
{
	struct writer w = {
		.out = out, .base = out->len, .e = e, .mtime_sec = mtime_sec
	};
	size_t blocks = BLOCKS_FIXED + 3 * (l->n + 1) + l->n / PAIRS_MAX;
	int r;

	if (l->n >= PKG_BOM_ENTRIES_MAX)
		return sm_err_set(e, SM_EFORMAT,
				  "a pkg takes at most %d files and folders",
				  PKG_BOM_ENTRIES_MAX - 1);
	w.entry = sm_mem_zalloc(l->n + 1, sizeof(*w.entry));
	w.offset = sm_mem_zalloc(blocks, sizeof(*w.offset));
	w.length = sm_mem_zalloc(blocks, sizeof(*w.length));
	number(&w, l);
	r = put_all(&w);
	sm_mem_free(w.entry);
	sm_mem_free(w.offset);
	sm_mem_free(w.length);
	return r;
}
