/*
 * Any bytes as each handshake message; the first byte chooses.
 */
#include "common/def.h"
#include "plugin/wire/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* Answer a request with its own words, and read the answer. */
static void request(struct sm_arena *arena, struct sm_str in)
{
	struct plug_action_result result[PLUG_HANDSHAKE_ACTIONS_MAX];
	struct sm_buf out = SM_BUF_INIT((size_t)16 << 20);
	struct plug_handshake_request q;
	struct plug_handshake_response p;
	struct sm_err e = SM_ERR_INIT;
	size_t i;

	if (plug_handshake_request_get(&q, arena, in, &e) < 0)
		goto out;
	memset(result, 0, sizeof(result));
	for (i = 0; i < q.n_actions; i++) {
		result[i].name = q.action[i].name;
		result[i].error = q.action[i].session_type;
		result[i].cipher_blob = q.action[i].kms_key_id;
		result[i].status = (enum plug_action_status)(1 + i % 3);
	}
	check(plug_handshake_response_put(&out, q.agent_version, result,
					  q.n_actions) == 0);
	check(plug_handshake_response_get(&p, arena, sm_buf_str(&out), &e) ==
	      0);
	check(p.ok == (q.n_actions < 2));
	(void)plug_handshake_gate(PLUG_GATE_MUX, q.agent_version);
out:
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf bytes = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_arena arena = SM_ARENA_INIT;
	struct plug_handshake_complete c;
	struct plug_handshake_response p;
	struct sm_err e = SM_ERR_INIT;
	struct sm_str in;

	if (!size || size > 100000)
		return 0;
	in = sm_str_n(data + 1, size - 1);
	switch (data[0] % 4) {
	case 0:
		request(&arena, in);
		break;
	case 1:
		(void)plug_handshake_response_get(&p, &arena, in, &e);
		break;
	case 2:
		(void)plug_handshake_complete_get(&c, &arena, in, &e);
		break;
	default:
		(void)plug_handshake_challenge_get(&bytes, in);
		break;
	}
	sm_arena_release(&arena);
	sm_buf_release(&bytes);
	return 0;
}
