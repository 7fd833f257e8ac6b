/*
 * The data channel over a socket and a service that are played here: what is
 * sent first, what is ignored, when it tries again, and when it gives up.
 */
#include "common/def.h"

#include "tests/lib/channelrig.h"

#define HEAVY 300000 /* PROTOCOL.md 6.4: 3000 resends of 100 ms */

/* ---- opening ---- */

static void token_comes_first(void **state)
{
	struct plug_open_text o;
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	assert_int_equal(fake.dials, 1);
	assert_int_equal(fake.limit_ms, 60000);
	assert_string_equal(fake.header, "Authorization: 1");
	type(&g, "typed before there is a socket");
	opens(&g);
	expect(&g, "opened ");
	expect_sent("t m0:1 ");
	assert_int_equal(plug_payload_open_get(&o, sm_buf_str(&fake.text)), 0);
	assert_string_equal(o.token, "token-1");
	assert_int_equal(strlen(o.client_id), 36);
	assert_int_equal(strlen(o.request_id), 36);
	assert_string_not_equal(o.client_id, o.request_id);
	assert_non_null(strchr(o.client_version, '.'));
	end(&g);
}

static void what_is_unknown_is_ignored(void **state)
{
	static const char *const raw[] = { "", "x", "{\"text\":1}" };
	char zeros[PLUG_MESSAGE_HEADER + 4] = { 0 };
	struct rig g;
	size_t i;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	expect(&g, "opened ");
	expect_sent("t ");
	message(&g, "interactive_shell", 0, 1, sm_str("{}"));
	message(&g, "agent_job", 7, 0, sm_str("{}"));
	message(&g, PLUG_MESSAGE_INPUT, 0, 1, sm_str("ours, not theirs"));
	message(&g, PLUG_MESSAGE_ACK, 0, 0, sm_str("not JSON"));
	acknowledge(&g, 12345);
	for (i = 0; i < SM_ARRAY_LEN(raw); i++)
		fake.ops->message(fake.user, sm_str(raw[i]));
	fake.ops->message(fake.user, sm_str_n(zeros, sizeof(zeros)));
	fake.ops->message(fake.user, sm_str_n("\xff\xfe\x80", 3));
	vclock_turn(&g.loop);
	expect(&g, "");
	expect_sent("");
	output(&g, 0, "still there");
	expect(&g, "d1:still there ");
	expect_sent("a0 ");
	end(&g);
}

static void not_ready_and_again(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	sm_buf_clear(&g.log);
	sm_buf_clear(&fake.log);
	g.answer = SM_EAGAIN;
	output(&g, 0, "a");
	expect_sent("");
	g.answer = 0;
	plug_channel_redeliver(g.ch);
	vclock_turn(&g.loop);
	expect(&g, "d1:a ");
	expect_sent("a0 ");
	plug_channel_hold(g.ch, true);
	assert_true(fake.held);
	plug_channel_hold(g.ch, false);
	assert_false(fake.held);
	end(&g);
}

static void nobody_answers(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	expect(&g, "opened ");
	vclock_pass(&g.loop, 179999);
	expect(&g, "");
	vclock_pass(&g.loop, 2);
	expect(&g, "failed ");
	assert_int_equal(g.code, SM_ETIMEOUT);
	assert_string_equal(g.why, "the target did not answer within 180 s");
	assert_false(fake.open);
	end(&g);

	begin(&g, 60, 600);
	opens(&g);
	vclock_pass(&g.loop, 170000);
	acknowledge(&g, 0); /* any message is a sign of life */
	vclock_pass(&g.loop, 600000);
	expect(&g, "opened ");
	end(&g);
}

/* ---- the first connection ---- */

/* Fail every attempt; returns how many there were. waits[] are the pauses. */
static unsigned fail_all(struct rig *g, int64_t *waits, size_t max)
{
	unsigned n = 0;

	while (!g->code) {
		int64_t from;

		assert_true(fake.dialling);
		n++;
		from = vclock.now_ms;
		goes_down(g, false, SM_ENET, 0, 0);
		while (!g->code && !fake.dialling) {
			vclock_pass(&g->loop, 1);
			assert_true(vclock.now_ms - from < 60000);
		}
		if (n <= max)
			waits[n - 1] = vclock.now_ms - from;
	}
	return n;
}

