/*
 * HTTP over libcurl: one blocking request at a time, each with limits on
 * time and size. Callers that must not block use a thread.
 *
 * What holds for every transfer: only http and https; TLS 1.2 or newer; roots
 * and proxies as below; redirects only when asked for, at most five, and what
 * began with https stays there; no cookies, no .netrc, no file.
 */
#ifndef COMMON_HTTP_H
#define COMMON_HTTP_H

#include "common/buf.h"
#include "common/err.h"

#include <stdatomic.h>

/* Units: milliseconds; used where a request leaves the limit at 0. */
#define SM_HTTP_CONNECT_MS 10000
#define SM_HTTP_TOTAL_MS 60000

/* Bytes of a response body (when max_body is 0) and of all its headers. */
#define SM_HTTP_BODY_MAX ((size_t)1 << 20)
#define SM_HTTP_HEADERS_MAX ((size_t)64 << 10)

/* Redirects followed with SM_HTTP_FOLLOW. */
#define SM_HTTP_REDIRECTS 5

/* Bytes of an entity tag or a date that identify one state of a file. */
#define SM_HTTP_VALIDATOR_MAX 256

enum sm_http_flags {
	SM_HTTP_FOLLOW = 1, /* follow redirects */
	SM_HTTP_DIRECT = 2  /* never through a proxy (link-local services) */
};

struct sm_http_request {
	const char *method;         /* NULL: GET */
	const char *url;            /* http:// or https:// */
	const char *const *headers; /* "Name: value"; "Name:" removes one */
	size_t n_headers;
	struct sm_str body;        /* sent by POST and PUT */
	int connect_timeout_ms;    /* 0: SM_HTTP_CONNECT_MS */
	int total_timeout_ms;      /* 0: SM_HTTP_TOTAL_MS */
	size_t max_body;           /* 0: SM_HTTP_BODY_MAX */
	unsigned flags;            /* enum sm_http_flags */
	const atomic_bool *cancel; /* NULL, or set by another thread to stop */
};

struct sm_http_response {
	int status;            /* 100 to 599 */
	struct sm_buf headers; /* "Name: value\n" lines of the last response */
	struct sm_buf body;
};

/*
 * Once per process, before threads start / after they end. Errors: SM_ENET
 * when libcurl cannot start. Calls nest: only the last cleanup counts.
 */
int sm_http_init(struct sm_err *e);
void sm_http_cleanup(void);

/* Empty; `secret` makes the body a secret buffer (credentials). */
void sm_http_response_init(struct sm_http_response *p, bool secret);
void sm_http_response_release(struct sm_http_response *p);

/*
 * The value of the first header with this name (any case), trimmed; the view
 * lives as long as the response. False if there is none.
 */
bool sm_http_response_header(const struct sm_http_response *p, const char *name,
			     struct sm_str *value);

/*
 * Send one request and read its response, whatever its status: a 404 is
 * success here. `p` was initialised; its earlier contents are dropped.
 *
 * Errors: SM_EUSAGE (URL or scheme), SM_ENET, SM_ETIMEOUT, SM_ECANCEL,
 *         SM_ELIMIT (body or headers too long), SM_EVERIFY (certificate),
 *         SM_ENOTFOUND (a file with roots that the environment names). The
 *         message names method, URL (without user-info and query) and cause.
 */
int sm_http_perform(const struct sm_http_request *q, struct sm_http_response *p,
		    struct sm_err *e);

/*
 * Called several times a second, also with nothing new. `total` is 0 while
 * unknown. A negative return stops the transfer with SM_ECANCEL.
 */
typedef int sm_http_progress_fn(void *user, uint64_t done, uint64_t total);

