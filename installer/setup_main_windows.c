/*
 * setup.exe: the installer with a window. A program of the window subsystem
 * has no console; what it prints goes to streams that were redirected, else to
 * the console of the program that started it.
 */
#include "common/def.h"

#include <fcntl.h>
#include <windows.h>
#include <psapi.h>
#include <shellapi.h>

#include "common/os/file.h"
#include "common/os/process.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"
#include "installer/setup.h"
#include "installer/support.h"
#include "installer/wizard.h"

#define PATH_UNITS 32768

static void no_progress(void *user, size_t done, size_t all)
{
	SM_UNUSED(user);
	SM_UNUSED(done);
	SM_UNUSED(all);
}

static void no_message(void *user, const char *text)
{
	SM_UNUSED(user);
	SM_UNUSED(text);
}

static bool no(void *user, const char *text)
{
	SM_UNUSED(user);
	SM_UNUSED(text);
	return false;
}

/* Text to a redirected stream, or to the console we were started from. */
static bool print(DWORD which, const char *text)
{
	HANDLE h = GetStdHandle(which);
	DWORD n;

	if (!h || h == INVALID_HANDLE_VALUE) {
		if (!AttachConsole(ATTACH_PARENT_PROCESS))
			return false;
		h = GetStdHandle(which);
	}
	return h && h != INVALID_HANDLE_VALUE &&
	       WriteFile(h, text, (DWORD)strlen(text), &n, NULL);
}

static void report(const struct inst_setupargs *a, const char *text)
{
	struct sm_buf line = SM_BUF_INIT(SM_BUF_SMALL);

	(void)sm_buf_printf(&line, "setup: error: %s\r\n", text);
	if (!print(STD_ERROR_HANDLE, sm_buf_z(&line)) &&
	    a->show == INST_SETUP_FULL)
		inst_wizard_error(text);
	sm_buf_release(&line);
}

static int help(void)
{
	if (!print(STD_OUTPUT_HANDLE, inst_setupargs_help))
		inst_wizard_error(inst_setupargs_help);
	return INST_SETUP_DONE;
}

/* The command line behind the name of the program. */
static const wchar_t *parameters(void)
{
	const wchar_t *c = GetCommandLineW();
	bool quoted = false;

	for (; *c && (quoted || (*c != L' ' && *c != L'\t')); c++) {
		if (*c == L'"')
			quoted = !quoted;
	}
	while (*c == L' ' || *c == L'\t')
		c++;
	return c;
}

/* Start again as administrator, wait, and pass the exit code on. */
static int rise(struct inst_setup *s, bool *stay)
{
	wchar_t *self = sm_os_utf_path_new(s->self);
	SHELLEXECUTEINFOW how;
	DWORD status = INST_SETUP_FAILED;

	memset(&how, 0, sizeof(how));
	how.cbSize = sizeof(how);
	how.fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC;
	how.lpVerb = L"runas";
	how.lpFile = self;
	how.lpParameters = parameters();
	how.nShow = SW_SHOWNORMAL;
	*stay = false;
	if (ShellExecuteExW(&how) && how.hProcess) {
		(void)WaitForSingleObject(how.hProcess, INFINITE);
		(void)GetExitCodeProcess(how.hProcess, &status);
		(void)CloseHandle(how.hProcess);
	} else if (GetLastError() == ERROR_CANCELLED) {
		status = INST_SETUP_CANCELLED;
		*stay = s->args.show == INST_SETUP_FULL &&
			s->args.act == INST_SETUP_INSTALL && !s->args.dir &&
			inst_wizard_ask("Install for this user only? That "
					"needs no administrator.");
	}
	sm_mem_free(self);
	return (int)status;
}

static FILE *open_log(const struct inst_setup *s, struct sm_err *e)
{
	int fd = sm_os_file_open(s->args.log ? s->args.log : "NUL",
				 SM_FILE_WRITE | SM_FILE_APPEND |
					 (s->args.log ? SM_FILE_CREATE : 0),
				 0644, e);
	FILE *f = fd < 0 ? NULL : _fdopen(fd, "a");

	if (fd >= 0 && !f)
		sm_os_file_close(fd);
	return f;
}

