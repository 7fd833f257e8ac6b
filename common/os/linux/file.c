/*
 * Sync of Linux: fsync(2) waits for the device's cache too. Each that finds
 * something new in the journal waits for one write of it; what is written out
 * before the first one is in the journal by then, and the others find nothing.
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
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return sm_os_errno_set(e, errno, "cannot sync");
	return 0;
}

int sm_os_file_writeback(int fd, bool wait, struct sm_err *e)
{
	const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE |
			     SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	if (!wait) { /* what fails is found by the wait or the sync */
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
		return 0;
	}
	if (sync_file_range(fd, 0, 0, all) == 0)
		return 0;
	if (errno == EIO || errno == ENOSPC || errno == EDQUOT)
		return sm_os_errno_set(e, errno, "cannot write out");
	return 0; /* not on this file system, or not allowed: sync will do */
}
