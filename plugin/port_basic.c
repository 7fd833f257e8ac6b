/*
 * Forwarding for agents without multiplexing: one local connection at a time,
 * the next one waits. When a local connection ends the agent is told (flag 1)
 * and closes its own; it dials again for the next byte it is given (PROTOCOL.md
 * 10.3). So whatever comes before that byte belongs to the old connection and
 * is dropped; and that byte is not sent before the flag is acknowledged and
 * what the agent had under way has stopped coming.
 */
#include "common/def.h"
#include "plugin/port_basic.h"

#include "common/mem.h"
#include "plugin/conn.h"
#include "plugin/port.h"
#include "plugin/remote.h"

struct port_basic {
	struct plug_session *s;
	struct plug_listener *listener;
	struct plug_conn *conn; /* NULL between connections */
	struct plug_conn *last; /* the one before, which has yet to read */
	uv_stream_t *waiting;   /* a server with the next one */
	bool accepted;          /* the text was said */
	bool closing;           /* flag 1 went out, the next one has to wait */
	bool stale;             /* what comes is the old connection's */
	bool interrupted;
	uint64_t dropped_ms; /* when some of that came last */
	uv_timer_t poll;     /* looks for the end of `closing` */
};

#define POLL_MS 20
#define QUIET_MS 100 /* nothing more of the old connection for so long */

static void serve(struct port_basic *b);

static void send_flag(struct port_basic *b, enum plug_flag flag)
{
	struct sm_buf buf = SM_BUF_INIT(16);

	(void)plug_payload_flag_put(&buf, flag);
	(void)plug_channel_write(b->s->channel, PLUG_PAYLOAD_FLAG,
				 sm_buf_str(&buf)); /* always accepted */
	sm_buf_release(&buf);
}

static void on_poll(uv_timer_t *h)
{
	struct port_basic *b = h->data;

	if (plug_channel_pending(b->s->channel)) {
		b->dropped_ms = uv_now(h->loop);
		return;
	}
	if (uv_now(h->loop) - b->dropped_ms < QUIET_MS)
		return;
	(void)uv_timer_stop(h);
	b->closing = false;
	serve(b);
}

/* ---- the local connection ---- */

static void on_data(void *user, struct plug_conn *c, struct sm_str bytes)
{
	struct port_basic *b = user;

	b->stale = false;
	/* reads are smaller than what is left of the queue: see below */
	(void)plug_channel_write(b->s->channel, PLUG_PAYLOAD_OUTPUT, bytes);
	if (plug_channel_room(b->s->channel) < PLUG_STREAM_QUEUE / 4) {
		plug_conn_read(c, false);
		plug_channel_want_room(b->s->channel);
	}
}

static void ended(struct port_basic *b)
{
	b->conn = NULL;
	b->closing = b->stale = true;
	b->dropped_ms = uv_now(&b->s->loop);
	plug_session_hold(b->s, false);
	send_flag(b, PLUG_FLAG_DISCONNECT);
	(void)uv_timer_start(&b->poll, on_poll, POLL_MS, POLL_MS);
}

static void on_end(void *user, struct plug_conn *c)
{
	struct port_basic *b = user;

	/* it had the time of a whole connection to read what it was sent */
	if (b->last)
		plug_conn_close(b->last);
	b->last = c;
	ended(b);
	plug_conn_finish(c);
}

static void on_gone(void *user, struct plug_conn *c)
{
	struct port_basic *b = user;

	if (b->last == c)
		b->last = NULL;
	if (b->conn == c)
		ended(b);
}

static void on_written(void *user, struct plug_conn *c, size_t bytes)
{
	struct port_basic *b = user;

	SM_UNUSED(bytes);
	if (b->conn == c && plug_conn_queued(c) < PLUG_SINK_LOW)
		plug_session_hold(b->s, false);
}

static void serve(struct port_basic *b)
{
	static const struct plug_conn_ops ops = { on_data, on_end, on_gone,
						  on_written };

	if (!b->waiting || b->conn || b->closing)
		return;
	b->conn = plug_conn_accept(b->waiting, &ops, b, 0);
	b->waiting = NULL;
	if (!b->conn)
		return;
	if (!b->accepted) {
		b->accepted = true;
		plug_session_say(b->s,
				 "Connection accepted for session %.*s.\n",
				 SM_STR_ARG(b->s->c.request->session_id));
	}
	plug_events_put(b->s->events, "accepted");
	plug_conn_read(b->conn, true);
	plug_channel_redeliver(b->s->channel);
}

static void on_incoming(void *user, uv_stream_t *server)
{
	struct port_basic *b = user;

	b->waiting = server;
	serve(b);
}

/* ---- the kind ---- */

static int deliver(void *state, uint32_t type, struct sm_str payload)
{
	struct port_basic *b = state;

	if (type != PLUG_PAYLOAD_OUTPUT)
		return 0;
	if (b->stale) {
		b->dropped_ms = uv_now(&b->s->loop);
		return 0;
	}
	if (!b->conn)
		return SM_EAGAIN; /* PROTOCOL.md 10.4 */
	(void)plug_conn_write(b->conn, payload);
	if (b->conn && plug_conn_queued(b->conn) > PLUG_SINK_HIGH)
		plug_session_hold(b->s, true);
	return 0;
}

static void room(void *state)
{
	struct port_basic *b = state;

	if (b->conn)
		plug_conn_read(b->conn, true);
}

static int start(struct plug_session *s, void **state, struct sm_err *e)
{
	struct port_basic *b = sm_mem_zalloc(1, sizeof(*b));

	*state = b;
	b->s = s;
	(void)uv_timer_init(&s->loop, &b->poll);
	b->poll.data = b;
	b->listener = plug_port_listen(s, on_incoming, b, "", e);
	if (!b->listener)
		return e->code ? e->code : SM_EIO;
	return 0;
}

static bool on_signal(void *state, enum plug_signal sig)
{
	struct port_basic *b = state;

	SM_UNUSED(sig);
	if (plug_handshake_gate(PLUG_GATE_TERMINATE_FLAG,
				b->s->query.agent_version)) {
		plug_port_interrupt(b->s);
	} else if (b->interrupted) {
		plug_session_end(b->s, PLUG_STATUS_DONE, false);
	} else {
		/* the agent knows no flag: ask the service, and wait for the
		 * end (asking again does not wait) */
		b->interrupted = true;
		plug_session_say(b->s, "Terminate signal received, exiting.\n");
		plug_remote_terminate(b->s->remote, NULL, NULL);
	}
	return true;
}

static void on_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

static void stop(void *state)
{
	struct port_basic *b = state;

	plug_listener_free(b->listener);
	if (b->conn)
		plug_conn_close(b->conn);
	if (b->last)
		plug_conn_close(b->last);
	uv_close((uv_handle_t *)&b->poll, on_closed);
}

const struct plug_kind plug_port_basic_kind = {
	.name = "port_basic",
	.start = start,
	.deliver = deliver,
	.room = room,
	.signal = on_signal,
	.stop = stop,
};
