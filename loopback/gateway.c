/*
 * WebSocket frames in and out, the open frame, and the faults.
 *
 * States: WAIT_OPEN (101 sent) -> OPEN (token accepted) -> GONE. A gateway
 * that is GONE has left its connection and its session and is freed at the
 * next step, so callbacks above it on the stack stay safe.
 *
 * Not here: sequence numbers, acknowledgements and keys; a lost message is
 * the business of both ends.
 */
#include "common/def.h"
#include "loopback/gateway.h"

#include "common/mem.h"
#include "loopback/conn.h"
#include "loopback/relay.h"
#include "loopback/server.h"
#include "loopback/session.h"
#include "loopback/upgrade.h"
#include "plugin/wire/message.h"
#include "plugin/wire/wsframe.h"

#define OPEN_TIMEOUT_MS 30000
/* Above HIGH the client is not read but for one look each TRICKLE_MS, so that
 * its acknowledgements still come in while the destination is slow. */
#define HIGH ((size_t)1 << 20)
#define TRICKLE_MS 50

enum state {
	WAIT_OPEN,
	OPEN,
	GONE
};

struct loop_gateway {
	struct loop_gateway *next;
	struct loop_server *server;
	struct loop_session *session;
	struct loop_conn *conn; /* NULL once GONE */
	enum state state;
	struct sm_buf partial; /* of a fragmented message */
	bool in_message, partial_text;
	struct loop_relay up, down;
	uint64_t bytes; /* frames of both ways */
	int64_t since_ms, ping_ms, look_ms, pause_until_ms;
	uint32_t pause_ms; /* the pause that was already given */
	char user_agent[256];
};

static void leave(struct loop_gateway *g)
{
	struct loop_session *s = g->session;

	g->state = GONE;
	g->conn = NULL;
	g->session = NULL;
	if (s)
		loop_session_detach(s, g);
}

/* --- frames to the client -------------------------------------------------- */

static void close_frame(struct loop_gateway *g, unsigned code, const char *text)
{
	char payload[64];
	size_t len = strlen(text);

	if (len > sizeof(payload) - 2)
		len = sizeof(payload) - 2;
	payload[0] = (char)(code >> 8);
	payload[1] = (char)code;
	memcpy(payload + 2, text, len);
	(void)plug_wsframe_put(loop_conn_out(g->conn), PLUG_WS_CLOSE,
			       sm_str_n(payload, len + 2), NULL);
}

/* End the connection from our side: what was appended is still written. */
static void finish(struct loop_gateway *g, unsigned code, const char *text)
{
	struct loop_conn *c = g->conn;

	if (code)
		close_frame(g, code, text);
	leave(g);
	loop_conn_finish(c);
}

static void cut(struct loop_gateway *g)
{
	struct loop_conn *c = g->conn;

	sm_log_info(g->server->log, "cut after %llu bytes",
		    (unsigned long long)g->bytes);
	g->server->totals.cuts++;
	if (g->server->fault.close_code)
		close_frame(g, g->server->fault.close_code, "Bye");
	leave(g);
	loop_conn_cut(c);
}

/* Count bytes; true if the limit is reached, with what is too many. */
static bool count(struct loop_gateway *g, size_t n, size_t *excess)
{
	const struct loop_fault *f = &g->server->fault;
	uint64_t limit = f->cut_each;

	if (f->cut && !g->session->cut_done)
		limit = f->cut;
	g->bytes += n;
	if (!limit || g->bytes < limit)
		return false;
	*excess = (size_t)(g->bytes - limit);
	if (*excess > n)
		*excess = n;
	if (f->cut)
		g->session->cut_done = true;
	return true;
}

static void append(struct loop_gateway *g, enum plug_ws_opcode op,
		   struct sm_str payload)
{
	struct sm_buf *out = loop_conn_out(g->conn);
	size_t part = g->server->fault.fragment;
	struct sm_str piece;

	if (!part || payload.len <= part) {
		(void)plug_wsframe_put(out, op, payload, NULL);
		return;
	}
	while (payload.len) {
		piece = sm_str_sub(payload, 0, part);
		payload = sm_str_sub(payload, part, payload.len);
		(void)plug_wsframe_put_part(out, op, !payload.len, piece, NULL);
		op = PLUG_WS_CONT;
		if (payload.len)
			(void)plug_wsframe_put(out, PLUG_WS_PING,
					       sm_str("between"), NULL);
	}
}

static void send_frame(struct loop_gateway *g, enum plug_ws_opcode op,
		       struct sm_str payload)
{
	struct sm_buf *out = loop_conn_out(g->conn);
	size_t before = out->len, excess;