static void attempts_and_jitter(void **state)
{
	int64_t a[6], b[6], base = 150;
	bool differ = false;
	struct rig g;
	int i;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	assert_int_equal(fail_all(&g, a, 6), 7); /* PROTOCOL.md 3.9 */
	assert_int_equal(g.code, SM_ENET);
	assert_string_equal(g.why, "down with 0");
	assert_int_equal(service.resumes, 0);
	assert_int_equal(service.signs, 7);
	vclock_pass(&g.loop, 600000);
	expect(&g, "failed ");
	end(&g);
	begin(&g, 60, 600);
	(void)fail_all(&g, b, 6);
	end(&g);
	for (i = 0; i < 6; i++, base *= 2) {
		assert_in_range(a[i], base / 2 - 1, base * 3 / 2 + 1);
		assert_in_range(b[i], base / 2 - 1, base * 3 / 2 + 1);
		differ = differ || a[i] != b[i];
	}
	assert_true(differ); /* by chance once in 10^14 */
}

static void first_budget(void **state)
{
	struct rig g;
	int64_t from;

	SM_UNUSED(state);
	begin(&g, 1, 600);
	from = vclock.now_ms;
	assert_int_equal(fake.limit_ms, 1000);
	assert_true(fail_all(&g, NULL, 0) < 7);
	assert_true(vclock.now_ms - from <= 1000);
	end(&g);
}

/* One attempt fails like this: is there a second one? */
static bool tried_again(int code, int status)
{
	struct rig g;
	bool again;

	begin(&g, 60, 600);
	goes_down(&g, false, code, status, 0);
	vclock_pass(&g.loop, 1000);
	again = fake.dials == 2;
	if (!again) {
		expect(&g, "failed ");
		assert_int_equal(g.code, code);
	}
	end(&g);
	return again;
}

static void refusals(void **state)
{
	static const int stay[] = { 400, 401, 403, 404, 410, 426 };
	static const int pass[] = { 301, 302, 408, 429, 500, 502, 503 };
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(stay); i++)
		assert_false(tried_again(
			stay[i] == 401 || stay[i] == 403 ? SM_EAUTH : SM_ENET,
			stay[i]));
	for (i = 0; i < SM_ARRAY_LEN(pass); i++)
		assert_true(tried_again(SM_ENET, pass[i]));
	assert_false(tried_again(SM_EVERIFY, 0)); /* a wrong certificate */
	assert_true(tried_again(SM_ENET, 0));     /* nobody there */
	assert_true(tried_again(SM_ETIMEOUT, 0));
}

/* ---- resumption ---- */

static void resumed(void **state)
{
	struct plug_open_text first, second;
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	assert_int_equal(plug_payload_open_get(&first, sm_buf_str(&fake.text)),
			 0);
	output(&g, 0, "a");
	type(&g, "x");
	expect(&g, "opened d1:a ");
	expect_sent("t a0 m0:1 ");
	goes_down(&g, true, SM_ENET, 0, 1006);
	expect(&g, "lost ");
	assert_int_equal(service.resumes, 1); /* at once */
	type(&g, "typed while away");
	resume_answers(&g, 1, "token-2");
	assert_int_equal(fake.dials, 2);
	/* signed with what is valid now */
	assert_string_equal(fake.header, "Authorization: 2");
	opens(&g);
	expect(&g, "resumed ");
	assert_int_equal(plug_payload_open_get(&second, sm_buf_str(&fake.text)),
			 0);
	assert_string_equal(second.token, "token-2");
	assert_string_equal(second.client_id, first.client_id);
	assert_string_not_equal(second.request_id, first.request_id);
	vclock_pass(&g.loop, 100);
	/* what was not acknowledged, and what was typed, behind the token */
	assert_int_equal(memcmp(sm_buf_z(&fake.log), "t m0:1 ", 7), 0);
	assert_non_null(strstr(sm_buf_z(&fake.log), "m1:1 "));
	assert_string_equal(sm_buf_z(&fake.last), "typed while away");
	sm_buf_clear(&fake.log);
	output(&g, 1, "b"); /* numbers go on */
	expect(&g, "d1:b ");
	end(&g);
}

