/*
 * Any bytes as a message: what decodes must encode to something that decodes
 * to the same.
 */
#include "common/def.h"
#include "plugin/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf out = SM_BUF_INIT(PLUG_MESSAGE_MAX);
	struct plug_message m, n;

	if (plug_message_decode(&m, sm_str_n(data, size)) < 0)
		return 0;
	check(m.type.len <= PLUG_MESSAGE_TYPE_MAX && m.payload.len <= size);
	check(plug_message_encode(&out, &m) == 0);
	/* a zero date is for control messages only; NULs between spaces come
	 * to the ends by trimming, where the next trimming takes them off */
	if (m.created_ms && m.type.ptr[0] && m.type.ptr[m.type.len - 1]) {
		check(plug_message_decode(&n, sm_buf_str(&out)) == 0);
		check(sm_str_eq(m.type, n.type));
		check(sm_str_eq(m.payload, n.payload));
		check(m.seq == n.seq && !memcmp(m.id, n.id, 16));
	}
	sm_buf_release(&out);
	return 0;
}
