/*
 * Terminal questions. Modes are not touched here.
 */
#include "common/def.h"
#include "common/os/term.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "common/err.h"

bool sm_os_term_is_tty(int fd)
{
	return isatty(fd) == 1;
}

int sm_os_term_size(int fd, unsigned *cols, unsigned *rows)
{
	struct winsize ws = { 0, 0, 0, 0 };

	if (ioctl(fd, TIOCGWINSZ, &ws) < 0 || !ws.ws_col || !ws.ws_row)
		return SM_ENOTSUP;
	*cols = ws.ws_col;
	*rows = ws.ws_row;
	return 0;
}
