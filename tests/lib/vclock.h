/*
 * A clock set by hand for code that runs on a libuv loop: timers of the loop
 * end when the test says so, however slow or fast the machine is.
 *
 * The test program defines sm_os_clock_mono_ms, which is then not taken from
 * the library. A timer that was just started is put off for days, and its end
 * is kept here; vclock_pass lets it come. Only libuv's public calls are used.
 */
#ifndef TESTS_LIB_VCLOCK_H
#define TESTS_LIB_VCLOCK_H

#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>
#include <uv.h>

#include "common/os/clock.h"

#define VCLOCK_TIMERS 16
#define VCLOCK_FAR 1000000000u /* eleven days */

static struct vclock {
	int64_t now_ms;
	struct vclock_timer {
		uv_timer_t *h;
		int64_t end_ms;
	} timer[VCLOCK_TIMERS];
	size_t n;
} vclock;

int64_t sm_os_clock_mono_ms(void)
{
	return vclock.now_ms;
}

static inline void vclock_start(void)
{
	memset(&vclock, 0, sizeof(vclock));
	vclock.now_ms = 1000000;
}

static inline bool vclock_is_far(const uv_timer_t *h)
{
	return uv_timer_get_due_in(h) > VCLOCK_FAR / 2;
}

/* Restart a timer, with its callback and its own repetition. */
static inline void vclock_restart(uv_timer_t *h, uint64_t ms)
{
	uint64_t repeat = uv_timer_get_repeat(h);

	uv_timer_set_repeat(h, ms);
	assert_int_equal(uv_timer_again(h), 0);
	uv_timer_set_repeat(h, repeat);
}

static inline void vclock_put_off(uv_handle_t *any, void *user)
{
	uv_timer_t *h = (uv_timer_t *)any;
	size_t i;

	SM_UNUSED(user);
	if (any->type != UV_TIMER || uv_is_closing(any) || !uv_is_active(any) ||
	    vclock_is_far(h))
		return;
	for (i = 0; i < vclock.n && vclock.timer[i].h != h; i++)
		;
	assert_true(i < VCLOCK_TIMERS);
	if (i == vclock.n)
		vclock.n++;
	vclock.timer[i].h = h;
	vclock.timer[i].end_ms =
		vclock.now_ms + (int64_t)uv_timer_get_due_in(h);
	vclock_restart(h, VCLOCK_FAR);
}

/* Forget timers that were stopped or closed. */
static inline void vclock_tidy(uv_loop_t *loop)
{
	size_t i = 0;

	while (i < vclock.n) {
		uv_handle_t *h = (uv_handle_t *)vclock.timer[i].h;

		if (uv_is_active(h) && !uv_is_closing(h))
			i++;
		else
			vclock.timer[i] = vclock.timer[--vclock.n];
	}
	uv_walk(loop, vclock_put_off, NULL);
}

/* A few turns of the loop at one instant. */
static inline void vclock_turn(uv_loop_t *loop)
{
	int i;

	for (i = 0; i < 4; i++) {
		vclock_tidy(loop);
		(void)uv_run(loop, UV_RUN_NOWAIT);
	}
	vclock_tidy(loop);
}

/* Let this timer end now. */
static inline void vclock_fire(uv_loop_t *loop, uv_timer_t *h)
{
	vclock_restart(h, 1);
	while (uv_timer_get_due_in(h) > 0) {
		uv_sleep(1);
		uv_update_time(loop);
	}
	(void)uv_run(loop, UV_RUN_NOWAIT);
}

/* Let `ms` pass: every timer that ends until then does so in its order. */
static inline void vclock_pass(uv_loop_t *loop, int64_t ms)
{
	int64_t until = vclock.now_ms + ms;

	for (;;) {
		struct vclock_timer *next = NULL;
		size_t i;

		vclock_turn(loop);
		for (i = 0; i < vclock.n; i++)
			if (!next || vclock.timer[i].end_ms < next->end_ms)
				next = &vclock.timer[i];
		if (!next || next->end_ms > until)
			break;
		if (next->end_ms > vclock.now_ms)
			vclock.now_ms = next->end_ms;
		vclock_fire(loop, next->h);
	}
	vclock.now_ms = until;
	vclock_turn(loop);
}

#endif
