/*
 * System error numbers of Windows.
 */
#include "common/def.h"
#include "common/os/windows/winerr.h"

#include <stdarg.h>
#include <windows.h>

#include "common/os/windows/utf.h"

int sm_os_winerr_code(unsigned long err)
{
	switch (err) {
	case ERROR_FILE_NOT_FOUND:
	case ERROR_PATH_NOT_FOUND:
	case ERROR_INVALID_NAME:
	case ERROR_BAD_NETPATH:
	case ERROR_DIRECTORY:
	case ERROR_ENVVAR_NOT_FOUND:
		return SM_ENOTFOUND;
	case ERROR_ACCESS_DENIED:
	case ERROR_WRITE_PROTECT:
		return SM_EPERM;
	case ERROR_FILE_EXISTS:
	case ERROR_ALREADY_EXISTS:
	case ERROR_DIR_NOT_EMPTY:
		return SM_EEXIST;
	case ERROR_DISK_FULL:
	case ERROR_HANDLE_DISK_FULL:
		return SM_ENOSPC;
	case ERROR_SHARING_VIOLATION:
	case ERROR_LOCK_VIOLATION:
	case ERROR_BUSY:
		return SM_EBUSY;
	case ERROR_INVALID_FUNCTION:
	case ERROR_NOT_SUPPORTED:
	case ERROR_CALL_NOT_IMPLEMENTED:
	case ERROR_NOT_SAME_DEVICE:
	case ERROR_PRIVILEGE_NOT_HELD:
		return SM_ENOTSUP;
	case ERROR_FILENAME_EXCED_RANGE:
	case ERROR_TOO_MANY_OPEN_FILES:
	case ERROR_NOT_ENOUGH_MEMORY:
		return SM_ELIMIT;
	default:
		return SM_EIO;
	}
}

int sm_os_winerr_set(struct sm_err *e, unsigned long err, const char *fmt, ...)
{
	struct sm_buf cause = SM_BUF_INIT(SM_BUF_SMALL);
	int code = sm_os_winerr_code(err);
	wchar_t wide[400] = L"";
	char text[SM_ERR_MSG_MAX];
	struct sm_str s;
	va_list ap;

	if (!e)
		return code;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	if (!FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM |
				    FORMAT_MESSAGE_IGNORE_INSERTS |
				    FORMAT_MESSAGE_MAX_WIDTH_MASK,
			    NULL, err, 0, wide, SM_ARRAY_LEN(wide), NULL))
		wide[0] = L'\0';
	(void)sm_os_utf_put(&cause, wide); /* fits */
	s = sm_str_trim(sm_buf_str(&cause));
	if (sm_str_ends(s, "."))
		s.len--;
	if (s.len)
		(void)sm_err_set_os(e, code, (int)err, "%s: %.*s", text,
				    SM_STR_ARG(s));
	else
		(void)sm_err_set_os(e, code, (int)err, "%s: system error %lu",
				    text, err);
	sm_buf_release(&cause);
	return code;
}
