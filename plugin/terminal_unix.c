/*
 * Terminal and descriptors on Unix. The rule: stdin's terminal alone is
 * changed, and only while a shell runs; what is shared with the caller
 * (terminal modes, O_NONBLOCK of pipes) is put back by plug_terminal_restore,
 * which every way out calls, fatal signals included.
 */
#include "common/def.h"
#include "plugin/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "common/os/term.h"

/* F_GETFL of 0, 1, 2 at the start; -1: nothing to put back. */
static int saved_flags[3] = { -1, -1, -1 };

/* Signals that end the process where it stands. */
static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

void plug_terminal_open(void)
{
	int fd, i, flags;

	for (i = 0; i < 3; i++) {
		flags = fcntl(i, F_GETFL);
		if (flags >= 0) {
			saved_flags[i] = flags;
			continue;
		}
		/* the lowest free number is i: those below are open */
		fd = open("/dev/null", O_RDWR);
		if (fd >= 0 && fd != i)
			(void)close(fd); /* cannot happen; harmless */
	}
}

/* tcsetattr from the background would stop us without this. */
static void block_ttou(sigset_t *old)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTTOU);
	(void)pthread_sigmask(SIG_BLOCK, &set, old);
}

void plug_terminal_restore(void)
{
	int i, keep = errno;
	sigset_t old;

	block_ttou(&old);
	(void)uv_tty_reset_mode(); /* nothing better to do if it fails */
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	for (i = 0; i < 3; i++)
		if (saved_flags[i] >= 0)
			(void)fcntl(i, F_SETFL, saved_flags[i]);
	errno = keep;
}

static void on_fatal(int sig)
{
	plug_terminal_restore();
	/* SA_RESETHAND made the default action current again */
	(void)raise(sig);
}

static void watch_fatal(void)
{
	struct sigaction sa;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_fatal;
	sa.sa_flags = SA_RESETHAND | SA_NODEFER;
	(void)sigemptyset(&sa.sa_mask);
	for (i = 0; i < SM_ARRAY_LEN(fatal); i++)
		(void)sigaction(fatal[i], &sa, NULL);
}

static int set_mode(uv_tty_t *tty, uv_tty_mode_t mode)
{
	sigset_t old;
	int r;

	block_ttou(&old);
	r = uv_tty_set_mode(tty, mode);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int plug_terminal_raw(uv_tty_t *tty, struct sm_err *e)
{
	int r;

	watch_fatal();
	if ((r = set_mode(tty, UV_TTY_MODE_RAW)) < 0)
		return sm_err_set(e, SM_EIO,
				  "cannot set the terminal to raw mode: %s",
				  uv_strerror(r));
	return 0;
}

void plug_terminal_again(uv_tty_t *tty)
{
	/* libuv believes it is still raw and would do nothing */
	(void)set_mode(tty, UV_TTY_MODE_NORMAL);
	(void)set_mode(tty, UV_TTY_MODE_RAW);
}

void plug_terminal_size(unsigned *cols, unsigned *rows)
{
	/* PROTOCOL.md 9.6: of stdout, and these when it is no terminal */
	if (sm_os_term_size(STDOUT_FILENO, cols, rows) < 0 || !*cols ||
	    !*rows) {
		*cols = 300;
		*rows = 100;
	}
}

bool plug_terminal_keys(struct sm_str typed, struct sm_buf *out)
{
	SM_UNUSED(typed);
	SM_UNUSED(out);
	return false;
}
