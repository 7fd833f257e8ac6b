/*
 * A ring of pointers indexed by sequence number: everything kept lies less
 * than the ring's size above the expected number, so slots cannot collide.
 */
#include "common/def.h"
#include "plugin/wire/reorder.h"

#include "common/err.h"
#include "common/mem.h"

#define RING_MIN 64u
#define RING_MAX 16384u /* the power of two above PLUG_REORDER_COUNT */

void plug_reorder_init(struct plug_reorder *r, size_t max_bytes)
{
	memset(r, 0, sizeof(*r));
	r->max_bytes = max_bytes;
}

void plug_reorder_release(struct plug_reorder *r)
{
	size_t i;

	for (i = 0; i < r->size; i++)
		sm_mem_free(r->ring[i]);
	sm_mem_free(r->ring);
	plug_reorder_init(r, r->max_bytes);
}

static size_t slot(const struct plug_reorder *r, int64_t seq)
{
	return (size_t)seq & (r->size - 1);
}

struct plug_reorder_entry *plug_reorder_find(const struct plug_reorder *r,
					     int64_t seq)
{
	struct plug_reorder_entry *e;

	if (!r->count || seq < 0)
		return NULL;
	e = r->ring[slot(r, seq)];
	return e && e->seq == seq ? e : NULL;
}

static void grow(struct plug_reorder *r, size_t distance)
{
	struct plug_reorder_entry **old = r->ring;
	size_t i, n = r->size;

	if (!r->size)
		r->size = RING_MIN;
	while (r->size <= distance)
		r->size *= 2;
	r->ring = sm_mem_zalloc(r->size, sizeof(struct plug_reorder_entry *));
	for (i = 0; i < n; i++) {
		if (old[i])
			r->ring[slot(r, old[i]->seq)] = old[i];
	}
	sm_mem_free(old);
}

int plug_reorder_put(struct plug_reorder *r, int64_t expected,
		     const struct plug_reorder_entry *e, struct sm_str payload)
{
	struct plug_reorder_entry *copy;

	if (e->seq < expected || e->seq - expected >= (int64_t)RING_MAX)
		return SM_ELIMIT;
	if (r->count >= PLUG_REORDER_COUNT || payload.len > r->max_bytes ||
	    r->bytes > r->max_bytes - payload.len)
		return SM_ELIMIT;
	if ((size_t)(e->seq - expected) >= r->size)
		grow(r, (size_t)(e->seq - expected));
	copy = sm_mem_alloc(sizeof(*copy) + payload.len);
	*copy = *e;
	copy->len = payload.len;
	if (payload.len)
		memcpy(copy->payload, payload.ptr, payload.len);
	r->ring[slot(r, e->seq)] = copy;
	r->count++;
	r->bytes += payload.len;
	return 0;
}

void plug_reorder_drop(struct plug_reorder *r, int64_t seq)
{
	struct plug_reorder_entry *e = plug_reorder_find(r, seq);

	if (!e)
		return;
	r->ring[slot(r, seq)] = NULL;
	r->count--;
	r->bytes -= e->len;
	sm_mem_free(e);
}
