/*
 * Error numbers of the C runtime, which has them for its own streams only.
 */
#include "common/def.h"
#include "common/os/errno.h"

#include <errno.h>
#include <stdarg.h>

int sm_os_errno_code(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return SM_ENOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return SM_EPERM;
	case EEXIST:
	case ENOTEMPTY:
		return SM_EEXIST;
	case ENOSPC:
	case EFBIG:
		return SM_ENOSPC;
	case EBUSY:
		return SM_EBUSY;
	case EAGAIN:
		return SM_EAGAIN;
	case ENAMETOOLONG:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return SM_ELIMIT;
	case ENOSYS:
	case EXDEV:
		return SM_ENOTSUP;
	default:
		return SM_EIO;
	}
}

int sm_os_errno_set(struct sm_err *e, int err, const char *fmt, ...)
{
	int code = sm_os_errno_code(err);
	char text[SM_ERR_MSG_MAX], cause[100];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	if (strerror_s(cause, sizeof(cause), err))
		(void)snprintf(cause, sizeof(cause), "error %d",
			       err); /* fits */
	return sm_err_set_os(e, code, err, "%s: %s", text, cause);
}
