/*
 * A remote port on standard input and output. What ssh needs of a
 * ProxyCommand: bytes unchanged, inherited signal dispositions, an end that
 * follows the other side's.
 *
 * After the end of input everything sent is waited for, and then what the
 * other side still says; when it has been silent for a while, we end.
 */
#include "common/def.h"
#include "plugin/port_stdio.h"

#include "common/mem.h"
#include "plugin/session.h"

/* Silence after the end of input. */
#define LINGER_MS 10000

struct port_stdio {
	struct plug_session *s;
	uv_timer_t linger;
	bool ended;
};

static int start(struct plug_session *s, void **state, struct sm_err *e)
{
	struct port_stdio *p = sm_mem_zalloc(1, sizeof(*p));
	int r;

	*state = p;
	p->s = s;
	(void)uv_timer_init(&s->loop, &p->linger);
	p->linger.data = p;
	if ((r = plug_session_input(s, e)) < 0)
		return r;
	plug_signals_watch(s->signals, PLUG_SIGNALS_END);
	plug_source_start(s->in);
	return 0;
}

static void on_linger(uv_timer_t *h)
{
	struct port_stdio *p = h->data;

	plug_session_end(p->s, PLUG_STATUS_DONE, true);
}

static void linger(struct port_stdio *p)
{
	(void)uv_timer_start(&p->linger, on_linger, LINGER_MS, 0);
}

static int deliver(void *state, uint32_t type, struct sm_str payload)
{
	struct port_stdio *p = state;

	SM_UNUSED(type); /* of any type: PROTOCOL.md 10.2 */
	plug_session_output(p->s, p->s->out, payload);
	if (p->ended)
		linger(p);
	return 0;
}

static size_t input(void *state, struct sm_str bytes)
{
	struct port_stdio *p = state;
	size_t n = plug_channel_room(p->s->channel);

	if (n > bytes.len)
		n = bytes.len;
	if (n)
		(void)plug_channel_write(p->s->channel, PLUG_PAYLOAD_OUTPUT,
					 sm_str_sub(bytes, 0, n)); /* fits */
	if (n < bytes.len)
		plug_channel_want_room(p->s->channel);
	return n;
}

static void input_end(void *state, int uv)
{
	struct port_stdio *p = state;
	struct sm_err e = SM_ERR_INIT;

	if (uv && uv != UV_EOF && uv != UV_ECONNRESET) {
		(void)sm_err_set(&e, SM_EIO, "cannot read standard input: %s",
				 uv_strerror(uv));
		plug_session_fail(p->s, SM_EIO, &e);
		return;
	}
	p->ended = true;
	linger(p);
}

static void room(void *state)
{
	struct port_stdio *p = state;

	plug_source_start(p->s->in);
}

static bool on_signal(void *state, enum plug_signal sig)
{
	SM_UNUSED(state);
	SM_UNUSED(sig); /* none is watched */
	return false;
}

static void on_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

static void stop(void *state)
{
	struct port_stdio *p = state;

	uv_close((uv_handle_t *)&p->linger, on_closed);
}

const struct plug_kind plug_port_stdio_kind = {
	.name = "port_stdio",
	.start = start,
	.deliver = deliver,
	.input = input,
	.input_end = input_end,
	.room = room,
	.signal = on_signal,
	.stop = stop,
};
