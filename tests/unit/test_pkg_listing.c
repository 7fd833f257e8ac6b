/*
 * Listings: containers in containers, texts about a package, what cannot be
 * printed, damage.
 */
#include "common/def.h"
#include "pkg/listing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "pkg/pack.h"
#include "pkg/zipw.h"

#define MAX ((size_t)1 << 20)

static void keep(void *user, const char *line)
{
	sm_buf_puts(user, line);
	sm_buf_puts(user, "\n");
}

static void zip(struct sm_buf *out, const char *name, struct sm_str data)
{
	struct pkg_arc_entry entry = { name, PKG_ARC_FILE, 0640, NULL,
				       NULL, 1767225600,   data };
	struct sm_err e = SM_ERR_INIT;
	struct pkg_zipw z;

	sm_buf_init(out, MAX);
	pkg_zipw_begin(&z, out);
	assert_int_equal(pkg_zipw_put(&z, &entry, &e), 0);
	assert_int_equal(pkg_zipw_finish(&z, &e), 0);
	pkg_zipw_release(&z);
}

static void nested(void **state)
{
	struct sm_buf inner, outer, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	zip(&inner, "control", sm_str("Name: x\nText: \xff\n"));
	zip(&outer, "a.zip", sm_buf_str(&inner));
	assert_int_equal(pkg_listing_run(sm_buf_str(&outer), keep, &out, &e),
			 0);
	/* a text that is none is not shown */
	assert_non_null(strstr(sm_buf_z(&out), "  a.zip/control\n"));
	assert_null(strstr(sm_buf_z(&out), " | "));
	sm_buf_release(&inner);
	sm_buf_release(&outer);
	sm_buf_clear(&out);
	zip(&inner, "control", sm_str("Name: x\n\nText\n"));
	zip(&outer, "a\033.zip", sm_buf_str(&inner));
	assert_int_equal(pkg_listing_run(sm_buf_str(&outer), keep, &out, &e),
			 0);
	assert_non_null(strstr(sm_buf_z(&out), "0640 0:0 1767225600 14 "));
	assert_non_null(strstr(sm_buf_z(&out), "  a?.zip/control\n"
					       "        | Name: x\n"
					       "        | \n"
					       "        | Text\n"));
	assert_int_equal(pkg_listing_has(sm_buf_str(&outer), "control", &e), 1);
	assert_int_equal(pkg_listing_has(sm_buf_str(&outer), "contro", &e), 0);
	sm_buf_release(&inner);
	sm_buf_release(&outer);
	sm_buf_release(&out);
}

static void damaged(void **state)
{
	struct sm_buf gz = SM_BUF_INIT(MAX), outer, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(pkg_pack_gzip(sm_str("some text"), &gz, &e), 0);
	sm_buf_truncate(&gz, gz.len - 3);
	zip(&outer, "x.gz", sm_buf_str(&gz));
	assert_int_equal(pkg_listing_run(sm_buf_str(&outer), keep, &out, &e),
			 SM_EFORMAT);
	assert_string_equal(sm_err_msg(&e), "x.gz: gzip data is damaged");
	assert_non_null(strstr(sm_buf_z(&out), "  x.gz\n"));
	assert_int_equal(pkg_listing_has(sm_buf_str(&outer), "y", &e),
			 SM_EFORMAT);
	sm_buf_release(&gz);
	sm_buf_release(&outer);
	sm_buf_release(&out);
}

/* Zips in zips end at a depth. */
static void deep(void **state)
{
	struct sm_buf one, next, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;
	size_t lines = 0;

	SM_UNUSED(state);
	zip(&one, "a", sm_str("end"));
	for (int i = 0; i < 20; i++) {
		zip(&next, "a", sm_buf_str(&one));
		sm_buf_release(&one);
		one = next;
	}
	assert_int_equal(pkg_listing_run(sm_buf_str(&one), keep, &out, &e), 0);
	for (const char *p = sm_buf_z(&out); *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, PKG_LISTING_DEPTH_MAX);
	sm_buf_release(&one);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested),
		cmocka_unit_test(damaged),
		cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests_name("pkg_listing", tests, NULL, NULL);
}
