/*
 * Installer databases: names of streams, cells as they stand in them, the pool
 * of texts, what does not fit a column, the summary.
 */
#include "common/def.h"
#include "pkg/msidb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define KEY PKG_MSIDB_KEY
#define NUL PKG_MSIDB_NULL

enum {
	T_A,
	T_B,
	T_N
};

/* clang-format off */
static const struct pkg_msidb_table tables[T_N] = {
	{ "Apple", {
		{ "Name", KEY | PKG_MSIDB_TEXT(8), "Identifier", NULL, NULL,
			0, 0 },
		{ "Small", PKG_MSIDB_I2, NULL, NULL, NULL, 0, 9 },
		{ "Large", NUL | PKG_MSIDB_I4, NULL, NULL, NULL, 0, 0 },
		{ "Note", NUL | PKG_MSIDB_LOCAL(0), "Text", NULL, NULL, 0, 0 },
	} },
	{ "Pear", {
		{ "Apple_", KEY | PKG_MSIDB_TEXT(8), "Identifier", NULL,
			"Apple", 0, 0 },
	} },
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

static void put(struct pkg_msidb *db, const char *name,
		struct pkg_msidb_value small, struct pkg_msidb_value large,
		const char *note)
{
	const struct pkg_msidb_value v[] = { text(name), small, large,
					     text(note) };

	pkg_msidb_put(db, T_A, v, SM_ARRAY_LEN(v));
}

/* The stream of a table; fails the test if it is not there. */
static struct sm_str stream(const struct pkg_cfb *c, const char *name)
{
	uint16_t units[PKG_CFB_NAME_MAX];
	int n = pkg_msidb_name(name, true, units);

	assert_true(n > 0);
	for (size_t i = 0; i < c->n; i++)
		if (c->stream[i].n_name == (size_t)n &&
		    !memcmp(c->stream[i].name, units, (size_t)n * 2))
			return c->stream[i].data;
	fail_msg("no stream '%s'", name);
	return sm_str("");
}

static uint32_t le(struct sm_str s, size_t at, size_t n)
{
	uint32_t v = 0;

	assert_true(at + n <= s.len);
	while (n--)
		v = v << 8 | (uint8_t)s.ptr[at + n];
	return v;
}

static void names(void **state)
{
	uint16_t u[PKG_CFB_NAME_MAX];

	SM_UNUSED(state);
	assert_int_equal(pkg_msidb_name("0", false, u), 1);
	assert_int_equal(u[0], 0x4800);
	assert_int_equal(pkg_msidb_name("A.z", true, u), 3);
	assert_int_equal(u[0], 0x4840);
	assert_int_equal(u[1], 0x3800 + (62 << 6) + 10);
	assert_int_equal(u[2], 0x4800 + 61);
	assert_int_equal(pkg_msidb_name("_-0", false, u), 3);
	assert_int_equal(u[0], 0x483F);
	assert_int_equal(u[1], '-');
	assert_int_equal(u[2], 0x4800);
	/* 62 characters fill 31 units; a mark leaves room for 60 */
	assert_int_equal(pkg_msidb_name("01234567890123456789012345678901234567"
					"890123456789012345678901",
					false, u),
			 31);
	assert_int_equal(pkg_msidb_name("01234567890123456789012345678901234567"
					"890123456789012345678901",
					true, u),
			 SM_EFORMAT);
	assert_int_equal(pkg_msidb_name("\303\244", false, u), SM_EFORMAT);
}

static void cells(void **state)
{
	struct pkg_cfb c = { 0 };
	struct sm_err e = SM_ERR_INIT;
	struct pkg_msidb db;
	struct sm_str s;

	SM_UNUSED(state);
	pkg_msidb_init(&db, tables, T_N);
	put(&db, "one", number(1), number(-2), "first");
	put(&db, "two", number(-32767), text(NULL), "");
	put(&db, "three", number(32767), number(INT32_MAX), "one");
	assert_int_equal(pkg_msidb_finish(&db, &c, &e), 0);
	s = stream(&c, "Apple");
	assert_int_equal(s.len, 3 * (2 + 2 + 4 + 2));
	assert_int_equal(le(s, 0, 2), 1); /* "one", column by column */
	assert_int_equal(le(s, 2, 2), 3);
	assert_int_equal(le(s, 4, 2), 4);
	assert_int_equal(le(s, 6, 2), 0x8001);
	assert_int_equal(le(s, 8, 2), 1);
	assert_int_equal(le(s, 10, 2), 0xFFFF);
	assert_int_equal(le(s, 12, 4), 0x7FFFFFFE);
	assert_int_equal(le(s, 16, 4), 0);
	assert_int_equal(le(s, 20, 4), 0xFFFFFFFF);
	assert_int_equal(le(s, 24, 2), 2);
	assert_int_equal(le(s, 26, 2), 0);
	assert_int_equal(le(s, 28, 2), 1); /* the same text */
	s = stream(&c, "_StringPool");
	assert_int_equal(le(s, 0, 4), 1252);
	assert_int_equal(le(s, 4, 2), 3); /* "one" */
	assert_int_equal(le(s, 6, 2), 2); /* twice */
	assert_int_equal(le(s, 8, 2), 5);
	assert_int_equal(le(s, 10, 2), 1);
	s = stream(&c, "_StringData");
	assert_memory_equal(s.ptr, "onefirsttwothree", 16);
	assert_int_equal(stream(&c, "_Tables").len, 2 * 3);
	assert_int_equal(stream(&c, "_Columns").len, 8 * (4 + 1 + 10));
	s = stream(&c, "_Validation");
	assert_int_equal(s.len, (4 + 1 + 10) * (2 * 8 + 4 * 2 + 0));
	/* no rows, no stream */
	for (size_t i = 0; i < c.n; i++)
		assert_true(c.stream[i].data.len);
	assert_int_equal(c.n, 6);
	pkg_msidb_release(&db);
}

/* Whatever the order of rows, they stand sorted by key. */
static void sorted(void **state)
{
	static const char *const name[] = { "d", "a", "c", "b" };
	struct sm_str s;

	SM_UNUSED(state);
	for (size_t turn = 0; turn < 4; turn++) {
		struct pkg_cfb c = { 0 };
		struct pkg_msidb db;

		pkg_msidb_init(&db, tables, T_N);
		for (size_t i = 0; i < 4; i++) {
			const struct pkg_msidb_value v = text(name[i]);

			pkg_msidb_put(&db, T_B, &v, 1); /* numbers 1 to 4 */
		}
		for (size_t i = 0; i < 4; i++)
			put(&db, name[(i + turn) % 4], number(1), text(NULL),
			    NULL);
		assert_int_equal(pkg_msidb_finish(&db, &c, NULL), 0);
		s = stream(&c, "Apple");
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(le(s, 2 * i, 2), i + 1);
		pkg_msidb_release(&db);
	}
}

static void code_page(void **state)
{
	struct pkg_cfb c = { 0 };
	struct pkg_msidb db;

	SM_UNUSED(state);
	pkg_msidb_init(&db, tables, T_N);
	put(&db, "x", number(1), text(NULL), "\303\244");
	assert_int_equal(pkg_msidb_finish(&db, &c, NULL), 0);
	assert_int_equal(le(stream(&c, "_StringPool"), 0, 4), 65001);
	pkg_msidb_release(&db);
}

static void refuse(struct pkg_msidb_value small, struct pkg_msidb_value large,
		   const char *name, const char *note, const char *want)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_cfb c = { 0 };
	struct pkg_msidb db;

	pkg_msidb_init(&db, tables, T_N);
	put(&db, "good", number(1), text(NULL), NULL);
	put(&db, name, small, large, note);
	put(&db, "good", number(1), text(NULL), NULL); /* the first counts */
	assert_true(pkg_msidb_finish(&db, &c, &e) < 0);
	assert_string_equal(e.msg, want);
	pkg_msidb_release(&db);
}

