/*
 * The WebSocket. libcurl connects (name, proxy, TLS, upgrade) through its
 * multi interface on the loop, and decodes incoming frames; outgoing frames
 * are made here into one buffer, so that a turn of the loop costs one send.
 *
 * Rules: `ops` is never called from inside a libcurl callback, and after
 * `down` nothing of the old connection is left. A TLS send that was refused
 * is repeated with the same bytes at its start and at least as many.
 */
#include "common/def.h"
#include "plugin/transport.h"

#include <curl/curl.h>

#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/random.h"
#include "plugin/upgrade.h"
#include "plugin/wire/message.h"
#include "plugin/wire/wsframe.h"

#define READ_SIZE ((size_t)256 << 10)
/* Bytes read in one turn, so that input cannot starve output. */
#define READ_TURN ((size_t)1 << 20)
/* One TLS record: BUILDING.md 9.2. */
#define TLS_SEND 16384u
/* The hard end of the outgoing buffer; PLUG_TRANSPORT_OUT is the soft one. */
#define OUT_MAX ((size_t)64 << 20)
#define TICK_MS 5000
/* A gap of ticks this long means that the machine was asleep. */
#define SLEEP_MS 30000
#define MASKS 1024u

enum state {
	IDLE,
	DIALLING,
	OPEN,
	CLOSING /* our close frame is queued or sent */
};

struct plug_transport {
	uv_loop_t *loop;
	const struct plug_transport_ops *ops;
	void *user;
	struct sm_log *log;
	CURLM *multi;
	struct plug_upgrade up; /* has the handle of the connection */
	uv_timer_t curl_timer, deadline, tick;
	uv_idle_t again;  /* libcurl may hold bytes that poll cannot see */
	unsigned handles; /* open ones, for the end */
	uv_poll_t *poll;  /* of the open connection */
	int poll_events;
	enum state state;
	bool tls, held, freed;
	int64_t limit_ms; /* of this attempt */
	int64_t ping_ms, ping_at, rx_at, held_at, tick_at;
	int64_t asked_at; /* first ping that is not answered */
	bool ping_open, pong_seen;
	struct sm_buf out;
	size_t out_off;
	struct sm_buf part;    /* fragments of a message */
	struct sm_buf control; /* payload of a control frame */
	unsigned char masks[MASKS][4];
	unsigned n_masks;
	char read[READ_SIZE];
};

static void check_done(struct plug_transport *t);
static void want(struct plug_transport *t);

/* ---- poll handles for libcurl while it connects ---- */

struct watch {
	uv_poll_t h;
	struct plug_transport *t;
	curl_socket_t fd;
};

static void on_watch_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

static void on_watch(uv_poll_t *h, int status, int events)
{
	struct watch *w = h->data;
	struct plug_transport *t = w->t;
	int bits = 0, running;

	if (status < 0)
		bits = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		bits |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		bits |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(t->multi, w->fd, bits, &running);
	check_done(t);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user,
			  void *socket)
{
	struct plug_transport *t = user;
	struct watch *w = socket;
	int events = 0;

	SM_UNUSED(easy);
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			(void)curl_multi_assign(t->multi, fd, NULL);
			uv_close((uv_handle_t *)&w->h, on_watch_closed);
		}
		return 0;
	}
	if (!w) {
		w = sm_mem_zalloc(1, sizeof(*w));
		w->t = t;
		w->fd = fd;
		if (uv_poll_init_socket(t->loop, &w->h, fd) < 0) {
			sm_mem_free(w);
			return -1;
		}
		w->h.data = w;
		(void)curl_multi_assign(t->multi, fd, w);
	}
	if (what != CURL_POLL_OUT)
		events |= UV_READABLE;
	if (what != CURL_POLL_IN)
		events |= UV_WRITABLE;
	return uv_poll_start(&w->h, events, on_watch) < 0 ? -1 : 0;
}

static void on_curl_timer(uv_timer_t *h)
{
	struct plug_transport *t = h->data;
	int running;

	(void)curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0,
				       &running);
	check_done(t);
}

