/*
 * One request, one response, in memory. Rule: nothing is kept above the
 * limits of the request; the first byte too many ends the transfer. Downloads
 * to files are http_download.c; what all transfers share is http_easy.c.
 */
#include "common/def.h"
#include "common/http.h"

#include "common/http_easy.h"
#include "common/mem.h"

struct transfer {
	struct sm_http_easy easy;
	struct sm_http_response *p;
	const char *limit; /* what was too long, or NULL */
};

int sm_http_init(struct sm_err *e)
{
	CURLcode r = curl_global_init(CURL_GLOBAL_DEFAULT);

	if (r)
		return sm_err_set(e, SM_ENET, "cannot start libcurl: %s",
				  curl_easy_strerror(r));
	return 0;
}

void sm_http_cleanup(void)
{
	curl_global_cleanup();
}

void sm_http_response_init(struct sm_http_response *p, bool secret)
{
	p->status = 0;
	sm_buf_init(&p->headers, SM_HTTP_HEADERS_MAX);
	sm_buf_init(&p->body, SM_HTTP_BODY_MAX);
	p->body.secret = secret;
}

void sm_http_response_release(struct sm_http_response *p)
{
	sm_buf_release(&p->headers);
	sm_buf_release(&p->body);
	p->status = 0;
}

bool sm_http_response_header(const struct sm_http_response *p, const char *name,
			     struct sm_str *value)
{
	struct sm_str rest = sm_buf_str(&p->headers), line;
	long at;

	while (sm_str_split(&rest, '\n', &line)) {
		at = sm_str_chr(line, ':', 0);
		if (at < 0 || !sm_str_eq_nocase(sm_str_sub(line, 0, (size_t)at),
						sm_str(name)))
			continue;
		*value =
			sm_str_trim(sm_str_sub(line, (size_t)at + 1, line.len));
		return true;
	}
	*value = sm_str_n(NULL, 0);
	return false;
}

static size_t on_header(char *ptr, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	struct sm_str line = sm_str_trim(sm_str_n(ptr, size * n));

	if (sm_str_starts(line, "HTTP/")) /* the next response begins */
		sm_buf_clear(&t->p->headers);
	(void)sm_buf_put_str(&t->p->headers, line);
	if (sm_buf_put_u8(&t->p->headers, '\n') < 0) {
		t->limit = "headers";
		return 0;
	}
	return size * n;
}

static size_t on_body(char *ptr, size_t size, size_t n, void *user)
{
	struct transfer *t = user;

	if (sm_buf_put(&t->p->body, ptr, size * n) < 0) {
		t->limit = "body";
		return 0;
	}
	return size * n;
}

/* GET and HEAD are libcurl's own; anything else is sent with its body. */
static CURLcode set_method(CURL *c, const struct sm_http_request *q)
{
	const char *m = q->method ? q->method : "GET";
	CURLcode r;

	if (!strcmp(m, "GET"))
		return curl_easy_setopt(c, CURLOPT_HTTPGET, 1L);
	if (!strcmp(m, "HEAD"))
		return curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	if ((r = curl_easy_setopt(c, CURLOPT_POST, 1L)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
				  (curl_off_t)q->body.len)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_POSTFIELDS,
				  q->body.ptr ? q->body.ptr : "")))
		return r;
	return strcmp(m, "POST") ?
		       curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, m) :
		       CURLE_OK;
}

static CURLcode set_transfer(struct transfer *t,
			     const struct sm_http_request *q)
{
	CURL *c = t->easy.curl;
	long ms = q->total_timeout_ms > 0 ? q->total_timeout_ms :
					    SM_HTTP_TOTAL_MS;
	CURLcode r;

	if ((r = set_method(c, q)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, ms)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_HEADERDATA, t)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body)))
		return r;
	return curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
}

static int finish(struct transfer *t, CURLcode c, struct sm_err *e)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);
	long status = 0;

	if (c && !t->limit)
		return sm_http_easy_fail(&t->easy, c, e);
	if (t->limit) {
		(void)sm_http_url_show(&shown, t->easy.url);
		(void)sm_err_set(
			e, SM_ELIMIT,
			"cannot %s '%.200s': %s of the response too long",
			t->easy.method, sm_buf_z(&shown), t->limit);
		sm_buf_release(&shown);
		return SM_ELIMIT;
	}
	(void)curl_easy_getinfo(t->easy.curl, CURLINFO_RESPONSE_CODE, &status);
	t->p->status = (int)status;
	return 0;
}

int sm_http_perform(const struct sm_http_request *q, struct sm_http_response *p,
		    struct sm_err *e)
{
	struct transfer t = { .p = p };
	size_t i;
	CURLcode c;
	int r;

	sm_buf_clear(&p->headers);
	sm_buf_clear(&p->body);
	p->status = 0;
	p->body.max = q->max_body ? q->max_body : SM_HTTP_BODY_MAX;
	r = sm_http_easy_init(&t.easy, q->url, q->flags, q->connect_timeout_ms,
			      e);
	if (r < 0)
		goto out;
	if (q->method)
		t.easy.method = q->method;
	t.easy.cancel = q->cancel;
	sm_http_easy_header(&t.easy, "Expect:"); /* no wait for 100 */
	for (i = 0; i < q->n_headers; i++)
		sm_http_easy_header(&t.easy, q->headers[i]);
	c = set_transfer(&t, q);
	if (!c)
		c = sm_http_easy_run(&t.easy);
	r = finish(&t, c, e);
out:
	sm_http_easy_release(&t.easy);
	return r;
}

int sm_http_url_show(struct sm_buf *out, const char *url)
{
	struct sm_str s = sm_str(url);
	long at = sm_str_find(s, sm_str("://"));
	size_t i, from = at < 0 ? 0 : (size_t)at + 3, end = from;

	while (end < s.len && !strchr("/?#", s.ptr[end]))
		end++;
	at = sm_str_rchr(sm_str_sub(s, from, end - from), '@');
	(void)sm_buf_put_str(out, sm_str_sub(s, 0, from));
	if (at >= 0)
		from += (size_t)at + 1;
	for (i = from; i < s.len && s.ptr[i] != '?' && s.ptr[i] != '#'; i++) {
		bool plain = (unsigned char)s.ptr[i] > ' ' && s.ptr[i] != 0x7f;

		(void)sm_buf_put_u8(out, plain ? (uint8_t)s.ptr[i] : '?');
	}
	return out->err;
}
