/*
 * Which Linux this is: uname(2) and os-release(5).
 */
#include "common/def.h"
#include "common/os/platform.h"

#include <sys/utsname.h>

#include "common/os/file.h"

#define RELEASE_MAX ((size_t)64 << 10) /* a real one has some 400 bytes */

enum sm_platform sm_os_platform(void)
{
	return SM_PLATFORM_LINUX;
}

enum sm_arch sm_os_platform_arch(void)
{
	struct utsname u;

	if (uname(&u) < 0)
		return SM_ARCH_OTHER;
	return sm_os_platform_arch_parse(sm_str(u.machine));
}

static int read_release(struct sm_buf *text)
{
	static const char *const paths[] = { "/etc/os-release",
					     "/usr/lib/os-release" };
	int64_t n;
	size_t i;
	int fd = -1;

	for (i = 0; fd < 0 && i < SM_ARRAY_LEN(paths); i++)
		fd = sm_os_file_open(paths[i], SM_FILE_READ, 0, NULL);
	if (fd < 0)
		return fd;
	(void)sm_buf_reserve(text, RELEASE_MAX); /* its maximum */
	n = sm_os_file_read(fd, text->ptr, RELEASE_MAX, NULL);
	if (n > 0)
		sm_buf_added(text, (size_t)n);
	sm_os_file_close(fd);
	return n < 0 ? (int)n : 0;
}

int sm_os_platform_describe(struct sm_buf *name, struct sm_buf *version,
			    struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(RELEASE_MAX);
	struct utsname u;
	int r = read_release(&text);

	if (r == 0)
		r = sm_os_platform_release_parse(sm_buf_str(&text), name,
						 version);
	sm_buf_release(&text);
	if (r == 0)
		return 0;
	/* small systems have no such file: the kernel's name will do */
	if (uname(&u) < 0)
		return sm_err_set(e, SM_ENOTFOUND,
				  "cannot find the system's name");
	if ((r = sm_buf_puts(name, "linux")) == 0)
		r = sm_buf_puts(version, u.release);
	return r < 0 ? sm_err_set(e, r, "the system's name is too long") : 0;
}
