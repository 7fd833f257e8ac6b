/*
 * Sync of macOS: fsync(2) stops at the device's cache, F_FULLFSYNC goes on to
 * the medium (fcntl(2)); file systems without it (network) get fsync.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/os/errno.h"

int sm_os_file_sync(int fd, struct sm_err *e)
{
	int r;

	do
		r = fcntl(fd, F_FULLFSYNC);
	while (r < 0 && errno == EINTR);
	if (r >= 0)
		return 0;
	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return sm_os_errno_set(e, errno, "cannot sync");
	return 0;
}

int sm_os_file_writeback(int fd, bool wait, struct sm_err *e)
{
	SM_UNUSED(fd);
	SM_UNUSED(wait);
	SM_UNUSED(e);
	return 0;
}
