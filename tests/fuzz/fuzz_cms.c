/* Any bytes as a signature; there is no root, so none is ever good. */
#include "common/def.h"
#include "common/cms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_cms_policy p = { 0 };
	struct sm_cms_signer who;
	struct sm_err e = SM_ERR_INIT;

	p.eku = p.team = "";
	p.critical_arc = SM_CMS_APPLE_ARC;
	p.now = 1800000000;
	if (sm_cms_verify(&p, sm_str_n(data, size), sm_str("x"), sm_str(""),
			  &who, &e) == 0)
		abort();
	return 0;
}
