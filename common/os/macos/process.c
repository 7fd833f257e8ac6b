/*
 * Where the running program is: dyld's answer, with links resolved.
 */
#include "common/def.h"
#include "common/os/process.h"

#include <errno.h>
#include <limits.h>
#include <mach-o/dyld.h>

#include "common/os/errno.h"

int sm_os_process_self(struct sm_buf *out, struct sm_err *e)
{
	char raw[PATH_MAX], real[PATH_MAX];
	uint32_t size = sizeof(raw);

	if (_NSGetExecutablePath(raw, &size) != 0)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot find the running program: "
				  "its name is too long");
	if (!realpath(raw, real))
		return sm_os_errno_set(
			e, errno, "cannot find the running program '%s'", raw);
	return sm_buf_puts(out, real);
}
