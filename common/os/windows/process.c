/*
 * This process and its children on Windows. A child gets exactly three
 * handles; its pipes are looked at every few milliseconds, because anonymous
 * pipes cannot be waited for.
 */
#include "common/def.h"
#include "common/os/process.h"

#include <windows.h>

#include "common/mem.h"
#include "common/os/clock.h"
#include "common/os/env.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"

#define TICK_MS 10
#define PATH_UNITS_MAX 32768
#define COMMAND_MAX 32767 /* Microsoft, "CreateProcessW" */
#define KILLED_STATUS 1

struct child {
	const char *name;
	HANDLE process;
	HANDLE in;      /* its stdin: the null device, or a full pipe */
	HANDLE ours[2]; /* our ends: its stdout and stderr */
	HANDLE its[2];
	struct sm_buf *to[2]; /* NULL: discarded */
};

int sm_os_process_self(struct sm_buf *out, struct sm_err *e)
{
	wchar_t *w = sm_mem_zalloc(PATH_UNITS_MAX, sizeof(*w));
	DWORD n = GetModuleFileNameW(NULL, w, PATH_UNITS_MAX);
	int r;

	if (!n || n >= PATH_UNITS_MAX)
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot find the running program");
	else
		r = sm_os_utf_put_path(out, w);
	sm_mem_free(w);
	return r;
}

bool sm_os_process_is_root(void)
{
	TOKEN_ELEVATION elevation = { 0 };
	HANDLE token;
	DWORD n;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
		return false;
	if (!GetTokenInformation(token, TokenElevation, &elevation,
				 sizeof(elevation), &n))
		elevation.TokenIsElevated = 0;
	(void)CloseHandle(token); /* was only asked */
	return elevation.TokenIsElevated != 0;
}

uint32_t sm_os_process_uid(void)
{
	return 0;
}

int sm_os_process_pid(void)
{
	return (int)GetCurrentProcessId();
}

static bool is_file(const char *path)
{
	wchar_t *wide = sm_os_utf_path_new(path);
	DWORD attr = GetFileAttributesW(wide);

	sm_mem_free(wide);
	return attr != INVALID_FILE_ATTRIBUTES &&
	       !(attr & FILE_ATTRIBUTE_DIRECTORY);
}

/* "C:\..." or "\\server\...": the others depend on the working folder. */
static bool is_absolute(struct sm_str dir)
{
	return (dir.len >= 3 && dir.ptr[1] == ':' &&
		(dir.ptr[2] == '\\' || dir.ptr[2] == '/')) ||
	       sm_str_starts(dir, "\\\\");
}

int sm_os_process_which(const char *name, struct sm_buf *out)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL * 2);
	struct sm_buf try = SM_BUF_INIT(SM_BUF_SMALL * 2);
	const char *ext = sm_str_ends(sm_str(name), ".exe") ? "" : ".exe";
	struct sm_str rest, dir;
	size_t i;
	int r = SM_ENOTFOUND;

	if (!*name || strpbrk(name, "/\\:"))
		return SM_ENOTFOUND;
	(void)sm_os_env_get(&path, "PATH"); /* without it: nothing found */
	rest = sm_buf_str(&path);
	while (r == SM_ENOTFOUND && sm_str_split(&rest, ';', &dir)) {
		if (!is_absolute(dir))
			continue;
		while (dir.len > 3 && (dir.ptr[dir.len - 1] == '\\' ||
				       dir.ptr[dir.len - 1] == '/'))
			dir.len--;
		sm_buf_clear(&try);
		if (sm_buf_printf(&try, "%.*s/%s%s", SM_STR_ARG(dir), name,
				  ext) < 0 ||
		    !is_file(try.ptr))
			continue;
		for (i = 0; i < try.len; i++) {
			if (try.ptr[i] == '\\')
				try.ptr[i] = '/';
		}
		r = sm_buf_put_str(out, sm_buf_str(&try));
	}
	sm_buf_release(&path);
	sm_buf_release(&try);
	return r;
}

/*
 * One argument as the C runtime of the child splits it: quotes around it,
 * backslashes doubled before a quote (Microsoft, "Parsing C command-line
 * arguments").
 */
