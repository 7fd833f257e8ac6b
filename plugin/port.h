/*
 * What the two kinds with a local listener share: opening it with its texts
 * and events, and the end by a signal. Source: PROTOCOL.md 1.5, 10.
 */
#ifndef PLUGIN_PORT_H
#define PLUGIN_PORT_H

#include "plugin/listener.h"
#include "plugin/session.h"

/*
 * Listen as the handshake's properties say, raise the limit of open
 * descriptors, say where. `more` is put behind the text. Errors: those of
 * plug_listener_new.
 */
struct plug_listener *plug_port_listen(struct plug_session *s,
				       plug_listener_fn *fn, void *user,
				       const char *more, struct sm_err *e);

/* "Terminate signal received, exiting." and the end, flag included. */
void plug_port_interrupt(struct plug_session *s);

#endif
