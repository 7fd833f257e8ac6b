/*
 * Octal cpio: the bytes that POSIX names, and what common/odc.h reads.
 */
#include "common/def.h"
#include "pkg/odc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/odc.h"

static void bytes(void **state)
{
	static const char want[] = "070707"
				   "000000"
				   "000001"
				   "040755"
				   "000000"
				   "000000"
				   "000002"
				   "000000"
				   "00000001747"
				   "000002"
				   "00000000000"
				   ".\0"
				   "070707"
				   "000000"
				   "000002"
				   "100644"
				   "000000"
				   "000000"
				   "000001"
				   "000000"
				   "00000001747"
				   "000004"
				   "00000000005"
				   "./a\0hello"
				   "070707"
				   "000000"
				   "000003"
				   "120755"
				   "000000"
				   "000000"
				   "000001"
				   "000000"
				   "00000001747"
				   "000004"
				   "00000000001"
				   "./b\0a"
				   "070707"
				   "000000"
				   "000000"
				   "000000"
				   "000000"
				   "000000"
				   "000001"
				   "000000"
				   "00000000000"
				   "000013"
				   "00000000000"
				   "TRAILER!!!";
	struct sm_buf out = SM_BUF_INIT(4096);
	struct pkg_odc o = { &out, 999, 0 };

	SM_UNUSED(state);
	assert_int_equal(
		pkg_odc_put(&o, ".", PKG_ARC_DIR, 0755, sm_str(""), NULL), 0);
	assert_int_equal(pkg_odc_put(&o, "./a", PKG_ARC_FILE, 0644,
				     sm_str("hello"), NULL),
			 0);
	assert_int_equal(pkg_odc_put(&o, "./b", PKG_ARC_LINK, 0755, sm_str("a"),
				     NULL),
			 0);
	assert_int_equal(pkg_odc_finish(&o, NULL), 0);
	assert_int_equal(out.len, sizeof(want));
	assert_memory_equal(out.ptr, want, sizeof(want));
	sm_buf_release(&out);
}

static void read_back(void **state)
{
	struct sm_buf out = SM_BUF_INIT(4096);
	struct pkg_odc o = { &out, UINT32_MAX, 0 };
	struct sm_odc_entry en;
	struct sm_str rest;

	SM_UNUSED(state);
	assert_int_equal(pkg_odc_put(&o, "./a", PKG_ARC_FILE, 0755, sm_str("x"),
				     NULL),
			 0);
	assert_int_equal(pkg_odc_finish(&o, NULL), 0);
	rest = sm_buf_str(&out);
	assert_int_equal(sm_odc_next(&rest, &en, NULL), 1);
	assert_int_equal(en.mode, 0100755);
	assert_int_equal(en.mtime_sec, UINT32_MAX);
	assert_int_equal(sm_odc_next(&rest, &en, NULL), 0);
	assert_int_equal(rest.len, 0);
	sm_buf_release(&out);
}

static void limits(void **state)
{
	struct sm_buf out = SM_BUF_INIT(200);
	struct pkg_odc o = { &out, 0, PKG_ODC_INODE_MAX - 1 };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		pkg_odc_put(&o, "./a", PKG_ARC_FILE, 0644, sm_str(""), &e), 0);
	assert_int_equal(pkg_odc_put(&o, "./b", PKG_ARC_FILE, 0644, sm_str(""),
				     &e),
			 SM_ELIMIT);
	o.n = 0;
	assert_int_equal(pkg_odc_put(&o, "./c", PKG_ARC_FILE, 0644,
				     sm_str("0123456789012345678901234567890123"
					    "4567890123456789"),
				     &e),
			 SM_ELIMIT);
	assert_int_equal(pkg_odc_finish(&o, &e), SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes),
		cmocka_unit_test(read_back),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
