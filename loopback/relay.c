/*
 * A queue in order of time, and the dice in front of it.
 */
#include "common/def.h"
#include "loopback/relay.h"

#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/random.h"
#include "plugin/wire/message.h"

struct loop_relay_item {
	struct loop_relay_item *next;
	int64_t at_ms;
	size_t len;
	char bytes[];
};

void loop_relay_init(struct loop_relay *r, uint64_t seed,
		     void (*deliver)(void *user, struct sm_str message),
		     void *user)
{
	memset(r, 0, sizeof(*r));
	r->dice.state = seed;
	r->deliver = deliver;
	r->user = user;
}

void loop_relay_release(struct loop_relay *r)
{
	struct loop_relay_item *it, *next;

	for (it = r->first; it; it = next) {
		next = it->next;
		sm_mem_free(it);
	}
	r->first = NULL;
	r->bytes = 0;
}

static struct loop_relay_item *queue(struct loop_relay *r,
				     struct sm_str message, int64_t at_ms)
{
	struct loop_relay_item *it, **link = &r->first;

	if (message.len > LOOP_RELAY_MAX - r->bytes)
		return NULL;
	it = sm_mem_alloc(sizeof(*it) + message.len);
	it->at_ms = at_ms;
	it->len = message.len;
	memcpy(it->bytes, message.ptr, message.len);
	while (*link && (*link)->at_ms <= at_ms)
		link = &(*link)->next;
	it->next = *link;
	*link = it;
	r->bytes += message.len;
	return it;
}

static void pass_one(struct loop_relay *r, const struct loop_fault_odds *odds,
		     struct sm_str message, int64_t at_ms)
{
	bool bad = loop_fault_hit(&r->dice, odds->corrupt);
	struct loop_relay_item *it;

	at_ms += odds->delay_ms;
	if (loop_fault_hit(&r->dice, odds->reorder))
		at_ms += LOOP_RELAY_LATE_MS;
	if (!bad && at_ms <= sm_os_clock_mono_ms()) {
		r->deliver(r->user, message);
		return;
	}
	it = queue(r, message, at_ms);
	if (it && bad)
		loop_fault_corrupt(&r->dice, it->bytes, it->len);
}

void loop_relay_pass(struct loop_relay *r, const struct loop_fault_odds *odds,
		     struct sm_str message, int64_t at_ms)
{
	if (loop_fault_hit(&r->dice, odds->drop))
		return;
	if (loop_fault_hit(&r->dice, odds->dup))
		pass_one(r, odds, message, at_ms);
	pass_one(r, odds, message, at_ms);
}

void loop_relay_flush(struct loop_relay *r, int64_t now_ms)
{
	struct loop_relay_item *it;

	while ((it = r->first) && it->at_ms <= now_ms) {
		r->first = it->next;
		r->bytes -= it->len;
		r->deliver(r->user, sm_str_n(it->bytes, it->len));
		sm_mem_free(it);
	}
}

int64_t loop_relay_deadline(const struct loop_relay *r)
{
	return r->first ? r->first->at_ms : INT64_MAX;
}

bool loop_relay_is_ack(struct sm_str message)
{
	static const char ack[] = PLUG_MESSAGE_ACK " ";

	return message.len >= PLUG_MESSAGE_HEADER &&
	       !memcmp(message.ptr + 4, ack, sizeof(ack) - 1);
}

void loop_relay_uuid(unsigned char id[16])
{
	sm_os_random(id, 16);
	plug_message_id_stamp(id);
}
