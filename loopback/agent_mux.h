/*
 * Port sessions with many connections in one stream.
 */
#ifndef LOOPBACK_AGENT_MUX_H
#define LOOPBACK_AGENT_MUX_H

#include "loopback/agent.h"

/* LocalPortForwarding through smux. PROTOCOL.md 10.5, 10.6, 10.8. */
extern const struct loop_agent_ops loop_agent_mux_ops;

#endif
