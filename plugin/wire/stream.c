/*
 * The reliable stream.
 *
 * Rules:
 * - A sequence number belongs to one message for ever. The one exception is
 *   the self-check, whose content nobody uses.
 * - A message is registered before it is handed out.
 * - The expected number advances only after deliver has said 0; what is
 *   acknowledged has been delivered or is kept in the reorder buffer.
 *
 * The parts: sendq (what waits), flight (what is out), window and rate (how
 * much may be), reorder (what came early), rtt. No clock, no randomness.
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include "common/mem.h"
#include "plugin/wire/flight.h"
#include "plugin/wire/rate.h"
#include "plugin/wire/reorder.h"
#include "plugin/wire/rtt.h"
#include "plugin/wire/sendq.h"
#include "plugin/wire/window.h"

#define SINGLE_MAX SM_BUF_SMALL       /* one payload that is not data */
#define RANDOM_POOL 4096              /* drawing 16 bytes at a time is dear */
#define PROBE_MIN_MS 2000.0           /* self-check: at least this long */
#define KEEP_MEMORY ((size_t)1 << 20) /* larger work buffers are freed */

enum probe {
	PROBE_OFF,
	PROBE_WANTED,
	PROBE_SENT,
	PROBE_DONE,
	PROBE_FAILED
};

struct plug_stream {
	struct plug_stream_config config;
	const struct plug_stream_ops *ops;
	void *user;
	struct plug_crypter *crypter; /* not owned */
	struct plug_message_hasher *hasher;
	const char *out_type, *in_type;

	struct plug_sendq queue;
	struct plug_flight flight;
	struct plug_window window;
	struct plug_rtt rtt;
	uint64_t backed_off; /* earlier transmissions count as one time-out */
	uint32_t payload;    /* bytes of data per message */
	enum probe probe;
	int64_t probe_seq, probe_until_ms;
	struct plug_rate rate;

	struct plug_reorder early;
	int64_t expected;

	bool suspended; /* no socket */
	bool paused;    /* pause_publication */
	bool choked;    /* the last budget was 0 */
	bool exhausted; /* resend_limit */
	bool limited;   /* the last flush was stopped by the window */

	unsigned char pool[RANDOM_POOL];
	size_t pool_used;
	struct sm_buf wire, sealed, plain, ack;
	struct plug_stream_stats stats;
};

void plug_stream_configure(struct plug_stream *s,
			   const struct plug_stream_config *c)
{
	enum plug_role role = s->config.role;
	uint32_t old = s->config.payload_max;

	s->config = *c;
	s->config.role = role;
	if (c->payload_max < PLUG_STREAM_PAYLOAD)
		s->config.payload_max = PLUG_STREAM_PAYLOAD;
	else if (c->payload_max > PLUG_STREAM_PAYLOAD_MAX)
		s->config.payload_max = PLUG_STREAM_PAYLOAD_MAX;
	plug_rate_init(&s->rate, c->rate_limit);
	if (role == PLUG_ROLE_AGENT) {
		s->payload = s->config.payload_max;
		return;
	}
	if (s->probe == PROBE_SENT || s->probe == PROBE_FAILED)
		return;
	if (s->probe == PROBE_DONE && s->config.payload_max <= old) {
		s->payload = s->config.payload_max;
		return;
	}
	s->payload = PLUG_STREAM_PAYLOAD;
	s->probe = PROBE_OFF;
	if (s->config.payload_max > PLUG_STREAM_PAYLOAD && !c->lf_to_cr)
		s->probe = PROBE_WANTED;
}

