/*
 * This process and children.
 */
#ifndef COMMON_OS_PROCESS_H
#define COMMON_OS_PROCESS_H

#include "common/buf.h"
#include "common/err.h"

/* Append the absolute path of the running program. */
int sm_os_process_self(struct sm_buf *out, struct sm_err *e);

/* Effective user is root; Windows: elevated. */
bool sm_os_process_is_root(void);
uint32_t sm_os_process_uid(void);
int sm_os_process_pid(void);

/*
 * Run argv[0] (looked up in PATH unless it has a '/') without a shell, stdin
 * from the null device, and wait at most `timeout_ms` (the child is killed
 * then: SM_ETIMEOUT). stdout is appended to `out`, stderr to `err` (either may
 * be NULL: discarded), each up to its maximum (SM_ELIMIT, and the child is
 * killed). *status receives the exit code, or 128 + signal. What the child
 * started itself is not waited for and not killed. SM_ENOTFOUND if there is no
 * such program. argv ends with NULL.
 */
int sm_os_process_run(const char *const *argv, int timeout_ms,
		      struct sm_buf *out, struct sm_buf *err, int *status,
		      struct sm_err *e);

/* More than this is not given to a child at once: it fits in every pipe. */
#define SM_OS_PROCESS_INPUT_MAX 4096

/* A child that is fed. Borrowed. */
struct sm_os_process_filter {
	const char *const *argv; /* as for sm_os_process_run */
	struct sm_str input;     /* all of its stdin */
	int timeout_ms;
	struct sm_buf *out, *err; /* NULL: discarded */
	int status;               /* receives what it ended with */
};

/*
 * As sm_os_process_run, with stdin from memory.
 * Errors: those, and SM_ELIMIT above SM_OS_PROCESS_INPUT_MAX.
 */
int sm_os_process_filter(struct sm_os_process_filter *f, struct sm_err *e);

/*
 * Append the path of a program found in PATH; SM_ENOTFOUND. Empty and relative
 * entries of PATH are passed over: they would run what lies in the working
 * folder.
 */
int sm_os_process_which(const char *name, struct sm_buf *out);

#endif
