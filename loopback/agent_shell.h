/*
 * Shells and interactive commands: a child on a pseudo terminal.
 */
#ifndef LOOPBACK_AGENT_SHELL_H
#define LOOPBACK_AGENT_SHELL_H

#include "loopback/agent.h"

/* Standard_Stream and InteractiveCommands. PROTOCOL.md 9, 13.5. */
extern const struct loop_agent_ops loop_agent_shell_ops;

#endif
