/*
 * The loop: listener, signals, the one timer, and the step at the end of each
 * turn.
 *
 * Rule: callbacks of sockets and children only put bytes in; sending happens
 * in on_turn. So a turn that reads a hundred messages writes once.
 */
#include "common/def.h"
#include "loopback/server.h"

#include <signal.h>

#include "common/os/clock.h"
#include "loopback/conn.h"
#include "loopback/gateway.h"
#include "loopback/session.h"

#define BACKLOG 128

struct plug_now loop_server_now(void)
{
	return (struct plug_now){ sm_os_clock_mono_ms(),
				  sm_os_clock_wall_ms() };
}

static void on_timer(uv_timer_t *t)
{
	SM_UNUSED(t); /* the turn does the work */
}

static void on_turn(uv_prepare_t *p)
{
	struct loop_server *s = p->data;
	struct plug_now now = loop_server_now();
	int64_t next, deadline;

	deadline = loop_gateway_step_all(s, now);
	next = loop_session_step_all(s, now);
	if (next < deadline)
		deadline = next;
	next = loop_gateway_deadline_all(s);
	if (next < deadline)
		deadline = next;
	next = loop_conn_flush_all(s, now.mono_ms);
	if (next < deadline)
		deadline = next;
	if (s->stopping)
		return;
	if (deadline == INT64_MAX) {
		(void)uv_timer_stop(&s->timer);
		return;
	}
	deadline = deadline > now.mono_ms ? deadline - now.mono_ms : 0;
	/* The loop's time may be older than ours by what this turn took. */
	uv_update_time(s->loop);
	(void)uv_timer_start(&s->timer, on_timer, (uint64_t)deadline, 0);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct loop_server *s = listener->data;

	if (status == 0 && !s->stopping)
		loop_conn_accept(s, listener);
}

static void on_signal(uv_signal_t *h, int number)
{
	struct loop_server *s = h->data;

	sm_log_info(s->log, "signal %d", number);
	loop_server_stop(s);
}

void loop_server_stop(struct loop_server *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	loop_session_end_all(s);
	loop_conn_close_all(s);
	uv_close((uv_handle_t *)&s->listener, NULL);
	uv_close((uv_handle_t *)&s->timer, NULL);
	uv_close((uv_handle_t *)&s->turn, NULL);
	/* A second signal must not end us while children are being reaped. */
	uv_unref((uv_handle_t *)&s->interrupt);
	uv_unref((uv_handle_t *)&s->terminate);
}

void loop_server_release(struct loop_server *s)
{
	sigset_t ours;

	/* Senders signal the process and its group: the second one may come
	 * when the handlers are gone, and must not change our exit status. */
	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &ours, NULL); /* cannot fail so */
	uv_close((uv_handle_t *)&s->interrupt, NULL);
	uv_close((uv_handle_t *)&s->terminate, NULL);
	(void)uv_run(s->loop, UV_RUN_DEFAULT);
	loop_session_free_all(s);
	loop_kms_release(&s->kms);
}

static int listen_on(struct loop_server *s, struct sm_err *e)
{
	const struct loop_options *o = s->options;
	struct sockaddr_storage at;
	int len = sizeof(at), r;

	if (strchr(o->address, ':'))
		r = uv_ip6_addr(o->address, (int)o->port,
				(struct sockaddr_in6 *)&at);
	else
		r = uv_ip4_addr(o->address, (int)o->port,
				(struct sockaddr_in *)&at);
	if (r == 0)
		r = uv_tcp_bind(&s->listener, (struct sockaddr *)&at, 0);
	if (r == 0)
		r = uv_listen((uv_stream_t *)&s->listener, BACKLOG,
			      on_connection);
	if (r == 0)
		r = uv_tcp_getsockname(&s->listener, (struct sockaddr *)&at,
				       &len);
	if (r < 0)
		return sm_err_set(e, r == UV_EADDRINUSE ? SM_EBUSY : SM_ENET,
				  "cannot listen on '%s' port %u: %s",
				  o->address, (unsigned)o->port,
				  uv_strerror(r));
	/* The port is at the same place in both families. */
	s->port = ntohs(((struct sockaddr_in *)&at)->sin_port);
	return 0;
}

int loop_server_start(struct loop_server *s, uv_loop_t *loop,
		      const struct loop_options *o, struct sm_log *log,
		      struct sm_err *e)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->options = o;
	s->log = log;
	s->fault = o->fault;
	loop_kms_init(&s->kms);
	(void)uv_tcp_init(loop, &s->listener);
	(void)uv_timer_init(loop, &s->timer);
	(void)uv_prepare_init(loop, &s->turn);
	(void)uv_signal_init(loop, &s->interrupt);
	(void)uv_signal_init(loop, &s->terminate);
	s->listener.data = s;
	s->turn.data = s;
	s->interrupt.data = s;
	s->terminate.data = s;
	r = listen_on(s, e);
	if (r < 0) {
		loop_server_stop(s);
		return r;
	}
	(void)uv_prepare_start(&s->turn, on_turn);
	(void)uv_signal_start(&s->interrupt, on_signal, SIGINT);
	(void)uv_signal_start(&s->terminate, on_signal, SIGTERM);
	return 0;
}
