/*
 * The handshake's client, with the session, the channel and KMS played here:
 * answers to the byte, one of each, and what becomes of a bad agent.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/hex.h"
#include "common/version.h"
#include "plugin/negotiate.h"
#include "plugin/remote.h"
#include "plugin/session.h"

#define TYPE(name)                                                           \
	"{\"AgentVersion\":\"3.3.0.0\",\"RequestedClientActions\":[{"        \
	"\"ActionType\":\"SessionType\",\"ActionParameters\":{"              \
	"\"SessionType\":\"" name "\",\"Properties\":{\"portNumber\":\"22\"" \
	",\"type\":7}}}]}"
#define KMS                                                        \
	"{\"ActionType\":\"KMSEncryption\",\"ActionParameters\":{" \
	"\"KMSKeyId\":\"alias/k\"}}"
#define WITH_KMS(more)                                                \
	"{\"AgentVersion\":\"3.3.0.0\",\"RequestedClientActions\":[{" \
	"\"ActionType\":\"SessionType\",\"ActionParameters\":{"       \
	"\"SessionType\":\"Standard_Stream\",\"Properties\":null}}," more "]}"
#define TYPE_OK                                               \
	"{\"ActionType\":\"SessionType\",\"ActionStatus\":1," \
	"\"ActionResult\":null,\"Error\":\"\"}"

static const struct plug_kind a_kind = { .name = "a kind" };

/* One session and all that happened to it. */
static struct rig {
	struct plug_session s;
	struct plug_args args;
	struct plug_negotiation *n;
	struct sm_buf log;  /* "w6" (a payload written), "start:a kind" ... */
	struct sm_buf sent; /* the last payload */
	char why[SM_ERR_MSG_MAX];
	struct plug_crypter *sealed;
	unsigned keys;
	char key_id[64], challenge[64];
	plug_remote_key_fn *key;
	void *user;
	int write; /* what writing answers */
} rig;

/* ---- what lies around, played ---- */

int plug_channel_write(struct plug_channel *ch, uint32_t payload_type,
		       struct sm_str payload)
{
	SM_UNUSED(ch);
	(void)sm_buf_printf(&rig.log, "w%u ", (unsigned)payload_type);
	sm_buf_clear(&rig.sent);
	(void)sm_buf_put_str(&rig.sent, payload);
	return rig.write;
}

void plug_channel_seal(struct plug_channel *ch, struct plug_crypter *c)
{
	SM_UNUSED(ch);
	rig.sealed = c;
	(void)sm_buf_puts(&rig.log, "seal ");
}

void plug_remote_key(struct plug_remote *r, struct sm_str key_id,
		     struct sm_str challenge, plug_remote_key_fn *fn,
		     void *user)
{
	SM_UNUSED(r);
	rig.keys++;
	(void)snprintf(rig.key_id, sizeof(rig.key_id), "%.*s",
		       SM_STR_ARG(key_id));
	(void)snprintf(rig.challenge, sizeof(rig.challenge), "%.*s",
		       SM_STR_ARG(challenge));
	rig.key = fn;
	rig.user = user;
}

void plug_session_say(struct plug_session *s, const char *fmt, ...)
{
	va_list ap;

	SM_UNUSED(s);
	va_start(ap, fmt);
	(void)sm_buf_puts(&rig.log, "say:");
	(void)sm_buf_vprintf(&rig.log, fmt, ap);
	va_end(ap);
}

void plug_session_fail(struct plug_session *s, int code, const struct sm_err *e)
{
	assert_true(code < 0);
	s->ending = true;
	(void)sm_buf_puts(&rig.log, "fail ");
	(void)snprintf(rig.why, sizeof(rig.why), "%s", sm_err_msg(e));
}

static int deliver(void *state, uint32_t type, struct sm_str payload)
{
	SM_UNUSED(state);
	(void)sm_buf_printf(&rig.log, "d%u:%.*s ", (unsigned)type,
			    SM_STR_ARG(payload));
	return 0;
}

static const struct plug_kind shell = { .name = "shell", .deliver = deliver };

int plug_session_start_kind(struct plug_session *s,
			    const struct plug_kind *kind)
{
	(void)sm_buf_printf(&rig.log, "start:%s ", kind->name);
	s->kind = kind;
	return 0;
}

const struct plug_kind *plug_kind_find(const struct plug_kind_query *q)
{
	if (sm_str_eqz(q->session_type, "Standard_Stream"))
		return &shell;
	return sm_str_eqz(q->session_type, "Port") ? &a_kind : NULL;
}

