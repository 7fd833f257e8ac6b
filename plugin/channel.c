/*
 * The data channel. A state machine; events change the state, actions do not:
 *
 *   IDLE -> SIGNING -> DIALLING -> OPEN
 *   OPEN -> WAITING (socket ended) -> RESUMING -> SIGNING -> DIALLING -> OPEN
 *   DIALLING -> WAITING (failed, budget left) -> SIGNING or RESUMING
 *   any -> FINISHING -> DONE;  any -> DONE (failed, closed)
 *
 * Everything that a turn of the loop produced leaves in one send: the stream
 * is flushed in turn(), which libuv calls before it waits.
 */
#include "common/def.h"
#include "plugin/channel.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/random.h"
#include "common/version.h"
#include "plugin/remote.h"
#include "plugin/request.h"
#include "plugin/transport.h"

/* Waits between attempts, with half of it random: PROTOCOL.md 3.8 begins with
 * 100 to 199 ms and doubles; ours goes on doubling up to the cap. */
#define WAIT_FIRST_MS 150
#define WAIT_MAX_MS 10000
/* Attempts of the first connection: PROTOCOL.md 3.9. */
#define DIALS 7u
/* Refused credentials do not become right by asking again and again. */
#define AUTH_TRIES 3u
/* Silence while we wait for acknowledgements: ask for a sign of life. */
#define SILENCE_MS 15000
/*
 * The oldest message is not acknowledged for so long: give the session back.
 * PROTOCOL.md 6.1, 6.4 count 3000 resends, one each 100 ms; we resend less
 * often and count the time, but only while it could be acknowledged: not
 * without a socket, in a pause, or while we do not read. Steps longer than
 * DEAF_STEP_MS are such; resends come more often (PLUG_FLIGHT_TIMEOUT_MAX).
 */
#define DEAF_MS 300000
#define DEAF_STEP_MS 5000
#define FINISH_MS 700
/* The service has closed the session, but messages before are missing: they
 * may have been overtaken. */
#define MISSING_MS 500
/* A socket that lived so long has worked, even if nothing was said on it. One
 * that ends before is an attempt that failed. */
#define WORKED_MS 30000
/* One on which something was said, but that ended sooner and brought nothing
 * forward, may have died of what was said. */
#define BRIEF_MS 1000
/* A socket buffer with less room than this may refuse the next message. */
#define TIGHT (PLUG_STREAM_PAYLOAD_MAX + 4096u)

enum state {
	IDLE,
	SIGNING,
	DIALLING,
	OPEN,
	WAITING,
	RESUMING,
	FINISHING,
	DONE
};

struct plug_channel {
	uv_loop_t *loop;
	const struct plug_channel_ops *ops;
	void *user;
	struct sm_log *log;
	struct plug_remote *remote;
	struct plug_transport *tr;
	struct plug_stream *st;
	unsigned ping_sec, connect_sec, resume_sec, answer_sec;
	struct sm_buf url, token;
	char client_id[40];
	uv_prepare_t prepare;
	uv_timer_t stream_timer; /* retransmission, pacing */
	uv_timer_t wait_timer;   /* next attempt; end of finishing */
	uv_timer_t answer_timer; /* first message; missing messages */
	unsigned handles;
	enum state state;
	bool ever_open; /* the first socket was opened */
	bool lost;      /* LOST was said, RESUMED not yet */
	bool proven;    /* this socket brought a message */
	bool owing;     /* a budget has begun that no socket has paid back */
	bool want_room, terminated, held;
	bool drain; /* finishing: what is pending goes first */
	unsigned tries, refusals;
	struct plug_closed *closed; /* waits for missing messages; or NULL */
	int64_t give_up_ms;         /* of the current budget */
	int64_t heard_ms;           /* last message */
	int64_t opened_ms;          /* this socket */
	uint64_t advanced;          /* messages through by then */
	uint64_t acked;             /* ours, when last looked at */
	int64_t looked_ms;
	int64_t deaf_ms;    /* time without one more */
	struct sm_err last; /* why the last attempt failed */
};

static void attempt(struct plug_channel *ch);

