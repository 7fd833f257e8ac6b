/*
 * Lines for people. Failed writes stay in the streams' error flags until
 * sm_out_flush reports them, so that printing needs no checks.
 */
#include "common/def.h"
#include "common/out.h"

#include <errno.h>
#include <stdarg.h>

#include "common/buf.h"
#include "common/os/env.h"
#include "common/os/errno.h"
#include "common/os/term.h"

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

#define STDERR_FD 2

void sm_out_init(struct sm_out *o, const char *prog)
{
	memset(o, 0, sizeof(*o));
	o->out = stdout;
	o->err = stderr;
	o->prog = prog;
	/* set and not empty turns colour off (no-color.org) */
	o->colour = sm_os_term_is_tty(STDERR_FD) && !sm_os_env_has("NO_COLOR");
}

void sm_out_say(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->json || o->verbosity < 0)
		return;
	va_start(ap, fmt);
	(void)vfprintf(o->out, fmt, ap); /* sm_out_flush asks ferror */
	va_end(ap);
	(void)fputc('\n', o->out); /* as above */
}

void sm_out_detail(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->verbosity < 1)
		return;
	va_start(ap, fmt);
	(void)vfprintf(o->err, fmt, ap); /* nobody to tell */
	va_end(ap);
	(void)fputc('\n', o->err); /* nobody to tell */
}

/*
 * The text may quote names from an archive or the network: control characters
 * are shown, not sent to the terminal. C1 in UTF-8 is 0xc2 0x80 to 0x9f.
 */
static void put_visible(FILE *f, struct sm_str s)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		unsigned char next =
			i + 1 < s.len ? (unsigned char)s.ptr[i + 1] : 0;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			(void)fprintf(f, "\\x%02x", c); /* nobody to tell */
		} else if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
			(void)fprintf(f, "\\x%02x", next); /* as above */
			i++;
		} else {
			(void)fputc(c, f); /* as above */
		}
	}
}

SM_PRINTF(4, 0)
static void say_err(struct sm_out *o, const char *kind, const char *colour,
		    const char *fmt, va_list ap)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);

	(void)fflush(o->out); /* results before the message about them */
	(void)fprintf(o->err, "%s%s%s%s:%s ", o->prog ? o->prog : "",
		      o->prog ? ": " : "", o->colour ? colour : "", kind,
		      o->colour ? PLAIN : ""); /* nobody to tell */
	if (sm_buf_vprintf(&text, fmt, ap) < 0) {
		sm_buf_clear(&text);
		(void)sm_buf_puts(&text, "(message too long)"); /* fits */
	}
	put_visible(o->err, sm_buf_str(&text));
	(void)fputc('\n', o->err); /* nobody to tell */
	(void)fflush(o->err);      /* nobody to tell */
	sm_buf_release(&text);
}

void sm_out_warn(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_err(o, "warning", YELLOW, fmt, ap);
	va_end(ap);
}

void sm_out_error(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_err(o, "error", RED, fmt, ap);
	va_end(ap);
}

int sm_out_exit_code(int code)
{
	if (code >= 0)
		return 0;
	if (code == SM_EUSAGE)
		return 2;
	return code == SM_EVERIFY ? 3 : 1;
}

int sm_out_flush(struct sm_out *o, struct sm_err *e)
{
	(void)fflush(o->err); /* nobody to tell */
	errno = 0;
	if (fflush(o->out) == 0 && !ferror(o->out))
		return 0;
	if (errno)
		(void)sm_os_errno_set(e, errno, "cannot write the output");
	else
		(void)sm_err_set(e, SM_EIO, "cannot write the output");
	if (e)
		e->code = SM_EIO;
	return SM_EIO;
}
