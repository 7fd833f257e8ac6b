/*
 * The stream's sending half, rule by rule. The receiving half is in
 * test_stream_receive.c; what a whole network does, in test_stream_sim.c.
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include "plugin/wire/window.h"
#include "tests/lib/streamrig.h"

static void test_first_message(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "hel");
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "lo");
	assert_int_equal(flush(&g), 1); /* writes are joined */
	assert_true(sm_str_eqz(last(&g).type, PLUG_MESSAGE_INPUT));
	assert_true(sm_str_eqz(last(&g).payload, "hello"));
	assert_int_equal(last(&g).flags, 0);
	assert_int_equal(last(&g).created_ms, WALL);
	assert_int_equal(plug_stream_pending(g.s), 5);
	give_ack(&g, 0);
	assert_int_equal(plug_stream_pending(g.s), 0);
	assert_true(plug_stream_deadline(g.s) == INT64_MAX);
	drop(&g);

	make(&g, PLUG_ROLE_AGENT, 1024);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "$ ");
	assert_int_equal(flush(&g), 1);
	assert_true(sm_str_eqz(last(&g).type, PLUG_MESSAGE_OUTPUT));
	assert_int_equal(last(&g).flags, PLUG_MESSAGE_SYN);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "$ ");
	assert_int_equal(flush(&g), 1);
	assert_int_equal(last(&g).flags, 0);
	drop(&g);
}

/* 200 ms at first, doubled each time, at most three seconds. */
static void test_back_off(void **state)
{
	static const int64_t wait[] = { 200, 400, 800, 1600, 3000, 3000, 3000 };
	struct sm_buf first = SM_BUF_INIT(1024);
	struct rig g;
	size_t i;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "x");
	assert_int_equal(flush(&g), 1);
	(void)sm_buf_put_str(&first, sm_buf_str(&g.sent));
	sm_buf_clear(&g.log);
	for (i = 0; i < SM_ARRAY_LEN(wait); i++) {
		assert_true(plug_stream_deadline(g.s) ==
			    g.now.mono_ms + wait[i] + 1);
		g.now.mono_ms += wait[i];
		assert_int_equal(plug_stream_poll(g.s, g.now), 0);
		check_log(&g, "");
		g.now.mono_ms++;
		assert_int_equal(plug_stream_poll(g.s, g.now), 0);
		check_log(&g, "m0 ");
		assert_true(sm_str_eq(sm_buf_str(&g.sent), sm_buf_str(&first)));
	}
	give_ack(&g, 0);
	assert_true(plug_stream_deadline(g.s) == INT64_MAX);
	/* Karn: nothing was learnt from it */
	assert_true(stats(&g).rto_ms > 199 && stats(&g).rto_ms < 201);
	sm_buf_release(&first);
	drop(&g);
}

/* Silence repeats a little of what is out, not all of it. */
static void test_silence(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(write_bulk(&g, 100000), 0);
	assert_int_equal(flush(&g), 64);
	g.now.mono_ms += 201;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	assert_int_equal(stats(&g).resent, 16);
	assert_int_equal(stats(&g).window, 16384);
	g.now.mono_ms += 100;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	assert_int_equal(flush(&g), 0);
	assert_int_equal(stats(&g).resent, 16);
	/* and one answer to a message sent once sets the timers back */
	give_ack(&g, 40);
	assert_true(plug_stream_deadline(g.s) > g.now.mono_ms);
	drop(&g);
}

static void test_passed(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	for (i = 0; i < 5; i++) {
		write_text(&g, PLUG_PAYLOAD_FLAG, "0000");
		assert_int_equal(flush(&g), 1);
	}
	sm_buf_clear(&g.log);
	g.now.mono_ms += 130;
	give_ack(&g, 1);
	give_ack(&g, 2);
	assert_int_equal(flush(&g), 0); /* two are not enough */
	give_ack(&g, 3);
	assert_int_equal(flush(&g), 1);
	check_log(&g, "m0 ");
	assert_int_equal(stats(&g).in_flight, 8);
	drop(&g);
}