static struct plug_now now_of(void)
{
	struct plug_now n = { sm_os_clock_mono_ms(), sm_os_clock_wall_ms() };

	return n;
}

static void done(struct plug_channel *ch)
{
	ch->state = DONE;
	(void)uv_timer_stop(&ch->stream_timer);
	(void)uv_timer_stop(&ch->wait_timer);
	(void)uv_timer_stop(&ch->answer_timer);
	plug_transport_drop(ch->tr);
}

static void fail(struct plug_channel *ch, int code, const struct sm_err *e)
{
	struct sm_err copy = *e; /* may be ch->last */

	if (ch->state == FINISHING || ch->state == DONE)
		return;
	done(ch);
	ch->ops->failed(ch->user, code, &copy);
}

/* ---- attempts ---- */

static void on_wait(uv_timer_t *h)
{
	attempt(h->data);
}

static int64_t wait_ms(unsigned tries)
{
	int64_t ms = WAIT_FIRST_MS;
	uint32_t rnd;

	while (tries-- > 1 && ms < WAIT_MAX_MS)
		ms *= 2;
	if (ms > WAIT_MAX_MS)
		ms = WAIT_MAX_MS;
	sm_os_random(&rnd, sizeof(rnd));
	return ms / 2 + (int64_t)(rnd % (uint32_t)(ms + 1));
}

/* The attempt failed with ch->last: try again, or give up. */
static void again(struct plug_channel *ch, bool permanent)
{
	int64_t now = sm_os_clock_mono_ms(), wait = wait_ms(++ch->tries);
	bool spent = now + wait > ch->give_up_ms ||
		     (!ch->ever_open && ch->tries >= DIALS);

	sm_log_warn(ch->log, "attempt %u failed: %s", ch->tries,
		    sm_err_msg(&ch->last));
	if (permanent || spent) {
		if (ch->ever_open)
			(void)sm_err_wrap(&ch->last, ch->last.code,
					  "the session was lost");
		fail(ch, ch->last.code, &ch->last);
		return;
	}
	ch->state = WAITING;
	(void)uv_timer_start(&ch->wait_timer, on_wait, (uint64_t)wait, 0);
}

static void on_signed(void *user, const char *const *headers, size_t n)
{
	struct plug_channel *ch = user;
	int r;

	if (ch->state != SIGNING)
		return;
	ch->state = DIALLING;
	r = plug_transport_connect(ch->tr, sm_buf_z(&ch->url), headers, n,
				   ch->give_up_ms - sm_os_clock_mono_ms(),
				   &ch->last);
	if (r < 0)
		again(ch, true);
}

static void dial(struct plug_channel *ch)
{
	ch->state = SIGNING;
	plug_remote_sign(ch->remote, sm_buf_str(&ch->url), on_signed, ch);
}

static void on_resume(void *user, int code, struct sm_str token,
		      const struct sm_err *e)
{
	struct plug_channel *ch = user;

	if (ch->state != RESUMING)
		return;
	if (code == 0) {
		fail(ch, SM_EOF, e);
		return;
	}
	if (code < 0) {
		bool permanent = code == SM_ENOTFOUND || code == SM_EUSAGE;

		if (code == SM_EAUTH && ++ch->refusals >= AUTH_TRIES)
			permanent = true;
		ch->last = *e;
		again(ch, permanent);
		return;
	}
	sm_buf_clear(&ch->token);
	(void)sm_buf_put_str(&ch->token, token); /* as large as the answer */
	if (ch->log)
		sm_log_hide(ch->log, token);
	dial(ch);
}

static void attempt(struct plug_channel *ch)
{
	if (!ch->ever_open) {
		dial(ch);
		return;
	}
	ch->state = RESUMING;
	plug_remote_resume(ch->remote, ch->give_up_ms - sm_os_clock_mono_ms(),
			   on_resume, ch);
}

/* ---- the service's end ---- */

static void say_closed(struct plug_channel *ch)
{
	struct plug_closed *c = ch->closed;

	ch->closed = NULL;
	(void)uv_timer_stop(&ch->answer_timer);
	if (ch->state == OPEN)
		ch->ops->closed(ch->user, c);
	sm_mem_free(c);
}

