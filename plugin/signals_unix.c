/*
 * Signals on Unix. libuv sets SIG_DFL when a signal is no longer watched; the
 * inherited disposition is put back here instead.
 */
#include "common/def.h"
#include "plugin/signals.h"

#include <signal.h>

#include "common/mem.h"

static const int number[PLUG_SIGNAL_COUNT] = {
	[PLUG_SIGNAL_INT] = SIGINT,   [PLUG_SIGNAL_QUIT] = SIGQUIT,
	[PLUG_SIGNAL_STOP] = SIGTSTP, [PLUG_SIGNAL_TERM] = SIGTERM,
	[PLUG_SIGNAL_HUP] = SIGHUP,   [PLUG_SIGNAL_WINCH] = SIGWINCH,
	[PLUG_SIGNAL_CONT] = SIGCONT,
};

struct plug_signals {
	plug_signals_fn *fn;
	void *user;
	unsigned watched, open;
	struct sigaction inherited[PLUG_SIGNAL_COUNT];
	uv_signal_t h[PLUG_SIGNAL_COUNT];
};

static void on_signal(uv_signal_t *h, int signum)
{
	struct plug_signals *s = h->data;

	SM_UNUSED(signum);
	s->fn(s->user, (enum plug_signal)(h - s->h));
}

struct plug_signals *plug_signals_new(uv_loop_t *loop, plug_signals_fn *fn,
				      void *user)
{
	struct plug_signals *s = sm_mem_zalloc(1, sizeof(*s));
	int i;

	s->fn = fn;
	s->user = user;
	(void)signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
		(void)sigaction(number[i], NULL, &s->inherited[i]);
		(void)uv_signal_init(loop, &s->h[i]);
		uv_unref((uv_handle_t *)&s->h[i]);
		s->h[i].data = s;
		s->open++;
	}
	return s;
}

void plug_signals_watch(struct plug_signals *s, unsigned bits)
{
	int i;

	if (plug_signals_ignored(s, PLUG_SIGNAL_HUP))
		bits &= ~PLUG_SIGNAL_BIT(PLUG_SIGNAL_HUP);
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
		unsigned bit = PLUG_SIGNAL_BIT(i);

		if ((bits & bit) && !(s->watched & bit)) {
			(void)uv_signal_start(&s->h[i], on_signal, number[i]);
		} else if (!(bits & bit) && (s->watched & bit)) {
			(void)uv_signal_stop(&s->h[i]);
			(void)sigaction(number[i], &s->inherited[i], NULL);
		}
	}
	s->watched = bits;
}

static void on_closed(uv_handle_t *h)
{
	struct plug_signals *s = h->data;

	if (--s->open == 0)
		sm_mem_free(s);
}

void plug_signals_free(struct plug_signals *s)
{
	int i;

	if (!s)
		return;
	plug_signals_watch(s, 0);
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++)
		uv_close((uv_handle_t *)&s->h[i], on_closed);
}

bool plug_signals_ignored(const struct plug_signals *s, enum plug_signal sig)
{
	return s->inherited[sig].sa_handler == SIG_IGN;
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
