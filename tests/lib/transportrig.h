/*
 * A WebSocket client against a server that is played here, byte by byte; for
 * the unit tests of plugin/transport.c.
 */
#ifndef TESTS_LIB_TRANSPORTRIG_H
#define TESTS_LIB_TRANSPORTRIG_H

#include "tests/lib/vclock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plugin/transport.h"
#include "plugin/wire/wsframe.h"

#define PING_MS 300000
#define TICK_MS 5000  /* how often the transport looks at its clock */
#define PATIENCE 5000 /* turns of a millisecond, for real bytes to arrive */

struct rig {
	uv_loop_t loop;
	struct plug_transport *t;
	int listener, fd; /* the server's */
	char url[64];
	/* "open", "m5:hello" (a message of 5 bytes), "down" */
	struct sm_buf log;
	struct plug_transport_end end;
	struct sm_buf in;   /* what the client sent and nobody looked at yet */
	struct sm_buf head; /* of its request */
	bool quiet;         /* log sizes only */
};

/* ---- the client's owner ---- */

static inline void on_opened(void *user)
{
	struct rig *g = user;

	(void)sm_buf_puts(&g->log, "open ");
	plug_transport_text(g->t, sm_str("first"));
	plug_transport_flush(g->t);
}

static inline void on_message(void *user, struct sm_str m)
{
	struct rig *g = user;

	(void)sm_buf_printf(&g->log, "m%lu:%.*s ", (unsigned long)m.len,
			    g->quiet ? 0 : (int)m.len, m.ptr ? m.ptr : "");
}

static inline void on_down(void *user, const struct plug_transport_end *end)
{
	struct rig *g = user;

	(void)sm_buf_puts(&g->log, "down ");
	g->end = *end;
}