static void on_missing_timeout(uv_timer_t *h)
{
	say_closed(h->data);
}

static bool is_missing(struct plug_channel *ch)
{
	struct plug_stream_stats stats;

	plug_stream_stats(ch->st, &stats);
	return stats.early > 0;
}

static void on_closed(void *user, const struct plug_closed *c)
{
	struct plug_channel *ch = user;

	if (ch->state != OPEN || ch->closed)
		return;
	ch->closed = sm_mem_alloc(sizeof(*c));
	*ch->closed = *c;
	if (is_missing(ch))
		(void)uv_timer_start(&ch->answer_timer, on_missing_timeout,
				     MISSING_MS, 0);
	else
		say_closed(ch);
}

/* ---- the end of a socket ---- */

/* Messages that are through for good, both ways. */
static uint64_t advance(const struct plug_stream_stats *stats)
{
	return stats->received + stats->acked;
}

/* A socket that had been open ended. */
static void lost(struct plug_channel *ch, const struct plug_transport_end *end)
{
	int64_t now = sm_os_clock_mono_ms();
	struct plug_stream_stats stats;

	ch->last = end->err;
	plug_stream_stats(ch->st, &stats);
	if (end->close == 1009 || stats.payload > PLUG_STREAM_PAYLOAD)
		plug_stream_shrink(ch->st);
	plug_stream_suspend(ch->st);
	(void)uv_timer_stop(&ch->stream_timer);
	(void)uv_timer_stop(&ch->answer_timer);
	if (!ch->owing || now - ch->heard_ms > WORKED_MS ||
	    (ch->proven && (advance(&stats) != ch->advanced ||
			    now - ch->opened_ms >= BRIEF_MS))) {
		/* a socket that worked starts a budget of its own */
		ch->owing = true;
		ch->tries = 0;
		ch->refusals = 0;
		ch->give_up_ms = now + (int64_t)ch->resume_sec * 1000;
	}
	if (!ch->lost) {
		ch->lost = true;
		ch->ops->event(ch->user, PLUG_CHANNEL_LOST);
		if (ch->state == FINISHING || ch->state == DONE)
			return;
	}
	if (!ch->resume_sec) {
		(void)sm_err_wrap(&ch->last, end->code, "the session was lost");
		fail(ch, end->code, &ch->last);
	} else if (ch->tries == 0) {
		ch->tries = 1; /* what fails next waits */
		attempt(ch);
	} else {
		again(ch, false);
	}
}

/* ---- the transport's events ---- */

static void new_uuid(struct sm_buf *out)
{
	unsigned char id[16];

	sm_os_random(id, sizeof(id));
	plug_message_id_stamp(id);
	(void)plug_message_id_put(out, id); /* 36 bytes */
}

static void on_answer_timeout(uv_timer_t *h)
{
	struct plug_channel *ch = h->data;
	struct sm_err e = SM_ERR_INIT;

	(void)sm_err_set(&e, SM_ETIMEOUT,
			 "the target did not answer within %u s",
			 ch->answer_sec);
	fail(ch, SM_ETIMEOUT, &e);
}

static void on_opened(void *user)
{
	struct plug_channel *ch = user;
	struct sm_buf text = SM_BUF_SECRET(SM_BUF_SMALL);
	struct sm_buf id = SM_BUF_INIT(64);
	struct plug_open o;
	struct plug_stream_stats stats;
	bool first = !ch->ever_open;

	new_uuid(&id);
	o.request_id = sm_buf_str(&id);
	o.token = sm_buf_str(&ch->token);
	o.client_id = sm_str(ch->client_id);
	o.client_version = sm_str(sm_version());
	(void)plug_payload_open_put(&text, &o); /* bounded by the request */
	ch->state = OPEN;
	ch->ever_open = true;
	ch->proven = false;
	ch->heard_ms = ch->opened_ms = sm_os_clock_mono_ms();
	plug_stream_stats(ch->st, &stats);
	ch->advanced = advance(&stats);
	plug_transport_text(ch->tr, sm_buf_str(&text));
	sm_buf_release(&text);
	sm_buf_release(&id);
	sm_log_info(ch->log, first ? "data channel opened" :
				     "data channel opened again");
	if (first) {
		(void)uv_timer_start(&ch->answer_timer, on_answer_timeout,
				     (uint64_t)ch->answer_sec * 1000, 0);
		ch->ops->event(ch->user, PLUG_CHANNEL_OPENED);
	} else {
		plug_stream_resume(ch->st, now_of());
		ch->lost = false;
		ch->ops->event(ch->user, PLUG_CHANNEL_RESUMED);
	}
}

