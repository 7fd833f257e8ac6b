/*
 * The table of formats, and what each refuses.
 */
#include "common/def.h"
#include "pkg/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "pkg/filelist.h"
#include "pkg/manifest.h"

static void lookup(void **state)
{
	static const char *const writable[] = { "deb",    "rpm", "pkg",
						"bundle", "zip", "exe",
						"run",    "apk", "targz" };

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(writable); i++) {
		assert_string_equal(pkg_format_find(writable[i])->name,
				    writable[i]);
		assert_null(pkg_format_check_name(writable[i]));
	}
	assert_null(pkg_format_find("snap"));
	assert_non_null(pkg_format_check_name("snap"));
	assert_non_null(pkg_format_check_name(""));
}

static void file_names(void **state)
{
	static const char *const rows[][3] = {
		{ "deb", "x86_64", "thing_1.2.3.4-5_amd64.deb" },
		{ "deb", "i386", "thing_1.2.3.4-5_i386.deb" },
		{ "deb", "aarch64", "thing_1.2.3.4-5_arm64.deb" },
		{ "rpm", "x86_64", "thing-1.2.3.4-5.x86_64.rpm" },
		{ "rpm", "i386", "thing-1.2.3.4-5.i386.rpm" },
		{ "rpm", "aarch64", "thing-1.2.3.4-5.aarch64.rpm" },
		{ "bundle", "x86_64", "sessionmanager-bundle.zip" },
		{ "pkg", "x86_64", "thing-1.2.3.4-x86_64.pkg" },
		{ "pkg", "aarch64", "thing-1.2.3.4-arm64.pkg" },
		{ "pkg", "universal", "thing-1.2.3.4-universal.pkg" },
		{ "zip", "x86_64", "thing-1.2.3.4-x86_64.zip" },
	};
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	SM_UNUSED(state);
	pkg_manifest_init(&m);
	m.name = "thing";
	m.version = "1.2.3.4";
	m.release = "5";
	m.epoch_sec = 1767225600;
	for (size_t i = 0; i < SM_ARRAY_LEN(rows); i++) {
		const struct pkg_format *f = pkg_format_find(rows[i][0]);

		m.format = rows[i][0];
		m.arch = rows[i][1];
		assert_int_equal(f->check(&m, &e), 0);
		sm_buf_clear(&name);
		f->filename(&m, &name);
		assert_string_equal(sm_buf_z(&name), rows[i][2]);
		assert_true(sm_str_ends(sm_buf_str(&name), f->ext));
	}
	sm_buf_release(&name);
}

static void refusals(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_source other = { PKG_SOURCE_FILE, "a",  "/a", NULL, "root",
				    "staff",         0644, 7,    3 };
	struct pkg_manifest m;

	SM_UNUSED(state);
	pkg_manifest_init(&m);
	m.file = "m";
	m.arch = "universal";
	assert_int_equal(pkg_format_find("deb")->check(&m, &e), SM_EFORMAT);
	assert_int_equal(pkg_format_find("rpm")->check(&m, &e), SM_EFORMAT);
	/* DOS times begin in 1980 */
	m.format = "zip";
	m.epoch_sec = 315532799;
	assert_int_equal(pkg_format_find("zip")->check(&m, &e), SM_EFORMAT);
	m.epoch_sec = 315532800;
	assert_int_equal(pkg_format_find("zip")->check(&m, &e), 0);
	m.script[PKG_MANIFEST_PREREMOVE] = "true";
	assert_int_equal(pkg_format_find("bundle")->check(&m, &e), SM_EFORMAT);
	assert_string_equal(sm_err_msg(&e),
			    "m:1: scripts.preremove: a zip has no scripts");
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "nothing runs"));
	m.script[PKG_MANIFEST_PREREMOVE] = NULL;
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), 0);
	m.files = &other;
	m.n_files = 1;
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "m:7: files[3].owner"));
	other.group = "wheel";
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), 0);
	other.type = PKG_SOURCE_CONFIG;
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "m:7: files[3].type"));
	m.n_files = 0;
	m.arch = "i386";
	assert_int_equal(pkg_format_find("pkg")->check(&m, &e), SM_EFORMAT);
}

