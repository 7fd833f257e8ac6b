/*
 * Path first, then the list of programs; undone in that order, too, so that a
 * removal that failed can be started again from the list.
 */
#include "common/def.h"
#include "installer/register.h"

#include <windows.h>

#include "common/mem.h"
#include "common/os/env.h"
#include "common/os/process.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"
#include "common/str.h"
#include "installer/arp.h"
#include "installer/pathenv.h"
#include "installer/winservice.h"

#define RETIRE_MS 600000
#define STATUS_DONE 0
#define STATUS_GONE 1605   /* Microsoft, "ERROR_UNKNOWN_PRODUCT" */
#define STATUS_REBOOT 3010 /* "ERROR_SUCCESS_REBOOT_REQUIRED" */

bool inst_register_is_own(const char *dir)
{
	struct sm_buf home = SM_BUF_INIT(SM_BUF_SMALL * 8);
	struct sm_str d = sm_str(dir);
	bool below = false;

	if (sm_os_env_home(&home, NULL) >= 0 && home.len && d.len > home.len)
		below = sm_str_eq_nocase(sm_str_sub(d, 0, home.len),
					 sm_buf_str(&home)) &&
			d.ptr[home.len] == '/';
	sm_buf_release(&home);
	return below;
}

static bool is_machine(const char *dir)
{
	return sm_os_process_is_root() && !inst_register_is_own(dir);
}

bool inst_register_on_path(const char *dir)
{
	return inst_pathenv_has(dir);
}

bool inst_register_has(const char *dir)
{
	return inst_arp_has(dir) || inst_pathenv_has(dir);
}

int inst_register_add(const char *dir, const char *version, struct sm_err *e)
{
	bool machine = is_machine(dir);
	int r, added = inst_pathenv_add(dir, machine, e);

	if (added < 0)
		return added;
	if ((r = inst_arp_add(dir, version, machine, e)) < 0) {
		if (added)
			(void)inst_pathenv_remove(dir, machine, NULL);
		return r;
	}
	if (machine)
		(void)inst_winservice_remove();
	return 1;
}

int inst_register_remove(const char *dir, struct sm_err *e)
{
	int r;

	if (is_machine(dir))
		(void)inst_winservice_remove();
	if ((r = inst_pathenv_remove(dir, false, e)) < 0 ||
	    (r = inst_pathenv_remove(dir, true, e)) < 0)
		return r;
	return inst_arp_remove(dir, e);
}

int inst_register_rival(const char *dir, struct sm_buf *command,
			struct sm_buf *version)
{
	return is_machine(dir) && inst_arp_rival(command, version);
}

int inst_register_retire(const char *command, struct sm_err *e)
{
	wchar_t *line = sm_os_utf_wide_new(command);
	STARTUPINFOW start = { 0 };
	PROCESS_INFORMATION info;
	DWORD status = 1;
	int r = 0;

	start.cb = sizeof(start);
	/* without quotes another program of a shorter name could be meant */
	if (command[0] != '"') {
		r = sm_err_set(e, SM_EFORMAT, "its command has no quotes: %s",
			       command);
	} else if (!CreateProcessW(NULL, line, NULL, NULL, FALSE,
				   CREATE_NO_WINDOW, NULL, NULL, &start,
				   &info)) {
		r = sm_os_winerr_set(e, GetLastError(), "cannot run %s",
				     command);
	} else {
		if (WaitForSingleObject(info.hProcess, RETIRE_MS) !=
		    WAIT_OBJECT_0)
			r = sm_err_set(e, SM_ETIMEOUT, "%s does not end",
				       command);
		else if (!GetExitCodeProcess(info.hProcess, &status) ||
			 (status != STATUS_DONE && status != STATUS_GONE &&
			  status != STATUS_REBOOT))
			r = sm_err_set(e, SM_ESTATE, "%s ended with status %lu",
				       command, status);
		(void)CloseHandle(info.hThread);
		(void)CloseHandle(info.hProcess);
	}
	sm_mem_free(line);
	return r < 0 ? sm_err_wrap(e, r,
				   "cannot remove the official installation") :
		       1;
}