static void on_message(void *user, struct sm_str message)
{
	struct plug_channel *ch = user;
	int r;

	if (ch->state != OPEN && ch->state != FINISHING)
		return;
	ch->heard_ms = sm_os_clock_mono_ms();
	if (!ch->proven) {
		ch->proven = true;
		(void)uv_timer_stop(&ch->answer_timer);
	}
	r = plug_stream_receive(ch->st, message, now_of());
	if (r < 0 && r != SM_EAGAIN)
		sm_log_warn(ch->log, "message of %lu bytes dropped: %s",
			    (unsigned long)message.len, sm_err_text(r));
	if (ch->closed && !is_missing(ch))
		say_closed(ch);
}

static bool refused(const struct plug_transport_end *end)
{
	/* the same request will be refused again; 408 and 429 may not */
	return (end->status >= 400 && end->status < 500 && end->status != 408 &&
		end->status != 429) ||
	       end->code == SM_EVERIFY;
}

static void on_down(void *user, const struct plug_transport_end *end)
{
	struct plug_channel *ch = user;

	if (ch->state == DONE)
		return;
	if (ch->state == FINISHING) {
		done(ch);
		ch->ops->event(ch->user, PLUG_CHANNEL_FINISHED);
		return;
	}
	if (ch->closed) { /* nothing comes any more */
		say_closed(ch);
		return;
	}
	if (end->was_open) {
		lost(ch, end);
		return;
	}
	ch->last = end->err;
	/* a resumption asks for a new token each time: only that can help */
	again(ch, refused(end) && !ch->ever_open);
}

/* ---- the stream's events ---- */

static void on_transmit(void *user, struct sm_str message)
{
	struct plug_channel *ch = user;

	plug_transport_binary(ch->tr, message);
}

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct plug_channel *ch = user;

	if (ch->state != OPEN)
		return ch->state == FINISHING ? 0 : SM_EAGAIN;
	return ch->ops->deliver(ch->user, type, payload);
}

static void on_random(void *user, void *p, size_t len)
{
	SM_UNUSED(user);
	sm_os_random(p, len);
}

/* ---- the loop's turn ---- */

/* Nothing that waits was acknowledged for DEAF_MS. */
static bool is_deaf(struct plug_channel *ch, int64_t now_ms)
{
	int64_t passed = now_ms - ch->looked_ms;
	struct plug_stream_stats stats;

	plug_stream_stats(ch->st, &stats);
	ch->looked_ms = now_ms;
	if (stats.acked != ch->acked) {
		ch->acked = stats.acked;
		ch->deaf_ms = 0;
	} else if (!ch->held && passed <= DEAF_STEP_MS) {
		ch->deaf_ms += passed;
	}
	return ch->deaf_ms > DEAF_MS;
}

static void on_stream_timer(uv_timer_t *h)
{
	struct plug_channel *ch = h->data;
	struct plug_now now = now_of();
	int64_t silent = now.mono_ms - ch->heard_ms;

	if (ch->state != OPEN && ch->state != FINISHING)
		return;
	(void)plug_stream_poll(ch->st, now); /* no resend limit is set */
	if (!plug_channel_pending(ch))
		return;
	if (silent > SILENCE_MS)
		plug_transport_probe(ch->tr);
	if (is_deaf(ch, now.mono_ms) && !ch->terminated) {
		sm_log_warn(ch->log, "nothing was acknowledged for %d s",
			    DEAF_MS / 1000);
		ch->terminated = true;
		plug_remote_terminate(ch->remote, NULL, NULL);
	}
}

