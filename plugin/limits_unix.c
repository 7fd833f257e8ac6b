/*
 * Limits on Unix: RLIMIT_NOFILE up to the hard limit, at most OPEN_WANT.
 */
#include "common/def.h"
#include "plugin/limits.h"

#include <sys/resource.h>

/* macOS refuses values above its OPEN_MAX (10240). */
#define OPEN_WANT 10240u

size_t plug_limits_raise(void)
{
	struct rlimit r, old;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return PLUG_LIMITS_MIN;
	old = r;
	if (r.rlim_cur < OPEN_WANT) {
		r.rlim_cur = r.rlim_max < OPEN_WANT ? r.rlim_max : OPEN_WANT;
		if (setrlimit(RLIMIT_NOFILE, &r) < 0)
			r = old; /* it serves, too */
	}
	if (r.rlim_cur < PLUG_LIMITS_MIN)
		return PLUG_LIMITS_MIN;
	return r.rlim_cur > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)r.rlim_cur;
}
