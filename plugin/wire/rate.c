/*
 * The token bucket: it may be overdrawn by one message, so that a low limit
 * still lets whole messages through.
 */
#include "common/def.h"
#include "plugin/wire/rate.h"

#define BURST 20 /* part of a second */

void plug_rate_init(struct plug_rate *r, uint64_t limit)
{
	r->limit = limit;
	r->tokens = 1;
	r->at_ms = 0;
}

void plug_rate_earn(struct plug_rate *r, size_t piece, int64_t now_ms)
{
	double most = (double)r->limit / BURST;

	if (!r->limit)
		return;
	if (now_ms > r->at_ms)
		r->tokens +=
			(double)r->limit * (double)(now_ms - r->at_ms) / 1000;
	r->at_ms = now_ms;
	if (most < (double)piece)
		most = (double)piece;
	if (r->tokens > most)
		r->tokens = most;
}

bool plug_rate_ready(const struct plug_rate *r)
{
	return !r->limit || r->tokens > 0;
}

void plug_rate_spend(struct plug_rate *r, size_t bytes)
{
	if (r->limit)
		r->tokens -= (double)bytes;
}

int64_t plug_rate_deadline(const struct plug_rate *r)
{
	if (plug_rate_ready(r))
		return INT64_MIN;
	return r->at_ms + 1 + (int64_t)(-r->tokens * 1000 / (double)r->limit);
}