static void test_window(void **state)
{
	struct rig g;
	int64_t seq;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(plug_stream_room(g.s), PLUG_STREAM_QUEUE);
	assert_int_equal(write_bulk(&g, PLUG_STREAM_QUEUE), 0);
	assert_int_equal(plug_stream_room(g.s), 0);
	assert_int_equal(write_bulk(&g, 1), SM_EAGAIN);
	assert_int_equal(write_bulk(&g, PLUG_STREAM_QUEUE + 1), SM_ELIMIT);
	assert_int_equal(flush(&g), 64);
	assert_int_equal(flush(&g), 0);
	assert_int_equal(stats(&g).in_flight, 65536);
	assert_int_equal(plug_stream_pending(g.s), PLUG_STREAM_QUEUE);
	g.now.mono_ms += 20;
	for (seq = 0; seq < 64; seq++)
		give_ack(&g, seq);
	assert_true(stats(&g).window > 90000);
	assert_true(flush(&g) > 80);
	assert_int_equal(g.largest, 1024);
	drop(&g);
}

static void test_budget(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(write_bulk(&g, 10000), 0);
	assert_int_equal(plug_stream_flush(g.s, g.now, 0), 0);
	assert_int_equal(plug_stream_flush(g.s, g.now, 1), 1);
	assert_int_equal(plug_stream_flush(g.s, g.now, 1145), 2);
	/* no room at all: nothing is late, however long it takes */
	assert_int_equal(plug_stream_flush(g.s, g.now, 0), 0);
	assert_true(plug_stream_deadline(g.s) == INT64_MAX);
	g.now.mono_ms += 10000;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	assert_int_equal(plug_stream_flush(g.s, g.now, 1), 1);
	assert_int_equal(stats(&g).resent, 0);
	drop(&g);
}

static void test_writes(void **state)
{
	char *big = sm_mem_zalloc(65537, 1);
	struct plug_stream_config c = { 0 };
	struct rig g;
	int i;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "");
	write_text(&g, PLUG_PAYLOAD_FLAG, "");
	assert_int_equal(flush(&g), 0); /* never an empty payload */
	assert_int_equal(plug_stream_write(g.s, PLUG_PAYLOAD_FLAG,
					   sm_str_n(big, 65537)),
			 SM_ELIMIT);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "\n");
	assert_int_equal(flush(&g), 1);
	assert_true(sm_str_eqz(last(&g).payload, "\n"));
	c.lf_to_cr = true;
	plug_stream_configure(g.s, &c);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "\n");
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "a\n");
	assert_int_equal(flush(&g), 1);
	assert_true(sm_str_eqz(last(&g).payload, "\ra\n"));
	/* an unsent Size is replaced where it stands */
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "x");
	write_text(&g, PLUG_PAYLOAD_SIZE, "{1}");
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "y");
	write_text(&g, PLUG_PAYLOAD_SIZE, "{2}");
	assert_int_equal(flush(&g), 3);
	assert_true(sm_str_eqz(last(&g).payload, "y"));
	write_text(&g, PLUG_PAYLOAD_SIZE, "{3}");
	assert_int_equal(flush(&g), 1);
	for (i = 0; i < 17; i++)
		assert_int_equal(plug_stream_write(g.s, PLUG_PAYLOAD_FLAG,
						   sm_str_n(big, 65536)),
				 0);
	assert_int_equal(plug_stream_write(g.s, PLUG_PAYLOAD_FLAG,
					   sm_str_n(big, 1)),
			 SM_ELIMIT);
	sm_mem_free(big);
	drop(&g);
}

