/*
 * StartSession's response and parameters: the shapes that callers send
 * (USERS.md 1), and a case per way to be wrong with its exact text.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/buf.h"
#include "plugin/request.h"

#define URL "wss://ssmmessages.us-east-1.amazonaws.com/v1/x?a=b+c/d="

static void good(void **state)
{
	/* the CLI, ECS, Go SDKs, an exact name that wins over a folded one */
	static const char *const json[] = {
		"{\"SessionId\":\"s-1\",\"TokenValue\":\"t\",\"StreamUrl\":\"" URL
		"\"}",
		"{\"sessionId\":\"s-1\",\"streamUrl\":\"" URL
		"\",\"tokenValue\":\"t\"}",
		"{\"SESSIONID\":\"s-1\",\"TOKENVALUE\":\"t\",\"STREAMURL\":\"" URL
		"\",\"ResultMetadata\":{\"x\":[1]},\"ResponseMetadata\":null}",
		"{\"SessionId\":\"s-1\",\"sessionid\":\"no\",\"TokenValue\":"
		"\"t\",\"StreamUrl\":\"" URL "\"}",
		" {\"SessionId\":\"no\",\"SessionId\":\"s-1\",\"TokenValue\":"
		"\"\\u0074\",\"StreamUrl\":\"" URL "\"} \n",
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(json); i++) {
		struct plug_request q;
		struct sm_err e = SM_ERR_INIT;

		plug_request_init(&q);
		if (plug_request_response(&q, sm_str(json[i]), &e) < 0)
			fail_msg("%s: %s", json[i], e.msg);
		assert_true(sm_str_eqz(q.session_id, "s-1"));
		assert_true(sm_str_eqz(q.token, "t"));
		assert_true(sm_str_eqz(q.stream_url, URL));
		assert_string_equal(q.stream_url.ptr, URL);
		plug_request_release(&q);
	}
}

#define REST ",\"TokenValue\":\"t\",\"StreamUrl\":\"" URL "\"}"
#define WITH_URL(u) \
	"{\"SessionId\":\"s\",\"TokenValue\":\"t\",\"StreamUrl\":\"" u "\"}"
#define BAD_URL "malformed ws or wss URL"

static const struct {
	const char *json;
	const char *text;
} bad[] = {
	{ "", "unexpected end of JSON input" },
	{ " \n", "unexpected end of JSON input" },
	{ "{\"SessionId\":", "unexpected end of JSON input" },
	{ "hello", "invalid character 'h' looking for beginning of value" },
	{ "\x01", "invalid character '\\x01' looking for beginning of value" },
	{ "{} x", "invalid character 'x' after top-level value" },
	{ "[]", "json: cannot unmarshal array into Go value of type "
		"ssm.StartSessionOutput" },
	{ "\"x\"", "json: cannot unmarshal string into Go value of type "
		   "ssm.StartSessionOutput" },
	{ "7", "json: cannot unmarshal number into Go value of type "
	       "ssm.StartSessionOutput" },
	{ "true", "json: cannot unmarshal bool into Go value of type "
		  "ssm.StartSessionOutput" },
	{ "null", "the StartSession response has no SessionId" },
	{ "{}", "the StartSession response has no SessionId" },
	{ "{\"SessionId\":null" REST,
	  "the StartSession response has no SessionId" },
	{ "{\"SessionId\":\"\"" REST,
	  "the StartSession response has an empty SessionId" },
	{ "{\"SessionId\":5" REST,
	  "json: cannot unmarshal number into Go struct field "
	  "StartSessionOutput.SessionId of type string" },
	{ "{\"SessionId\":\"a\\u001b[2J\"" REST,
	  "the SessionId of the StartSession response has control "
	  "characters" },
	{ "{\"SessionId\":\"a\\u0000b\"" REST,
	  "the SessionId of the StartSession response has control "
	  "characters" },
	{ "{\"SessionId\":\"s\"}",
	  "the StartSession response has no TokenValue" },
	{ "{\"SessionId\":\"s\",\"TokenValue\":\"t\"}",
	  "the StartSession response has no StreamUrl" },
	{ WITH_URL("https://h/"), BAD_URL },
	{ WITH_URL("WSS://h/"), BAD_URL },
	{ WITH_URL("wss://"), BAD_URL },
	{ WITH_URL("wss:///path"), BAD_URL },
	{ WITH_URL("wss://u:p@h/"), BAD_URL },
	{ WITH_URL("wss://h/#x"), BAD_URL },
	{ WITH_URL("wss://h/ x"), BAD_URL },
};

static void wrong(void **state)
{
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		struct plug_request q;
		struct sm_err e = SM_ERR_INIT;

		plug_request_init(&q);
		assert_int_equal(plug_request_response(&q, sm_str(bad[i].json),
						       &e),
				 SM_EFORMAT);
		assert_string_equal(e.msg, bad[i].text);
		plug_request_release(&q);
	}
}

static int with_id(size_t len)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_request q;
	int r;

	plug_request_init(&q);
	(void)sm_buf_puts(&b, "{\"SessionId\":\"");
	(void)sm_buf_put_fill(&b, 'x', len);
	(void)sm_buf_puts(&b, "\"" REST);
	r = plug_request_response(&q, sm_buf_str(&b), NULL);
	plug_request_release(&q);
	sm_buf_release(&b);
	return r;
}

static void limits(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(with_id(PLUG_REQUEST_ID_MAX), 0);
	assert_int_equal(with_id(PLUG_REQUEST_ID_MAX + 1), SM_ELIMIT);
}

static void parameters(void **state)
{
	static const char *const refused[] = {
		"",
		"x",
		"[]",
		"null",
		"{}",
		"{\"Target\":7}",
		"{\"Target\":null}",
		"{\"Target\":[\"i-1\"]}",
	};
	struct plug_request q;
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	SM_UNUSED(state);
	plug_request_init(&q);
	assert_int_equal(plug_request_parameters(
				 &q,
				 sm_str("{\"Target\":\"i-1\",\"Parameters\":"
					"{\"portNumber\":[\"22\"]}}"),
				 &e),
			 0);
	assert_true(sm_str_eqz(q.target, "i-1"));
	for (i = 0; i < SM_ARRAY_LEN(refused); i++)
		assert_int_equal(plug_request_parameters(&q, sm_str(refused[i]),
							 &e),
				 SM_EFORMAT);
	assert_string_equal(e.msg, "the session parameters have no Target");
	plug_request_release(&q);
}

/* No prefix of a good document is accepted, and none is read beyond. */
static void truncated(void **state)
{
	static const char json[] = "{\"SessionId\":\"s-1\"" REST;
	size_t n;

	SM_UNUSED(state);
	for (n = 0; n < sizeof(json) - 1; n++) {
		struct plug_request q;
		char *copy = sm_mem_dup(sm_str_n(json, n));

		plug_request_init(&q);
		assert_true(plug_request_response(&q, sm_str_n(copy, n), NULL) <
			    0);
		plug_request_release(&q);
		sm_mem_free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),      cmocka_unit_test(wrong),
		cmocka_unit_test(limits),    cmocka_unit_test(parameters),
		cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
