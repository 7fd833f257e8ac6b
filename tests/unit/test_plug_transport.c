/*
 * The WebSocket against a server that is played here, byte by byte: what the
 * upgrade says, what is refused, frames in pieces and frames that are wrong,
 * and a peer that is there but dead.
 */
#include "common/def.h"

#include "tests/lib/transportrig.h"

#include "common/mem.h"

/* ---- the upgrade ---- */

static void upgrade_request(void **state)
{
	static const char *const has[] = { "GET /p?a=b+c/= HTTP/1.1\r\n",
					   "\r\nUpgrade: websocket\r\n",
					   "\r\nSec-WebSocket-Version: 13\r\n",
					   "\r\nSec-WebSocket-Key: ",
					   "\r\nX-Amz-Date: today\r\n",
					   "\r\nAuthorization: me\r\n",
					   "\r\nHost: 127.0.0.1:" };
	static const char *const has_not[] = { "Origin:", "Sec-WebSocket-Ext",
					       "Sec-WebSocket-Proto",
					       "Cookie:" };
	struct rig g;
	size_t i;

	SM_UNUSED(state);
	begin(&g);
	connect_to(&g, 10000);
	read_head(&g);
	for (i = 0; i < SM_ARRAY_LEN(has); i++)
		if (!strstr(sm_buf_z(&g.head), has[i]))
			fail_msg("no '%s' in '%s'", has[i], sm_buf_z(&g.head));
	for (i = 0; i < SM_ARRAY_LEN(has_not); i++)
		assert_null(strstr(sm_buf_z(&g.head), has_not[i]));
	assert_int_equal(plug_transport_connect(g.t, g.url, NULL, 0, 1000,
						NULL),
			 SM_ESTATE);
	answer(&g, "X-More: yes\r\n");
	until(&g, "open ");
	/* what the owner says at once goes in front of everything */
	expect_frame(&g, PLUG_WS_TEXT, "first");
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	expect_silence(&g);
	plug_transport_binary(g.t, sm_str("one"));
	plug_transport_binary(g.t, sm_str("two"));
	plug_transport_flush(g.t);
	expect_frame(&g, PLUG_WS_BINARY, "one");
	expect_frame(&g, PLUG_WS_BINARY, "two");
	end(&g);
}

/* The server answers `text` to the upgrade. */
static void refused(struct rig *g, const char *text, int code, int status)
{
	begin(g);
	connect_to(g, 10000);
	read_head(g);
	send_all(g, text, strlen(text));
	until(g, "down ");
	expect(g, "down ");
	assert_false(g->end.was_open);
	assert_int_equal(g->end.code, code);
	assert_int_equal(g->end.status, status);
	/* and nobody is asked another time, here or elsewhere */
	turn(g);
	assert_true(accept(g->listener, NULL, NULL) < 0);
}

static void refusals(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	refused(&g, "HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nsecret",
		SM_EAUTH, 403);
	assert_non_null(strstr(g.end.err.msg, "the service answered 403"));
	assert_null(strstr(g.end.err.msg, "secret"));
	end(&g);
	refused(&g, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", SM_EAUTH,
		401);
	end(&g);
	refused(&g, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", SM_ENET,
		404);
	end(&g);
	refused(&g, "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", SM_ENET,
		503);
	end(&g);
	refused(&g, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", SM_ENET,
		200);
	end(&g);
}

static void redirection_is_refused(void **state)
{
	struct sm_buf b = SM_BUF_INIT(1024);
	struct rig g;

	SM_UNUSED(state);
	begin(&g);
	connect_to(&g, 10000);
	read_head(&g);
	(void)sm_buf_printf(&b,
			    "HTTP/1.1 302 Found\r\nLocation: %s\r\n"
			    "Content-Length: 0\r\n\r\n",
			    g.url);
	send_all(&g, b.ptr, b.len);
	until(&g, "down ");
	assert_int_equal(g.end.status, 302);
	expect_silence(&g);
	assert_true(accept(g.listener, NULL, NULL) < 0);
	sm_buf_release(&b);
	end(&g);
}

