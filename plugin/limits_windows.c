/*
 * Limits on Windows: sockets are not counted against anything we could raise.
 */
#include "common/def.h"
#include "plugin/limits.h"

size_t plug_limits_raise(void)
{
	return SIZE_MAX / 2;
}