static void refused(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_cfb c = { 0 };
	struct pkg_msidb db;
	struct pkg_msidb_value v = text("x");

	SM_UNUSED(state);
	refuse(number(32768), text(NULL), "n", NULL,
	       "table Apple: Small '': too long or too large");
	refuse(number(-32768), text(NULL), "n", NULL,
	       "table Apple: Small '': too long or too large");
	refuse(number(1), number(INT32_MIN), "n", NULL,
	       "table Apple: Large '': too long or too large");
	refuse(text(NULL), text(NULL), "n", NULL,
	       "table Apple: Small '': may not be empty");
	refuse(number(1), text(NULL), "", NULL,
	       "table Apple: Name '': may not be empty");
	refuse(text("1"), text(NULL), "n", NULL,
	       "table Apple: Small '1': wrong kind");
	refuse(number(1), text(NULL), "ninechars", NULL,
	       "table Apple: Name 'ninechars': too long or too large");
	refuse(number(1), text(NULL), "n", "\377",
	       "table Apple: Note '\377': wrong kind");
	refuse(number(1), text(NULL), "good", NULL,
	       "table Apple: two rows with one key");

	pkg_msidb_init(&db, tables, T_N);
	pkg_msidb_put(&db, T_A, &v, 1);
	assert_int_equal(pkg_msidb_finish(&db, &c, &e), SM_EFORMAT);
	assert_string_equal(e.msg, "table Apple: a row of 1 cells, not 4");
	pkg_msidb_release(&db);

	pkg_msidb_init(&db, tables, PKG_MSIDB_TABLES_MAX + 1);
	assert_int_equal(pkg_msidb_finish(&db, &c, &e), SM_ELIMIT);
	pkg_msidb_release(&db);
}

