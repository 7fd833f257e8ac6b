/*
 * Random bytes of macOS: getentropy(2), at most 256 at a time.
 */
#include "common/def.h"
#include "common/os/random.h"

#include <sys/random.h>

#define ENTROPY_MAX 256

static SM_NORETURN void no_randomness(void)
{
	static const char text[] = "no random numbers from the system\n";

	(void)fwrite(text, 1, sizeof(text) - 1, stderr); /* nothing to do */
	exit(1);
}

void sm_os_random(void *p, size_t len)
{
	unsigned char *at = p;
	size_t n;

	while (len) {
		n = len < ENTROPY_MAX ? len : ENTROPY_MAX;
		if (getentropy(at, n) < 0)
			no_randomness();
		at += n;
		len -= n;
	}
}