static void session_is_over(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	goes_down(&g, true, SM_ENET, 0, 0);
	resume_answers(&g, 0, "");
	expect(&g, "opened lost failed ");
	assert_int_equal(g.code, SM_EOF);
	vclock_pass(&g.loop, 600000);
	assert_int_equal(service.resumes, 1);
	end(&g);
}

/* Every ResumeSession fails with `code`; returns how many there were. */
static unsigned resume_fails(unsigned budget, int code, struct rig *g)
{
	int64_t from;

	begin(g, 60, budget);
	opens(g);
	output(g, 0, "x");
	goes_down(g, true, SM_ENET, 0, 0);
	from = vclock.now_ms;
	while (!g->code) {
		resume_answers(g, code, "");
		while (!g->code && !service.resume)
			vclock_pass(&g->loop, 10);
	}
	assert_true(vclock.now_ms - from <= (int64_t)budget * 1000 + 10);
	assert_int_equal(g->code, code);
	assert_string_equal(g->why,
			    "the session was lost: ResumeSession said no");
	assert_int_equal(fake.dials, 1);
	return service.resumes;
}

static void no_way_back(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	assert_true(resume_fails(60, SM_ENET, &g) > 7);
	end(&g);
	assert_true(resume_fails(600, SM_ENET, &g) > 50);
	end(&g);
	/* what does not become right by asking again */
	assert_int_equal(resume_fails(600, SM_ENOTFOUND, &g), 1);
	end(&g);
	assert_int_equal(resume_fails(600, SM_EUSAGE, &g), 1);
	end(&g);
	/* credentials may be renewed meanwhile */
	assert_int_equal(resume_fails(600, SM_EAUTH, &g), 3);
	end(&g);

	begin(&g, 60, 0);
	opens(&g);
	goes_down(&g, true, SM_ENET, 0, 1001);
	expect(&g, "opened lost failed ");
	assert_string_equal(g.why, "the session was lost: down with 1001");
	assert_int_equal(service.resumes, 0);
	end(&g);
}

static void each_attempt_has_its_own_token(void **state)
{
	struct plug_open_text o;
	char token[16], header[32];
	struct rig g;
	unsigned i;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	goes_down(&g, true, SM_ENET, 0, 0);
	for (i = 2; i < 12; i++) {
		(void)snprintf(token, sizeof(token), "token-%u", i);
		(void)snprintf(header, sizeof(header), "Authorization: %u", i);
		resume_answers(&g, 1, token);
		assert_string_equal(fake.header, header);
		goes_down(&g, false, SM_EAUTH, 403, 0);
		assert_int_equal(g.code, 0);
		vclock_pass(&g.loop, 15000);
	}
	resume_answers(&g, 1, "the last");
	opens(&g);
	assert_int_equal(plug_payload_open_get(&o, sm_buf_str(&fake.text)), 0);
	assert_string_equal(o.token, "the last");
	expect(&g, "opened lost resumed ");
	end(&g);
}

static void budget_of_each_loss(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	/* a socket that brought a message pays the debt of the last ones */
	begin(&g, 60, 30);
	opens(&g);
	for (i = 0; i < 5; i++) {
		output(&g, i, "x");
		goes_down(&g, true, SM_ENET, 0, 0);
		resume_answers(&g, SM_ENET, "");
		while (!service.resume && !g.code)
			vclock_pass(&g.loop, 10);
		vclock_pass(&g.loop, 20000);
		resume_answers(&g, 1, "t");
		opens(&g);
	}
	assert_int_equal(g.code, 0);
	/* sockets that bring nothing do not */
	for (i = 0; i < 100 && !g.code; i++) {
		goes_down(&g, true, SM_ENET, 0, 0);
		while (!service.resume && !g.code)
			vclock_pass(&g.loop, 10);
		if (g.code)
			break;
		resume_answers(&g, 1, "t");
		opens(&g);
	}
	assert_in_range(i, 3, 30);
	assert_int_equal(g.code, SM_ENET);
	end(&g);

	/* an idle one that lives for minutes has worked too */
	begin(&g, 60, 30);
	opens(&g);
	output(&g, 0, "x");
	for (i = 0; i < 20; i++) {
		vclock_pass(&g.loop, 350000);
		goes_down(&g, true, SM_ENET, 0, 0);
		assert_non_null(service.resume); /* at once */
		resume_answers(&g, 1, "t");
		opens(&g);
	}
	assert_int_equal(g.code, 0);
	end(&g);
}

