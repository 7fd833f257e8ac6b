/*
 * Unacknowledged messages.
 *
 * Rules of sending again:
 * - A message has its own timer with exponential back-off. The timers of
 *   messages sent only once start again whenever a message sent only once is
 *   acknowledged: the agent answers in order and only after its own write, so
 *   a slow destination delays all answers, and sending a window twice would
 *   make it slower still.
 * - A message is lost when three later transmissions arrived and it is older
 *   than a round trip.
 * - What was sent again and is not answered yet never exceeds the window.
 */
#include "common/def.h"
#include "plugin/wire/flight.h"

#include "common/mem.h"

#define RING_MIN 64u
#define LOST PLUG_FLIGHT_LEVELS /* index of the list of the lost */

void plug_flight_init(struct plug_flight *f)
{
	memset(f, 0, sizeof(*f));
	f->next_serial = 1; /* acked_serial 0: none */
}

static void free_msg(struct plug_flight_msg *m)
{
	sm_mem_free(m->wire);
	sm_mem_free(m);
}

void plug_flight_release(struct plug_flight *f)
{
	size_t i;

	for (i = 0; i < f->size; i++) {
		if (f->ring[i].msg)
			free_msg(f->ring[i].msg);
	}
	sm_mem_free(f->ring);
	plug_flight_init(f);
}

static void link_last(struct plug_flight *f, struct plug_flight_msg *m)
{
	struct plug_flight_list *l = &f->list[m->level];

	m->next = NULL;
	m->prev = l->tail;
	if (l->tail)
		l->tail->next = m;
	else
		l->head = m;
	l->tail = m;
	if (m->level && m->level != LOST)
		f->resent_bytes += m->len;
}

static void unlink_msg(struct plug_flight *f, struct plug_flight_msg *m)
{
	struct plug_flight_list *l = &f->list[m->level];

	if (m->prev)
		m->prev->next = m->next;
	else
		l->head = m->next;
	if (m->next)
		m->next->prev = m->prev;
	else
		l->tail = m->prev;
	if (m->level && m->level != LOST)
		f->resent_bytes -= m->len;
}

static struct plug_flight_slot *slot(const struct plug_flight *f, int64_t seq)
{
	return &f->ring[(size_t)seq & (f->size - 1)];
}

static void grow(struct plug_flight *f)
{
	struct plug_flight old = *f;
	int64_t seq;

	f->size = old.size ? old.size * 2 : RING_MIN;
	f->ring = sm_mem_zalloc(f->size, sizeof(*f->ring));
	for (seq = f->base; seq < f->next; seq++)
		*slot(f, seq) = *slot(&old, seq);
	sm_mem_free(old.ring);
}

bool plug_flight_room(const struct plug_flight *f, size_t len)
{
	if (f->next == f->base)
		return true;
	return f->next - f->base < PLUG_FLIGHT_SPAN &&
	       len <= PLUG_FLIGHT_SPAN_BYTES &&
	       f->span <= PLUG_FLIGHT_SPAN_BYTES - len;
}

static void set_wire(struct plug_flight_msg *m, struct sm_str wire, size_t len)
{
	m->wire = sm_mem_alloc(wire.len);
	memcpy(m->wire, wire.ptr, wire.len);
	m->wire_len = wire.len;
	m->len = len;
}

struct plug_flight_msg *plug_flight_add(struct plug_flight *f,
					struct sm_str wire, size_t len,
					int64_t now_ms)
{
	struct plug_flight_msg *m = sm_mem_zalloc(1, sizeof(*m));

	if ((size_t)(f->next - f->base) >= f->size)
		grow(f);
	set_wire(m, wire, len);
	m->seq = f->next++;
	m->first_serial = m->serial = f->next_serial++;
	m->first_ms = m->last_ms = now_ms;
	slot(f, m->seq)->msg = m;
	slot(f, m->seq)->len = len;
	link_last(f, m);
	f->unacked += len;
	f->span += len;
	return m;
}

struct plug_flight_msg *plug_flight_find(const struct plug_flight *f,
					 int64_t seq)
{
	if (seq < f->base || seq >= f->next)
		return NULL;
	return slot(f, seq)->msg;
}

/* Insert into the three latest, which are kept in order. */
static void note_arrival(struct plug_flight *f, uint64_t serial)
{
	uint64_t *s = f->acked_serial;
	int i;

	for (i = 0; i < 3; i++) {
		if (serial > s[i]) {
			uint64_t passed = s[i];

			s[i] = serial;
			serial = passed;
		}
	}
}

void plug_flight_acked(struct plug_flight *f, struct plug_flight_msg *m,
		       int64_t now_ms)
{
	/* of several copies any may have arrived, the first at least */
	note_arrival(f, m->first_serial);
	if (!m->resent)
		f->progress_ms = now_ms;
	unlink_msg(f, m);
	f->unacked -= m->len;
	slot(f, m->seq)->msg = NULL;
	free_msg(m);
	while (f->base < f->next && !slot(f, f->base)->msg) {
		f->span -= slot(f, f->base)->len;
		f->base++;
	}
}

