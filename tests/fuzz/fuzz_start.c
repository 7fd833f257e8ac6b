/*
 * A forward of the command line: whatever is taken can be written again, and
 * reads the same.
 */
#include "common/def.h"
#include "plugin/start.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plug_start_forward f, g;
	struct sm_buf b = SM_BUF_INIT(4096);

	if (plug_start_forward(&f, sm_str_n(data, size), NULL) < 0)
		return 0;
	if (f.bind.len)
		(void)sm_buf_printf(&b, "[%.*s]:", SM_STR_ARG(f.bind));
	(void)sm_buf_printf(&b, "%u:[%.*s]:%u", f.local, SM_STR_ARG(f.host),
			    f.remote);
	if (b.err || plug_start_forward(&g, sm_buf_str(&b), NULL) < 0 ||
	    f.local != g.local || f.remote != g.remote ||
	    !sm_str_eq(f.bind, g.bind) || !sm_str_eq(f.host, g.host))
		abort();
	sm_buf_release(&b);
	return 0;
}