/* ---- the service's end ---- */

static void closed_at_once(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 0, "a");
	service_closes(&g, "bye");
	expect(&g, "opened d1:a closed:bye ");
	end(&g);
}

/* docs/compatibility.md 35 */
static void closed_with_missing_messages(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	/* they come: the text is whole, and nobody waits longer */
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 1, "b");
	output(&g, 2, "c");
	service_closes(&g, "bye");
	vclock_pass(&g.loop, 400);
	expect(&g, "opened ");
	output(&g, 0, "a");
	expect(&g, "d1:a d1:b d1:c closed:bye ");
	vclock_pass(&g.loop, 1000);
	expect(&g, "");
	end(&g);

	/* they do not: half a second, and once */
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 1, "b");
	service_closes(&g, "bye");
	service_closes(&g, "bye again");
	vclock_pass(&g.loop, 499);
	expect(&g, "opened ");
	vclock_pass(&g.loop, 2);
	expect(&g, "closed:bye ");
	vclock_pass(&g.loop, 1000);
	expect(&g, "");
	end(&g);

	/* nor can they, when the socket is gone */
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 1, "b");
	service_closes(&g, "bye");
	goes_down(&g, true, SM_ENET, 0, 1000);
	expect(&g, "opened closed:bye ");
	assert_int_equal(service.resumes, 0);
	end(&g);
}

/* ---- silence ---- */

static void nothing_is_acknowledged(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 0, "x");
	vclock_pass(&g.loop, HEAVY + 10000);
	/* nothing waits: nothing is asked, nothing is given up */
	assert_int_equal(fake.probes, 0);
	assert_int_equal(service.terminates, 0);
	end(&g);

	begin(&g, 60, 600);
	opens(&g);
	output(&g, 0, "x");
	type(&g, "hello?");
	vclock_pass(&g.loop, 14000);
	assert_int_equal(fake.probes, 0);
	vclock_pass(&g.loop, 3000);
	assert_true(fake.probes > 0);
	vclock_pass(&g.loop, HEAVY - 20000);
	assert_int_equal(service.terminates, 0);
	vclock_pass(&g.loop, 20000);
	assert_int_equal(service.terminates, 1);
	vclock_pass(&g.loop, HEAVY * 2);
	assert_int_equal(service.terminates, 1); /* once */
	expect(&g, "opened d1:x ");
	service_closes(&g, "Terminated");
	expect(&g, "closed:Terminated ");
	end(&g);
}

/* The agent speaks on; how many seconds until the session is given back? */
static int deaf_agent(struct rig *g, bool later_ones)
{
	int sec = 0;

	begin(g, 60, 600);
	opens(g);
	type(g, "0");
	for (; !service.terminates && sec < HEAVY / 500; sec++) {
		output(g, sec, "x");
		if (later_ones) {
			type(g, "y");
			acknowledge(g, sec + 1);
		}
		vclock_pass(&g->loop, 1000);
	}
	end(g);
	return sec;
}

static void the_oldest_is_not_acknowledged(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	assert_in_range(deaf_agent(&g, false), HEAVY / 1000, HEAVY / 1000 + 30);
	assert_in_range(deaf_agent(&g, true), HEAVY / 1000, HEAVY / 1000 + 30);

	/* each acknowledgement begins anew, however late it comes */
	begin(&g, 60, 600);
	opens(&g);
	for (i = 0; i < 4; i++) {
		type(&g, "x");
		vclock_pass(&g.loop, HEAVY - 10000);
		acknowledge(&g, i);
		vclock_pass(&g.loop, 600000); /* nobody types */
	}
	assert_int_equal(service.terminates, 0);
	end(&g);
}

