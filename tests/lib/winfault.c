/*
 * Lets a Windows program be killed, or fail, at its n-th operation, without
 * changing it:
 *
 *	winfault.exe DLL PROGRAM [ARGUMENT...]
 *
 * starts the program with the library DLL in it, which is this same file
 * compiled with -DLIBRARY, and ends with the program's status. The library
 * puts itself between the program and the calls of the table below, which
 * change files, folders or the registry. The environment says what happens:
 *
 *   SM_FAULT_AT     number of the call, from 1
 *   SM_FAULT_ERROR  system error it fails with; without it the process is
 *                   killed before the call, with status 137
 *   SM_FAULT_COUNT  file that receives the number of calls at the end
 *
 * For tests under wine, compiled by gcc for mingw-w64.
 */
#include "common/def.h"

#include <windows.h>

#ifdef LIBRARY

#define KILLED 137

static LONG calls, at;
static DWORD error_code;
static char count_file[MAX_PATH];

/* True if the call that is about to be made has to fail. */
static BOOL fault(void)
{
	if (InterlockedIncrement(&calls) != at)
		return FALSE;
	if (!error_code)
		TerminateProcess(GetCurrentProcess(), KILLED);
	SetLastError(error_code);
	return TRUE;
}

static BOOL WINAPI move_file(LPCWSTR a, LPCWSTR b, DWORD how)
{
	return fault() ? FALSE : MoveFileExW(a, b, how);
}

static BOOL WINAPI delete_file(LPCWSTR a)
{
	return fault() ? FALSE : DeleteFileW(a);
}

static BOOL WINAPI create_directory(LPCWSTR a, LPSECURITY_ATTRIBUTES s)
{
	return fault() ? FALSE : CreateDirectoryW(a, s);
}

static BOOL WINAPI remove_directory(LPCWSTR a)
{
	return fault() ? FALSE : RemoveDirectoryW(a);
}

static BOOL WINAPI create_hard_link(LPCWSTR a, LPCWSTR b,
				    LPSECURITY_ATTRIBUTES s)
{
	return fault() ? FALSE : CreateHardLinkW(a, b, s);
}

static HANDLE WINAPI create_file(LPCWSTR a, DWORD access, DWORD share,
				 LPSECURITY_ATTRIBUTES s, DWORD how, DWORD attr,
				 HANDLE like)
{
	if (access & (GENERIC_WRITE | FILE_APPEND_DATA) && fault())
		return INVALID_HANDLE_VALUE;
	return CreateFileW(a, access, share, s, how, attr, like);
}

static BOOL WINAPI write_file(HANDLE h, LPCVOID p, DWORD n, LPDWORD done,
			      LPOVERLAPPED o)
{
	if (GetFileType(h) == FILE_TYPE_DISK && fault())
		return FALSE;
	return WriteFile(h, p, n, done, o);
}

static BOOL WINAPI flush(HANDLE h)
{
	return fault() ? FALSE : FlushFileBuffers(h);
}

static LSTATUS WINAPI reg_set(HKEY k, LPCWSTR name, DWORD r, DWORD type,
			      const BYTE *p, DWORD n)
{
	return fault() ? (LSTATUS)error_code :
			 RegSetValueExW(k, name, r, type, p, n);
}

static LSTATUS WINAPI reg_delete(HKEY k, LPCWSTR name, REGSAM view, DWORD r)
{
	return fault() ? (LSTATUS)error_code :
			 RegDeleteKeyExW(k, name, view, r);
}

static LSTATUS WINAPI reg_delete_value(HKEY k, LPCWSTR name)
{
	return fault() ? (LSTATUS)error_code : RegDeleteValueW(k, name);
}

#define HOOK(name, fn)                           \
	{                                        \
		name, (void (*)(void))(void *)fn \
	}

static const struct {
	const char *name;
	void (*fn)(void);
} hooks[] = {
	HOOK("MoveFileExW", move_file),
	HOOK("DeleteFileW", delete_file),
	HOOK("CreateDirectoryW", create_directory),
	HOOK("RemoveDirectoryW", remove_directory),
	HOOK("CreateHardLinkW", create_hard_link),
	HOOK("CreateFileW", create_file),
	HOOK("WriteFile", write_file),
	HOOK("FlushFileBuffers", flush),
	HOOK("RegSetValueExW", reg_set),
	HOOK("RegDeleteKeyExW", reg_delete),
	HOOK("RegDeleteValueW", reg_delete_value),
};

