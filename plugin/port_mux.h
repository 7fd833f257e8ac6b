/*
 * Port forwarding with many connections in one stream (smux).
 * Source: PROTOCOL.md 10.5, 10.6.
 */
#ifndef PLUGIN_PORT_MUX_H
#define PLUGIN_PORT_MUX_H

#include "plugin/kind.h"

extern const struct plug_kind plug_port_mux_kind;

#endif
