/*
 * The stream's receiving half: order, acknowledgements, what comes early,
 * what is not wanted yet, what is wrong.
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include "tests/lib/streamrig.h"

static void test_order_of_acks(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(output(&g, 0, 5, "hs"), 0);
	assert_int_equal(output(&g, 1, 8, "ch"), 0);
	assert_int_equal(output(&g, 2, 7, "ok"), 0);
	assert_int_equal(output(&g, 3, 1, "data"), 0);
	assert_int_equal(output(&g, 4, 10, "flag"), 0);
	check_log(&g, "a0 d5:hs a1 d8:ch a2 d7:ok d1:data a3 d10:flag a4 ");
	drop(&g);
}

static void test_duplicates(void **state)
{
	struct plug_message m;
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(output(&g, 0, 1, "x"), 0);
	assert_int_equal(output(&g, 0, 1, "x"), 0);
	check_log(&g, "d1:x a0 a0 ");
	/* it names the message that came, under the type that came */
	m = last(&g);
	assert_true(sm_str_find(m.payload, sm_str("\"output_stream_data\"")) >
		    0);
	assert_int_equal(stats(&g).duplicates, 1);
	drop(&g);
}

static void test_early(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(output(&g, 2, 7, "done"), 0);
	assert_int_equal(output(&g, 1, 1, "b"), 0);
	assert_int_equal(output(&g, 2, 7, "done"), 0);
	check_log(&g, "a2 a1 a2 ");
	/* types from the buffer are told apart as well */
	assert_int_equal(output(&g, 0, 5, "a"), 0);
	check_log(&g, "a0 d5:a d1:b d7:done ");
	assert_int_equal(output(&g, 3, 1, "c"), 0);
	check_log(&g, "d1:c a3 ");
	drop(&g);
}

static void test_not_ready(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	g.answer = SM_EAGAIN;
	assert_int_equal(output(&g, 0, 1, "a"), SM_EAGAIN);
	assert_int_equal(output(&g, 0, 1, "a"), SM_EAGAIN);
	assert_int_equal(output(&g, 1, 1, "b"), 0);
	check_log(&g, "a1 ");
	assert_int_equal(plug_stream_redeliver(g.s, g.now), SM_EAGAIN);
	g.answer = 0;
	assert_int_equal(plug_stream_redeliver(g.s, g.now), 0);
	check_log(&g, "d1:a a0 d1:b ");
	/* an acknowledgement that came first is not taken back */
	g.answer = SM_EAGAIN;
	assert_int_equal(output(&g, 2, 7, "c"), SM_EAGAIN);
	check_log(&g, "a2 ");
	g.answer = 0;
	assert_int_equal(output(&g, 2, 7, "c"), 0);
	check_log(&g, "a2 d7:c ");
	drop(&g);
}

static void test_fatal_answer(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	g.answer = SM_EIO;
	assert_int_equal(output(&g, 0, 1, "a"), SM_EIO);
	assert_int_equal(plug_stream_redeliver(g.s, g.now), 0);
	check_log(&g, "");
	g.answer = 0;
	assert_int_equal(output(&g, 0, 1, "a"), 0);
	check_log(&g, "d1:a a0 ");
	drop(&g);
}

static void test_early_limits(void **state)
{
	char *big = sm_mem_zalloc((size_t)3 << 20, 1);
	struct rig g;
	int i;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	for (i = 1; i <= 10000; i++)
		assert_int_equal(output(&g, i, 1, "a"), 0);
	sm_buf_clear(&g.log);
	assert_int_equal(output(&g, 10001, 1, "a"), SM_EAGAIN);
	assert_int_equal(output(&g, INT64_MAX, 1, "a"), SM_EAGAIN);
	check_log(&g, "");
	assert_int_equal(output(&g, 0, 1, "z"), 0);
	assert_int_equal(stats(&g).received, 10001);
	drop(&g);

	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(give_data(&g, PLUG_MESSAGE_OUTPUT, 1, 1,
				   sm_str_n(big, (size_t)3 << 20)),
			 0);
	assert_int_equal(give_data(&g, PLUG_MESSAGE_OUTPUT, 2, 1,
				   sm_str_n(big, ((size_t)1 << 20) + 1)),
			 SM_EAGAIN);
	assert_int_equal(give_data(&g, PLUG_MESSAGE_OUTPUT, 2, 1,
				   sm_str_n(big, (size_t)1 << 20)),
			 0);
	check_log(&g, "a1 a2 ");
	drop(&g);
	sm_mem_free(big);
}