	if (g->server->fault.stall)
		return;
	append(g, op, payload);
	if (!count(g, out->len - before, &excess))
		return;
	sm_buf_truncate(out, out->len - excess);
	cut(g);
}

static void deliver_down(void *user, struct sm_str message)
{
	struct loop_gateway *g = user;

	if (g->state == OPEN)
		send_frame(g,
			   g->server->fault.text ? PLUG_WS_TEXT :
						   PLUG_WS_BINARY,
			   message);
}

void loop_gateway_down(struct loop_gateway *g, struct sm_str message)
{
	struct plug_now now = loop_server_now();

	if (g->state != OPEN)
		return;
	g->session->messages_down++;
	g->session->bytes_down += message.len;
	if (loop_relay_is_ack(message))
		g->session->acks_down++;
	loop_relay_pass(&g->down, &g->server->fault.odds[LOOP_DOWN], message,
			now.mono_ms < g->pause_until_ms ? g->pause_until_ms :
							  now.mono_ms);
}

size_t loop_gateway_budget(const struct loop_gateway *g)
{
	size_t used;

	if (g->state != OPEN)
		return 0;
	used = loop_conn_backlog(g->conn) + g->down.bytes;
	return used < LOOP_GATEWAY_BACKLOG ? LOOP_GATEWAY_BACKLOG - used : 0;
}

void loop_gateway_close(struct loop_gateway *g, const char *session_id,
			const char *output)
{
	struct sm_buf payload = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf message = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_now now = loop_server_now();
	struct plug_message m;

	memset(&m, 0, sizeof(m));
	m.type = sm_str(PLUG_MESSAGE_CLOSED);
	m.schema = 1;
	m.created_ms = (uint64_t)now.wall_ms;
	loop_relay_uuid(m.id);
	(void)plug_payload_closed_put(&payload, sm_str(session_id),
				      sm_str(output));
	m.payload = sm_buf_str(&payload);
	(void)plug_message_encode(&message, &m);
	/* Nothing may overtake it, and it is not lost: the service's own. */
	loop_relay_flush(&g->down, INT64_MAX);
	if (g->state == OPEN)
		deliver_down(g, sm_buf_str(&message));
	if (g->state == OPEN)
		finish(g, 1000, "");
	sm_buf_release(&payload);
	sm_buf_release(&message);
}

void loop_gateway_drop(struct loop_gateway *g)
{
	struct loop_conn *c = g->conn;

	if (g->state == GONE)
		return;
	g->session = NULL;
	leave(g);
	loop_conn_drop(c);
}

/* Nearly empty, as the service sends it: PROTOCOL.md 5.3. */
static void send_control(struct loop_gateway *g, const char *type)
{
	char message[PLUG_MESSAGE_HEADER];
	size_t i, len = strlen(type);

	memset(message, 0, sizeof(message));
	for (i = 0; i < PLUG_MESSAGE_TYPE_MAX; i++)
		message[4 + i] = i < len ? type[i] : ' ';
	send_frame(g, PLUG_WS_BINARY, sm_str_n(message, sizeof(message)));
}

/* --- frames from the client ------------------------------------------------ */

static void deliver_up(void *user, struct sm_str message)
{
	struct loop_gateway *g = user;

	if (g->state == OPEN)
		loop_session_receive(g->session, message);
}

static void open_channel(struct loop_gateway *g, struct sm_str text)
{
	struct plug_open_text *o = sm_mem_zalloc(1, sizeof(*o));
	struct loop_session *s = g->session;
	int r = plug_payload_open_get(o, text);

	if (r < 0 || !loop_session_token_use(s, o->token)) {
		sm_log_warn(g->server->log, "open refused: %s",
			    r < 0 ? sm_err_text(r) : "wrong token");
		finish(g, 1008, "invalid token");
		goto out;
	}
	g->server->totals.opens++;
	g->state = OPEN;
	g->since_ms = loop_server_now().mono_ms;
	g->ping_ms = g->since_ms;
	s->client_changed |= s->n_opens && strcmp(s->client_id, o->client_id);
	(void)snprintf(s->client_id, sizeof(s->client_id), "%s", o->client_id);
	(void)snprintf(s->client_version, sizeof(s->client_version), "%s",
		       o->client_version);
	(void)snprintf(s->user_agent, sizeof(s->user_agent), "%s",
		       g->user_agent);
	loop_session_attach(s, g);
out:
	sm_mem_wipe(o, sizeof(*o));
	sm_mem_free(o);
}

