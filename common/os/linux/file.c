/*
 * Sync of Linux: fsync(2) waits for the device's cache too.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <errno.h>
#include <unistd.h>

#include "common/os/errno.h"

int sm_os_file_sync(int fd, struct sm_err *e)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return sm_os_errno_set(e, errno, "cannot sync");
	return 0;
}
