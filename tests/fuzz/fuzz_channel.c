/* Any text; what is read must be written and read again. */
#include "common/def.h"
#include "common/channel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf out = SM_BUF_INIT(4 * SM_CHANNEL_MAX);
	struct sm_channel x, y;

	if (sm_channel_parse(&x, sm_str_n(data, size), NULL) == 0) {
		if (sm_channel_put(&x, &out, NULL) == 0) {
			if (sm_channel_parse(&y, sm_buf_str(&out), NULL) < 0)
				abort();
			sm_channel_release(&y);
		}
		sm_channel_release(&x);
	}
	sm_buf_release(&out);
	return 0;
}
