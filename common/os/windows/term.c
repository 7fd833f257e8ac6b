/*
 * Terminal questions on Windows: a console, or the pipe by which mintty and
 * its like stand for a terminal.
 */
#include "common/def.h"
#include "common/os/term.h"

#include <io.h>
#include <wchar.h>
#include <windows.h>

#include "common/err.h"

static HANDLE handle_of(int fd)
{
	intptr_t h;

	if (fd < 0 || fd > 2)
		return NULL;
	h = _get_osfhandle(fd);
	return h == -1 || h == -2 ? NULL : (HANDLE)h;
}

/*
 * Observed names: "\msys-1888ae32e00d56aa-pty0-to-master",
 * "\cygwin-e022582115c10879-pty4-from-master".
 */
static bool is_pty_pipe(HANDLE h)
{
	struct {
		DWORD len; /* bytes */
		wchar_t name[MAX_PATH + 1];
	} info;
	size_t n;

	memset(&info, 0, sizeof(info));
	if (!GetFileInformationByHandleEx(h, FileNameInfo, &info,
					  sizeof(info) - sizeof(wchar_t)))
		return false;
	n = info.len / sizeof(wchar_t);
	info.name[n < MAX_PATH ? n : MAX_PATH] = L'\0';
	return (!wcsncmp(info.name, L"\\msys-", 6) ||
		!wcsncmp(info.name, L"\\cygwin-", 8)) &&
	       wcsstr(info.name, L"-pty") &&
	       (wcsstr(info.name, L"-from-master") ||
		wcsstr(info.name, L"-to-master"));
}

bool sm_os_term_is_tty(int fd)
{
	HANDLE h = handle_of(fd);
	DWORD mode;

	if (!h)
		return false;
	if (GetConsoleMode(h, &mode))
		return true;
	return GetFileType(h) == FILE_TYPE_PIPE && is_pty_pipe(h);
}

int sm_os_term_size(int fd, unsigned *cols, unsigned *rows)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	HANDLE h = handle_of(fd);

	if (!h || !GetConsoleScreenBufferInfo(h, &info))
		return SM_ENOTSUP;
	*cols = (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
	*rows = (unsigned)(info.srWindow.Bottom - info.srWindow.Top + 1);
	return *cols && *rows ? 0 : SM_ENOTSUP;
}
