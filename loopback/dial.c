/*
 * Connecting and moving bytes.
 *
 * States: RESOLVING -> CONNECTING -> OPEN, with CLOSING from each. The object
 * frees itself when libuv has let go of its handle and of its requests; after
 * close or finish `user` is never touched again.
 */
#include "common/def.h"
#include "loopback/dial.h"

#include "common/buf.h"
#include "common/mem.h"

#define READ_MAX 32768u /* one smux frame: PROTOCOL.md 10.6 */
#define FINISH_MS 5000  /* for a destination that does not read the rest */

enum state {
	RESOLVING,
	CONNECTING,
	OPEN,
	CLOSING
};

struct loop_dial {
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_getaddrinfo_t resolve;
	uv_connect_t connect;
	uv_write_t write;
	struct addrinfo *found, *next;
	uv_loop_t *loop;
	const struct loop_dial_ops *ops;
	void *user; /* NULL once it let go */
	enum state state;
	unsigned pins; /* handles and requests libuv knows */
	bool remote, busy, reading, eof, has_tcp, failed;
	char host[256];
	uint16_t port;
	struct sm_buf queue, writing;
	char bytes[READ_MAX];
};

static void unpin(struct loop_dial *d)
{
	if (--d->pins)
		return;
	if (d->found)
		uv_freeaddrinfo(d->found);
	sm_buf_release(&d->queue);
	sm_buf_release(&d->writing);
	sm_mem_free(d);
}

static void on_closed(uv_handle_t *h)
{
	unpin(h->data);
}

static void shut(struct loop_dial *d)
{
	if (d->state == CLOSING)
		return;
	d->user = NULL;
	if (d->state == RESOLVING)
		(void)uv_cancel((uv_req_t *)&d->resolve);
	d->state = CLOSING;
	if (d->has_tcp)
		uv_close((uv_handle_t *)&d->tcp, on_closed);
	uv_close((uv_handle_t *)&d->timer, on_closed);
}

void loop_dial_close(struct loop_dial *d)
{
	shut(d);
}

static void on_timer(uv_timer_t *t)
{
	shut(t->data);
}

static bool drained(const struct loop_dial *d)
{
	return !d->busy && !d->queue.len;
}

void loop_dial_finish(struct loop_dial *d)
{
	if (d->state == CLOSING)
		return;
	d->user = NULL;
	if (d->eof || d->failed || drained(d)) {
		shut(d);
		return;
	}
	if (d->reading)
		(void)uv_read_stop((uv_stream_t *)&d->tcp);
	d->reading = false;
	(void)uv_timer_start(&d->timer, on_timer, FINISH_MS, 0);
}

/* --- writing --------------------------------------------------------------- */

static void flush(struct loop_dial *d);

/* The other side broke or ended: told once. */
static void ended(struct loop_dial *d)
{
	if (d->eof)
		return;
	d->eof = true;
	if (d->reading)
		(void)uv_read_stop((uv_stream_t *)&d->tcp);
	d->reading = false;
	if (d->user)
		d->ops->eof(d->user);
	else
		shut(d);
}

static void written(struct loop_dial *d, size_t n)
{
	if (d->user)
		d->ops->written(d->user, n);
}

static void on_write(uv_write_t *req, int status)
{
	struct loop_dial *d = req->data;
	size_t n = d->writing.len;

	d->busy = false;
	sm_buf_clear(&d->writing);
	if (d->state == OPEN) {
		written(d, n);
		if (status < 0)
			ended(d);
		else
			flush(d);
	}
	unpin(d);
}

static void flush(struct loop_dial *d)
{
	struct sm_buf swap;
	uv_buf_t b;
	int n;

	if (d->state != OPEN || d->busy)
		return;
	if (d->queue.len) {
		b = uv_buf_init(d->queue.ptr, (unsigned)d->queue.len);
		n = uv_try_write((uv_stream_t *)&d->tcp, &b, 1);
		if (n > 0) {
			sm_buf_consume(&d->queue, (size_t)n);
			written(d, (size_t)n);
		}
		if (n < 0 && n != UV_EAGAIN) {
			ended(d);
			return;
		}
	}
	if (d->state != OPEN)
		return;
	if (!d->queue.len) {
		if (!d->user)
			shut(d);
		return;
	}
	swap = d->writing;
	d->writing = d->queue;
	d->queue = swap;
	b = uv_buf_init(d->writing.ptr, (unsigned)d->writing.len);
	d->write.data = d;
	d->busy = true;
	d->pins++;
	if (uv_write(&d->write, (uv_stream_t *)&d->tcp, &b, 1, on_write) == 0)
		return;
	d->busy = false;
	d->pins--;
	ended(d);
}

void loop_dial_write(struct loop_dial *d, struct sm_str bytes)
{
	if (d->eof || d->failed || d->state == CLOSING ||
	    sm_buf_put_str(&d->queue, bytes) < 0) {
		written(d, bytes.len);
		return;
	}
	flush(d);
}

