/*
 * Signals on Unix: their numbers and dispositions, and those of children.
 */
#include "common/def.h"
#include "plugin/signals.h"

#include <signal.h>

static const int number[PLUG_SIGNAL_COUNT] = {
	[PLUG_SIGNAL_INT] = SIGINT,   [PLUG_SIGNAL_QUIT] = SIGQUIT,
	[PLUG_SIGNAL_STOP] = SIGTSTP, [PLUG_SIGNAL_TERM] = SIGTERM,
	[PLUG_SIGNAL_HUP] = SIGHUP,   [PLUG_SIGNAL_WINCH] = SIGWINCH,
	[PLUG_SIGNAL_CONT] = SIGCONT,
};

int plug_signals_number(enum plug_signal sig)
{
	return number[sig];
}

bool plug_signals_inherited(enum plug_signal sig)
{
	struct sigaction sa;

	return sigaction(number[sig], NULL, &sa) == 0 &&
	       sa.sa_handler == SIG_IGN;
}

void plug_signals_ignore(enum plug_signal sig)
{
	(void)signal(number[sig], SIG_IGN);
}

void plug_signals_no_pipe(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
}

/* Its own session: a terminal's signals come to us, and once to it. */
unsigned plug_signals_child_flags(void)
{
	return UV_PROCESS_DETACHED;
}

void plug_signals_pass(uv_process_t *child, enum plug_signal sig)
{
	(void)uv_process_kill(child, number[sig]); /* or it has just ended */
}

void plug_signals_die(enum plug_signal sig)
{
	(void)signal(number[sig], SIG_DFL);
	(void)raise(number[sig]);
}
