/*
 * Windows: download and verify work; installing does not yet.
 */
#include "common/def.h"
#include "installer/support.h"

void inst_support_start(void)
{
	/* the C runtime opens the three streams itself */
}

int inst_support_check(struct sm_err *e)
{
	return sm_err_set(e, SM_ENOTSUP,
			  "installing is not supported on Windows by this "
			  "version; use SessionManagerPluginSetup.exe");
}
