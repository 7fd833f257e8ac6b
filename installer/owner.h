/*
 * Who owns an installation directory: a package manager's files are never
 * overwritten silently.
 */
#ifndef INSTALLER_OWNER_H
#define INSTALLER_OWNER_H

#include "common/buf.h"
#include "common/err.h"

/*
 * Look for a native package that owns DIR/bin/session-manager-plugin: dpkg's
 * lists are read directly, rpm is asked if it is there. Returns 1 and appends
 * the command that removes the package, or 0.
 * `root` is "" but in tests.
 */
int inst_owner_find(const char *dir, const char *root, struct sm_buf *command);

/*
 * Refuse to work in a package's directory. `act` begins the message: "cannot
 * install into". Errors: SM_EPERM with the command that removes the package.
 */
int inst_owner_check(const char *dir, const char *act, struct sm_err *e);

#endif
