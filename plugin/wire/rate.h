/*
 * A ceiling on bytes per second: a token bucket that holds a twentieth of a
 * second. Part of plug_stream; pure.
 */
#ifndef PLUGIN_WIRE_RATE_H
#define PLUGIN_WIRE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plug_rate {
	uint64_t limit; /* bytes per second; 0: none */
	double tokens;  /* bytes that may go; what went last may overdraw it */
	int64_t at_ms;  /* when they were counted */
};

void plug_rate_init(struct plug_rate *r, uint64_t limit);

/* Count what was earned until now; `piece`: bytes of the largest message,
 * for which there is always room in the bucket. */
void plug_rate_earn(struct plug_rate *r, size_t piece, int64_t now_ms);

bool plug_rate_ready(const struct plug_rate *r);
void plug_rate_spend(struct plug_rate *r, size_t bytes);

/* When plug_rate_ready will be true; INT64_MIN: it is. */
int64_t plug_rate_deadline(const struct plug_rate *r);

#endif
