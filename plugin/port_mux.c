/*
 * Many local connections in one stream. The rule: a local connection and its
 * smux stream end together, except that a local end of input is not passed on
 * at once: smux 1 has no half-close, and the answer to what was sent may still
 * come (PROTOCOL.md 10.6). The FIN goes when the other side ends, when the
 * connection is gone, or when nothing has come for LINGER_MS.
 *
 * Descriptors are few (plugin/limits.h). Connections that only wait for an
 * answer are ended early, oldest first, when they take half of what there is;
 * and nobody is accepted for whom there is none: he waits to be.
 */
#include "common/def.h"
#include "plugin/port_mux.h"

#include "common/mem.h"
#include "plugin/conn.h"
#include "plugin/limits.h"
#include "plugin/port.h"
#include "plugin/wire/smux.h"

#define BUCKETS 1024u
/* Frames waiting for the stream above which local reading stops. */
#define OUT_HIGH ((size_t)256 << 10)
#define OUT_MAX ((size_t)64 << 20)
/* A local side that ended its input, and silence from the other. */
#define LINGER_MS 10000
/* Keep-alive for old agents: PROTOCOL.md 10.6. */
#define NOP_MS 10000
/* Descriptors for everything that is no local connection. */
#define RESERVE 32u
/* A listener for each family (plugin/listener.h). */
#define SERVERS 2

/* Lives as long as its connection, which may outlive its stream. */
struct link {
	struct link *next;          /* in its bucket */
	struct link *older, *newer; /* of those that linger */
	struct port_mux *m;
	uint32_t id;
	struct plug_conn *conn;
	bool closed;       /* its stream is */
	int64_t linger_at; /* loop time of the FIN; 0: not waiting */
};

struct port_mux {
	struct plug_session *s;
	struct plug_listener *listener;
	struct plug_smux *smux;
	struct sm_buf out;
	bool blocked;            /* local reading is stopped: `out` is full */
	bool accepted;           /* the text was said */
	size_t links, links_max; /* open connections */
	size_t lingering;        /* those that ended and wait */
	struct link *oldest, *newest;  /* of them */
	uv_stream_t *waiting[SERVERS]; /* have a connection to be accepted */
	uv_timer_t linger, nop;
	unsigned handles;
	struct link *bucket[BUCKETS];
};

static struct link **find(struct port_mux *m, uint32_t id)
{
	struct link **p = &m->bucket[(id >> 1) % BUCKETS];

	while (*p && (*p)->id != id)
		p = &(*p)->next;
	return p;
}

/* ---- to the stream ---- */

static void read_all(struct port_mux *m, bool on)
{
	struct link *l, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (l = m->bucket[i]; l; l = next) {
			next = l->next; /* a failing read removes its link */
			if (!l->closed)
				plug_conn_read(l->conn, on);
		}
	}
}

static void drain(struct port_mux *m)
{
	struct plug_channel *ch = m->s->channel;
	size_t n = plug_channel_room(ch);

	if (n > m->out.len)
		n = m->out.len;
	if (n && plug_channel_write(ch, PLUG_PAYLOAD_OUTPUT,
				    sm_str_n(m->out.ptr, n)) == 0)
		sm_buf_consume(&m->out, n);
	if (m->out.len)
		plug_channel_want_room(ch);
	if (!m->blocked && m->out.len > OUT_HIGH) {
		m->blocked = true;
		read_all(m, false);
	}
}

static void room(void *state)
{
	struct port_mux *m = state;

	drain(m);
	if (m->blocked && m->out.len < OUT_HIGH / 2) {
		m->blocked = false;
		read_all(m, true);
		if (m->out.len)
			plug_channel_want_room(m->s->channel);
	}
}

/* ---- links ---- */

/* The link of a stream that is open, or NULL. */
static struct link *open_link(struct port_mux *m, uint32_t id)
{
	struct link *l = *find(m, id);

	return l && !l->closed ? l : NULL;
}

static void stop_linger(struct link *l)
{
	struct port_mux *m = l->m;

	if (!l->linger_at)
		return;
	l->linger_at = 0;
	m->lingering--;
	*(l->older ? &l->older->newer : &m->oldest) = l->newer;
	*(l->newer ? &l->newer->older : &m->newest) = l->older;
	l->older = l->newer = NULL;
}

/* Close the stream: FIN to the other side. The connection is the caller's. */
static void close_stream(struct link *l)
{
	struct port_mux *m = l->m;

	if (l->closed)
		return;
	l->closed = true;
	stop_linger(l);
	plug_smux_release(m->smux, plug_conn_queued(l->conn));
	(void)plug_smux_close(m->smux, &m->out, l->id); /* unknown: closed */
	drain(m);
}

