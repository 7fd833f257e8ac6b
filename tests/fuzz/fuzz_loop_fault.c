/*
 * Fault settings: as an option, and as JSON; what was taken as JSON is written
 * and read back the same.
 */
#include "common/def.h"
#include "loopback/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sm_str text = sm_str_n(data, size);
	struct sm_buf out = SM_BUF_INIT(SM_BUF_SMALL);
	struct loop_fault f, g;
	struct sm_err e = SM_ERR_INIT;

	memset(&f, 0, sizeof(f));
	memset(&g, 0, sizeof(g));
	(void)loop_fault_parse(&f, text, &e); /* half of a list may be set */
	(void)loop_fault_json(&f, text, &e);
	if (loop_fault_put(&out, &f) < 0 ||
	    loop_fault_json(&g, sm_buf_str(&out), &e) < 0 ||
	    memcmp(&f, &g, sizeof(f)) != 0)
		abort();
	sm_buf_release(&out);
	return 0;
}
