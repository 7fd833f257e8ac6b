/*
 * The file list: order, parents, roots, and what is refused.
 */
#include "common/def.h"
#include "pkg/filelist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/fs.h"
#include "pkg/manifest.h"

struct place {
	char dir[64];
	char one[80];
	char two[80];
	const char *roots[2];
};

static void write_file(const char *dir, const char *name, const char *text)
{
	struct sm_err e = SM_ERR_INIT;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (sm_fs_write_atomic(path, sm_str(text), 0600, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
}

static int enter(void **state)
{
	struct place *p = sm_mem_zalloc(1, sizeof(*p));
	struct sm_err e = SM_ERR_INIT;

	if (sm_os_dir_temp("/tmp/sm-list-", p->dir, sizeof(p->dir), &e) < 0)
		return -1;
	snprintf(p->one, sizeof(p->one), "%s/one", p->dir);
	snprintf(p->two, sizeof(p->two), "%s/two", p->dir);
	sm_os_dir_make(p->one, 0755, &e);
	sm_os_dir_make(p->two, 0755, &e);
	p->roots[0] = p->one;
	p->roots[1] = p->two;
	write_file(p->one, "both", "first");
	write_file(p->two, "both", "second");
	write_file(p->two, "later", "later");
	*state = p;
	return 0;
}

static int leave(void **state)
{
	struct place *p = *state;
	struct sm_err e = SM_ERR_INIT;

	(void)sm_fs_remove_tree(p->dir, &e);
	sm_mem_free(p);
	return 0;
}

static int load(struct place *p, struct pkg_source *files, size_t n,
		struct pkg_filelist *l, struct sm_err *e)
{
	const struct pkg_roots roots = { p->roots, 2 };
	struct pkg_manifest m;

	pkg_manifest_init(&m);
	m.file = "m";
	m.files = files;
	m.n_files = n;
	for (size_t i = 0; i < n; i++) {
		files[i].owner = "root";
		files[i].group = "root";
		files[i].line = 7;
		files[i].index = (unsigned)i;
	}
	pkg_filelist_init(l);
	sm_err_clear(e);
	return pkg_filelist_load(l, &m, &roots, e);
}

static void order(void **state)
{
	static const char *const want[] = { "a",     "a/b",   "a/b/x",
					    "a/b/y", "a/b-c", "a/b-c/z",
					    "a/b.c" };
	struct pkg_source files[] = {
		{ .source = "both", .destination = "/a/b.c", .mode = 0600 },
		{ .source = "later", .destination = "/a/b/y", .mode = 0644 },
		{ .source = "both", .destination = "/a/b-c/z", .mode = 0644 },
		{ .source = "both", .destination = "/a/b/x", .mode = 0644 },
		{ .type = PKG_SOURCE_DIR, .destination = "/a/b", .mode = 0750 },
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l;

	if (load(*state, files, SM_ARRAY_LEN(files), &l, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
	assert_int_equal(l.n, SM_ARRAY_LEN(want));
	for (size_t i = 0; i < l.n; i++)
		assert_string_equal(l.file[i].path, want[i]);
	assert_int_equal(l.file[0].flags, PKG_FILELIST_IMPLIED);
	assert_int_equal(l.file[0].mode, 0755);
	assert_int_equal(l.file[1].flags, 0);
	assert_int_equal(l.file[1].mode, 0750);
	assert_true(sm_str_eqz(l.file[2].data, "first"));
	assert_true(sm_str_eqz(l.file[3].data, "later"));
	assert_int_equal(pkg_filelist_kib(&l), 7);
	assert_int_equal(l.total_bytes, 20);
	assert_true(l.newest_sec > 1600000000);
	assert_null(pkg_filelist_find(&l, "b"));
	pkg_filelist_release(&l);
}

static void refused(struct place *p, const char *source, int code,
		    const char *message)
{
	struct pkg_source files[] = {
		{ .source = "both", .destination = "/b", .mode = 0644 },
		{ .source = source, .destination = "/a", .mode = 0644 },
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l;

	assert_int_equal(load(p, files, 2, &l, &e), code);
	assert_int_equal(e.code, code);
	assert_true(sm_str_starts(sm_str(sm_err_msg(&e)),
				  "m:7: files[1].source: "));
	assert_true(sm_str_ends(sm_str(sm_err_msg(&e)), message));
	pkg_filelist_release(&l);
}

static void sources(void **state)
{
	struct place *p = *state;
	struct sm_err e = SM_ERR_INIT;
	char path[128];

	refused(p, "absent", SM_ENOTFOUND, "or the others");
	refused(p, ".", SM_EFORMAT, "is not a regular file");
	snprintf(path, sizeof(path), "%s/loop", p->one);
	assert_int_equal(sm_os_link_make("loop", path, &e), 0);
	refused(p, "loop", SM_EPERM, "symbolic links");
}

static void added(void **state)
{
	struct pkg_source files[] = {
		{ .source = "both", .destination = "/z", .mode = 0644 },
	};
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l;

	assert_int_equal(load(*state, files, 1, &l, &e), 0);
	pkg_filelist_add(&l, "d/new", PKG_FILELIST_DOC, sm_str("text"));
	pkg_filelist_add(&l, "z", 0, sm_str("not this"));
	assert_int_equal(l.n, 3);
	assert_string_equal(l.file[0].path, "d");
	assert_string_equal(l.file[1].path, "d/new");
	assert_int_equal(l.file[1].flags, PKG_FILELIST_DOC);
	assert_true(sm_str_eqz(l.file[2].data, "first"));
	pkg_filelist_release(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order),
		cmocka_unit_test(sources),
		cmocka_unit_test(added),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
