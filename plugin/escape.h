/*
 * The escape of interactive terminals: `~.` at the beginning of a line ends
 * the session, `~?` lists the escapes, `~~` sends one tilde. Pure.
 * Source: PROTOCOL.md 9.8.
 */
#ifndef PLUGIN_ESCAPE_H
#define PLUGIN_ESCAPE_H

#include "common/buf.h"
#include "common/str.h"

enum plug_escape_action {
	PLUG_ESCAPE_NONE,
	PLUG_ESCAPE_END, /* ~. */
	PLUG_ESCAPE_HELP /* ~? */
};

struct plug_escape {
	bool line_start; /* nothing was typed since Enter */
	bool tilde;      /* a tilde is held back */
};

/* At the beginning of a line. */
void plug_escape_init(struct plug_escape *x);

/*
 * Filter typed bytes: what is to be sent is appended to `out`. Returns
 * PLUG_ESCAPE_END or _HELP as soon as one is met; *used says how many bytes of
 * `in` were taken.
 */
enum plug_escape_action plug_escape_feed(struct plug_escape *x,
					 struct sm_str in, struct sm_buf *out,
					 size_t *used);

#endif
