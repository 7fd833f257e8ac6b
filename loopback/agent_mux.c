/*
 * smux on one side, a TCP connection per stream on the other.
 *
 * Invariant: a stream is in the table exactly as long as it has a connection
 * that may still call back. As in the official agent, the end of either side
 * closes both; what the client had sent is still written.
 */
#include "common/def.h"
#include "loopback/agent_mux.h"

#include "common/mem.h"
#include "loopback/agent_port.h"
#include "loopback/server.h"
#include "plugin/wire/handshake.h"
#include "plugin/wire/smux.h"

#define BUCKETS 1024u /* power of two */
/* Frames that wait for room in the stream: FINs above all. */
#define OUT_MAX ((size_t)8 << 20)
/* PROTOCOL.md 7.7, 10.6. */
#define CLIENT_NO_KEEPALIVE "1.2.331.1"
#define NOP_MS 10000
#define CHECK_MS 30000

struct mux;

struct stream {
	struct stream *next; /* in its bucket */
	struct mux *mux;
	struct loop_dial *dial;
	uint32_t id;
	size_t held; /* bytes the connection has not taken */
};

struct mux {
	struct loop_agent *agent;
	struct plug_smux *smux;
	struct stream *bucket[BUCKETS];
	struct sm_buf out; /* frames for which the stream had no room */
	size_t held;
	bool starved; /* a connection stopped reading for want of room */
	bool keepalive;
	int64_t nop_ms, check_ms;
	uint64_t frames; /* at the last check */
};

/* Client ids are odd: the lowest bit says nothing. */
static struct stream **bucket_of(struct mux *m, uint32_t id)
{
	return &m->bucket[(id >> 1) & (BUCKETS - 1)];
}

static struct stream *stream_find(struct mux *m, uint32_t id)
{
	struct stream *s = *bucket_of(m, id);

	while (s && s->id != id)
		s = s->next;
	return s;
}

/* Hand over what the session's stream takes now. */
static void push(struct mux *m)
{
	size_t n = loop_agent_room(m->agent);

	if (n > m->out.len)
		n = m->out.len;
	if (!n)
		return;
	loop_agent_write(m->agent, PLUG_PAYLOAD_OUTPUT,
			 sm_str_n(m->out.ptr, n));
	sm_buf_consume(&m->out, n);
}

/* The stream ends on both sides; `now`: what is queued is thrown away. */
static void stream_end(struct stream *s, bool now)
{
	struct mux *m = s->mux;
	struct stream **link = bucket_of(m, s->id);

	while (*link != s)
		link = &(*link)->next;
	*link = s->next;
	plug_smux_release(m->smux, s->held);
	m->held -= s->held;
	(void)plug_smux_close(m->smux, &m->out, s->id);
	if (now)
		loop_dial_close(s->dial);
	else
		loop_dial_finish(s->dial);
	sm_mem_free(s);
	push(m);
}

/* --- the connections ------------------------------------------------------- */

static void on_connected(void *user, const struct sm_err *e)
{
	struct stream *s = user;
	struct sm_buf flag = SM_BUF_INIT(16);
	struct mux *m = s->mux;

	if (!e)
		return;
	sm_log_info(loop_agent_server(m->agent)->log, "stream %u: %s", s->id,
		    e->msg);
	(void)plug_payload_flag_put(&flag, PLUG_FLAG_CONNECT_ERROR);
	loop_agent_write(m->agent, PLUG_PAYLOAD_FLAG, sm_buf_str(&flag));
	sm_buf_release(&flag);
	stream_end(s, true);
}

static size_t on_room(void *user)
{
	struct stream *s = user;
	struct mux *m = s->mux;
	size_t room = loop_agent_room(m->agent);
	size_t used = m->out.len + PLUG_SMUX_HEADER;

	if (room > used)
		return room - used;
	m->starved = true;
	return 0;
}

static void on_data(void *user, struct sm_str bytes)
{
	struct stream *s = user;

	(void)plug_smux_send(s->mux->smux, &s->mux->out, s->id, bytes);
	push(s->mux);
}

static void on_eof(void *user)
{
	stream_end(user, true);
}

static void on_written(void *user, size_t bytes)
{
	struct stream *s = user;

	if (bytes > s->held)
		bytes = s->held;
	s->held -= bytes;
	s->mux->held -= bytes;
	plug_smux_release(s->mux->smux, bytes);
}

static const struct loop_dial_ops dial_ops = { on_connected, on_room, on_data,
					       on_eof, on_written };

