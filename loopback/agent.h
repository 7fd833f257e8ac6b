/*
 * The agent's end of a session: handshake, encryption, drain and the table of
 * session kinds. It speaks through plug_stream and knows no socket of the
 * client. Source: PROTOCOL.md 13.
 */
#ifndef LOOPBACK_AGENT_H
#define LOOPBACK_AGENT_H

#include "common/buf.h"
#include "common/err.h"
#include "plugin/wire/stream.h"

struct loop_document;
struct loop_server;
struct loop_session;
struct loop_agent;

/* Bytes a kind may hold for a slow destination before it says SM_EAGAIN. */
#define LOOP_AGENT_BACKLOG ((size_t)8 << 20)

/* What makes one kind of session; one table of them per agent_*.c. */
struct loop_agent_ops {
	bool handshake; /* also without encryption */
	/* After the handshake. Returns the kind's state (not NULL), or NULL
	 * with an error, which ends the session. */
	void *(*start)(struct loop_agent *a, struct sm_err *e);
	/* A payload of the client. SM_EAGAIN: send it again later. */
	int (*input)(void *state, uint32_t type, struct sm_str payload);
	/* Once per turn: go on reading if there is room; timers. Returns the
	 * next deadline (mono_ms). */
	int64_t (*step)(void *state, int64_t now_ms);
	/* Bytes held for the destination. */
	size_t (*backlog)(const void *state);
	/* Let go of everything; no call into the agent afterwards. */
	void (*stop)(void *state);
};

/* Owned by the session. The stream exists, nothing is sent yet. */
struct loop_agent *loop_agent_new(struct loop_session *s);
/* Children are hung up, sockets closed. */
void loop_agent_free(struct loop_agent *a);

/* The first data channel is open. */
void loop_agent_start(struct loop_agent *a);
/* The channel broke; another is open. */
void loop_agent_suspend(struct loop_agent *a);
void loop_agent_resume(struct loop_agent *a);

/* A message from the client. */
void loop_agent_receive(struct loop_agent *a, struct sm_str message);

/* Timers and sending. Returns the next deadline (mono_ms). */
int64_t loop_agent_step(struct loop_agent *a, struct plug_now now);

size_t loop_agent_backlog(const struct loop_agent *a);
void loop_agent_stats(const struct loop_agent *a,
		      struct plug_stream_stats *out);

/* --- for the kinds --------------------------------------------------------- */

struct loop_server *loop_agent_server(const struct loop_agent *a);
const struct loop_document *loop_agent_document(const struct loop_agent *a);
/* From the handshake, or from the open frame where there is none. */
const char *loop_agent_client_version(const struct loop_agent *a);

/* Bytes that loop_agent_write takes now. */
size_t loop_agent_room(const struct loop_agent *a);
/* Queue a payload; what does not fit is a mistake of the caller and lost. */
void loop_agent_write(struct loop_agent *a, uint32_t type, struct sm_str bytes);
/* Send what is queued, wait for its acknowledgement (a limited time), then
 * end the session with this Output. The first call counts. */
void loop_agent_finish(struct loop_agent *a, const char *output);

#endif
