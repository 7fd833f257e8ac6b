/*
 * The request parser: what it takes, every way it refuses, and both limits.
 */
#include "common/def.h"
#include "loopback/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/err.h"

#define GET "GET /a?b=c HTTP/1.1\r\nHost: x\r\n"

static long parse(const char *text, int *status)
{
	struct loop_http_request q;

	return loop_http_parse(&q, sm_str(text), status);
}

static void whole_request(void **state)
{
	static const char text[] =
		"POST /p?x=1%2B HTTP/1.1\r\nHost: h:1\r\n"
		"Content-Length: 5\r\nX-Two:  a , b \r\n\r\nhelloGET";
	struct loop_http_request q;
	int status;

	SM_UNUSED(state);
	assert_true(loop_http_parse(&q, sm_str(text), &status) ==
		    (long)sizeof(text) - 4);
	assert_true(sm_str_eqz(q.method, "POST"));
	assert_true(sm_str_eqz(q.target, "/p?x=1%2B"));
	assert_true(sm_str_eqz(q.path, "/p"));
	assert_true(sm_str_eqz(q.query, "x=1%2B"));
	assert_true(sm_str_eqz(q.body, "hello"));
	assert_true(sm_str_eqz(loop_http_header(&q, "x-TWO"), "a , b"));
	assert_true(loop_http_has_token(&q, "X-Two", "B"));
	assert_false(loop_http_has_token(&q, "X-Two", "c"));
	assert_true(q.keep_alive);
}

/* Every prefix asks for more, and nothing but more. */
static void every_prefix(void **state)
{
	static const char text[] = "POST / HTTP/1.1\r\nHost: h\r\n"
				   "Content-Length: 3\r\n\r\nabc";
	struct loop_http_request q;
	size_t n;
	int status;

	SM_UNUSED(state);
	for (n = 0; n < sizeof(text) - 1; n++) {
		assert_true(loop_http_parse(&q, sm_str_n(text, n), &status) ==
			    SM_EAGAIN);
		assert_int_equal(status, 0);
	}
	assert_true(loop_http_parse(&q, sm_str_n(text, n), &status) == (long)n);
}

static void connection_ends(void **state)
{
	struct loop_http_request q;
	int status;

	SM_UNUSED(state);
	loop_http_parse(&q, sm_str(GET "Connection: x, CLOSE\r\n\r\n"),
			&status);
	assert_false(q.keep_alive);
	loop_http_parse(&q, sm_str("GET / HTTP/1.0\r\nHost: x\r\n\r\n"),
			&status);
	assert_false(q.keep_alive);
}

static void expects_continue(void **state)
{
	struct loop_http_request q;
	int status;

	SM_UNUSED(state);
	assert_true(loop_http_parse(&q,
				    sm_str("POST / HTTP/1.1\r\nHost: h\r\n"
					   "Expect: 100-continue\r\n"
					   "Content-Length: 3\r\n\r\n"),
				    &status) == SM_EAGAIN);
	assert_true(q.wants_continue);
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		int status;
	} bad[] = {
		{ "\r\n\r\n", 400 },
		{ "GET /\r\n\r\n", 400 },
		{ "GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "G@T / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
		{ "GET / FTP/1.1\r\nHost: x\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\n\r\n", 400 }, /* no Host */
		{ GET "Host: y\r\n\r\n", 400 },
		{ GET "no colon\r\n\r\n", 400 },
		{ GET "bad name: x\r\n\r\n", 400 },
		{ GET " folded: x\r\n\r\n", 400 },
		{ GET "a: b\x01\r\n\r\n", 400 },
		{ GET "a: b\nc: d\r\n\r\n", 400 }, /* a bare LF */
		{ GET "Content-Length: -1\r\n\r\n", 400 },
		{ GET "Content-Length: 1x\r\n\r\n", 400 },
		{ GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400 },
		{ GET "Content-Length: 1048577\r\n\r\n", 413 },
		{ GET "Content-Length: 99999999999999999999\r\n\r\n", 413 },
		{ GET "Transfer-Encoding: chunked\r\n\r\n", 501 },
	};
	size_t i;
	int status;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		assert_true(parse(bad[i].text, &status) < 0);
		assert_int_equal(status, bad[i].status);
	}
}

static void limits(void **state)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_http_request q;
	unsigned i;
	int status;

	SM_UNUSED(state);
	(void)sm_buf_puts(&text, GET "a: ");
	(void)sm_buf_put_fill(&text, 'b', LOOP_HTTP_HEAD_MAX - text.len - 4);
	(void)sm_buf_puts(&text, "\r\n\r\n");
	assert_true(text.len == LOOP_HTTP_HEAD_MAX);
	assert_true(loop_http_parse(&q, sm_buf_str(&text), &status) > 0);
	sm_buf_truncate(&text, text.len - 4);
	(void)sm_buf_puts(&text, "b\r\n\r\n");
	assert_true(loop_http_parse(&q, sm_buf_str(&text), &status) ==
		    SM_ELIMIT);
	assert_int_equal(status, 431);
	sm_buf_clear(&text);
	(void)sm_buf_puts(&text, GET);
	for (i = 1; i < LOOP_HTTP_HEADERS_MAX; i++)
		(void)sm_buf_puts(&text, "a: b\r\n");
	(void)sm_buf_puts(&text, "\r\n");
	assert_true(loop_http_parse(&q, sm_buf_str(&text), &status) > 0);
	sm_buf_truncate(&text, text.len - 2);
	(void)sm_buf_puts(&text, "a: b\r\n\r\n");
	assert_true(loop_http_parse(&q, sm_buf_str(&text), &status) ==
		    SM_ELIMIT);
	assert_int_equal(status, 431);
	sm_buf_release(&text);
}

static void response(void **state)
{
	struct loop_http_response r = { .status = 403, .type = "text/plain" };
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	r.body = sm_str("no");
	r.headers = "X: y\r\n";
	assert_int_equal(loop_http_respond(&out, &r), 0);
	assert_string_equal(sm_buf_z(&out),
			    "HTTP/1.1 403 Forbidden\r\n"
			    "Content-Type: text/plain\r\nContent-Length: 2\r\n"
			    "X: y\r\nConnection: close\r\n\r\nno");
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_request),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(connection_ends),
		cmocka_unit_test(expects_continue),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(response),
	};

	return cmocka_run_group_tests_name("loop_http", tests, NULL, NULL);
}