static void wrong_answers(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	/* a proof that is none, or no proof at all */
	refused(&g,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n"
		"Sec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n\r\n",
		SM_ENET, 0);
	assert_non_null(strstr(g.end.err.msg, "upgrade is wrong"));
	end(&g);
	refused(&g,
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\n\r\n",
		SM_ENET, 0);
	end(&g);
	refused(&g, "SSH-2.0-OpenSSH_9.2\r\n\r\n", SM_ENET, 0);
	end(&g);

	begin(&g);
	connect_to(&g, 10000);
	read_head(&g);
	hang_up(&g);
	until(&g, "down ");
	assert_int_equal(g.end.code, SM_ENET);
	assert_false(g.end.was_open);
	end(&g);
}

static void nobody_and_silence(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	begin(&g);
	(void)close(g.listener);
	assert_int_equal(
		plug_transport_connect(g.t, g.url, NULL, 0, 9000, NULL), 0);
	until(&g, "down ");
	assert_int_equal(g.end.code, SM_ENET);
	assert_non_null(strstr(g.end.err.msg, "cannot connect to 'ws://127"));
	g.listener = -1;
	end(&g);

	/* the deadline is the caller's, by the clock that is set by hand */
	begin(&g);
	connect_to(&g, 3000);
	read_head(&g);
	vclock_pass(&g.loop, 2900);
	expect(&g, "");
	vclock_pass(&g.loop, 200);
	expect(&g, "down ");
	assert_int_equal(g.end.code, SM_ETIMEOUT);
	assert_non_null(strstr(g.end.err.msg, "no answer within 3000 ms"));
	end(&g);

	/* ...but never more than its own */
	begin(&g);
	connect_to(&g, 600000);
	read_head(&g);
	vclock_pass(&g.loop, PLUG_TRANSPORT_DIAL_MS + 100);
	expect(&g, "down ");
	end(&g);
}

/* ---- frames ---- */

static void whole_and_fragmented(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened(&g);
	expect_frame(&g, PLUG_WS_TEXT, "first");
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	put(&g, PLUG_WS_BINARY, true, sm_str("hello"));
	until(&g, "m5:hello ");
	put(&g, PLUG_WS_TEXT, true, sm_str("text is alike"));
	until(&g, "m13:text is alike ");
	sm_buf_clear(&g.log);
	put(&g, PLUG_WS_BINARY, false, sm_str("one "));
	put(&g, PLUG_WS_PING, true, sm_str("between"));
	put(&g, PLUG_WS_CONT, false, sm_str("two "));
	put(&g, PLUG_WS_PONG, true, sm_str("unasked"));
	put(&g, PLUG_WS_CONT, false, sm_str(""));
	expect_frame(&g, PLUG_WS_PONG, "between");
	expect(&g, "");
	put(&g, PLUG_WS_CONT, true, sm_str("three"));
	until(&g, "m13:one two three ");
	sm_buf_clear(&g.log);
	/* three in one packet, one byte at a time */
	put(&g, PLUG_WS_PING, true, sm_str(""));
	expect_frame(&g, PLUG_WS_PONG, "");
	put(&g, PLUG_WS_BINARY, true, sm_str(""));
	put(&g, PLUG_WS_TEXT, true, sm_str_n("\xff\xc0\x80", 3));
	until(&g, "m3:\xff\xc0\x80 "); /* whoever wants text decides */
	end(&g);
}

static void byte_by_byte(void **state)
{
	struct sm_buf b = SM_BUF_INIT(1024);
	struct rig g;
	size_t i;

	SM_UNUSED(state);
	opened(&g);
	(void)plug_wsframe_put(&b, PLUG_WS_BINARY, sm_str("slowly"), NULL);
	(void)plug_wsframe_put(&b, PLUG_WS_PING, sm_str("p"), NULL);
	(void)plug_wsframe_put(&b, PLUG_WS_BINARY, sm_str("on"), NULL);
	for (i = 0; i < b.len; i++) {
		send_all(&g, b.ptr + i, 1);
		turn(&g);
	}
	until(&g, "m2:on ");
	expect(&g, "m6:slowly m2:on ");
	sm_buf_release(&b);
	end(&g);
}