struct sm_http_download {
	const char *url;
	int fd;             /* written from offset 0, or from resume_from */
	uint64_t max_bytes; /* not 0; more is SM_ELIMIT, nothing beyond kept */
	uint64_t expect_bytes; /* 0: unknown; any other size is SM_EVERIFY */
	uint64_t resume_from;  /* bytes that fd has from an earlier call */
	/* in: what `got` said then; needed to resume. "" starts at 0. */
	const char *validator;
	int connect_timeout_ms;   /* of each try; 0: SM_HTTP_CONNECT_MS */
	int stall_timeout_ms;     /* under 1 KiB/s for so long; 0: 15 s */
	int64_t total_timeout_ms; /* over all tries; 0: one hour */
	unsigned tries;           /* 0: 4 */
	int retry_base_ms;        /* first wait, doubled each time; 0: 500 */
	sm_http_progress_fn *progress; /* may be NULL */
	void *user;
	const atomic_bool *cancel; /* may be NULL */
};

struct sm_http_got {
	uint64_t bytes; /* in fd, from its start */
	unsigned tries; /* 1 or more */
	int status;     /* of the last response; 0 if there was none */
	bool resumed;   /* at least one try went on instead of starting over */
	char validator[SM_HTTP_VALIDATOR_MAX]; /* strong ETag, or "" */
};

/*
 * Fetch `d->url` (redirects followed) into a descriptor. A connection that
 * breaks, stalls, or answers 408, 429 or 5xx is tried again after a wait with
 * jitter, and goes on where it was with Range and If-Range when the server
 * named a strong entity tag; otherwise from the start. Two tries that time out,
 * with no byte between them, are the end of it. `got` is filled on
 * failure too, so that a later call can resume. After success fd holds exactly
 * got->bytes bytes (a longer file is cut).
 *
 * Errors: those of sm_http_perform; SM_ENOTFOUND for 404 and 410, SM_EPERM
 *         for 401 and 403, SM_ENET for other statuses, SM_EVERIFY for a size
 *         other than expected, and those of writing the file.
 * Source: RFC 9110 sections 13.1.5 and 14.2.
 */
int sm_http_download(const struct sm_http_download *d, struct sm_http_got *got,
		     struct sm_err *e);

/*
 * Where the roots are: AWS_CA_BUNDLE, else SSL_CERT_FILE and SSL_CERT_DIR, else
 * the system's hashed directory, else its bundle. Appends the path of a file
 * and of a directory of hashed names (or a list of them); both stay empty on
 * Windows, whose store is no file.
 *
 * Errors: SM_ENOTFOUND if a file that the environment names is not there, or
 *         the system has no roots at all.
 * Source: DESIGN.md 4, BUILDING.md 9.3.
 */
int sm_http_roots_find(struct sm_buf *file, struct sm_buf *dir,
		       struct sm_err *e);

/*
 * The same without AWS_CA_BUNDLE: it says who may vouch for a connection to
 * AWS, often a proxy that looks into it, and not who may for software.
 */
int sm_http_roots_system(struct sm_buf *file, struct sm_buf *dir,
			 struct sm_err *e);

/*
 * Set the roots of sm_http_roots_find of a libcurl easy handle (a CURL *); the system's own store
 * on Windows. Also for the WebSocket. Errors: those of sm_http_roots_find.
 */
int sm_http_roots_apply(void *curl, struct sm_err *e);

/*
 * Set proxy and exceptions of a libcurl easy handle for `url` from the
 * environment: HTTPS_PROXY for https and wss, HTTP_PROXY for http and ws
 * (upper-case only without REQUEST_METHOD), then ALL_PROXY, and NO_PROXY; both
 * cases. Loopback never goes through a proxy; ws is always tunnelled.
 *
 * Errors: SM_ELIMIT for a variable above 8 KiB.
 * Source: PROTOCOL.md 1.8, 3.2; BUILDING.md 9.2.
 */
int sm_http_proxy_apply(void *curl, const char *url, struct sm_err *e);

/*
 * What sm_http_proxy_apply chose, for logs and diagnosis: the proxy URL
 * without user-info appended to `out`. Returns 1 with a proxy, 0 without.
 */
int sm_http_proxy_describe(const char *url, struct sm_buf *out);

/*
 * Append a URL fit for messages: no user-info, no query, no fragment, and no
 * control characters.
 */
int sm_http_url_show(struct sm_buf *out, const char *url);

#endif
