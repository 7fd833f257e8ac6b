/*
 * A process's death on macOS: a kqueue of its own, which can itself be
 * polled, reports NOTE_EXIT.
 */
#include "common/def.h"
#include "plugin/parent.h"

#include <sys/types.h>
#include <sys/event.h>
#include <unistd.h>

int plug_parent_fd(long pid)
{
	struct kevent ev;
	int fd = kqueue();

	if (fd < 0)
		return -1;
	EV_SET(&ev, (uintptr_t)pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT,
	       0, NULL);
	if (kevent(fd, &ev, 1, NULL, 0, NULL) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}