static void limits(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct pkg_cfb c = { 0 };
	struct pkg_msidb db;
	char name[9];

	SM_UNUSED(state);
	pkg_msidb_init(&db, tables, T_N);
	for (unsigned i = 0; i <= PKG_MSIDB_ROWS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i % 100);
		put(&db, name, number(1), text(NULL), NULL);
	}
	assert_int_equal(pkg_msidb_finish(&db, &c, &e), SM_ELIMIT);
	assert_string_equal(e.msg, "table Apple: too many rows");
	pkg_msidb_release(&db);
}

static void summary(void **state)
{
	static const struct pkg_msidb_summary in = {
		.subject = "Sub",
		.author = "Au",
		.comments = "Comment",
		.template_text = "x64;1033",
		.code = "{GUID}",
		.program = "p",
		.when_sec = 1767225600,
		.schema = 200,
		.words = 2,
	};
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str s;
	size_t n, seen = 0;

	SM_UNUSED(state);
	assert_int_equal(pkg_msidb_summary(&in, &out), 0);
	s = sm_buf_str(&out);
	assert_int_equal(le(s, 0, 4), 0xFFFE);
	assert_int_equal(le(s, 44, 4), 48);
	assert_int_equal(le(s, 48, 4), s.len - 48);
	n = le(s, 52, 4);
	for (size_t i = 0; i < n; i++) {
		size_t at = 48 + le(s, 56 + 8 * i + 4, 4);

		assert_int_equal(at % 4, 0);
		switch (le(s, 56 + 8 * i, 4)) {
		case 1:
			assert_int_equal(le(s, at, 4), 2);
			assert_int_equal(le(s, at + 4, 4), 1252);
			seen++;
			break;
		case 7:
			assert_int_equal(le(s, at, 4), 30);
			assert_int_equal(le(s, at + 4, 4), 9);
			assert_string_equal(s.ptr + at + 8, "x64;1033");
			seen++;
			break;
		case 12: /* 2026-01-01 in 100 ns since 1601 */
			assert_int_equal(le(s, at, 4), 64);
			assert_int_equal(le(s, at + 4, 4), 0x92810000u);
			assert_int_equal(le(s, at + 8, 4), 0x01DC7AB1u);
			seen++;
			break;
		case 14:
			assert_int_equal(le(s, at + 4, 4), 200);
			seen++;
			break;
		}
	}
	assert_int_equal(seen, 4);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),   cmocka_unit_test(cells),
		cmocka_unit_test(sorted),  cmocka_unit_test(code_page),
		cmocka_unit_test(refused), cmocka_unit_test(limits),
		cmocka_unit_test(summary),
	};

	return cmocka_run_group_tests_name("pkg_msidb", tests, NULL, NULL);
}