static int on_curl_timeout(CURLM *multi, long ms, void *user)
{
	struct plug_transport *t = user;

	SM_UNUSED(multi);
	if (t->freed)
		return 0;
	if (ms < 0)
		(void)uv_timer_stop(&t->curl_timer);
	else
		(void)uv_timer_start(&t->curl_timer, on_curl_timer,
				     (uint64_t)ms, 0);
	return 0;
}

/* ---- the end of a connection ---- */

static void disconnect(struct plug_transport *t)
{
	t->state = IDLE;
	if (t->poll) {
		uv_close((uv_handle_t *)t->poll, on_watch_closed);
		t->poll = NULL;
	}
	t->poll_events = 0;
	if (!t->freed) {
		(void)uv_timer_stop(&t->deadline);
		(void)uv_timer_stop(&t->tick);
		(void)uv_idle_stop(&t->again);
	}
	if (t->up.easy)
		(void)curl_multi_remove_handle(t->multi, t->up.easy);
	plug_upgrade_release(&t->up);
	sm_buf_clear(&t->out);
	t->out_off = 0;
	sm_buf_clear(&t->part);
	sm_buf_clear(&t->control);
	t->ping_open = false;
	t->pong_seen = false;
}

static void down(struct plug_transport *t, struct plug_transport_end *end)
{
	end->was_open = t->state == OPEN || t->state == CLOSING;
	disconnect(t);
	sm_log_info(t->log, "connection ended: %s", sm_err_msg(&end->err));
	if (!t->freed)
		t->ops->down(t->user, end);
}

static void down_with(struct plug_transport *t, int code, const char *text)
{
	struct plug_transport_end end = { 0 };

	end.code = code;
	(void)sm_err_set(&end.err, code, "%s", text);
	down(t, &end);
}

/* ---- out ---- */

static const unsigned char *next_mask(struct plug_transport *t)
{
	if (!t->n_masks) {
		sm_os_random(t->masks, sizeof(t->masks));
		t->n_masks = MASKS;
	}
	return t->masks[--t->n_masks];
}

static void frame(struct plug_transport *t, enum plug_ws_opcode op,
		  struct sm_str payload)
{
	if (t->state != OPEN)
		return;
	/* the error sticks in the buffer; flush looks at it */
	(void)plug_wsframe_put(&t->out, op, payload, next_mask(t));
}

void plug_transport_text(struct plug_transport *t, struct sm_str text)
{
	frame(t, PLUG_WS_TEXT, text);
}

void plug_transport_binary(struct plug_transport *t, struct sm_str message)
{
	frame(t, PLUG_WS_BINARY, message);
}

size_t plug_transport_queued(const struct plug_transport *t)
{
	return t->out.len - t->out_off;
}

size_t plug_transport_room(const struct plug_transport *t)
{
	size_t n = plug_transport_queued(t);

	if (t->state != OPEN || n >= PLUG_TRANSPORT_OUT)
		return 0;
	return PLUG_TRANSPORT_OUT - n;
}

/* One send of the front; 1 to go on, 0 to wait for the socket. */
static int send_some(struct plug_transport *t, CURLcode *c)
{
	size_t n = plug_transport_queued(t), sent = 0;

	/* never fewer than the last try: the front only moves on success */
	if (t->tls && n > TLS_SEND)
		n = TLS_SEND;
	*c = curl_ws_send(t->up.easy, t->out.ptr + t->out_off, n, &sent, 0, 0);
	t->out_off += sent;
	return *c == CURLE_OK && sent > 0;
}

void plug_transport_flush(struct plug_transport *t)
{
	CURLcode c = CURLE_OK;

	if (t->state != OPEN && t->state != CLOSING)
		return;
	if (t->out.err) {
		down_with(t, SM_ELIMIT, "too much is waiting to be sent");
		return;
	}
	while (plug_transport_queued(t) && send_some(t, &c))
		;
	if (c != CURLE_OK && c != CURLE_AGAIN) {
		struct plug_transport_end end = { 0 };

		end.code = SM_ENET;
		(void)sm_err_set(&end.err, SM_ENET, "cannot send: %s",
				 curl_easy_strerror(c));
		down(t, &end);
		return;
	}
	if (!plug_transport_queued(t)) {
		sm_buf_clear(&t->out);
		t->out_off = 0;
	} else if (t->out_off > PLUG_TRANSPORT_OUT) {
		sm_buf_consume(&t->out, t->out_off);
		t->out_off = 0;
	}
	want(t);
}

