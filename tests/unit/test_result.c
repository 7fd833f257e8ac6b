/*
 * Result lines: escaping, what is left out, and lines that are too long.
 */
#include "common/def.h"
#include "installer/result.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/mem.h"

static void print(bool json, const char *value, char *text, size_t size)
{
	struct sm_out out = { 0 };
	struct inst_result r;
	size_t n;

	out.out = tmpfile();
	assert_non_null(out.out);
	out.json = json;
	inst_result_init(&r, "t");
	inst_result_text(&r, "a", value);
	inst_result_text(&r, "none", NULL);
	inst_result_text(&r, "empty", "");
	inst_result_number(&r, "n", UINT64_MAX);
	inst_result_flag(&r, "f", true);
	inst_result_time(&r, "d", 1795248000);
	inst_result_time(&r, "never", 0);
	inst_result_print(&r, &out);
	inst_result_release(&r);
	rewind(out.out);
	n = fread(text, 1, size - 1, out.out);
	text[n] = '\0';
	assert_int_equal(fclose(out.out), 0);
}

static void lines(void **state)
{
	char text[1024];
	char *huge = sm_mem_zalloc(2 << 20, 1);

	SM_UNUSED(state);
	print(true, "say \"x\"\n\xff", text, sizeof(text));
	assert_string_equal(text,
			    "{\"type\": \"t\", \"a\": \"say \\\"x\\\"\\n\xef"
			    "\xbf\xbd\", \"n\": 18446744073709551615, \"f\": "
			    "true, \"d\": \"2026-11-21T08:00:00Z\"}\n");
	print(false, "x", text, sizeof(text));
	assert_string_equal(text, "");
	memset(huge, 'x', (2 << 20) - 1);
	print(true, huge, text, sizeof(text));
	assert_string_equal(text, "{\"type\": \"too-long\"}\n");
	sm_mem_free(huge);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lines) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
