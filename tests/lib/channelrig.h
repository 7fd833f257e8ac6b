/*
 * A data channel over a socket and a service that are played here; for the
 * unit tests of plugin/channel.c. The functions of plugin/transport and
 * plugin/remote are defined, and so not taken from the library.
 */
#ifndef TESTS_LIB_CHANNELRIG_H
#define TESTS_LIB_CHANNELRIG_H

#include "tests/lib/vclock.h"

#include "common/buf.h"
#include "common/mem.h"
#include "plugin/channel.h"
#include "plugin/remote.h"
#include "plugin/transport.h"

#define URL "ws://127.0.0.1:9/v1/data-channel/s?role=publish_subscribe"

/* ---- what lies below, played ---- */

struct plug_transport {
	const struct plug_transport_ops *ops;
	void *user;
	bool open, dialling, closed, held;
	unsigned dials, probes, drops;
	char header[64]; /* the first of the last dial */
	int64_t limit_ms;
	struct sm_buf text; /* the last text frame */
	unsigned texts;
	/* since the last dial; "t" text, "a3" acknowledgement of 3, "m5:1"
	 * message 5 of type 1, "c" close */
	struct sm_buf log;
	struct sm_buf last; /* payload of the last message */
};

struct plug_remote {
	unsigned signs, resumes, terminates;
	plug_remote_resume_fn *resume;
	void *user;
};

static struct plug_transport fake;
static struct plug_remote service;

struct plug_transport *plug_transport_new(uv_loop_t *loop,
					  const struct plug_transport_ops *ops,
					  void *user, int64_t ping_ms,
					  struct sm_log *log, struct sm_err *e)
{
	SM_UNUSED(loop);
	SM_UNUSED(log);
	SM_UNUSED(e);
	assert_int_equal(ping_ms, 300000);
	memset(&fake, 0, sizeof(fake));
	fake.ops = ops;
	fake.user = user;
	sm_buf_init(&fake.text, SM_BUF_SMALL);
	sm_buf_init(&fake.log, SM_BUF_SMALL);
	sm_buf_init(&fake.last, SM_BUF_SMALL);
	return &fake;
}

void plug_transport_free(struct plug_transport *t)
{
	sm_buf_release(&t->text);
	sm_buf_release(&t->log);
	sm_buf_release(&t->last);
}

int plug_transport_connect(struct plug_transport *t, const char *url,
			   const char *const *headers, size_t n,
			   int64_t limit_ms, struct sm_err *e)
{
	SM_UNUSED(e);
	assert_false(t->open || t->dialling);
	assert_string_equal(url, URL);
	t->dialling = true;
	t->closed = false;
	t->dials++;
	t->limit_ms = limit_ms;
	(void)snprintf(t->header, sizeof(t->header), "%s", n ? headers[0] : "");
	sm_buf_clear(&t->log);
	return 0;
}

void plug_transport_text(struct plug_transport *t, struct sm_str text)
{
	assert_true(t->open);
	sm_buf_clear(&t->text);
	(void)sm_buf_put_str(&t->text, text);
	(void)sm_buf_puts(&t->log, "t ");
	t->texts++;
}

void plug_transport_binary(struct plug_transport *t, struct sm_str message)
{
	struct plug_message m;
	int64_t seq;

	if (!t->open)
		return;
	assert_int_equal(plug_message_decode(&m, message), 0);
	if (sm_str_eqz(m.type, PLUG_MESSAGE_ACK)) {
		assert_int_equal(plug_payload_ack_get(&seq, m.payload), 0);
		(void)sm_buf_printf(&t->log, "a%d ", (int)seq);
		return;
	}
	assert_true(sm_str_eqz(m.type, PLUG_MESSAGE_INPUT));
	(void)sm_buf_printf(&t->log, "m%d:%u ", (int)m.seq,
			    (unsigned)m.payload_type);
	sm_buf_clear(&t->last);
	(void)sm_buf_put_str(&t->last, m.payload);
}

