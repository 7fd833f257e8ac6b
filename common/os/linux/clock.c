/*
 * The steady clock of Linux: boot time, which goes on while the machine
 * sleeps, so that deadlines of a session pass in a closed notebook too.
 */
#include "common/def.h"
#include "common/os/clock.h"

int64_t sm_os_clock_mono_ms(void)
{
	struct timespec ts = { 0, 0 };

	if (clock_gettime(CLOCK_BOOTTIME, &ts) < 0)
		(void)clock_gettime(CLOCK_MONOTONIC, &ts); /* cannot fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