/* --- the client's frames --------------------------------------------------- */

static void on_opened(void *user, uint32_t id)
{
	struct mux *m = user;
	struct stream *s = sm_mem_zalloc(1, sizeof(*s));
	struct stream **at = bucket_of(m, id);

	s->mux = m;
	s->id = id;
	s->next = *at;
	*at = s;
	s->dial = loop_agent_port_dial(m->agent, &dial_ops, s);
}

static void on_stream_data(void *user, uint32_t id, struct sm_str bytes)
{
	struct mux *m = user;
	struct stream *s = stream_find(m, id);

	if (!s)
		return;
	s->held += bytes.len;
	m->held += bytes.len;
	plug_smux_hold(m->smux, bytes.len);
	loop_dial_write(s->dial, bytes);
}

static void on_fin(void *user, uint32_t id)
{
	struct mux *m = user;
	struct stream *s = stream_find(m, id);

	if (s)
		stream_end(s, false);
}

static const struct plug_smux_ops smux_ops = { on_opened, on_stream_data,
					       on_fin };

/* --- the kind -------------------------------------------------------------- */

static void *mux_start(struct loop_agent *a, struct sm_err *e)
{
	const char *version = loop_agent_server(a)->options->agent_version;
	struct mux *m = sm_mem_zalloc(1, sizeof(*m));
	int64_t now = loop_server_now().mono_ms;

	SM_UNUSED(e);
	m->agent = a;
	m->smux = plug_smux_new(PLUG_ROLE_AGENT, &smux_ops, m);
	sm_buf_init(&m->out, OUT_MAX);
	m->keepalive =
		!plug_handshake_gate(PLUG_GATE_NO_KEEPALIVE, sm_str(version)) ||
		!loop_agent_port_client_is(a, CLIENT_NO_KEEPALIVE);
	m->nop_ms = now + NOP_MS;
	m->check_ms = now + CHECK_MS;
	return m;
}

static int mux_input(void *state, uint32_t type, struct sm_str payload)
{
	struct mux *m = state;
	uint32_t flag = 0;

	if (type == PLUG_PAYLOAD_FLAG) {
		(void)plug_payload_flag_get(&flag, payload);
		if (flag == PLUG_FLAG_TERMINATE)
			loop_agent_finish(m->agent, "");
	}
	if (type != PLUG_PAYLOAD_OUTPUT)
		return 0;
	if (plug_smux_full(m->smux))
		return SM_EAGAIN;
	if (plug_smux_input(m->smux, payload) < 0)
		loop_agent_finish(m->agent, "smux: invalid protocol");
	return 0;
}

/* NOPs to the client, and its silence. Returns the next deadline. */
static int64_t keepalive(struct mux *m, int64_t now)
{
	if (!m->keepalive)
		return INT64_MAX;
	if (now >= m->nop_ms) {
		m->nop_ms = now + NOP_MS;
		(void)plug_smux_nop(m->smux, &m->out);
	}
	if (now >= m->check_ms) {
		m->check_ms = now + CHECK_MS;
		if (plug_smux_frames(m->smux) == m->frames)
			loop_agent_finish(m->agent, "");
		m->frames = plug_smux_frames(m->smux);
	}
	return m->nop_ms < m->check_ms ? m->nop_ms : m->check_ms;
}

static int64_t mux_step(void *state, int64_t now)
{
	struct mux *m = state;
	int64_t next = keepalive(m, now);
	struct stream *s;
	size_t i;

	push(m);
	if (m->out.err)
		loop_agent_finish(m->agent, "too many frames wait");
	if (!m->starved || m->out.len || !loop_agent_room(m->agent))
		return next;
	m->starved = false;
	for (i = 0; i < BUCKETS; i++)
		for (s = m->bucket[i]; s; s = s->next)
			loop_dial_pump(s->dial);
	return next;
}

static size_t mux_backlog(const void *state)
{
	const struct mux *m = state;

	return m->held;
}

static void mux_stop(void *state)
{
	struct mux *m = state;
	struct stream *s;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		while ((s = m->bucket[i])) {
			m->bucket[i] = s->next;
			loop_dial_finish(s->dial);
			sm_mem_free(s);
		}
	}
	plug_smux_free(m->smux);
	sm_buf_release(&m->out);
	sm_mem_free(m);
}

const struct loop_agent_ops loop_agent_mux_ops = { true,        mux_start,
						   mux_input,   mux_step,
						   mux_backlog, mux_stop };