/* --- reading --------------------------------------------------------------- */

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *b)
{
	struct loop_dial *d = h->data;
	size_t room = d->user ? d->ops->room(d->user) : 0;

	SM_UNUSED(hint);
	if (room > sizeof(d->bytes))
		room = sizeof(d->bytes);
	*b = uv_buf_init(d->bytes, (unsigned)room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct loop_dial *d = stream->data;

	if (d->state != OPEN || n == 0)
		return;
	if (n == UV_ENOBUFS) {
		(void)uv_read_stop(stream);
		d->reading = false;
		return;
	}
	if (n < 0) {
		ended(d);
		return;
	}
	d->ops->data(d->user, sm_str_n(b->base, (size_t)n));
	if (d->user && d->reading && !d->ops->room(d->user)) {
		(void)uv_read_stop(stream);
		d->reading = false;
	}
}

void loop_dial_pump(struct loop_dial *d)
{
	if (d->state != OPEN || d->eof || d->reading || !d->user ||
	    !d->ops->room(d->user))
		return;
	d->reading = true;
	(void)uv_read_start((uv_stream_t *)&d->tcp, on_alloc, on_read);
}

/* --- connecting ------------------------------------------------------------ */

static void failed(struct loop_dial *d, int code, const char *why)
{
	struct sm_err e = SM_ERR_INIT;

	sm_err_set(&e, code, "cannot connect to '%s' port %u: %s", d->host,
		   (unsigned)d->port, why);
	d->failed = true;
	if (d->user)
		d->ops->connected(d->user, &e);
	else
		shut(d);
}

/* 127.0.0.0/8, ::1 and the mapped form of the former. */
static bool is_local(const struct sockaddr *a)
{
	const struct sockaddr_in6 *six;
	const struct sockaddr_in *four;

	if (a->sa_family == AF_INET) {
		four = (const struct sockaddr_in *)(const void *)a;
		return ntohl(four->sin_addr.s_addr) >> 24 == 127;
	}
	if (a->sa_family != AF_INET6)
		return false;
	six = (const struct sockaddr_in6 *)(const void *)a;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
		six->sin6_addr.s6_addr[12] == 127);
}

static void connect_next(struct loop_dial *d, int last);

static void on_next_closed(uv_handle_t *h)
{
	struct loop_dial *d = h->data;

	d->has_tcp = false;
	if (d->state == CONNECTING)
		connect_next(d, UV_ECONNREFUSED);
	unpin(d);
}

/* This address does not do; the next one, if there is one. */
static void refused(struct loop_dial *d, int why)
{
	if (!d->next) {
		failed(d, SM_ENET, uv_strerror(why));
		return;
	}
	d->has_tcp = false;
	uv_close((uv_handle_t *)&d->tcp, on_next_closed);
}

static void on_connect(uv_connect_t *req, int status)
{
	struct loop_dial *d = req->data;

	if (d->state == CONNECTING && status < 0) {
		refused(d, status);
	} else if (d->state == CONNECTING) {
		d->state = OPEN;
		(void)uv_tcp_nodelay(&d->tcp, 1);
		if (d->user)
			d->ops->connected(d->user, NULL);
		flush(d);
		loop_dial_pump(d);
	}
	unpin(d);
}

/* Try the next address; `last` is why the one before did not do. */
static void connect_next(struct loop_dial *d, int last)
{
	struct addrinfo *a = d->next;
	int r;

	if (!a) {
		failed(d, SM_ENET, uv_strerror(last));
		return;
	}
	if (!d->remote && !is_local(a->ai_addr)) {
		failed(d, SM_EPERM, "not an address of this machine");
		return;
	}
	d->next = a->ai_next;
	d->state = CONNECTING;
	(void)uv_tcp_init(d->loop, &d->tcp);
	d->tcp.data = d;
	d->has_tcp = true;
	d->pins++;
	d->connect.data = d;
	r = uv_tcp_connect(&d->connect, &d->tcp, a->ai_addr, on_connect);
	if (r == 0)
		d->pins++;
	else
		refused(d, r);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *res)
{
	struct loop_dial *d = req->data;

	d->found = d->next = res;
	if (d->state == RESOLVING) {
		d->state = CONNECTING;
		if (status < 0)
			failed(d, SM_ENOTFOUND, uv_strerror(status));
		else
			connect_next(d, UV_EAI_NONAME);
	}
	unpin(d);
}

static void on_refused(uv_timer_t *t)
{
	failed(t->data, SM_ENOTFOUND, "the name cannot be resolved");
}

struct loop_dial *loop_dial_new(uv_loop_t *loop,
				const struct loop_dial_where *where,
				const struct loop_dial_ops *ops, void *user)
{
	struct loop_dial *d = sm_mem_zalloc(1, sizeof(*d));
	struct addrinfo hints;
	char service[8];

	d->loop = loop;
	d->ops = ops;
	d->user = user;
	d->remote = where->remote;
	d->port = where->port;
	(void)snprintf(d->host, sizeof(d->host), "%s", where->host);
	(void)snprintf(service, sizeof(service), "%u", (unsigned)where->port);
	sm_buf_init(&d->queue, (size_t)64 << 20);
	sm_buf_init(&d->writing, (size_t)64 << 20);
	(void)uv_timer_init(loop, &d->timer);
	d->timer.data = d;
	d->resolve.data = d;
	d->pins = 2;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_NUMERICSERV;
	if (uv_getaddrinfo(loop, &d->resolve, on_resolved, d->host, service,
			   &hints) == 0)
		return d;
	/* Told from the loop: the user does not have the pointer yet. */
	d->pins--;
	d->state = CONNECTING;
	(void)uv_timer_start(&d->timer, on_refused, 0, 0);
	return d;
}
