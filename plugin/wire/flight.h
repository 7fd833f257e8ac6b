/*
 * The messages that were handed out and are not acknowledged: found by their
 * number, resent by their timers. Part of plug_stream; pure.
 *
 * Every transmission, first or repeated, has a serial number. A message waits
 * in the list of its back-off level, in the order of its last transmission;
 * so the first of each list is the next that is due there.
 */
#ifndef PLUGIN_WIRE_FLIGHT_H
#define PLUGIN_WIRE_FLIGHT_H

#include "common/str.h"

#define PLUG_FLIGHT_LEVELS 6
#define PLUG_FLIGHT_TIMEOUT_MAX 3000.0 /* ms; back-off ends here */
#define PLUG_FLIGHT_SPAN 8192          /* numbers between oldest and next */
#define PLUG_FLIGHT_SPAN_BYTES ((size_t)4 << 20) /* payload in that span */

struct plug_flight_msg {
	struct plug_flight_msg *prev, *next; /* in its list */
	int64_t seq;
	uint64_t first_serial, serial; /* first and last transmission */
	int64_t first_ms, last_ms;
	unsigned level; /* PLUG_FLIGHT_LEVELS: waits in `lost` */
	unsigned resends;
	bool resent; /* an answer may be to either copy: no sample */
	size_t len;  /* payload bytes */
	size_t wire_len;
	char *wire; /* the whole message */
};

struct plug_flight_list {
	struct plug_flight_msg *head, *tail;
};

struct plug_flight_slot {
	struct plug_flight_msg *msg; /* NULL once acknowledged */
	size_t len;
};

struct plug_flight {
	struct plug_flight_slot *ring;
	size_t size;        /* slots, a power of two, or 0 */
	int64_t base, next; /* oldest unacknowledged, next to be given */
	/* one list per level, and what must go out again at once */
	struct plug_flight_list list[PLUG_FLIGHT_LEVELS + 1];
	size_t unacked;      /* payload bytes, all of them */
	size_t span;         /* payload bytes from base to next */
	size_t resent_bytes; /* resent and still in flight */
	uint64_t next_serial;
	uint64_t acked_serial[3]; /* the three latest transmissions known to
				     have arrived, latest first */
	int64_t progress_ms; /* an answer came that was no answer to a resend */
};

void plug_flight_init(struct plug_flight *f);
void plug_flight_release(struct plug_flight *f);

/* True if a message of `len` bytes may follow what is out. */
bool plug_flight_room(const struct plug_flight *f, size_t len);

/* Register the message with number f->next (its bytes are copied). */
struct plug_flight_msg *plug_flight_add(struct plug_flight *f,
					struct sm_str wire, size_t len,
					int64_t now_ms);

/* The unacknowledged message of that number, or NULL. */
struct plug_flight_msg *plug_flight_find(const struct plug_flight *f,
					 int64_t seq);

/* It arrived: forget it. */
void plug_flight_acked(struct plug_flight *f, struct plug_flight_msg *m,
		       int64_t now_ms);

/* It was handed out once more: its timer starts again, one level up. */
void plug_flight_again(struct plug_flight *f, struct plug_flight_msg *m,
		       int64_t now_ms);

/* Other bytes under the same number, to go out at once. */
void plug_flight_replace(struct plug_flight *f, struct plug_flight_msg *m,
			 struct sm_str wire, size_t len);

/* Everything must go out again, oldest first: the connection is a new one. */
void plug_flight_lose_all(struct plug_flight *f);

struct plug_flight_timing {
	double rto_ms;
	unsigned backoff; /* doublings of all time-outs: see plug_rtt */
	double late_ms; /* older than that, with three later ones there: lost */
	size_t window;  /* bound of resent_bytes */
};

enum plug_flight_why {
	PLUG_FLIGHT_LOST,   /* by plug_flight_lose_all or _replace */
	PLUG_FLIGHT_PASSED, /* three later transmissions arrived */
	PLUG_FLIGHT_TIMEOUT
};

/* The message to send again now, or NULL; *why says what happened. */
struct plug_flight_msg *plug_flight_due(const struct plug_flight *f,
					const struct plug_flight_timing *t,
					int64_t now_ms,
					enum plug_flight_why *why);

/* When plug_flight_due will have one, if nothing happens before; INT64_MIN:
 * now; INT64_MAX: never. */
int64_t plug_flight_deadline(const struct plug_flight *f,
			     const struct plug_flight_timing *t);

#endif
