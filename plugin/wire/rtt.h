/*
 * Round-trip estimator of PROTOCOL.md 6.1 (vector A10), times in ms.
 */
#ifndef PLUGIN_WIRE_RTT_H
#define PLUGIN_WIRE_RTT_H

#include <stdint.h>

struct plug_rtt {
	double srtt_ms, var_ms;
	double min_ms;    /* smallest sample so far; 0 before the first */
	unsigned backoff; /* doublings since the last sample */
};

/* SRTT 100, RTTVAR 0. */
void plug_rtt_init(struct plug_rtt *r);
void plug_rtt_sample(struct plug_rtt *r, double ms);
/*
 * A message was not answered in time, and that `before` times before. Where
 * the round trip has become longer than the time-out every message goes out
 * twice, so none gives a sample: the time-outs of all stay doubled, once per
 * round trip more, until one does (RFC 6298 5.5 to 5.7).
 */
void plug_rtt_timeout(struct plug_rtt *r, unsigned before);
/* SRTT + max(10, 4 * RTTVAR), at most 1000 or twice SRTT; 200 before the first
 * sample; without the doublings. */
double plug_rtt_rto_ms(const struct plug_rtt *r);

#endif
