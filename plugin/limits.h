/*
 * Limits of this process.
 */
#ifndef PLUGIN_LIMITS_H
#define PLUGIN_LIMITS_H

/* As many open descriptors as the system allows us: a thousand connections
 * need more than the usual soft limit. Best effort. */
void plug_limits_raise(void);

#endif