static void client_message(struct loop_gateway *g, bool text, char *p, size_t n)
{
	struct loop_session *s = g->session;
	struct sm_str m = sm_str_n(p, n);

	if (g->state == WAIT_OPEN) {
		if (text)
			open_channel(g, m);
		else
			finish(g, 1008, "not opened");
		return;
	}
	s->messages_up++;
	s->text_up += text;
	s->bytes_up += n;
	if (loop_relay_is_ack(m))
		s->acks_up++;
	loop_relay_pass(&g->up, &g->server->fault.odds[LOOP_UP], m,
			loop_server_now().mono_ms);
}

/* A data frame: whole messages go on at once, parts are collected. */
static void data_frame(struct loop_gateway *g, const struct plug_wsframe *f)
{
	bool text = f->op == PLUG_WS_TEXT;

	if ((f->op == PLUG_WS_CONT) != g->in_message) {
		finish(g, 1002, "fragment out of order");
		return;
	}
	if (f->op != PLUG_WS_CONT && f->fin) {
		/* Decoding has made the bytes ours to change. */
		client_message(g, text, (char *)(uintptr_t)f->payload.ptr,
			       f->payload.len);
		return;
	}
	if (f->op != PLUG_WS_CONT) {
		sm_buf_clear(&g->partial);
		g->partial_text = text;
	}
	g->in_message = !f->fin;
	if (sm_buf_put_str(&g->partial, f->payload) < 0) {
		finish(g, 1009, "message too long");
		return;
	}
	if (f->fin)
		client_message(g, g->partial_text, g->partial.ptr,
			       g->partial.len);
}

static void frame(struct loop_gateway *g, const struct plug_wsframe *f)
{
	switch (f->op) {
	case PLUG_WS_PING:
		g->session->pings_up++;
		if (!g->server->fault.stall)
			(void)plug_wsframe_put(loop_conn_out(g->conn),
					       PLUG_WS_PONG, f->payload, NULL);
		break;
	case PLUG_WS_PONG:
		break;
	case PLUG_WS_CLOSE:
		if (!g->server->fault.stall)
			(void)plug_wsframe_put(loop_conn_out(g->conn),
					       PLUG_WS_CLOSE,
					       sm_str_sub(f->payload, 0, 2),
					       NULL);
		finish(g, 0, "");
		break;
	default:
		if (!g->server->fault.stall)
			data_frame(g, f);
	}
}

/* Full ahead, or only a look now and then. */
static void throttle(struct loop_gateway *g, int64_t now_ms)
{
	if (g->state != OPEN)
		return;
	if (loop_session_backlog(g->session) <= HIGH) {
		g->look_ms = 0;
		loop_conn_read(g->conn, true);
	} else if (!g->look_ms) {
		g->look_ms = now_ms + TRICKLE_MS;
		loop_conn_read(g->conn, false);
	} else if (now_ms >= g->look_ms) {
		g->look_ms = 0;
		loop_conn_read(g->conn, true);
	}
}

static long on_data(void *user, char *p, size_t len)
{
	struct loop_gateway *g = user;
	struct plug_wsframe f;
	size_t used = 0, excess;
	long n;

	while (g->state != GONE && used < len) {
		n = plug_wsframe_get(&f, p + used, len - used, true,
				     PLUG_MESSAGE_MAX);
		if (n == SM_EAGAIN)
			break;
		if (n < 0) {
			finish(g, n == SM_ELIMIT ? 1009 : 1002, "bad frame");
			break;
		}
		used += (size_t)n;
		/* The frame in which the limit lies is lost with the socket. */
		if (g->session && count(g, (size_t)n, &excess))
			cut(g);
		else
			frame(g, &f);
	}
	if (g->state == OPEN && !g->look_ms)
		throttle(g, loop_server_now().mono_ms);
	return (long)used;
}

static void on_gone(void *user)
{
	leave(user);
}

static const struct loop_conn_ops gateway_ops = { on_data, on_gone };

/* --- life ------------------------------------------------------------------ */

/* What a stalled upgrade says: nothing. */
static long swallow(void *user, char *p, size_t len)
{
	SM_UNUSED(user);
	SM_UNUSED(p);
	return (long)len;
}

static void nobody(void *user)
{
	SM_UNUSED(user);
}

static const struct loop_conn_ops silent_ops = { swallow, nobody };

