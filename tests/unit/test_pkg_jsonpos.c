/*
 * Lines of JSON values.
 */
#include "common/def.h"
#include "pkg/jsonpos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void lines(void **state)
{
	static const char text[] = "{\n"
				   "\"a\": 1, \"b\":\n"
				   "\"\\u00e9\\n\\n\\n\", \"c\":\n\n"
				   "[ \"x\",\n"
				   "{ \"d\": 2 }, 3 ] }";
	struct pkg_jsonpos j = PKG_JSONPOS_INIT;
	struct sm_err e = SM_ERR_INIT;
	yyjson_val *c;
	yyjson_obj_iter it;
	static const unsigned want[] = { 2, 3, 3 };

	SM_UNUSED(state);
	if (pkg_jsonpos_parse(&j, sm_str(text), "f", &e) < 0)
		fail_msg("%s", sm_err_msg(&e));
	it = yyjson_obj_iter_with(j.root);
	for (size_t i = 0; i < SM_ARRAY_LEN(want); i++) {
		yyjson_val *key = yyjson_obj_iter_next(&it);

		assert_int_equal(pkg_jsonpos_line(&j, key,
						  yyjson_obj_iter_get_val(key)),
				 want[i]);
	}
	c = yyjson_obj_get(j.root, "c");
	assert_int_equal(pkg_jsonpos_line(&j, NULL, yyjson_arr_get(c, 0)), 5);
	assert_int_equal(pkg_jsonpos_line(&j, NULL, yyjson_arr_get(c, 1)), 6);
	assert_int_equal(pkg_jsonpos_line(&j, NULL, yyjson_arr_get(c, 2)), 0);
	pkg_jsonpos_release(&j);
}

static void refused(const char *text, const char *message)
{
	struct pkg_jsonpos j = PKG_JSONPOS_INIT;
	struct sm_err e = SM_ERR_INIT;

	assert_int_equal(pkg_jsonpos_parse(&j, sm_str(text), "f", &e),
			 SM_EFORMAT);
	assert_true(sm_str_starts(sm_str(sm_err_msg(&e)), message));
	pkg_jsonpos_release(&j);
}

static void mistakes(void **state)
{
	SM_UNUSED(state);
	refused("", "f:1: not JSON: ");
	refused("{\n\n]", "f:3: not JSON: ");
	refused("{\n\"a\": 1,\n}", "f:2: not JSON: ");
	refused("{} x", "f:1: not JSON: ");
	refused("{\n/* */ }", "f:2: not JSON: ");
	refused("{\"a\": NaN}", "f:1: not JSON: ");
	refused("{\"a\": \"\377\"}", "f:1: not JSON: ");
	refused("[]", "f:1: not a JSON object");
	refused("7", "f:1: not a JSON object");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
