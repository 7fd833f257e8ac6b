/*
 * Windows: arguments in UTF-16, libraries from the system's folder only, and a
 * named pipe as the lock: it needs no file, ends with its process however that
 * ends, and is seen by every user of the machine.
 */
#include "common/def.h"
#include "installer/support.h"

#include <fcntl.h>
#include <windows.h>
#include <shellapi.h>

#include "common/digest.h"
#include "common/os/file.h"
#include "common/os/process.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"
#include "installer/layout.h"

#define PIPE_NAME "\\\\.\\pipe\\session-manager-installer-"

void inst_support_start(void)
{
	/* fails before Windows 8 only */
	(void)SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
}

static atomic_bool stopped;

/* In a thread of its own; true: seen to. */
static BOOL WINAPI on_event(DWORD event)
{
	SM_UNUSED(event);
	return !atomic_exchange(&stopped, true);
}

void inst_support_catch(void)
{
	(void)SetConsoleCtrlHandler(on_event, TRUE); /* else as ever */
}

bool inst_support_stopped(void)
{
	return atomic_load(&stopped);
}

const atomic_bool *inst_support_stop_flag(void)
{
	return &stopped;
}

int inst_support_end(int status)
{
	return status;
}

void inst_support_args(int *argc, char ***argv)
{
	struct sm_buf one = SM_BUF_INIT((size_t)128 << 10);
	int n = 0, i;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &n);
	char **all;

	if (!wide || n < 1)
		return;
	all = sm_mem_zalloc((size_t)n + 1, sizeof(*all));
	for (i = 0; i < n; i++) {
		sm_buf_clear(&one);
		(void)sm_os_utf_put(&one, wide[i]); /* a line is shorter */
		all[i] = sm_mem_dup(sm_buf_str(&one));
	}
	LocalFree(wide);
	sm_buf_release(&one);
	*argc = n;
	*argv = all;
}

/* The same folder in any spelling that only differs in case. */
static wchar_t *pipe_name_new(const char *dir)
{
	wchar_t *wide = sm_os_utf_path_new(dir), *name;
	uint8_t sum[SM_SHA256_SIZE];
	char text[sizeof(PIPE_NAME) + SM_SHA256_HEX];

	(void)CharLowerW(wide); /* in place */
	(void)sm_digest_bytes(SM_DIGEST_SHA256,
			      sm_str_n(wide, wcslen(wide) * sizeof(*wide)), sum,
			      NULL);
	memcpy(text, PIPE_NAME, sizeof(PIPE_NAME));
	sm_digest_hex(sum, sizeof(sum), text + sizeof(PIPE_NAME) - 1);
	name = sm_os_utf_wide_new(text);
	sm_mem_free(wide);
	return name;
}

int inst_support_lock(const char *dir, struct sm_err *e)
{
	wchar_t *name = pipe_name_new(dir);
	HANDLE h = CreateNamedPipeW(
		name, PIPE_ACCESS_INBOUND | FILE_FLAG_FIRST_PIPE_INSTANCE,
		PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 0, 0, 0, NULL);
	DWORD err = GetLastError();
	int fd;

	sm_mem_free(name);
	if (h == INVALID_HANDLE_VALUE &&
	    (err == ERROR_ACCESS_DENIED || err == ERROR_PIPE_BUSY))
		return sm_err_set_os(e, SM_EBUSY, (int)err, "'%s' is locked",
				     dir);
	if (h == INVALID_HANDLE_VALUE)
		return sm_os_winerr_set(e, err, "cannot lock '%s'", dir);
	fd = _open_osfhandle((intptr_t)h, _O_RDONLY | _O_NOINHERIT);
	if (fd >= 0)
		return fd;
	(void)CloseHandle(h); /* nothing was done with it */
	return sm_err_set(e, SM_ELIMIT, "cannot lock '%s': too many open files",
			  dir);
}

int inst_support_scratch(struct sm_buf *prefix)
{
	wchar_t temp[MAX_PATH + 2] = L"";

	if (!GetTempPathW(SM_ARRAY_LEN(temp), temp))
		return SM_ENOTFOUND;
	(void)sm_os_utf_put_path(prefix, temp); /* ends with '/'; as below */
	return sm_buf_puts(prefix, "session-manager-installer.");
}

void inst_support_complete(struct sm_arena *a, const bool *present,
			   const char **other)
{
	struct sm_buf self = SM_BUF_INIT((size_t)128 << 10);

	if (!present[INST_FILE_INSTALLER] && !present[INST_FILE_SETUP] &&
	    !other[INST_FILE_SETUP] && sm_os_process_self(&self, NULL) >= 0)
		other[INST_FILE_INSTALLER] = sm_arena_dup(a, sm_buf_str(&self));
	sm_buf_release(&self);
}
