/*
 * Round-trip estimator of PROTOCOL.md 6.1 (vector A10), times in ms.
 */
#ifndef PLUGIN_WIRE_RTT_H
#define PLUGIN_WIRE_RTT_H

#include <stdint.h>

struct plug_rtt {
	double srtt_ms, var_ms;
	double min_ms; /* smallest sample so far; 0 before the first */
};

/* SRTT 100, RTTVAR 0. */
void plug_rtt_init(struct plug_rtt *r);
void plug_rtt_sample(struct plug_rtt *r, double ms);
/* min(1000, SRTT + max(10, 4 * RTTVAR)); 200 before the first sample. */
double plug_rtt_rto_ms(const struct plug_rtt *r);

#endif
