/*
 * Random bytes of Windows: the system's preferred generator.
 */
#include "common/def.h"
#include "common/os/random.h"

#include <windows.h>
#include <bcrypt.h>

#define PART_MAX ((size_t)1 << 20)

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
		n = len < PART_MAX ? len : PART_MAX;
		if (BCryptGenRandom(NULL, at, (ULONG)n,
				    BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0)
			no_randomness();
		at += n;
		len -= n;
	}
}
