/*
 * Archives in memory: the bytes that other tools look at, sameness, limits.
 */
#include "common/def.h"
#include "pkg/arc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WHEN 1767225600

static int put(struct pkg_arc *a, const char *path, enum pkg_arc_type type,
	       const char *data, struct sm_err *e)
{
	const struct pkg_arc_entry entry = { path,   type, 0755,        "root",
					     "root", WHEN, sm_str(data) };

	return pkg_arc_put(a, &entry, e);
}

static int three(enum pkg_arc_format format, enum pkg_arc_filter filter,
		 struct sm_buf *out, struct sm_err *e)
{
	struct pkg_arc *a = NULL;
	int r;

	sm_err_clear(e);
	if ((r = pkg_arc_new(&a, format, filter, out, e)) < 0)
		goto out;
	if (format != PKG_ARC_AR &&
	    (r = put(a, "./dir/", PKG_ARC_DIR, "", e)) < 0)
		goto out;
	if ((r = put(a, "file", PKG_ARC_FILE, "hello\n", e)) < 0)
		goto out;
	if (format != PKG_ARC_AR &&
	    (r = put(a, "link", PKG_ARC_LINK, "file", e)) < 0)
		goto out;
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	return r;
}

static void made(enum pkg_arc_format format, enum pkg_arc_filter filter,
		 struct sm_buf *out)
{
	struct sm_err e = SM_ERR_INIT;

	sm_buf_init(out, SM_BUF_SMALL);
	if (three(format, filter, out, &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
}

static void ar(void **state)
{
	static const char want[] =
		"!<arch>\n"
		"file            1767225600  0     0     100755  6         `\n"
		"hello\n";
	struct sm_buf out;

	SM_UNUSED(state);
	made(PKG_ARC_AR, PKG_ARC_PLAIN, &out);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.ptr, want, sizeof(want) - 1);
	sm_buf_release(&out);
}

static void ustar(void **state)
{
	struct sm_buf out;

	SM_UNUSED(state);
	made(PKG_ARC_USTAR, PKG_ARC_PLAIN, &out);
	/* folder, file with one block, link, two empty blocks */
	assert_int_equal(out.len, 512 * 6);
	assert_string_equal(out.ptr, "./dir/");
	assert_memory_equal(out.ptr + 257, "ustar\00000root", 12);
	assert_memory_equal(out.ptr + 100, "000755 ", 7);
	assert_memory_equal(out.ptr + 136, "15125334400 ", 12);
	assert_int_equal(out.ptr[156], '5');
	assert_int_equal(out.ptr[512 + 156], '0');
	assert_int_equal(out.ptr[3 * 512 + 156], '2');
	assert_string_equal(out.ptr + 3 * 512 + 157, "file");
	sm_buf_release(&out);
}

/* dpkg reads no PAX headers: what would need one is an error. */
static void long_names(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_arc *a = NULL;
	char path[300];

	SM_UNUSED(state);
	memset(path, 'a', sizeof(path));
	path[299] = '\0';
	assert_int_equal(
		pkg_arc_new(&a, PKG_ARC_USTAR, PKG_ARC_PLAIN, &out, &e), 0);
	assert_true(put(a, path, PKG_ARC_FILE, "", &e) < 0);
	assert_true(e.msg[0] != '\0');
	pkg_arc_free(a);
	assert_null(memchr(out.ptr, 'x', out.len));
	sm_buf_release(&out);
}

static void newc(void **state)
{
	struct sm_buf out;

	SM_UNUSED(state);
	made(PKG_ARC_NEWC, PKG_ARC_PLAIN, &out);
	assert_memory_equal(out.ptr, "07070100000001000041ed", 22);
	assert_true(sm_str_find(sm_buf_str(&out), sm_str("TRAILER!!!")) > 0);
	sm_buf_release(&out);
}

static void same_bytes(void **state)
{
	static const enum pkg_arc_format formats[] = { PKG_ARC_USTAR,
						       PKG_ARC_NEWC };
	struct sm_buf a;
	struct sm_buf b;

	SM_UNUSED(state);
	for (size_t i = 0; i < 3 * SM_ARRAY_LEN(formats); i++) {
		enum pkg_arc_filter filter =
			(enum pkg_arc_filter)(i / SM_ARRAY_LEN(formats));

		made(formats[i % SM_ARRAY_LEN(formats)], filter, &a);
		made(formats[i % SM_ARRAY_LEN(formats)], filter, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.ptr, b.ptr, a.len);
		sm_buf_release(&a);
		sm_buf_release(&b);
	}
}

static void compressed(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		pkg_arc_compress(sm_str("hello"), PKG_ARC_GZIP, &out, &e), 0);
	/* no name, no time, best */
	assert_memory_equal(out.ptr, "\x1f\x8b\x08\0\0\0\0\0\x02\x03", 10);
	sm_buf_clear(&out);
	assert_int_equal(
		pkg_arc_compress(sm_str("hello"), PKG_ARC_XZ, &out, &e), 0);
	assert_memory_equal(out.ptr,
			    "\xfd"
			    "7zXZ\0",
			    6);
	sm_buf_release(&out);
}

/* One byte less than it takes: an error, not a short archive. */
static void too_large(void **state)
{
	struct sm_buf whole;
	struct sm_buf out;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	made(PKG_ARC_USTAR, PKG_ARC_XZ, &whole);
	sm_buf_init(&out, whole.len);
	assert_int_equal(three(PKG_ARC_USTAR, PKG_ARC_XZ, &out, &e), 0);
	sm_buf_release(&out);
	sm_buf_init(&out, whole.len - 1);
	assert_int_equal(three(PKG_ARC_USTAR, PKG_ARC_XZ, &out, &e), SM_ELIMIT);
	assert_true(e.msg[0] != '\0');
	sm_buf_release(&out);
	sm_buf_release(&whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ar),         cmocka_unit_test(ustar),
		cmocka_unit_test(long_names), cmocka_unit_test(newc),
		cmocka_unit_test(same_bytes), cmocka_unit_test(compressed),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
