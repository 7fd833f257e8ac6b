/*
 * The environment of Windows, read from the system and not from the C
 * runtime's copy, which is in the code page of the user.
 */
#include "common/def.h"
#include "common/os/env.h"

#include <windows.h>

#include "common/mem.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"

#define VALUE_MAX 32768 /* Microsoft, "SetEnvironmentVariable" */

/* A wide copy of the value, or NULL if it is not set. */
static wchar_t *value_new(const char *name)
{
	wchar_t *wide = sm_os_utf_wide_new(name);
	wchar_t *value = sm_mem_zalloc(VALUE_MAX, sizeof(*value));
	DWORD n;

	SetLastError(ERROR_SUCCESS);
	n = GetEnvironmentVariableW(wide, value, VALUE_MAX);
	if ((!n && GetLastError() != ERROR_SUCCESS) || n >= VALUE_MAX) {
		sm_mem_free(value);
		value = NULL;
	}
	sm_mem_free(wide);
	return value;
}

int sm_os_env_get(struct sm_buf *out, const char *name)
{
	wchar_t *value = value_new(name);
	int r;

	if (!value)
		return 0;
	r = sm_os_utf_put(out, value);
	sm_mem_free(value);
	return r < 0 ? r : 1;
}

bool sm_os_env_has(const char *name)
{
	wchar_t *value = value_new(name);
	bool has = value && *value;

	sm_mem_free(value);
	return has;
}

int sm_os_env_set(const char *name, const char *value)
{
	wchar_t *wide = sm_os_utf_wide_new(name);
	wchar_t *to = value ? sm_os_utf_wide_new(value) : NULL;
	int r = 0;

	if (!*name || strchr(name, '='))
		r = SM_EIO;
	else if (!SetEnvironmentVariableW(wide, to) &&
		 (to || GetLastError() != ERROR_ENVVAR_NOT_FOUND))
		r = sm_os_winerr_code(GetLastError());
	else
		(void)_wputenv_s(wide, to ? to : L""); /* for libraries */
	/* the runtime's empty is "not set": say the truth again */
	if (r == 0 && to && !*to)
		(void)SetEnvironmentVariableW(wide, to);
	sm_mem_free(wide);
	sm_mem_free(to);
	return r;
}

int sm_os_env_home(struct sm_buf *out, struct sm_err *e)
{
	wchar_t *home = value_new("USERPROFILE");
	int r;

	if (!home || !*home)
		r = sm_err_set(e, SM_ENOTFOUND,
			       "cannot find the home directory: "
			       "USERPROFILE is not set");
	else
		r = sm_os_utf_put_path(out, home);
	sm_mem_free(home);
	return r;
}
