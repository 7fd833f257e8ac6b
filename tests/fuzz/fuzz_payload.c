/*
 * Any bytes to each reader of small payloads; the first byte chooses. What is
 * read is written and read again.
 */
#include "common/def.h"
#include "plugin/wire/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void open_frame(struct sm_str in)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	struct plug_open_text t, u;
	struct plug_open o;

	if (plug_payload_open_get(&t, in) == 0) {
		o.request_id = sm_str(t.request_id);
		o.token = sm_str(t.token);
		o.client_id = sm_str(t.client_id);
		o.client_version = sm_str(t.client_version);
		check(plug_payload_open_put(&out, &o) == 0);
		check(plug_payload_open_get(&u, sm_buf_str(&out)) == 0);
		check(!strcmp(t.token, u.token));
	}
	sm_buf_release(&out);
}

static void closed(struct sm_str in)
{
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	struct plug_closed a, b;

	plug_payload_closed_get(&a, in);
	check(plug_payload_closed_put(&out, sm_str(a.session_id),
				      sm_str(a.output)) == 0);
	plug_payload_closed_get(&b, sm_buf_str(&out));
	check(!strcmp(a.output, b.output));
	sm_buf_release(&out);
}

static void json_string(struct sm_str in)
{
	struct sm_buf out = SM_BUF_INIT((size_t)8 << 20);

	check(plug_payload_json_string(&out, in) == 0);
	check(out.len >= 2 && sm_str_utf8(sm_buf_str(&out)));
	sm_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str in = sm_str_n(data + 1, size - 1);
	unsigned cols, rows;
	uint32_t flag;
	int64_t seq;
	int code;

	if (!size || size > 100000)
		return 0;
	switch (data[0] % 7) {
	case 0:
		open_frame(in);
		break;
	case 1:
		if (plug_payload_ack_get(&seq, in) == 0)
			check(seq >= 0);
		break;
	case 2:
		closed(in);
		break;
	case 3:
		(void)plug_payload_size_get(&cols, &rows, in);
		break;
	case 4:
		(void)plug_payload_flag_get(&flag, in);
		break;
	case 5:
		(void)plug_payload_exit_code_get(&code, in);
		break;
	default:
		json_string(in);
		break;
	}
	return 0;
}
