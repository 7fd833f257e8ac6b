/* Any text; what is read must be written and read again. */
#include "common/def.h"
#include "common/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_buf out = SM_BUF_INIT(4 * SM_RECEIPT_MAX);
	struct sm_receipt x, y;

	if (sm_receipt_parse(&x, sm_str_n(data, size), NULL) == 0) {
		if (sm_receipt_put(&x, &out, NULL) == 0) {
			if (sm_receipt_parse(&y, sm_buf_str(&out), NULL) < 0)
				abort();
			sm_receipt_release(&y);
		}
		sm_receipt_release(&x);
	}
	sm_buf_release(&out);
	return 0;
}
