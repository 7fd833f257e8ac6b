/*
 * Zips in memory: headers as PACKAGING.md 5.7 wants them, limits.
 */
#include "common/def.h"
#include "pkg/zipw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WHEN 1767225600 /* 2026-01-01 00:00:00 UTC */

static int put(struct pkg_zipw *z, const char *path, enum pkg_arc_type type,
	       struct sm_str data, int64_t sec)
{
	const struct pkg_arc_entry entry = { path,   type, 0755, "root",
					     "root", sec,  data };
	struct sm_err e = SM_ERR_INIT;
	int r = pkg_zipw_put(z, &entry, &e);

	assert_true((r < 0) == (e.msg[0] != '\0'));
	return r;
}

static unsigned le(const struct sm_buf *b, size_t at, size_t n)
{
	unsigned v = 0;

	assert_true(at + n <= b->len);
	while (n--)
		v = v << 8 | (uint8_t)b->ptr[at + n];
	return v;
}

static void make(struct sm_buf *out, int64_t sec)
{
	static const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct sm_err e = SM_ERR_INIT;
	struct pkg_zipw z;

	sm_buf_init(out, SM_BUF_SMALL);
	pkg_zipw_begin(&z, out);
	assert_int_equal(put(&z, "d/", PKG_ARC_DIR, sm_str(""), sec), 0);
	assert_int_equal(put(&z, "d/f", PKG_ARC_FILE, sm_str(text), sec), 0);
	assert_int_equal(put(&z, "l", PKG_ARC_LINK, sm_str("d/f"), sec), 0);
	assert_int_equal(pkg_zipw_finish(&z, &e), 0);
	pkg_zipw_release(&z);
}

static void local_headers(void **state)
{
	struct sm_buf out;
	size_t at;

	SM_UNUSED(state);
	make(&out, WHEN + 3);
	assert_memory_equal(out.ptr, "PK\3\4", 4);
	assert_int_equal(le(&out, 6, 2), 0);      /* sizes are known */
	assert_int_equal(le(&out, 8, 2), 0);      /* stored */
	assert_int_equal(le(&out, 10, 2), 1);     /* 00:00:02: even */
	assert_int_equal(le(&out, 12, 2), 23585); /* 46 << 9 | 1 << 5 | 1 */
	assert_int_equal(le(&out, 26, 2), 2);
	assert_int_equal(le(&out, 28, 2), 0); /* no extra field */
	at = 30 + 2;
	assert_memory_equal(out.ptr + at, "PK\3\4", 4);
	assert_int_equal(le(&out, at + 8, 2), 8);
	assert_int_equal(le(&out, at + 22, 4), 42);
	assert_true(le(&out, at + 18, 4) < 42);
	sm_buf_release(&out);
}

static void directory(void **state)
{
	struct sm_buf out;
	size_t end, at;

	SM_UNUSED(state);
	make(&out, WHEN);
	end = out.len - 22;
	assert_memory_equal(out.ptr + end, "PK\5\6", 4);
	assert_int_equal(le(&out, end + 10, 2), 3);
	at = le(&out, end + 16, 4);
	assert_int_equal(at + le(&out, end + 12, 4), end);
	assert_memory_equal(out.ptr + at, "PK\1\2", 4);
	assert_int_equal(le(&out, at + 5, 1), 3);     /* Unix */
	assert_int_equal(le(&out, at + 30, 2), 0);    /* no extra field */
	assert_int_equal(le(&out, at + 38, 1), 0x10); /* a folder to DOS */
	assert_int_equal(le(&out, at + 40, 2), 040755);
	at += 46 + 2;
	assert_int_equal(le(&out, at + 40, 2), 0100755);
	assert_int_equal(le(&out, at + 42, 4), 32);
	at += 46 + 3;
	assert_int_equal(le(&out, at + 40, 2), 0120755);
	sm_buf_release(&out);
}

static void names(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_zipw z;

	SM_UNUSED(state);
	pkg_zipw_begin(&z, &out);
	assert_int_equal(put(&z, "\xc3\xa4", PKG_ARC_FILE, sm_str("x"), WHEN),
			 0);
	assert_int_equal(le(&out, 6, 2), 0x0800); /* UTF-8 */
	pkg_zipw_release(&z);
	sm_buf_release(&out);
}

static void before_1980(void **state)
{
	struct sm_buf out;

	SM_UNUSED(state);
	make(&out, 5);
	assert_int_equal(le(&out, 12, 2), 33);
	assert_int_equal(le(&out, 10, 2), 0);
	sm_buf_release(&out);
}

static void too_large(void **state)
{
	struct sm_buf out = SM_BUF_INIT(40);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_zipw z;

	SM_UNUSED(state);
	pkg_zipw_begin(&z, &out);
	assert_int_equal(put(&z, "f", PKG_ARC_FILE, sm_str("x"), WHEN), 0);
	assert_int_equal(put(&z, "g", PKG_ARC_FILE, sm_str("y"), WHEN),
			 SM_ELIMIT);
	assert_int_equal(pkg_zipw_finish(&z, &e), SM_ELIMIT);
	pkg_zipw_release(&z);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_headers), cmocka_unit_test(directory),
		cmocka_unit_test(names),         cmocka_unit_test(before_1980),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
