/*
 * Locks and signals.
 *
 * Rule: a handler only says which signal came. Who works asks between steps,
 * fails with SM_ECANCEL, and so leaves by the way that every failure takes.
 * The lock is on the folder itself: nothing is left behind by it.
 */
#include "common/def.h"
#include "pkg/guard.h"

#include <signal.h>

#include "common/fs.h"

static volatile sig_atomic_t signal_seen;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int number)
{
	signal_seen = number;
}

static void catch_signals(void)
{
	struct sigaction old, own;

	memset(&own, 0, sizeof(own));
	own.sa_handler = on_signal;
	(void)sigemptyset(&own.sa_mask); /* cannot fail */
	own.sa_flags = SA_RESTART;
	for (size_t i = 0; i < SM_ARRAY_LEN(signals); i++)
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &own, NULL);
}

int pkg_guard_begin(struct pkg_guard *g, const char *dir, struct sm_err *e)
{
	struct sm_file_info st;
	int r;

	g->dir = dir;
	g->fd = -1;
	g->made = sm_os_file_stat(dir, true, &st, NULL) == SM_ENOTFOUND;
	catch_signals();
	if ((r = sm_fs_mkdirs(dir, 0755, e)) < 0)
		return r;
	if ((r = g->fd = sm_os_dir_open(dir, e)) < 0)
		return r;
	r = sm_os_file_lock(g->fd, e);
	if (r == SM_EBUSY)
		sm_err_set(e, r, "'%s' is in use by another run", dir);
	return r;
}

void pkg_guard_end(struct pkg_guard *g)
{
	struct sm_err ignored = SM_ERR_INIT;

	if (g->dir && g->made) /* fails, as it should, if there is something */
		(void)sm_os_dir_remove(g->dir, &ignored);
	if (g->dir && g->fd >= 0)
		sm_os_file_close(g->fd);
	memset(g, 0, sizeof(*g));
}

int pkg_guard_check(struct sm_err *e)
{
	return signal_seen ? sm_err_set(e, SM_ECANCEL, "stopped by signal %d",
					(int)signal_seen) :
			     0;
}

void pkg_guard_die(void)
{
	int number = signal_seen;

	if (!number)
		return;
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}
