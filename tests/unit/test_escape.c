/*
 * The `~` escapes, fed whole and byte by byte.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "plugin/escape.h"

static const struct {
	const char *in;
	const char *out; /* sent */
	enum plug_escape_action last;
	size_t used;
} cases[] = {
	{ "ls\r", "ls\r", PLUG_ESCAPE_NONE, 3 },
	{ "~.", "", PLUG_ESCAPE_END, 2 },
	{ "a~.", "a~.", PLUG_ESCAPE_NONE, 3 },
	{ "a\r~.b", "a\r", PLUG_ESCAPE_END, 4 },
	{ "a\n~.", "a\n", PLUG_ESCAPE_END, 4 },
	{ "~?x", "", PLUG_ESCAPE_HELP, 2 },
	{ "~~.", "~.", PLUG_ESCAPE_NONE, 3 },
	{ "~x~.", "~x~.", PLUG_ESCAPE_NONE, 4 },
	{ "~\r~.", "~\r", PLUG_ESCAPE_END, 4 },
	{ "~", "", PLUG_ESCAPE_NONE, 1 },
};

static void whole(void **state)
{
	size_t i, used;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf out = SM_BUF_INIT(64);
		struct plug_escape x;

		plug_escape_init(&x);
		assert_int_equal(plug_escape_feed(&x, sm_str(cases[i].in), &out,
						  &used),
				 cases[i].last);
		assert_string_equal(sm_buf_z(&out), cases[i].out);
		assert_int_equal(used, cases[i].used);
		sm_buf_release(&out);
	}
}

static void bytewise(void **state)
{
	size_t i, k, used;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		enum plug_escape_action a = PLUG_ESCAPE_NONE;
		struct sm_buf out = SM_BUF_INIT(64);
		struct plug_escape x;

		plug_escape_init(&x);
		for (k = 0; cases[i].in[k] && a == PLUG_ESCAPE_NONE; k++)
			a = plug_escape_feed(&x, sm_str_n(cases[i].in + k, 1),
					     &out, &used);
		assert_int_equal(a, cases[i].last);
		assert_string_equal(sm_buf_z(&out), cases[i].out);
		sm_buf_release(&out);
	}
}

/* Help does not end the line: the next tilde counts. */
static void help_then_end(void **state)
{
	struct sm_buf out = SM_BUF_INIT(64);
	struct plug_escape x;
	size_t used;

	SM_UNUSED(state);
	plug_escape_init(&x);
	assert_int_equal(plug_escape_feed(&x, sm_str("~?"), &out, &used),
			 PLUG_ESCAPE_HELP);
	assert_int_equal(plug_escape_feed(&x, sm_str("~."), &out, &used),
			 PLUG_ESCAPE_END);
	assert_int_equal(out.len, 0);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(bytewise),
		cmocka_unit_test(help_then_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