static void test_bad_messages(void **state)
{
	struct plug_message m = { 0 };
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	assert_int_equal(plug_stream_receive(g.s, sm_str("short"), g.now),
			 SM_EFORMAT);
	assert_int_equal(output(&g, -1, 1, "x"), SM_EFORMAT);
	/* the other direction's type, and one that nobody knows */
	assert_int_equal(give_data(&g, PLUG_MESSAGE_INPUT, 0, 1, sm_str("x")),
			 SM_EFORMAT);
	assert_int_equal(give_data(&g, "agent_job", 0, 1, sm_str("x")),
			 SM_EFORMAT);
	m.type = sm_str(PLUG_MESSAGE_ACK);
	m.payload = sm_str("{}");
	assert_int_equal(give(&g, &m), SM_EFORMAT);
	give_ack(&g, 0); /* of what was never sent */
	give_ack(&g, INT64_MAX);
	check_log(&g, "");
	assert_int_equal(stats(&g).bad, 5);
	assert_int_equal(output(&g, 0, 1, "x"), 0);
	check_log(&g, "d1:x a0 ");
	drop(&g);
}

static void test_closed(void **state)
{
	struct sm_buf json = SM_BUF_INIT(1024);
	struct plug_message m = { 0 };
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	(void)plug_payload_closed_put(&json, sm_str("s"), sm_str("bye"));
	m.type = sm_str(PLUG_MESSAGE_CLOSED);
	m.payload = sm_buf_str(&json);
	assert_int_equal(give(&g, &m), 0);
	plug_stream_suspend(g.s); /* it may be read from a dying socket */
	assert_int_equal(give(&g, &m), 0);
	assert_int_equal(g.closed, 2);
	check_log(&g, "");
	sm_buf_release(&json);
	drop(&g);
}

static struct plug_crypter *crypter(enum plug_role role)
{
	static const unsigned char nonce[12] = { 0 };
	static const char key[PLUG_CRYPTER_DATA_KEY] = { 1, 2, 3 };
	int r;

	return plug_crypter_new(role, sm_str_n(key, sizeof(key)), nonce, &r);
}

static void test_sealed(void **state)
{
	struct plug_crypter *client = crypter(PLUG_ROLE_CLIENT);
	struct plug_crypter *agent = crypter(PLUG_ROLE_AGENT);
	struct sm_buf b = SM_BUF_INIT(1024);
	struct rig g;

	SM_UNUSED(state);
	make(&g, PLUG_ROLE_CLIENT, 1024);
	plug_stream_set_crypter(g.s, client);
	write_text(&g, PLUG_PAYLOAD_OUTPUT, "secret");
	assert_int_equal(flush(&g), 1);
	assert_int_equal(last(&g).payload.len, 6 + 28);
	assert_int_equal(plug_crypter_open(agent, &b, last(&g).payload), 0);
	assert_string_equal(sm_buf_z(&b), "secret");
	write_text(&g, PLUG_PAYLOAD_SIZE, "{\"clear\":1}");
	assert_int_equal(flush(&g), 1);
	assert_true(sm_str_eqz(last(&g).payload, "{\"clear\":1}"));
	sm_buf_clear(&g.log);

	sm_buf_clear(&b);
	assert_int_equal(plug_crypter_seal(agent, &b, sm_str("text")), 0);
	b.ptr[14] ^= 1; /* in turn, and early: neither is acknowledged */
	assert_int_equal(give_data(&g, PLUG_MESSAGE_OUTPUT, 0, 11,
				   sm_buf_str(&b)),
			 SM_EVERIFY);
	assert_int_equal(give_data(&g, PLUG_MESSAGE_OUTPUT, 1, 1,
				   sm_buf_str(&b)),
			 SM_EVERIFY);
	assert_int_equal(output(&g, 0, 12, "short"), SM_EFORMAT);
	check_log(&g, "");
	b.ptr[14] ^= 1;
	assert_int_equal(
		give_data(&g, PLUG_MESSAGE_OUTPUT, 1, 12, sm_buf_str(&b)), 0);
	assert_int_equal(
		give_data(&g, PLUG_MESSAGE_OUTPUT, 0, 11, sm_buf_str(&b)), 0);
	assert_int_equal(output(&g, 2, 10, "clear"), 0);
	check_log(&g, "a1 d11:text a0 d12:text d10:clear a2 ");
	drop(&g);
	sm_buf_release(&b);
	plug_crypter_free(client);
	plug_crypter_free(agent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_of_acks),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_not_ready),
		cmocka_unit_test(test_fatal_answer),
		cmocka_unit_test(test_early_limits),
		cmocka_unit_test(test_bad_messages),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
