/*
 * The estimator that both official ends use: deviation first, with the old
 * mean (PROTOCOL.md 6.1).
 */
#include "common/def.h"
#include "plugin/wire/rtt.h"

#define SRTT_START_MS 100.0
#define RTO_START_MS 200.0
#define RTO_CAP_MS 1000.0
#define BACKOFF_MAX 9u
#define GRANULARITY_MS 10.0
#define MIN_FLOOR_MS 0.001 /* so that min_ms 0 still means "no sample" */

void plug_rtt_init(struct plug_rtt *r)
{
	r->srtt_ms = SRTT_START_MS;
	r->var_ms = 0;
	r->min_ms = 0;
	r->backoff = 0;
}

void plug_rtt_sample(struct plug_rtt *r, double ms)
{
	double off;

	if (!(ms >= MIN_FLOOR_MS))
		ms = MIN_FLOOR_MS;
	off = r->srtt_ms > ms ? r->srtt_ms - ms : ms - r->srtt_ms;
	r->var_ms = 0.75 * r->var_ms + 0.25 * off;
	r->srtt_ms = 0.875 * r->srtt_ms + 0.125 * ms;
	if (r->min_ms <= 0 || ms < r->min_ms)
		r->min_ms = ms;
	r->backoff = 0;
}

void plug_rtt_timeout(struct plug_rtt *r, unsigned before)
{
	if (before >= r->backoff)
		r->backoff = before + 1;
	else if (!before)
		r->backoff++;
	if (r->backoff > BACKOFF_MAX)
		r->backoff = BACKOFF_MAX;
}

double plug_rtt_rto_ms(const struct plug_rtt *r)
{
	double slack = 4 * r->var_ms, cap = 2 * r->srtt_ms;

	if (r->min_ms <= 0)
		return RTO_START_MS;
	if (slack < GRANULARITY_MS)
		slack = GRANULARITY_MS;
	if (cap < RTO_CAP_MS)
		cap = RTO_CAP_MS;
	return r->srtt_ms + slack < cap ? r->srtt_ms + slack : cap;
}
