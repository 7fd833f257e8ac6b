/*
 * Templates: fields, what is no field, what must be escaped.
 */
#include "common/def.h"
#include "pkg/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const struct pkg_template_field fields[] = {
	{ "A", SM_STR_LIT("<&>\"'") },
	{ "RAW_B", SM_STR_LIT("<b/>") },
	{ "E", SM_STR_LIT("") },
};

static void check(const char *text, bool xml, const char *want)
{
	struct sm_buf out = SM_BUF_INIT(4096);
	struct sm_err e = SM_ERR_INIT;

	if (pkg_template_put(sm_str(text), fields, SM_ARRAY_LEN(fields), xml,
			     &out, &e) < 0)
		fail_msg("'%s': %s", text, e.msg);
	assert_string_equal(sm_buf_z(&out), want);
	sm_buf_release(&out);
}

static void good(void **state)
{
	SM_UNUSED(state);
	check("", false, "");
	check("x", false, "x");
	check("@A@", false, "<&>\"'");
	check("a@A@b", true, "a&lt;&amp;&gt;&quot;&apos;b");
	check("@RAW_B@", true, "<b/>");
	check("[@E@]", true, "[]");
	check("@A@@E@@A", false, "<&>\"'@A");
	check("me@example.org @ @a@ @@ @", false, "me@example.org @ @a@ @@ @");
}

static void bad(void **state)
{
	struct sm_buf out = SM_BUF_INIT(4);
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(pkg_template_put(sm_str("@NONE@"), fields, 3, true,
					  &out, &e),
			 SM_EFORMAT);
	assert_non_null(strstr(e.msg, "@NONE@"));
	assert_int_equal(pkg_template_put(sm_str("12345"), fields, 3, true,
					  &out, &e),
			 SM_ELIMIT);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
