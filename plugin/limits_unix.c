/*
 * Limits on Unix: RLIMIT_NOFILE up to the hard limit, at most OPEN_WANT.
 */
#include "common/def.h"
#include "plugin/limits.h"

#include <sys/resource.h>

/* macOS refuses values above its OPEN_MAX (10240). */
#define OPEN_WANT 10240u

void plug_limits_raise(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= OPEN_WANT)
		return;
	r.rlim_cur = r.rlim_max < OPEN_WANT ? r.rlim_max : OPEN_WANT;
	(void)setrlimit(RLIMIT_NOFILE, &r); /* the old limit serves, too */
}
