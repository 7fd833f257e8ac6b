/*
 * Where the running program is: the kernel's link, which stays right after a
 * rename but ends in " (deleted)" once the file is gone.
 */
#include "common/def.h"
#include "common/os/process.h"

#include "common/os/file.h"

int sm_os_process_self(struct sm_buf *out, struct sm_err *e)
{
	int r = sm_os_link_read("/proc/self/exe", out, e);

	return r < 0 ? sm_err_wrap(e, r, "cannot find the running program") : 0;
}
