/*
 * How many bytes may be in flight. Part of plug_stream; pure.
 *
 * The agent acknowledges after its write has returned (PROTOCOL.md 13.5), so
 * what acknowledgements say is the speed of path and destination together:
 * the window grows while they keep up, and shrinks when messages are lost or
 * when they come late because a queue stands somewhere.
 */
#ifndef PLUGIN_WIRE_WINDOW_H
#define PLUGIN_WIRE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLUG_WINDOW_START ((size_t)64 << 10)
#define PLUG_WINDOW_MIN ((size_t)16 << 10)
#define PLUG_WINDOW_MAX ((size_t)4 << 20)

struct plug_window {
	size_t size;      /* bytes allowed in flight */
	size_t threshold; /* below: doubles per round trip */
	uint64_t recover; /* losses of older transmissions count once */
	size_t undo_size, undo_threshold; /* before a time-out; 0: none */
	uint64_t round_end;  /* transmission that ends this round trip */
	double round_min_ms; /* smallest sample of this round, 0: none */
	double base_ms[2];   /* smallest of this and of the last half minute */
	int64_t base_since_ms;
	int64_t answered;   /* at the last restart */
	unsigned fruitless; /* connections that left it there */
};

void plug_window_init(struct plug_window *w);

/*
 * `bytes` were acknowledged; `limited`: it was the window that held back more
 * of them. An application that sends little proves nothing about the path.
 */
void plug_window_ack(struct plug_window *w, size_t bytes, bool limited);

/*
 * A round trip was measured on transmission number `serial`; the next one to
 * go out has number `next`.
 */
void plug_window_sample(struct plug_window *w, double ms, uint64_t serial,
			uint64_t next, int64_t now_ms);

struct plug_window_loss {
	uint64_t serial; /* of the transmission that was lost */
	uint64_t next;   /* of the next to go out */
	size_t in_flight;
	bool timeout; /* else: later ones arrived */
};
void plug_window_lost(struct plug_window *w, const struct plug_window_loss *l);

/*
 * A message that went out again had arrived before: the time-out was too
 * short, and what it did to the window is taken back.
 */
void plug_window_undo(struct plug_window *w);

/*
 * A new connection: what was known about the path is forgotten. On a path
 * whose connections die young, answers to the first flight must come back
 * before the next one dies, or nothing advances: so it is the smallest window,
 * and half of that for each connection that brought nothing forward.
 * `answered`: the oldest message that is not acknowledged.
 */
void plug_window_restart(struct plug_window *w, uint64_t next,
			 int64_t answered);

#endif
