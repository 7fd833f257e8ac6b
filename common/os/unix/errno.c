/*
 * Error numbers of POSIX systems. The text is the C locale's: nothing here
 * calls setlocale.
 */
#include "common/def.h"
#include "common/os/errno.h"

#include <errno.h>
#include <stdarg.h>

/* Names that some systems give the same number cannot stand in one switch. */
static int alias(int err)
{
	if (err == EAGAIN || err == EWOULDBLOCK)
		return SM_EAGAIN;
	if (err == ENOTSUP || err == EOPNOTSUPP)
		return SM_ENOTSUP;
	if (err == EEXIST || err == ENOTEMPTY)
		return SM_EEXIST;
	return SM_EIO;
}

int sm_os_errno_code(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return SM_ENOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP:
		return SM_EPERM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return SM_ENOSPC;
	case EBUSY:
	case ETXTBSY:
		return SM_EBUSY;
	case ENAMETOOLONG:
	case EMFILE:
	case ENFILE:
	case EMLINK:
	case ENOMEM:
	case E2BIG:
		return SM_ELIMIT;
	case ENOSYS:
	case EXDEV:
		return SM_ENOTSUP;
	case ETIMEDOUT:
		return SM_ETIMEOUT;
	case ECONNREFUSED:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return SM_ENET;
	default:
		return alias(err);
	}
}

int sm_os_errno_set(struct sm_err *e, int err, const char *fmt, ...)
{
	int code = sm_os_errno_code(err);
	char text[SM_ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut is fine */
	va_end(ap);
	return sm_err_set_os(e, code, err, "%s: %s", text, strerror(err));
}