/* ---- pings ---- */

static void ping(struct plug_transport *t)
{
	/* PROTOCOL.md 3.6 */
	frame(t, PLUG_WS_PING, sm_str("keepalive"));
	t->ping_at = sm_os_clock_mono_ms();
	if (!t->ping_open)
		t->asked_at = t->ping_at;
	t->ping_open = true;
}

void plug_transport_probe(struct plug_transport *t)
{
	if (t->state == OPEN && !t->ping_open && !t->held)
		ping(t);
}

/*
 * A peer that answered once and is silent now is gone. One that never
 * answers pings is left alone, and so is one that we do not listen to.
 */
static void on_tick(uv_timer_t *h)
{
	struct plug_transport *t = h->data;
	int64_t now = sm_os_clock_mono_ms();
	bool slept = now - t->tick_at > SLEEP_MS;

	t->tick_at = now;
	if (t->ping_open && t->rx_at > t->asked_at)
		t->ping_open = false;
	if (slept && t->ping_open)
		t->asked_at = now; /* the wait begins when we are awake */
	if (t->ping_open && t->pong_seen && !t->held &&
	    now - t->held_at > PLUG_TRANSPORT_PONG_MS &&
	    now - t->asked_at > PLUG_TRANSPORT_PONG_MS) {
		down_with(t, SM_ETIMEOUT, "the service does not answer");
		return;
	}
	if (now - t->ping_at >= t->ping_ms || (slept && !t->ping_open))
		ping(t);
}

/* ---- in ---- */

static void on_close_frame(struct plug_transport *t)
{
	struct plug_transport_end end = { 0 };
	struct sm_str p = sm_buf_str(&t->control);

	end.code = SM_ENET;
	if (p.len >= 2) {
		end.close = (unsigned char)p.ptr[0] << 8 |
			    (unsigned char)p.ptr[1];
		frame(t, PLUG_WS_CLOSE, sm_str_sub(p, 0, 2));
	} else {
		end.close = 1005; /* RFC 6455 7.1.5: no code */
		frame(t, PLUG_WS_CLOSE, sm_str_n(NULL, 0));
	}
	(void)sm_err_set(&end.err, SM_ENET,
			 "the service closed the connection with code %d",
			 end.close);
	if (t->state == OPEN) {
		CURLcode c;

		while (plug_transport_queued(t) && send_some(t, &c))
			;
	}
	down(t, &end);
}

static void on_control(struct plug_transport *t, int flags)
{
	if (flags & CURLWS_PING) {
		frame(t, PLUG_WS_PONG, sm_buf_str(&t->control));
	} else if (flags & CURLWS_PONG) {
		t->ping_open = false;
		t->pong_seen = true;
	} else {
		on_close_frame(t);
		return;
	}
	sm_buf_clear(&t->control);
}

/* One piece of a data frame; whole messages are passed on without a copy. */
static void on_data(struct plug_transport *t, struct sm_str piece,
		    const struct curl_ws_frame *m)
{
	bool last = m->bytesleft == 0 && !(m->flags & CURLWS_CONT);

	if (!t->part.len && last) {
		if (t->state == OPEN)
			t->ops->message(t->user, piece);
		return;
	}
	/* a frame that says it is endless would swallow all that follows */
	if (m->bytesleft > (curl_off_t)PLUG_MESSAGE_MAX ||
	    sm_buf_put_str(&t->part, piece) < 0) {
		down_with(t, SM_ELIMIT, "a message is too long");
		return;
	}
	if (!last)
		return;
	if (t->state == OPEN)
		t->ops->message(t->user, sm_buf_str(&t->part));
	sm_buf_clear(&t->part);
}