static void too_large(void **state)
{
	static const char huge[] = "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"
				   "abcd";
	char *mega = sm_mem_zalloc(1, (size_t)1 << 20);
	struct rig g;
	int i;

	SM_UNUSED(state);
	/* as large as allowed: PLUG_MESSAGE_MAX in sixteen pieces */
	opened(&g);
	g.quiet = true;
	for (i = 0; i < 16; i++)
		put(&g, i ? PLUG_WS_CONT : PLUG_WS_BINARY, i == 15,
		    sm_str_n(mega, (size_t)1 << 20));
	until(&g, "m16777216: ");
	/* and one more byte */
	sm_buf_clear(&g.log);
	for (i = 0; i < 16; i++)
		put(&g, i ? PLUG_WS_CONT : PLUG_WS_BINARY, false,
		    sm_str_n(mega, (size_t)1 << 20));
	put(&g, PLUG_WS_CONT, true, sm_str("x"));
	until(&g, "down ");
	expect(&g, "down ");
	assert_int_equal(g.end.code, SM_ELIMIT);
	assert_true(g.end.was_open);
	end(&g);

	/* a promise of exabytes costs nothing */
	opened(&g);
	send_all(&g, huge, sizeof(huge) - 1);
	hang_up(&g);
	until(&g, "down ");
	expect(&g, "down ");
	end(&g);
	sm_mem_free(mega);
}

static void wrong_frames(void **state)
{
	/* clang-format off */
	static const struct {
		const char *what;
		struct sm_str bytes;
	} wrong[] = {
		{ "a reserved bit", { "\xc2\x01x", 3 } },
		{ "all reserved bits", { "\xf2\x01x", 3 } },
		{ "an unknown opcode", { "\x83\x01x", 3 } },
		{ "an unknown control opcode", { "\x8b\x01x", 3 } },
		{ "a masked frame", { "\x82\x81" "1234x", 7 } },
		{ "a control frame of 126 bytes", { "\x89\x7e\x00\x7e", 4 } },
		{ "a control frame in pieces", { "\x09\x01x", 3 } },
		{ "a piece of nothing", { "\x80\x01x", 3 } },
		{ "a message inside of one",
		  { "\x02\x01x\x82\x01y", 6 } },
		{ "a negative length",
		  { "\x82\x7f\x80\0\0\0\0\0\0\0", 10 } },
	};
	/* clang-format on */
	struct rig g;
	size_t i;

	SM_UNUSED(state);
	for (i = 0; i < SM_ARRAY_LEN(wrong); i++) {
		print_message("# %s\n", wrong[i].what);
		opened(&g);
		send_all(&g, wrong[i].bytes.ptr, wrong[i].bytes.len);
		until(&g, "down ");
		expect(&g, "down ");
		assert_true(g.end.was_open);
		assert_true(g.end.code < 0);
		end(&g);
	}
}

/* ---- the end ---- */

static void ends(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened(&g);
	hang_up(&g);
	until(&g, "down ");
	assert_true(g.end.was_open);
	assert_int_equal(g.end.code, SM_ENET);
	assert_int_equal(g.end.close, 0);
	/* and it can connect again */
	sm_buf_clear(&g.log);
	sm_buf_clear(&g.head);
	sm_buf_clear(&g.in);
	connect_to(&g, 10000);
	read_head(&g);
	answer(&g, "");
	until(&g, "open ");
	end(&g);

	opened(&g);
	expect_frame(&g, PLUG_WS_TEXT, "first");
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	put(&g, PLUG_WS_CLOSE, true, sm_str_n("\x03\xf1too large", 11));
	until(&g, "down ");
	assert_int_equal(g.end.close, 1009);
	expect_close(&g, 1009);
	end(&g);

	opened(&g);
	expect_frame(&g, PLUG_WS_TEXT, "first");
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	put(&g, PLUG_WS_CLOSE, true, sm_str(""));
	until(&g, "down ");
	assert_int_equal(g.end.close, 1005); /* RFC 6455 7.1.5 */
	expect_close(&g, 0);
	end(&g);
}