static void arm(struct plug_channel *ch, bool now_again)
{
	int64_t at = plug_stream_deadline(ch->st), now;

	if (now_again) { /* after the input of one more turn */
		(void)uv_timer_start(&ch->stream_timer, on_stream_timer, 0, 0);
		return;
	}
	/* a full socket wakes us itself */
	if (at == INT64_MAX || !plug_transport_room(ch->tr)) {
		(void)uv_timer_stop(&ch->stream_timer);
		return;
	}
	now = sm_os_clock_mono_ms();
	(void)uv_timer_start(&ch->stream_timer, on_stream_timer,
			     at > now ? (uint64_t)(at - now) : 1, 0);
}

static void flush(struct plug_channel *ch)
{
	unsigned rounds = 0;

	/* a source that gets room fills it, and what it fills goes along */
	do {
		(void)plug_stream_flush(ch->st, now_of(),
					plug_transport_room(ch->tr));
		if (!ch->want_room ||
		    plug_stream_room(ch->st) < PLUG_STREAM_QUEUE / 2)
			break;
		ch->want_room = false;
		ch->ops->room(ch->user);
	} while (ch->state == OPEN && ++rounds < 4);
}

static void check_finished(struct plug_channel *ch)
{
	if (ch->drain && plug_stream_pending(ch->st))
		return;
	plug_transport_close(ch->tr);
	plug_transport_flush(ch->tr);
	if (ch->state != FINISHING || plug_transport_queued(ch->tr))
		return;
	done(ch);
	ch->ops->event(ch->user, PLUG_CHANNEL_FINISHED);
}

/*
 * Stream to socket until either has enough. Returns true when the socket took
 * so much that there is room again for what the stream held back: nothing
 * else would wake us for that.
 */
static bool pass_on(struct plug_channel *ch)
{
	bool tight;

	flush(ch);
	if (ch->state != OPEN && ch->state != FINISHING)
		return false;
	tight = plug_transport_room(ch->tr) < TIGHT;
	plug_transport_flush(ch->tr);
	return tight && plug_transport_room(ch->tr) >= TIGHT;
}

static void on_prepare(uv_prepare_t *h)
{
	struct plug_channel *ch = h->data;
	unsigned rounds = 0;
	bool more;

	if (ch->state != OPEN && ch->state != FINISHING)
		return;
	do {
		more = pass_on(ch);
	} while (more && ++rounds < 4);
	if (ch->state == OPEN || ch->state == FINISHING)
		arm(ch, more);
	if (ch->state == FINISHING)
		check_finished(ch);
}

/* ---- for the owner ---- */

int plug_channel_write(struct plug_channel *ch, uint32_t payload_type,
		       struct sm_str payload)
{
	if (ch->state == DONE)
		return 0; /* nobody is there any more */
	return plug_stream_write(ch->st, payload_type, payload);
}

size_t plug_channel_room(const struct plug_channel *ch)
{
	return ch->state == FINISHING || ch->state == DONE ?
		       0 :
		       plug_stream_room(ch->st);
}

size_t plug_channel_pending(const struct plug_channel *ch)
{
	return plug_stream_pending(ch->st);
}

void plug_channel_want_room(struct plug_channel *ch)
{
	ch->want_room = true;
}

void plug_channel_redeliver(struct plug_channel *ch)
{
	if (ch->state == OPEN)
		(void)plug_stream_redeliver(ch->st, now_of());
}

void plug_channel_configure(struct plug_channel *ch,
			    const struct plug_stream_config *c)
{
	plug_stream_configure(ch->st, c);
}

void plug_channel_seal(struct plug_channel *ch, struct plug_crypter *c)
{
	plug_stream_set_crypter(ch->st, c);
}

void plug_channel_hold(struct plug_channel *ch, bool hold)
{
	ch->held = hold;
	plug_transport_hold(ch->tr, hold);
}

