/*
 * Windows Installer packages, written by pkg_msidb and read again.
 */
#include "common/def.h"
#include "pkg/msiread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "pkg/msidb.h"

#define MAX ((size_t)1 << 20)
#define T PKG_MSIDB_TEXT
#define K PKG_MSIDB_KEY
#define N PKG_MSIDB_NULL

/* clang-format off */
static const struct pkg_msidb_table tables[] = {
	{ "Property", { { "Property", K | T(72), 0, 0, 0, 0, 0 },
		{ "Value", PKG_MSIDB_LOCAL(0), 0, 0, 0, 0, 0 } } },
	{ "File", { { "File", K | T(72), 0, 0, 0, 0, 0 },
		{ "Component_", T(72), 0, 0, 0, 0, 0 },
		{ "FileName", T(255), 0, 0, 0, 0, 0 },
		{ "FileSize", PKG_MSIDB_I4, 0, 0, 0, 0, 0 },
		{ "Sequence", PKG_MSIDB_I2, 0, 0, 0, 0, 0 } } },
	{ "Component", { { "Component", K | T(72), 0, 0, 0, 0, 0 },
		{ "Directory_", T(72), 0, 0, 0, 0, 0 } } },
	{ "Directory", { { "Directory", K | T(72), 0, 0, 0, 0, 0 },
		{ "Directory_Parent", N | T(72), 0, 0, 0, 0, 0 },
		{ "DefaultDir", T(255), 0, 0, 0, 0, 0 } } },
};
/* clang-format on */

static struct pkg_msidb_value text(const char *z)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_TEXT, z, 0 };
}

static struct pkg_msidb_value number(int32_t v)
{
	return (struct pkg_msidb_value){ PKG_MSIDB_V_NUMBER, NULL, v };
}

static void put3(struct pkg_msidb *db, size_t table, const char *a,
		 const char *b, const char *c)
{
	const struct pkg_msidb_value v[] = { text(a), text(b), text(c) };

	pkg_msidb_put(db, table, v, c ? 3 : 2);
}

static void add_summary(struct pkg_cfb *c, struct sm_buf *out)
{
	const struct pkg_msidb_summary s = {
		"Thing", "Me",       "Words", "x64;1033", "{0}",
		"test",  1767225600, 200,     2,
	};
	const char *name = PKG_MSIREAD_SUMMARY;
	uint16_t units[PKG_CFB_NAME_MAX];
	struct sm_err e = SM_ERR_INIT;
	size_t n = 0;

	for (; name[n]; n++)
		units[n] = (uint8_t)name[n];
	sm_buf_init(out, MAX);
	assert_int_equal(pkg_msidb_summary(&s, out), 0);
	assert_int_equal(pkg_cfb_add(c, units, n, sm_buf_str(out), &e), 0);
}

/* `up` is the parent of the one folder below Program Files. */
static void make(struct sm_buf *out, const char *up)
{
	static struct pkg_msidb db;
	static struct pkg_cfb c;
	struct sm_err e = SM_ERR_INIT;
	const struct pkg_msidb_value file[] = { text("f1"), text("c1"),
						text("SHORT~1|a long name"),
						number(70000), number(1) };
	struct sm_buf summary;

	memset(&c, 0, sizeof(c));
	pkg_msidb_init(&db, tables, SM_ARRAY_LEN(tables));
	put3(&db, 0, "ProductName", "Thing", NULL);
	put3(&db, 0, "ProductVersion", "1.2.3", NULL);
	pkg_msidb_put(&db, 1, file, SM_ARRAY_LEN(file));
	put3(&db, 2, "c1", "d1", NULL);
	put3(&db, 3, "TARGETDIR", NULL, "SourceDir");
	put3(&db, 3, "ProgramFilesFolder", "TARGETDIR", "PFiles");
	put3(&db, 3, "d1", up, "x:y");
	assert_int_equal(pkg_msidb_finish(&db, &c, &e), 0);
	add_summary(&c, &summary);
	sm_buf_init(out, MAX);
	assert_int_equal(pkg_cfb_write(&c, out, &e), 0);
	sm_buf_release(&summary);
	pkg_msidb_release(&db);
}

