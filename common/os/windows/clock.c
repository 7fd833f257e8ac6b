/*
 * Time on Windows. The performance counter goes on while the machine sleeps.
 */
#include "common/def.h"
#include "common/os/clock.h"

#include <windows.h>

#include "common/err.h"

/* 100 ns ticks from 1601 to 1970 (Microsoft, "FILETIME"). */
#define EPOCH_TICKS 116444736000000000LL

int64_t sm_os_clock_mono_ms(void)
{
	LARGE_INTEGER now, per_sec;
	int64_t sec;

	(void)QueryPerformanceCounter(&now);       /* cannot fail since XP */
	(void)QueryPerformanceFrequency(&per_sec); /* cannot fail since XP */
	sec = now.QuadPart / per_sec.QuadPart;
	return sec * 1000 +
	       now.QuadPart % per_sec.QuadPart * 1000 / per_sec.QuadPart;
}

int64_t sm_os_clock_wall_ms(void)
{
	FILETIME ft;
	uint64_t ticks;

	GetSystemTimePreciseAsFileTime(&ft);
	ticks = (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;
	return ((int64_t)ticks - EPOCH_TICKS) / 10000;
}

int sm_os_clock_utc(int64_t unix_sec, struct tm *out)
{
	__time64_t t = unix_sec;

	return _gmtime64_s(out, &t) ? SM_ELIMIT : 0;
}

int sm_os_clock_local(int64_t unix_sec, struct tm *out)
{
	__time64_t t = unix_sec;

	_tzset();
	return _localtime64_s(out, &t) ? SM_ELIMIT : 0;
}

void sm_os_clock_sleep_ms(int64_t ms)
{
	while (ms > 0) {
		DWORD part = ms < 1000000 ? (DWORD)ms : 1000000;

		Sleep(part);
		ms -= part;
	}
}