struct plug_stream *plug_stream_new(const struct plug_stream_config *c,
				    const struct plug_stream_ops *ops,
				    void *user)
{
	struct plug_stream *s = sm_mem_zalloc(1, sizeof(*s));
	bool client = c->role == PLUG_ROLE_CLIENT;

	s->ops = ops;
	s->user = user;
	s->hasher = plug_message_hasher_new();
	s->out_type = client ? PLUG_MESSAGE_INPUT : PLUG_MESSAGE_OUTPUT;
	s->in_type = client ? PLUG_MESSAGE_OUTPUT : PLUG_MESSAGE_INPUT;
	plug_sendq_init(&s->queue);
	plug_flight_init(&s->flight);
	plug_window_init(&s->window);
	plug_rtt_init(&s->rtt);
	plug_reorder_init(&s->early, PLUG_STREAM_REORDER);
	s->pool_used = sizeof(s->pool);
	sm_buf_init(&s->wire, PLUG_MESSAGE_MAX);
	sm_buf_init(&s->sealed, PLUG_MESSAGE_MAX);
	sm_buf_init(&s->plain, PLUG_MESSAGE_MAX);
	sm_buf_init(&s->ack, 1024);
	s->config.role = c->role;
	plug_stream_configure(s, c);
	return s;
}

void plug_stream_free(struct plug_stream *s)
{
	if (!s)
		return;
	plug_message_hasher_free(s->hasher);
	plug_sendq_release(&s->queue);
	plug_flight_release(&s->flight);
	plug_reorder_release(&s->early);
	sm_buf_release(&s->wire);
	sm_buf_release(&s->sealed);
	sm_buf_release(&s->plain);
	sm_buf_release(&s->ack);
	sm_mem_free(s);
}

void plug_stream_set_crypter(struct plug_stream *s, struct plug_crypter *c)
{
	s->crypter = c;
}

/* PROTOCOL.md 8: which payloads are sealed, by the end that sends them. */
static bool is_sealed(const struct plug_stream *s, enum plug_role sender,
		      uint32_t type)
{
	if (!s->crypter)
		return false;
	return type == PLUG_PAYLOAD_OUTPUT ||
	       (sender == PLUG_ROLE_AGENT && (type == PLUG_PAYLOAD_STDERR ||
					      type == PLUG_PAYLOAD_EXIT_CODE));
}

static void fresh_id(struct plug_stream *s, unsigned char id[16])
{
	if (s->pool_used + 16 > sizeof(s->pool)) {
		s->ops->random(s->user, s->pool, sizeof(s->pool));
		s->pool_used = 0;
	}
	memcpy(id, s->pool + s->pool_used, 16);
	s->pool_used += 16;
	plug_message_id_stamp(id);
}

/* Type, schema, date and id; CreatedDate must not be 0. */
static void start_message(struct plug_stream *s, struct plug_message *m,
			  const char *type, struct plug_now now)
{
	memset(m, 0, sizeof(*m));
	m->type = sm_str(type);
	m->schema = 1;
	m->created_ms = now.wall_ms > 0 ? (uint64_t)now.wall_ms : 1;
	fresh_id(s, m->id);
}

static void forget_large(struct sm_buf *b)
{
	if (b->cap > KEEP_MEMORY)
		sm_buf_release(b);
	else
		sm_buf_clear(b);
}

static int encode(struct plug_stream *s, const struct plug_message *m)
{
	forget_large(&s->wire);
	return plug_message_encode_with(&s->wire, m, s->hasher);
}

/* ---- queue ------------------------------------------------------------- */

int plug_stream_write(struct plug_stream *s, uint32_t payload_type,
		      struct sm_str payload)
{
	if (!payload.len)
		return 0;
	if (payload_type != PLUG_PAYLOAD_OUTPUT) {
		if (payload.len > SINGLE_MAX ||
		    s->queue.other_bytes > PLUG_STREAM_QUEUE)
			return SM_ELIMIT;
	} else {
		if (payload.len > PLUG_STREAM_QUEUE)
			return SM_ELIMIT;
		if (payload.len > plug_stream_room(s))
			return SM_EAGAIN;
		if (s->config.lf_to_cr && sm_str_eqz(payload, "\n"))
			payload = sm_str("\r"); /* PROTOCOL.md 9.4 */
	}
	plug_sendq_put(&s->queue, payload_type, payload);
	return 0;
}

size_t plug_stream_room(const struct plug_stream *s)
{
	return PLUG_STREAM_QUEUE - s->queue.data_bytes;
}

