/*
 * Handshake: the examples of PROTOCOL.md 7, exact answers, gates, and bad
 * documents.
 */
#include "common/def.h"
#include "plugin/wire/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct sm_arena arena;

static int release(void **state)
{
	SM_UNUSED(state);
	sm_arena_release(&arena);
	return 0;
}

static int get_request(struct plug_handshake_request *q, const char *json)
{
	struct sm_err e = SM_ERR_INIT;
	char *copy = sm_mem_dup(sm_str(json));
	int r = plug_handshake_request_get(q, &arena, sm_str(copy), &e);

	assert_int_equal(e.code, r);
	sm_mem_free(copy); /* nothing may point into it */
	return r;
}

static void test_request(void **state)
{
	struct plug_handshake_request q;

	SM_UNUSED(state);
	assert_int_equal(
		get_request(
			&q,
			"{\"AgentVersion\":\"3.3.987.0\","
			"\"RequestedClientActions\":[{\"ActionType\":"
			"\"SessionType\",\"ActionParameters\":{\"SessionType\":"
			"\"Port\",\"Properties\":{\"portNumber\":\"22\","
			"\"localPortNumber\":8080,\"type\":"
			"\"LocalPortForwarding\",\"host\":null}}},"
			"{\"ActionType\":\"KMSEncryption\","
			"\"ActionParameters\":{\"KMSKeyId\":\"arn:k\","
			"\"Challenge\":\"AAE=\"}},{\"ActionType\":\"New\"}]}"),
		0);
	assert_true(sm_str_eqz(q.agent_version, "3.3.987.0"));
	assert_int_equal(q.n_actions, 3);
	assert_int_equal(q.action[0].kind, PLUG_ACTION_SESSION_TYPE);
	assert_true(sm_str_eqz(q.action[0].session_type, "Port"));
	assert_true(sm_str_eqz(q.action[0].port.port_number, "22"));
	/* a number where a string belongs is skipped, the others apply */
	assert_int_equal(q.action[0].port.local_port_number.len, 0);
	assert_true(sm_str_eqz(q.action[0].port.type, "LocalPortForwarding"));
	assert_int_equal(q.action[0].port.host.len, 0);
	assert_int_equal(q.action[1].kind, PLUG_ACTION_KMS);
	assert_true(sm_str_eqz(q.action[1].kms_key_id, "arn:k"));
	assert_true(sm_str_eqz(q.action[1].challenge, "AAE="));
	assert_int_equal(q.action[2].kind, PLUG_ACTION_UNKNOWN);
	assert_true(sm_str_eqz(q.action[2].name, "New"));
}

static void test_request_null(void **state)
{
	struct plug_handshake_request q;

	SM_UNUSED(state);
	assert_int_equal(
		get_request(&q, "{\"RequestedClientActions\":[{\"ActionType\":"
				"\"SessionType\",\"ActionParameters\":"
				"{\"SessionType\":\"Standard_Stream\","
				"\"Properties\":null}}, 7, null]}"),
		0);
	assert_int_equal(q.n_actions, 3);
	assert_int_equal(q.action[0].port.type.len, 0);
	assert_int_equal(q.action[1].kind, PLUG_ACTION_UNKNOWN);
	assert_int_equal(get_request(&q, "{\"RequestedClientActions\":null}"),
			 0);
	assert_int_equal(q.n_actions, 0);
}

static void test_request_bad(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_handshake_request q;
	int i;

	SM_UNUSED(state);
	assert_int_equal(get_request(&q, ""), SM_EFORMAT);
	assert_int_equal(get_request(&q, "[]"), SM_EFORMAT);
	assert_int_equal(get_request(&q, "{"), SM_EFORMAT);
	assert_int_equal(get_request(&q, "{\"RequestedClientActions\":{}}"),
			 SM_EFORMAT);
	(void)sm_buf_puts(&b, "{\"RequestedClientActions\":[{}");
	for (i = 1; i < PLUG_HANDSHAKE_ACTIONS_MAX; i++)
		(void)sm_buf_puts(&b, ",{}");
	(void)sm_buf_puts(&b, "]}");
	assert_int_equal(get_request(&q, sm_buf_z(&b)), 0);
	assert_int_equal(q.n_actions, PLUG_HANDSHAKE_ACTIONS_MAX);
	sm_buf_truncate(&b, b.len - 2);
	(void)sm_buf_puts(&b, ",{}]}");
	assert_int_equal(get_request(&q, sm_buf_z(&b)), SM_ELIMIT);
	sm_buf_release(&b);
}

