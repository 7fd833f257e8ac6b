/*
 * One session. The rule of its end: whoever wants it calls plug_session_end
 * or plug_session_fail once; the channel says goodbye, the sinks are emptied,
 * the loop stops, and only then is anything freed. Nothing is freed inside a
 * callback.
 */
#include "common/def.h"
#include "plugin/session.h"

#include <stdarg.h>

#include "common/mem.h"
#include "common/os/clock.h"
#include "plugin/logwatch.h"
#include "plugin/negotiate.h"
#include "plugin/parent.h"
#include "plugin/remote.h"
#include "plugin/terminal.h"

enum hold {
	HOLD_SINK = 1, /* stdout or stderr is slow */
	HOLD_KIND = 2  /* local connections are slow */
};

/* How long a call to AWS may keep us when we were told to go, and a reader of
 * events in any case. */
#define LINGER_MS 800
/* Turns given to libuv to close handles; each is non-blocking. */
#define CLOSE_TURNS 64

static void check_stop(struct plug_session *s);
static void terminate(struct plug_session *s, int status);

/* ---- text ---- */

void plug_session_say(struct plug_session *s, const char *fmt, ...)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	va_list ap;

	if (s->c.settings->quiet)
		return;
	va_start(ap, fmt);
	(void)sm_buf_vprintf(&b, fmt, ap); /* bounded by their sources */
	va_end(ap);
	plug_sink_write(s->out, sm_buf_str(&b));
	sm_buf_release(&b);
}

void plug_session_say_exit(struct plug_session *s)
{
	plug_session_say(s, "\n\nExiting session with sessionId: %.*s.\n\n",
			 SM_STR_ARG(s->c.request->session_id));
}

/* An error is never silent: in quiet mode it goes to stderr. */
static void say_error(struct plug_session *s, const char *text)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(&b, "Cannot perform start session: %s\n", text);
	plug_sink_write(s->c.settings->quiet ? s->err : s->out, sm_buf_str(&b));
	sm_buf_release(&b);
}

/* ---- flow ---- */

static void set_hold(struct plug_session *s, enum hold why, bool on)
{
	unsigned before = s->holds;

	s->holds = on ? s->holds | why : s->holds & ~(unsigned)why;
	if (!s->holds != !before && s->channel)
		plug_channel_hold(s->channel, s->holds != 0);
}

void plug_session_hold(struct plug_session *s, bool hold)
{
	set_hold(s, HOLD_KIND, hold);
}

void plug_session_output(struct plug_session *s, struct plug_sink *to,
			 struct sm_str bytes)
{
	plug_sink_write(to, bytes);
	if (plug_sink_queued(to) > PLUG_SINK_HIGH)
		set_hold(s, HOLD_SINK, true);
}

static void on_drained(void *user)
{
	struct plug_session *s = user;

	if (plug_sink_queued(s->out) < PLUG_SINK_LOW &&
	    plug_sink_queued(s->err) < PLUG_SINK_LOW)
		set_hold(s, HOLD_SINK, false);
	check_stop(s);
}

/* Nobody reads our output any more: that is an end, not an error. */
static void on_out_failed(void *user, int uv)
{
	struct plug_session *s = user;

	sm_log_info(s->c.log, "standard output: %s", uv_strerror(uv));
	set_hold(s, HOLD_SINK, false);
	terminate(s, uv == UV_EPIPE ? PLUG_STATUS_DONE : PLUG_STATUS_FAILED);
	check_stop(s);
}

static void on_err_failed(void *user, int uv)
{
	struct plug_session *s = user;

	sm_log_info(s->c.log, "standard error: %s", uv_strerror(uv));
	on_drained(s);
}

static size_t on_input(void *user, struct sm_str bytes)
{
	struct plug_session *s = user;

	if (s->ending || !s->kind || !s->kind->input)
		return bytes.len;
	return s->kind->input(s->state, bytes);
}

static void on_input_end(void *user, int uv)
{
	struct plug_session *s = user;

	if (!s->ending && s->kind && s->kind->input_end)
		s->kind->input_end(s->state, uv);
}

int plug_session_input(struct plug_session *s, struct sm_err *e)
{
	static const struct plug_source_ops ops = { on_input, on_input_end };

	s->in = plug_source_new(&s->loop, 0, &ops, s, e);
	return s->in ? 0 : SM_EIO;
}

/* ---- the end ---- */

static void stop(struct plug_session *s)
{
	s->stopped = true;
	uv_stop(&s->loop);
}

