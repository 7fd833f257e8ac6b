/*
 * Limits on Windows: sockets are not counted against anything we could raise.
 */
#include "common/def.h"
#include "plugin/limits.h"

void plug_limits_raise(void)
{
}