size_t plug_transport_room(const struct plug_transport *t)
{
	return t->open && !t->closed ? PLUG_TRANSPORT_OUT : 0;
}

size_t plug_transport_queued(const struct plug_transport *t)
{
	SM_UNUSED(t);
	return 0;
}

void plug_transport_flush(struct plug_transport *t)
{
	SM_UNUSED(t);
}

void plug_transport_hold(struct plug_transport *t, bool hold)
{
	t->held = hold;
}

void plug_transport_probe(struct plug_transport *t)
{
	t->probes++;
}

void plug_transport_close(struct plug_transport *t)
{
	if (t->open && !t->closed)
		(void)sm_buf_puts(&t->log, "c ");
	t->closed = true;
}

void plug_transport_drop(struct plug_transport *t)
{
	t->open = t->dialling = false;
	t->drops++;
}

void plug_remote_sign(struct plug_remote *r, struct sm_str url,
		      plug_remote_sign_fn *fn, void *user)
{
	char line[64];
	const char *const lines[] = { line };

	assert_true(sm_str_eqz(url, URL));
	(void)snprintf(line, sizeof(line), "Authorization: %u", ++r->signs);
	fn(user, lines, 1);
}

void plug_remote_resume(struct plug_remote *r, int64_t left_ms,
			plug_remote_resume_fn *fn, void *user)
{
	assert_true(left_ms > 0);
	assert_null(r->resume);
	r->resumes++;
	r->resume = fn;
	r->user = user;
}

void plug_remote_terminate(struct plug_remote *r, plug_remote_done_fn *fn,
			   void *user)
{
	SM_UNUSED(fn);
	SM_UNUSED(user);
	r->terminates++;
}

/* ---- the owner ---- */

struct rig {
	uv_loop_t loop;
	struct plug_channel *ch;
	struct sm_buf log; /* "opened", "d1:text", "closed:bye", "lost" ... */
	int answer;        /* of deliver */
	int code;          /* of the failure */
	char why[SM_ERR_MSG_MAX];
};

static inline int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct rig *g = user;

	if (!g->answer)
		(void)sm_buf_printf(&g->log, "d%u:%.*s ", (unsigned)type,
				    SM_STR_ARG(payload));
	return g->answer;
}

static inline void on_closed(void *user, const struct plug_closed *c)
{
	(void)sm_buf_printf(&((struct rig *)user)->log, "closed:%s ",
			    c->output);
}

static inline void on_event(void *user, enum plug_channel_event ev)
{
	static const char *const names[] = { "opened", "lost", "resumed",
					     "finished" };

	(void)sm_buf_printf(&((struct rig *)user)->log, "%s ", names[ev]);
}

static inline void on_room(void *user)
{
	(void)sm_buf_puts(&((struct rig *)user)->log, "room ");
}

static inline void on_failed(void *user, int code, const struct sm_err *e)
{
	struct rig *g = user;

	(void)sm_buf_puts(&g->log, "failed ");
	g->code = code;
	(void)snprintf(g->why, sizeof(g->why), "%s", sm_err_msg(e));
}

static inline void start(struct rig *g, unsigned connect_sec,
			 unsigned resume_sec)
{
	static const struct plug_channel_ops ops = { on_deliver, on_closed,
						     on_event, on_room,
						     on_failed };
	struct plug_channel_config c = { 0 };

	memset(g, 0, sizeof(*g));
	memset(&service, 0, sizeof(service));
	vclock_start();
	assert_int_equal(uv_loop_init(&g->loop), 0);
	sm_buf_init(&g->log, SM_BUF_SMALL);
	c.url = sm_str(URL);
	c.token = sm_str("token-1");
	c.ping_sec = 300;
	c.connect_sec = connect_sec;
	c.resume_sec = resume_sec;
	c.answer_sec = 180;
	c.stream.role = PLUG_ROLE_CLIENT;
	c.stream.payload_max = PLUG_STREAM_PAYLOAD;
	c.remote = &service;
	g->ch = plug_channel_new(&g->loop, &c, &ops, g, NULL, NULL);
	assert_non_null(g->ch);
}