size_t plug_stream_pending(const struct plug_stream *s)
{
	return s->queue.data_bytes + s->queue.other_bytes + s->flight.unacked;
}

/* ---- sending ----------------------------------------------------------- */

/* Seal, number, register, hand out. `piece` may point into the queue. */
static int emit(struct plug_stream *s, const struct plug_sendq_piece *piece,
		struct plug_now now)
{
	struct plug_message m;
	int r;

	start_message(s, &m, s->out_type, now);
	m.seq = s->flight.next;
	if (s->config.role == PLUG_ROLE_AGENT && !m.seq)
		m.flags = PLUG_MESSAGE_SYN; /* PROTOCOL.md 4.2 */
	m.payload_type = piece->payload_type;
	m.payload = piece->payload;
	if (is_sealed(s, s->config.role, m.payload_type)) {
		sm_buf_clear(&s->sealed);
		r = plug_crypter_seal(s->crypter, &s->sealed, m.payload);
		if (r < 0)
			return r;
		m.payload = sm_buf_str(&s->sealed);
	}
	if ((r = encode(s, &m)) < 0)
		return r;
	(void)plug_flight_add(&s->flight, sm_buf_str(&s->wire), m.payload.len,
			      now.mono_ms);
	s->stats.sent++;
	s->stats.bytes_sent += piece->payload.len;
	s->ops->transmit(s->user, sm_buf_str(&s->wire));
	return 0;
}

static struct plug_flight_timing timing(const struct plug_stream *s)
{
	struct plug_flight_timing t;

	t.rto_ms = plug_rtt_rto_ms(&s->rtt);
	t.backoff = s->rtt.backoff;
	t.late_ms = s->rtt.srtt_ms + s->rtt.var_ms + 2;
	t.window = s->window.size;
	return t;
}

/* What the self-check failed with becomes a small message of that number. */
static void fail_probe(struct plug_stream *s)
{
	static const char small[] = "{\"cols\":80,\"rows\":24}";
	struct plug_flight_msg *f = plug_flight_find(&s->flight, s->probe_seq);
	struct plug_message m;

	s->probe = PROBE_FAILED;
	s->payload = PLUG_STREAM_PAYLOAD;
	if (!f || plug_message_decode_with(&m, sm_str_n(f->wire, f->wire_len),
					   s->hasher) < 0)
		return; /* it is ours and decodes */
	m.payload = sm_str(small);
	fresh_id(s, m.id);
	if (encode(s, &m) == 0)
		plug_flight_replace(&s->flight, f, sm_buf_str(&s->wire),
				    m.payload.len);
}

/* As large on the wire as the largest message of data will be. */
static int send_probe(struct plug_stream *s, struct plug_now now)
{
	double wait = 3 * plug_rtt_rto_ms(&s->rtt);
	struct sm_buf pad = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_sendq_piece piece;
	int r;

	(void)plug_payload_size_put(&pad, 80, 24);
	if ((r = sm_buf_put_fill(&pad, ' ',
				 s->config.payload_max + PLUG_CRYPTER_OVERHEAD -
					 pad.len)) < 0)
		goto out;
	piece.payload_type = PLUG_PAYLOAD_SIZE;
	piece.payload = sm_buf_str(&pad);
	s->probe = PROBE_SENT;
	s->probe_seq = s->flight.next;
	s->probe_until_ms =
		now.mono_ms +
		(int64_t)(wait > PROBE_MIN_MS ? wait : PROBE_MIN_MS);
	r = emit(s, &piece, now);
	if (!r)
		s->stats.bytes_sent -= piece.payload.len; /* nobody's data */
out:
	sm_buf_release(&pad);
	return r;
}

static bool wants_probe(const struct plug_stream *s)
{
	return s->probe == PROBE_WANTED && !s->paused &&
	       plug_sendq_run(&s->queue, PLUG_STREAM_BULK) >=
		       PLUG_STREAM_BULK &&
	       plug_flight_room(&s->flight, s->config.payload_max);
}

