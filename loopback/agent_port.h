/*
 * Port sessions: which of the two forms, and the one with one connection.
 */
#ifndef LOOPBACK_AGENT_PORT_H
#define LOOPBACK_AGENT_PORT_H

#include "loopback/agent.h"
#include "loopback/dial.h"

/* One connection: stdio (ends with it) and basic (dials again).
 * PROTOCOL.md 10.2, 10.3. */
extern const struct loop_agent_ops loop_agent_port_ops;

/* Mux if the document forwards and both versions can: PROTOCOL.md 7.7. */
const struct loop_agent_ops *loop_agent_port_choose(const struct loop_agent *a);

/* True if the client's version is at least this one; false if it is none. */
bool loop_agent_port_client_is(const struct loop_agent *a, const char *version);

/* A connection to the document's destination. */
struct loop_dial *loop_agent_port_dial(struct loop_agent *a,
				       const struct loop_dial_ops *ops,
				       void *user);

#endif
