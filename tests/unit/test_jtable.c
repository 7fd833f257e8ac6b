/*
 * Reading by table: times and the rules that every document shares.
 */
#include "common/def.h"
#include "common/jtable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct row {
	const char *text;
	uint64_t n;
	yyjson_val *list;
};

static const struct sm_jtable table[] = {
	{ "text", SM_JTABLE_TEXT, true, offsetof(struct row, text), 3 },
	{ "n", SM_JTABLE_NUMBER, false, offsetof(struct row, n), 5 },
	{ "list", SM_JTABLE_ARRAY, false, offsetof(struct row, list), 2 },
	{ NULL, SM_JTABLE_TEXT, false, 0, 0 },
};

static int read_row(const char *json, struct row *row, struct sm_err *e)
{
	static struct sm_arena arena = SM_ARENA_INIT;
	struct sm_json j = SM_JSON_INIT;
	int r;

	sm_arena_release(&arena);
	memset(row, 0, sizeof(*row));
	sm_err_clear(e);
	if (sm_json_parse(&j, sm_str(json), 1000, "x", e) < 0)
		return SM_EFORMAT;
	r = sm_jtable_read(j.root, table, row, &arena, "w", e);
	if (r == 0 && row->text)
		assert_true(strlen(row->text) <= 3);
	sm_json_release(&j);
	sm_arena_release(&arena);
	return r;
}

static void rows(void **state)
{
	static const struct {
		const char *json;
		int code;
		const char *why;
	} cases[] = {
		{ "{\"text\":\"abc\",\"n\":5,\"list\":[1,2]}", 0, "" },
		{ "{\"text\":\"abcd\"}", SM_ELIMIT, "w.text: is too long" },
		{ "{\"text\":\"\"}", SM_EFORMAT, "w.text: is empty" },
		{ "{\"text\":null}", SM_EFORMAT, "w.text: is not a string" },
		{ "{}", SM_EFORMAT, "w.text: is missing" },
		{ "{\"text\":\"a\",\"n\":6}", SM_ELIMIT, "w.n: is too large" },
		{ "{\"text\":\"a\",\"n\":1.0}", SM_EFORMAT, "w.n: is not a" },
		{ "{\"text\":\"a\",\"n\":-1}", SM_EFORMAT, "w.n: is not a" },
		{ "{\"text\":\"a\",\"n\":\"1\"}", SM_EFORMAT, "w.n: is not a" },
		{ "{\"text\":\"a\",\"list\":[1,2,3]}", SM_ELIMIT,
		  "w.list: has too many" },
		{ "{\"text\":\"a\",\"list\":{}}", SM_EFORMAT,
		  "w.list: is not an array" },
		{ "{\"text\":\"a\",\"text\":\"a\"}", SM_EFORMAT,
		  "w.text: comes twice" },
		{ "{\"text\":\"a\",\"Text\":\"a\"}", SM_EFORMAT,
		  "w.Text: unknown member" },
		{ "{\"text\":\"a\\n\"}", SM_EFORMAT, "has control" },
		{ "{\"text\":\"a\\u0000\"}", SM_EFORMAT, "has control" },
		{ "[]", SM_EFORMAT, "w is not an object" },
	};
	struct sm_err e;
	struct row row;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		if (read_row(cases[i].json, &row, &e) != cases[i].code ||
		    !strstr(e.msg, cases[i].why))
			fail_msg("case %u: '%s' does not say '%s'", (unsigned)i,
				 e.msg, cases[i].why);
	}
}

static void times(void **state)
{
	static const struct {
		const char *text;
		int64_t sec;
	} good[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2000-02-29T23:59:59Z", 951868799 },
		{ "2026-11-21T08:00:00Z", 1795248000 },
		{ "2100-03-01T00:00:00Z", INT64_C(4107542400) },
		{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
	};
	static const char *const bad[] = {
		"",
		"2026-11-21",
		"2026-11-21T08:00:00",
		"2026-11-21T08:00:00z",
		"2026-11-21T08:00:00+00:00",
		"2026-11-21T24:00:00Z",
		"2026-11-21T08:60:00Z",
		"2026-11-21T08:00:60Z",
		"2026-11-31T08:00:00Z",
		"2100-02-29T08:00:00Z",
		"2026-00-21T08:00:00Z",
		"2026-11-00T08:00:00Z",
		"1969-12-31T23:59:59Z",
		"2026-11-21T08:00:00Zx",
	};
	struct sm_buf out = SM_BUF_INIT(64);
	int64_t sec;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(good); i++) {
		assert_int_equal(
			sm_jtable_time_parse(sm_str(good[i].text), &sec), 0);
		assert_true(sec == good[i].sec);
		sm_buf_clear(&out);
		assert_int_equal(sm_jtable_time_put(&out, sec), 0);
		assert_string_equal(out.ptr, good[i].text);
	}
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(sm_jtable_time_parse(sm_str(bad[i]), &sec),
				 SM_EFORMAT);
	sm_buf_clear(&out);
	assert_int_equal(sm_jtable_time_put(&out, -1), SM_ELIMIT);
	sm_buf_clear(&out);
	assert_int_equal(sm_jtable_time_put(&out, INT64_C(253402300800)),
			 SM_ELIMIT);
	assert_true(sm_jtable_is_date(sm_str("2024-02-29")));
	assert_false(sm_jtable_is_date(sm_str("2023-02-29")));
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
