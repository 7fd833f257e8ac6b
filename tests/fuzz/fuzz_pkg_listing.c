/*
 * Anybody's artifact, listed: every line is printable.
 */
#include "common/def.h"
#include "pkg/listing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *user, const char *z)
{
	SM_UNUSED(user);
	if (!sm_str_utf8(sm_str(z)))
		abort();
	for (; *z; z++)
		if (((unsigned char)*z < 0x20 && *z != '\t') || *z == 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_err e = SM_ERR_INIT;
	struct sm_str all = sm_str_n(data, size);

	(void)pkg_listing_run(all, check, NULL, &e);
	(void)pkg_listing_has(all, "a", &e);
	return 0;
}
