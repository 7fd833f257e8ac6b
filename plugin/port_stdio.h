/*
 * A remote port on standard input and output (SSH as ProxyCommand).
 * Source: PROTOCOL.md 10.2.
 */
#ifndef PLUGIN_PORT_STDIO_H
#define PLUGIN_PORT_STDIO_H

#include "plugin/kind.h"

extern const struct plug_kind plug_port_stdio_kind;

#endif
