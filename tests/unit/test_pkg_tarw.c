/*
 * tar entries: header fields, names cut in two, records, limits.
 */
#include "common/def.h"
#include "pkg/tarw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define WHEN 1767225600

static int put(struct sm_buf *out, const char *path, enum pkg_arc_type type,
	       const char *data, const char *records)
{
	const struct pkg_arc_entry entry = { path,   type, 0755,        "root",
					     "root", WHEN, sm_str(data) };
	struct sm_err e = SM_ERR_INIT;
	int r = pkg_tarw_put(out, &entry, sm_str(records), &e);

	assert_true((r < 0) == (e.msg[0] != '\0'));
	return r;
}

static void fields(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	unsigned sum = 0;

	SM_UNUSED(state);
	assert_int_equal(put(&out, "dir/f", PKG_ARC_FILE, "hello", ""), 0);
	assert_int_equal(out.len, 1024);
	assert_string_equal(out.ptr, "dir/f");
	assert_string_equal(out.ptr + 100, "0000755");
	assert_string_equal(out.ptr + 124, "00000000005");
	assert_string_equal(out.ptr + 136, "15125334400");
	assert_int_equal(out.ptr[156], '0');
	assert_memory_equal(out.ptr + 257, "ustar\00000root", 12);
	assert_string_equal(out.ptr + 512, "hello");
	for (int i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : (uint8_t)out.ptr[i];
	assert_int_equal(strtoul(out.ptr + 148, NULL, 8), sum);
	sm_buf_release(&out);
}

static void kinds(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	assert_int_equal(put(&out, "d/", PKG_ARC_DIR, "", ""), 0);
	assert_int_equal(put(&out, "l", PKG_ARC_LINK, "d/f", ""), 0);
	assert_int_equal(out.len, 1024); /* no data */
	assert_int_equal(out.ptr[156], '5');
	assert_int_equal(out.ptr[512 + 156], '2');
	assert_string_equal(out.ptr + 512 + 157, "d/f");
	assert_string_equal(out.ptr + 512 + 124, "00000000000");
	pkg_tarw_end(&out);
	assert_int_equal(out.len, 2048);
	sm_buf_release(&out);
}

static void records(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf rec = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	pkg_tarw_record(&rec, "a", "b"); /* "6 a=b\n" */
	assert_string_equal(rec.ptr, "6 a=b\n");
	sm_buf_clear(&rec);
	/* 98 without digits, 100 with two of them, so 101 with three */
	pkg_tarw_record(&rec, "k",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_int_equal(rec.len, 101);
	assert_memory_equal(rec.ptr, "101 k=", 6);
	assert_int_equal(put(&out, "f", PKG_ARC_FILE, "x", sm_buf_z(&rec)), 0);
	assert_int_equal(out.len, 4 * 512);
	assert_int_equal(out.ptr[156], 'x');
	assert_memory_equal(out.ptr + 512, rec.ptr, rec.len);
	assert_string_equal(out.ptr + 1024, "f");
	sm_buf_release(&rec);
	sm_buf_release(&out);
}

static void names(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	char path[260];

	SM_UNUSED(state);
	memset(path, 'a', sizeof(path));
	path[100] = '\0';
	assert_int_equal(put(&out, path, PKG_ARC_FILE, "", ""), 0);
	assert_int_equal(out.ptr[345], '\0');
	path[100] = 'a';
	path[60] = '/';
	path[150] = '\0'; /* 60, a slash, 89 */
	sm_buf_clear(&out);
	assert_int_equal(put(&out, path, PKG_ARC_FILE, "", ""), 0);
	assert_int_equal(strlen(out.ptr + 345), 60);
	assert_int_equal(strlen(out.ptr), 89);
	path[60] = 'a'; /* no slash */
	assert_int_equal(put(&out, path, PKG_ARC_FILE, "", ""), SM_EFORMAT);
	memset(path, 'a', sizeof(path));
	path[156] = '/'; /* too far behind for the prefix */
	path[259] = '\0';
	assert_int_equal(put(&out, path, PKG_ARC_FILE, "", ""), SM_EFORMAT);
	path[101] = '\0';
	assert_int_equal(put(&out, "l", PKG_ARC_LINK, path, ""), SM_EFORMAT);
	sm_buf_release(&out);
}

static void too_large(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1000);

	SM_UNUSED(state);
	assert_int_equal(put(&out, "f", PKG_ARC_FILE, "x", ""), SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),    cmocka_unit_test(kinds),
		cmocka_unit_test(records),   cmocka_unit_test(names),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
