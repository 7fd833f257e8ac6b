/*
 * Messages that came before their turn, by sequence number. Bounded in bytes
 * and in count. Part of plug_stream; pure.
 */
#ifndef PLUGIN_WIRE_REORDER_H
#define PLUGIN_WIRE_REORDER_H

#include "common/str.h"

/* Source: PROTOCOL.md 6.2; the official client keeps as many. */
#define PLUG_REORDER_COUNT 10000u

struct plug_reorder_entry {
	int64_t seq;
	uint32_t payload_type;
	unsigned char id[16]; /* for an acknowledgement that is still due */
	bool acked;
	bool opened; /* the payload is decrypted, or was never sealed */
	size_t len;
	char payload[];
};

struct plug_reorder {
	struct plug_reorder_entry **ring;
	size_t size; /* slots, a power of two, or 0 */
	size_t count, bytes, max_bytes;
};

void plug_reorder_init(struct plug_reorder *r, size_t max_bytes);
void plug_reorder_release(struct plug_reorder *r);

/* The entry of `seq`, or NULL. */
struct plug_reorder_entry *plug_reorder_find(const struct plug_reorder *r,
					     int64_t seq);

/*
 * Keep a copy of everything in *e but its flexible end, and of `payload`.
 * `expected` is the lowest number that may be kept; an entry of the same
 * number must not be there.
 * Errors: SM_ELIMIT when the bounds are reached.
 */
int plug_reorder_put(struct plug_reorder *r, int64_t expected,
		     const struct plug_reorder_entry *e, struct sm_str payload);

void plug_reorder_drop(struct plug_reorder *r, int64_t seq);

#endif
