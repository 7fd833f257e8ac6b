/*
 * The kinds Standard_Stream and InteractiveCommands: a remote terminal.
 * Source: PROTOCOL.md 9.
 */
#ifndef PLUGIN_SHELL_H
#define PLUGIN_SHELL_H

#include "plugin/kind.h"

extern const struct plug_kind plug_shell_kind;

/* How other kinds differ from a remote terminal. */
enum plug_shell_flags {
	PLUG_SHELL_NO_EOT = 1 /* the end of input is not passed on */
};

/*
 * The parts that other kinds use; `state` is what start gave. Everything of
 * struct plug_kind holds.
 */
int plug_shell_start(struct plug_session *s, unsigned flags, void **state,
		     struct sm_err *e);
int plug_shell_deliver(void *state, uint32_t type, struct sm_str payload);
size_t plug_shell_input(void *state, struct sm_str bytes);
void plug_shell_input_end(void *state, int uv);
void plug_shell_room(void *state);
bool plug_shell_signal(void *state, enum plug_signal sig);
void plug_shell_resumed(void *state);
void plug_shell_stop(void *state);
struct plug_session *plug_shell_session(void *state);

#endif
