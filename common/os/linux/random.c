/*
 * Random bytes of Linux: getrandom(2), which waits for the pool at boot.
 */
#include "common/def.h"
#include "common/os/random.h"

#include <errno.h>
#include <sys/random.h>

static SM_NORETURN void no_randomness(void)
{
	static const char text[] = "no random numbers from the system\n";

	(void)fwrite(text, 1, sizeof(text) - 1, stderr); /* nothing to do */
	exit(1);
}

void sm_os_random(void *p, size_t len)
{
	unsigned char *at = p;
	ssize_t n;

	while (len) {
		n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			no_randomness();
		at += n;
		len -= (size_t)n;
	}
}