static int act(struct inst_setup *s, struct sm_err *e)
{
	struct inst_ui silent = { NULL, no_progress, no_message, no };
	FILE *log = open_log(s, e);
	int status;

	if (!log) {
		report(&s->args, sm_err_msg(e));
		return INST_SETUP_FAILED;
	}
	if (s->args.show == INST_SETUP_QUIET ||
	    s->args.act == INST_SETUP_LAYOUT) {
		status = inst_setup_run(s, &silent, log, e);
		if (e->code)
			report(&s->args, sm_err_msg(e));
	} else {
		status = inst_wizard_run(s, log);
	}
	(void)fclose(log);
	return status;
}

/* Is the open file the one that is mapped as this program? wine names the
 * mapped one by its drive; where there is no name nothing can be said. */
static bool is_running(HANDLE h, const wchar_t *path)
{
	static const wchar_t drive[] = L"\\??\\";
	wchar_t *open = sm_mem_zalloc(PATH_UNITS, sizeof(*open));
	wchar_t *mapped = sm_mem_zalloc(PATH_UNITS, sizeof(*mapped));
	bool same = true;

	if (GetMappedFileNameW(GetCurrentProcess(), GetModuleHandleW(NULL),
			       mapped, PATH_UNITS - 1)) {
		if (!wcsncmp(mapped, drive, SM_ARRAY_LEN(drive) - 1))
			same = !_wcsicmp(mapped + SM_ARRAY_LEN(drive) - 1,
					 path);
		else if (GetFinalPathNameByHandleW(h, open, PATH_UNITS - 1,
						   VOLUME_NAME_NT))
			same = !_wcsicmp(mapped, open);
	}
	sm_mem_free(open);
	sm_mem_free(mapped);
	return same;
}

/*
 * Keep this program's file from being renamed or written while it is read: in
 * a folder that others can write, such as that of downloads, another could be
 * put in its place, to be installed by an administrator. What runs must be
 * what the name stands for, or the file was exchanged already. The handle goes
 * with the process. A removal needs none, and renames this file.
 */
static int hold_self(struct sm_err *e)
{
	wchar_t *path = sm_mem_zalloc(PATH_UNITS, sizeof(*path));
	HANDLE h = INVALID_HANDLE_VALUE;
	DWORD n = GetModuleFileNameW(NULL, path, PATH_UNITS);
	int r = 0;

	if (n && n < PATH_UNITS)
		h = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL,
				OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE)
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot read this program");
	else if (!is_running(h, path))
		r = sm_err_set(e, SM_EVERIFY,
			       "another file took the place of this program "
			       "while it started");
	sm_mem_free(path);
	return r;
}

static int run(struct inst_setup *s, struct sm_err *e)
{
	bool stay = true;
	int status = INST_SETUP_DONE;

	if (s->args.act != INST_SETUP_UNINSTALL && hold_self(e) < 0) {
		report(&s->args, sm_err_msg(e));
		return INST_SETUP_FAILED;
	}
	if (inst_setup_open(s, e) < 0) {
		report(&s->args, sm_err_msg(e));
		return INST_SETUP_FAILED;
	}
	switch (inst_setupargs_rise(&s->args, sm_os_process_is_root(),
				    s->own)) {
	case INST_SETUP_STAY:
		break;
	case INST_SETUP_REFUSE:
		report(&s->args, "an administrator is needed");
		return INST_SETUP_ELEVATE;
	case INST_SETUP_RISE:
		status = rise(s, &stay);
		if (!stay)
			return status;
		s->args.user = true;
		if (inst_setup_place(s, NULL, e) < 0) {
			report(&s->args, sm_err_msg(e));
			return INST_SETUP_FAILED;
		}
	}
	return act(s, e);
}

int WINAPI WinMain(HINSTANCE instance, HINSTANCE before, LPSTR line, int show)
{
	struct inst_setup s = { 0 };
	struct sm_err e = SM_ERR_INIT;
	char **argv = NULL;
	int argc = 0, status;

	SM_UNUSED(instance);
	SM_UNUSED(before);
	SM_UNUSED(line);
	SM_UNUSED(show);
	inst_support_start();
	inst_support_args(&argc, &argv);
	if (inst_setupargs_parse(&s.args, argc, argv, &e) < 0) {
		report(&s.args, sm_err_msg(&e));
		return INST_SETUP_USAGE;
	}
	if (s.args.act == INST_SETUP_HELP)
		return help();
	status = run(&s, &e);
	inst_setup_release(&s);
	return status;
}
