/*
 * What this is running on. The architecture is the machine's, not the
 * program's: a 32-bit build on a 64-bit kernel says 64-bit.
 */
#ifndef COMMON_OS_PLATFORM_H
#define COMMON_OS_PLATFORM_H

#include "common/buf.h"
#include "common/err.h"

enum sm_platform {
	SM_PLATFORM_LINUX,
	SM_PLATFORM_MACOS,
	SM_PLATFORM_WINDOWS
};

enum sm_arch {
	SM_ARCH_X86_64,
	SM_ARCH_I386,
	SM_ARCH_AARCH64,
	SM_ARCH_OTHER
};

enum sm_platform sm_os_platform(void);
enum sm_arch sm_os_platform_arch(void);

/* "linux", "macos", "windows"; "x86_64", "i386", "aarch64", "other". */
const char *sm_os_platform_name(enum sm_platform p);
const char *sm_os_platform_arch_name(enum sm_arch a);

/* From what uname -m prints: "amd64", "i686", "arm64" and so on. */
enum sm_arch sm_os_platform_arch_parse(struct sm_str machine);

/*
 * Append ID and VERSION_ID of an os-release file; version may stay empty.
 *
 * Errors: SM_EFORMAT without an ID, SM_ELIMIT if a buffer is full.
 * Source: os-release(5) of systemd.
 */
int sm_os_platform_release_parse(struct sm_str text, struct sm_buf *name,
				 struct sm_buf *version);

/*
 * Append name and version of the system: "debian 12", "macos 14.5",
 * "windows 10.0.19045". From /etc/os-release (without it "linux" and the
 * kernel's release), sysctl kern.osproductversion, RtlGetVersion.
 */
int sm_os_platform_describe(struct sm_buf *name, struct sm_buf *version,
			    struct sm_err *e);

#endif
