/*
 * Faults on demand: what the gateway does wrong to a session, and when.
 *
 * Settings are whole numbers with a name, set by --fault NAME=NUMBER,... or
 * by POST /loopback/fault with a JSON object of the same names. Decisions
 * come from a seeded generator, so a run can be repeated. Pure.
 */
#ifndef LOOPBACK_FAULT_H
#define LOOPBACK_FAULT_H

#include "common/buf.h"
#include "common/err.h"

enum loop_direction {
	LOOP_UP,  /* client to agent */
	LOOP_DOWN /* agent to client */
};

/* For each message, one of N on average; 0 means never. */
struct loop_fault_odds {
	uint32_t drop, dup, reorder, corrupt;
	uint32_t delay_ms; /* every message, exactly */
};

struct loop_fault {
	struct loop_fault_odds odds[2]; /* by enum loop_direction */
	/* the client's socket */
	uint32_t cut;          /* bytes of both ways until it is cut, once */
	uint32_t cut_each;     /* the same on every connection */
	uint32_t cut_every_ms; /* after this time, on every connection */
	uint32_t close_code; /* a cut begins with a close frame of this code */
	uint32_t cut_now;    /* cut at the next opportunity, once */
	/* frames to the client */
	uint32_t pause_ms; /* pause_publication, silence, start_publication */
	uint32_t ping_ms;  /* a ping this often */
	uint32_t fragment; /* payload bytes of one frame; pings in between */
	uint32_t text;     /* messages go in text frames */
	/* answers */
	uint32_t refuse_upgrade, refuse_upgrade_times; /* HTTP status */
	uint32_t resume_error, resume_error_times;     /* HTTP status */
	uint32_t kms_error;                            /* HTTP status */
	uint32_t no_token_on_resume;
	uint32_t stall_upgrade; /* take the request and never answer */
	uint32_t stall;         /* upgrade, then say nothing */
};

/*
 * One setting by its name ("drop" sets both directions, "up-drop" and
 * "down-drop" one). *_times count down; 0 of them means always.
 * Errors: SM_ENOTFOUND for an unknown name, SM_ELIMIT for a value that has no
 * meaning (a status outside 400..599, a close code outside 1000..4999).
 */
int loop_fault_set(struct loop_fault *f, struct sm_str name, uint64_t value,
		   struct sm_err *e);

/* "NAME=NUMBER,NAME=NUMBER,NAME" (a lone name means 1). Times may be written
 * in seconds with an "s": "cut-every=2s" or "cut-every=1500". */
int loop_fault_parse(struct loop_fault *f, struct sm_str spec,
		     struct sm_err *e);

/* A JSON object of numbers and booleans; {"reset":true} clears all first. On
 * an error nothing has changed. */
int loop_fault_json(struct loop_fault *f, struct sm_str json, struct sm_err *e);

/* Append every setting as one JSON object. */
int loop_fault_put(struct sm_buf *out, const struct loop_fault *f);

/* Is this answer refused now? Counts *times down; the HTTP status, or 0. */
uint32_t loop_fault_refuse(uint32_t *status, uint32_t *times);

/* The generator: SplitMix64 (Steele, Lea, Flood 2014). */
struct loop_fault_dice {
	uint64_t state;
};
uint64_t loop_fault_roll(struct loop_fault_dice *d);
/* True once in `n` on average; false for 0. */
bool loop_fault_hit(struct loop_fault_dice *d, uint32_t n);

/*
 * Flip one bit of a message where the receiver can notice: in the digest or
 * in the payload, never in the unprotected header fields (TLS protects those
 * in the real service; see PROTOCOL.md 4.1).
 */
void loop_fault_corrupt(struct loop_fault_dice *d, char *message, size_t len);

#endif