static void what_could_not_be_acknowledged(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	/* we do not read */
	begin(&g, 60, 600);
	opens(&g);
	output(&g, 0, "x");
	type(&g, "0");
	plug_channel_hold(g.ch, true);
	vclock_pass(&g.loop, HEAVY * 3);
	plug_channel_hold(g.ch, false);
	acknowledge(&g, 0);
	vclock_pass(&g.loop, HEAVY * 3);
	assert_int_equal(service.terminates, 0);

	/* the service says that nobody is there */
	type(&g, "1");
	message(&g, PLUG_MESSAGE_PAUSE, 0, 0, sm_str("x"));
	vclock_pass(&g.loop, HEAVY * 3);
	message(&g, PLUG_MESSAGE_START, 0, 0, sm_str("x"));
	vclock_pass(&g.loop, 2000);
	acknowledge(&g, 1);
	assert_int_equal(service.terminates, 0);

	/* there is no socket; the time on others still counts */
	type(&g, "2");
	for (i = 0; i < 10; i++) {
		vclock_pass(&g.loop, HEAVY / 11);
		goes_down(&g, true, SM_ENET, 0, 0);
		vclock_pass(&g.loop, 20000);
		resume_answers(&g, 1, "t");
		opens(&g);
		output(&g, i + 1, "x");
	}
	assert_int_equal(service.terminates, 0);
	vclock_pass(&g.loop, HEAVY / 11 * 4);
	assert_int_equal(service.terminates, 1);
	end(&g);
}

/* ---- our end ---- */

static void goodbye(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g, 60, 600);
	opens(&g);
	type(&g, "last words");
	sm_buf_clear(&fake.log);
	plug_channel_finish(g.ch, true);
	vclock_turn(&g.loop);
	expect_sent(""); /* not before they have arrived */
	assert_int_equal(plug_channel_room(g.ch), 0);
	acknowledge(&g, 0);
	expect_sent("c ");
	expect(&g, "opened finished ");
	end(&g);

	/* whoever does not acknowledge does not keep us */
	begin(&g, 60, 600);
	opens(&g);
	type(&g, "last words");
	plug_channel_finish(g.ch, true);
	vclock_pass(&g.loop, 650);
	expect(&g, "opened ");
	vclock_pass(&g.loop, 100);
	expect(&g, "finished ");
	assert_true(fake.closed);
	end(&g);

	/* without a socket, and twice */
	begin(&g, 60, 600);
	plug_channel_finish(g.ch, true);
	plug_channel_finish(g.ch, true);
	expect(&g, "");
	vclock_turn(&g.loop);
	vclock_pass(&g.loop, 1);
	expect(&g, "finished ");
	vclock_pass(&g.loop, 60000);
	assert_int_equal(fake.dials, 1);
	expect(&g, "");
	end(&g);

	/* before it was opened: nobody dials any more */
	start(&g, 60, 600);
	plug_channel_finish(g.ch, true);
	plug_channel_open(g.ch);
	vclock_pass(&g.loop, 60000);
	expect(&g, "finished ");
	assert_int_equal(fake.dials, 0);
	assert_int_equal(service.signs, 0);
	end(&g);

	/* the socket ends meanwhile: that is no loss */
	begin(&g, 60, 600);
	opens(&g);
	type(&g, "x");
	plug_channel_finish(g.ch, true);
	goes_down(&g, true, SM_ENET, 0, 0);
	expect(&g, "opened finished ");
	assert_int_equal(service.resumes, 0);
	end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(token_comes_first),
		cmocka_unit_test(what_is_unknown_is_ignored),
		cmocka_unit_test(not_ready_and_again),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(attempts_and_jitter),
		cmocka_unit_test(first_budget),
		cmocka_unit_test(refusals),
		cmocka_unit_test(resumed),
		cmocka_unit_test(session_is_over),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(each_attempt_has_its_own_token),
		cmocka_unit_test(budget_of_each_loss),
		cmocka_unit_test(closed_at_once),
		cmocka_unit_test(closed_with_missing_messages),
		cmocka_unit_test(nothing_is_acknowledged),
		cmocka_unit_test(the_oldest_is_not_acknowledged),
		cmocka_unit_test(what_could_not_be_acknowledged),
		cmocka_unit_test(goodbye),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
