/*
 * Signals on Windows, as libuv makes them: INT is Ctrl-C, HUP a closed console
 * window (the system gives us seconds), WINCH a resized one. QUIT stands for
 * Ctrl-Break; STOP, TERM and CONT do not exist.
 */
#include "common/def.h"
#include "plugin/signals.h"

#include <signal.h>

#include "common/mem.h"

static const int number[PLUG_SIGNAL_COUNT] = {
	[PLUG_SIGNAL_INT] = SIGINT,
	[PLUG_SIGNAL_QUIT] = SIGBREAK,
	[PLUG_SIGNAL_HUP] = SIGHUP,
	[PLUG_SIGNAL_WINCH] = SIGWINCH,
};

struct plug_signals {
	plug_signals_fn *fn;
	void *user;
	unsigned watched, open;
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
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
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

	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
		unsigned bit = PLUG_SIGNAL_BIT(i);

		if (!number[i])
			continue;
		if ((bits & bit) && !(s->watched & bit))
			(void)uv_signal_start(&s->h[i], on_signal, number[i]);
		else if (!(bits & bit) && (s->watched & bit))
			(void)uv_signal_stop(&s->h[i]);
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
	SM_UNUSED(s);
	SM_UNUSED(sig); /* nothing is inherited that could be asked for */
	return false;
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
