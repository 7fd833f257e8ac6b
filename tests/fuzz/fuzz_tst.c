/* Any bytes as a time stamp token; there is no root, so none is ever good. */
#include "common/def.h"
#include "common/tst.h"

#include "common/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_cms_policy p = { 0 };
	struct sm_str in = sm_str_n(data, size);
	struct sm_err e = SM_ERR_INIT;
	struct sm_tst t;

	p.eku = p.team = "";
	p.now = 2000000000;
	if (sm_tst_verify(&p, in, sm_str("signature\n"), &t, &e) == 0)
		abort();
	/* with the chain left out a good one may pass */
	(void)sm_tst_verify(NULL, in, sm_str("signature\n"), &t, &e);
	return 0;
}