static void patch(IMAGE_THUNK_DATA *slot, const char *name)
{
	DWORD before;
	size_t i;

	for (i = 0; i < SM_ARRAY_LEN(hooks); i++) {
		if (strcmp(name, hooks[i].name))
			continue;
		if (!VirtualProtect(slot, sizeof(*slot), PAGE_READWRITE,
				    &before))
			return;
		slot->u1.Function = (ULONG_PTR)hooks[i].fn;
		VirtualProtect(slot, sizeof(*slot), before, &before);
	}
}

/* The program's table of imported functions. */
static void patch_all(char *base)
{
	IMAGE_DOS_HEADER *dos = (void *)base;
	IMAGE_NT_HEADERS *nt = (void *)(base + dos->e_lfanew);
	IMAGE_DATA_DIRECTORY *d =
		&nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
	IMAGE_IMPORT_DESCRIPTOR *i = (void *)(base + d->VirtualAddress);

	for (; d->VirtualAddress && i->Name; i++) {
		IMAGE_THUNK_DATA *n = (void *)(base + i->OriginalFirstThunk);
		IMAGE_THUNK_DATA *f = (void *)(base + i->FirstThunk);

		for (; n->u1.AddressOfData; n++, f++) {
			if (!(n->u1.Ordinal & IMAGE_ORDINAL_FLAG))
				patch(f, base + n->u1.AddressOfData + 2);
		}
	}
}

static DWORD number(const char *name)
{
	char text[32] = "";

	GetEnvironmentVariableA(name, text, sizeof(text));
	return (DWORD)strtoul(text, NULL, 10);
}

static void write_count(void)
{
	char text[32];
	DWORD n;
	HANDLE h;

	if (!count_file[0])
		return;
	h = CreateFileA(count_file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0,
			NULL);
	n = (DWORD)snprintf(text, sizeof(text), "%ld\n", (long)calls);
	WriteFile(h, text, n, &n, NULL);
	CloseHandle(h);
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, LPVOID reserved);
BOOL WINAPI DllMain(HINSTANCE dll, DWORD why, LPVOID reserved)
{
	SM_UNUSED(dll);
	SM_UNUSED(reserved);
	if (why == DLL_PROCESS_DETACH)
		write_count();
	if (why != DLL_PROCESS_ATTACH)
		return TRUE;
	at = (LONG)number("SM_FAULT_AT");
	error_code = number("SM_FAULT_ERROR");
	GetEnvironmentVariableA("SM_FAULT_COUNT", count_file,
				sizeof(count_file));
	/* the program's own children run without it */
	SetEnvironmentVariableA("SM_FAULT_COUNT", NULL);
	patch_all((char *)GetModuleHandleW(NULL));
	return TRUE;
}

#else

static const wchar_t *skip_word(const wchar_t *c)
{
	BOOL quoted = FALSE;

	for (; *c && (quoted || *c != L' '); c++) {
		if (*c == L'"')
			quoted = !quoted;
	}
	while (*c == L' ')
		c++;
	return c;
}

static BOOL inject(HANDLE process, const char *dll)
{
	SIZE_T n = strlen(dll) + 1;
	void *text =
		VirtualAllocEx(process, NULL, n, MEM_COMMIT, PAGE_READWRITE);
	LPTHREAD_START_ROUTINE load =
		(LPTHREAD_START_ROUTINE)(void *)GetProcAddress(
			GetModuleHandleA("kernel32.dll"), "LoadLibraryA");
	HANDLE thread;
	DWORD result = 0;

	if (!text || !WriteProcessMemory(process, text, dll, n, NULL))
		return FALSE;
	thread = CreateRemoteThread(process, NULL, 0, load, text, 0, NULL);
	if (!thread)
		return FALSE;
	WaitForSingleObject(thread, INFINITE);
	GetExitCodeThread(thread, &result);
	CloseHandle(thread);
	return result != 0;
}

int main(int argc, char **argv)
{
	const wchar_t *rest = skip_word(skip_word(GetCommandLineW()));
	size_t n = wcslen(rest) + 1;
	wchar_t *line = malloc(n * sizeof(*line));
	PROCESS_INFORMATION info;
	STARTUPINFOW start;
	DWORD status = 1;

	if (argc < 3 || !line)
		return 2;
	memcpy(line, rest, n * sizeof(*line));
	memset(&start, 0, sizeof(start));
	start.cb = sizeof(start);
	if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_SUSPENDED,
			    NULL, NULL, &start, &info))
		return 3;
	if (!inject(info.hProcess, argv[1])) {
		TerminateProcess(info.hProcess, 1);
		return 4;
	}
	ResumeThread(info.hThread);
	WaitForSingleObject(info.hProcess, INFINITE);
	GetExitCodeProcess(info.hProcess, &status);
	return (int)status;
}

#endif
