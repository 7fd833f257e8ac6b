/*
 * One stream with a clock set by hand, and what came out of it; for the unit
 * tests of plugin/wire/stream.c.
 */
#ifndef TESTS_LIB_STREAMRIG_H
#define TESTS_LIB_STREAMRIG_H

#include "common/def.h"
#include "plugin/wire/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "common/mem.h"

#define WALL 1700000000000

/*
 * One stream and what came out of it. `log` tells the order of events: "a5"
 * acknowledged 5, "d1:text" delivered type 1, "m0" message 0 handed out.
 */
struct rig {
	struct plug_stream *s;
	struct sm_buf log, sent; /* sent: the last message handed out */
	struct plug_now now;
	int answer; /* of deliver */
	unsigned closed;
	size_t messages, bytes; /* handed out, acknowledgements apart */
	size_t largest;
	bool cut; /* the socket breaks by each message */
	unsigned char random;
};

static inline void on_transmit(void *user, struct sm_str raw)
{
	struct rig *g = user;
	struct plug_message m;
	int64_t seq;

	assert_int_equal(plug_message_decode(&m, raw), 0);
	assert_true(m.payload.len > 0);
	assert_true(m.created_ms != 0);
	sm_buf_clear(&g->sent);
	(void)sm_buf_put_str(&g->sent, raw);
	if (sm_str_eqz(m.type, PLUG_MESSAGE_ACK)) {
		assert_int_equal(plug_payload_ack_get(&seq, m.payload), 0);
		assert_int_equal(m.flags, 3);
		assert_int_equal(m.seq, 0);
		(void)sm_buf_printf(&g->log, "a%d ", (int)seq);
		return;
	}
	g->messages++;
	g->bytes += m.payload.len;
	if (m.payload.len > g->largest)
		g->largest = m.payload.len;
	(void)sm_buf_printf(&g->log, "m%d ", (int)m.seq);
	if (g->cut)
		plug_stream_suspend(g->s);
}

static inline int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct rig *g = user;

	if (!g->answer)
		(void)sm_buf_printf(&g->log, "d%u:%.*s ", (unsigned)type,
				    payload.len > 20 ? 20 : (int)payload.len,
				    payload.ptr);
	return g->answer;
}

static inline void on_closed(void *user, const struct plug_closed *c)
{
	struct rig *g = user;

	assert_string_equal(c->output, "bye");
	g->closed++;
}

static inline void on_random(void *user, void *p, size_t len)
{
	struct rig *g = user;

	memset(p, ++g->random, len);
}

static const struct plug_stream_ops ops = { on_transmit, on_deliver, on_closed,
					    on_random };

static inline void make(struct rig *g, enum plug_role role,
			uint32_t payload_max)
{
	struct plug_stream_config c = { 0 };

	memset(g, 0, sizeof(*g));
	sm_buf_init(&g->log, (size_t)1 << 20);
	sm_buf_init(&g->sent, (size_t)1 << 20);
	g->now.mono_ms = 5000;
	g->now.wall_ms = WALL;
	c.role = role;
	c.payload_max = payload_max;
	g->s = plug_stream_new(&c, &ops, g);
}

static inline void drop(struct rig *g)
{
	plug_stream_free(g->s);
	sm_buf_release(&g->log);
	sm_buf_release(&g->sent);
}

static inline void check_log(struct rig *g, const char *want)
{
	assert_string_equal(sm_buf_z(&g->log), want);
	sm_buf_clear(&g->log);
}

static inline int flush(struct rig *g)
{
	return plug_stream_flush(g->s, g->now, SIZE_MAX);
}

static inline void write_text(struct rig *g, uint32_t type, const char *text)
{
	assert_int_equal(plug_stream_write(g->s, type, sm_str(text)), 0);
}

/* Queue `len` bytes of data. */
static inline int write_bulk(struct rig *g, size_t len)
{
	char *p = sm_mem_zalloc(len, 1);
	int r = plug_stream_write(g->s, PLUG_PAYLOAD_OUTPUT, sm_str_n(p, len));

	sm_mem_free(p);
	return r;
}

static inline int give(struct rig *g, struct plug_message *m)
{
	struct sm_buf raw = SM_BUF_INIT((size_t)8 << 20);
	int r;

	m->schema = 1;
	if (!m->created_ms)
		m->created_ms = WALL;
	assert_int_equal(plug_message_encode(&raw, m), 0);
	r = plug_stream_receive(g->s, sm_buf_str(&raw), g->now);
	sm_buf_release(&raw);
	return r;
}

/* From the agent (or, where the rig is one, the client). */
static inline int give_data(struct rig *g, const char *from, int64_t seq,
			    uint32_t type, struct sm_str payload)
{
	struct plug_message m = { 0 };

	m.type = sm_str(from);
	m.seq = seq;
	m.payload_type = type;
	m.payload = payload;
	m.id[0] = (unsigned char)seq;
	return give(g, &m);
}

static inline int output(struct rig *g, int64_t seq, uint32_t type,
			 const char *text)
{
	return give_data(g, PLUG_MESSAGE_OUTPUT, seq, type, sm_str(text));
}

static inline void give_ack(struct rig *g, int64_t seq)
{
	static const unsigned char id[16] = { 0 };
	struct sm_buf json = SM_BUF_INIT(1024);
	struct plug_message m = { 0 };

	m.type = sm_str(PLUG_MESSAGE_ACK);
	(void)plug_payload_ack_put(&json, sm_str(PLUG_MESSAGE_INPUT), id, seq);
	m.payload = sm_buf_str(&json);
	assert_int_equal(give(g, &m), 0);
	sm_buf_release(&json);
}

static inline void give_control(struct rig *g, const char *type)
{
	char raw[PLUG_MESSAGE_HEADER] = { 0 };

	memcpy(raw + 4, type, strlen(type));
	assert_int_equal(plug_stream_receive(g->s, sm_str_n(raw, sizeof(raw)),
					     g->now),
			 0);
}

static inline struct plug_stream_stats stats(struct rig *g)
{
	struct plug_stream_stats st;

	plug_stream_stats(g->s, &st);
	return st;
}

/* The message handed out last. */
static inline struct plug_message last(struct rig *g)
{
	struct plug_message m;

	assert_int_equal(plug_message_decode(&m, sm_buf_str(&g->sent)), 0);
	return m;
}

#endif
