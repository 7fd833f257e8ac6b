/*
 * A session from StartSession to its end: identity, token, the data channel
 * that is open now, and the agent. It outlives its connections.
 */
#ifndef LOOPBACK_SESSION_H
#define LOOPBACK_SESSION_H

#include "common/mem.h"
#include "loopback/document.h"
#include "plugin/wire/stream.h"

struct loop_agent;
struct loop_gateway;
struct loop_server;

#define LOOP_SESSION_ID_MAX 64
#define LOOP_SESSION_TOKEN_MAX 96
#define LOOP_SESSION_CELL_MAX 64
#define LOOP_SESSION_TARGET_MAX 256

enum loop_session_state {
	LOOP_SESSION_NEW,  /* no client yet */
	LOOP_SESSION_OPEN, /* a data channel is open */
	LOOP_SESSION_AWAY, /* the client's connection broke */
	LOOP_SESSION_OVER
};

struct loop_session {
	struct loop_session *next;
	struct loop_server *server;
	struct sm_arena arena;
	char id[LOOP_SESSION_ID_MAX];
	char token[LOOP_SESSION_TOKEN_MAX]; /* "" once it was used */
	char cell[LOOP_SESSION_CELL_MAX];   /* cell-number of the URL */
	char target[LOOP_SESSION_TARGET_MAX];
	struct loop_document document;
	enum loop_session_state state;
	struct loop_gateway *gateway;  /* NULL unless OPEN */
	struct loop_agent *agent;      /* NULL before the first open */
	struct plug_stream_stats last; /* of an agent that is gone */
	char reason[512];              /* why it ended; "" is the normal way */
	int64_t since_ms;              /* in this state; mono */
	/* what the client said when it opened the channel */
	char client_id[64], client_version[64], user_agent[256];
	bool client_changed; /* another ClientId on a reconnect */
	/* for tests */
	unsigned n_opens, n_resumes;
	bool cut_done;
	uint64_t messages_up, messages_down, bytes_up, bytes_down;
	uint64_t acks_up, acks_down, pings_up, text_up;
};

/* A new session with a token. NULL when there are too many. */
struct loop_session *loop_session_new(struct loop_server *s);

/* Take back a session that was never answered. */
void loop_session_discard(struct loop_session *s);

/* By id; NULL. */
struct loop_session *loop_session_find(struct loop_server *s, struct sm_str id);

/* Append the stream URL: PROTOCOL.md 3.1. Its cell-number has '+', '/' and '='
 * as they are, which clients must not encode again. */
int loop_session_url_put(struct sm_buf *out, const struct loop_session *s);

/* Replace the token by a new one; it is valid once. */
void loop_session_token_renew(struct loop_session *s);

/* Compare in constant time and use up. */
bool loop_session_token_use(struct loop_session *s, const char *token);

/* The channel was opened with a valid token: an older one is closed, the
 * agent starts or goes on. */
void loop_session_attach(struct loop_session *s, struct loop_gateway *g);

/* The channel is gone. */
void loop_session_detach(struct loop_session *s, struct loop_gateway *g);

/* A message of the client, in its WebSocket frame's bytes. */
void loop_session_receive(struct loop_session *s, struct sm_str message);

/* Bytes taken from the client and not yet by the destination. */
size_t loop_session_backlog(const struct loop_session *s);

/* Ask the agent to end (TerminateSession). */
void loop_session_terminate(struct loop_session *s);

/* The agent is done: tell the client with this Output, end. */
void loop_session_over(struct loop_session *s, const char *output);

/* One step of all; the earliest deadline (mono_ms) or INT64_MAX. */
int64_t loop_session_step_all(struct loop_server *s, struct plug_now now);

/* Stop all agents. */
void loop_session_end_all(struct loop_server *s);
void loop_session_free_all(struct loop_server *s);

/* "new", "open", "away", "over". */
const char *loop_session_state_name(enum loop_session_state state);

#endif
