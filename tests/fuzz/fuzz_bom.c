/* Any bytes as a bill of materials; what it hands out has whole paths. */
#include "common/def.h"
#include "common/bom.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_bom b;
	size_t i;

	if (sm_bom_read(&b, sm_str_n(data, size), NULL) < 0)
		return 0;
	for (i = 0; i < b.n; i++)
		if (b.entry[i].path[0] != '.' || !b.entry[i].link)
			abort();
	sm_bom_release(&b);
	return 0;
}
