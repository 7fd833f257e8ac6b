/*
 * Copies of this program, one for each forward. They speak for themselves;
 * here is only their common fate: the first that ends decides the status, and
 * the rest is asked to end. Who does not hear us ends because we do: every
 * copy follows its parent (plugin/parent.h).
 */
#include "common/def.h"
#include "plugin/siblings.h"

#include "common/mem.h"

/* A copy that was asked to end says goodbye to agent and service. */
#define END_MS 12000
#define PATH_MAX_BYTES 4096
#define ARGS_MAX 20
#define CLOSE_TURNS 64

struct siblings;

struct child {
	struct siblings *all;
	uv_process_t process;
	bool runs;
};

struct siblings {
	uv_loop_t loop;
	struct plug_signals *signals;
	uv_timer_t limit;
	struct child child[SM_OPTION_LIST_MAX];
	size_t n, running;
	bool ending, asked;
	struct plug_siblings_result result;
};

static void on_limit(uv_timer_t *h)
{
	uv_stop(h->loop);
}

static void end_all(struct siblings *a, enum plug_signal sig)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (a->child[i].runs)
			plug_signals_pass(&a->child[i].process, sig);
	if (!a->ending)
		(void)uv_timer_start(&a->limit, on_limit, END_MS, 0);
	a->ending = true;
}

static void on_ended(uv_process_t *p, int64_t status, int sig)
{
	struct child *c = p->data;
	struct siblings *a = c->all;
	int code = sig ? 128 + sig : (int)status;

	c->runs = false;
	a->running--;
	if (!a->ending)
		a->result.status = code;
	if (!a->running)
		uv_stop(&a->loop);
	else if (!a->ending)
		end_all(a, PLUG_SIGNAL_TERM);
}

static void on_signal(void *user, enum plug_signal sig)
{
	struct siblings *a = user;

	a->asked = true;
	if (sig == PLUG_SIGNAL_TERM || sig == PLUG_SIGNAL_HUP) {
		a->result.by_signal = true;
		a->result.signal = sig;
	}
	end_all(a, sig);
}

static void put(char **argv, size_t *n, const char *name, const char *value)
{
	if (!value)
		return;
	argv[(*n)++] = (char *)(uintptr_t)name; /* libuv only reads them */
	argv[(*n)++] = (char *)(uintptr_t)value;
}

static int spawn(struct siblings *a, const struct plug_start *s, size_t i,
		 char *self)
{
	struct child *c = &a->child[i];
	uv_process_options_t o = { 0 };
	uv_stdio_container_t fd[3];
	char *argv[ARGS_MAX];
	size_t n = 0;
	int r;

	put(argv, &n, self, "start");
	put(argv, &n, "--target", s->target);
	put(argv, &n, "--region", s->region);
	put(argv, &n, "--profile", s->profile);
	put(argv, &n, "--reason", s->reason);
	put(argv, &n, "--endpoint-url", s->endpoint);
	put(argv, &n, "-L", s->forwards.value[i]);
	if (s->quiet)
		argv[n++] = (char *)(uintptr_t) "--quiet";
	argv[n] = NULL;

	fd[0].flags = UV_IGNORE; /* ports do not read it */
	fd[1].flags = fd[2].flags = UV_INHERIT_FD;
	fd[1].data.fd = 1;
	fd[2].data.fd = 2;
	o.file = self;
	o.args = argv;
	o.stdio = fd;
	o.stdio_count = 3;
	o.exit_cb = on_ended;
	o.flags = plug_signals_child_flags();
	c->all = a;
	c->process.data = c;
	a->n = i + 1;
	if ((r = uv_spawn(&a->loop, &c->process, &o)) < 0)
		return r;
	c->runs = true;
	a->running++;
	return 0;
}

static int spawn_all(struct siblings *a, const struct plug_start *s,
		     struct sm_err *e)
{
	char self[PATH_MAX_BYTES];
	size_t len = sizeof(self), i;
	int r = uv_exepath(self, &len);

	for (i = 0; r == 0 && i < s->forwards.n; i++)
		r = spawn(a, s, i, self);
	if (r < 0)
		return sm_err_set(e, SM_EIO, "cannot start '%s' again: %s",
				  "session-manager-plugin", uv_strerror(r));
	return 0;
}

static void close_all(struct siblings *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		uv_close((uv_handle_t *)&a->child[i].process, NULL);
	uv_close((uv_handle_t *)&a->limit, NULL);
	plug_signals_free(a->signals);
	for (i = 0; i < CLOSE_TURNS && uv_loop_alive(&a->loop); i++)
		(void)uv_run(&a->loop, UV_RUN_NOWAIT);
	(void)uv_loop_close(&a->loop); /* all were closed above */
}

int plug_siblings_run(const struct plug_start *s,
		      struct plug_siblings_result *result, struct sm_err *e)
{
	struct siblings *a = sm_mem_zalloc(1, sizeof(*a));
	int r;

	if (uv_loop_init(&a->loop) < 0)
		sm_mem_exhausted();
	(void)uv_timer_init(&a->loop, &a->limit);
	a->signals = plug_signals_new(&a->loop, on_signal, a);
	plug_signals_watch(a->signals, PLUG_SIGNALS_KEYS | PLUG_SIGNALS_END);
	if ((r = spawn_all(a, s, e)) < 0)
		end_all(a, PLUG_SIGNAL_TERM);
	while (a->running &&
	       !(a->ending && !uv_is_active((uv_handle_t *)&a->limit)))
		(void)uv_run(&a->loop, UV_RUN_DEFAULT);
	*result = a->result;
	close_all(a);
	sm_mem_free(a);
	return r;
}
