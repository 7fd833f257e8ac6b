/*
 * What this platform's build can do.
 */
#ifndef INSTALLER_SUPPORT_H
#define INSTALLER_SUPPORT_H

#include "common/err.h"

/*
 * 0 where installing and removing work (Linux, macOS). Windows has no links
 * without privilege and needs replacement one by one under a journal, which
 * this version does not have: SM_ENOTSUP, saying what to use instead.
 */
int inst_support_check(struct sm_err *e);

/*
 * At the start of the program: a closed standard stream is opened for reading
 * from the null device, so that no file of an installation becomes stdout and
 * gets messages written into it; a file above the size limit is an error of
 * writing instead of a signal.
 */
void inst_support_start(void);

#endif
