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

static void limit(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l;
	struct sm_buf out;
	struct sm_bom b;
	char name[16];
	size_t i;

	SM_UNUSED(state);
	pkg_filelist_init(&l);
	for (i = 0; i < PKG_BOM_ENTRIES_MAX - 1; i++) {
		snprintf(name, sizeof(name), "f%03zu", i);
		add(&l, name, "");
	}
	write_bom(&l, &out, &b);
	assert_int_equal(b.n, PKG_BOM_ENTRIES_MAX);
	sm_bom_release(&b);
	add(&l, "one-more", "");
	assert_int_equal(pkg_bom_put(&l, 0, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, "509"));
	sm_buf_release(&out);
	sm_buf_init(&out, 5000);
	l.n = 1;
	assert_int_equal(pkg_bom_put(&l, 0, &out, &e), SM_ELIMIT);
	sm_buf_release(&out);
	pkg_filelist_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(size),
		cmocka_unit_test(limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