static void test_pause(void **state)
{
	static const char *const again[] = { PLUG_MESSAGE_START, NULL };
	struct rig g;
	int i;

	SM_UNUSED(state);
	for (i = 0; i < 2; i++) {
		make(&g, PLUG_ROLE_CLIENT, 1024);
		write_text(&g, PLUG_PAYLOAD_OUTPUT, "x");
		assert_int_equal(flush(&g), 1);
		give_control(&g, PLUG_MESSAGE_PAUSE);
		g.now.mono_ms += 60000;
		assert_int_equal(plug_stream_poll(g.s, g.now), 0);
		assert_int_equal(flush(&g), 0);
		assert_true(plug_stream_deadline(g.s) == INT64_MAX);
		if (again[i])
			give_control(&g, again[i]);
		else /* any message of the agent does */
			assert_int_equal(output(&g, 0, 1, "o"), 0);
		assert_true(plug_stream_deadline(g.s) == g.now.mono_ms + 201);
		g.now.mono_ms += 201;
		assert_int_equal(plug_stream_poll(g.s, g.now), 0);
		assert_int_equal(stats(&g).resent, 1);
		drop(&g);
	}
	/* an agent sends nothing new either */
	make(&g, PLUG_ROLE_AGENT, 1024);
	give_control(&g, PLUG_MESSAGE_PAUSE);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "x");
	assert_int_equal(flush(&g), 0);
	assert_int_equal(give_data(&g, PLUG_MESSAGE_INPUT, 0, 1, sm_str("i")),
			 0);
	assert_int_equal(flush(&g), 1);
	drop(&g);
}

static void test_suspend(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	for (i = 0; i < 4; i++) {
		write_text(&g, PLUG_PAYLOAD_FLAG, "0000");
		assert_int_equal(flush(&g), 1);
	}
	give_ack(&g, 1);
	plug_stream_suspend(g.s);
	sm_buf_clear(&g.log);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "typed meanwhile");
	assert_int_equal(flush(&g), 0);
	g.now.mono_ms += 100000;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	assert_true(plug_stream_deadline(g.s) == INT64_MAX);
	assert_int_equal(output(&g, 0, 1, "x"), SM_EAGAIN);
	check_log(&g, "");
	plug_stream_resume(g.s, g.now);
	assert_true(plug_stream_deadline(g.s) <= g.now.mono_ms);
	assert_int_equal(flush(&g), 4);
	check_log(&g, "m0 m2 m3 m4 ");
	assert_int_equal(output(&g, 0, 1, "x"), 0);
	drop(&g);
}

/* The socket may break by what it is given. */
static void test_suspend_in_transmit(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 32768);
	assert_int_equal(write_bulk(&g, 60000), 0);
	g.cut = true;
	assert_int_equal(flush(&g), 1); /* the self-check, as it happens */
	assert_int_equal(flush(&g), 0);
	plug_stream_resume(g.s, g.now);
	assert_int_equal(flush(&g), 1);
	assert_int_equal(flush(&g), 0);
	g.cut = false;
	g.largest = 0;
	plug_stream_resume(g.s, g.now);
	/* the smallest window, halved by a connection that brought nothing */
	assert_int_equal(flush(&g), PLUG_WINDOW_MIN / 2 / 1024);
	assert_int_equal(g.largest, 1024); /* it has failed */
	drop(&g);
}

static void test_resend_limit(void **state)
{
	struct plug_stream_config c = { 0 };
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	c.resend_limit = 2;
	plug_stream_configure(g.s, &c);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "x");
	assert_int_equal(flush(&g), 1);
	g.now.mono_ms += 300;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	g.now.mono_ms += 500;
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	g.now.mono_ms += 900;
	assert_int_equal(plug_stream_poll(g.s, g.now), SM_ELIMIT);
	assert_int_equal(stats(&g).resent, 2);
	assert_true(plug_stream_deadline(g.s) == INT64_MAX);
	give_ack(&g, 0);
	assert_int_equal(plug_stream_poll(g.s, g.now), 0);
	drop(&g);
}

