/*
 * Wall clock, calendar and sleep. The steady clock is in the kernel's folder.
 */
#include "common/def.h"
#include "common/os/clock.h"

#include <errno.h>

#include "common/err.h"

int64_t sm_os_clock_wall_ms(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts); /* cannot fail */
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int sm_os_clock_utc(int64_t unix_sec, struct tm *out)
{
	time_t t = (time_t)unix_sec;

	if ((int64_t)t != unix_sec || !gmtime_r(&t, out))
		return SM_ELIMIT;
	return 0;
}

int sm_os_clock_local(int64_t unix_sec, struct tm *out)
{
	time_t t = (time_t)unix_sec;

	tzset(); /* localtime_r need not look at TZ */
	if ((int64_t)t != unix_sec || !localtime_r(&t, out))
		return SM_ELIMIT;
	return 0;
}

void sm_os_clock_sleep_ms(int64_t ms)
{
	struct timespec left;

	if (ms <= 0)
		return;
	left.tv_sec = (time_t)(ms / 1000);
	left.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