static inline void begin(struct rig *g, unsigned connect_sec,
			 unsigned resume_sec)
{
	start(g, connect_sec, resume_sec);
	plug_channel_open(g->ch);
}

static inline void end(struct rig *g)
{
	plug_channel_free(g->ch);
	while (uv_run(&g->loop, UV_RUN_NOWAIT))
		;
	assert_int_equal(uv_loop_close(&g->loop), 0);
	sm_buf_release(&g->log);
}

/* ---- events ---- */

static inline void opens(struct rig *g)
{
	assert_true(fake.dialling);
	fake.dialling = false;
	fake.open = true;
	fake.ops->opened(fake.user);
	vclock_turn(&g->loop);
}

static inline void goes_down(struct rig *g, bool was_open, int code, int status,
			     int close)
{
	struct plug_transport_end e = { 0 };

	e.was_open = was_open;
	e.code = code;
	e.status = status;
	e.close = close;
	(void)sm_err_set(&e.err, code, "down with %d", status ? status : close);
	fake.open = fake.dialling = false;
	fake.ops->down(fake.user, &e);
	vclock_turn(&g->loop);
}

static inline void message(struct rig *g, const char *type, int64_t seq,
			   uint32_t payload_type, struct sm_str payload)
{
	struct sm_buf raw = SM_BUF_INIT(SM_BUF_SMALL);
	struct plug_message m = { 0 };

	m.type = sm_str(type);
	m.schema = 1;
	m.created_ms = 1700000000000;
	m.seq = seq;
	m.payload_type = payload_type;
	m.payload = payload;
	assert_int_equal(plug_message_encode(&raw, &m), 0);
	fake.ops->message(fake.user, sm_buf_str(&raw));
	sm_buf_release(&raw);
	vclock_turn(&g->loop);
}

static inline void output(struct rig *g, int64_t seq, const char *text)
{
	message(g, PLUG_MESSAGE_OUTPUT, seq, PLUG_PAYLOAD_OUTPUT, sm_str(text));
}

static inline void acknowledge(struct rig *g, int64_t seq)
{
	static const unsigned char id[16];
	struct sm_buf b = SM_BUF_INIT(512);

	assert_int_equal(plug_payload_ack_put(&b, sm_str(PLUG_MESSAGE_INPUT),
					      id, seq),
			 0);
	message(g, PLUG_MESSAGE_ACK, 0, 0, sm_buf_str(&b));
	sm_buf_release(&b);
}

static inline void service_closes(struct rig *g, const char *text)
{
	struct sm_buf b = SM_BUF_INIT(512);

	assert_int_equal(plug_payload_closed_put(&b, sm_str("s"), sm_str(text)),
			 0);
	message(g, PLUG_MESSAGE_CLOSED, 0, 0, sm_buf_str(&b));
	sm_buf_release(&b);
}

static inline void resume_answers(struct rig *g, int code, const char *token)
{
	plug_remote_resume_fn *fn = service.resume;
	struct sm_err e = SM_ERR_INIT;

	assert_non_null(fn);
	service.resume = NULL;
	if (code < 0)
		(void)sm_err_set(&e, code, "ResumeSession said no");
	fn(service.user, code, sm_str(token), &e);
	vclock_turn(&g->loop);
}

static inline void type(struct rig *g, const char *text)
{
	assert_int_equal(plug_channel_write(g->ch, PLUG_PAYLOAD_OUTPUT,
					    sm_str(text)),
			 0);
	vclock_turn(&g->loop);
}

/* The log since the last look. */
static inline void expect(struct rig *g, const char *want)
{
	assert_string_equal(sm_buf_z(&g->log), want);
	sm_buf_clear(&g->log);
}

static inline void expect_sent(const char *want)
{
	assert_string_equal(sm_buf_z(&fake.log), want);
	sm_buf_clear(&fake.log);
}

#endif
