/*
 * Faults: names, values, units, the dice, and what corruption may touch.
 */
#include "common/def.h"
#include "loopback/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void names_and_units(void **state)
{
	struct loop_fault f;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memset(&f, 0, sizeof(f));
	assert_int_equal(
		loop_fault_parse(&f,
				 sm_str("drop=10,up-dup=3,delay=2s,cut=77,"
					"stall,close=1001,cut-every=1500"),
				 &e),
		0);
	assert_int_equal(f.odds[LOOP_UP].drop, 10);
	assert_int_equal(f.odds[LOOP_DOWN].drop, 10);
	assert_int_equal(f.odds[LOOP_UP].dup, 3);
	assert_int_equal(f.odds[LOOP_DOWN].dup, 0);
	assert_int_equal(f.odds[LOOP_DOWN].delay_ms, 2000);
	assert_int_equal(f.cut, 77);
	assert_int_equal(f.stall, 1);
	assert_int_equal(f.close_code, 1001);
	assert_int_equal(f.cut_every_ms, 1500);
}

static void refused(void **state)
{
	static const char *const bad[] = {
		"drop=x",           "drop=",
		"frob=1",           "drop=4294967296",
		"close=99",         "close=5000",
		"resume-error=200", "resume-error=600",
		"stall=2",          "drop=1s",
		"delay=4294968s",   "=1",
	};
	struct loop_fault f;
	struct sm_err e;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(bad); i++) {
		memset(&f, 0, sizeof(f));
		sm_err_clear(&e);
		assert_int_equal(loop_fault_parse(&f, sm_str(bad[i]), &e),
				 SM_EUSAGE);
		assert_true(e.msg[0]);
	}
}

static void json_is_all_or_nothing(void **state)
{
	struct loop_fault f;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memset(&f, 0, sizeof(f));
	assert_int_equal(
		loop_fault_json(&f, sm_str("{\"drop\":4,\"stall\":true}"), &e),
		0);
	assert_int_equal(f.odds[LOOP_DOWN].drop, 4);
	assert_int_equal(f.stall, 1);
	assert_int_equal(loop_fault_json(&f, sm_str("{\"dup\":9,\"frob\":1}"),
					 &e),
			 SM_ENOTFOUND);
	assert_int_equal(f.odds[LOOP_UP].dup, 0);
	assert_int_equal(loop_fault_json(&f, sm_str("{\"dup\":-1}"), &e),
			 SM_EFORMAT);
	assert_int_equal(loop_fault_json(&f, sm_str("[]"), &e), SM_EFORMAT);
	assert_int_equal(loop_fault_json(&f, sm_str(""), &e), SM_EFORMAT);
	assert_int_equal(f.odds[LOOP_DOWN].drop, 4);
	assert_int_equal(
		loop_fault_json(&f, sm_str("{\"reset\":true,\"ping\":5}"), &e),
		0);
	assert_int_equal(f.odds[LOOP_DOWN].drop, 0);
	assert_int_equal(f.ping_ms, 5);
}

static void written_and_read_back(void **state)
{
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_fault f, g;
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memset(&f, 0, sizeof(f));
	memset(&g, 0, sizeof(g));
	assert_int_equal(loop_fault_parse(&f,
					  sm_str("up-drop=3,down-delay=7,"
						 "fragment=100,kms-error=500"),
					  &e),
			 0);
	assert_int_equal(loop_fault_put(&out, &f), 0);
	assert_int_equal(loop_fault_json(&g, sm_buf_str(&out), &e), 0);
	assert_memory_equal(&f, &g, sizeof(f));
	sm_buf_release(&out);
}

static void refusals_count_down(void **state)
{
	uint32_t status = 503, times = 2;

	SM_UNUSED(state);
	assert_int_equal(loop_fault_refuse(&status, &times), 503);
	assert_int_equal(loop_fault_refuse(&status, &times), 503);
	assert_int_equal(loop_fault_refuse(&status, &times), 0);
	status = 500;
	times = 0;
	assert_int_equal(loop_fault_refuse(&status, &times), 500);
	assert_int_equal(loop_fault_refuse(&status, &times), 500);
}

static void dice_repeat_and_are_fair(void **state)
{
	struct loop_fault_dice a = { 7 }, b = { 7 };
	unsigned i, hits = 0;

	SM_UNUSED(state);
	for (i = 0; i < 10000; i++) {
		assert_true(loop_fault_roll(&a) == loop_fault_roll(&b));
		hits += loop_fault_hit(&a, 10);
		(void)loop_fault_hit(&b, 10); /* keeps both in step */
	}
	assert_in_range(hits, 800, 1200);
	assert_false(loop_fault_hit(&a, 0));
	assert_true(loop_fault_hit(&a, 1));
}

/* Only the digest and the payload: the rest nobody protects. */
static void corruption_is_noticeable(void **state)
{
	struct loop_fault_dice d = { 3 };
	char was[160], now[160];
	unsigned i, at, changed, digest = 0;

	SM_UNUSED(state);
	memset(was, 'x', sizeof(was));
	for (i = 0; i < 2000; i++) {
		memcpy(now, was, sizeof(now));
		loop_fault_corrupt(&d, now, sizeof(now));
		for (at = changed = 0; at < sizeof(now); at++) {
			if (now[at] == was[at])
				continue;
			changed++;
			assert_true((at >= 80 && at < 112) || at >= 120);
			digest += at < 112;
		}
		assert_int_equal(changed, 1);
	}
	assert_true(digest > 0 && digest < 2000);
	memcpy(now, was, sizeof(now));
	loop_fault_corrupt(&d, now, 120);
	assert_memory_equal(now, was, sizeof(now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_units),
		cmocka_unit_test(refused),
		cmocka_unit_test(json_is_all_or_nothing),
		cmocka_unit_test(written_and_read_back),
		cmocka_unit_test(refusals_count_down),
		cmocka_unit_test(dice_repeat_and_are_fair),
		cmocka_unit_test(corruption_is_noticeable),
	};

	return cmocka_run_group_tests_name("loop_fault", tests, NULL, NULL);
}
