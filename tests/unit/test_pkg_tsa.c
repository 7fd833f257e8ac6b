/*
 * The client of time stamping authorities against one in this process that
 * answers wrongly. Good answers come from openssl ts, in
 * tests/e2e/pkg-authenticode.sh.
 */
#include "common/def.h"
#include "pkg/tsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/der.h"
#include "common/os/clock.h"
#include "tests/lib/httpd.h"

enum mode {
	NOT_OK,
	EMPTY,
	REFUSED,
	REFUSED_TEXT,
	NO_TOKEN,
	TWICE,
	HANG
};

struct authority {
	struct httpd http;
	enum mode mode;
	char type[80];
	size_t query_len;
	uint8_t query[256];
};

static void put(int fd, const void *p, size_t len)
{
	char head[128];

	(void)snprintf(head, sizeof(head),
		       "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", len);
	httpd_write(fd, head, strlen(head));
	httpd_write(fd, p, len);
}

static void answer(void *user, const struct httpd_req *q, int fd)
{
	static const char refused[] = "\x30\x05\x30\x03\x02\x01\x02";
	static const char text[] =
		"\x30\x0c\x30\x0a\x02\x01\x02\x30\x05\x0c\x03why";
	static const char granted[] = "\x30\x05\x30\x03\x02\x01\x00";
	static const char twice[] =
		"\x30\x09\x30\x03\x02\x01\x00\x30\x00\x30\x00";
	struct authority *a = user;

	httpd_header(q, "Content-Type", a->type, sizeof(a->type));
	a->query_len = q->body_len;
	if (q->body_len <= sizeof(a->query))
		memcpy(a->query, q->body, q->body_len);
	switch (a->mode) {
	case NOT_OK:
		httpd_reply(fd, 503, NULL, "later");
		break;
	case EMPTY:
		put(fd, "", 0);
		break;
	case REFUSED:
		put(fd, refused, sizeof(refused) - 1);
		break;
	case REFUSED_TEXT:
		put(fd, text, sizeof(text) - 1);
		break;
	case NO_TOKEN:
		put(fd, granted, sizeof(granted) - 1);
		break;
	case TWICE:
		put(fd, twice, sizeof(twice) - 1);
		break;
	case HANG:
		while (!a->http.stop)
			sm_os_clock_sleep_ms(5);
		break;
	}
}

static int ask(struct authority *a, enum mode mode, struct sm_err *e)
{
	struct sm_buf token = SM_BUF_INIT(PKG_TSA_TOKEN_MAX);
	struct pkg_tsa t = { 0 };
	int r;

	sm_err_clear(e);
	a->mode = mode;
	httpd_start(&a->http, answer, a);
	t.url = a->http.url;
	t.timeout_ms = mode == HANG ? 300 : 20000;
	r = pkg_tsa_stamp(&t, sm_str("signature"), &token, e);
	httpd_stop(&a->http);
	assert_int_equal(token.len, 0);
	sm_buf_release(&token);
	return r;
}

static void answers(void **state)
{
	static const struct {
		enum mode mode;
		int code;
		const char *why;
	} all[] = {
		{ NOT_OK, SM_ENET, "answer has status 503" },
		{ EMPTY, SM_EFORMAT, "no time stamp response" },
		{ REFUSED, SM_ENET, "refuses, with status 2" },
		{ REFUSED_TEXT, SM_ENET, "refuses, with status 2: why" },
		{ NO_TOKEN, SM_EFORMAT, "no time stamp response" },
		{ TWICE, SM_EFORMAT, "no time stamp response" },
		{ HANG, SM_ETIMEOUT, "cannot get a time stamp from" },
	};
	static struct authority a;
	struct sm_err e;

	SM_UNUSED(state);
	for (size_t i = 0; i < SM_ARRAY_LEN(all); i++) {
		if (ask(&a, all[i].mode, &e) != all[i].code ||
		    !strstr(e.msg, all[i].why) ||
		    !strstr(e.msg, "cannot get a time stamp from 'http://"))
			fail_msg("%zu: code %d, '%s'", i, e.code, e.msg);
		assert_string_equal(a.type, "application/timestamp-query");
	}
}

/* What is asked: version 1, SHA-256, a nonce that is new, the certificate. */
static void question(void **state)
{
	static struct authority a;
	struct sm_der all, imprint, alg, hash, nonce, cert;
	struct sm_buf last = SM_BUF_INIT(SM_BUF_SMALL);
	uint32_t version;
	struct sm_err e;

	SM_UNUSED(state);
	for (int i = 0; i < 2; i++) {
		assert_true(ask(&a, EMPTY, &e) < 0);
		assert_int_equal(sm_der_only(sm_str_n(a.query, a.query_len),
					     SM_DER_SEQUENCE, &all),
				 0);
		assert_int_equal(sm_der_u32(&all.body, &version), 0);
		assert_int_equal(version, 1);
		assert_int_equal(
			sm_der_take(&all.body, SM_DER_SEQUENCE, &imprint), 0);
		assert_int_equal(
			sm_der_take(&imprint.body, SM_DER_SEQUENCE, &alg), 0);
		assert_int_equal(
			sm_der_only(imprint.body, SM_DER_OCTETS, &hash), 0);
		assert_int_equal(hash.body.len, 32);
		assert_int_equal(sm_der_take(&all.body, SM_DER_INTEGER, &nonce),
				 0);
		assert_int_equal(sm_der_only(all.body, SM_DER_BOOLEAN, &cert),
				 0);
		assert_false(sm_str_eq(nonce.body, sm_buf_str(&last)));
		sm_buf_clear(&last);
		sm_buf_put_str(&last, nonce.body);
	}
	sm_buf_release(&last);
}

static void addresses(void **state)
{
	struct sm_buf token = SM_BUF_INIT(PKG_TSA_TOKEN_MAX);
	struct pkg_tsa t = { 0 };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	t.url = "ftp://example.org/";
	assert_int_equal(pkg_tsa_stamp(&t, sm_str("x"), &token, &e), SM_EUSAGE);
	/* nobody listens there, and what is secret is not repeated */
	t.url = "http://user:secret@127.0.0.1:1/path?token=secret";
	assert_int_equal(pkg_tsa_stamp(&t, sm_str("x"), &token, &e), SM_ENET);
	assert_null(strstr(e.msg, "secret"));
	sm_buf_puts(&token, "rubbish");
	assert_int_equal(pkg_tsa_stamp_cms(&t, &token, &e), SM_EFORMAT);
	sm_buf_release(&token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(question),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
