/*
 * Port forwarding to agents without multiplexing: one connection at a time.
 * Source: PROTOCOL.md 10.3.
 */
#ifndef PLUGIN_PORT_BASIC_H
#define PLUGIN_PORT_BASIC_H

#include "plugin/kind.h"

extern const struct plug_kind plug_port_basic_kind;

#endif
