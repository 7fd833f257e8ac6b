/*
 * The JSON helpers: types, limits, and strings written and read back.
 */
#include "common/def.h"
#include "common/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_parse(void **state)
{
	struct sm_json j = SM_JSON_INIT;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(sm_json_parse(&j, sm_str("{\"a\":\"b\",\"n\":1}"), 100,
				       "it", &e),
			 0);
	assert_true(sm_str_eqz(sm_json_str(j.root, "a"), "b"));
	assert_int_equal(sm_json_str(j.root, "n").len, 0);
	assert_int_equal(sm_json_str(j.root, "x").len, 0);
	assert_non_null(sm_json_get(j.root, "n"));
	assert_int_equal(sm_json_str(NULL, "a").len, 0);
	assert_int_equal(sm_json_str(sm_json_get(j.root, "n"), "a").len, 0);
	sm_json_wipe(&j);
	assert_null(j.root);
	sm_json_wipe(&j);
	sm_json_release(&j);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"",     "{",     "{\"a\":}", "[1,]", "nul",
		"{} x", "\"\\u", "'a'",      "\xff", "[1e999999999]"
	};
	struct sm_json j = SM_JSON_INIT;
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		assert_int_equal(sm_json_parse(&j, sm_str(bad[i]), 100, "it",
					       &e),
				 SM_EFORMAT);
		assert_null(j.root);
		assert_non_null(strstr(e.msg, "cannot read it"));
	}
	assert_int_equal(sm_json_parse(&j, sm_str("[1]"), 3, "it", &e), 0);
	sm_json_release(&j);
	assert_int_equal(sm_json_parse(&j, sm_str("[1]"), 2, "it", &e),
			 SM_ELIMIT);
}

static void test_nocase(void **state)
{
	struct sm_json j = SM_JSON_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		sm_json_parse(
			&j,
			sm_str("{\"SESSIONID\":1,\"sessionId\":\"a\","
			       "\"tokenvalue\":\"x\",\"TokenValue\":\"y\"}"),
			100, "it", NULL),
		0);
	assert_true(sm_str_eqz(sm_json_str_nocase(j.root, "SessionId"), "a"));
	assert_true(sm_str_eqz(sm_json_str_nocase(j.root, "TokenValue"), "y"));
	assert_int_equal(sm_json_str_nocase(j.root, "StreamUrl").len, 0);
	assert_int_equal(sm_json_str_nocase(NULL, "StreamUrl").len, 0);
	sm_json_release(&j);
}

static void test_put(void **state)
{
	static const struct {
		struct sm_str in;
		const char *out;
	} cases[] = {
		{ SM_STR_LIT(""), "\"\"" },
		{ SM_STR_LIT("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"" },
		{ SM_STR_LIT("\0\x1f\x7f"), "\"\\u0000\\u001f\\u007f\"" },
		{ SM_STR_LIT("\xc3\xa4\xe2\x82\xac"),
		  "\"\xc3\xa4\xe2\x82\xac\"" },
		{ SM_STR_LIT("a\xff"
			     "b"),
		  "\"a\xef\xbf\xbd"
		  "b\"" },
		{ SM_STR_LIT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf b = SM_BUF_INIT(100);

		assert_int_equal(sm_json_put(&b, cases[i].in), 0);
		assert_string_equal(sm_buf_z(&b), cases[i].out);
		sm_buf_release(&b);
	}
}

/* All byte values come back, and the limit holds. */
static void test_put_bytes(void **state)
{
	struct sm_buf b = SM_BUF_INIT(8), all = SM_BUF_INIT(4096);
	struct sm_json j = SM_JSON_INIT;
	char in[128];
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < sizeof(in); i++)
		in[i] = (char)i;
	assert_int_equal(sm_json_put(&b, sm_str_n(in, sizeof(in))), SM_ELIMIT);
	assert_int_equal(sm_json_put(&all, sm_str_n(in, sizeof(in))), 0);
	assert_int_equal(sm_json_parse(&j, sm_buf_str(&all), 4096, "it", NULL),
			 0);
	assert_int_equal(yyjson_get_len(j.root), sizeof(in));
	assert_memory_equal(yyjson_get_str(j.root), in, sizeof(in));
	sm_json_release(&j);
	sm_buf_release(&b);
	sm_buf_release(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nocase),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_put_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