static void put_quoted(struct sm_buf *out, const char *arg)
{
	size_t slashes = 0;

	(void)sm_buf_put_u8(out, '"'); /* sticks, as all below */
	for (; *arg; arg++) {
		if (*arg == '\\') {
			slashes++;
			continue;
		}
		if (*arg == '"')
			slashes = slashes * 2 + 1;
		(void)sm_buf_put_fill(out, '\\', slashes);
		slashes = 0;
		(void)sm_buf_put_u8(out, (uint8_t)*arg);
	}
	(void)sm_buf_put_fill(out, '\\', slashes * 2);
	(void)sm_buf_put_u8(out, '"');
}

static void close_handle(HANDLE *h)
{
	if (*h)
		(void)CloseHandle(*h); /* nothing is buffered in it */
	*h = NULL;
}

/* The null device, or a pipe that holds all of the input already. */
static bool open_input(struct child *c, struct sm_str input,
		       SECURITY_ATTRIBUTES *inherit)
{
	HANDLE end = NULL;
	DWORD n = 0;
	bool ok;

	if (!input.ptr) {
		c->in = CreateFileW(L"NUL", GENERIC_READ,
				    FILE_SHARE_READ | FILE_SHARE_WRITE, inherit,
				    OPEN_EXISTING, 0, NULL);
		if (c->in == INVALID_HANDLE_VALUE)
			c->in = NULL;
		return c->in != NULL;
	}
	if (!CreatePipe(&c->in, &end, inherit, SM_OS_PROCESS_INPUT_MAX))
		return false;
	ok = SetHandleInformation(end, HANDLE_FLAG_INHERIT, 0) &&
	     WriteFile(end, input.ptr, (DWORD)input.len, &n, NULL) &&
	     n == input.len;
	close_handle(&end);
	return ok;
}

static bool open_pipes(struct child *c, struct sm_str input)
{
	SECURITY_ATTRIBUTES inherit = { sizeof(inherit), NULL, TRUE };
	int i;

	if (!open_input(c, input, &inherit))
		return false;
	for (i = 0; i < 2; i++) {
		if (!CreatePipe(&c->ours[i], &c->its[i], &inherit, 0) ||
		    !SetHandleInformation(c->ours[i], HANDLE_FLAG_INHERIT, 0))
			return false;
	}
	return true;
}

/* The child inherits the three handles of `list` and no other. */
static bool create(struct child *c, const wchar_t *path, wchar_t *command)
{
	HANDLE list[3] = { c->in, c->its[0], c->its[1] };
	PROCESS_INFORMATION info;
	STARTUPINFOEXW start;
	SIZE_T size = 0;
	BOOL ok;

	memset(&start, 0, sizeof(start));
	start.StartupInfo.cb = sizeof(start);
	start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
	start.StartupInfo.hStdInput = list[0];
	start.StartupInfo.hStdOutput = list[1];
	start.StartupInfo.hStdError = list[2];
	(void)InitializeProcThreadAttributeList(NULL, 1, 0, &size); /* size */
	start.lpAttributeList = sm_mem_zalloc(1, size);
	ok = InitializeProcThreadAttributeList(start.lpAttributeList, 1, 0,
					       &size);
	if (ok) {
		ok = UpdateProcThreadAttribute(
			     start.lpAttributeList, 0,
			     PROC_THREAD_ATTRIBUTE_HANDLE_LIST, list,
			     sizeof(list), NULL, NULL) &&
		     CreateProcessW(path, command, NULL, NULL, TRUE,
				    EXTENDED_STARTUPINFO_PRESENT |
					    CREATE_NO_WINDOW,
				    NULL, NULL, &start.StartupInfo, &info);
		DeleteProcThreadAttributeList(start.lpAttributeList);
	}
	sm_mem_free(start.lpAttributeList);
	if (!ok)
		return false;
	(void)CloseHandle(info.hThread); /* not needed */
	c->process = info.hProcess;
	return true;
}

