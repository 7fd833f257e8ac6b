/*
 * The kind NonInteractiveCommands: a command and its output.
 * Source: PROTOCOL.md 11.
 */
#ifndef PLUGIN_COMMANDS_H
#define PLUGIN_COMMANDS_H

#include "plugin/kind.h"

extern const struct plug_kind plug_commands_kind;

#endif