/* Bytes per message: a small window is not spent on two of them. */
static size_t piece_size(const struct plug_stream *s)
{
	size_t part = s->window.size / 4;

	return part < s->payload ? part : s->payload;
}

static bool may_send(struct plug_stream *s,
		     const struct plug_sendq_piece *piece)
{
	size_t window = s->window.size;

	if (piece->payload_type == PLUG_PAYLOAD_OUTPUT &&
	    !plug_rate_ready(&s->rate))
		return false;
	if (!s->flight.unacked)
		return true;
	if (s->paused && window > PLUG_WINDOW_START)
		window = PLUG_WINDOW_START;
	s->limited = s->flight.unacked + piece->payload.len > window;
	return !s->limited && plug_flight_room(&s->flight, piece->payload.len);
}

/* New messages, up to *budget bytes. Returns their number. */
static int send_new(struct plug_stream *s, struct plug_now now, size_t *budget)
{
	struct plug_sendq_piece piece;
	int r, n = 0;

	if (s->paused && s->config.role == PLUG_ROLE_AGENT)
		return 0;
	plug_rate_earn(&s->rate, s->payload, now.mono_ms);
	s->limited = false;
	while (*budget && !s->suspended &&
	       plug_sendq_peek(&s->queue, piece_size(s), &piece) &&
	       may_send(s, &piece)) {
		if (wants_probe(s)) {
			r = send_probe(s, now);
		} else {
			r = emit(s, &piece, now);
			if (!r && piece.payload_type == PLUG_PAYLOAD_OUTPUT)
				plug_rate_spend(&s->rate, piece.payload.len);
			if (!r)
				plug_sendq_drop(&s->queue, piece.payload.len);
		}
		if (r < 0)
			return r;
		n++;
		*budget -= *budget < s->wire.len ? *budget : s->wire.len;
	}
	return n;
}

static void note_loss(struct plug_stream *s, const struct plug_flight_msg *m,
		      enum plug_flight_why why)
{
	struct plug_window_loss loss;

	if (why == PLUG_FLIGHT_LOST)
		return;
	if (why == PLUG_FLIGHT_TIMEOUT &&
	    (m->level || m->serial >= s->backed_off)) {
		plug_rtt_timeout(&s->rtt, m->level);
		s->backed_off = s->flight.next_serial;
	}
	loss.serial = m->serial;
	loss.next = s->flight.next_serial;
	loss.in_flight = s->flight.unacked;
	loss.timeout = why == PLUG_FLIGHT_TIMEOUT;
	plug_window_lost(&s->window, &loss);
}

/* What is due again, up to *budget bytes. Returns the number of messages. */
static int send_again(struct plug_stream *s, struct plug_now now,
		      size_t *budget)
{
	struct plug_flight_timing t = timing(s);
	struct plug_flight_msg *m;
	enum plug_flight_why why;
	int n = 0;

	if (s->probe == PROBE_SENT && now.mono_ms >= s->probe_until_ms)
		fail_probe(s);
	while (*budget && !s->suspended &&
	       (m = plug_flight_due(&s->flight, &t, now.mono_ms, &why))) {
		if (s->config.resend_limit &&
		    m->resends >= s->config.resend_limit) {
			s->exhausted = true;
			return n;
		}
		note_loss(s, m, why);
		t.window = s->window.size;
		plug_flight_again(&s->flight, m, now.mono_ms);
		s->stats.resent++;
		s->ops->transmit(s->user, sm_str_n(m->wire, m->wire_len));
		*budget -= *budget < m->wire_len ? *budget : m->wire_len;
		n++;
	}
	/* more waits, and nothing but the window holds it back */
	if (*budget && s->flight.list[PLUG_FLIGHT_LEVELS].head)
		s->limited = true;
	return n;
}

static bool timers_run(const struct plug_stream *s)
{
	return !s->suspended && !s->paused && !s->choked && !s->exhausted;
}

