/*
 * The relay: nothing wrong without odds, and each fault by itself.
 */
#include "common/def.h"
#include "loopback/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/os/clock.h"

#define SIZE 160

struct seen {
	char first[SIZE]; /* of the last message */
	unsigned n, disorder;
	unsigned char last;
};

static void on_message(void *user, struct sm_str m)
{
	struct seen *s = user;

	assert_true(m.len == SIZE);
	memcpy(s->first, m.ptr, SIZE);
	/* Its number is its first byte, which faults never touch. */
	if (s->n && (unsigned char)m.ptr[0] < s->last)
		s->disorder++;
	s->last = (unsigned char)m.ptr[0];
	s->n++;
}

/* 200 messages now; the rest when it is due. */
static void run(struct seen *s, const struct loop_fault_odds *odds)
{
	int64_t now = sm_os_clock_mono_ms();
	struct loop_relay r;
	char message[SIZE];
	int i;

	memset(s, 0, sizeof(*s));
	memset(message, 'm', sizeof(message));
	loop_relay_init(&r, 42, on_message, s);
	for (i = 0; i < 200; i++) {
		message[0] = (char)i;
		loop_relay_pass(&r, odds, sm_str_n(message, sizeof(message)),
				now);
	}
	loop_relay_flush(&r, INT64_MAX);
	assert_true(r.bytes == 0);
	assert_true(loop_relay_deadline(&r) == INT64_MAX);
	loop_relay_release(&r);
}

static void faithful(void **state)
{
	struct loop_fault_odds odds = { 0 };
	struct seen s;

	SM_UNUSED(state);
	run(&s, &odds);
	assert_int_equal(s.n, 200);
	assert_int_equal(s.disorder, 0);
}

static void lossy(void **state)
{
	struct loop_fault_odds odds = { .drop = 4 };
	struct seen s;

	SM_UNUSED(state);
	run(&s, &odds);
	assert_in_range(s.n, 120, 180);
	assert_int_equal(s.disorder, 0);
	odds.drop = 1;
	run(&s, &odds);
	assert_int_equal(s.n, 0);
}

static void doubling(void **state)
{
	struct loop_fault_odds odds = { .dup = 4 };
	struct seen s;

	SM_UNUSED(state);
	run(&s, &odds);
	assert_in_range(s.n, 220, 280);
}

static void disorderly(void **state)
{
	struct loop_fault_odds odds = { .reorder = 4 };
	struct seen s;

	SM_UNUSED(state);
	run(&s, &odds);
	assert_int_equal(s.n, 200);
	assert_true(s.disorder > 0);
}

static void corrupting(void **state)
{
	struct loop_fault_odds odds = { .corrupt = 1 };
	char whole[SIZE];
	struct seen s;

	SM_UNUSED(state);
	run(&s, &odds);
	assert_int_equal(s.n, 200);
	memset(whole, 'm', sizeof(whole));
	assert_true(memcmp(s.first + 1, whole + 1, SIZE - 1) != 0);
}

static void late(void **state)
{
	struct loop_fault_odds odds = { .delay_ms = 500 };
	int64_t now = sm_os_clock_mono_ms();
	struct seen s = { .n = 0 };
	char message[SIZE] = { 0 };
	struct loop_relay r;

	SM_UNUSED(state);
	loop_relay_init(&r, 1, on_message, &s);
	loop_relay_pass(&r, &odds, sm_str_n(message, SIZE), now);
	assert_int_equal(s.n, 0);
	assert_true(loop_relay_deadline(&r) == now + 500);
	loop_relay_flush(&r, now + 499);
	assert_int_equal(s.n, 0);
	loop_relay_flush(&r, now + 500);
	assert_int_equal(s.n, 1);
	/* What still waits at the end is freed. */
	loop_relay_pass(&r, &odds, sm_str_n(message, SIZE), now);
	loop_relay_release(&r);
	assert_int_equal(s.n, 1);
}

static void bounded(void **state)
{
	struct loop_fault_odds odds = { .delay_ms = 500 };
	size_t size = LOOP_RELAY_MAX / 2;
	char *message = sm_mem_zalloc(1, size + 1);
	struct seen s = { .n = 0 };
	struct loop_relay r;

	SM_UNUSED(state);
	loop_relay_init(&r, 1, on_message, &s);
	loop_relay_pass(&r, &odds, sm_str_n(message, size),
			sm_os_clock_mono_ms());
	loop_relay_pass(&r, &odds, sm_str_n(message, size + 1),
			sm_os_clock_mono_ms());
	assert_true(r.bytes == size);
	loop_relay_pass(&r, &odds, sm_str_n(message, size),
			sm_os_clock_mono_ms());
	assert_true(r.bytes == LOOP_RELAY_MAX);
	loop_relay_release(&r);
	sm_mem_free(message);
}

static void acks_are_known(void **state)
{
	char message[SIZE];

	SM_UNUSED(state);
	memset(message, ' ', sizeof(message));
	memcpy(message + 4, "acknowledge", 11);
	assert_true(loop_relay_is_ack(sm_str_n(message, sizeof(message))));
	assert_false(loop_relay_is_ack(sm_str_n(message, 119)));
	message[15] = 's';
	assert_false(loop_relay_is_ack(sm_str_n(message, sizeof(message))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faithful),   cmocka_unit_test(lossy),
		cmocka_unit_test(doubling),   cmocka_unit_test(disorderly),
		cmocka_unit_test(corrupting), cmocka_unit_test(late),
		cmocka_unit_test(bounded),    cmocka_unit_test(acks_are_known),
	};

	return cmocka_run_group_tests_name("loop_relay", tests, NULL, NULL);
}
