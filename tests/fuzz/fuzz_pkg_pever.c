/*
 * Version resources of Windows programs, which smpkg copies into packages.
 */
#include "common/def.h"
#include "pkg/pever.h"

#include "common/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pkg_pever v;

	if (pkg_pever_read(&v, sm_str_n(data, size)) < 0 && v.part[0])
		abort(); /* nothing is filled in after a failure */
	return 0;
}
