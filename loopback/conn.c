/*
 * Reading, writing and closing one accepted connection.
 *
 * Invariants: `closing` is set exactly once, and nothing but the close
 * callback happens afterwards; while `busy`, `writing` holds what the system
 * has not taken and `out` grows behind it.
 */
#include "common/def.h"
#include "loopback/conn.h"

#include "common/err.h"
#include "common/mem.h"
#include "common/os/process.h"
#include "loopback/peer.h"
#include "loopback/route.h"
#include "loopback/server.h"

#define READ_SIZE ((size_t)64 << 10)
/* One whole data channel message with its frame header, and some more. */
#define IN_MAX ((size_t)17 << 20)
#define LINGER_MS 2000             /* for the peer to close first */
#define OUT_KEEP ((size_t)1 << 20) /* larger buffers are given back */

struct loop_conn {
	uv_tcp_t tcp;
	uv_write_t write;
	struct loop_server *server;
	struct loop_conn *next, **link; /* in the server's list */
	struct sm_buf in, out, writing;
	size_t sent; /* of `writing` */
	const struct loop_conn_ops *ops;
	void *user;
	bool busy, closing, finishing, reading, continued;
	bool abrupt;       /* finishing without lingering */
	int64_t linger_ms; /* 0 until our side is shut down */
	uv_shutdown_t shutdown;
};

static void on_closed(uv_handle_t *h)
{
	struct loop_conn *c = h->data;

	sm_buf_release(&c->in);
	sm_buf_release(&c->out);
	sm_buf_release(&c->writing);
	sm_mem_free(c);
}

static void conn_close(struct loop_conn *c)
{
	const struct loop_conn_ops *ops = c->ops;

	if (c->closing)
		return;
	c->closing = true;
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->server->n_conns--;
	c->ops = NULL;
	if (ops)
		ops->gone(c->user);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

void loop_conn_drop(struct loop_conn *c)
{
	c->ops = NULL;
	conn_close(c);
}

void loop_conn_finish(struct loop_conn *c)
{
	c->ops = NULL;
	c->finishing = true;
	sm_buf_clear(&c->in);
	loop_conn_read(c, true);
}

void loop_conn_cut(struct loop_conn *c)
{
	loop_conn_finish(c);
	c->abrupt = true;
}

void loop_conn_close_all(struct loop_server *s)
{
	struct loop_conn *c, *next;

	for (c = s->conns; c; c = next) {
		next = c->next;
		conn_close(c);
	}
}

static void on_written(uv_write_t *req, int status)
{
	struct loop_conn *c = req->data;

	c->busy = false;
	sm_buf_clear(&c->writing);
	if (c->writing.cap > OUT_KEEP)
		sm_buf_release(&c->writing);
	if (status < 0)
		conn_close(c);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	SM_UNUSED(req); /* the peer's end or the deadline closes */
	SM_UNUSED(status);
}

/* The output is written. */
static void conn_end(struct loop_conn *c)
{
	if (c->linger_ms)
		return;
	c->linger_ms = loop_server_now().mono_ms + LINGER_MS;
	if (c->abrupt ||
	    uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, on_shutdown) < 0)
		conn_close(c);
}

/* What the system does not take at once is handed to libuv as a whole. */
static void conn_flush(struct loop_conn *c)
{
	struct sm_buf swap;
	uv_buf_t b;
	int n = 0;

	if (c->closing || c->busy)
		return;
	if (c->out.err) {
		conn_close(c);
		return;
	}
	if (c->out.len) {
		b = uv_buf_init(c->out.ptr, (unsigned)c->out.len);
		n = uv_try_write((uv_stream_t *)&c->tcp, &b, 1);
	}
	if (n < 0 && n != UV_EAGAIN) {
		conn_close(c);
		return;
	}
	if (n > 0 && (size_t)n == c->out.len)
		sm_buf_clear(&c->out);
	if (!c->out.len) {
		if (c->finishing)
			conn_end(c);
		return;
	}
	c->sent = n > 0 ? (size_t)n : 0;
	swap = c->writing;
	c->writing = c->out;
	c->out = swap;
	b = uv_buf_init(c->writing.ptr + c->sent,
			(unsigned)(c->writing.len - c->sent));
	c->busy = true;
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &b, 1, on_written) <
	    0) {
		c->busy = false;
		conn_close(c);
	}
}

int64_t loop_conn_flush_all(struct loop_server *s, int64_t now_ms)
{
	int64_t deadline = INT64_MAX;
	struct loop_conn *c, *next;

	for (c = s->conns; c; c = next) {
		next = c->next;
		conn_flush(c);
		if (c->closing || !c->linger_ms)
			continue;
		if (now_ms >= c->linger_ms)
			conn_close(c);
		else if (c->linger_ms < deadline)
			deadline = c->linger_ms;
	}
	return deadline;
}

struct sm_buf *loop_conn_out(struct loop_conn *c)
{
	return &c->out;
}

