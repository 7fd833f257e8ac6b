/*
 * Small payloads: exact bytes out; limits, wrong types and rubbish in.
 */
#include "common/def.h"
#include "plugin/wire/payload.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"
#include "common/mem.h"

static void check_string(struct sm_str in, const char *want)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	assert_int_equal(plug_payload_json_string(&out, in), 0);
	assert_string_equal(sm_buf_z(&out), want);
	sm_buf_release(&out);
}

static void test_json_string(void **state)
{
	SM_UNUSED(state);
	check_string(sm_str(""), "\"\"");
	check_string(sm_str("a\"b\\c"), "\"a\\\"b\\\\c\"");
	check_string(sm_str("\n\r\t\x01"), "\"\\n\\r\\t\\u0001\"");
	check_string(sm_str_n("\0x", 2), "\"\\u0000x\"");
	check_string(sm_str("<&>"), "\"\\u003c\\u0026\\u003e\"");
	check_string(sm_str("\xc3\xa9 \xf0\x9f\x98\x80"),
		     "\"\xc3\xa9 \xf0\x9f\x98\x80\"");
	check_string(sm_str("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"");
	/* each bad byte by itself: lone, cut, overlong, surrogate */
	check_string(sm_str("a\xff"), "\"a\\ufffd\"");
	check_string(sm_str("\xe2\x82"), "\"\\ufffd\\ufffd\"");
	check_string(sm_str("\xc0\xaf"), "\"\\ufffd\\ufffd\"");
	check_string(sm_str("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
}

static void test_json_string_limit(void **state)
{
	struct sm_buf out = SM_BUF_INIT(4);

	SM_UNUSED(state);
	assert_int_equal(plug_payload_json_string(&out, sm_str("ab")), 0);
	sm_buf_clear(&out);
	assert_int_equal(plug_payload_json_string(&out, sm_str("abc")),
			 SM_ELIMIT);
	sm_buf_release(&out);
}

static void test_open(void **state)
{
	struct plug_open o = { sm_str("r-1"), sm_str("tok+/="), sm_str("c-1"),
			       sm_str("1.2.800.0") };
	struct plug_open_text t;
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	assert_int_equal(plug_payload_open_put(&out, &o), 0);
	assert_string_equal(sm_buf_z(&out),
			    "{\"MessageSchemaVersion\":\"1.0\","
			    "\"RequestId\":\"r-1\",\"TokenValue\":\"tok+/=\","
			    "\"ClientId\":\"c-1\","
			    "\"ClientVersion\":\"1.2.800.0\"}");
	assert_int_equal(plug_payload_open_get(&t, sm_buf_str(&out)), 0);
	assert_string_equal(t.request_id, "r-1");
	assert_string_equal(t.token, "tok+/=");
	assert_string_equal(t.client_id, "c-1");
	assert_string_equal(t.client_version, "1.2.800.0");
	sm_buf_release(&out);
}

static void test_open_bad(void **state)
{
	static const char *const bad[] = { "",
					   "{",
					   "[]",
					   "null",
					   "{}",
					   "{\"TokenValue\":1}",
					   "{\"TokenValue\":\"t\"} x" };
	struct plug_open_text t;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(plug_payload_open_get(&t, sm_str(bad[i])),
				 SM_EFORMAT);
	/* third-party clients send no more than this */
	assert_int_equal(
		plug_payload_open_get(&t, sm_str("{\"TokenValue\":\"t\"}")), 0);
	assert_string_equal(t.client_id, "");
}

static void test_open_limits(void **state)
{
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);
	struct plug_open_text t;

	SM_UNUSED(state);
	(void)sm_buf_puts(&b, "{\"TokenValue\":\"");
	(void)sm_buf_put_fill(&b, 'x', PLUG_PAYLOAD_TEXT_MAX - 1);
	(void)sm_buf_puts(&b, "\"}");
	assert_int_equal(plug_payload_open_get(&t, sm_buf_str(&b)), 0);
	assert_int_equal(strlen(t.token), PLUG_PAYLOAD_TEXT_MAX - 1);
	sm_buf_clear(&b);
	(void)sm_buf_puts(&b, "{\"TokenValue\":\"");
	(void)sm_buf_put_fill(&b, 'x', PLUG_PAYLOAD_TEXT_MAX);
	(void)sm_buf_puts(&b, "\"}");
	assert_int_equal(plug_payload_open_get(&t, sm_buf_str(&b)), SM_ELIMIT);
	sm_buf_clear(&b);
	(void)sm_buf_put_fill(&b, ' ', (size_t)300 << 10);
	assert_int_equal(plug_payload_open_get(&t, sm_buf_str(&b)), SM_ELIMIT);
	sm_buf_release(&b);
}

static void test_ack(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[7]",
		"{\"AcknowledgedMessageSequenceNumber\":-1}",
		"{\"AcknowledgedMessageSequenceNumber\":1.5}",
		"{\"AcknowledgedMessageSequenceNumber\":\"7\"}",
		"{\"AcknowledgedMessageSequenceNumber\":9223372036854775808}",
		"{\"AcknowledgedMessageSequenceNumber\":7",
	};
	int64_t seq = 0;
	size_t i;

	SM_UNUSED(state);
	assert_int_equal(
		plug_payload_ack_get(
			&seq,
			sm_str("{\"x\":{\"y\":[1,2]},"
			       "\"AcknowledgedMessageSequenceNumber\":7}")),
		0);
	assert_int_equal(seq, 7);
	assert_int_equal(
		plug_payload_ack_get(
			&seq, sm_str("{\"AcknowledgedMessageSequenceNumber\":"
				     "9223372036854775807}")),
		0);
	assert_true(seq == INT64_MAX);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(plug_payload_ack_get(&seq, sm_str(bad[i])),
				 SM_EFORMAT);
}

/* Around the size up to which the document lives on the stack, and dense. */
static void test_ack_long(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	size_t pad;
	int64_t seq;

	SM_UNUSED(state);
	for (pad = 900; pad < 1100; pad++) {
		sm_buf_clear(&b);
		(void)sm_buf_puts(&b, "{\"a\":[");
		while (b.len < pad)
			(void)sm_buf_puts(&b, "1,");
		(void)sm_buf_puts(
			&b, "1],\"AcknowledgedMessageSequenceNumber\":12}");
		seq = 0;
		assert_int_equal(plug_payload_ack_get(&seq, sm_buf_str(&b)), 0);
		assert_int_equal(seq, 12);
	}
	sm_buf_release(&b);
}

static void test_closed(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_closed c;

	SM_UNUSED(state);
	assert_int_equal(plug_payload_closed_put(&b, sm_str("s-1"),
						 sm_str("gone\n")),
			 0);
	plug_payload_closed_get(&c, sm_buf_str(&b));
	assert_string_equal(c.session_id, "s-1");
	assert_string_equal(c.output, "gone\n");

	plug_payload_closed_get(&c, sm_str("{broken"));
	assert_string_equal(c.output, "");
	plug_payload_closed_get(&c, sm_str("{\"Output\":7}"));
	assert_string_equal(c.output, "");
	plug_payload_closed_get(&c, sm_str(""));
	assert_string_equal(c.session_id, "");

	sm_buf_clear(&b); /* cut at a character, not inside one */
	(void)sm_buf_puts(&b, "{\"Output\":\"x");
	while (b.len < PLUG_PAYLOAD_TEXT_MAX + 100)
		(void)sm_buf_puts(&b, "\xc3\xa9");
	(void)sm_buf_puts(&b, "\"}");
	plug_payload_closed_get(&c, sm_buf_str(&b));
	assert_int_equal(strlen(c.output), PLUG_PAYLOAD_TEXT_MAX - 1);
	sm_buf_clear(&b);
	(void)sm_buf_puts(&b, "{\"Output\":\"");
	while (b.len < PLUG_PAYLOAD_TEXT_MAX + 100)
		(void)sm_buf_puts(&b, "\xc3\xa9");
	(void)sm_buf_puts(&b, "\"}");
	plug_payload_closed_get(&c, sm_buf_str(&b));
	assert_int_equal(strlen(c.output), PLUG_PAYLOAD_TEXT_MAX - 2);
	sm_buf_release(&b);
}

static void test_size(void **state)
{
	unsigned cols = 0, rows = 0;

	SM_UNUSED(state);
	assert_int_equal(
		plug_payload_size_get(&cols, &rows,
				      sm_str("{\"cols\":132,\"rows\":40}")),
		0);
	assert_int_equal(cols, 132);
	assert_int_equal(rows, 40);
	assert_int_equal(plug_payload_size_get(&cols, &rows,
					       sm_str("{\"cols\":132}")),
			 SM_EFORMAT);
	assert_int_equal(
		plug_payload_size_get(&cols, &rows,
				      sm_str("{\"cols\":-1,\"rows\":40}")),
		SM_EFORMAT);
	assert_int_equal(plug_payload_size_get(
				 &cols, &rows,
				 sm_str("{\"cols\":1,\"rows\":4294967296}")),
			 SM_EFORMAT);
}

static void test_flag(void **state)
{
	uint32_t flag = 0;

	SM_UNUSED(state);
	assert_int_equal(plug_payload_flag_get(&flag, sm_str_n("\0\0\0\3", 4)),
			 0);
	assert_int_equal(flag, PLUG_FLAG_CONNECT_ERROR);
	assert_int_equal(
		plug_payload_flag_get(&flag, sm_str_n("\xff\0\0\1", 4)), 0);
	assert_true(flag == 0xff000001);
	assert_int_equal(plug_payload_flag_get(&flag, sm_str_n("\0\0\0", 3)),
			 SM_EFORMAT);
}

static void check_code(const char *text, int want)
{
	int code = 12345;

	assert_int_equal(plug_payload_exit_code_get(&code, sm_str(text)), 0);
	assert_int_equal(code, want);
}

static void test_exit_code(void **state)
{
	static const char *const bad[] = { "",
					   "EXIT_CODE",
					   "EXIT_CODE:",
					   "EXIT_CODE: ",
					   "EXIT_CODE: x",
					   "EXIT_CODE: 7x",
					   "EXIT_CODE: --7",
					   "exit_code: 7",
					   "EXIT_CODE: 4294967296",
					   "EXIT_CODE: -2147483649" };
	int code;
	size_t i;

	SM_UNUSED(state);
	check_code("EXIT_CODE: 7", 7);
	check_code("EXIT_CODE: 0\n", 0);
	check_code("EXIT_CODE: -1", -1);
	check_code("EXIT_CODE: -2147483648", INT_MIN);
	check_code("EXIT_CODE: 2147483647", INT_MAX);
	check_code("EXIT_CODE: 3221225786", -1073741510); /* Windows Ctrl-C */
	for (i = 0; i < SM_ARRAY_LEN(bad); i++)
		assert_int_equal(plug_payload_exit_code_get(&code,
							    sm_str(bad[i])),
				 SM_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_string),
		cmocka_unit_test(test_json_string_limit),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_bad),
		cmocka_unit_test(test_open_limits),
		cmocka_unit_test(test_ack),
		cmocka_unit_test(test_ack_long),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_flag),
		cmocka_unit_test(test_exit_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
