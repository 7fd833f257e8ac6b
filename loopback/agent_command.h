/*
 * Commands without a terminal: output, errors and exit code.
 */
#ifndef LOOPBACK_AGENT_COMMAND_H
#define LOOPBACK_AGENT_COMMAND_H

#include "loopback/agent.h"

/* NonInteractiveCommands. PROTOCOL.md 11. */
extern const struct loop_agent_ops loop_agent_command_ops;

#endif
