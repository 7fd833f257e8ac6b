/*
 * The message gateway: the WebSocket of one client, with every fault that was
 * asked for. It relays whole messages and knows nothing of their meaning
 * except what it must count.
 */
#ifndef LOOPBACK_GATEWAY_H
#define LOOPBACK_GATEWAY_H

#include "loopback/http.h"
#include "plugin/wire/stream.h"

struct loop_conn;
struct loop_gateway;
struct loop_server;

/* Bytes to one client that may wait before the agent is held back. */
#define LOOP_GATEWAY_BACKLOG ((size_t)1 << 20)

/*
 * Answer an upgrade request: 101 and a new gateway, or an error.
 * Source: RFC 6455 section 4.2; PROTOCOL.md 3.1 to 3.3.
 */
void loop_gateway_upgrade(struct loop_server *s, struct loop_conn *c,
			  const struct loop_http_request *q);

/* A message of the agent for the client. */
void loop_gateway_down(struct loop_gateway *g, struct sm_str message);

/* Bytes the agent may send now. */
size_t loop_gateway_budget(const struct loop_gateway *g);

/* Send channel_closed behind everything, then a close frame. The session
 * forgets the gateway. */
void loop_gateway_close(struct loop_gateway *g, const char *session_id,
			const char *output);

/* Disconnect without a word; the session is not told. */
void loop_gateway_drop(struct loop_gateway *g);

/* One step of all; the earliest deadline (mono_ms) or INT64_MAX. */
int64_t loop_gateway_step_all(struct loop_server *s, struct plug_now now);

/* When the first message that is delayed goes on (mono_ms), or INT64_MAX: after
 * agents' steps, which send. */
int64_t loop_gateway_deadline_all(const struct loop_server *s);

#endif