/* The timers stood still, for whatever reason; nothing is overdue now. */
static void restart_timers(struct plug_stream *s, int64_t now_ms)
{
	s->flight.progress_ms = now_ms;
	if (s->probe == PROBE_SENT)
		s->probe_until_ms = now_ms + (int64_t)PROBE_MIN_MS;
}

int plug_stream_flush(struct plug_stream *s, struct plug_now now, size_t budget)
{
	int again = 0, fresh = 0;

	if (s->suspended)
		return 0;
	if (s->choked && budget)
		restart_timers(s, now.mono_ms);
	s->choked = !budget;
	if (!budget)
		return 0;
	if (timers_run(s))
		again = send_again(s, now, &budget);
	/* what must go out again comes first */
	if (!s->flight.list[PLUG_FLIGHT_LEVELS].head)
		fresh = send_new(s, now, &budget);
	return fresh < 0 ? fresh : again + fresh;
}

int plug_stream_poll(struct plug_stream *s, struct plug_now now)
{
	size_t budget = s->window.size;

	if (timers_run(s))
		(void)send_again(s, now, &budget);
	return s->exhausted ? SM_ELIMIT : 0;
}

int64_t plug_stream_deadline(const struct plug_stream *s)
{
	struct plug_flight_timing t = timing(s);
	int64_t at = INT64_MAX, one;

	if (s->suspended || s->choked)
		return INT64_MAX;
	if (timers_run(s)) {
		at = plug_flight_deadline(&s->flight, &t);
		if (s->probe == PROBE_SENT && s->probe_until_ms < at)
			at = s->probe_until_ms;
	}
	if (s->paused && s->config.role == PLUG_ROLE_AGENT)
		return INT64_MAX;
	if (!plug_rate_ready(&s->rate) && s->queue.data_bytes) {
		one = plug_rate_deadline(&s->rate);
		if (one < at)
			at = one;
	}
	return at;
}

/* ---- receiving --------------------------------------------------------- */

static void acknowledge(struct plug_stream *s, const unsigned char id[16],
			int64_t seq, struct plug_now now)
{
	struct plug_message m;

	sm_buf_clear(&s->ack);
	if (plug_payload_ack_put(&s->ack, sm_str(s->in_type), id, seq) < 0)
		return; /* cannot happen: it is far below 1024 bytes */
	start_message(s, &m, PLUG_MESSAGE_ACK, now);
	m.flags = PLUG_MESSAGE_SYN | PLUG_MESSAGE_FIN;
	m.payload = sm_buf_str(&s->ack);
	if (encode(s, &m) == 0)
		s->ops->transmit(s->user, sm_buf_str(&s->wire));
}

/* Types acknowledged before they are handled: PROTOCOL.md 6.2. */
static bool ack_first(uint32_t type)
{
	return type == PLUG_PAYLOAD_HANDSHAKE_REQUEST ||
	       type == PLUG_PAYLOAD_HANDSHAKE_COMPLETE ||
	       type == PLUG_PAYLOAD_CHALLENGE_REQUEST;
}

/*
 * Turn *payload into plain text if it is sealed; it then points into
 * s->plain. Errors: SM_EFORMAT, SM_EVERIFY.
 */
static int open_payload(struct plug_stream *s, uint32_t type,
			struct sm_str *payload)
{
	enum plug_role sender = s->config.role == PLUG_ROLE_CLIENT ?
					PLUG_ROLE_AGENT :
					PLUG_ROLE_CLIENT;
	int r;

	if (!is_sealed(s, sender, type))
		return 0;
	forget_large(&s->plain);
	r = plug_crypter_open(s->crypter, &s->plain, *payload);
	if (r < 0) {
		s->stats.bad++;
		return r == SM_EFORMAT ? r : SM_EVERIFY;
	}
	*payload = sm_buf_str(&s->plain);
	return 0;
}

static int deliver(struct plug_stream *s, uint32_t type, struct sm_str payload)
{
	int r = s->ops->deliver(s->user, type, payload);

	if (r < 0)
		return r;
	s->stats.received++;
	s->stats.bytes_received += payload.len;
	s->expected++;
	return 0;
}