/* ---- helpers ---- */

static int begin(void **state)
{
	SM_UNUSED(state);
	memset(&rig, 0, sizeof(rig));
	sm_buf_init(&rig.log, SM_BUF_SMALL);
	sm_buf_init(&rig.sent, SM_BUF_SMALL);
	rig.s.c.args = &rig.args;
	rig.n = plug_negotiate_new(&rig.s);
	return 0;
}

static int end(void **state)
{
	SM_UNUSED(state);
	plug_negotiate_free(rig.n);
	sm_buf_release(&rig.log);
	sm_buf_release(&rig.sent);
	return 0;
}

static int give(uint32_t type, const char *json)
{
	return plug_negotiate_deliver(rig.n, type, sm_str(json));
}

static int request(const char *json)
{
	return give(PLUG_PAYLOAD_HANDSHAKE_REQUEST, json);
}

static void expect(const char *want)
{
	assert_string_equal(sm_buf_z(&rig.log), want);
	sm_buf_clear(&rig.log);
}

/* The response, with these actions and errors. */
static void expect_response(const char *actions, const char *errors)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(&b,
			    "{\"ClientVersion\":\"%s\","
			    "\"ProcessedClientActions\":[%s],\"Errors\":%s}",
			    sm_version(), actions, errors);
	assert_string_equal(sm_buf_z(&rig.sent), sm_buf_z(&b));
	sm_buf_release(&b);
}

static void key_answers(int code, struct sm_str plain)
{
	struct sm_err e = SM_ERR_INIT;

	if (code < 0)
		(void)sm_err_set(&e, code, "AccessDeniedException: no");
	assert_non_null(rig.key);
	rig.key(rig.user, code, plain, sm_str("blob"), &e);
}

/* ---- without encryption ---- */

static void order_of_a_handshake(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(request(TYPE("Port")), 0);
	expect("w6 ");
	expect_response(TYPE_OK, "null");
	assert_true(sm_str_eqz(rig.s.query.agent_version, "3.3.0.0"));
	assert_true(sm_str_eqz(rig.s.query.port.port_number, "22"));
	/* data is not for us before the end of it: it comes again */
	assert_int_equal(give(PLUG_PAYLOAD_OUTPUT, "early"), SM_EAGAIN);
	assert_int_equal(give(PLUG_PAYLOAD_FLAG, "1234"), SM_EAGAIN);
	/* one answer to one request: PROTOCOL.md 13.3 */
	assert_int_equal(request(TYPE("Standard_Stream")), 0);
	expect("");
	assert_int_equal(give(PLUG_PAYLOAD_HANDSHAKE_COMPLETE,
			      "{\"HandshakeTimeToComplete\":5,"
			      "\"CustomerMessage\":\"hello\"}"),
			 0);
	expect("say:hello\nstart:a kind ");
	assert_int_equal(give(PLUG_PAYLOAD_HANDSHAKE_COMPLETE, "{}"), 0);
	assert_int_equal(request(TYPE("Port")), 0);
	expect("");
}

static void without_message(void **state)
{
	static const char *const texts[] = {
		"{\"HandshakeTimeToComplete\":5,\"CustomerMessage\":\"\"}",
		"{}", "not JSON", ""
	};
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(texts); i++) {
		if (i) {
			(void)end(state);
			(void)begin(state);
		}
		assert_int_equal(request(TYPE("Port")), 0);
		assert_int_equal(
			give(PLUG_PAYLOAD_HANDSHAKE_COMPLETE, texts[i]), 0);
		expect("w6 start:a kind ");
	}
}

static void unknown_types_and_actions(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(request(TYPE("Teleport")), 0);
	expect("w6 ");
	expect_response("{\"ActionType\":\"SessionType\",\"ActionStatus\":2,"
			"\"ActionResult\":null,\"Error\":\"Failed to process "
			"action SessionType: Unknown session type Teleport\"}",
			"[\"Unknown session type Teleport\"]");
	assert_int_equal(give(PLUG_PAYLOAD_HANDSHAKE_COMPLETE, "{}"), 0);
	expect("fail ");
	assert_string_equal(rig.why, "unable to determine SessionType");
}

/* docs/compatibility.md 15 */
static void unsupported_action(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(request(WITH_KMS("{\"ActionType\":\"Dance\","
					  "\"ActionParameters\":[1]}")),
			 0);
	expect("w6 ");
	assert_non_null(strstr(sm_buf_z(&rig.sent),
			       "{\"ActionType\":\"Dance\",\"ActionStatus\":3,"
			       "\"ActionResult\":null,"));
	assert_non_null(
		strstr(sm_buf_z(&rig.sent), "Unsupported action Dance"));
}

