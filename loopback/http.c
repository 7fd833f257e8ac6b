/*
 * A strict parser for one HTTP/1.1 request.
 *
 * Rule: what is not understood is refused, never repaired; the caller closes
 * the connection after an error, so no desynchronised bytes are read as a
 * second request. Length and encoding headers that repeat are errors
 * (request smuggling, RFC 9112 section 11.2).
 */
#include "common/def.h"
#include "loopback/http.h"

#include "common/err.h"

static bool is_token(struct sm_str s)
{
	static const char extra[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 5.6.2 */
	size_t i;
	char c;

	for (i = 0; i < s.len; i++) {
		c = s.ptr[i];
		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z'))
			continue;
		if (!c || !strchr(extra, c))
			return false;
	}
	return s.len > 0;
}

/* Visible bytes, spaces and tabs; no control characters. */
static bool is_text(struct sm_str s, bool spaces)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < s.len; i++) {
		c = (unsigned char)s.ptr[i];
		if (c == 0x7f || (c < 0x20 && !(spaces && c == '\t')) ||
		    (c == ' ' && !spaces))
			return false;
	}
	return true;
}

/* Length of the head with its empty line, SM_EAGAIN, or SM_ELIMIT. */
static long head_length(struct sm_str in)
{
	static const struct sm_str end = SM_STR_LIT("\r\n\r\n");
	long at = sm_str_find(sm_str_sub(in, 0, LOOP_HTTP_HEAD_MAX), end);

	if (at >= 0)
		return at + (long)end.len;
	return in.len >= LOOP_HTTP_HEAD_MAX ? SM_ELIMIT : SM_EAGAIN;
}

/* The line up to CR LF; *rest moves behind it. A bare CR or LF is an error
 * found later, as it is no visible byte. */
static struct sm_str next_line(struct sm_str *rest)
{
	static const struct sm_str crlf = SM_STR_LIT("\r\n");
	long at = sm_str_find(*rest, crlf);
	struct sm_str line = *rest;

	if (at >= 0)
		line.len = (size_t)at;
	*rest = sm_str_sub(*rest, line.len + crlf.len, rest->len);
	return line;
}

static int request_line(struct loop_http_request *q, struct sm_str line)
{
	long a = sm_str_chr(line, ' ', 0);
	long b = a < 0 ? -1 : sm_str_chr(line, ' ', (size_t)a + 1);
	struct sm_str version;
	long mark;

	if (b < 0)
		return 400;
	q->method = sm_str_sub(line, 0, (size_t)a);
	q->target = sm_str_sub(line, (size_t)a + 1, (size_t)(b - a - 1));
	version = sm_str_sub(line, (size_t)b + 1, line.len);
	if (!is_token(q->method) || !is_text(q->target, false) ||
	    !sm_str_starts(q->target, "/"))
		return 400;
	if (!sm_str_eqz(version, "HTTP/1.1") &&
	    !sm_str_eqz(version, "HTTP/1.0"))
		return sm_str_starts(version, "HTTP/") ? 505 : 400;
	q->keep_alive = sm_str_eqz(version, "HTTP/1.1");
	mark = sm_str_chr(q->target, '?', 0);
	q->path = mark < 0 ? q->target : sm_str_sub(q->target, 0, (size_t)mark);
	q->query = mark < 0 ? sm_str("") :
			      sm_str_sub(q->target, (size_t)mark + 1,
					 q->target.len);
	return 0;
}

static int header_line(struct loop_http_request *q, struct sm_str line)
{
	struct loop_http_header *h;
	long colon = sm_str_chr(line, ':', 0);

	if (q->n_headers == LOOP_HTTP_HEADERS_MAX)
		return 431;
	if (colon < 0)
		return 400;
	h = &q->header[q->n_headers++];
	h->name = sm_str_sub(line, 0, (size_t)colon);
	h->value = sm_str_trim(sm_str_sub(line, (size_t)colon + 1, line.len));
	if (!is_token(h->name) || !is_text(h->value, true))
		return 400;
	return 0;
}

struct sm_str loop_http_header(const struct loop_http_request *q,
			       const char *name)
{
	size_t i;

	for (i = 0; i < q->n_headers; i++)
		if (sm_str_eq_nocase(q->header[i].name, sm_str(name)))
			return q->header[i].value;
	return sm_str("");
}

static unsigned count(const struct loop_http_request *q, const char *name)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < q->n_headers; i++)
		n += sm_str_eq_nocase(q->header[i].name, sm_str(name));
	return n;
}

bool loop_http_has_token(const struct loop_http_request *q, const char *name,
			 const char *token)
{
	struct sm_str list, piece;
	size_t i;

	for (i = 0; i < q->n_headers; i++) {
		if (!sm_str_eq_nocase(q->header[i].name, sm_str(name)))
			continue;
		list = q->header[i].value;
		while (sm_str_split(&list, ',', &piece))
			if (sm_str_eq_nocase(sm_str_trim(piece), sm_str(token)))
				return true;
	}
	return false;
}

/* 0 with the body's length, or the status of a refusal. */
static int framing(const struct loop_http_request *q, uint64_t *body)
{
	int r;

	*body = 0;
	if (count(q, "Transfer-Encoding"))
		return 501;
	if (count(q, "Content-Length") > 1 || count(q, "Host") != 1)
		return 400;
	if (!count(q, "Content-Length"))
		return 0;
	r = sm_str_u64(loop_http_header(q, "Content-Length"),
		       LOOP_HTTP_BODY_MAX, body);
	if (r == SM_ELIMIT)
		return 413;
	return r < 0 ? 400 : 0;
}

static int head_parse(struct loop_http_request *q, struct sm_str head)
{
	struct sm_str line = next_line(&head);
	int status = request_line(q, line);

	while (!status) {
		line = next_line(&head);
		if (!line.len)
			break;
		status = header_line(q, line);
	}
	return status;
}

long loop_http_parse(struct loop_http_request *q, struct sm_str in, int *status)
{
	uint64_t body;
	long head;

	memset(q, 0, sizeof(*q));
	*status = 0;
	head = head_length(in);
	if (head < 0) {
		*status = head == SM_ELIMIT ? 431 : 0;
		return head;
	}
	*status = head_parse(q, sm_str_sub(in, 0, (size_t)head));
	if (!*status)
		*status = framing(q, &body);
	if (*status)
		return *status == 413 || *status == 431 ? SM_ELIMIT :
							  SM_EFORMAT;
	if (loop_http_has_token(q, "Connection", "close"))
		q->keep_alive = false;
	q->wants_continue = sm_str_eq_nocase(loop_http_header(q, "Expect"),
					     sm_str("100-continue"));
	if (in.len - (size_t)head < body)
		return SM_EAGAIN;
	q->body = sm_str_sub(in, (size_t)head, (size_t)body);
	return head + (long)body;
}

const char *loop_http_reason(int status)
{
	/* clang-format off */
	static const struct {
		int status;
		const char *reason;
	} list[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 413, "Content Too Large" },
		{ 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(list); i++)
		if (list[i].status == status)
			return list[i].reason;
	return "Unknown";
}

int loop_http_respond(struct sm_buf *out, const struct loop_http_response *r)
{
	(void)sm_buf_printf(out,
			    "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n"
			    "Content-Length: %zu\r\n%s%s\r\n",
			    r->status, loop_http_reason(r->status), r->type,
			    r->body.len, r->headers ? r->headers : "",
			    r->keep_alive ? "" : "Connection: close\r\n");
	return sm_buf_put_str(out, r->body);
}
