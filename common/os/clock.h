/*
 * Time. Milliseconds throughout.
 */
#ifndef COMMON_OS_CLOCK_H
#define COMMON_OS_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Never goes back; its zero means nothing. Counts while the machine sleeps
 * where the system offers that (Linux CLOCK_BOOTTIME, Windows, macOS). */
int64_t sm_os_clock_mono_ms(void);

/* Unix time. */
int64_t sm_os_clock_wall_ms(void);

/* Broken-down UTC and local time of Unix seconds; 0 on success. */
int sm_os_clock_utc(int64_t unix_sec, struct tm *out);
int sm_os_clock_local(int64_t unix_sec, struct tm *out);

/* Blocks; for retries in command line tools only. */
void sm_os_clock_sleep_ms(int64_t ms);

#endif
