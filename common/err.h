/*
 * Errors: 0 or positive is success, negative is one SM_E... code.
 *
 * A function that can fail for a reason that a person must read takes a
 * `struct sm_err *` last and fills it once, where the failure is found;
 * callers put context in front with sm_err_wrap. `e` may be NULL everywhere.
 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include "common/def.h"

/* clang-format off */
#define SM_ERRORS(X)                                                  \
	X(SM_EIO,      -1,  "input/output error")                     \
	X(SM_EFORMAT,  -2,  "malformed data")                         \
	X(SM_ELIMIT,   -3,  "size or count above the allowed limit")  \
	X(SM_EVERIFY,  -4,  "signature or digest does not match")     \
	X(SM_EAGAIN,   -5,  "would block")                            \
	X(SM_ENOTFOUND,-6,  "not found")                              \
	X(SM_EEXIST,   -7,  "already exists")                         \
	X(SM_EPERM,    -8,  "permission denied")                      \
	X(SM_ENOSPC,   -9,  "no space left")                          \
	X(SM_ENOTSUP,  -10, "not supported here")                     \
	X(SM_EUSAGE,   -11, "wrong usage")                            \
	X(SM_ETIMEOUT, -12, "timed out")                              \
	X(SM_ENET,     -13, "network error")                          \
	X(SM_EAUTH,    -14, "credentials missing or refused")         \
	X(SM_ECANCEL,  -15, "cancelled")                              \
	X(SM_EOF,      -16, "end of file")                            \
	X(SM_ESTATE,   -17, "not possible in this state")             \
	X(SM_EBUSY,    -18, "in use")
/* clang-format on */

enum sm_err_code {
#define SM_ERR_ENUM(name, value, text) name = value,
	SM_ERRORS(SM_ERR_ENUM)
#undef SM_ERR_ENUM
};

#define SM_ERR_MSG_MAX 512

struct sm_err {
	int code;                 /* SM_E..., or 0 when unset */
	int os;                   /* errno or GetLastError(), or 0 */
	char msg[SM_ERR_MSG_MAX]; /* UTF-8, outermost context first */
};

#define SM_ERR_INIT      \
	{                \
		0, 0, "" \
	}

/* The text of a code of the list above; "unknown error" otherwise. */
const char *sm_err_text(int code);

/* The name of a code ("SM_EIO"), for logs. */
const char *sm_err_name(int code);

/*
 * Set code and message, forgetting what was there. Returns `code`, so that
 * `return sm_err_set(e, SM_EFORMAT, "bad magic in '%s'", name);` works.
 * A message that does not fit is cut at a character boundary.
 */
int sm_err_set(struct sm_err *e, int code, const char *fmt, ...)
	SM_PRINTF(3, 4);

/* The same with the system's error number kept beside the message. */
int sm_err_set_os(struct sm_err *e, int code, int os, const char *fmt, ...)
	SM_PRINTF(4, 5);

/*
 * Put "context: " in front of the message. An unset error takes the text of
 * `code`. Returns `code`.
 */
int sm_err_wrap(struct sm_err *e, int code, const char *fmt, ...)
	SM_PRINTF(3, 4);

/* Back to unset. */
void sm_err_clear(struct sm_err *e);

/* The message, or the text of the code, or "" when unset. Never NULL. */
const char *sm_err_msg(const struct sm_err *e);

#endif
