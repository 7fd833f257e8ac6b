/*
 * DIR\bin in the Path that the registry holds for the machine and for the
 * user (PACKAGING.md 5.5). Windows only.
 */
#ifndef INSTALLER_PATHENV_H
#define INSTALLER_PATHENV_H

#include "common/err.h"

#include <stdbool.h>

/* True if it is in one of them. */
bool inst_pathenv_has(const char *dir);

/* Append it. Returns 1 if it was not there. Errors: SM_EPERM, SM_ELIMIT. */
int inst_pathenv_add(const char *dir, bool machine, struct sm_err *e);

/* Take it out of one of them. Returns 1 if it was there. */
int inst_pathenv_remove(const char *dir, bool machine, struct sm_err *e);

#endif