/* The connection is no more. */
static void forget(struct link *l)
{
	struct port_mux *m = l->m;

	*find(m, l->id) = l->next;
	m->links--;
	sm_mem_free(l);
}

static void check_hold(struct port_mux *m)
{
	plug_session_hold(m->s, plug_smux_full(m->smux));
}

/* What is lingering longest and has nothing more to say, gives way. */
static void end_oldest(struct port_mux *m)
{
	struct link *l = m->oldest;
	struct plug_conn *c = l->conn;

	close_stream(l);
	if (plug_conn_queued(c)) {
		plug_conn_finish(c);
		return;
	}
	forget(l);
	plug_conn_close(c);
}

static void on_linger(uv_timer_t *h)
{
	struct port_mux *m = h->data;
	int64_t now = (int64_t)uv_now(h->loop);

	while (m->oldest && m->oldest->linger_at <= now)
		end_oldest(m);
	if (!m->oldest)
		(void)uv_timer_stop(&m->linger);
}

static void linger(struct link *l)
{
	struct port_mux *m = l->m;

	stop_linger(l);
	l->linger_at = (int64_t)uv_now(&m->s->loop) + LINGER_MS;
	l->older = m->newest;
	*(m->newest ? &m->newest->newer : &m->oldest) = l;
	m->newest = l;
	m->lingering++;
	if (m->lingering > m->links_max / 2)
		end_oldest(m);
	if (!uv_is_active((uv_handle_t *)&m->linger))
		(void)uv_timer_start(&m->linger, on_linger, 1000, 1000);
}

/* ---- local connections ---- */

static void on_data(void *user, struct plug_conn *c, struct sm_str bytes)
{
	struct port_mux *m = user;

	if (plug_smux_send(m->smux, &m->out, plug_conn_tag(c), bytes) < 0) {
		plug_conn_read(c, false); /* its stream is closed */
		return;
	}
	drain(m);
	if (m->blocked)
		plug_conn_read(c, false);
}

static void accept_waiting(struct port_mux *m);

static void on_end(void *user, struct plug_conn *c)
{
	struct port_mux *m = user;
	struct link *l = open_link(m, plug_conn_tag(c));

	if (!l)
		return;
	linger(l);
	if (m->waiting[0] || m->waiting[1]) {
		end_oldest(m);
		accept_waiting(m);
	}
}

static void on_gone(void *user, struct plug_conn *c)
{
	struct port_mux *m = user;
	struct link *l = *find(m, plug_conn_tag(c));

	close_stream(l);
	forget(l);
	check_hold(m);
	accept_waiting(m);
}

static void on_written(void *user, struct plug_conn *c, size_t bytes)
{
	struct port_mux *m = user;

	/* of a closed stream everything was released already */
	if (open_link(m, plug_conn_tag(c))) {
		plug_smux_release(m->smux, bytes);
		check_hold(m);
	}
}

static void serve(struct port_mux *m, uv_stream_t *server)
{
	static const struct plug_conn_ops ops = { on_data, on_end, on_gone,
						  on_written };
	struct link *l, **p;
	uint32_t id;

	if (plug_smux_open(m->smux, &m->out, &id) < 0) {
		sm_log_err(m->s->c.log, "too many connections");
		return;
	}
	l = sm_mem_zalloc(1, sizeof(*l));
	l->m = m;
	l->id = id;
	l->conn = plug_conn_accept(server, &ops, m, id);
	if (!l->conn) {
		sm_mem_free(l);
		(void)plug_smux_close(m->smux, &m->out, id);
		return;
	}
	p = find(m, id);
	*p = l;
	m->links++;
	if (!m->accepted) {
		m->accepted = true;
		plug_session_say(m->s,
				 "\nConnection accepted for session [%.*s]\n",
				 SM_STR_ARG(m->s->c.request->session_id));
	}
	plug_events_put(m->s->events, "accepted");
	drain(m);
	if (!m->blocked)
		plug_conn_read(l->conn, true);
}

/* Room for one more? Whoever only waits for an answer gives way. */
static bool is_room(struct port_mux *m)
{
	while (m->links >= m->links_max && m->oldest)
		end_oldest(m);
	return m->links < m->links_max;
}

/* Ends nobody: whoever walks through the links may be our caller. */
static void accept_waiting(struct port_mux *m)
{
	uv_stream_t *server;
	size_t i;

	for (i = 0; i < SERVERS && m->links < m->links_max; i++) {
		server = m->waiting[i];
		if (!server)
			continue;
		m->waiting[i] = NULL;
		serve(m, server);
	}
}

