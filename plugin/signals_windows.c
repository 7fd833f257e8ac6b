/*
 * Signals on Windows, as libuv makes them: INT is Ctrl-C, HUP a closed console
 * window (the system gives us seconds), WINCH a resized one. QUIT stands for
 * Ctrl-Break; STOP, TERM and CONT do not exist. Nothing is inherited.
 */
#include "common/def.h"
#include "plugin/signals.h"

#include <signal.h>

static const int number[PLUG_SIGNAL_COUNT] = {
	[PLUG_SIGNAL_INT] = SIGINT,
	[PLUG_SIGNAL_QUIT] = SIGBREAK,
	[PLUG_SIGNAL_HUP] = SIGHUP,
	[PLUG_SIGNAL_WINCH] = SIGWINCH,
};

int plug_signals_number(enum plug_signal sig)
{
	return number[sig];
}

bool plug_signals_inherited(enum plug_signal sig)
{
	SM_UNUSED(sig);
	return false;
}

void plug_signals_ignore(enum plug_signal sig)
{
	SM_UNUSED(sig); /* it never was */
}

void plug_signals_no_pipe(void)
{
	/* an error it is already */
}

unsigned plug_signals_child_flags(void)
{
	return UV_PROCESS_WINDOWS_HIDE_GUI;
}

void plug_signals_pass(uv_process_t *child, enum plug_signal sig)
{
	/* It shares our console, and sees our end (plugin/parent.h). To kill
	 * it would leave its session open. */
	SM_UNUSED(child);
	SM_UNUSED(sig);
}

void plug_signals_die(enum plug_signal sig)
{
	SM_UNUSED(sig); /* processes do not end by signals here */
}