static void bad_requests(void **state)
{
	static const char *const bad[] = { "", "x", "[]", "null",
					   "{\"RequestedClientActions\":7}" };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		(void)end(state);
		(void)begin(state);
		assert_int_equal(request(bad[i]), 0);
		expect("fail ");
		assert_true(rig.why[0]);
		assert_int_equal(rig.sent.len, 0);
	}
}

static void an_answer_that_cannot_be_sent(void **state)
{
	SM_UNUSED(state);
	rig.write = SM_ELIMIT;
	assert_int_equal(request(TYPE("Port")), 0);
	expect("w6 fail ");
	assert_non_null(strstr(rig.why, "cannot answer the handshake"));
}

static void without_handshake(void **state)
{
	SM_UNUSED(state);
	/* PROTOCOL.md 7.8: what is no output first is swallowed */
	assert_int_equal(give(PLUG_PAYLOAD_FLAG, "1234"), 0);
	expect("");
	assert_int_equal(give(PLUG_PAYLOAD_OUTPUT, "prompt"), 0);
	expect("start:shell d1:prompt ");
	/* a handshake that comes later is none of ours */
	assert_int_equal(request(TYPE("Port")), 0);
	expect("");
}

static void completion_out_of_nothing(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(give(PLUG_PAYLOAD_HANDSHAKE_COMPLETE, "{}"), 0);
	expect("fail ");
	assert_string_equal(rig.why, "unable to determine SessionType");
}

/* ---- with encryption ---- */

static void key_bytes(char key[64])
{
	int i;

	for (i = 0; i < 64; i++)
		key[i] = (char)i; /* PROTOCOL.md A7 */
}

static void encrypted(void **state)
{
	struct sm_buf sealed = SM_BUF_INIT(512), again = SM_BUF_INIT(512);
	struct sm_buf json = SM_BUF_INIT(1024), plain = SM_BUF_INIT(512);
	static const unsigned char nonce[PLUG_CRYPTER_NONCE] = { 1 };
	struct plug_crypter *agent;
	char key[64];
	int r = 0;

	SM_UNUSED(state);
	assert_int_equal(request(WITH_KMS(KMS)), 0);
	expect(""); /* the answer waits for the key */
	assert_int_equal(rig.keys, 1);
	assert_string_equal(rig.key_id, "alias/k");
	assert_string_equal(rig.challenge, "");
	key_bytes(key);
	key_answers(0, sm_str_n(key, sizeof(key)));
	expect("seal w6 ");
	assert_non_null(rig.sealed);
	expect_response(TYPE_OK
			",{\"ActionType\":\"KMSEncryption\",\"ActionStatus\":1,"
			"\"ActionResult\":{\"KMSCipherTextKey\":\"YmxvYg==\","
			"\"KMSCipherTextHash\":null},\"Error\":\"\"}",
			"null");

	/* the proof: opened with the agent's half, sealed with ours */
	agent = plug_crypter_new(PLUG_ROLE_AGENT, sm_str_n(key, sizeof(key)),
				 nonce, &r);
	assert_non_null(agent);
	assert_int_equal(plug_crypter_seal(agent, &sealed, sm_str("the proof")),
			 0);
	assert_int_equal(
		plug_handshake_challenge_put(&json, sm_buf_str(&sealed)), 0);
	assert_int_equal(give(PLUG_PAYLOAD_CHALLENGE_REQUEST, sm_buf_z(&json)),
			 0);
	expect("w9 ");
	assert_int_equal(
		plug_handshake_challenge_get(&again, sm_buf_str(&rig.sent)), 0);
	assert_int_equal(plug_crypter_open(agent, &plain, sm_buf_str(&again)),
			 0);
	assert_string_equal(sm_buf_z(&plain), "the proof");
	plug_crypter_free(agent);
	sm_buf_release(&sealed);
	sm_buf_release(&again);
	sm_buf_release(&json);
	sm_buf_release(&plain);
}

static void random_challenge(void **state)
{
	char key[64];

	SM_UNUSED(state);
	assert_int_equal(
		request(WITH_KMS("{\"ActionType\":\"KMSEncryption\","
				 "\"ActionParameters\":{\"KMSKeyId\":\"k\","
				 "\"Challenge\":\"AAECAw==\"}}")),
		0);
	assert_string_equal(rig.challenge, "AAECAw==");
	key_bytes(key);
	key_answers(0, sm_str_n(key, sizeof(key)));
	assert_non_null(strstr(sm_buf_z(&rig.sent),
			       "\"ChallengeAcknowledgement\":true"));
}

