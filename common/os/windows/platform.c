/*
 * Which Windows this is. Functions that older systems lack, or that answer by
 * the program's manifest, are looked up at run time.
 */
#include "common/def.h"
#include "common/os/platform.h"

#include <windows.h>

/* Microsoft, "Image File Machine Constants". */
#define MACHINE_I386 0x014c
#define MACHINE_AMD64 0x8664
#define MACHINE_ARM64 0xaa64

typedef BOOL(WINAPI *wow64_fn)(HANDLE, USHORT *, USHORT *);
typedef LONG(WINAPI *version_fn)(OSVERSIONINFOW *);

enum sm_platform sm_os_platform(void)
{
	return SM_PLATFORM_WINDOWS;
}

/* ISO C has no cast from one function pointer to another's object form. */
static bool look_up(const char *library, const char *name, void *to)
{
	HMODULE m = GetModuleHandleA(library);
	FARPROC f = m ? GetProcAddress(m, name) : NULL;

	if (!f)
		return false;
	memcpy(to, &f, sizeof(f));
	return true;
}

/* The processor, also where this program is translated (ARM64). */
static unsigned machine(void)
{
	USHORT process = 0, native = 0;
	SYSTEM_INFO info;
	wow64_fn ask;

	if (look_up("kernel32.dll", "IsWow64Process2", &ask) &&
	    ask(GetCurrentProcess(), &process, &native))
		return native;
	GetNativeSystemInfo(&info);
	switch (info.wProcessorArchitecture) {
	case PROCESSOR_ARCHITECTURE_AMD64:
		return MACHINE_AMD64;
	case PROCESSOR_ARCHITECTURE_INTEL:
		return MACHINE_I386;
	default:
		return 0;
	}
}

enum sm_arch sm_os_platform_arch(void)
{
	switch (machine()) {
	case MACHINE_AMD64:
		return SM_ARCH_X86_64;
	case MACHINE_I386:
		return SM_ARCH_I386;
	case MACHINE_ARM64:
		return SM_ARCH_AARCH64;
	default:
		return SM_ARCH_OTHER;
	}
}

int sm_os_platform_describe(struct sm_buf *name, struct sm_buf *version,
			    struct sm_err *e)
{
	OSVERSIONINFOW v;
	version_fn ask;
	int r;

	memset(&v, 0, sizeof(v));
	v.dwOSVersionInfoSize = sizeof(v);
	if (!look_up("ntdll.dll", "RtlGetVersion", &ask) || ask(&v) != 0)
		return sm_err_set(e, SM_ENOTFOUND,
				  "cannot find the system's version");
	if ((r = sm_buf_puts(name, "windows")) == 0)
		r = sm_buf_printf(version, "%lu.%lu.%lu", v.dwMajorVersion,
				  v.dwMinorVersion, v.dwBuildNumber);
	return r < 0 ? sm_err_set(e, r, "the system's name is too long") : 0;
}
