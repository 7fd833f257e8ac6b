/*
 * Bills of materials written, read back, and measured against the sizes that
 * Apple's own have (PACKAGING.md 4.6).
 */
#include "common/def.h"
#include "pkg/bom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/bom.h"
#include "pkg/filelist.h"

static void add(struct pkg_filelist *l, const char *path, const char *data)
{
	pkg_filelist_add(l, path, 0, sm_str(data));
}

static void write_bom(const struct pkg_filelist *l, struct sm_buf *out,
		      struct sm_bom *b)
{
	struct sm_err e = SM_ERR_INIT;

	sm_buf_init(out, SM_BOM_MAX);
	if (pkg_bom_put(l, 1234, out, &e) < 0 ||
	    sm_bom_read(b, sm_buf_str(out), &e) < 0)
		fail_msg("%s", e.msg);
}

/* Names chosen so that order by path and order by parent differ. */
static void order(void **state)
{
	static const char *const want[] = { ".",     "./a",    "./a-b",
					    "./z",   "./a/y",  "./a-b/x",
					    "./a/c", "./a/c/d" };
	struct pkg_filelist l;
	struct sm_buf out;
	struct sm_bom b;
	size_t i, found = 0;

	SM_UNUSED(state);
	pkg_filelist_init(&l);
	add(&l, "z", "12345");
	add(&l, "a-b/x", "");
	add(&l, "a/y", "y");
	add(&l, "a/c/d", "d");
	write_bom(&l, &out, &b);
	assert_int_equal(b.n, SM_ARRAY_LEN(want));
	for (i = 0; i < b.n; i++)
		for (size_t k = 0; k < SM_ARRAY_LEN(want); k++)
			found += !strcmp(b.entry[i].path, want[k]);
	assert_int_equal(found, SM_ARRAY_LEN(want));
	assert_string_equal(b.entry[0].path, ".");
	assert_string_equal(b.entry[3].path, "./z");
	assert_int_equal(b.entry[3].size, 5);
	assert_int_equal(b.entry[3].cksum, sm_bom_cksum(sm_str("12345")));
	assert_int_equal(b.entry[3].mode, 0100644);
	assert_int_equal(b.entry[3].mtime_sec, 1234);
	sm_bom_release(&b);
	sm_buf_release(&out);
	pkg_filelist_release(&l);
}

/* The sum of all parts: header, variables, and per path a record, a pair and
 * a name; five trees' worth of fixed blocks; table and free list. */
static void size(void **state)
{
	struct pkg_filelist l;
	struct sm_buf out;
	struct sm_bom b;
	size_t blocks = 2 * 3 + 2 + 1 + 2 + 3 + 2;

	SM_UNUSED(state);
	pkg_filelist_init(&l);
	add(&l, "f", "x");
	write_bom(&l, &out, &b);
	assert_int_equal(out.len, 512 + 60 + (31 + 8 + 6) + (35 + 8 + 6) +
					  4096 + 21 + (12 + 16) +
					  2 * (4096 + 21) + (128 + 21 + 13) +
					  4 + 8 * (blocks + 1) + 4 + 16);
	sm_bom_release(&b);
	sm_buf_release(&out);
	pkg_filelist_release(&l);
}

/* As many files as asked for, made at once: pkg_filelist_add sorts. */
static struct pkg_file *files_new(size_t n, struct sm_arena *arena)
{
	struct pkg_file *f = sm_mem_zalloc(n, sizeof(*f));
	char name[16];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "f%06zu", i);
		f[i].path = sm_arena_dup(arena, sm_str(name));
		f[i].mode = 0644;
		f[i].data = sm_str(f[i].path);
	}
	return f;
}

static unsigned be(const struct sm_buf *b, size_t at, size_t n)
{
	unsigned v = 0;

	assert_true(at + n <= b->len);
	while (n--)
		v = v << 8 | (uint8_t)b->ptr[at++];
	return v;
}

static size_t offset_of(const struct sm_buf *b, unsigned block)
{
	return be(b, be(b, 16, 4) + 4 + 8 * (size_t)block, 4);
}

/* The root of the tree is a branch: each leaf's last key beside it, leaves
 * linked both ways. */
static void check_tree(const struct sm_buf *b, size_t paths)
{
	size_t tree = offset_of(b, be(b, 512 + 4 + 5 + 7, 4)), root, leaf;
	unsigned n, seen = 0, last = 0;

	assert_memory_equal(b->ptr + tree, "tree", 4);
	assert_int_equal(be(b, tree + 16, 4), paths);
	root = offset_of(b, be(b, tree + 8, 4));
	assert_int_equal(be(b, root, 2), 0);
	n = be(b, root + 2, 2);
	assert_int_equal(n, (paths + 509) / 510);
	for (unsigned i = 0; i < n; i++) {
		unsigned block = be(b, root + 12 + 8 * (size_t)i, 4), count;

		leaf = offset_of(b, block);
		assert_int_equal(be(b, leaf, 2), 1);
		count = be(b, leaf + 2, 2);
		assert_int_equal(be(b, leaf + 4, 4), i + 1 < n ? block + 1 : 0);
		assert_int_equal(be(b, leaf + 8, 4), last);
		assert_int_equal(be(b, root + 16 + 8 * (size_t)i, 4),
				 be(b, leaf + 16 + 8 * (size_t)(count - 1), 4));
		last = block;
		seen += count;
	}
	assert_int_equal(seen, paths);
}

static void many(void **state)
{
	static const size_t counts[] = { 508, 509, 510, 1019, 1020, 5000 };
	struct sm_arena arena = SM_ARENA_INIT;
	struct pkg_file *files = files_new(5000, &arena);
	struct pkg_filelist l;
	struct sm_buf out;
	struct sm_bom b;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(counts); i++) {
		memset(&l, 0, sizeof(l));
		l.file = files;
		l.n = counts[i];
		write_bom(&l, &out, &b);
		assert_int_equal(b.n, counts[i] + 1);
		if (counts[i] > 509)
			check_tree(&out, counts[i] + 1);
		for (size_t k = 1; k < b.n; k++) {
			assert_string_equal(b.entry[k].path + 2,
					    files[k - 1].path);
			assert_int_equal(b.entry[k].cksum,
					 sm_bom_cksum(files[k - 1].data));
		}
		sm_bom_release(&b);
		sm_buf_release(&out);
	}
	sm_mem_free(files);
	sm_arena_release(&arena);
}

static void limit(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l = { .n = PKG_BOM_ENTRIES_MAX };
	struct sm_buf out = SM_BUF_INIT(5000);

	SM_UNUSED(state);
	assert_int_equal(pkg_bom_put(&l, 0, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, "65535"));
	l.n = 0;
	assert_int_equal(pkg_bom_put(&l, 0, &out, &e), SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(size),
		cmocka_unit_test(many),
		cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
