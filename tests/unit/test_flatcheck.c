/*
 * A package made in memory agrees with itself; parts of two packages do not.
 */
#include "common/def.h"
#include "common/flatcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/os/file.h"
#include "pkg/arc.h"
#include "pkg/bom.h"
#include "pkg/filelist.h"
#include "pkg/odc.h"
#include "pkg/xarw.h"

/* What may be changed; the defaults agree. */
struct shape {
	const char *bom_data; /* contents of the file, as the Bom knows them */
	unsigned mode;        /* in the payload */
	bool again;           /* the file is twice in the payload */
	bool less;            /* or not at all */
	const char *count, *kib;
	bool no_bom;
};

#define SHAPE                                                \
	{                                                    \
		"hello", 0644, false, false, "2", "1", false \
	}

static void payload(const struct shape *s, struct sm_buf *gz)
{
	struct sm_buf cpio = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_odc o = { &cpio, 7, 0 };
	int i;

	pkg_odc_put(&o, ".", PKG_ARC_DIR, 0755, sm_str(""), NULL);
	for (i = s->less ? 1 : 0; i < (s->again ? 2 : 1); i++)
		pkg_odc_put(&o, "./f", PKG_ARC_FILE, s->mode, sm_str("hello"),
			    NULL);
	pkg_odc_finish(&o, NULL);
	assert_int_equal(
		pkg_arc_compress(sm_buf_str(&cpio), PKG_ARC_GZIP, gz, NULL), 0);
	sm_buf_release(&cpio);
}

static int run(const struct shape *s, const char *behind, struct sm_err *e)
{
	struct sm_buf bom = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf gz = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf info = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf file = SM_BUF_INIT(1 << 20);
	int fd = sm_os_file_temp(NULL, NULL), r;
	struct pkg_filelist l;
	struct sm_flatpkg p;

	pkg_filelist_init(&l);
	pkg_filelist_add(&l, "f", 0, sm_str(s->bom_data));
	assert_int_equal(pkg_bom_put(&l, 7, &bom, NULL), 0);
	pkg_filelist_release(&l);
	payload(s, &gz);
	sm_buf_puts(&gz, behind);
	sm_buf_printf(&info,
		      "<pkg-info identifier=\"i\" version=\"1.0\"><payload "
		      "numberOfFiles=\"%s\" installKBytes=\"%s\"/></pkg-info>",
		      s->count, s->kib);
	{
		const struct pkg_xarw_file files[] = {
			{ "PackageInfo", false, 0, true, sm_buf_str(&info) },
			{ "Payload", false, 0, false, sm_buf_str(&gz) },
			{ "Bom", false, 0, true, sm_buf_str(&bom) },
		};
		const struct pkg_xarw x = { files, s->no_bom ? 2 : 3,
					    SM_DIGEST_SHA256, 7, NULL };

		assert_int_equal(pkg_xarw_put(&x, &file, NULL), 0);
	}
	assert_int_equal(sm_os_file_write_all(fd, sm_buf_str(&file), NULL), 0);
	if ((r = sm_flatpkg_read(&p, fd, e)) == 0) {
		r = sm_flatcheck_run(&p, fd, e);
		sm_flatpkg_release(&p);
	}
	sm_os_file_close(fd);
	sm_buf_release(&bom);
	sm_buf_release(&gz);
	sm_buf_release(&info);
	sm_buf_release(&file);
	return r;
}

static void good(void **state)
{
	const struct shape s = SHAPE;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (run(&s, "", &e) < 0)
		fail_msg("%s", e.msg);
}

static void bad(void **state)
{
	static const struct {
		struct shape s;
		const char *why;
	} cases[] = {
		{ { "HELLO", 0644, false, false, "2", "1", false },
		  "differ in checksum" },
		{ { "hell", 0644, false, false, "2", "1", false },
		  "differ in size" },
		{ { "hello", 0755, false, false, "2", "1", false },
		  "differ in mode" },
		{ { "hello", 0644, true, false, "3", "1", false },
		  "twice in the Payload" },
		{ { "hello", 0644, false, true, "1", "0", false },
		  "is not in the Payload" },
		{ { "hello", 0644, false, false, "3", "1", false },
		  "counts 3 files" },
		{ { "hello", 0644, false, false, "2", "2", false },
		  "says 2 KiB" },
		{ { "hello", 0644, false, false, "2x", "1", false },
		  "PackageInfo is malformed" },
		{ { "hello", 0644, false, false, "2", "1", true },
		  "not one Bom" },
	};
	const struct shape s = SHAPE;
	struct sm_err e;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(cases); i++) {
		sm_err_clear(&e);
		if (run(&cases[i].s, "", &e) >= 0 ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %zu: '%s' does not say '%s'", i, e.msg,
				 cases[i].why);
	}
	sm_err_clear(&e);
	assert_int_equal(run(&s, "x", &e), SM_EFORMAT);
	assert_non_null(strstr(e.msg, "not a whole gzip stream"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
