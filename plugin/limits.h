/*
 * Limits of this process.
 */
#ifndef PLUGIN_LIMITS_H
#define PLUGIN_LIMITS_H

#include <stddef.h>

/* The least that plug_limits_raise says there is. */
#define PLUG_LIMITS_MIN 64u

/*
 * As many open descriptors as the system allows us: a thousand connections
 * need more than the usual soft limit. Best effort, and once is enough.
 * Returns how many may be open, PLUG_LIMITS_MIN or more; on Windows, where
 * nothing limits them, a number that is never reached.
 */
size_t plug_limits_raise(void);

#endif