static void our_goodbye(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened(&g);
	expect_frame(&g, PLUG_WS_TEXT, "first");
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	plug_transport_close(g.t);
	plug_transport_close(g.t);
	plug_transport_binary(g.t, sm_str("behind it"));
	assert_int_equal(plug_transport_room(g.t), 0);
	plug_transport_flush(g.t);
	expect_close(&g, 1000);
	put(&g, PLUG_WS_BINARY, true, sm_str("late")); /* nobody listens */
	expect_silence(&g);
	expect(&g, "");
	hang_up(&g);
	until(&g, "down ");
	end(&g);
}

static void a_peer_that_does_not_read(void **state)
{
	char *block = sm_mem_zalloc(1, 65536);
	struct rig g;
	size_t written = 0;

	SM_UNUSED(state);
	opened(&g);
	while (plug_transport_room(g.t) && written < (size_t)64 << 20) {
		plug_transport_binary(g.t, sm_str_n(block, 65536));
		plug_transport_flush(g.t);
		written += 65536;
	}
	assert_true(written < (size_t)64 << 20); /* it was told to stop */
	assert_true(plug_transport_queued(g.t) >= PLUG_TRANSPORT_OUT);
	assert_true(plug_transport_queued(g.t) < PLUG_TRANSPORT_OUT + 131072);
	/* goes on when the peer does, without being asked */
	while (plug_transport_queued(g.t)) {
		(void)uv_run(&g.loop, UV_RUN_NOWAIT);
		receive(&g);
		sm_buf_clear(&g.in);
	}
	assert_true(plug_transport_room(g.t) > 0);
	expect(&g, "");
	end(&g);
	sm_mem_free(block);
}

/* ---- signs of life ---- */

static void pong(struct rig *g)
{
	vclock.now_ms += 10; /* a round trip */
	put(g, PLUG_WS_PONG, true, sm_str("keepalive"));
	put(g, PLUG_WS_BINARY, true, sm_str("seen"));
	until(g, "m4:seen ");
	sm_buf_clear(&g->log);
}

static void opened_and_answered(struct rig *g)
{
	opened(g);
	expect_frame(g, PLUG_WS_TEXT, "first");
	expect_frame(g, PLUG_WS_PING, "keepalive");
	pong(g);
}

/* docs/compatibility.md 24 */
static void dead_peer(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened_and_answered(&g);
	vclock_pass(&g.loop, PING_MS - TICK_MS);
	expect_silence(&g);
	vclock_pass(&g.loop, 2 * TICK_MS);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	expect_silence(&g); /* one question at a time */
	vclock_pass(&g.loop, PLUG_TRANSPORT_PONG_MS - 2 * TICK_MS);
	expect(&g, "");
	vclock_pass(&g.loop, 3 * TICK_MS);
	expect(&g, "down ");
	assert_int_equal(g.end.code, SM_ETIMEOUT);
	assert_string_equal(g.end.err.msg, "the service does not answer");
	end(&g);

	/* an answer keeps it */
	opened_and_answered(&g);
	vclock_pass(&g.loop, PING_MS + TICK_MS);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	pong(&g);
	vclock_pass(&g.loop, PING_MS - 2 * TICK_MS);
	expect(&g, "");
	/* and so does anything else that it says */
	vclock_pass(&g.loop, 3 * TICK_MS);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	vclock_pass(&g.loop, PLUG_TRANSPORT_PONG_MS - 2 * TICK_MS);
	put(&g, PLUG_WS_BINARY, true, sm_str("data"));
	until(&g, "m4:data ");
	sm_buf_clear(&g.log);
	vclock_pass(&g.loop, PLUG_TRANSPORT_PONG_MS);
	expect(&g, "");
	end(&g);
}