/* Deliver what is kept, as far as it goes: 0, SM_EAGAIN or a worse code. */
static int drain(struct plug_stream *s, struct plug_now now)
{
	struct plug_reorder_entry *e;
	struct sm_str payload;
	int r;

	while ((e = plug_reorder_find(&s->early, s->expected))) {
		payload = sm_str_n(e->payload, e->len);
		if (!e->opened &&
		    (r = open_payload(s, e->payload_type, &payload)) < 0)
			return r;
		if (!e->acked && ack_first(e->payload_type)) {
			acknowledge(s, e->id, e->seq, now);
			e->acked = true;
		}
		if ((r = deliver(s, e->payload_type, payload)) < 0)
			return r;
		if (!e->acked)
			acknowledge(s, e->id, e->seq, now);
		plug_reorder_drop(&s->early, e->seq);
	}
	return 0;
}

/* Keep a message whose payload was opened if it could be. */
static int keep(struct plug_stream *s, const struct plug_message *m,
		struct sm_str payload, bool acked)
{
	struct plug_reorder_entry e = { 0 };

	e.seq = m->seq;
	e.payload_type = m->payload_type;
	memcpy(e.id, m->id, sizeof(e.id));
	e.acked = acked;
	e.opened = s->crypter != NULL;
	return plug_reorder_put(&s->early, s->expected, &e, payload);
}

static int take_early(struct plug_stream *s, const struct plug_message *m,
		      struct plug_now now)
{
	struct plug_reorder_entry *e = plug_reorder_find(&s->early, m->seq);
	struct sm_str payload = m->payload;
	int r;

	if (e) {
		s->stats.duplicates++;
		acknowledge(s, m->id, m->seq, now);
		return 0;
	}
	/* a broken seal is found before it is acknowledged, not after */
	if ((r = open_payload(s, m->payload_type, &payload)) < 0)
		return r;
	if (keep(s, m, payload, true) < 0)
		return SM_EAGAIN; /* no room: it comes again */
	s->stats.out_of_order++;
	acknowledge(s, m->id, m->seq, now);
	return 0;
}

/* The message whose turn it is. */
static int take_next(struct plug_stream *s, const struct plug_message *m,
		     struct plug_now now)
{
	struct sm_str payload = m->payload;
	bool first = ack_first(m->payload_type);
	int r;

	if ((r = open_payload(s, m->payload_type, &payload)) < 0)
		return r;
	if (first)
		acknowledge(s, m->id, m->seq, now);
	if ((r = deliver(s, m->payload_type, payload)) < 0) {
		if (r == SM_EAGAIN)
			(void)keep(s, m, payload,
				   first); /* or it comes again */
		return r;
	}
	if (!first)
		acknowledge(s, m->id, m->seq, now);
	r = drain(s, now);
	return r == SM_EAGAIN ? 0 : r;
}

static int take_data(struct plug_stream *s, const struct plug_message *m,
		     struct plug_now now)
{
	struct plug_reorder_entry *e;

	if (s->suspended)
		return SM_EAGAIN;
	if (m->seq < 0) {
		s->stats.bad++;
		return SM_EFORMAT;
	}
	if (m->seq < s->expected) {
		s->stats.duplicates++;
		acknowledge(s, m->id, m->seq, now);
		return 0;
	}
	if (m->seq > s->expected)
		return take_early(s, m, now);
	e = plug_reorder_find(&s->early, m->seq);
	if (!e)
		return take_next(s, m, now);
	s->stats.duplicates++; /* kept until the session is ready */
	if (e->acked)
		acknowledge(s, m->id, m->seq, now);
	return drain(s, now);
}

/*
 * Karn's rule: the answer to a message that went out twice may be to either;
 * unless it came sooner after the last than any answer has.
 */
static void sample(struct plug_stream *s, const struct plug_flight_msg *f,
		   struct plug_now now)
{
	double ms = (double)(now.mono_ms - f->first_ms);