static inline void begin(struct rig *g)
{
	static const struct plug_transport_ops ops = { on_opened, on_message,
						       on_down };
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	memset(g, 0, sizeof(*g));
	vclock_start();
	g->fd = -1;
	sm_buf_init(&g->log, SM_BUF_SMALL);
	sm_buf_init(&g->in, (size_t)1 << 20);
	sm_buf_init(&g->head, SM_BUF_SMALL);
	assert_int_equal(uv_loop_init(&g->loop), 0);
	g->t = plug_transport_new(&g->loop, &ops, g, PING_MS, NULL, NULL);
	assert_non_null(g->t);
	memset(&a, 0, sizeof(a));
	a.sin_family = AF_INET;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(g->listener >= 0);
	assert_int_equal(bind(g->listener, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(g->listener, 8), 0);
	assert_int_equal(fcntl(g->listener, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(getsockname(g->listener, (struct sockaddr *)&a, &len),
			 0);
	(void)snprintf(g->url, sizeof(g->url), "ws://127.0.0.1:%u/p?a=b+c/=",
		       (unsigned)ntohs(a.sin_port));
}

static inline void hang_up(struct rig *g)
{
	if (g->fd >= 0)
		(void)close(g->fd);
	g->fd = -1;
}

static inline void end(struct rig *g)
{
	plug_transport_free(g->t);
	hang_up(g);
	(void)close(g->listener);
	while (uv_run(&g->loop, UV_RUN_NOWAIT))
		;
	assert_int_equal(uv_loop_close(&g->loop), 0);
	sm_buf_release(&g->log);
	sm_buf_release(&g->in);
	sm_buf_release(&g->head);
}

static inline void turn(struct rig *g)
{
	(void)uv_run(&g->loop, UV_RUN_NOWAIT);
	plug_transport_flush(g->t);
	uv_sleep(1);
}

/* ---- the server ---- */

static inline void accept_one(struct rig *g)
{
	int i;

	for (i = 0; i < PATIENCE && g->fd < 0; i++) {
		turn(g);
		g->fd = accept(g->listener, NULL, NULL);
	}
	assert_true(g->fd >= 0);
	assert_int_equal(fcntl(g->fd, F_SETFL, O_NONBLOCK), 0);
}

static inline void receive(struct rig *g)
{
	char b[65536];
	ssize_t n;

	while ((n = recv(g->fd, b, sizeof(b), 0)) > 0)
		(void)sm_buf_put(&g->in, b, (size_t)n);
}

static inline void send_all(struct rig *g, const void *p, size_t len)
{
	const char *at = p;
	int i = 0;

	while (len) {
		ssize_t n = send(g->fd, at, len, MSG_NOSIGNAL);

		if (n > 0) {
			at += n;
			len -= (size_t)n;
			i = 0;
		} else if (errno != EAGAIN || g->end.code) {
			return; /* the client has hung up */
		}
		(void)uv_run(&g->loop, UV_RUN_NOWAIT);
		assert_true(++i < 100000);
	}
}

static inline void connect_to(struct rig *g, int64_t limit_ms)
{
	static const char *const lines[] = { "X-Amz-Date: today",
					     "Authorization: me" };

	assert_int_equal(plug_transport_connect(g->t, g->url, lines, 2,
						limit_ms, NULL),
			 0);
	/* on the real clock, which curl has too */
	accept_one(g);
}

static inline void read_head(struct rig *g)
{
	int i;

	for (i = 0; i < PATIENCE; i++) {
		turn(g);
		receive(g);
		if (g->in.len > 4 && strstr(sm_buf_z(&g->in), "\r\n\r\n"))
			break;
	}
	(void)sm_buf_put_str(&g->head, sm_buf_str(&g->in));
	sm_buf_clear(&g->in);
	assert_non_null(strstr(sm_buf_z(&g->head), "\r\n\r\n"));
}

/* Turn until the log has `want`. */
static inline void until(struct rig *g, const char *want)
{
	int i;

	for (i = 0; i < PATIENCE && !strstr(sm_buf_z(&g->log), want); i++)
		turn(g);
	assert_non_null(strstr(sm_buf_z(&g->log), want));
}

static inline void expect(struct rig *g, const char *want)
{
	assert_string_equal(sm_buf_z(&g->log), want);
	sm_buf_clear(&g->log);
}

static inline void answer(struct rig *g, const char *headers)
{
	struct sm_buf b = SM_BUF_INIT(4096);
	const char *key = strstr(sm_buf_z(&g->head), "Sec-WebSocket-Key: ");

	assert_non_null(key);
	(void)sm_buf_printf(&b,
			    "HTTP/1.1 101 Switching Protocols\r\n"
			    "Upgrade: websocket\r\n"
			    "Connection: keep-alive, Upgrade\r\n%s"
			    "Sec-WebSocket-Accept: ",
			    headers);
	(void)plug_wsframe_accept(&b, sm_str_n(key + 19, 24));
	(void)sm_buf_puts(&b, "\r\n\r\n");
	send_all(g, b.ptr, b.len);
	sm_buf_release(&b);
}

static inline void opened(struct rig *g)
{
	begin(g);
	connect_to(g, 10000);
	read_head(g);
	answer(g, "");
	until(g, "open ");
	sm_buf_clear(&g->log);
	vclock_turn(&g->loop);
}

/* The next frame of the client: opcode, and its payload in `out`. */
static inline int next(struct rig *g, struct sm_buf *out)
{
	struct plug_wsframe f;
	long n = SM_EAGAIN;
	int i, op;

	for (i = 0; i < PATIENCE && n == SM_EAGAIN; i++) {
		receive(g);
		n = plug_wsframe_get(&f, g->in.ptr, g->in.len, true, 1u << 20);
		if (n == SM_EAGAIN)
			turn(g);
	}
	assert_true(n > 0);
	assert_true(f.fin);
	op = (int)f.op;
	sm_buf_clear(out);
	(void)sm_buf_put_str(out, f.payload);
	sm_buf_consume(&g->in, (size_t)n);
	return op;
}

static inline void expect_frame(struct rig *g, int op, const char *text)
{
	struct sm_buf b = SM_BUF_INIT((size_t)1 << 20);

	assert_int_equal(next(g, &b), op);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.ptr ? b.ptr : "", text, b.len);
	sm_buf_release(&b);
}

static inline void expect_close(struct rig *g, int code)
{
	struct sm_buf b = SM_BUF_INIT(4096);

	assert_int_equal(next(g, &b), PLUG_WS_CLOSE);
	if (code) {
		assert_int_equal(b.len, 2);
		assert_int_equal((unsigned char)b.ptr[0] << 8 |
					 (unsigned char)b.ptr[1],
				 code);
	} else {
		assert_int_equal(b.len, 0);
	}
	sm_buf_release(&b);
}

/* Nothing more is on its way. */
static inline void expect_silence(struct rig *g)
{
	int i;

	for (i = 0; i < 20; i++) {
		turn(g);
		receive(g);
	}
	assert_int_equal(g->in.len, 0);
}

static inline void put(struct rig *g, enum plug_ws_opcode op, bool fin,
		       struct sm_str payload)
{
	struct sm_buf b = SM_BUF_INIT((size_t)4 << 20);

	assert_int_equal(plug_wsframe_put_part(&b, op, fin, payload, NULL), 0);
	send_all(g, b.ptr, b.len);
	sm_buf_release(&b);
}

#endif