static void on_finish_timeout(uv_timer_t *h)
{
	struct plug_channel *ch = h->data;

	if (ch->state != FINISHING)
		return;
	plug_transport_close(ch->tr);
	plug_transport_flush(ch->tr);
	if (ch->state != FINISHING)
		return; /* the flush found the end */
	done(ch);
	ch->ops->event(ch->user, PLUG_CHANNEL_FINISHED);
}

void plug_channel_finish(struct plug_channel *ch, bool drain)
{
	bool open = ch->state == OPEN;

	if (ch->state == FINISHING)
		return;
	(void)uv_timer_stop(&ch->answer_timer);
	if (!open)
		done(ch);
	ch->state = FINISHING;
	ch->drain = drain;
	plug_transport_hold(ch->tr, false);
	/* without a socket at once, but not from inside the caller */
	(void)uv_timer_start(&ch->wait_timer, on_finish_timeout,
			     open ? FINISH_MS : 0, 0);
}

/* ---- life ---- */

static void init_handles(struct plug_channel *ch)
{
	(void)uv_prepare_init(ch->loop, &ch->prepare);
	(void)uv_timer_init(ch->loop, &ch->stream_timer);
	(void)uv_timer_init(ch->loop, &ch->wait_timer);
	(void)uv_timer_init(ch->loop, &ch->answer_timer);
	ch->prepare.data = ch->stream_timer.data = ch;
	ch->wait_timer.data = ch->answer_timer.data = ch;
	ch->handles = 4;
	(void)uv_prepare_start(&ch->prepare, on_prepare);
}

struct plug_channel *plug_channel_new(uv_loop_t *loop,
				      const struct plug_channel_config *c,
				      const struct plug_channel_ops *ops,
				      void *user, struct sm_log *log,
				      struct sm_err *e)
{
	static const struct plug_transport_ops transport_ops = { on_opened,
								 on_message,
								 on_down };
	static const struct plug_stream_ops stream_ops = {
		on_transmit, on_deliver, on_closed, on_random
	};
	static const struct sm_buf secret = SM_BUF_SECRET(SM_BUF_SMALL);
	struct plug_channel *ch = sm_mem_zalloc(1, sizeof(*ch));
	struct sm_buf id = SM_BUF_INIT(sizeof(ch->client_id) - 1);

	ch->tr = plug_transport_new(loop, &transport_ops, ch,
				    (int64_t)c->ping_sec * 1000, log, e);
	if (!ch->tr) {
		sm_mem_free(ch);
		return NULL;
	}
	ch->loop = loop;
	ch->ops = ops;
	ch->user = user;
	ch->log = log;
	ch->remote = c->remote;
	ch->connect_sec = c->connect_sec;
	ch->resume_sec = c->resume_sec;
	ch->answer_sec = c->answer_sec;
	ch->url = ch->token = secret;
	(void)sm_buf_put_str(&ch->url, c->url); /* both are bounded */
	(void)sm_buf_put_str(&ch->token, c->token);
	new_uuid(&id);
	memcpy(ch->client_id, id.ptr, id.len + 1);
	sm_buf_release(&id);
	ch->st = plug_stream_new(&c->stream, &stream_ops, ch);
	init_handles(ch);
	return ch;
}

void plug_channel_open(struct plug_channel *ch)
{
	if (ch->state != IDLE)
		return; /* finished before it began */
	ch->give_up_ms =
		sm_os_clock_mono_ms() + (int64_t)ch->connect_sec * 1000;
	attempt(ch);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct plug_channel *ch = h->data;

	if (--ch->handles == 0)
		sm_mem_free(ch);
}

void plug_channel_free(struct plug_channel *ch)
{
	if (!ch)
		return;
	ch->state = DONE;
	plug_transport_free(ch->tr);
	plug_stream_free(ch->st);
	sm_mem_free(ch->closed);
	sm_buf_release(&ch->url);
	sm_buf_release(&ch->token);
	uv_close((uv_handle_t *)&ch->prepare, on_handle_closed);
	uv_close((uv_handle_t *)&ch->stream_timer, on_handle_closed);
	uv_close((uv_handle_t *)&ch->wait_timer, on_handle_closed);
	uv_close((uv_handle_t *)&ch->answer_timer, on_handle_closed);
}
