/*
 * A local connection. The rule: it reports `gone` once and then closes itself;
 * after plug_conn_close nothing is reported at all. One write is in flight;
 * what comes meanwhile is collected.
 */
#include "common/def.h"
#include "plugin/conn.h"

#include "common/buf.h"
#include "common/mem.h"

/* One read; small enough that a thousand busy connections cost little. */
#define READ_SIZE 32768u
/* The owner's budget is smaller (PLUG_SMUX_BUDGET); the last barrier. */
#define QUEUE_MAX ((size_t)64 << 20)
/* How long a connection that we ended may keep talking. */
#define FINISH_MS 2000

struct plug_conn {
	union {
		uv_handle_t any;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} h;
	uv_timer_t timer;
	unsigned handles;
	const struct plug_conn_ops *ops;
	void *user;
	uint32_t tag;
	bool reading, ended, closed;
	bool finishing; /* no more writes; shut down when the queue is empty */
	bool shut;      /* ...which has begun */
	bool writing;
	uv_write_t write;
	uv_shutdown_t shutdown;
	struct sm_buf busy, pend;
};

static void on_handle_closed(uv_handle_t *h)
{
	struct plug_conn *c = h->data;

	if (--c->handles)
		return;
	sm_buf_release(&c->busy);
	sm_buf_release(&c->pend);
	sm_mem_free(c);
}

void plug_conn_close(struct plug_conn *c)
{
	if (c->closed)
		return;
	c->closed = true;
	uv_close(&c->h.any, on_handle_closed);
	uv_close((uv_handle_t *)&c->timer, on_handle_closed);
}

static void gone(struct plug_conn *c)
{
	if (c->closed)
		return;
	c->ops->gone(c->user, c);
	plug_conn_close(c);
}

uint32_t plug_conn_tag(const struct plug_conn *c)
{
	return c->tag;
}

bool plug_conn_ended(const struct plug_conn *c)
{
	return c->ended;
}

size_t plug_conn_queued(const struct plug_conn *c)
{
	return c->busy.len + c->pend.len;
}

/* ---- in ---- */

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	SM_UNUSED(h);
	SM_UNUSED(hint);
	b->base = sm_mem_alloc(READ_SIZE);
	b->len = READ_SIZE;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct plug_conn *c = stream->data;

	if (n > 0) {
		if (!c->finishing)
			c->ops->data(c->user, c, sm_str_n(b->base, (size_t)n));
	} else if (n < 0) {
		(void)uv_read_stop(stream);
		c->reading = false;
		c->ended = true;
		if (n != UV_EOF || c->shut)
			gone(c);
		else if (!c->finishing)
			c->ops->end(c->user, c);
	}
	sm_mem_free(b->base);
}

void plug_conn_read(struct plug_conn *c, bool on)
{
	if (c->closed || c->ended || on == c->reading)
		return;
	c->reading = on;
	if (!on)
		(void)uv_read_stop(&c->h.stream);
	else if (uv_read_start(&c->h.stream, on_alloc, on_read) < 0)
		gone(c);
}

/* ---- out ---- */

static void start(struct plug_conn *c);

static void on_timeout(uv_timer_t *h)
{
	gone(h->data);
}

static void on_shutdown(uv_shutdown_t *req, int status)
{
	struct plug_conn *c = req->data;

	if (c->closed)
		return;
	if (status < 0 || c->ended) {
		gone(c);
		return;
	}
	/* closing with bytes unread would destroy what the peer has not read */
	plug_conn_read(c, true);
	if (!c->closed)
		(void)uv_timer_start(&c->timer, on_timeout, FINISH_MS, 0);
}

static void check_shutdown(struct plug_conn *c)
{
	if (!c->finishing || c->shut || plug_conn_queued(c))
		return;
	c->shut = true;
	c->shutdown.data = c;
	if (uv_shutdown(&c->shutdown, &c->h.stream, on_shutdown) < 0)
		gone(c);
}

static void on_write(uv_write_t *req, int status)
{
	struct plug_conn *c = req->data;
	size_t n = c->busy.len;

	c->writing = false;
	sm_buf_clear(&c->busy);
	if (c->closed)
		return;
	c->ops->written(c->user, c, n);
	if (c->closed)
		return;
	if (status < 0) {
		gone(c);
		return;
	}
	start(c);
	if (!c->closed)
		check_shutdown(c);
}

static void start(struct plug_conn *c)
{
	struct sm_buf swap;
	uv_buf_t b;

	if (c->writing || !c->pend.len)
		return;
	swap = c->busy;
	c->busy = c->pend;
	c->pend = swap;
	c->writing = true;
	c->write.data = c;
	b = uv_buf_init(c->busy.ptr, (unsigned)c->busy.len);
	if (uv_write(&c->write, &c->h.stream, &b, 1, on_write) < 0) {
		c->writing = false;
		gone(c);
	}
}

size_t plug_conn_write(struct plug_conn *c, struct sm_str bytes)
{
	uv_buf_t b;
	size_t n = 0;
	int r;

	if (c->closed || c->finishing || !bytes.len)
		return 0;
	if (!c->writing && !c->pend.len) {
		b.base = (char *)(uintptr_t)bytes.ptr; /* only read */
		b.len = bytes.len;
		r = uv_try_write(&c->h.stream, &b, 1);
		if (r < 0 && r != UV_EAGAIN && r != UV_ENOSYS) {
			gone(c);
			return 0;
		}
		n = r > 0 ? (size_t)r : 0;
	}
	if (n < bytes.len &&
	    sm_buf_put(&c->pend, bytes.ptr + n, bytes.len - n) < 0) {
		gone(c);
		return 0;
	}
	start(c);
	return c->closed ? 0 : bytes.len - n;
}

void plug_conn_finish(struct plug_conn *c)
{
	if (c->closed || c->finishing)
		return;
	c->finishing = true;
	check_shutdown(c);
}

/* ---- life ---- */

struct plug_conn *plug_conn_accept(uv_stream_t *server,
				   const struct plug_conn_ops *ops, void *user,
				   uint32_t tag)
{
	struct plug_conn *c = sm_mem_zalloc(1, sizeof(*c));
	int r;

	c->ops = ops;
	c->user = user;
	c->tag = tag;
	sm_buf_init(&c->busy, QUEUE_MAX);
	sm_buf_init(&c->pend, QUEUE_MAX);
	if (server->type == UV_TCP)
		r = uv_tcp_init(server->loop, &c->h.tcp);
	else
		r = uv_pipe_init(server->loop, &c->h.pipe, 0);
	(void)uv_timer_init(server->loop, &c->timer);
	c->h.any.data = c;
	c->timer.data = c;
	c->handles = 2;
	if (r == 0)
		r = uv_accept(server, &c->h.stream);
	if (r < 0) {
		plug_conn_close(c);
		return NULL;
	}
	if (server->type == UV_TCP)
		(void)uv_tcp_nodelay(&c->h.tcp, 1); /* only speed */
	return c;
}