static void check_response(const struct plug_action_result *a, size_t n,
			   const char *want)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(plug_handshake_response_put(&out, sm_str("1.2.677.0"),
						     a, n),
			 0);
	assert_string_equal(sm_buf_z(&out), want);
	sm_buf_release(&out);
}

static void test_response(void **state)
{
	struct plug_action_result a[3];

	SM_UNUSED(state);
	memset(a, 0, sizeof(a));
	a[0].name = sm_str("SessionType");
	a[0].status = PLUG_ACTION_SUCCESS;
	check_response(a, 1,
		       "{\"ClientVersion\":\"1.2.677.0\","
		       "\"ProcessedClientActions\":[{\"ActionType\":"
		       "\"SessionType\",\"ActionStatus\":1,\"ActionResult\":"
		       "null,\"Error\":\"\"}],\"Errors\":null}");
	a[1].name = sm_str("KMSEncryption");
	a[1].status = PLUG_ACTION_SUCCESS;
	a[1].cipher_blob = sm_str_n("\0\1\2", 3);
	check_response(a + 1, 1,
		       "{\"ClientVersion\":\"1.2.677.0\","
		       "\"ProcessedClientActions\":[{\"ActionType\":"
		       "\"KMSEncryption\",\"ActionStatus\":1,\"ActionResult\":"
		       "{\"KMSCipherTextKey\":\"AAEC\",\"KMSCipherTextHash\":"
		       "null},\"Error\":\"\"}],\"Errors\":null}");
	a[1].challenge_acknowledged = true;
	check_response(a + 1, 1,
		       "{\"ClientVersion\":\"1.2.677.0\","
		       "\"ProcessedClientActions\":[{\"ActionType\":"
		       "\"KMSEncryption\",\"ActionStatus\":1,\"ActionResult\":"
		       "{\"KMSCipherTextKey\":\"AAEC\",\"KMSCipherTextHash\":"
		       "null,\"ChallengeAcknowledgement\":true},\"Error\":"
		       "\"\"}],\"Errors\":null}");
	a[1].status = PLUG_ACTION_FAILED;
	a[1].error = sm_str("no \"key\"");
	a[2].name = sm_str("New");
	a[2].status = PLUG_ACTION_UNSUPPORTED;
	check_response(
		a, 3,
		"{\"ClientVersion\":\"1.2.677.0\",\"ProcessedClientActions\":["
		"{\"ActionType\":\"SessionType\",\"ActionStatus\":1,"
		"\"ActionResult\":null,\"Error\":\"\"},"
		"{\"ActionType\":\"KMSEncryption\",\"ActionStatus\":2,"
		"\"ActionResult\":null,\"Error\":\"Failed to process action "
		"KMSEncryption: no \\\"key\\\"\"},"
		"{\"ActionType\":\"New\",\"ActionStatus\":3,\"ActionResult\":"
		"null,\"Error\":\"Unsupported action New\"}],"
		"\"Errors\":[\"no \\\"key\\\"\",\"Unsupported action New\"]}");
}

static int get_response(struct plug_handshake_response *p, const char *json)
{
	struct sm_err e = SM_ERR_INIT;
	int r = plug_handshake_response_get(p, &arena, sm_str(json), &e);

	assert_int_equal(e.code, r);
	return r;
}

static void test_response_read(void **state)
{
	struct plug_handshake_response p;

	SM_UNUSED(state);
	assert_int_equal(
		get_response(&p,
			     "{\"ClientVersion\":\"1.2.3.4\","
			     "\"ProcessedClientActions\":[{\"ActionType\":"
			     "\"KMSEncryption\",\"ActionStatus\":1,"
			     "\"ActionResult\":{\"KMSCipherTextKey\":\"AAEC\","
			     "\"ChallengeAcknowledgement\":true}},"
			     "{\"ActionType\":\"Extra\",\"ActionStatus\":1}]}"),
		0);
	assert_true(p.ok);
	assert_true(sm_str_eqz(p.client_version, "1.2.3.4"));
	assert_int_equal(p.cipher_blob.len, 3);
	assert_true(p.challenge_acknowledged);

	/* the reference's own way to say "unsupported": status 0 */
	assert_int_equal(
		get_response(&p, "{\"ProcessedClientActions\":["
				 "{\"ActionType\":\"A\",\"ActionStatus\":0,"
				 "\"ActionResult\":3,\"Error\":\"bad\"},"
				 "{\"ActionType\":\"B\",\"ActionStatus\":2,"
				 "\"Error\":\"second\"}]}"),
		0);
	assert_false(p.ok);
	assert_true(sm_str_eqz(p.why, "A: bad"));
	assert_int_equal(get_response(&p, "{\"ProcessedClientActions\":["
					  "{\"ActionType\":\"KMSEncryption\","
					  "\"ActionStatus\":1,\"ActionResult\":"
					  "{\"KMSCipherTextKey\":\"A\"}}]}"),
			 SM_EFORMAT);
	assert_int_equal(get_response(&p, "7"), SM_EFORMAT);
	assert_int_equal(get_response(&p, "{}"), 0);
	assert_true(p.ok);
}

