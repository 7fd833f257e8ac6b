/*
 * Requests against a server on loopback that answers well and badly, and
 * proxies and URLs as texts.
 */
#include "common/def.h"
#include "common/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/os/clock.h"
#include "common/os/env.h"
#include "tests/lib/httpd.h"

static void answer(void *user, const struct httpd_req *q, int fd)
{
	char text[96 * 1024], where[128];
	struct httpd *other = user;

	if (!strcmp(q->target, "/echo")) {
		(void)snprintf(text, sizeof(text), "%s %s|%s", q->method,
			       q->body, q->headers);
		httpd_reply(fd, 200, "X-Mark:  two  words \r\n", text);
	} else if (!strcmp(q->target, "/missing")) {
		httpd_reply(fd, 404, NULL, "no");
	} else if (!strcmp(q->target, "/cut")) {
		httpd_write(fd,
			    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1",
			    40);
	} else if (!strcmp(q->target, "/slow")) {
		while (!atomic_load(&other->stop))
			usleep(10000);
	} else if (!strcmp(q->target, "/loop")) {
		httpd_reply(fd, 302, "Location: /loop\r\n", "");
	} else if (!strcmp(q->target, "/moved")) {
		httpd_reply(fd, 302, "X-Mark: old\r\nLocation: /echo\r\n", "");
	} else if (!strcmp(q->target, "/to-file")) {
		httpd_reply(fd, 302, "Location: file:///etc/hostname\r\n", "");
	} else if (!strcmp(q->target, "/headers")) {
		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		(void)snprintf(where, sizeof(where), "HTTP/1.1 200 OK\r\n");
		httpd_write(fd, where, strlen(where));
		httpd_write(fd, "A: ", 3);
		httpd_write(fd, text, strlen(text));
		httpd_write(fd, "\r\n\r\n", 4);
	} else {
		httpd_reply(fd, 200, NULL, "0123456789");
	}
}

static struct httpd server;

static int setup(void **state)
{
	SM_UNUSED(state);
	assert_int_equal(sm_http_init(NULL), 0);
	httpd_start(&server, answer, &server);
	return 0;
}

static int teardown(void **state)
{
	SM_UNUSED(state);
	httpd_stop(&server);
	sm_http_cleanup();
	return 0;
}

struct fixture {
	struct sm_http_request q;
	struct sm_http_response p;
	struct sm_err e;
	char url[256];
};

static int run(struct fixture *f, const char *path)
{
	(void)snprintf(f->url, sizeof(f->url), "%s%s", server.url, path);
	f->q.url = f->url;
	sm_err_clear(&f->e);
	return sm_http_perform(&f->q, &f->p, &f->e);
}

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->q.total_timeout_ms = 5000;
	sm_http_response_init(&f->p, false);
}

static void end(struct fixture *f)
{
	sm_http_response_release(&f->p);
}

static void test_get_and_post(void **state)
{
	static const char *const headers[] = { "X-Own: 1", "Accept:" };
	struct sm_str value;
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	assert_int_equal(run(&f, "/"), 0);
	assert_int_equal(f.p.status, 200);
	assert_string_equal(sm_buf_z(&f.p.body), "0123456789");

	f.q.method = "POST";
	f.q.body = sm_str("hello");
	f.q.headers = headers;
	f.q.n_headers = 2;
	assert_int_equal(run(&f, "/echo"), 0);
	assert_true(sm_str_starts(sm_buf_str(&f.p.body), "POST hello|"));
	assert_non_null(strstr(sm_buf_z(&f.p.body), "X-Own: 1"));
	assert_non_null(strstr(sm_buf_z(&f.p.body), "Content-Length: 5"));
	assert_null(strstr(sm_buf_z(&f.p.body), "Accept:"));
	assert_null(strstr(sm_buf_z(&f.p.body), "Expect:"));
	assert_true(sm_http_response_header(&f.p, "x-MARK", &value));
	assert_true(sm_str_eqz(value, "two  words"));
	assert_false(sm_http_response_header(&f.p, "x-mar", &value));

	f.q.method = "PUT";
	f.q.body = sm_str("");
	assert_int_equal(run(&f, "/echo"), 0);
	assert_true(sm_str_starts(sm_buf_str(&f.p.body), "PUT |"));
	end(&f);
}

