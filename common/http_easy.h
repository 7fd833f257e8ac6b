/*
 * One libcurl easy handle with the limits that hold for every transfer.
 * Private to common/http*.c.
 */
#ifndef COMMON_HTTP_EASY_H
#define COMMON_HTTP_EASY_H

#include "common/def.h"
#include "common/err.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>

struct sm_http_easy {
	CURL *curl;
	struct curl_slist *headers;
	const char *method; /* for messages */
	const char *url;    /* borrowed; lives as long as this */
	const atomic_bool *cancel;
	char text[CURL_ERROR_SIZE]; /* curl's cause of the last failure */
};

/*
 * Make a handle for `url` with everything that does not depend on the kind of
 * transfer: protocols, redirects (only with SM_HTTP_FOLLOW in `flags`), TLS,
 * roots, proxy, connect timeout, cancel flag. Release also after failure.
 * Errors: SM_EUSAGE for a URL that is not http or https, and those of
 * sm_http_roots_apply and sm_http_proxy_apply.
 */
int sm_http_easy_init(struct sm_http_easy *h, const char *url, unsigned flags,
		      int connect_timeout_ms, struct sm_err *e);
void sm_http_easy_release(struct sm_http_easy *h);

/* Add a request header, "Name: value" or "Name:". */
void sm_http_easy_header(struct sm_http_easy *h, const char *line);

/* Run the transfer. The result of curl, 0 for success. */
CURLcode sm_http_easy_run(struct sm_http_easy *h);

/* The progress callback's rule: true when the caller wants to stop. */
bool sm_http_easy_cancelled(const struct sm_http_easy *h);

/*
 * Turn a failed result into an error with act, URL and cause. Returns its
 * SM_E code.
 */
int sm_http_easy_fail(const struct sm_http_easy *h, CURLcode code,
		      struct sm_err *e);

#endif