/* Returns the bytes read, 0 when there are none now or the end came. */
static size_t read_once(struct plug_transport *t)
{
	const struct curl_ws_frame *m = NULL;
	size_t n = 0;
	CURLcode c = curl_ws_recv(t->up.easy, t->read, READ_SIZE, &n, &m);

	if (c == CURLE_AGAIN)
		return 0;
	if (c != CURLE_OK || !m) {
		struct plug_transport_end end = { 0 };

		end.code = SM_ENET;
		(void)sm_err_set(&end.err, SM_ENET, "cannot receive: %s",
				 c == CURLE_GOT_NOTHING ?
					 "the connection was closed" :
					 curl_easy_strerror(c));
		down(t, &end);
		return 0;
	}
	t->rx_at = sm_os_clock_mono_ms();
	if (m->flags & (CURLWS_PING | CURLWS_PONG | CURLWS_CLOSE)) {
		(void)sm_buf_put(&t->control, t->read, n); /* at most 125 */
		if (m->bytesleft == 0)
			on_control(t, m->flags);
	} else {
		on_data(t, sm_str_n(t->read, n), m);
	}
	return n ? n : 1; /* an empty frame is progress too */
}

static void on_again(uv_idle_t *h);

static void read_all(struct plug_transport *t)
{
	size_t total = 0, n;

	(void)uv_idle_stop(&t->again);
	while ((t->state == OPEN || t->state == CLOSING) && !t->held) {
		n = read_once(t);
		if (!n)
			return;
		total += n;
		if (total >= READ_TURN) {
			/* more may be in libcurl, where poll cannot see it */
			(void)uv_idle_start(&t->again, on_again);
			return;
		}
	}
}

static void on_again(uv_idle_t *h)
{
	read_all(h->data);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct plug_transport *t = ((struct watch *)h->data)->t;

	if (status < 0) {
		down_with(t, SM_ENET, uv_strerror(status));
		return;
	}
	if (events & UV_WRITABLE)
		plug_transport_flush(t);
	if ((events & (UV_READABLE | UV_DISCONNECT)) &&
	    (t->state == OPEN || t->state == CLOSING))
		read_all(t);
}

/* Watch the socket for what is needed now. */
static void want(struct plug_transport *t)
{
	int events = 0;

	if (!t->poll)
		return;
	if (!t->held)
		events |= UV_READABLE;
	if (plug_transport_queued(t))
		events |= UV_WRITABLE;
	if (events == t->poll_events)
		return;
	t->poll_events = events;
	if (events)
		(void)uv_poll_start(t->poll, events, on_poll);
	else
		(void)uv_poll_stop(t->poll);
}

void plug_transport_hold(struct plug_transport *t, bool hold)
{
	if (t->held == hold)
		return;
	t->held = hold;
	t->held_at = sm_os_clock_mono_ms();
	want(t);
	if (!hold && (t->state == OPEN || t->state == CLOSING))
		(void)uv_idle_start(&t->again, on_again);
}

/* ---- connecting ---- */

static void not_connected(struct plug_transport *t, CURLcode c)
{
	struct plug_transport_end end = { 0 };

	end.code = plug_upgrade_refused(&t->up, c, &end.status, &end.err);
	down(t, &end);
}

static void connected(struct plug_transport *t)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct watch *w;

	if (!t->up.accepted) {
		down_with(t, SM_ENET,
			  "cannot connect: the answer to the WebSocket upgrade "
			  "is wrong");
		return;
	}
	(void)curl_easy_getinfo(t->up.easy, CURLINFO_ACTIVESOCKET, &fd);
	w = sm_mem_zalloc(1, sizeof(*w));
	w->t = t;
	w->fd = fd;
	if (fd == CURL_SOCKET_BAD ||
	    uv_poll_init_socket(t->loop, &w->h, fd) < 0) {
		sm_mem_free(w);
		down_with(t, SM_ENET, "cannot connect: no socket");
		return;
	}
	w->h.data = w;
	t->poll = &w->h;
	t->state = OPEN;
	(void)uv_timer_stop(&t->deadline);
	t->tick_at = t->rx_at = sm_os_clock_mono_ms();
	(void)uv_timer_start(&t->tick, on_tick, TICK_MS, TICK_MS);
	t->ops->opened(t->user);
	if (t->state != OPEN)
		return;
	ping(t);
	want(t);
	/* what came behind the 101 is inside libcurl already */
	(void)uv_idle_start(&t->again, on_again);
}

