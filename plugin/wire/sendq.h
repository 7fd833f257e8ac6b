/*
 * What waits to be sent, in order: data (type 1) is joined and cut later,
 * every other payload stays one message. Part of plug_stream; pure.
 */
#ifndef PLUGIN_WIRE_SENDQ_H
#define PLUGIN_WIRE_SENDQ_H

#include "common/buf.h"

struct plug_sendq_chunk;

struct plug_sendq {
	struct plug_sendq_chunk *head, *tail;
	struct plug_sendq_chunk *size; /* the unsent Size, if there is one */
	size_t data_bytes, other_bytes;
	struct sm_buf joined;
};

void plug_sendq_init(struct plug_sendq *q);
void plug_sendq_release(struct plug_sendq *q);

/*
 * Append a copy; `payload` is not empty. A Size takes the place of an unsent
 * one. Bounds are the caller's: see data_bytes and other_bytes.
 */
void plug_sendq_put(struct plug_sendq *q, uint32_t payload_type,
		    struct sm_str payload);

/* Data bytes in front of the first payload of another type, counted up to
 * `enough`. */
size_t plug_sendq_run(const struct plug_sendq *q, size_t enough);

struct plug_sendq_piece {
	uint32_t payload_type;
	struct sm_str payload;
};

/*
 * The next payload, data cut to `max`; false when nothing waits.
 *
 * Owns: the view is valid until the next call that changes the queue.
 */
bool plug_sendq_peek(struct plug_sendq *q, size_t max,
		     struct plug_sendq_piece *piece);

/* Remove what plug_sendq_peek showed: `len` bytes of it. */
void plug_sendq_drop(struct plug_sendq *q, size_t len);

#endif
