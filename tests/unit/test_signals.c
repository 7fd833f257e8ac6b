/*
 * Signals as events, and what was inherited comes back.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <signal.h>

#include "plugin/signals.h"

struct seen {
	unsigned n[PLUG_SIGNAL_COUNT];
};

static void on_signal(void *user, enum plug_signal sig)
{
	((struct seen *)user)->n[sig]++;
}

static void *disposition(int number)
{
	struct sigaction sa;

	assert_int_equal(sigaction(number, NULL, &sa), 0);
	return (void *)(uintptr_t)sa.sa_handler;
}

/* Until `n` has this value; a signal comes through a pipe of libuv. */
static void wait_for(uv_loop_t *loop, const unsigned *n, unsigned want)
{
	int i;

	for (i = 0; i < 5000 && *n != want; i++) {
		(void)uv_run(loop, UV_RUN_NOWAIT);
		uv_sleep(1);
	}
	assert_int_equal(*n, want);
}

static void nothing(uv_prepare_t *h)
{
	SM_UNUSED(h);
}

/* Signals alone do not keep a loop alive. */
static void begin(uv_loop_t *loop, uv_prepare_t *keep)
{
	assert_int_equal(uv_loop_init(loop), 0);
	assert_int_equal(uv_prepare_init(loop, keep), 0);
	assert_int_equal(uv_prepare_start(keep, nothing), 0);
}

static void end(uv_loop_t *loop, uv_prepare_t *keep, struct plug_signals *s)
{
	plug_signals_free(s);
	uv_close((uv_handle_t *)keep, NULL);
	while (uv_run(loop, UV_RUN_NOWAIT))
		;
	assert_int_equal(uv_loop_close(loop), 0);
}

/* As the AWS CLI leaves them: PROTOCOL.md 1.2. */
static void ignored_are_caught_and_ignored_again(void **state)
{
	struct seen seen = { { 0 } };
	struct plug_signals *s;
	uv_prepare_t keep;
	uv_loop_t loop;

	SM_UNUSED(state);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_DFL);
	begin(&loop, &keep);
	s = plug_signals_new(&loop, on_signal, &seen);
	assert_ptr_equal(disposition(SIGPIPE), SIG_IGN);
	assert_true(plug_signals_ignored(s, PLUG_SIGNAL_INT));
	assert_false(plug_signals_ignored(s, PLUG_SIGNAL_QUIT));
	(void)raise(SIGINT); /* not watched yet */
	plug_signals_watch(s, PLUG_SIGNALS_KEYS | PLUG_SIGNALS_TERMINAL);
	(void)raise(SIGINT);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_INT], 1);
	(void)raise(SIGQUIT);
	(void)raise(SIGTSTP);
	(void)raise(SIGWINCH);
	(void)raise(SIGCONT);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_QUIT], 1);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_STOP], 1);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_WINCH], 1);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_CONT], 1);
	assert_ptr_not_equal(disposition(SIGINT), SIG_IGN);
	plug_signals_watch(s, PLUG_SIGNAL_BIT(PLUG_SIGNAL_QUIT));
	assert_ptr_equal(disposition(SIGINT), SIG_IGN);
	(void)raise(SIGQUIT);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_QUIT], 2);
	assert_int_equal(seen.n[PLUG_SIGNAL_INT], 1);
	end(&loop, &keep, s);
	assert_ptr_equal(disposition(SIGQUIT), SIG_DFL);
	(void)signal(SIGINT, SIG_DFL);
}

/* nohup(1) asks for that. */
static void a_hang_up_that_is_ignored_stays_so(void **state)
{
	struct seen seen = { { 0 } };
	struct plug_signals *s;
	uv_prepare_t keep;
	uv_loop_t loop;

	SM_UNUSED(state);
	(void)signal(SIGHUP, SIG_IGN);
	begin(&loop, &keep);
	s = plug_signals_new(&loop, on_signal, &seen);
	plug_signals_watch(s, PLUG_SIGNALS_END);
	assert_ptr_equal(disposition(SIGHUP), SIG_IGN);
	(void)raise(SIGHUP);
	(void)raise(SIGTERM);
	wait_for(&loop, &seen.n[PLUG_SIGNAL_TERM], 1);
	assert_int_equal(seen.n[PLUG_SIGNAL_HUP], 0);
	end(&loop, &keep, s);
	assert_ptr_equal(disposition(SIGTERM), SIG_DFL);
	(void)signal(SIGHUP, SIG_DFL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ignored_are_caught_and_ignored_again),
		cmocka_unit_test(a_hang_up_that_is_ignored_stays_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
