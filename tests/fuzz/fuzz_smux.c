/*
 * Any bytes as a smux stream, cut by the first byte; a callback may answer,
 * close or open. The same bytes in one piece must tell the same.
 */
#include "common/def.h"
#include "plugin/wire/smux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct probe {
	struct plug_smux *smux;
	struct sm_buf out;
	uint64_t sum; /* of everything told, in order */
	bool answers;
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void on_opened(void *user, uint32_t id)
{
	struct probe *p = user;

	p->sum = p->sum * 31 + id;
}

static void on_data(void *user, uint32_t id, struct sm_str bytes)
{
	struct probe *p = user;
	size_t i;

	check(bytes.len > 0);
	for (i = 0; i < bytes.len; i++)
		p->sum = p->sum * 31 + (unsigned char)bytes.ptr[i] + id;
	if (!p->answers)
		return;
	check(plug_smux_send(p->smux, &p->out, id, bytes) == 0);
	if (bytes.ptr[0] == 'c')
		check(plug_smux_close(p->smux, &p->out, id) == 0);
}

static void on_fin(void *user, uint32_t id)
{
	struct probe *p = user;

	p->sum = p->sum * 31 + id + 7;
	if (p->answers)
		check(plug_smux_close(p->smux, &p->out, id) == 0);
}

static uint64_t play(struct sm_str in, size_t piece, enum plug_role role,
		     bool answers)
{
	static const struct plug_smux_ops ops = { on_opened, on_data, on_fin };
	struct probe p = { NULL, SM_BUF_INIT((size_t)16 << 20), 0, answers };
	uint32_t id;
	size_t at;

	p.smux = plug_smux_new(role, &ops, &p);
	(void)plug_smux_open(p.smux, &p.out, &id);
	for (at = 0; at < in.len; at += piece)
		(void)plug_smux_input(p.smux, sm_str_sub(in, at, piece));
	p.sum += plug_smux_count(p.smux) + plug_smux_frames(p.smux);
	check(plug_smux_count(p.smux) <= PLUG_SMUX_STREAMS_MAX);
	plug_smux_free(p.smux);
	sm_buf_release(&p.out);
	return p.sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str in;
	enum plug_role role;

	if (!size || size > 100000)
		return 0;
	in = sm_str_n(data + 1, size - 1);
	role = data[0] & 1 ? PLUG_ROLE_AGENT : PLUG_ROLE_CLIENT;
	check(play(in, 1 + data[0] / 2, role, false) ==
	      play(in, size, role, false));
	(void)play(in, 1 + data[0] / 2, role, true);
	return 0;
}