static void test_status_is_no_error(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	assert_int_equal(run(&f, "/missing"), 0);
	assert_int_equal(f.p.status, 404);
	assert_string_equal(sm_buf_z(&f.p.body), "no");
	end(&f);
}

static void test_body_limit(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.q.max_body = 10;
	assert_int_equal(run(&f, "/"), 0);
	f.q.max_body = 9;
	assert_int_equal(run(&f, "/"), SM_ELIMIT);
	assert_non_null(strstr(f.e.msg, "body of the response too long"));
	assert_true(f.p.body.len <= 9);
	f.q.max_body = 0;
	assert_int_equal(run(&f, "/headers"), SM_ELIMIT);
	end(&f);
}

static void test_broken(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	assert_int_equal(run(&f, "/cut"), SM_ENET);
	assert_non_null(strstr(f.e.msg, "cannot GET 'http://127.0.0.1:"));
	end(&f);
}

static void test_no_server(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.q.url = "http://127.0.0.1:1/x?secret=1";
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_ENET);
	assert_non_null(strstr(f.e.msg, "'http://127.0.0.1:1/x'"));
	assert_null(strstr(f.e.msg, "secret"));
	end(&f);
}

static void test_schemes(void **state)
{
	static const char *const bad[] = { "file:///etc/hostname",
					   "ftp://127.0.0.1/",
					   "gopher://127.0.0.1/",
					   "",
					   "127.0.0.1",
					   "http://127.0.0.1/a b",
					   "http://127.0.0.1/\r\nX: y" };
	struct fixture f;
	size_t i;

	SM_UNUSED(state);
	begin(&f);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		f.q.url = bad[i];
		assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_EUSAGE);
	}
	end(&f);
}

static void test_redirects(void **state)
{
	struct sm_str value;
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	assert_int_equal(run(&f, "/moved"), 0);
	assert_int_equal(f.p.status, 302);
	f.q.flags = SM_HTTP_FOLLOW;
	assert_int_equal(run(&f, "/moved"), 0);
	assert_int_equal(f.p.status, 200);
	/* headers are the last response's */
	assert_true(sm_http_response_header(&f.p, "x-mark", &value));
	assert_true(sm_str_eqz(value, "two  words"));
	assert_int_equal(run(&f, "/loop"), SM_ENET);
	assert_int_equal(run(&f, "/to-file"), SM_ENET);
	assert_int_equal(f.p.body.len, 0);
	end(&f);
}

static void test_timeout_and_cancel(void **state)
{
	atomic_bool stop = true;
	struct fixture f;
	struct httpd slow;
	int64_t from;
	char url[128];

	SM_UNUSED(state);
	begin(&f);
	httpd_start(&slow, answer, &slow);
	(void)snprintf(url, sizeof(url), "%s/slow", slow.url);
	f.q.url = url;
	f.q.total_timeout_ms = 150;
	from = sm_os_clock_mono_ms();
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_ETIMEOUT);
	assert_true(sm_os_clock_mono_ms() - from < 2000);
	f.q.total_timeout_ms = 10000;
	f.q.cancel = &stop;
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_ECANCEL);
	assert_true(sm_os_clock_mono_ms() - from < 4000);
	httpd_stop(&slow);
	end(&f);
}

/* --- proxies ------------------------------------------------------------- */

static void clear_proxies(void)
{
	static const char *const names[] = { "HTTP_PROXY",    "http_proxy",
					     "HTTPS_PROXY",   "https_proxy",
					     "ALL_PROXY",     "all_proxy",
					     "NO_PROXY",      "no_proxy",
					     "REQUEST_METHOD" };
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(names); i++)
		(void)sm_os_env_set(names[i], NULL);
}

static void check_proxy(const char *url, const char *want)
{
	struct sm_buf b = SM_BUF_INIT(256);
	int r = sm_http_proxy_describe(url, &b);

	assert_int_equal(r, want[0] ? 1 : 0);
	assert_string_equal(sm_buf_z(&b), want);
	sm_buf_release(&b);
}

