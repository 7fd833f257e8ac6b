/*
 * Which macOS this is: sysctl(3). A process under Rosetta is told x86_64 by
 * uname, so the hardware is asked first.
 */
#include "common/def.h"
#include "common/os/platform.h"

#include <errno.h>
#include <sys/sysctl.h>
#include <sys/utsname.h>

#include "common/os/errno.h"

enum sm_platform sm_os_platform(void)
{
	return SM_PLATFORM_MACOS;
}

enum sm_arch sm_os_platform_arch(void)
{
	struct utsname u;
	int arm = 0;
	size_t size = sizeof(arm);

	if (sysctlbyname("hw.optional.arm64", &arm, &size, NULL, 0) == 0 && arm)
		return SM_ARCH_AARCH64;
	if (uname(&u) < 0)
		return SM_ARCH_OTHER;
	return sm_os_platform_arch_parse(sm_str(u.machine));
}

int sm_os_platform_describe(struct sm_buf *name, struct sm_buf *version,
			    struct sm_err *e)
{
	char text[64] = "";
	size_t size = sizeof(text) - 1;
	int r;

	/* there since 10.13.4 */
	if (sysctlbyname("kern.osproductversion", text, &size, NULL, 0) < 0)
		return sm_os_errno_set(e, errno,
				       "cannot find the system's version");
	if ((r = sm_buf_puts(name, "macos")) == 0)
		r = sm_buf_puts(version, text);
	return r < 0 ? sm_err_set(e, r, "the system's name is too long") : 0;
}