static void test_rate(void **state)
{
	struct plug_stream_config c = { 0 };
	struct rig g;
	int64_t begin, seq = 0, at;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	c.rate_limit = 50000;
	plug_stream_configure(g.s, &c);
	begin = g.now.mono_ms;
	assert_int_equal(write_bulk(&g, 200000), 0);
	while (plug_stream_pending(g.s)) {
		assert_true(flush(&g) >= 0);
		while ((size_t)seq < g.messages)
			give_ack(&g, seq++);
		at = plug_stream_deadline(g.s);
		if (at == INT64_MAX)
			break;
		assert_true(at > g.now.mono_ms); /* no busy loop */
		g.now.mono_ms = at;
	}
	assert_int_equal(plug_stream_pending(g.s), 0);
	assert_true(g.now.mono_ms - begin > 3900);
	assert_true(g.now.mono_ms - begin < 4100);
	drop(&g);
}

/* Write enough for the self-check, and check that it went out first. */
static void begin_probe(struct rig *g, uint32_t payload_max)
{
	make(g, PLUG_ROLE_CLIENT, payload_max);
	assert_int_equal(write_bulk(g, PLUG_STREAM_BULK - 1), 0);
	assert_int_equal(flush(g), 8);
	assert_int_equal(g->largest, 1024); /* not yet worth it */
	give_ack(g, 0);
	assert_int_equal(write_bulk(g, 60000), 0);
	assert_true(flush(g) > 2);
	assert_int_equal(g->largest, payload_max + PLUG_CRYPTER_OVERHEAD);
	assert_int_equal(stats(g).payload, 1024);
	g->largest = 0;
}

static void test_probe_success(void **state)
{
	struct rig g;
	int64_t seq;

	SM_UNUSED(state);
	begin_probe(&g, 16384);
	g.now.mono_ms += 20;
	for (seq = 1; (size_t)seq < g.messages; seq++)
		give_ack(&g, seq);
	assert_int_equal(stats(&g).payload, 16384);
	assert_int_equal(write_bulk(&g, 100000), 0);
	assert_true(flush(&g) > 1);
	assert_int_equal(g.largest, 16384);
	plug_stream_shrink(g.s);
	assert_int_equal(stats(&g).payload, 1024);
	drop(&g);

	/* a shell never has one: the agent would take it for a size */
	make(&g, PLUG_ROLE_CLIENT, 1024);
	plug_stream_configure(g.s,
			      &(struct plug_stream_config){
				      .lf_to_cr = true, .payload_max = 32768 });
	assert_int_equal(write_bulk(&g, 60000), 0);
	assert_true(flush(&g) > 50);
	assert_int_equal(g.largest, 1024);
	drop(&g);
}

/* However it fails: the number 8 again, small, and never large again. */
static void test_probe_failure(void **state)
{
	struct rig g;
	int64_t seq;
	int how, i;

	SM_UNUSED(state);
	for (how = 0; how < 3; how++) {
		begin_probe(&g, 32768);
		for (seq = 1; (size_t)seq < g.messages; seq++) {
			if (seq != 8)
				give_ack(&g, seq);
		}
		if (how == 0) {
			g.now.mono_ms += 2001;
		} else if (how == 1) {
			plug_stream_shrink(g.s);
		} else {
			plug_stream_suspend(g.s);
			plug_stream_resume(g.s, g.now);
		}
		sm_buf_clear(&g.log);
		g.largest = 0;
		assert_int_equal(plug_stream_poll(g.s, g.now), 0);
		check_log(&g, "m8 ");
		assert_int_equal(last(&g).payload_type, PLUG_PAYLOAD_SIZE);
		assert_true(sm_str_eqz(last(&g).payload,
				       "{\"cols\":80,\"rows\":24}"));
		assert_int_equal(write_bulk(&g, 60000), 0);
		for (i = 0; i < 20; i++) {
			g.now.mono_ms += 1000;
			assert_int_equal(plug_stream_poll(g.s, g.now), 0);
			assert_true(flush(&g) >= 0);
		}
		assert_int_equal(g.largest, 1024);
		assert_int_equal(stats(&g).payload, 1024);
		drop(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_message),
		cmocka_unit_test(test_back_off),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_suspend_in_transmit),
		cmocka_unit_test(test_resend_limit),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_probe_success),
		cmocka_unit_test(test_probe_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
