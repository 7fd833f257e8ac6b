/*
 * A process's death on Linux: its pidfd becomes readable. Kernels before 5.3
 * have none; then nothing is watched.
 */
#include "common/def.h"
#include "plugin/parent.h"

#include <sys/syscall.h>
#include <unistd.h>

/* pidfd_open(2); the same number on every architecture. */
#define PIDFD_OPEN 434

int plug_parent_fd(long pid)
{
	return (int)syscall(PIDFD_OPEN, (pid_t)pid, 0);
}