static void is_put(const struct pkg_msiread *m, const char *table,
		   const char *column, const char *want)
{
	struct sm_buf out = SM_BUF_INIT(MAX);

	pkg_msiread_put(m, pkg_msiread_table(m, table), 0, column, &out);
	assert_string_equal(sm_buf_z(&out), want);
	sm_buf_release(&out);
}

static void reads(void **state)
{
	struct sm_buf file, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_msiread m;

	SM_UNUSED(state);
	make(&file, "ProgramFilesFolder");
	assert_int_equal(pkg_msiread_open(&m, sm_buf_str(&file), &e), 0);
	assert_null(pkg_msiread_table(&m, "Nothing"));
	assert_null(pkg_msiread_stream(&m, PKG_MSIREAD_SIGNATURE));
	pkg_msiread_property(&m, "ProductVersion", &out);
	pkg_msiread_property(&m, "NoSuch", &out);
	assert_string_equal(sm_buf_z(&out), "1.2.3");
	is_put(&m, "File", "FileSize", "70000");
	is_put(&m, "File", "Sequence", "1");
	is_put(&m, "File", "NoSuch", "");
	sm_buf_clear(&out);
	assert_int_equal(pkg_msiread_path(&m, 0, &out, &e), 0);
	assert_string_equal(sm_buf_z(&out), "ProgramFilesFolder/x/a long name");
	sm_buf_clear(&out);
	assert_int_equal(pkg_msiread_summary(&m, &out, &e), 0);
	assert_non_null(strstr(sm_buf_z(&out), "template: x64;1033\n"));
	assert_non_null(
		strstr(sm_buf_z(&out), "created: 2026-01-01T00:00:00Z\n"));
	pkg_msiread_release(&m);
	sm_buf_release(&out);
	sm_buf_release(&file);
}

/* Folders in a ring have no end. */
static void rings(void **state)
{
	static const char *const up[] = { "d1", "nowhere" };
	struct sm_buf file, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;
	struct pkg_msiread m;

	SM_UNUSED(state);
	make(&file, up[1]);
	assert_int_equal(pkg_msiread_open(&m, sm_buf_str(&file), &e), 0);
	assert_int_equal(pkg_msiread_path(&m, 0, &out, &e), SM_EFORMAT);
	pkg_msiread_release(&m);
	sm_buf_release(&file);
	sm_buf_clear(&out);
	make(&file, up[0]); /* its own parent: a root */
	assert_int_equal(pkg_msiread_open(&m, sm_buf_str(&file), &e), 0);
	assert_int_equal(pkg_msiread_path(&m, 0, &out, &e), 0);
	assert_string_equal(sm_buf_z(&out), "a long name");
	pkg_msiread_release(&m);
	sm_buf_release(&file);
	sm_buf_release(&out);
}

/* Every byte of it changed: refused, or read without going astray, and never
 * with the same digest but in places that nobody reads. */
static void changed(void **state)
{
	struct sm_buf file, out = SM_BUF_INIT(MAX);
	struct sm_err e = SM_ERR_INIT;
	uint8_t want[SM_DIGEST_MAX], got[SM_DIGEST_MAX];
	struct pkg_msiread m;
	size_t other = 0;

	SM_UNUSED(state);
	make(&file, "ProgramFilesFolder");
	assert_int_equal(pkg_msiread_open(&m, sm_buf_str(&file), &e), 0);
	assert_int_equal(pkg_msiread_digest(&m, SM_DIGEST_SHA256, want, &e), 0);
	pkg_msiread_release(&m);
	for (size_t i = 0; i < file.len; i++) {
		file.ptr[i] ^= 0x15;
		sm_err_clear(&e);
		sm_buf_clear(&out);
		if (pkg_msiread_open(&m, sm_buf_str(&file), &e) == 0) {
			(void)pkg_msiread_path(&m, 0, &out, &e);
			(void)pkg_msiread_summary(&m, &out, &e);
			assert_int_equal(pkg_msiread_digest(
						 &m, SM_DIGEST_SHA256, got, &e),
					 0);
			other += memcmp(want, got, SM_SHA256_SIZE) != 0;
		} else {
			other++;
		}
		pkg_msiread_release(&m);
		file.ptr[i] ^= 0x15;
	}
	assert_true(other > 1000);
	sm_buf_release(&out);
	sm_buf_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(rings),
		cmocka_unit_test(changed),
	};

	return cmocka_run_group_tests_name("pkg_msiread", tests, NULL, NULL);
}
