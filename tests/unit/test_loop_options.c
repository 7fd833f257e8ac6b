/*
 * The command line: defaults, and everything that is refused.
 */
#include "common/def.h"
#include "loopback/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"

static int parse(struct loop_options *o, const char *a, const char *b)
{
	char *argv[4] = { sm_mem_dup(sm_str("loopback")), NULL, NULL, NULL };
	struct sm_err e = SM_ERR_INIT;
	int argc = 1, r;

	if (a)
		argv[argc++] = sm_mem_dup(sm_str(a));
	if (b)
		argv[argc++] = sm_mem_dup(sm_str(b));
	r = loop_options_parse(o, argc, argv, &e);
	assert_true(r == 0 || e.msg[0]);
	while (argc--)
		sm_mem_free(argv[argc]);
	return r;
}

static void defaults(void **state)
{
	struct loop_options o;

	SM_UNUSED(state);
	assert_int_equal(parse(&o, NULL, NULL), 0);
	assert_string_equal(o.address, "127.0.0.1");
	assert_int_equal(o.port, 0);
	assert_int_equal(o.payload, 1024);
	assert_string_equal(o.agent_version, LOOP_OPTIONS_AGENT_VERSION);
	assert_false(o.no_auth);
}

/* A shell for everybody who reaches the port: never beyond this machine. */
static void loopback_only(void **state)
{
	static const char *const bad[] = {
		"0.0.0.0",     "::",        "192.168.1.1", "127.0.0.256",
		"127.1",       "128.0.0.1", "localhost",   "",
		"127.0.0.1.1", "::2"
	};
	struct loop_options o;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(parse(&o, "--address", bad[i]), SM_EUSAGE);
	assert_int_equal(parse(&o, "--address", "127.3.2.1"), 0);
	assert_int_equal(parse(&o, "--address", "::1"), 0);
}

static void refused(void **state)
{
	static const char *const bad[][2] = {
		{ "--port", "65536" },      { "--port", "x" },
		{ "--payload", "1023" },    { "--payload", "32769" },
		{ "--agent-version", "x" }, { "--fault", "frob" },
		{ "--fault", "drop=many" }, { "--nonsense", NULL },
		{ "argument", NULL },       { "--port", NULL },
	};
	struct loop_options o;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(parse(&o, bad[i][0], bad[i][1]), SM_EUSAGE);
}

static void faults_add_up(void **state)
{
	struct loop_options o;

	SM_UNUSED(state);
	assert_int_equal(parse(&o, "--fault=drop=3,dup=4", "--fault=cut=9"), 0);
	assert_int_equal(o.fault.odds[LOOP_UP].drop, 3);
	assert_int_equal(o.fault.odds[LOOP_DOWN].dup, 4);
	assert_int_equal(o.fault.cut, 9);
}

static void help(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	assert_int_equal(loop_options_help(&out), 0);
	assert_non_null(strstr(sm_buf_z(&out), "--port-file"));
	assert_non_null(strstr(sm_buf_z(&out), "--help"));
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(loopback_only),
		cmocka_unit_test(refused),  cmocka_unit_test(faults_add_up),
		cmocka_unit_test(help),
	};

	return cmocka_run_group_tests_name("loop_options", tests, NULL, NULL);
}
