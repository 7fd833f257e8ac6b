/*
 * Any bytes as WebSocket frames of a client or (first byte odd) of anyone.
 * What decodes must encode to the bytes it came from, but for the mask.
 */
#include "common/def.h"
#include "plugin/wire/wsframe.h"

#include "common/err.h"
#include "common/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char mask[4] = { 0, 0, 0, 0 };
	struct sm_buf out = SM_BUF_INIT((size_t)1 << 20);
	char *copy, *at;
	struct plug_wsframe f;
	bool masked;
	long n;

	if (!size || size > 100000)
		return 0;
	copy = at = sm_mem_alloc(size);
	memcpy(copy, data, size);
	for (at++; at < copy + size; at += n) {
		n = plug_wsframe_get(&f, at, (size_t)(copy + size - at),
				     !(data[0] & 1), 60000);
		if (n < 0)
			break;
		masked = at[1] & 0x80;
		check(n >= 2 && f.payload.ptr + f.payload.len == at + n);
		sm_buf_clear(&out);
		check(plug_wsframe_put_part(&out, f.op, f.fin, f.payload,
					    masked ? mask : NULL) == 0);
		check(out.len == (size_t)n);
		check(!memcmp(out.ptr, at,
			      (size_t)n - f.payload.len - (masked ? 4 : 0)));
		check(!memcmp(out.ptr + out.len - f.payload.len, f.payload.ptr,
			      f.payload.len));
	}
	sm_mem_free(copy);
	sm_buf_release(&out);
	return 0;
}