void plug_flight_again(struct plug_flight *f, struct plug_flight_msg *m,
		       int64_t now_ms)
{
	unlink_msg(f, m);
	if (m->level == LOST) /* the first time on this connection */
		m->first_serial = f->next_serial;
	m->level = m->level == LOST ? 1 : m->level + 1;
	if (m->level >= PLUG_FLIGHT_LEVELS)
		m->level = PLUG_FLIGHT_LEVELS - 1;
	m->serial = f->next_serial++;
	m->last_ms = now_ms;
	m->resends++;
	m->resent = true;
	link_last(f, m);
}

void plug_flight_replace(struct plug_flight *f, struct plug_flight_msg *m,
			 struct sm_str wire, size_t len)
{
	unlink_msg(f, m);
	f->unacked -= m->len;
	f->span -= slot(f, m->seq)->len;
	sm_mem_free(m->wire);
	set_wire(m, wire, len);
	slot(f, m->seq)->len = len;
	f->unacked += len;
	f->span += len;
	m->level = LOST;
	link_last(f, m);
}

void plug_flight_lose_all(struct plug_flight *f)
{
	struct plug_flight_msg *m;
	int64_t seq;

	for (seq = f->base; seq < f->next; seq++) {
		m = slot(f, seq)->msg;
		if (!m)
			continue;
		unlink_msg(f, m);
		m->level = LOST;
		m->resends = 0;
		m->resent = true;
		link_last(f, m);
	}
	memset(f->acked_serial, 0, sizeof(f->acked_serial));
}

/* The doublings of one message and those of all are not added up. */
static double timeout_ms(const struct plug_flight_timing *t, unsigned level)
{
	double ms = t->rto_ms *
		    (double)(1u << (level > t->backoff ? level : t->backoff));

	return ms < PLUG_FLIGHT_TIMEOUT_MAX ? ms : PLUG_FLIGHT_TIMEOUT_MAX;
}

/* Whole milliseconds after `from`, never early. */
static int64_t after(int64_t from, double ms)
{
	return from + (int64_t)ms + 1;
}

/* When the message is due by its own timer, and when it counts as passed. */
static int64_t timer_at(const struct plug_flight *f,
			const struct plug_flight_msg *m,
			const struct plug_flight_timing *t)
{
	int64_t from = m->last_ms;

	if (!m->level && f->progress_ms > from)
		from = f->progress_ms;
	return after(from, timeout_ms(t, m->level));
}

static int64_t passed_at(const struct plug_flight *f,
			 const struct plug_flight_msg *m,
			 const struct plug_flight_timing *t)
{
	if (m->serial >= f->acked_serial[2])
		return INT64_MAX;
	if (!m->level)
		return after(m->last_ms, t->late_ms);
	return after(m->last_ms, timeout_ms(t, m->level - 1));
}

/* Messages that are not yet counted as resent need room in the window. */
static bool may_resend(const struct plug_flight *f,
		       const struct plug_flight_msg *m,
		       const struct plug_flight_timing *t)
{
	if (m->level && m->level != LOST)
		return true;
	return !f->resent_bytes || f->resent_bytes + m->len <= t->window;
}

struct plug_flight_msg *plug_flight_due(const struct plug_flight *f,
					const struct plug_flight_timing *t,
					int64_t now_ms,
					enum plug_flight_why *why)
{
	struct plug_flight_msg *m = f->list[LOST].head;
	unsigned i;

	*why = PLUG_FLIGHT_LOST;
	if (m && may_resend(f, m, t))
		return m;
	for (i = m ? 1 : 0; i < PLUG_FLIGHT_LEVELS; i++) {
		m = f->list[i].head;
		if (!m || !may_resend(f, m, t))
			continue;
		*why = PLUG_FLIGHT_PASSED;
		if (passed_at(f, m, t) <= now_ms)
			return m;
		*why = PLUG_FLIGHT_TIMEOUT;
		if (timer_at(f, m, t) <= now_ms)
			return m;
	}
	return NULL;
}

int64_t plug_flight_deadline(const struct plug_flight *f,
			     const struct plug_flight_timing *t)
{
	const struct plug_flight_msg *m = f->list[LOST].head;
	int64_t at = INT64_MAX, one;
	unsigned i;

	if (m && may_resend(f, m, t))
		return INT64_MIN;
	for (i = m ? 1 : 0; i < PLUG_FLIGHT_LEVELS; i++) {
		m = f->list[i].head;
		if (!m || !may_resend(f, m, t))
			continue;
		one = passed_at(f, m, t);
		if (one > timer_at(f, m, t))
			one = timer_at(f, m, t);
		if (one < at)
			at = one;
	}
	return at;
}