static void check_done(struct plug_transport *t)
{
	CURLMsg *m;
	int left;

	while (!t->freed && (m = curl_multi_info_read(t->multi, &left))) {
		CURLcode c = m->data.result;

		if (m->msg != CURLMSG_DONE || m->easy_handle != t->up.easy ||
		    t->state != DIALLING)
			continue;
		if (c == CURLE_OK)
			connected(t);
		else
			not_connected(t, c);
		return;
	}
}

static void on_deadline(uv_timer_t *h)
{
	struct plug_transport *t = h->data;

	(void)snprintf(t->up.why, sizeof(t->up.why), "no answer within %lld ms",
		       (long long)t->limit_ms);
	not_connected(t, CURLE_OPERATION_TIMEDOUT);
}

int plug_transport_connect(struct plug_transport *t, const char *url,
			   const char *const *headers, size_t n,
			   int64_t limit_ms, struct sm_err *e)
{
	int r;

	if (t->state != IDLE)
		return sm_err_set(e, SM_ESTATE, "already connected");
	t->state = DIALLING;
	t->tls = sm_str_starts(sm_str(url), "wss:");
	if ((r = plug_upgrade_begin(&t->up, url, headers, n, e)) < 0)
		goto fail;
	t->limit_ms = limit_ms < 1 ? 1 : limit_ms;
	if (t->limit_ms > PLUG_TRANSPORT_DIAL_MS)
		t->limit_ms = PLUG_TRANSPORT_DIAL_MS;
	(void)uv_timer_start(&t->deadline, on_deadline, (uint64_t)t->limit_ms,
			     0);
	if (curl_multi_add_handle(t->multi, t->up.easy) != CURLM_OK) {
		r = sm_err_set(e, SM_ENET, "cannot start a connection");
		goto fail;
	}
	return 0;
fail:
	disconnect(t);
	return r;
}

/* ---- life ---- */

void plug_transport_close(struct plug_transport *t)
{
	static const char normal[] = { 0x03, (char)0xe8 }; /* 1000 */

	if (t->state != OPEN)
		return;
	frame(t, PLUG_WS_CLOSE, sm_str_n(normal, sizeof(normal)));
	t->state = CLOSING;
}

void plug_transport_drop(struct plug_transport *t)
{
	disconnect(t);
}

struct plug_transport *plug_transport_new(uv_loop_t *loop,
					  const struct plug_transport_ops *ops,
					  void *user, int64_t ping_ms,
					  struct sm_log *log, struct sm_err *e)
{
	struct plug_transport *t;
	CURLM *multi = curl_multi_init();

	if (!multi) {
		(void)sm_err_set(e, SM_ENET, "cannot start libcurl");
		return NULL;
	}
	t = sm_mem_zalloc(1, sizeof(*t));
	t->loop = loop;
	t->ops = ops;
	t->user = user;
	t->log = log;
	t->ping_ms = ping_ms;
	t->multi = multi;
	sm_buf_init(&t->out, OUT_MAX);
	sm_buf_init(&t->part, PLUG_MESSAGE_MAX);
	sm_buf_init(&t->control, 256);
	(void)uv_timer_init(loop, &t->curl_timer);
	(void)uv_timer_init(loop, &t->deadline);
	(void)uv_timer_init(loop, &t->tick);
	(void)uv_idle_init(loop, &t->again);
	t->curl_timer.data = t->deadline.data = t->tick.data = t;
	t->again.data = t;
	t->handles = 4;
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, t);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timeout);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, t);
	return t;
}

static void on_handle_closed(uv_handle_t *h)
{
	struct plug_transport *t = h->data;

	if (--t->handles)
		return;
	sm_buf_release(&t->out);
	sm_buf_release(&t->part);
	sm_buf_release(&t->control);
	sm_mem_free(t);
}

void plug_transport_free(struct plug_transport *t)
{
	if (!t)
		return;
	disconnect(t);
	t->freed = true;
	(void)curl_multi_cleanup(t->multi);
	uv_close((uv_handle_t *)&t->curl_timer, on_handle_closed);
	uv_close((uv_handle_t *)&t->deadline, on_handle_closed);
	uv_close((uv_handle_t *)&t->tick, on_handle_closed);
	uv_close((uv_handle_t *)&t->again, on_handle_closed);
}