	if (!f->resent) {
		plug_rtt_sample(&s->rtt, ms);
		plug_window_sample(&s->window, ms, f->serial,
				   s->flight.next_serial, now.mono_ms);
	} else if (f->resends == 1 &&
		   (double)(now.mono_ms - f->last_ms) < s->rtt.min_ms / 2) {
		plug_rtt_sample(&s->rtt, ms);
	}
}

static int take_ack(struct plug_stream *s, const struct plug_message *m,
		    struct plug_now now)
{
	struct plug_flight_msg *f;
	int64_t seq;

	if (plug_payload_ack_get(&seq, m->payload) < 0) {
		s->stats.bad++;
		return SM_EFORMAT;
	}
	f = plug_flight_find(&s->flight, seq);
	if (!f) { /* the second answer is to the second copy */
		if (seq >= 0 && seq < s->flight.next)
			plug_window_undo(&s->window);
		return 0;
	}
	s->exhausted = false;
	sample(s, f, now);
	plug_window_ack(&s->window, f->len, s->limited);
	if (s->probe == PROBE_SENT && seq == s->probe_seq) {
		s->probe = PROBE_DONE;
		s->payload = s->config.payload_max;
	}
	plug_flight_acked(&s->flight, f, now.mono_ms);
	return 0;
}

static void resume_publication(struct plug_stream *s, struct plug_now now)
{
	if (s->paused)
		restart_timers(s, now.mono_ms);
	s->paused = false;
}

int plug_stream_receive(struct plug_stream *s, struct sm_str message,
			struct plug_now now)
{
	struct plug_closed closed;
	struct plug_message m;

	if (plug_message_decode_with(&m, message, s->hasher) < 0) {
		s->stats.bad++;
		return SM_EFORMAT;
	}
	if (sm_str_eqz(m.type, s->in_type)) {
		resume_publication(s, now);
		return take_data(s, &m, now);
	}
	if (sm_str_eqz(m.type, PLUG_MESSAGE_ACK)) {
		resume_publication(s, now);
		return take_ack(s, &m, now);
	}
	if (sm_str_eqz(m.type, PLUG_MESSAGE_START)) {
		resume_publication(s, now);
		return 0;
	}
	if (sm_str_eqz(m.type, PLUG_MESSAGE_PAUSE)) {
		s->paused = true;
		return 0;
	}
	if (sm_str_eqz(m.type, PLUG_MESSAGE_CLOSED)) {
		plug_payload_closed_get(&closed, m.payload);
		s->ops->closed(s->user, &closed);
		return 0;
	}
	s->stats.bad++;
	return SM_EFORMAT;
}

int plug_stream_redeliver(struct plug_stream *s, struct plug_now now)
{
	if (s->suspended)
		return 0;
	return drain(s, now);
}

/* ---- connections ------------------------------------------------------- */

void plug_stream_shrink(struct plug_stream *s)
{
	if (s->config.role == PLUG_ROLE_CLIENT && s->probe == PROBE_SENT) {
		fail_probe(s);
		return;
	}
	s->probe = PROBE_FAILED;
	s->payload = PLUG_STREAM_PAYLOAD;
}

void plug_stream_suspend(struct plug_stream *s)
{
	/* it may have been what broke the connection: never again */
	if (s->probe == PROBE_SENT)
		fail_probe(s);
	s->suspended = true;
}

void plug_stream_resume(struct plug_stream *s, struct plug_now now)
{
	s->suspended = s->paused = s->choked = s->exhausted = false;
	plug_flight_lose_all(&s->flight);
	plug_window_restart(&s->window, s->flight.next_serial, s->flight.base);
	restart_timers(s, now.mono_ms);
}

void plug_stream_stats(const struct plug_stream *s,
		       struct plug_stream_stats *out)
{
	*out = s->stats;
	out->acked = (uint64_t)s->flight.base;
	out->srtt_ms = s->rtt.srtt_ms;
	out->rto_ms = plug_rtt_rto_ms(&s->rtt);
	out->window = s->window.size;
	out->in_flight = s->flight.unacked;
	out->early = s->early.count;
	out->payload = s->payload;
}