static void on_linger(uv_timer_t *h)
{
	struct plug_session *s = h->data;

	(void)uv_timer_stop(h);
	check_stop(s);
}

static void linger(struct plug_session *s)
{
	(void)uv_timer_start(&s->linger, on_linger, LINGER_MS, 0);
}

static bool is_unread(const struct plug_session *s)
{
	return plug_sink_queued(s->out) || plug_sink_queued(s->err);
}

/* All is said and read? */
static void check_stop(struct plug_session *s)
{
	bool more = plug_events_queued(s->events) > 0;

	if (!s->finished || s->stopped)
		return;
	if (is_unread(s) &&
	    (!s->hurried || uv_is_active((uv_handle_t *)&s->linger)))
		return; /* on_drained comes, or on_linger */
	if (more && !s->lingered) {
		/* whoever does not read events must not keep us */
		s->lingered = true;
		linger(s);
	}
	if ((more || plug_remote_busy(s->remote)) &&
	    uv_is_active((uv_handle_t *)&s->linger))
		return;
	stop(s);
}

static void begin_end(struct plug_session *s, int status, bool drain)
{
	s->ending = true;
	s->result.status = status;
	plug_source_stop(s->in);
	set_hold(s, HOLD_KIND, false);
	plug_channel_finish(s->channel, drain);
}

void plug_session_end(struct plug_session *s, int status, bool terminate)
{
	struct sm_buf flag = SM_BUF_INIT(16);

	if (s->ending)
		return;
	if (terminate && s->kind) {
		(void)plug_payload_flag_put(&flag, PLUG_FLAG_TERMINATE);
		(void)plug_channel_write(s->channel, PLUG_PAYLOAD_FLAG,
					 sm_buf_str(&flag));
		sm_buf_release(&flag);
	}
	plug_events_put_text(s->events, "closed", "reason", sm_str("local"));
	begin_end(s, status, terminate);
}

int plug_session_status_of(int code)
{
	switch (code) {
	case SM_EUSAGE:
		return PLUG_STATUS_USAGE;
	case SM_EAUTH:
	case SM_EVERIFY:
		return PLUG_STATUS_REFUSED;
	case SM_ENET:
	case SM_ETIMEOUT:
	case SM_EOF:
	case SM_ENOTFOUND:
		return PLUG_STATUS_LOST;
	default:
		return PLUG_STATUS_FAILED;
	}
}

void plug_session_fail(struct plug_session *s, int code, const struct sm_err *e)
{
	if (s->ending)
		return;
	sm_log_e(s->c.log, e, "the session failed");
	say_error(s, sm_err_msg(e));
	plug_session_end(s, plug_session_status_of(code), true);
}

static void on_terminated(void *user, int code)
{
	struct plug_session *s = user;

	if (code == 0)
		s->result.over = true;
	if (!is_unread(s))
		(void)uv_timer_stop(&s->linger); /* it was for this */
	check_stop(s);
}

/* Tell the other side, and the service too: shells do not listen to flags, and
 * before there is a kind nobody listens but the service. */
static void terminate(struct plug_session *s, int status)
{
	if (s->ending)
		return;
	s->result.asked = true;
	plug_remote_terminate(s->remote, on_terminated, s);
	linger(s);
	plug_session_end(s, status, true);
}

/* As terminate; and whoever does not read our output must not keep us. */
static void hurry(struct plug_session *s)
{
	if (s->ending)
		return;
	s->hurried = true;
	linger(s);
	terminate(s, PLUG_STATUS_FAILED);
}

/* The caller wants us gone. */
static void die(struct plug_session *s, enum plug_signal sig)
{
	s->result.by_signal = true;
	s->result.signal = sig;
	hurry(s);
}

static void on_signal(void *user, enum plug_signal sig)
{
	struct plug_session *s = user;

	if (s->ending) {
		/* asked twice: what is queued is lost */
		if (sig != PLUG_SIGNAL_WINCH && sig != PLUG_SIGNAL_CONT)
			stop(s);
		return;
	}
	if (sig == PLUG_SIGNAL_TERM || sig == PLUG_SIGNAL_HUP) {
		die(s, sig);
	} else if (s->kind) {
		(void)s->kind->signal(s->state, sig);
	} else if (sig == PLUG_SIGNAL_INT || sig == PLUG_SIGNAL_QUIT) {
		say_error(s, "interrupted");
		hurry(s);
	}
}

static void on_parent_gone(void *user)
{
	struct plug_session *s = user;

	sm_log_info(s->c.log, "the calling process ended");
	hurry(s);
}