static void challenges_that_fail(void **state)
{
	static const char *const bad[] = {
		"{}", "{\"Challenge\":\"\"}", "{\"Challenge\":\"AAAA\"}",
		"{\"Challenge\":\"!\"}",
		/* PROTOCOL.md A8 with one character changed */
		"{\"Challenge\":\"AAECAwQFBgcICQoLB0OUWIGghFzFCN3A/aQ2ItOH1Wek"
		"LgkrYD6/3kE0Xu1hccyfy6R0/xzNFYbk6kZXnigS/i6j1a1H7lBiZJ6LkfDh"
		"y9YBHMWgneeazBiICy5=\"}"
	};
	char key[64];
	size_t i;

	/* nobody has a key */
	assert_int_equal(give(PLUG_PAYLOAD_CHALLENGE_REQUEST, "{}"), 0);
	expect("fail ");
	assert_non_null(strstr(rig.why, "the encryption challenge failed"));
	key_bytes(key);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		(void)end(state);
		(void)begin(state);
		assert_int_equal(request(WITH_KMS(KMS)), 0);
		key_answers(0, sm_str_n(key, sizeof(key)));
		expect("seal w6 ");
		assert_int_equal(give(PLUG_PAYLOAD_CHALLENGE_REQUEST, bad[i]),
				 0);
		expect("fail ");
	}
}

static void keys_that_fail(void **state)
{
	char key[64];

	assert_int_equal(request(WITH_KMS(KMS)), 0);
	key_answers(SM_EAUTH, sm_str(""));
	expect("w6 ");
	assert_null(rig.sealed);
	expect_response(TYPE_OK
			",{\"ActionType\":\"KMSEncryption\",\"ActionStatus\":2,"
			"\"ActionResult\":null,\"Error\":\"Failed to process "
			"action KMSEncryption: Error calling KMS "
			"GenerateDataKey API: AccessDeniedException: no\"}",
			"[\"Error calling KMS GenerateDataKey API: "
			"AccessDeniedException: no\"]");
	(void)end(state);
	(void)begin(state);
	key_bytes(key);
	assert_int_equal(request(WITH_KMS(KMS)), 0);
	key_answers(0, sm_str_n(key, 63));
	expect("w6 ");
	assert_null(rig.sealed);
	assert_non_null(strstr(sm_buf_z(&rig.sent), "wrong size"));
}

static void two_keys(void **state)
{
	char key[64];

	SM_UNUSED(state);
	assert_int_equal(request(WITH_KMS(KMS "," KMS)), 0);
	assert_int_equal(rig.keys, 1);
	key_bytes(key);
	key_answers(0, sm_str_n(key, sizeof(key)));
	assert_non_null(strstr(sm_buf_z(&rig.sent), "\"ActionStatus\":3"));
}

/* PROTOCOL.md 7.4 */
static void legacy_caller(void **state)
{
	SM_UNUSED(state);
	rig.args.legacy = true;
	assert_int_equal(request(WITH_KMS(KMS)), 0);
	expect("w6 ");
	assert_int_equal(rig.keys, 0);
	assert_non_null(strstr(
		sm_buf_z(&rig.sent),
		"Installed version of CLI does not support Session Manager "
		"encryption feature. Please upgrade to the latest version of "
		"your CLI (e.g., AWS CLI)."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(order_of_a_handshake, begin,
						end),
		cmocka_unit_test_setup_teardown(without_message, begin, end),
		cmocka_unit_test_setup_teardown(unknown_types_and_actions,
						begin, end),
		cmocka_unit_test_setup_teardown(unsupported_action, begin, end),
		cmocka_unit_test_setup_teardown(bad_requests, begin, end),
		cmocka_unit_test_setup_teardown(an_answer_that_cannot_be_sent,
						begin, end),
		cmocka_unit_test_setup_teardown(without_handshake, begin, end),
		cmocka_unit_test_setup_teardown(completion_out_of_nothing,
						begin, end),
		cmocka_unit_test_setup_teardown(encrypted, begin, end),
		cmocka_unit_test_setup_teardown(random_challenge, begin, end),
		cmocka_unit_test_setup_teardown(challenges_that_fail, begin,
						end),
		cmocka_unit_test_setup_teardown(keys_that_fail, begin, end),
		cmocka_unit_test_setup_teardown(two_keys, begin, end),
		cmocka_unit_test_setup_teardown(legacy_caller, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
