/*
 * The caller's death on Windows: a wait of the system's thread pool on its
 * handle wakes the loop. The parent is found through the process list; its
 * number may have been given to another process since, so one that is younger
 * than we are is not it.
 */
#include "common/def.h"
#include "plugin/parent.h"

#include <windows.h>
#include <tlhelp32.h>

#include "common/mem.h"

struct plug_parent {
	uv_async_t async;
	HANDLE process, wait;
	plug_parent_fn *fn;
	void *user;
};

static DWORD parent_id(void)
{
	HANDLE snap = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	DWORD self = GetCurrentProcessId(), id = 0;
	PROCESSENTRY32 p;
	BOOL more;

	if (snap == INVALID_HANDLE_VALUE)
		return 0;
	memset(&p, 0, sizeof(p));
	p.dwSize = sizeof(p);
	for (more = Process32First(snap, &p); more && !id;
	     more = Process32Next(snap, &p))
		if (p.th32ProcessID == self)
			id = p.th32ParentProcessID;
	(void)CloseHandle(snap);
	return id;
}

static ULONGLONG born(HANDLE process)
{
	FILETIME created, ended, kernel, user;

	if (!GetProcessTimes(process, &created, &ended, &kernel, &user))
		return 0;
	return (ULONGLONG)created.dwHighDateTime << 32 | created.dwLowDateTime;
}

static void on_async(uv_async_t *h)
{
	struct plug_parent *p = h->data;

	p->fn(p->user);
}

static VOID CALLBACK on_exit_wait(PVOID user, BOOLEAN timed_out)
{
	struct plug_parent *p = user;

	SM_UNUSED(timed_out);
	(void)uv_async_send(&p->async);
}

struct plug_parent *plug_parent_new(uv_loop_t *loop, plug_parent_fn *fn,
				    void *user)
{
	DWORD id = parent_id();
	HANDLE process = NULL;
	struct plug_parent *p;

	if (id)
		process = OpenProcess(SYNCHRONIZE |
					      PROCESS_QUERY_LIMITED_INFORMATION,
				      FALSE, id);
	if (!process)
		return NULL;
	if (born(process) > born(GetCurrentProcess())) {
		(void)CloseHandle(process);
		return NULL;
	}
	p = sm_mem_zalloc(1, sizeof(*p));
	p->process = process;
	p->fn = fn;
	p->user = user;
	(void)uv_async_init(loop, &p->async, on_async);
	p->async.data = p;
	uv_unref((uv_handle_t *)&p->async);
	if (!RegisterWaitForSingleObject(&p->wait, process, on_exit_wait, p,
					 INFINITE, WT_EXECUTEONLYONCE))
		p->wait = NULL;
	return p;
}

static void on_closed(uv_handle_t *h)
{
	sm_mem_free(h->data);
}

void plug_parent_free(struct plug_parent *p)
{
	if (!p)
		return;
	/* waits for a callback that runs now */
	if (p->wait)
		(void)UnregisterWaitEx(p->wait, INVALID_HANDLE_VALUE);
	(void)CloseHandle(p->process);
	uv_close((uv_handle_t *)&p->async, on_closed);
}
