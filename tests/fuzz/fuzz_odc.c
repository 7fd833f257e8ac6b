/* Any bytes as an octal cpio; each entry takes some of them. */
#include "common/def.h"
#include "common/odc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str rest = sm_str_n(data, size);
	struct sm_odc_entry en;
	size_t before = rest.len + 1;

	while (rest.len < before) {
		before = rest.len;
		if (sm_odc_next(&rest, &en, NULL) <= 0)
			return 0;
	}
	abort();
}