/* docs/compatibility.md 26 */
static void one_ping_after_reconnections(void **state)
{
	struct rig g;
	int i;

	SM_UNUSED(state);
	opened_and_answered(&g);
	for (i = 0; i < 3; i++) {
		hang_up(&g);
		until(&g, "down ");
		sm_buf_clear(&g.log);
		sm_buf_clear(&g.head);
		sm_buf_clear(&g.in);
		connect_to(&g, 10000);
		read_head(&g);
		answer(&g, "");
		until(&g, "open ");
		expect_frame(&g, PLUG_WS_TEXT, "first");
		expect_frame(&g, PLUG_WS_PING, "keepalive");
		pong(&g);
	}
	vclock_pass(&g.loop, PING_MS + TICK_MS);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	expect_silence(&g);
	end(&g);
}

static void peers_that_never_answer_pings(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened(&g);
	vclock_pass(&g.loop, 4 * PING_MS);
	expect(&g, "");
	end(&g);
}

static void nobody_is_dead_while_we_do_not_listen(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened_and_answered(&g);
	plug_transport_probe(g.t);
	plug_transport_flush(g.t);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	plug_transport_hold(g.t, true);
	vclock_pass(&g.loop, 10 * PLUG_TRANSPORT_PONG_MS);
	expect(&g, "");
	/* the answer may have waited in front of our door all the time */
	put(&g, PLUG_WS_PONG, true, sm_str("keepalive"));
	plug_transport_hold(g.t, false);
	vclock_pass(&g.loop, 2 * TICK_MS);
	expect(&g, "");
	vclock_pass(&g.loop, 4 * PLUG_TRANSPORT_PONG_MS);
	expect(&g, "");
	/* held again with a question that stays open: the wait is a new one */
	plug_transport_probe(g.t);
	plug_transport_flush(g.t);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	plug_transport_hold(g.t, true);
	vclock_pass(&g.loop, 10 * PLUG_TRANSPORT_PONG_MS);
	plug_transport_hold(g.t, false);
	vclock_pass(&g.loop, PLUG_TRANSPORT_PONG_MS - 2 * TICK_MS);
	expect(&g, "");
	vclock_pass(&g.loop, 3 * TICK_MS);
	expect(&g, "down ");
	end(&g);
}

static void held_means_not_read(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened_and_answered(&g);
	plug_transport_hold(g.t, true);
	put(&g, PLUG_WS_BINARY, true, sm_str("wait"));
	put(&g, PLUG_WS_PING, true, sm_str("too"));
	expect_silence(&g);
	expect(&g, "");
	plug_transport_hold(g.t, false);
	until(&g, "m4:wait ");
	expect_frame(&g, PLUG_WS_PONG, "too");
	end(&g);
}

static void probes(void **state)
{
	struct rig g;

	SM_UNUSED(state);
	opened_and_answered(&g);
	plug_transport_probe(g.t);
	plug_transport_probe(g.t);
	plug_transport_flush(g.t);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	expect_silence(&g);
	/* a minute of sleep is no silence of the peer, but a reason to ask */
	pong(&g);
	vclock.now_ms += 60000;
	vclock_pass(&g.loop, TICK_MS);
	expect_frame(&g, PLUG_WS_PING, "keepalive");
	expect(&g, "");
	vclock.now_ms += 60000; /* and again, with the question open */
	vclock_pass(&g.loop, TICK_MS);
	expect(&g, "");
	vclock_pass(&g.loop, PLUG_TRANSPORT_PONG_MS + 2 * TICK_MS);
	expect(&g, "down ");
	end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(upgrade_request),
		cmocka_unit_test(refusals),
		cmocka_unit_test(redirection_is_refused),
		cmocka_unit_test(wrong_answers),
		cmocka_unit_test(nobody_and_silence),
		cmocka_unit_test(whole_and_fragmented),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(too_large),
		cmocka_unit_test(wrong_frames),
		cmocka_unit_test(ends),
		cmocka_unit_test(our_goodbye),
		cmocka_unit_test(a_peer_that_does_not_read),
		cmocka_unit_test(dead_peer),
		cmocka_unit_test(one_ping_after_reconnections),
		cmocka_unit_test(peers_that_never_answer_pings),
		cmocka_unit_test(nobody_is_dead_while_we_do_not_listen),
		cmocka_unit_test(held_means_not_read),
		cmocka_unit_test(probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