/* ---- the channel's events ---- */

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct plug_session *s = user;

	if (s->ending)
		return 0;
	if (!s->kind || type == PLUG_PAYLOAD_HANDSHAKE_REQUEST ||
	    type == PLUG_PAYLOAD_HANDSHAKE_COMPLETE ||
	    type == PLUG_PAYLOAD_CHALLENGE_REQUEST)
		return plug_negotiate_deliver(s->negotiation, type, payload);
	return s->kind->deliver(s->state, type, payload);
}

/* PROTOCOL.md 5.2 */
static void on_closed(void *user, const struct plug_closed *c)
{
	struct plug_session *s = user;
	int status = s->remote_status < 0 ? PLUG_STATUS_DONE : s->remote_status;

	if (s->ending)
		return;
	if (c->output[0]) {
		plug_session_say(s, "\n\nSessionId: %.*s : %s\n\n",
				 SM_STR_ARG(s->c.request->session_id),
				 c->output);
		if (s->remote_status < 0)
			status = PLUG_STATUS_FAILED;
		if (s->c.settings->quiet && s->remote_status < 0)
			say_error(s, c->output);
	} else {
		plug_session_say_exit(s);
	}
	s->result.over = true;
	sm_log_info(s->c.log, "channel closed: %s", c->output);
	plug_events_put_text(s->events, "closed", "reason", sm_str(c->output));
	begin_end(s, status, false);
}

static void on_event(void *user, enum plug_channel_event ev)
{
	struct plug_session *s = user;

	switch (ev) {
	case PLUG_CHANNEL_OPENED:
		plug_events_put_text(s->events, "connected", "session",
				     s->c.request->session_id);
		break;
	case PLUG_CHANNEL_LOST:
		plug_events_put(s->events, "lost");
		break;
	case PLUG_CHANNEL_RESUMED:
		plug_events_put(s->events, "resumed");
		if (s->kind && s->kind->resumed)
			s->kind->resumed(s->state);
		break;
	case PLUG_CHANNEL_FINISHED:
		s->finished = true;
		check_stop(s);
		break;
	}
}

static void on_room(void *user)
{
	struct plug_session *s = user;

	if (!s->ending && s->kind)
		s->kind->room(s->state);
}

static void on_failed(void *user, int code, const struct sm_err *e)
{
	struct plug_session *s = user;

	if (s->ending)
		return;
	if (code == SM_EOF) {
		s->result.over = true;
		plug_session_say(s, "Session: %.*s timed out.\n",
				 SM_STR_ARG(s->c.request->session_id));
		plug_session_end(s, PLUG_STATUS_LOST, false);
	} else {
		plug_session_fail(s, code, e);
	}
}

/* ---- the kind ---- */

int plug_session_start_kind(struct plug_session *s,
			    const struct plug_kind *kind)
{
	struct plug_stream_config sc = { 0 };
	struct sm_err e = SM_ERR_INIT;
	int r;

	sc.role = PLUG_ROLE_CLIENT;
	sc.lf_to_cr = kind->lf_to_cr;
	sc.payload_max = s->c.settings->payload ? s->c.settings->payload :
						  PLUG_STREAM_PAYLOAD;
	sc.rate_limit = s->c.settings->rate_limit;
	plug_channel_configure(s->channel, &sc);
	sm_log_info(s->c.log, "session kind: %s", kind->name);
	s->kind = kind;
	if ((r = kind->start(s, &s->state, &e)) < 0)
		plug_session_fail(s, r, &e);
	return 0;
}

/* ---- life ---- */

static int open_streams(struct plug_session *s, struct sm_err *e)
{
	static const struct plug_sink_ops out_ops = { on_drained,
						      on_out_failed };
	static const struct plug_sink_ops err_ops = { on_drained,
						      on_err_failed };

	s->out = plug_sink_new(&s->loop, 1, "standard output", &out_ops, s, e);
	if (!s->out)
		return SM_EIO;
	s->err = plug_sink_new(&s->loop, 2, "standard error", &err_ops, s, e);
	return s->err ? 0 : SM_EIO;
}

