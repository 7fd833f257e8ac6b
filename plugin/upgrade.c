/*
 * The upgrade request. The rule: nothing is left to libcurl's defaults that
 * could differ between machines, and the server's proof is checked here,
 * because libcurl does not.
 */
#include "common/def.h"
#include "plugin/upgrade.h"

#include "common/hex.h"
#include "common/http.h"
#include "common/mem.h"
#include "common/os/random.h"
#include "common/version.h"
#include "plugin/transport.h"
#include "plugin/wire/wsframe.h"

/* The response's headers: the accept value is ours to check. */
static size_t on_header(char *p, size_t size, size_t n, void *user)
{
	static const char name[] = "sec-websocket-accept:";
	struct plug_upgrade *u = user;
	struct sm_str line = sm_str_n(p, size * n);

	if (sm_str_eq_nocase(sm_str_sub(line, 0, sizeof(name) - 1),
			     sm_str(name)))
		u->accepted =
			sm_str_eq(sm_str_trim(sm_str_sub(line, sizeof(name) - 1,
							 line.len)),
				  sm_buf_str(&u->accept));
	return size * n;
}

/* A refusal's body is nobody's business. */
static size_t on_body(char *p, size_t size, size_t n, void *user)
{
	SM_UNUSED(p);
	SM_UNUSED(user);
	return size * n;
}

static int end_code(CURLcode c, long status)
{
	if (status == 401 || status == 403)
		return SM_EAUTH;
	switch (c) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return SM_EVERIFY;
	case CURLE_OPERATION_TIMEDOUT:
		return SM_ETIMEOUT;
	default:
		return SM_ENET;
	}
}

int plug_upgrade_refused(struct plug_upgrade *u, CURLcode c, int *status,
			 struct sm_err *e)
{
	struct sm_buf url = SM_BUF_INIT(SM_BUF_SMALL);
	char *eff = NULL;
	long n = 0;
	int code;

	(void)curl_easy_getinfo(u->easy, CURLINFO_RESPONSE_CODE, &n);
	(void)curl_easy_getinfo(u->easy, CURLINFO_EFFECTIVE_URL, &eff);
	if (eff)
		(void)sm_http_url_show(&url, eff); /* cut is as good */
	*status = n == 101 ? 0 : (int)n;
	code = end_code(c, *status);
	if (*status)
		(void)sm_err_set(e, code,
				 "cannot connect to '%s': the service answered "
				 "%d",
				 sm_buf_z(&url), *status);
	else
		(void)sm_err_set(e, code, "cannot connect to '%s': %s",
				 sm_buf_z(&url),
				 u->why[0] ? u->why : curl_easy_strerror(c));
	sm_buf_release(&url);
	return code;
}

/* Our own key, so that the answer can be checked (libcurl does not). */
static void make_key(struct plug_upgrade *u)
{
	unsigned char raw[16];
	struct sm_buf key = SM_BUF_INIT(64), line = SM_BUF_INIT(128);

	sm_os_random(raw, sizeof(raw));
	(void)sm_base64_put(&key, raw, sizeof(raw)); /* 24 bytes */
	sm_buf_clear(&u->accept);
	(void)plug_wsframe_accept(&u->accept, sm_buf_str(&key));
	(void)sm_buf_printf(&line, "Sec-WebSocket-Key: %s", sm_buf_z(&key));
	u->headers = curl_slist_append(u->headers, sm_buf_z(&line));
	sm_buf_release(&key);
	sm_buf_release(&line);
	u->accepted = false;
}

static void set_options(struct plug_upgrade *u, const char *url)
{
	char agent[64];
	CURL *c = u->easy;

	(void)snprintf(agent, sizeof(agent), "session-manager-plugin/%s",
		       sm_version());
	/* these cannot fail with the arguments given */
	(void)curl_easy_setopt(c, CURLOPT_URL, url);
	(void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "ws,wss");
	(void)curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
	(void)curl_easy_setopt(c, CURLOPT_USERAGENT, agent);
	(void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 2L);
	(void)curl_easy_setopt(c, CURLOPT_WS_OPTIONS,
			       (long)(CURLWS_RAW_MODE | CURLWS_NOAUTOPONG));
	(void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, u->headers);
	(void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c, CURLOPT_HEADERDATA, u);
	(void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, u->why);
	(void)curl_easy_setopt(c, CURLOPT_SSLVERSION,
			       (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)PLUG_TRANSPORT_DIAL_MS);
	(void)curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TCP_NODELAY, 1L);
	(void)curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
}

int plug_upgrade_begin(struct plug_upgrade *u, const char *url,
		       const char *const *headers, size_t n, struct sm_err *e)
{
	size_t i;
	int r;

	u->easy = curl_easy_init();
	if (!u->easy)
		sm_mem_exhausted();
	u->why[0] = '\0';
	sm_buf_init(&u->accept, 64);
	make_key(u);
	for (i = 0; i < n; i++)
		u->headers = curl_slist_append(u->headers, headers[i]);
	set_options(u, url);
	if ((r = sm_http_proxy_apply(u->easy, url, e)) < 0)
		return r;
	if (sm_str_starts(sm_str(url), "wss:"))
		r = sm_http_roots_apply(u->easy, e);
	return r < 0 ? r : 0;
}

void plug_upgrade_release(struct plug_upgrade *u)
{
	curl_easy_cleanup(u->easy);
	curl_slist_free_all(u->headers);
	sm_buf_release(&u->accept);
	memset(u, 0, sizeof(*u));
}