/* Something must go into package.zip, and nothing can be a link. */
static void winzip(void **state)
{
	const struct pkg_format *f = pkg_format_find("winzip");
	struct pkg_source source = { .destination = "/package.zip" };
	struct pkg_link link = { "/a", "/b", 7 };
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_manifest m;

	SM_UNUSED(state);
	pkg_manifest_init(&m);
	m.file = "m";
	m.format = "winzip";
	m.epoch_sec = 1767225600;
	m.files = &source;
	m.n_files = 1;
	assert_int_equal(f->check(&m, &e), SM_EFORMAT);
	source.destination = "/package/bin/a.exe";
	assert_int_equal(f->check(&m, &e), 0);
	m.links = &link;
	m.n_links = 1;
	assert_int_equal(f->check(&m, &e), SM_EFORMAT);
	assert_string_equal(sm_err_msg(&e),
			    "m:7: links: a winzip has no links");
	f->filename(&m, &name);
	assert_string_equal(sm_buf_z(&name), "SessionManagerPlugin.zip");
	sm_buf_release(&name);
}

/* A tree below /package and one program of the right kind beside it. */
static void self_contained(void **state)
{
	struct pkg_source source = { .destination = "/packages" };
	struct pkg_link link = { "/a", "/b", 7 };
	char elf[64] = "\177ELF";
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	const struct pkg_format *f = pkg_format_find("run");
	struct sm_err e = SM_ERR_INIT;
	struct pkg_filelist l;
	struct pkg_manifest m;

	SM_UNUSED(state);
	elf[18] = 62; /* x86_64 */
	pkg_manifest_init(&m);
	pkg_filelist_init(&l);
	m.file = "m";
	m.name = "thing";
	m.version = "1.2.3.4";
	m.format = "run";
	m.arch = "x86_64";
	m.epoch_sec = 1767225600;
	m.files = &source;
	m.n_files = 1;
	assert_int_equal(f->check(&m, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "below /package"));
	source.destination = "/package/bin/a";
	assert_int_equal(f->check(&m, &e), 0);
	m.links = &link;
	m.n_links = 1;
	assert_int_equal(f->check(&m, &e), SM_EFORMAT);
	m.n_links = 0;
	assert_int_equal(f->filename(&m, &out), 0);
	assert_string_equal(sm_buf_z(&out), "thing-1.2.3.4-x86_64.run");
	assert_int_equal(pkg_format_mode(f), 0755);
	assert_int_equal(pkg_format_mode(pkg_format_find("deb")), 0644);

	sm_buf_clear(&out);
	pkg_filelist_add(&l, "package/bin/a", 0, sm_str("a"));
	assert_int_equal(f->write(&m, &l, NULL, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "no program"));
	pkg_filelist_add(&l, "setup", 0, sm_str_n(elf, sizeof(elf)));
	assert_int_equal(f->write(&m, &l, NULL, &out, &e), 0);
	assert_int_equal(out.len % 8, 0);
	m.format = "exe";
	assert_int_equal(f->write(&m, &l, NULL, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "for Windows"));
	m.format = "run";
	pkg_filelist_add(&l, "stray", 0, sm_str("a"));
	assert_int_equal(f->write(&m, &l, NULL, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "are both"));
	pkg_filelist_release(&l);

	/* a program that is an installer already */
	pkg_filelist_init(&l);
	pkg_filelist_add(&l, "package/bin/a", 0, sm_str("a"));
	pkg_filelist_add(&l, "setup", 0, sm_buf_str(&out));
	assert_int_equal(f->write(&m, &l, NULL, &out, &e), SM_EFORMAT);
	assert_non_null(strstr(sm_err_msg(&e), "carries an archive already"));
	pkg_filelist_release(&l);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookup),         cmocka_unit_test(file_names),
		cmocka_unit_test(refusals),       cmocka_unit_test(winzip),
		cmocka_unit_test(self_contained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
