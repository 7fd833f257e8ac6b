/*
 * The error record: fixed size, so that recording an error cannot fail.
 */
#include "common/def.h"
#include "common/err.h"

#include <stdarg.h>

const char *sm_err_text(int code)
{
	switch (code) {
#define SM_ERR_CASE(name, value, text) \
	case name:                     \
		return text;
		SM_ERRORS(SM_ERR_CASE)
#undef SM_ERR_CASE
	default:
		return "unknown error";
	}
}

const char *sm_err_name(int code)
{
	switch (code) {
#define SM_ERR_CASE(name, value, text) \
	case name:                     \
		return #name;
		SM_ERRORS(SM_ERR_CASE)
#undef SM_ERR_CASE
	default:
		return "SM_E?";
	}
}

/* Do not end in the middle of a UTF-8 sequence after a cut. */
static void trim_partial(char *msg, size_t cap)
{
	size_t n = strlen(msg);

	if (n + 1 < cap)
		return;
	while (n && ((unsigned char)msg[n - 1] & 0xc0) == 0x80)
		n--;
	if (n && ((unsigned char)msg[n - 1] & 0x80))
		n--;
	msg[n] = '\0';
}

SM_PRINTF(4, 0)
static void set_v(struct sm_err *e, int code, int os, const char *fmt,
		  va_list ap)
{
	e->code = code;
	e->os = os;
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap); /* cut is fine */
	trim_partial(e->msg, sizeof(e->msg));
}

int sm_err_set(struct sm_err *e, int code, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		set_v(e, code, 0, fmt, ap);
		va_end(ap);
	}
	return code;
}

int sm_err_set_os(struct sm_err *e, int code, int os, const char *fmt, ...)
{
	va_list ap;

	if (e) {
		va_start(ap, fmt);
		set_v(e, code, os, fmt, ap);
		va_end(ap);
	}
	return code;
}

int sm_err_wrap(struct sm_err *e, int code, const char *fmt, ...)
{
	char old[SM_ERR_MSG_MAX];
	size_t n;
	va_list ap;

	if (!e)
		return code;
	(void)snprintf(old, sizeof(old), "%s",
		       e->msg[0] ? e->msg : sm_err_text(code));
	va_start(ap, fmt);
	set_v(e, code, e->os, fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", old);
	trim_partial(e->msg, sizeof(e->msg));
	return code;
}

void sm_err_clear(struct sm_err *e)
{
	if (!e)
		return;
	e->code = 0;
	e->os = 0;
	e->msg[0] = '\0';
}

const char *sm_err_msg(const struct sm_err *e)
{
	if (!e || (!e->code && !e->msg[0]))
		return "";
	return e->msg[0] ? e->msg : sm_err_text(e->code);
}