static void on_incoming(void *user, uv_stream_t *server)
{
	struct port_mux *m = user;

	if (is_room(m)) {
		serve(m, server);
		return;
	}
	sm_log_warn(m->s->c.log, "no descriptor for one more connection");
	m->waiting[m->waiting[0] != NULL] = server;
}

/* ---- from the stream ---- */

static void on_smux_data(void *user, uint32_t id, struct sm_str bytes)
{
	struct port_mux *m = user;
	struct link *l = open_link(m, id);
	size_t waits;

	if (!l)
		return;
	if (l->linger_at)
		linger(l); /* it still speaks */
	/* held first: a failing write releases through on_gone */
	waits = plug_conn_queued(l->conn);
	plug_smux_hold(m->smux, bytes.len);
	(void)plug_conn_write(l->conn, bytes);
	l = open_link(m, id);
	if (!l)
		plug_smux_release(m->smux, bytes.len);
	else
		plug_smux_release(m->smux,
				  bytes.len -
					  (plug_conn_queued(l->conn) - waits));
}

static void on_smux_fin(void *user, uint32_t id)
{
	struct port_mux *m = user;
	struct link *l = open_link(m, id);

	if (!l)
		return;
	close_stream(l);
	plug_conn_finish(l->conn);
}

static int deliver(void *state, uint32_t type, struct sm_str payload)
{
	struct port_mux *m = state;
	struct sm_err e = SM_ERR_INIT;
	uint32_t flag;
	int r;

	if (type == PLUG_PAYLOAD_FLAG) {
		if (plug_payload_flag_get(&flag, payload) == 0 &&
		    flag == PLUG_FLAG_CONNECT_ERROR) {
			plug_session_say(m->s,
					 "\nConnection to destination port "
					 "failed, check SSM Agent logs.\n");
			plug_events_put(m->s->events, "remote_refused");
		}
		return 0;
	}
	if (type != PLUG_PAYLOAD_OUTPUT || !m->smux)
		return 0;
	if ((r = plug_smux_input(m->smux, payload)) < 0) {
		(void)sm_err_set(&e, r, "invalid protocol");
		plug_session_fail(m->s, r, &e);
		return 0;
	}
	check_hold(m);
	return 0;
}

/* ---- life ---- */

static void on_nop(uv_timer_t *h)
{
	struct port_mux *m = h->data;

	(void)plug_smux_nop(m->smux, &m->out);
	drain(m);
}

static int start(struct plug_session *s, void **state, struct sm_err *e)
{
	static const struct plug_smux_ops ops = { NULL, on_smux_data,
						  on_smux_fin };
	struct port_mux *m = sm_mem_zalloc(1, sizeof(*m));

	*state = m;
	m->s = s;
	sm_buf_init(&m->out, OUT_MAX);
	(void)uv_timer_init(&s->loop, &m->linger);
	(void)uv_timer_init(&s->loop, &m->nop);
	m->linger.data = m->nop.data = m;
	m->handles = 2;
	m->smux = plug_smux_new(PLUG_ROLE_CLIENT, &ops, m);
	m->links_max = plug_limits_raise() - RESERVE;
	m->listener = plug_port_listen(s, on_incoming, m,
				       "Waiting for connections...\n", e);
	if (!m->listener)
		return e->code ? e->code : SM_EIO;
	if (!plug_handshake_gate(PLUG_GATE_NO_KEEPALIVE,
				 s->query.agent_version))
		(void)uv_timer_start(&m->nop, on_nop, NOP_MS, NOP_MS);
	return 0;
}

static bool on_signal(void *state, enum plug_signal sig)
{
	struct port_mux *m = state;

	SM_UNUSED(sig);
	plug_port_interrupt(m->s);
	return true;
}

static void on_closed(uv_handle_t *h)
{
	struct port_mux *m = h->data;

	if (--m->handles)
		return;
	sm_buf_release(&m->out);
	sm_mem_free(m);
}

static void stop(void *state)
{
	struct port_mux *m = state;
	struct link *l;
	size_t i;

	plug_listener_free(m->listener);
	for (i = 0; i < BUCKETS; i++) {
		while ((l = m->bucket[i])) {
			m->bucket[i] = l->next;
			plug_conn_close(l->conn);
			sm_mem_free(l);
		}
	}
	plug_smux_free(m->smux);
	uv_close((uv_handle_t *)&m->linger, on_closed);
	uv_close((uv_handle_t *)&m->nop, on_closed);
}

const struct plug_kind plug_port_mux_kind = {
	.name = "port_mux",
	.start = start,
	.deliver = deliver,
	.room = room,
	.signal = on_signal,
	.stop = stop,
};
