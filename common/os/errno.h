/*
 * From the C library's error numbers to ours. Private to what calls the system
 * directly: common/os and the platform files of the programs.
 */
#ifndef COMMON_OS_ERRNO_H
#define COMMON_OS_ERRNO_H

#include "common/err.h"

/* The SM_E code for an errno value; SM_EIO for one without its own. */
int sm_os_errno_code(int err);

/*
 * Record "TEXT: cause" with the code of `err`, which is kept in e->os.
 * Returns the code. Changes errno.
 */
int sm_os_errno_set(struct sm_err *e, int err, const char *fmt, ...)
	SM_PRINTF(3, 4);

#endif
