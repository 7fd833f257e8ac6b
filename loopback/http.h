/*
 * The server end of HTTP/1.1, as much as an API and a WebSocket upgrade need:
 * one request with a bounded head and a body of known length, one response.
 * No chunked requests, no trailers, no folded headers. Pure.
 * Source: RFC 9110, RFC 9112.
 */
#ifndef LOOPBACK_HTTP_H
#define LOOPBACK_HTTP_H

#include "common/buf.h"

#define LOOP_HTTP_HEAD_MAX ((size_t)16 << 10)
#define LOOP_HTTP_BODY_MAX ((size_t)1 << 20)
#define LOOP_HTTP_HEADERS_MAX 32u

struct loop_http_header {
	struct sm_str name;  /* as sent */
	struct sm_str value; /* without surrounding white space */
};

struct loop_http_request {
	struct sm_str method;
	struct sm_str target; /* as sent: path and query */
	struct sm_str path, query;
	struct loop_http_header header[LOOP_HTTP_HEADERS_MAX];
	size_t n_headers;
	struct sm_str body;
	bool keep_alive;
	bool wants_continue; /* Expect: 100-continue */
};

/*
 * Parse one request at the start of `in`.
 *
 * Returns the bytes it takes. SM_EAGAIN if more are needed: then
 * q->wants_continue says whether the client waits for "100 Continue" before
 * it sends the body. Other errors set *status to the response: SM_EFORMAT
 * (400, 501 for Transfer-Encoding, 505), SM_ELIMIT (413, 431).
 * Owns: the views point into `in`.
 */
long loop_http_parse(struct loop_http_request *q, struct sm_str in,
		     int *status);

/* The value of a header (any case); empty if absent. */
struct sm_str loop_http_header(const struct loop_http_request *q,
			       const char *name);

/* True if a comma separated header holds the token (any case). */
bool loop_http_has_token(const struct loop_http_request *q, const char *name,
			 const char *token);

/*
 * Append a response with a body of the given type. `headers` are more lines,
 * each with its CR LF, or NULL.
 */
struct loop_http_response {
	int status;
	const char *type;
	const char *headers;
	struct sm_str body;
	bool keep_alive;
};
int loop_http_respond(struct sm_buf *out, const struct loop_http_response *r);

/* The reason phrase; "Unknown" if not listed. */
const char *loop_http_reason(int status);

#endif
