/*
 * The proxy for a URL from the environment, by the rules of the official
 * client rather than libcurl's: loopback is never proxied, HTTP_PROXY counts
 * for ws as well. libcurl is always told a proxy, if only the empty one,
 * because otherwise it looks for variables of its own.
 */
#include "common/def.h"
#include "common/http.h"

#include <curl/curl.h>

#include "common/os/env.h"

/* Bytes of one variable. */
#define VALUE_MAX ((size_t)8 << 10)

/* Never through a proxy. BUILDING.md 9.2. */
#define LOOPBACK "localhost,127.0.0.0/8,::1"

struct choice {
	struct sm_buf proxy;   /* "" for none */
	struct sm_buf noproxy; /* in libcurl's form */
};

/* Append the first of two variables that is set and not empty. */
static int get_either(struct sm_buf *out, const char *upper, const char *lower,
		      struct sm_err *e)
{
	const char *name = sm_os_env_has(upper) ? upper : lower;

	if (!sm_os_env_has(name))
		return 0;
	if (sm_os_env_get(out, name) < 0)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot use %s: longer than %zu bytes", name,
				  VALUE_MAX);
	return 1;
}

static bool scheme_is(const char *url, const char *a, const char *b)
{
	struct sm_str s = sm_str(url);
	long at = sm_str_find(s, sm_str("://"));

	s = sm_str_sub(s, 0, at < 0 ? 0 : (size_t)at);
	return sm_str_eq_nocase(s, sm_str(a)) || sm_str_eq_nocase(s, sm_str(b));
}

static int get_proxy(struct choice *c, const char *url, struct sm_err *e)
{
	int r;

	if (scheme_is(url, "https", "wss")) {
		r = get_either(&c->proxy, "HTTPS_PROXY", "https_proxy", e);
	} else {
		/* In a CGI, HTTP_PROXY is the header "Proxy" of a client. */
		bool cgi = sm_os_env_has("REQUEST_METHOD");

		r = get_either(&c->proxy, cgi ? "http_proxy" : "HTTP_PROXY",
			       "http_proxy", e);
	}
	if (r == 0)
		r = get_either(&c->proxy, "ALL_PROXY", "all_proxy", e);
	return r;
}

/*
 * NO_PROXY in libcurl's form: "*" counts only alone there, and "*.x" is not
 * known. Returns 1 if everything is excepted.
 */
static int get_noproxy(struct choice *c, struct sm_err *e)
{
	struct sm_buf value = SM_BUF_INIT(VALUE_MAX);
	struct sm_str rest, piece;
	int r = get_either(&value, "NO_PROXY", "no_proxy", e);

	if (r < 0)
		goto out;
	r = 0;
	rest = sm_buf_str(&value);
	while (sm_str_split(&rest, ',', &piece)) {
		piece = sm_str_trim(piece);
		if (sm_str_eqz(piece, "*")) {
			r = 1;
			goto out;
		}
		if (sm_str_starts(piece, "*."))
			piece = sm_str_sub(piece, 1, piece.len);
		if (!piece.len)
			continue;
		(void)sm_buf_put_str(&c->noproxy, piece);
		(void)sm_buf_put_u8(&c->noproxy, ',');
	}
	(void)sm_buf_puts(&c->noproxy, LOOPBACK);
out:
	sm_buf_release(&value);
	return r;
}

static int choose(struct choice *c, const char *url, struct sm_err *e)
{
	int r;

	sm_buf_init(&c->proxy, VALUE_MAX);
	sm_buf_init(&c->noproxy, 2 * VALUE_MAX);
	c->proxy.secret = true; /* may hold a password */
	if ((r = get_proxy(c, url, e)) <= 0)
		return r;
	if ((r = get_noproxy(c, e)) == 1)
		sm_buf_clear(&c->proxy);
	return r < 0 ? r : 0;
}

static void release(struct choice *c)
{
	sm_buf_release(&c->proxy);
	sm_buf_release(&c->noproxy);
}

int sm_http_proxy_apply(void *curl, const char *url, struct sm_err *e)
{
	struct choice c;
	long tunnel = scheme_is(url, "ws", "wss");
	CURLcode code;
	int r;

	if ((r = choose(&c, url, e)) < 0)
		goto out;
	code = curl_easy_setopt(curl, CURLOPT_PROXY, sm_buf_z(&c.proxy));
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_NOPROXY,
					sm_buf_z(&c.noproxy));
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, tunnel);
	if (code)
		r = sm_err_set(e, SM_ENET, "cannot set the proxy: %s",
			       curl_easy_strerror(code));
out:
	release(&c);
	return r;
}

int sm_http_proxy_describe(const char *url, struct sm_buf *out)
{
	struct choice c;
	int r = choose(&c, url, NULL);

	if (r == 0 && c.proxy.len) {
		(void)sm_http_url_show(out, sm_buf_z(&c.proxy));
		r = 1;
	}
	release(&c);
	return r;
}
