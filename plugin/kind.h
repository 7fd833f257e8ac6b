/*
 * Kinds of sessions: one table of functions each, in a file each. To add one,
 * write its file and name it in kind.c.
 */
#ifndef PLUGIN_KIND_H
#define PLUGIN_KIND_H

#include "common/err.h"
#include "common/str.h"
#include "plugin/signals.h"
#include "plugin/wire/handshake.h"

struct plug_session;

struct plug_kind {
	const char *name;
	bool lf_to_cr; /* a lone LF from the keyboard is sent as CR */

	/* Begin; *state is the kind's own from then on. An error ends the
	 * session with the text of `e`; stop is called even then. */
	int (*start)(struct plug_session *s, void **state, struct sm_err *e);

	/* A payload in order. 0, or SM_EAGAIN: not ready, deliver it again. */
	int (*deliver)(void *state, uint32_t type, struct sm_str payload);

	/* Standard input (plug_source_ops); NULL when it is not read. */
	size_t (*input)(void *state, struct sm_str bytes);
	void (*input_end)(void *state, int uv);

	/* The stream has room again (after plug_channel_want_room). */
	void (*room)(void *state);

	/* A signal that it watches; true when it was dealt with. */
	bool (*signal)(void *state, enum plug_signal sig);

	/* A new socket; NULL when it does not matter. */
	void (*resumed)(void *state);

	/* Close and free everything; memory may go with the loop's turns. */
	void (*stop)(void *state);
};

struct plug_kind_query {
	struct sm_str session_type;
	struct plug_port_properties port;
	struct sm_str agent_version;
};

/* The kind for a session, or NULL for an unknown type.
 * Source: PROTOCOL.md 7.3, 10.1. */
const struct plug_kind *plug_kind_find(const struct plug_kind_query *q);

#endif
