/* Any bytes as a Mach-O file; slices lie inside it. */
#include "common/def.h"
#include "common/macho.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_macho m;
	size_t i;

	if (sm_macho_read(&m, sm_str_n(data, size), NULL) < 0)
		return 0;
	for (i = 0; i < m.n; i++)
		if (m.slice[i].offset > size ||
		    m.slice[i].size > size - m.slice[i].offset)
			abort();
	return 0;
}
