/* History documents: any text. */
#include "common/def.h"
#include "common/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_history h;

	if (sm_history_parse(&h, sm_str_n(data, size), NULL) == 0) {
		(void)sm_history_newest(&h);
		sm_history_release(&h);
	}
	return 0;
}
