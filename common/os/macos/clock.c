/*
 * The steady clock of macOS: CLOCK_MONOTONIC_RAW is mach_continuous_time there
 * and goes on while the machine sleeps (clock_gettime(3)).
 */
#include "common/def.h"
#include "common/os/clock.h"

int64_t sm_os_clock_mono_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &ts); /* cannot fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
