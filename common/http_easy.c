/*
 * What every transfer has in common. Options are set once, here, so that no
 * caller can forget one; a setting that libcurl refuses fails the transfer
 * instead of being skipped.
 */
#include "common/def.h"
#include "common/http_easy.h"

#include "common/http.h"
#include "common/mem.h"
#include "common/version.h"

static int on_progress(void *user, curl_off_t dl_total, curl_off_t dl_now,
		       curl_off_t ul_total, curl_off_t ul_now)
{
	SM_UNUSED(dl_total);
	SM_UNUSED(dl_now);
	SM_UNUSED(ul_total);
	SM_UNUSED(ul_now);
	return sm_http_easy_cancelled(user);
}

static bool is_https(const char *url)
{
	return sm_str_eq_nocase(sm_str_sub(sm_str(url), 0, 8),
				sm_str("https://"));
}

static int bad_url(const char *url, const char *why, struct sm_err *e)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_http_url_show(&shown, url); /* cut is fine */
	(void)sm_err_set(e, SM_EUSAGE, "cannot use '%.200s': %s",
			 sm_buf_z(&shown), why);
	sm_buf_release(&shown);
	return SM_EUSAGE;
}

static int check_url(const char *url, struct sm_err *e)
{
	const char *p;

	if (!is_https(url) &&
	    !sm_str_eq_nocase(sm_str_sub(sm_str(url), 0, 7), sm_str("http://")))
		return bad_url(url, "not an http or https URL", e);
	for (p = url; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return bad_url(url, "spaces or control characters", e);
	}
	return 0;
}

/* Protocols and redirects. Names, not bits: the bit form is deprecated. */
static CURLcode set_limits(CURL *c, const char *url, unsigned flags)
{
	const char *redirects = is_https(url) ? "https" : "http,https";
	long follow = (flags & SM_HTTP_FOLLOW) != 0;
	CURLcode r;

	if ((r = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https")))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, redirects)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, follow)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_MAXREDIRS,
				  (long)SM_HTTP_REDIRECTS)))
		return r;
	return curl_easy_setopt(c, CURLOPT_SSLVERSION,
				(long)CURL_SSLVERSION_TLSv1_2);
}

static CURLcode set_common(struct sm_http_easy *h, int connect_timeout_ms)
{
	CURL *c = h->curl;
	long ms = connect_timeout_ms > 0 ? connect_timeout_ms :
					   SM_HTTP_CONNECT_MS;
	CURLcode r;

	if ((r = curl_easy_setopt(c, CURLOPT_URL, h->url)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->text)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, ms)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L)))
		return r;
	if ((r = curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress)))
		return r;
	return curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
}

int sm_http_easy_init(struct sm_http_easy *h, const char *url, unsigned flags,
		      int connect_timeout_ms, struct sm_err *e)
{
	char agent[96];
	CURLcode c;
	int r;

	memset(h, 0, sizeof(*h));
	h->url = url;
	h->method = "GET";
	if ((r = check_url(url, e)) < 0)
		return r;
	h->curl = curl_easy_init();
	if (!h->curl)
		return sm_err_set(e, SM_ENET, "cannot start libcurl");
	(void)snprintf(agent, sizeof(agent), "session-manager-plugin/%s",
		       sm_version()); /* cut is fine */
	c = set_limits(h->curl, url, flags);
	if (!c)
		c = set_common(h, connect_timeout_ms);
	if (!c)
		c = curl_easy_setopt(h->curl, CURLOPT_USERAGENT, agent);
	if (c)
		return sm_http_easy_fail(h, c, e);
	if (is_https(url) && (r = sm_http_roots_apply(h->curl, e)) < 0)
		return r;
	if (!(flags & SM_HTTP_DIRECT))
		return sm_http_proxy_apply(h->curl, url, e);
	c = curl_easy_setopt(h->curl, CURLOPT_PROXY, "");
	return c ? sm_http_easy_fail(h, c, e) : 0;
}

void sm_http_easy_release(struct sm_http_easy *h)
{
	if (h->curl)
		curl_easy_cleanup(h->curl);
	curl_slist_free_all(h->headers);
	h->curl = NULL;
	h->headers = NULL;
}

void sm_http_easy_header(struct sm_http_easy *h, const char *line)
{
	struct curl_slist *list = curl_slist_append(h->headers, line);

	if (!list)
		sm_mem_exhausted();
	h->headers = list;
}

CURLcode sm_http_easy_run(struct sm_http_easy *h)
{
	CURLcode r = curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers);

	return r ? r : curl_easy_perform(h->curl);
}

bool sm_http_easy_cancelled(const struct sm_http_easy *h)
{
	return h->cancel && atomic_load(h->cancel);
}

/* An address that cannot be used is the user's, unless a server sent it. */
static int code_of(const struct sm_http_easy *h, CURLcode code)
{
	long status = 0;

	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
		(void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE,
					&status); /* 0: nobody answered */
		return status ? SM_ENET : SM_EUSAGE;
	case CURLE_OPERATION_TIMEDOUT:
		return SM_ETIMEOUT;
	case CURLE_ABORTED_BY_CALLBACK:
		return SM_ECANCEL;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		return SM_EVERIFY;
	case CURLE_SSL_CACERT_BADFILE:
		return SM_ENOTFOUND;
	default:
		return SM_ENET;
	}
}

int sm_http_easy_fail(const struct sm_http_easy *h, CURLcode code,
		      struct sm_err *e)
{
	struct sm_buf shown = SM_BUF_INIT(SM_BUF_SMALL);
	const char *why = h->text[0] ? h->text : curl_easy_strerror(code);
	int r = code_of(h, code);

	if (code == CURLE_ABORTED_BY_CALLBACK)
		why = sm_err_text(SM_ECANCEL);
	(void)sm_http_url_show(&shown, h->url); /* cut is fine */
	(void)sm_err_set(e, r, "cannot %s '%.200s': %s", h->method,
			 sm_buf_z(&shown), why);
	sm_buf_release(&shown);
	return r;
}
