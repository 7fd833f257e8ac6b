/*
 * One direction of a data channel with its odds: messages are lost, doubled,
 * changed, late or out of order. Pure but for the random numbers of ids.
 */
#ifndef LOOPBACK_RELAY_H
#define LOOPBACK_RELAY_H

#include "common/str.h"
#include "loopback/fault.h"

/* Bytes that may wait; what comes on top is lost, as in a real network. */
#define LOOP_RELAY_MAX ((size_t)64 << 20)
/* A message that is out of order comes this much later. */
#define LOOP_RELAY_LATE_MS 20

struct loop_relay_item;

struct loop_relay {
	struct loop_relay_item *first; /* in order of time */
	size_t bytes;
	struct loop_fault_dice dice;
	void (*deliver)(void *user, struct sm_str message);
	void *user;
};

void loop_relay_init(struct loop_relay *r, uint64_t seed,
		     void (*deliver)(void *user, struct sm_str message),
		     void *user);
void loop_relay_release(struct loop_relay *r);

/* A message not before `at_ms`: delivered now if nothing holds it back. */
void loop_relay_pass(struct loop_relay *r, const struct loop_fault_odds *odds,
		     struct sm_str message, int64_t at_ms);

/* Deliver what is due. */
void loop_relay_flush(struct loop_relay *r, int64_t now_ms);

/* When the next is due; INT64_MAX if nothing waits. */
int64_t loop_relay_deadline(const struct loop_relay *r);

/* True if the message's type is acknowledge. */
bool loop_relay_is_ack(struct sm_str message);

/* A fresh version 4 UUID. */
void loop_relay_uuid(unsigned char id[16]);

#endif
