/*
 * From GetLastError numbers to ours: private to this folder.
 */
#ifndef COMMON_OS_WINDOWS_WINERR_H
#define COMMON_OS_WINDOWS_WINERR_H

#include "common/err.h"

/* The SM_E code for a system error number; SM_EIO for one without its own. */
int sm_os_winerr_code(unsigned long err);

/* Record "TEXT: cause" with the code of `err`, kept in e->os; returns it. */
int sm_os_winerr_set(struct sm_err *e, unsigned long err, const char *fmt, ...)
	SM_PRINTF(3, 4);

#endif
