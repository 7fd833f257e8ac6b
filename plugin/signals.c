/*
 * Signals as events. libuv sets SIG_DFL when a signal is no longer watched;
 * what was inherited, which after exec(2) is that or SIG_IGN, is put back
 * here instead.
 */
#include "common/def.h"
#include "plugin/signals.h"

#include "common/mem.h"

struct plug_signals {
	plug_signals_fn *fn;
	void *user;
	unsigned watched, open;
	bool ignored[PLUG_SIGNAL_COUNT]; /* when we began */
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
	plug_signals_no_pipe();
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
		s->ignored[i] = plug_signals_inherited((enum plug_signal)i);
		(void)uv_signal_init(loop, &s->h[i]);
		uv_unref((uv_handle_t *)&s->h[i]);
		s->h[i].data = s;
		s->open++;
	}
	return s;
}

static void unwatch(struct plug_signals *s, enum plug_signal sig)
{
	(void)uv_signal_stop(&s->h[sig]);
	if (s->ignored[sig])
		plug_signals_ignore(sig);
}

void plug_signals_watch(struct plug_signals *s, unsigned bits)
{
	int i;

	if (plug_signals_ignored(s, PLUG_SIGNAL_HUP))
		bits &= ~PLUG_SIGNAL_BIT(PLUG_SIGNAL_HUP);
	for (i = 0; i < PLUG_SIGNAL_COUNT; i++) {
		int number = plug_signals_number((enum plug_signal)i);
		unsigned bit = PLUG_SIGNAL_BIT(i);

		if (!number)
			continue;
		if ((bits & bit) && !(s->watched & bit))
			(void)uv_signal_start(&s->h[i], on_signal, number);
		else if (!(bits & bit) && (s->watched & bit))
			unwatch(s, (enum plug_signal)i);
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
	return s->ignored[sig];
}
