/*
 * Each check is one refusal with its own status and a line that says why.
 */
#include "common/def.h"
#include "loopback/upgrade.h"

#include "common/err.h"
#include "common/hex.h"
#include "loopback/auth.h"
#include "loopback/server.h"
#include "loopback/session.h"
#include "plugin/wire/wsframe.h"

#define PATH "/v1/data-channel/"

static int refuse(struct sm_buf *out, int status, const char *why)
{
	struct loop_http_response r = { .status = status,
					.type = "text/plain" };

	r.body = sm_str(why);
	if (status == 426)
		r.headers = "Sec-WebSocket-Version: 13\r\n";
	(void)loop_http_respond(out, &r);
	return SM_EFORMAT;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode "%2B"; a plus is a plus here, as the cell number holds them raw. */
static int percent_decode(struct sm_buf *out, struct sm_str s)
{
	size_t i;
	int hi, lo;

	for (i = 0; i < s.len; i++) {
		if (s.ptr[i] != '%') {
			(void)sm_buf_put_u8(out, (uint8_t)s.ptr[i]);
			continue;
		}
		if (s.len - i < 3)
			return SM_EFORMAT;
		hi = nibble(s.ptr[i + 1]);
		lo = nibble(s.ptr[i + 2]);
		if (hi < 0 || lo < 0)
			return SM_EFORMAT;
		(void)sm_buf_put_u8(out, (uint8_t)(hi << 4 | lo));
		i += 2;
	}
	return out->err;
}

/* Does the query hold this name with this value, once decoded? */
static bool query_has(struct sm_str query, const char *name, const char *value)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str piece;
	bool found = false;
	long eq;

	while (!found && sm_str_split(&query, '&', &piece)) {
		eq = sm_str_chr(piece, '=', 0);
		if (eq < 0 ||
		    !sm_str_eqz(sm_str_sub(piece, 0, (size_t)eq), name))
			continue;
		sm_buf_clear(&text);
		piece = sm_str_sub(piece, (size_t)eq + 1, piece.len);
		found = percent_decode(&text, piece) == 0 &&
			sm_str_eqz(sm_buf_str(&text), value);
	}
	sm_buf_release(&text);
	return found;
}

/* base64 of 16 bytes: RFC 6455 section 4.1, point 7. */
static bool key_ok(struct sm_str key)
{
	struct sm_buf raw = SM_BUF_INIT(64);
	bool ok = key.len == 24 && sm_base64_get(&raw, key) == 0 &&
		  raw.len == 16;

	sm_buf_release(&raw);
	return ok;
}

/* The handshake's own headers: 0 and NULL, or the status and why. */
static int headers_check(const struct loop_http_request *q, const char **why)
{
	*why = "not a WebSocket upgrade";
	if (!sm_str_eqz(q->method, "GET"))
		return 405;
	if (!loop_http_has_token(q, "Upgrade", "websocket") ||
	    !loop_http_has_token(q, "Connection", "upgrade"))
		return 400;
	*why = "Sec-WebSocket-Version is not 13";
	if (!sm_str_eqz(loop_http_header(q, "Sec-WebSocket-Version"), "13"))
		return 426;
	*why = "Sec-WebSocket-Key is not 16 bytes of base64";
	if (!key_ok(loop_http_header(q, "Sec-WebSocket-Key")))
		return 400;
	return 0;
}

static int session_check(struct loop_server *s,
			 const struct loop_http_request *q,
			 struct loop_session **session, const char **why)
{
	struct loop_session *found;

	*why = "no such session";
	if (!sm_str_starts(q->path, PATH))
		return 404;
	found = loop_session_find(s, sm_str_sub(q->path, sizeof(PATH) - 1,
						q->path.len));
	if (!found)
		return 404;
	*why = "the session is over";
	if (found->state == LOOP_SESSION_OVER)
		return 403;
	*why = "role is not publish_subscribe";
	if (!query_has(q->query, "role", "publish_subscribe"))
		return 400;
	*why = "cell-number is not the one of the stream URL";
	if (!query_has(q->query, "cell-number", found->cell))
		return 403;
	*session = found;
	return 0;
}

static int signature_check(struct loop_server *s,
			   const struct loop_http_request *q, const char **why)
{
	struct sm_err e = SM_ERR_INIT;

	if (!loop_http_header(q, "Authorization").len) {
		*why = "the upgrade is not signed";
		return s->options->require_signed ? 403 : 0;
	}
	*why = "the signature of the upgrade is wrong";
	if (loop_auth_check(s, q, "ssmmessages", &e) < 0) {
		sm_log_e(s->log, &e, "upgrade refused");
		return 403;
	}
	s->totals.signed_upgrades++;
	return 0;
}

int loop_upgrade_answer(struct loop_server *s,
			const struct loop_http_request *q, struct sm_buf *out,
			struct loop_session **session)
{
	const char *why = "refused on demand";
	int status;

	status = (int)loop_fault_refuse(&s->fault.refuse_upgrade,
					&s->fault.refuse_upgrade_times);
	if (!status)
		status = headers_check(q, &why);
	if (!status)
		status = session_check(s, q, session, &why);
	if (!status)
		status = signature_check(s, q, &why);
	if (status) {
		sm_log_info(s->log, "upgrade refused, %d: %s", status, why);
		return refuse(out, status, why);
	}
	s->totals.upgrades++;
	(void)sm_buf_puts(out, "HTTP/1.1 101 Switching Protocols\r\n"
			       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
			       "Sec-WebSocket-Accept: ");
	(void)plug_wsframe_accept(out,
				  loop_http_header(q, "Sec-WebSocket-Key"));
	return sm_buf_puts(out, "\r\n\r\n");
}
