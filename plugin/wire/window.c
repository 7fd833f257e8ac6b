/*
 * Slow start, then growth by a sixteenth per round trip; halved by a loss, to
 * the minimum by a timeout, less an eighth per round trip while samples stay
 * well above the smallest one known.
 */
#include "common/def.h"
#include "plugin/wire/window.h"

#define GROWTH 16     /* part of the window per round trip */
#define QUEUE_MS 50.0 /* standing queue that is put up with */
#define FRUITLESS_MAX 4
#define BASE_EPOCH_MS 30000 /* a path may change: the base is forgotten */

static size_t clamp(size_t v)
{
	if (v < PLUG_WINDOW_MIN)
		return PLUG_WINDOW_MIN;
	return v < PLUG_WINDOW_MAX ? v : PLUG_WINDOW_MAX;
}

void plug_window_init(struct plug_window *w)
{
	memset(w, 0, sizeof(*w));
	w->size = PLUG_WINDOW_START;
	w->threshold = PLUG_WINDOW_MAX;
}

void plug_window_ack(struct plug_window *w, size_t bytes, bool limited)
{
	if (!limited)
		return;
	w->size = clamp(w->size +
			(w->size < w->threshold ? bytes : bytes / GROWTH));
}

static void note_base(struct plug_window *w, double ms, int64_t now_ms)
{
	if (now_ms - w->base_since_ms >= BASE_EPOCH_MS) {
		w->base_ms[1] = w->base_ms[0];
		w->base_ms[0] = 0;
		w->base_since_ms = now_ms;
	}
	if (w->base_ms[0] <= 0 || ms < w->base_ms[0])
		w->base_ms[0] = ms;
}

static double base_of(const struct plug_window *w)
{
	if (w->base_ms[1] > 0 && w->base_ms[1] < w->base_ms[0])
		return w->base_ms[1];
	return w->base_ms[0];
}

void plug_window_sample(struct plug_window *w, double ms, uint64_t serial,
			uint64_t next, int64_t now_ms)
{
	if (ms < 0.001)
		ms = 0.001; /* 0 means "none" in the fields */
	note_base(w, ms, now_ms);
	if (serial >= w->recover)
		w->undo_size = 0; /* what went after the time-out is answered */
	if (w->round_min_ms <= 0 || ms < w->round_min_ms)
		w->round_min_ms = ms;
	if (serial < w->round_end)
		return;
	if (w->round_min_ms > 2 * base_of(w) + QUEUE_MS) {
		w->size = clamp(w->size - w->size / 8);
		w->threshold = w->size;
	}
	w->round_min_ms = 0;
	w->round_end = next;
}

void plug_window_lost(struct plug_window *w, const struct plug_window_loss *l)
{
	if (l->serial < w->recover)
		return;
	w->recover = l->next;
	if (!l->timeout) {
		w->undo_size = 0;
	} else if (w->size > w->undo_size) {
		w->undo_size = w->size;
		w->undo_threshold = w->threshold;
	}
	/* one small message that nobody was ready for is no congestion */
	if (l->in_flight >= w->size / 2)
		w->threshold = clamp(w->size / 2);
	w->size = l->timeout ? PLUG_WINDOW_MIN : clamp(w->size / 2);
}

void plug_window_undo(struct plug_window *w)
{
	if (w->undo_size > w->size)
		w->size = w->undo_size;
	if (w->undo_size && w->undo_threshold > w->threshold)
		w->threshold = w->undo_threshold;
	w->undo_size = 0;
}

void plug_window_restart(struct plug_window *w, uint64_t next, int64_t answered)
{
	if (w->answered != answered)
		w->fruitless = 0;
	w->answered = answered;
	if (w->threshold < w->size)
		w->threshold = w->size;
	w->size = PLUG_WINDOW_MIN >> w->fruitless;
	if (w->fruitless < FRUITLESS_MAX)
		w->fruitless++;
	w->undo_size = 0;
	w->recover = next;
	w->round_end = next;
	w->round_min_ms = 0;
	w->base_ms[0] = w->base_ms[1] = 0;
}
