/*
 * Signals as events of the loop. A caller may have left some ignored (the AWS
 * CLI does that with INT, QUIT and TSTP: PROTOCOL.md 1.2); what is watched is
 * caught nevertheless, and what is no longer watched gets back the disposition
 * that was inherited.
 */
#ifndef PLUGIN_SIGNALS_H
#define PLUGIN_SIGNALS_H

#include <stdbool.h>
#include <uv.h>

enum plug_signal {
	PLUG_SIGNAL_INT,
	PLUG_SIGNAL_QUIT,
	PLUG_SIGNAL_STOP, /* SIGTSTP */
	PLUG_SIGNAL_TERM,
	PLUG_SIGNAL_HUP,
	PLUG_SIGNAL_WINCH,
	PLUG_SIGNAL_CONT,
	PLUG_SIGNAL_COUNT
};

#define PLUG_SIGNAL_BIT(s) (1u << (s))
/* What a person types. */
#define PLUG_SIGNALS_KEYS                    \
	(PLUG_SIGNAL_BIT(PLUG_SIGNAL_INT) |  \
	 PLUG_SIGNAL_BIT(PLUG_SIGNAL_QUIT) | \
	 PLUG_SIGNAL_BIT(PLUG_SIGNAL_STOP))
/* What asks us to go. */
#define PLUG_SIGNALS_END \
	(PLUG_SIGNAL_BIT(PLUG_SIGNAL_TERM) | PLUG_SIGNAL_BIT(PLUG_SIGNAL_HUP))
#define PLUG_SIGNALS_TERMINAL \
	(PLUG_SIGNAL_BIT(PLUG_SIGNAL_WINCH) | PLUG_SIGNAL_BIT(PLUG_SIGNAL_CONT))

typedef void plug_signals_fn(void *user, enum plug_signal sig);

struct plug_signals;

/* Watches nothing yet; ignores SIGPIPE for good. */
struct plug_signals *plug_signals_new(uv_loop_t *loop, plug_signals_fn *fn,
				      void *user);

/* Restores all; memory goes with the loop's next turns. */
void plug_signals_free(struct plug_signals *s);

/* Exactly the signals of `bits` (PLUG_SIGNAL_BIT) are watched from now on; not
 * HUP, when it was ignored at the start: that is what nohup(1) asks for. */
void plug_signals_watch(struct plug_signals *s, unsigned bits);

/* True if the process was started with this signal ignored. */
bool plug_signals_ignored(const struct plug_signals *s, enum plug_signal sig);

/* ---- what each platform says; for signals.c ---- */

/* The system's number, or 0 where there is no such signal. */
int plug_signals_number(enum plug_signal sig);

/* Was it ignored when the process began? To be asked before it is watched. */
bool plug_signals_inherited(enum plug_signal sig);

/* Ignore it again, now that nobody watches it. */
void plug_signals_ignore(enum plug_signal sig);

/* Writing to a pipe without reader is an error, not a signal. */
void plug_signals_no_pipe(void);

/* ---- children ---- */

/* Flags of uv_spawn for a child that hears of signals through us alone. */
unsigned plug_signals_child_flags(void);

/* Pass a signal on to such a child; nothing where the console tells it. */
void plug_signals_pass(uv_process_t *child, enum plug_signal sig);

/* End the process as this signal does by default; returns where that is not
 * possible. */
void plug_signals_die(enum plug_signal sig);

#endif
