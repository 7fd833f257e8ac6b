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

/* Bytes of a result; an error that is longer than SM_BUF_SMALL is not shown. */
#define RESULT_MAX ((size_t)64 << 20)

void sm_out_init(struct sm_out *o, const char *prog)
{
	memset(o, 0, sizeof(*o));
	o->out = stdout;
	o->err = stderr;
	o->prog = prog;
	/* set and not empty turns colour off (no-color.org) */
	o->colour = sm_os_term_is_tty(STDERR_FD) && !sm_os_env_has("NO_COLOR");
}

/*
 * The text may quote names from an archive or the network: control characters
 * are shown, not sent to the terminal.
 */
SM_PRINTF(3, 0)
static void put_line(FILE *f, size_t max, const char *fmt, va_list ap)
{
	struct sm_buf text = SM_BUF_INIT(max);
	struct sm_buf shown = SM_BUF_INIT(4 * max + SM_BUF_SMALL);

	if (sm_buf_vprintf(&text, fmt, ap) < 0) {
		sm_buf_clear(&text);
		(void)sm_buf_puts(&text, "(message too long)"); /* fits */
	}
	(void)sm_buf_put_visible(&shown, sm_buf_str(&text), "\n\t"); /* fits */
	(void)fwrite(sm_buf_z(&shown), 1, shown.len, f); /* see the top */
	(void)fputc('\n', f);                            /* see the top */
	sm_buf_release(&text);
	sm_buf_release(&shown);
}

void sm_out_say(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->json || o->verbosity < 0)
		return;
	va_start(ap, fmt);
	put_line(o->out, RESULT_MAX, fmt, ap);
	va_end(ap);
}

void sm_out_detail(struct sm_out *o, const char *fmt, ...)
{
	va_list ap;

	if (o->verbosity < 1)
		return;
	va_start(ap, fmt);
	put_line(o->err, RESULT_MAX, fmt, ap);
	va_end(ap);
}

SM_PRINTF(4, 0)
static void say_err(struct sm_out *o, const char *kind, const char *colour,
		    const char *fmt, va_list ap)
{
	(void)fflush(o->out); /* results before the message about them */
	(void)fprintf(o->err, "%s%s%s%s:%s ", o->prog ? o->prog : "",
		      o->prog ? ": " : "", o->colour ? colour : "", kind,
		      o->colour ? PLAIN : ""); /* nobody to tell */
	put_line(o->err, SM_BUF_SMALL, fmt, ap);
	(void)fflush(o->err); /* nobody to tell */
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
