/*
 * The release history that is built in, and documents that are not one.
 */
#include "common/def.h"
#include "common/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/version.h"

static void built_in(void **state)
{
	const struct sm_history_release *r;
	struct sm_history h;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	if (sm_history_parse(&h, sm_history_builtin(), &e) < 0)
		fail_msg("%s", e.msg);
	assert_true(h.n >= 43);
	assert_string_equal(h.minimum, "1.2.764.0");
	assert_string_equal(h.release[0].version, "1.0.0.0");
	assert_string_equal(h.release[0].date, "2018-09-11");
	assert_string_equal(h.release[0].publisher, "aws");
	/* our own version is in it, and says that it is ours */
	r = sm_history_find(&h, sm_version());
	assert_non_null(r);
	assert_string_equal(r->publisher, "project");
	assert_ptr_equal(sm_history_newest(&h), r);
	r = sm_history_find(&h, "1.2.889");
	assert_non_null(r);
	assert_string_equal(r->state, "deprecated");
	assert_string_equal(r->state_date, "2026-10-09");
	r = sm_history_find(&h, "1.2.688.0");
	assert_string_equal(r->state_date, "2024-11-20");
	assert_string_equal(sm_history_find(&h, "1.2.694.0")->kind, "fix");
	assert_null(sm_history_find(&h, "1.2.458.0")); /* never listed */
	assert_null(sm_history_find(&h, "x"));
	sm_history_release(&h);
}

#define ROW(v, d, more)                                               \
	"{\"version\":\"" v "\",\"date\":\"" d "\",\"kind\":\"fix\"," \
	"\"change\":\"x\",\"publisher\":\"aws\"" more "}"
#define DOC(rows)                                               \
	"{\"format\":\"session-manager-history\",\"schema\":1," \
	"\"minimum\":\"1.0\",\"releases\":[" rows "]}"

static void newest(void **state)
{
	struct sm_history h;

	SM_UNUSED(state);
	assert_int_equal(
		sm_history_parse(
			&h,
			sm_str(DOC(ROW("1.0", "2020-01-01", "") "," ROW(
				"1.1", "2020-01-01",
				",\"state\":\"withdrawn\",\"state_date\":"
				"\"2020-01-02\""))),
			NULL),
		0);
	assert_string_equal(sm_history_newest(&h)->version, "1.0");
	sm_history_release(&h);
	assert_int_equal(sm_history_parse(&h, sm_str(DOC("")), NULL), 0);
	assert_null(sm_history_newest(&h));
	sm_history_release(&h);
}

static void bad(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "release history" },
		{ "[]", "the document is not an object" },
		{ "{}", "format: is missing" },
		{ DOC(ROW("1.1", "2020-01-01", "") "," ROW("1.0", "2020-01-02",
							   "")),
		  "releases[1]: not in order" },
		{ DOC(ROW("1.0", "2020-01-01", "") "," ROW("1.0.0",
							   "2020-01-02", "")),
		  "releases[1]: not in order" },
		{ DOC(ROW("1.0", "2020-01-02", "") "," ROW("1.1", "2020-01-01",
							   "")),
		  "releases[1]: not in order" },
		{ DOC(ROW("1.0", "2020-13-01", "")), "date: is not a date" },
		{ DOC(ROW("1.0", "2021-02-29", "")), "date: is not a date" },
		{ DOC(ROW("1.0", "2020-1-1", "")), "date: is not a date" },
		{ DOC(ROW("v1", "2020-01-01", "")), "version: is not" },
		{ DOC(ROW("1.0", "2020-01-01", ",\"state\":\"withdrawn\"")),
		  "state_date: belongs" },
		{ DOC(ROW("1.0", "2020-01-01",
			  ",\"state\":\"lost\",\"state_date\":\"2020-01-01\"")),
		  "state: unknown word" },
		{ DOC(ROW("1.0", "2020-01-01", ",\"more\":1")),
		  "releases[0].more: unknown member" },
	};
	struct sm_history h;
	struct sm_err e;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		sm_err_clear(&e);
		assert_int_equal(sm_history_parse(&h, sm_str(cases[i].text),
						  &e),
				 SM_EFORMAT);
		if (!strstr(e.msg, cases[i].why))
			fail_msg("'%s' does not say '%s'", e.msg, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_in),
		cmocka_unit_test(newest),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