static void test_complete(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1024);
	struct plug_handshake_complete c;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	assert_int_equal(
		plug_handshake_complete_put(&out, 12345678, sm_str("")), 0);
	assert_string_equal(sm_buf_z(&out),
			    "{\"HandshakeTimeToComplete\":12345678,"
			    "\"CustomerMessage\":\"\"}");
	sm_buf_clear(&out);
	assert_int_equal(plug_handshake_complete_put(&out, -1, sm_str("a\nb")),
			 0);
	assert_int_equal(plug_handshake_complete_get(&c, &arena,
						     sm_buf_str(&out), &e),
			 0);
	assert_true(c.duration_ns == -1);
	assert_true(sm_str_eqz(c.customer_message, "a\nb"));
	assert_int_equal(
		plug_handshake_complete_get(&c, &arena, sm_str("{}"), &e), 0);
	assert_int_equal(c.customer_message.len, 0);
	assert_int_equal(plug_handshake_complete_get(&c, &arena, sm_str("x"),
						     &e),
			 SM_EFORMAT);
	sm_buf_release(&out);
}

static void test_challenge_bad(void **state)
{
	struct sm_buf out = SM_BUF_INIT(1024);

	SM_UNUSED(state);
	assert_int_equal(plug_handshake_challenge_get(&out, sm_str("{}")),
			 SM_EFORMAT);
	assert_int_equal(
		plug_handshake_challenge_get(&out, sm_str("{\"Challenge\":1}")),
		SM_EFORMAT);
	assert_int_equal(plug_handshake_challenge_get(
				 &out, sm_str("{\"Challenge\":\"%\"}")),
			 SM_EFORMAT);
	sm_buf_release(&out);
}

static bool gate(enum plug_gate g, const char *version)
{
	return plug_handshake_gate(g, sm_str(version));
}

static void test_gates(void **state)
{
	SM_UNUSED(state);
	assert_false(gate(PLUG_GATE_TERMINATE_FLAG, "2.3.722.0"));
	assert_true(gate(PLUG_GATE_TERMINATE_FLAG, "2.3.722.1"));
	assert_false(gate(PLUG_GATE_MUX, "3.0.196.0"));
	assert_true(gate(PLUG_GATE_MUX, "3.0.197.0"));
	assert_true(gate(PLUG_GATE_MUX, "3.1.0.0"));
	assert_true(gate(PLUG_GATE_MUX, "10.0.0.0"));
	assert_false(gate(PLUG_GATE_NO_KEEPALIVE, "3.1.1511.0"));
	assert_true(gate(PLUG_GATE_NO_KEEPALIVE, "3.1.1511.1"));
	/* any problem with the number: off */
	assert_false(gate(PLUG_GATE_MUX, ""));
	assert_false(gate(PLUG_GATE_MUX, "9"));
	assert_false(gate(PLUG_GATE_MUX, "9.9.9"));
	assert_false(gate(PLUG_GATE_MUX, "9.9.9.9.9"));
	assert_false(gate(PLUG_GATE_MUX, "9.9.9.x"));
	assert_false(gate(PLUG_GATE_MUX, "9.9..9"));
	assert_false(gate(PLUG_GATE_MUX, "9.9.9.99999999999"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_request, release),
		cmocka_unit_test_teardown(test_request_null, release),
		cmocka_unit_test_teardown(test_request_bad, release),
		cmocka_unit_test(test_response),
		cmocka_unit_test_teardown(test_response_read, release),
		cmocka_unit_test_teardown(test_complete, release),
		cmocka_unit_test(test_challenge_bad),
		cmocka_unit_test(test_gates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