size_t loop_conn_backlog(const struct loop_conn *c)
{
	return c->out.len + (c->busy ? c->writing.len - c->sent : 0);
}

/* Answer one request; the rest of the input follows unless it upgraded. */
static bool conn_request(struct loop_conn *c)
{
	struct loop_http_response bad = { .type = "text/plain" };
	struct loop_http_request q;
	int status;
	long used;

	used = loop_http_parse(&q, sm_buf_str(&c->in), &status);
	if (used == SM_EAGAIN) {
		if (q.wants_continue && !c->continued)
			(void)sm_buf_puts(&c->out,
					  "HTTP/1.1 100 Continue\r\n\r\n");
		c->continued = q.wants_continue;
		return false;
	}
	if (used < 0) {
		bad.status = status;
		(void)loop_http_respond(&c->out, &bad);
		loop_conn_finish(c);
		return false;
	}
	c->continued = false;
	loop_route_request(c->server, c, &q);
	if (c->finishing)
		return false;
	sm_buf_consume(&c->in, (size_t)used);
	if (!c->ops && !q.keep_alive)
		loop_conn_finish(c);
	return c->in.len > 0;
}

static void conn_input(struct loop_conn *c)
{
	long used;

	while (!c->closing && !c->finishing && c->in.len) {
		if (!c->ops) {
			if (!conn_request(c))
				break;
			continue;
		}
		used = c->ops->data(c->user, c->in.ptr, c->in.len);
		/* The owner may have let go of it meanwhile. */
		if (c->closing || c->finishing)
			return;
		if (used < 0) {
			conn_close(c);
			return;
		}
		sm_buf_consume(&c->in, (size_t)used);
		break;
	}
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	struct loop_conn *c = h->data;

	SM_UNUSED(hint);
	if (sm_buf_reserve(&c->in, READ_SIZE) < 0) {
		*b = uv_buf_init(NULL, 0);
		return;
	}
	*b = uv_buf_init(c->in.ptr + c->in.len, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct loop_conn *c = stream->data;

	SM_UNUSED(b);
	if (c->closing || n == 0)
		return;
	if (n < 0) {
		conn_close(c);
		return;
	}
	if (c->finishing)
		return;
	sm_buf_added(&c->in, (size_t)n);
	conn_input(c);
}

void loop_conn_read(struct loop_conn *c, bool on)
{
	if (c->closing || c->reading == on)
		return;
	c->reading = on;
	if (on)
		(void)uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
	else
		(void)uv_read_stop((uv_stream_t *)&c->tcp);
}

void loop_conn_upgrade(struct loop_conn *c, const struct loop_conn_ops *ops,
		       void *user)
{
	c->ops = ops;
	c->user = user;
}

/* Only the user who runs this, and root, unless all were let in. */
static bool is_welcome(struct loop_conn *c)
{
	struct sockaddr_storage from, to;
	int n_from = sizeof(from), n_to = sizeof(to);
	struct sm_err e = SM_ERR_INIT;
	uint32_t uid = 0;

	if (c->server->options->any_user)
		return true;
	if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&from, &n_from) <
		    0 ||
	    uv_tcp_getsockname(&c->tcp, (struct sockaddr *)&to, &n_to) < 0)
		return false;
	if (loop_peer_uid((struct sockaddr *)&from, (struct sockaddr *)&to,
			  &uid, &e) < 0) {
		sm_log_e(c->server->log, &e, "connection refused");
		return false;
	}
	if (!uid || uid == sm_os_process_uid())
		return true;
	sm_log_warn(c->server->log, "connection of user %u refused",
		    (unsigned)uid);
	return false;
}

void loop_conn_accept(struct loop_server *s, uv_stream_t *listener)
{
	struct loop_http_response bad = { .status = 403, .type = "text/plain" };
	struct loop_conn *c = sm_mem_zalloc(1, sizeof(*c));

	c->server = s;
	sm_buf_init(&c->in, IN_MAX);
	sm_buf_init(&c->out, LOOP_CONN_OUT_MAX);
	sm_buf_init(&c->writing, LOOP_CONN_OUT_MAX);
	(void)uv_tcp_init(s->loop, &c->tcp);
	c->tcp.data = c;
	c->next = s->conns;
	if (c->next)
		c->next->link = &c->next;
	c->link = &s->conns;
	s->conns = c;
	s->n_conns++;
	if (uv_accept(listener, (uv_stream_t *)&c->tcp) < 0 ||
	    s->n_conns > LOOP_SERVER_CONNS_MAX) {
		conn_close(c);
		return;
	}
	if (!is_welcome(c)) {
		bad.body = sm_str("another user's connection\n");
		(void)loop_http_respond(&c->out, &bad);
		loop_conn_finish(c);
		return;
	}
	(void)uv_tcp_nodelay(&c->tcp, 1);
	loop_conn_read(c, true);
}