void loop_gateway_upgrade(struct loop_server *s, struct loop_conn *c,
			  const struct loop_http_request *q)
{
	struct loop_session *session = NULL;
	struct loop_gateway *g;

	if (s->fault.stall_upgrade) {
		loop_conn_upgrade(c, &silent_ops, NULL);
		return;
	}
	if (loop_upgrade_answer(s, q, loop_conn_out(c), &session) < 0) {
		s->totals.refused++;
		loop_conn_finish(c);
		return;
	}
	g = sm_mem_zalloc(1, sizeof(*g));
	g->server = s;
	g->session = session;
	g->conn = c;
	g->since_ms = loop_server_now().mono_ms;
	sm_buf_init(&g->partial, PLUG_MESSAGE_MAX);
	loop_relay_init(&g->up, s->options->seed * 2u + session->n_opens,
			deliver_up, g);
	loop_relay_init(&g->down, s->options->seed * 2u + 1u + session->n_opens,
			deliver_down, g);
	(void)snprintf(g->user_agent, sizeof(g->user_agent), "%.*s",
		       SM_STR_ARG(loop_http_header(q, "User-Agent")));
	g->next = s->gateways;
	s->gateways = g;
	loop_conn_upgrade(c, &gateway_ops, g);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Pings and pauses; the next deadline. */
static int64_t step_sending(struct loop_gateway *g, int64_t now)
{
	const struct loop_fault *f = &g->server->fault;
	int64_t next = INT64_MAX;

	if (f->pause_ms != g->pause_ms) {
		g->pause_ms = f->pause_ms;
		if (f->pause_ms) {
			send_control(g, PLUG_MESSAGE_PAUSE);
			g->pause_until_ms = now + f->pause_ms;
		}
	}
	if (g->state == OPEN && g->pause_until_ms) {
		if (now >= g->pause_until_ms) {
			g->pause_until_ms = 0;
			send_control(g, PLUG_MESSAGE_START);
		} else {
			next = g->pause_until_ms;
		}
	}
	if (g->state == OPEN && f->ping_ms) {
		if (now >= g->ping_ms) {
			g->ping_ms = now + f->ping_ms;
			send_frame(g, PLUG_WS_PING, sm_str("loopback"));
		}
		next = earlier(next, g->ping_ms);
	}
	return next;
}

/* Cuts by time and on demand; the next deadline. */
static int64_t step_cuts(struct loop_gateway *g, bool shot, int64_t now)
{
	const struct loop_fault *f = &g->server->fault;
	int64_t at;

	if (shot) {
		cut(g);
		return INT64_MAX;
	}
	if (!f->cut_every_ms)
		return INT64_MAX;
	at = g->since_ms + f->cut_every_ms;
	if (now < at)
		return at;
	cut(g);
	return INT64_MAX;
}

static int64_t gateway_step(struct loop_gateway *g, bool shot, int64_t now)
{
	int64_t next;

	if (g->state == WAIT_OPEN) {
		next = g->since_ms + OPEN_TIMEOUT_MS;
		if (now < next)
			return next;
		finish(g, 1008, "nothing opened");
		return INT64_MAX;
	}
	loop_relay_flush(&g->up, now);
	loop_relay_flush(&g->down, now);
	next = g->state == OPEN ? step_cuts(g, shot, now) : INT64_MAX;
	if (g->state == OPEN)
		next = earlier(next, step_sending(g, now));
	if (g->state != OPEN)
		return INT64_MAX;
	throttle(g, now);
	if (g->look_ms)
		next = earlier(next, g->look_ms);
	next = earlier(next, loop_relay_deadline(&g->up));
	return earlier(next, loop_relay_deadline(&g->down));
}

/* A cut was asked for once, for every channel that is open. */
static bool shot_due(const struct loop_server *s)
{
	const struct loop_fault *f = &s->fault;
	const struct loop_gateway *g;

	if (!f->cut_now &&
	    (!f->close_code || f->cut || f->cut_each || f->cut_every_ms))
		return false;
	for (g = s->gateways; g; g = g->next)
		if (g->state == OPEN)
			return true;
	return false;
}

int64_t loop_gateway_step_all(struct loop_server *s, struct plug_now now)
{
	struct loop_gateway *g, **link = &s->gateways;
	int64_t next = INT64_MAX;
	bool shot = shot_due(s);

	for (g = s->gateways; g; g = g->next)
		if (g->state != GONE)
			next = earlier(next,
				       gateway_step(g, shot, now.mono_ms));
	if (shot) {
		s->fault.cut_now = 0;
		s->fault.close_code = 0;
	}
	while ((g = *link)) {
		if (g->state != GONE) {
			link = &g->next;
			continue;
		}
		*link = g->next;
		loop_relay_release(&g->up);
		loop_relay_release(&g->down);
		sm_buf_release(&g->partial);
		sm_mem_free(g);
	}
	return next;
}

int64_t loop_gateway_deadline_all(const struct loop_server *s)
{
	const struct loop_gateway *g;
	int64_t next = INT64_MAX;

	for (g = s->gateways; g; g = g->next) {
		next = earlier(next, loop_relay_deadline(&g->up));
		next = earlier(next, loop_relay_deadline(&g->down));
	}
	return next;
}