/* Takes what the pipes hold now; how much that was, or an error. */
static int drain(struct child *c, struct sm_err *e)
{
	char block[4096];
	DWORD there, n;
	int i, got = 0;

	for (i = 0; i < 2; i++) {
		there = 0;
		if (!c->ours[i] ||
		    !PeekNamedPipe(c->ours[i], NULL, 0, NULL, &there, NULL)) {
			close_handle(&c->ours[i]);
			continue;
		}
		if (!there)
			continue;
		n = there < sizeof(block) ? there : sizeof(block);
		if (!ReadFile(c->ours[i], block, n, &n, NULL))
			continue;
		got += (int)n;
		if (c->to[i] && sm_buf_put(c->to[i], block, n) < 0)
			return sm_err_set(e, SM_ELIMIT, "'%s' printed too much",
					  c->name);
	}
	return got;
}

static int attend(struct child *c, int timeout_ms, struct sm_err *e)
{
	int64_t end = sm_os_clock_mono_ms() + timeout_ms;
	bool ended = false;
	int r;

	for (;;) {
		r = drain(c, e);
		if (r < 0 || (ended && r == 0))
			return r;
		if (sm_os_clock_mono_ms() >= end)
			return ended ? 0 :
				       sm_err_set(e, SM_ETIMEOUT,
						  "'%s' did not end within "
						  "%d ms",
						  c->name, timeout_ms);
		if (!ended)
			ended = WaitForSingleObject(c->process,
						    r ? 0 : TICK_MS) ==
				WAIT_OBJECT_0;
	}
}

static int start(struct child *c, const char *const *argv, struct sm_str input,
		 struct sm_err *e)
{
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL * 2);
	struct sm_buf line = SM_BUF_INIT(COMMAND_MAX);
	wchar_t *wide_path = NULL, *command = NULL;
	size_t i;
	int r;

	r = strchr(argv[0], '/') ? sm_buf_puts(&path, argv[0]) :
				   sm_os_process_which(argv[0], &path);
	if (r < 0) {
		r = sm_err_set(e, r, "cannot run '%s': not found in PATH",
			       argv[0]);
		goto out;
	}
	for (i = 0; argv[i]; i++) {
		if (i)
			(void)sm_buf_put_u8(&line, ' '); /* sticks */
		put_quoted(&line, argv[i]);
	}
	if (line.err) {
		r = sm_err_set(e, line.err, "cannot run '%s': too many words",
			       argv[0]);
		goto out;
	}
	wide_path = sm_os_utf_path_new(path.ptr);
	command = sm_os_utf_wide_new(line.ptr);
	if (!open_pipes(c, input) || !create(c, wide_path, command))
		r = sm_os_winerr_set(e, GetLastError(), "cannot run '%s'",
				     argv[0]);
out:
	sm_mem_free(wide_path);
	sm_mem_free(command);
	sm_buf_release(&path);
	sm_buf_release(&line);
	return r;
}

int sm_os_process_filter(struct sm_os_process_filter *f, struct sm_err *e)
{
	struct child c;
	DWORD code = 0;
	int r, i;

	memset(&c, 0, sizeof(c));
	c.name = f->argv[0];
	c.to[0] = f->out;
	c.to[1] = f->err;
	if (f->input.len > SM_OS_PROCESS_INPUT_MAX)
		return sm_err_set(e, SM_ELIMIT, "too much input for '%s'",
				  c.name);
	if ((r = start(&c, f->argv, f->input, e)) < 0)
		goto out;
	for (i = 0; i < 2; i++)
		close_handle(&c.its[i]);
	if ((r = attend(&c, f->timeout_ms, e)) < 0) {
		/* it may have ended just now */
		(void)TerminateProcess(c.process, KILLED_STATUS);
	} else if (!GetExitCodeProcess(c.process, &code)) {
		r = sm_os_winerr_set(e, GetLastError(), "cannot wait for '%s'",
				     c.name);
	} else {
		f->status = (int)code;
	}
out:
	for (i = 0; i < 2; i++) {
		close_handle(&c.its[i]);
		close_handle(&c.ours[i]);
	}
	close_handle(&c.in);
	close_handle(&c.process);
	return r;
}

int sm_os_process_run(const char *const *argv, int timeout_ms,
		      struct sm_buf *out, struct sm_buf *err, int *status,
		      struct sm_err *e)
{
	struct sm_os_process_filter f = {
		.argv = argv, .timeout_ms = timeout_ms, .out = out, .err = err
	};
	int r = sm_os_process_filter(&f, e);

	if (r == 0)
		*status = f.status;
	return r;
}
