/*
 * Environment variables and the user's directories; UTF-8 on every platform.
 */
#ifndef COMMON_OS_ENV_H
#define COMMON_OS_ENV_H

#include "common/buf.h"
#include "common/err.h"

/*
 * Append the variable's value. Returns 1 if it is set (even if empty), 0 if
 * not; SM_ELIMIT if it does not fit.
 */
int sm_os_env_get(struct sm_buf *out, const char *name);

/* True if the variable is set and not empty. */
bool sm_os_env_has(const char *name);

/* Set (value not NULL) or remove; what is removed is overwritten in memory,
 * which others may see. Not thread safe: call before threads. */
int sm_os_env_set(const char *name, const char *value);

/* Append the home directory: HOME, else the user database; %USERPROFILE%. */
int sm_os_env_home(struct sm_buf *out, struct sm_err *e);

#endif