static void test_proxy_choice(void **state)
{
	SM_UNUSED(state);
	clear_proxies();
	check_proxy("https://a.b/", "");
	(void)sm_os_env_set("HTTPS_PROXY", "http://user:pw@proxy:3128");
	check_proxy("https://a.b/", "http://proxy:3128");
	check_proxy("wss://a.b/", "http://proxy:3128");
	check_proxy("http://a.b/", "");
	check_proxy("ws://a.b/", "");
	(void)sm_os_env_set("http_proxy", "p2:80");
	check_proxy("ws://a.b/", "p2:80");
	(void)sm_os_env_set("HTTP_PROXY", "p3:80");
	check_proxy("ws://a.b/", "p3:80");
	(void)sm_os_env_set("REQUEST_METHOD", "GET"); /* CGI */
	check_proxy("ws://a.b/", "p2:80");
	(void)sm_os_env_set("NO_PROXY", "x.y, * ,z");
	check_proxy("https://a.b/", "");
	clear_proxies();
	(void)sm_os_env_set("ALL_PROXY", "socks5://p4");
	check_proxy("https://a.b/", "socks5://p4");
	clear_proxies();
}

static void as_proxy(void *user, const struct httpd_req *q, int fd)
{
	SM_UNUSED(user);
	httpd_reply(fd, 200, NULL, q->target);
}

/* Through a proxy that says what it was asked for. */
static void test_proxy_use(void **state)
{
	struct httpd proxy;
	struct fixture f;

	SM_UNUSED(state);
	clear_proxies();
	httpd_start(&proxy, as_proxy, NULL);
	(void)sm_os_env_set("http_proxy", proxy.url);
	begin(&f);
	f.q.url = "http://example.invalid/x";
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), 0);
	assert_string_equal(sm_buf_z(&f.p.body), "http://example.invalid/x");
	/* loopback never */
	assert_int_equal(run(&f, "/"), 0);
	assert_string_equal(sm_buf_z(&f.p.body), "0123456789");
	/* nor an exception, nor when told so */
	f.q.connect_timeout_ms = 500;
	f.q.total_timeout_ms = 1000;
	f.q.url = "http://example.invalid/x";
	(void)sm_os_env_set("no_proxy", "*.example.invalid,example.invalid");
	assert_true(sm_http_perform(&f.q, &f.p, &f.e) < 0);
	(void)sm_os_env_set("no_proxy", NULL);
	f.q.flags = SM_HTTP_DIRECT;
	assert_true(sm_http_perform(&f.q, &f.p, &f.e) < 0);
	end(&f);
	httpd_stop(&proxy);
	clear_proxies();
}

/* --- roots and texts ------------------------------------------------------ */

static void test_roots_missing(void **state)
{
	struct fixture f;

	SM_UNUSED(state);
	begin(&f);
	f.q.url = "https://127.0.0.1:1/";
	(void)sm_os_env_set("AWS_CA_BUNDLE", "/nonexistent/roots.pem");
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_ENOTFOUND);
	assert_non_null(strstr(f.e.msg, "AWS_CA_BUNDLE"));
	assert_non_null(strstr(f.e.msg, "/nonexistent/roots.pem"));
	(void)sm_os_env_set("AWS_CA_BUNDLE", NULL);
	(void)sm_os_env_set("SSL_CERT_FILE", "/nonexistent/file.pem");
	assert_int_equal(sm_http_perform(&f.q, &f.p, &f.e), SM_ENOTFOUND);
	assert_non_null(strstr(f.e.msg, "SSL_CERT_FILE"));
	(void)sm_os_env_set("SSL_CERT_FILE", NULL);
	end(&f);
}

static void test_url_show(void **state)
{
	static const char *const cases[][2] = {
		{ "https://u:p@h/p?q#f", "https://h/p" },
		{ "https://u:p@x@h/p", "https://h/p" },
		{ "https://h/p@q", "https://h/p@q" },
		{ "https://h?x=a@b", "https://h" },
		{ "u:p@h:80", "h:80" },
		{ "https://h/\001\n", "https://h/??" },
		{ "", "" },
	};
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(cases); i++) {
		struct sm_buf b = SM_BUF_INIT(256);

		assert_int_equal(sm_http_url_show(&b, cases[i][0]), 0);
		assert_string_equal(sm_buf_z(&b), cases[i][1]);
		sm_buf_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get_and_post),
		cmocka_unit_test(test_status_is_no_error),
		cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_schemes),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_timeout_and_cancel),
		cmocka_unit_test(test_proxy_choice),
		cmocka_unit_test(test_proxy_use),
		cmocka_unit_test(test_roots_missing),
		cmocka_unit_test(test_url_show),
	};

	clear_proxies();
	return cmocka_run_group_tests(tests, setup, teardown);
}
