/*
 * The command line: rows of PROTOCOL.md 1.3, the variable, the scrubbing.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/os/env.h"
#include "plugin/args.h"

static char *arg(const char *z)
{
	return sm_mem_dup(sm_str(z));
}

static void verbs(void **state)
{
	char p[] = "plugin", v[] = "--version", x[] = "x";
	char *none[] = { p, NULL }, *version[] = { p, v, NULL };
	char *more[] = { p, v, x, NULL }, *four[] = { p, v, x, x, NULL };
	char *help[] = { p, x, NULL };

	SM_UNUSED(state);
	assert_int_equal(plug_args_verb(0, none), PLUG_ARGS_BANNER);
	assert_int_equal(plug_args_verb(1, none), PLUG_ARGS_BANNER);
	assert_int_equal(plug_args_verb(2, version), PLUG_ARGS_VERSION);
	assert_int_equal(plug_args_verb(2, help), PLUG_ARGS_UNKNOWN);
	assert_int_equal(plug_args_verb(3, more), PLUG_ARGS_UNKNOWN);
	assert_int_equal(plug_args_verb(4, four), PLUG_ARGS_SESSION);
}

static void start_needs_an_option(void **state)
{
	char p[] = "plugin", s[] = "start", x[] = "x", o[] = "-h", none[] = "";
	char *alone[] = { p, s, NULL }, *word[] = { p, s, x, NULL };
	char *three[] = { p, s, x, none, NULL };
	char *option[] = { p, s, o, NULL }, *later[] = { p, s, x, o, NULL };
	char *second[] = { p, x, s, o, NULL };

	SM_UNUSED(state);
	assert_int_equal(plug_args_verb(2, alone), PLUG_ARGS_UNKNOWN);
	assert_int_equal(plug_args_verb(3, word), PLUG_ARGS_UNKNOWN);
	assert_int_equal(plug_args_verb(4, three), PLUG_ARGS_SESSION);
	assert_int_equal(plug_args_verb(3, option), PLUG_ARGS_START);
	assert_int_equal(plug_args_verb(4, later), PLUG_ARGS_START);
	assert_int_equal(plug_args_verb(4, second), PLUG_ARGS_SESSION);
}

static void whole_line_and_scrubbing(void **state)
{
	char *v[] = { arg("p"),
		      arg("{\"TokenValue\":\"secret\"}"),
		      arg("eu-1"),
		      arg("StartSession"),
		      arg("prof"),
		      arg("{}"),
		      arg("http://e"),
		      arg("ignored"),
		      NULL };
	struct plug_args a;
	struct sm_err e = SM_ERR_INIT;
	size_t i, len = strlen(v[1]);

	SM_UNUSED(state);
	assert_int_equal(plug_args_session(&a, 8, v, &e), 0);
	assert_string_equal(sm_buf_z(&a.response),
			    "{\"TokenValue\":\"secret\"}");
	assert_true(a.response.secret);
	assert_false(a.by_variable);
	assert_false(a.legacy);
	assert_string_equal(a.region, "eu-1");
	assert_string_equal(a.operation, "StartSession");
	assert_string_equal(a.profile, "prof");
	assert_string_equal(a.parameters, "{}");
	assert_string_equal(a.endpoint, "http://e");
	assert_int_equal(strlen(v[1]), len);
	assert_null(strstr(v[1], "secret"));
	plug_args_release(&a);
	for (i = 0; v[i]; i++)
		sm_mem_free(v[i]);
}

static void legacy_has_defaults(void **state)
{
	char *v[] = { arg("p"), arg("{}"), arg("r"), arg("StartSession"),
		      NULL };
	struct plug_args a;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(plug_args_session(&a, 4, v, NULL), 0);
	assert_true(a.legacy);
	assert_string_equal(a.profile, "");
	assert_null(a.parameters);
	assert_string_equal(a.endpoint, "");
	plug_args_release(&a);
	for (i = 0; v[i]; i++)
		sm_mem_free(v[i]);
}

static void variable_by_prefix(void **state)
{
	char *v[] = { arg("p"), arg(PLUG_ARGS_VARIABLE "_X"),
		      arg("r"), arg("StartSession"),
		      arg(""),  NULL };
	struct plug_args a;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(sm_os_env_set(v[1], "{\"a\":1}"), 0);
	assert_int_equal(plug_args_session(&a, 5, v, NULL), 0);
	assert_true(a.by_variable);
	assert_false(a.legacy);
	assert_string_equal(sm_buf_z(&a.response), "{\"a\":1}");
	assert_false(sm_os_env_has(v[1]));
	assert_string_equal(v[1], PLUG_ARGS_VARIABLE "_X");
	plug_args_release(&a);

	/* unset: an empty response, which is an error later */
	assert_int_equal(plug_args_session(&a, 5, v, NULL), 0);
	assert_int_equal(a.response.len, 0);
	plug_args_release(&a);
	for (i = 0; v[i]; i++)
		sm_mem_free(v[i]);
}

static void too_long(void **state)
{
	struct sm_buf big = SM_BUF_INIT(PLUG_ARGS_RESPONSE_MAX + 1);
	char *v[] = { arg("p"), NULL, arg("r"), arg("StartSession"), NULL };
	struct sm_err e = SM_ERR_INIT;
	struct plug_args a;

	SM_UNUSED(state);
	assert_int_equal(sm_buf_put_fill(&big, 'x', PLUG_ARGS_RESPONSE_MAX), 0);
	v[1] = big.ptr;
	assert_int_equal(plug_args_session(&a, 4, v, &e), 0);
	plug_args_release(&a);
	assert_int_equal(sm_buf_put_fill(&big, 'x', 1), 0);
	v[1] = big.ptr;
	assert_int_equal(plug_args_session(&a, 4, v, &e), SM_ELIMIT);
	assert_string_equal(e.msg, "the StartSession response is too long");
	plug_args_release(&a);
	sm_buf_release(&big);
	sm_mem_free(v[0]);
	sm_mem_free(v[2]);
	sm_mem_free(v[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs),
		cmocka_unit_test(start_needs_an_option),
		cmocka_unit_test(whole_line_and_scrubbing),
		cmocka_unit_test(legacy_has_defaults),
		cmocka_unit_test(variable_by_prefix),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
