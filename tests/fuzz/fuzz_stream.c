/*
 * The input is a script of events for one stream: time, writes, messages with
 * chosen fields or raw bytes, pauses, cuts. After each, the promises hold:
 * what is in flight is bounded, no message is empty, data is delivered once.
 */
#include "common/def.h"
#include "plugin/wire/stream.h"

#include "common/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
	const uint8_t *at;
	size_t left;
};

struct player {
	struct plug_stream *s;
	struct plug_now now;
	enum plug_role role;
	int answer;
	int64_t next_seq; /* of what the stream hands out */
	uint64_t delivered;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static unsigned take(struct script *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static void on_transmit(void *user, struct sm_str raw)
{
	struct player *p = user;
	struct plug_message m;

	check(plug_message_decode(&m, raw) == 0);
	check(m.payload.len > 0);
	if (sm_str_eqz(m.type, PLUG_MESSAGE_ACK))
		return;
	check(m.seq <= p->next_seq); /* no gap, never skipped */
	if (m.seq == p->next_seq)
		p->next_seq++;
}

static int on_deliver(void *user, uint32_t type, struct sm_str payload)
{
	struct player *p = user;

	if (p->answer)
		return p->answer;
	p->delivered++;
	if (type == PLUG_PAYLOAD_CHALLENGE_REQUEST)
		(void)plug_stream_write(p->s, PLUG_PAYLOAD_CHALLENGE_RESPONSE,
					sm_str_sub(payload, 0, 100));
	return 0;
}

static void on_closed(void *user, const struct plug_closed *c)
{
	SM_UNUSED(user);
	check(strlen(c->output) < sizeof(c->output));
}

static void on_random(void *user, void *q, size_t len)
{
	SM_UNUSED(user);
	memset(q, 0x5a, len);
}

static const struct plug_stream_ops ops = { on_transmit, on_deliver, on_closed,
					    on_random };

static void give(struct player *p, const struct plug_message *m)
{
	struct sm_buf raw = SM_BUF_INIT(SM_BUF_SMALL);

	if (plug_message_encode(&raw, m) == 0)
		(void)plug_stream_receive(p->s, sm_buf_str(&raw), p->now);
	sm_buf_release(&raw);
}

static void give_data(struct player *p, struct script *in)
{
	static const char text[] = "sixteen bytes...";
	struct plug_message m = { 0 };

	m.type = sm_str(p->role == PLUG_ROLE_CLIENT ? PLUG_MESSAGE_OUTPUT :
						      PLUG_MESSAGE_INPUT);
	m.created_ms = 1;
	m.seq = (int8_t)take(in) + (int64_t)take(in) * 8;
	m.payload_type = take(in) % 14;
	m.payload = sm_str_n(text, take(in) % sizeof(text));
	give(p, &m);
}

static void give_ack(struct player *p, struct script *in)
{
	static const unsigned char id[16] = { 0 };
	struct sm_buf json = SM_BUF_INIT(1024);
	struct plug_message m = { 0 };

	m.type = sm_str(PLUG_MESSAGE_ACK);
	m.created_ms = 1;
	(void)plug_payload_ack_put(&json, m.type, id,
				   p->next_seq - (int8_t)take(in));
	m.payload = sm_buf_str(&json);
	give(p, &m);
	sm_buf_release(&json);
}

static void give_control(struct player *p, const char *type,
			 const char *payload)
{
	struct plug_message m = { 0 };

	m.type = sm_str(type);
	m.created_ms = 1;
	m.payload = sm_str(payload);
	give(p, &m);
}

static void give_raw(struct player *p, struct script *in)
{
	size_t n = take(in) * 2;

	if (n > in->left)
		n = in->left;
	(void)plug_stream_receive(p->s, sm_str_n(in->at, n), p->now);
	in->at += n;
	in->left -= n;
}

static void write_some(struct player *p, struct script *in)
{
	static const char zeros[65536];
	size_t n = (size_t)take(in) * take(in);
	size_t room = plug_stream_room(p->s);
	uint32_t type = take(in) % 13;
	int r = plug_stream_write(p->s, type, sm_str_n(zeros, n));

	if (type == PLUG_PAYLOAD_OUTPUT)
		check(r == (n <= room ? 0 : SM_EAGAIN));
}

static void configure(struct player *p, struct script *in)
{
	struct plug_stream_config c = { 0 };

	c.role = p->role;
	c.payload_max = take(in) * 200;
	c.rate_limit = take(in) * 1000;
	c.resend_limit = take(in);
	c.lf_to_cr = take(in) & 1;
	plug_stream_configure(p->s, &c);
}

static void change(struct player *p, struct script *in)
{
	switch (take(in) % 8) {
	case 0:
		give_control(p, PLUG_MESSAGE_PAUSE, "");
		break;
	case 1:
		give_control(p, PLUG_MESSAGE_START, "");
		break;
	case 2:
		plug_stream_suspend(p->s);
		break;
	case 3:
		plug_stream_resume(p->s, p->now);
		break;
	case 4:
		plug_stream_shrink(p->s);
		break;
	case 5:
		p->answer = p->answer ? 0 : SM_EAGAIN;
		(void)plug_stream_redeliver(p->s, p->now);
		break;
	case 6:
		configure(p, in);
		break;
	default:
		give_control(p, PLUG_MESSAGE_CLOSED, "{\"Output\":\"x\"}");
		break;
	}
}

static void step(struct player *p, struct script *in)
{
	switch (take(in) % 8) {
	case 0:
		p->now.mono_ms += take(in) * 16;
		(void)plug_stream_poll(p->s, p->now);
		break;
	case 1:
		give_data(p, in);
		break;
	case 2:
		give_ack(p, in);
		break;
	case 3:
		give_raw(p, in);
		break;
	case 4:
		write_some(p, in);
		break;
	case 5:
		change(p, in);
		break;
	case 6:
		if (plug_stream_deadline(p->s) < INT64_MAX &&
		    plug_stream_deadline(p->s) > p->now.mono_ms)
			p->now.mono_ms = plug_stream_deadline(p->s);
		(void)plug_stream_poll(p->s, p->now);
		break;
	default:
		check(plug_stream_flush(p->s, p->now,
					(size_t)take(in) * 1024) >= 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plug_stream_config c = { 0 };
	struct plug_stream_stats st;
	struct script in = { data, size };
	struct player p = { 0 };

	if (size > 20000)
		return 0;
	p.role = take(&in) & 1 ? PLUG_ROLE_AGENT : PLUG_ROLE_CLIENT;
	c.role = p.role;
	c.payload_max = 32768;
	p.s = plug_stream_new(&c, &ops, &p);
	while (in.left) {
		step(&p, &in);
		plug_stream_stats(p.s, &st);
		check(st.in_flight <= ((size_t)4 << 20) + 65536 * 2);
		/* 16 KiB, and less on connections that bring nothing */
		check(st.window >= 1024 && st.window <= ((size_t)4 << 20));
		check(st.received == p.delivered);
	}
	plug_stream_free(p.s);
	return 0;
}