static int open_channel(struct plug_session *s, struct sm_err *e)
{
	static const struct plug_channel_ops ops = { on_deliver, on_closed,
						     on_event, on_room,
						     on_failed };
	const struct plug_session_config *c = &s->c;
	struct plug_remote_config rc = { 0 };
	struct plug_channel_config cc = { 0 };

	rc.region = c->args->region;
	rc.profile = c->args->profile;
	rc.endpoint = c->args->endpoint;
	rc.session_id = c->request->session_id.ptr;
	rc.target = c->request->target.len ? c->request->target.ptr : "";
	s->remote = plug_remote_new(&s->loop, &rc, c->log);

	cc.url = c->request->stream_url;
	cc.token = c->request->token;
	cc.ping_sec = c->settings->ping_sec;
	cc.connect_sec = c->settings->connect_sec;
	cc.resume_sec = c->settings->resume_sec;
	cc.answer_sec = c->settings->answer_sec;
	cc.stream.role = PLUG_ROLE_CLIENT;
	cc.stream.payload_max = PLUG_STREAM_PAYLOAD;
	cc.remote = s->remote;
	s->channel = plug_channel_new(&s->loop, &cc, &ops, s, c->log, e);
	return s->channel ? 0 : SM_ENET;
}

static void on_walk(uv_handle_t *h, void *user)
{
	size_t *n = user;

	if (!uv_is_closing(h))
		(*n)++;
}

static void close_all(struct plug_session *s)
{
	size_t i, open = 0;

	if (s->kind)
		s->kind->stop(s->state);
	plug_negotiate_free(s->negotiation);
	plug_channel_free(s->channel);
	plug_remote_free(s->remote);
	plug_source_free(s->in);
	plug_sink_free(s->out);
	plug_sink_free(s->err);
	plug_events_free(s->events);
	plug_parent_free(s->parent);
	plug_logwatch_free(s->logwatch);
	plug_signals_free(s->signals);
	uv_close((uv_handle_t *)&s->linger, NULL);
	for (i = 0; i < CLOSE_TURNS && uv_loop_alive(&s->loop); i++)
		(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	uv_walk(&s->loop, on_walk, &open);
	if (open)
		sm_log_warn(s->c.log, "%lu handles were left open",
			    (unsigned long)open);
	/* a thread in a call keeps its request, and the loop, alive */
	if (uv_loop_close(&s->loop) < 0)
		s->result.threads_busy = true;
}

static int open_all(struct plug_session *s, struct sm_err *e)
{
	static const struct plug_sink_ops event_ops = { on_drained,
							on_err_failed };
	int r;

	if ((r = open_streams(s, e)) < 0)
		return r;
	s->events = plug_events_new(&s->loop, s->c.settings->event_fd,
				    &event_ops, s, e);
	if (!s->events && s->c.settings->event_fd >= 0)
		return SM_EUSAGE;
	if ((r = open_channel(s, e)) < 0)
		return r;
	s->negotiation = plug_negotiate_new(s);
	s->logwatch = plug_logwatch_new(&s->loop, s->c.logfile);
	s->signals = plug_signals_new(&s->loop, on_signal, s);
	plug_signals_watch(s->signals,
			   PLUG_SIGNAL_BIT(PLUG_SIGNAL_INT) |
				   PLUG_SIGNAL_BIT(PLUG_SIGNAL_QUIT) |
				   PLUG_SIGNALS_END);
	/* whoever ignores hang-ups wants to survive its caller */
	if (s->c.settings->follow_parent &&
	    !plug_signals_ignored(s->signals, PLUG_SIGNAL_HUP))
		s->parent = plug_parent_new(&s->loop, on_parent_gone, s);
	return 0;
}

void plug_session_run(const struct plug_session_config *c,
		      struct plug_session_result *result)
{
	struct plug_session *s = sm_mem_zalloc(1, sizeof(*s));
	struct sm_err e = SM_ERR_INIT;
	int r;

	s->c = *c;
	s->remote_status = -1;
	s->separate = c->settings->quiet ||
		      c->settings->status != PLUG_EXIT_PLAIN;
	if (uv_loop_init(&s->loop) < 0)
		sm_mem_exhausted();
	(void)uv_timer_init(&s->loop, &s->linger);
	s->linger.data = s;
	if ((r = open_all(s, &e)) < 0) {
		(void)fprintf(c->settings->quiet ? stderr : stdout,
			      "Cannot perform start session: %s\n",
			      sm_err_msg(&e));
		s->result.status = plug_session_status_of(r);
	} else {
		plug_session_say(s, "\nStarting session with SessionId: %.*s\n",
				 SM_STR_ARG(c->request->session_id));
		plug_channel_open(s->channel);
		while (!s->stopped)
			(void)uv_run(&s->loop, UV_RUN_DEFAULT);
	}
	plug_terminal_restore();
	close_all(s);
	*result = s->result;
	if (!s->result.threads_busy)
		sm_mem_free(s);
}
