/*
 * Documents: defaults, required and forbidden parameters, properties.
 */
#include "common/def.h"
#include "loopback/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct sm_arena arena;

static int resolve(struct loop_document *d, const char *name, const char *json)
{
	struct sm_err e = SM_ERR_INIT;
	int r = loop_document_resolve(d, &arena, sm_str(name), sm_str(json),
				      &e);

	assert_true(r == 0 || e.msg[0]);
	return r;
}

static void properties_are(const char *name, const char *json, const char *want)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_document d;

	assert_int_equal(resolve(&d, name, json), 0);
	assert_int_equal(loop_document_properties_put(&out, &d), 0);
	assert_string_equal(sm_buf_z(&out), want);
	sm_buf_release(&out);
}

static void types(void **state)
{
	static const struct {
		const char *name, *json, *type;
	} list[] = {
		{ "", "", "Standard_Stream" },
		{ "SSM-SessionManagerRunShell", "{}", "Standard_Stream" },
		{ "AWS-StartSSHSession", "null", "Port" },
		{ "AWS-StartInteractiveCommand", "{\"command\":[\"top\"]}",
		  "InteractiveCommands" },
		{ "AWS-StartNonInteractiveCommand", "{\"command\":[\"id\"]}",
		  "NonInteractiveCommands" },
	};
	struct loop_document d;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(list); i++) {
		assert_int_equal(resolve(&d, list[i].name, list[i].json), 0);
		assert_string_equal(loop_document_session_type(&d),
				    list[i].type);
	}
}

static void properties(void **state)
{
	SM_UNUSED(state);
	properties_are("", "", "null");
	properties_are("AWS-StartSSHSession", "", "{\"portNumber\":\"22\"}");
	properties_are("AWS-StartSSHSession", "{\"portNumber\":[\"2222\"]}",
		       "{\"portNumber\":\"2222\"}");
	properties_are(
		"AWS-StartPortForwardingSession", "",
		"{\"portNumber\":\"80\",\"type\":\"LocalPortForwarding\","
		"\"localPortNumber\":\"0\"}");
	properties_are("AWS-StartPortForwardingSessionToRemoteHost",
		       "{\"host\":[\"db\"],\"portNumber\":[\"5432\"],"
		       "\"localPortNumber\":[\"15432\"]}",
		       "{\"portNumber\":\"5432\","
		       "\"type\":\"LocalPortForwarding\","
		       "\"localPortNumber\":\"15432\",\"host\":\"db\"}");
	properties_are("AWS-StartPortForwardingSessionToSocket",
		       "{\"portNumber\":[\"80\"],\"localUnixSocket\":[\"/s\"]}",
		       "{\"portNumber\":\"80\","
		       "\"type\":\"LocalPortForwarding\","
		       "\"localConnectionType\":\"unix\","
		       "\"localUnixSocket\":\"/s\"}");
}

static void refused(void **state)
{
	static const struct {
		const char *name, *json;
		int code;
	} bad[] = {
		{ "AWS-Nothing", "", SM_ENOTFOUND },
		{ "", "{", SM_EFORMAT },
		{ "", "[]", SM_EFORMAT },
		{ "", "{\"command\":[\"x\"]}", SM_EFORMAT },
		{ "AWS-StartInteractiveCommand", "", SM_EFORMAT },
		{ "AWS-StartInteractiveCommand", "{\"command\":[]}",
		  SM_EFORMAT },
		{ "AWS-StartInteractiveCommand", "{\"command\":[\"\"]}",
		  SM_EFORMAT },
		{ "AWS-StartInteractiveCommand",
		  "{\"command\":[\"a\\u0000b\"]}", SM_EFORMAT },
		{ "AWS-StartInteractiveCommand", "{\"command\":[7]}",
		  SM_EFORMAT },
		{ "AWS-StartSSHSession", "{\"portNumber\":[\"65536\"]}",
		  SM_EFORMAT },
		{ "AWS-StartSSHSession", "{\"portNumber\":[\"ssh\"]}",
		  SM_EFORMAT },
		{ "AWS-StartSSHSession", "{\"host\":[\"x\"]}", SM_EFORMAT },
		{ "AWS-StartPortForwardingSessionToRemoteHost", "{}",
		  SM_EFORMAT },
		{ "AWS-StartPortForwardingSessionToSocket",
		  "{\"portNumber\":[\"80\"]}", SM_EFORMAT },
		{ "AWS-StartNonInteractiveCommand",
		  "{\"command\":[\"x\"],\"separateOutputStream\":[\"yes\"]}",
		  SM_EFORMAT },
		{ "AWS-StartNonInteractiveCommand",
		  "{\"command\":[\"x\"],\"stdOutSeparatorPrefix\":[\"a b\"]}",
		  SM_EFORMAT },
		{ "AWS-StartNonInteractiveCommand",
		  "{\"command\":[\"x\"],\"stdErrSeparatorPrefix\":"
		  "[\"1234567890123456789012345678901\"]}",
		  SM_EFORMAT },
	};
	struct loop_document d;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(resolve(&d, bad[i].name, bad[i].json),
				 bad[i].code);
}

static void command_options(void **state)
{
	struct loop_document d;

	SM_UNUSED(state);
	assert_int_equal(resolve(&d, "AWS-StartNonInteractiveCommand",
				 "{\"command\":[\"id -u\"],"
				 "\"separateOutputStream\":[\"true\"],"
				 "\"stdOutSeparatorPrefix\":"
				 "[\"123456789012345678901234567890\"]}"),
			 0);
	assert_true(sm_str_eqz(d.command, "id -u"));
	assert_true(d.separate_output);
	assert_true(d.stdout_prefix.len == 30);
	assert_int_equal(resolve(&d, "AWS-StartSSHSession",
				 "{\"portNumber\":[\"65535\"]}"),
			 0);
	assert_int_equal(loop_document_port(&d), 65535);
}

static int teardown(void **state)
{
	SM_UNUSED(state);
	sm_arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(types, teardown),
		cmocka_unit_test_teardown(properties, teardown),
		cmocka_unit_test_teardown(refused, teardown),
		cmocka_unit_test_teardown(command_options, teardown),
	};

	return cmocka_run_group_tests_name("loop_document", tests, NULL, NULL);
}
