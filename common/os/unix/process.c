/*
 * This process and its children. A child is started with posix_spawn, never
 * through a shell; its output is read by one poll loop that ends when the
 * child has ended, even if something it left behind holds the pipes open.
 */
#include "common/def.h"
#include "common/os/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/os/clock.h"
#include "common/os/errno.h"

/* POSIX leaves the declaration to the program. */
extern char **environ;

#define TICK_MS 20 /* between two looks whether the child has ended */
#define SOON_US 50 /* first of these looks when it has closed its pipes */

struct child {
	const char *name;
	pid_t pid;
	bool ended;
	int wait_status;
	int in;               /* its stdin; -1: the null device */
	int fd[2];            /* our ends: its stdout and stderr; -1 closed */
	struct sm_buf *to[2]; /* NULL: discarded */
};

bool sm_os_process_is_root(void)
{
	return geteuid() == 0;
}

uint32_t sm_os_process_uid(void)
{
	return (uint32_t)geteuid();
}

int sm_os_process_pid(void)
{
	return (int)getpid();
}

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

int sm_os_process_which(const char *name, struct sm_buf *out)
{
	struct sm_buf try = SM_BUF_INIT(SM_BUF_SMALL);
	const char *path = getenv("PATH");
	struct sm_str rest, dir;
	int r = SM_ENOTFOUND;

	if (!*name || strchr(name, '/'))
		return SM_ENOTFOUND;
	rest = sm_str(path ? path : "/usr/bin:/bin");
	while (sm_str_split(&rest, ':', &dir)) {
		if (!sm_str_starts(dir, "/"))
			continue; /* empty or relative: the working folder */
		sm_buf_clear(&try);
		(void)sm_buf_put_str(&try, dir); /* sticks */
		if (sm_buf_printf(&try, "/%s", name) < 0)
			continue;
		if (is_program(try.ptr)) {
			r = sm_buf_put_str(out, sm_buf_str(&try));
			break;
		}
	}
	sm_buf_release(&try);
	return r;
}

/* A pipe above the standard descriptors, so that dup2 hits neither end. */
static int pipe_above(int fd[2])
{
	int raw[2], i, err = 0;

	fd[0] = fd[1] = -1;
	if (pipe(raw) < 0)
		return errno;
	for (i = 0; i < 2; i++) {
		fd[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
		if (fd[i] < 0)
			err = errno;
		(void)close(raw[i]); /* duplicated */
	}
	return err;
}

static int set_attributes(posix_spawnattr_t *a)
{
	sigset_t none, all;
	int err;

	(void)sigemptyset(&none); /* cannot fail */
	(void)sigfillset(&all);   /* cannot fail */
	if ((err = posix_spawnattr_setsigmask(a, &none)))
		return err;
	if ((err = posix_spawnattr_setsigdefault(a, &all)))
		return err;
	return posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK |
						   POSIX_SPAWN_SETSIGDEF);
}

static int set_files(posix_spawn_file_actions_t *fa, int in, int out,
		     int err_fd)
{
	int err;

	err = in < 0 ? posix_spawn_file_actions_addopen(fa, 0, "/dev/null",
							O_RDONLY, 0) :
		       posix_spawn_file_actions_adddup2(fa, in, 0);
	if (err)
		return err;
	if ((err = posix_spawn_file_actions_adddup2(fa, out, 1)))
		return err;
	return posix_spawn_file_actions_adddup2(fa, err_fd, 2);
}

/* Returns an errno value. */
static int spawn(struct child *c, const char *path, const char *const *argv)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t attr;
	int out[2] = { -1, -1 }, errp[2] = { -1, -1 }, err;
	union {
		const char *const *in;
		char *const *out;
	} args = { argv }; /* posix_spawn does not change them */

	if ((err = posix_spawn_file_actions_init(&fa)))
		return err;
	if ((err = posix_spawnattr_init(&attr)))
		goto out;
	if (!(err = pipe_above(out)) && !(err = pipe_above(errp)) &&
	    !(err = set_files(&fa, c->in, out[1], errp[1])) &&
	    !(err = set_attributes(&attr)))
		err = posix_spawn(&c->pid, path, &fa, &attr, args.out, environ);
	(void)posix_spawnattr_destroy(&attr); /* cannot fail */
	if (out[1] >= 0)
		(void)close(out[1]); /* the child's */
	if (errp[1] >= 0)
		(void)close(errp[1]); /* the child's */
	c->fd[0] = out[0];
	c->fd[1] = errp[0];
out:
	(void)posix_spawn_file_actions_destroy(&fa); /* cannot fail */
	return err;
}

/* Take what one pipe has now; it is closed at its end. */
static int drain(struct child *c, int i, struct sm_err *e)
{
	char block[16384];
	ssize_t n;

	do
		n = read(c->fd[i], block, sizeof(block));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return sm_os_errno_set(e, errno, "cannot read from '%s'",
				       c->name);
	if (!n) {
		(void)close(c->fd[i]); /* was only read */
		c->fd[i] = -1;
		return 0;
	}
	if (c->to[i] && sm_buf_put(c->to[i], block, (size_t)n) < 0)
		return sm_err_set(e, SM_ELIMIT, "'%s' printed too much",
				  c->name);
	return 1;
}

/* One wait for output; returns how many blocks came. */
static int turn(struct child *c, int wait_ms, struct sm_err *e)
{
	struct pollfd p[2] = { { c->fd[0], POLLIN, 0 },
			       { c->fd[1], POLLIN, 0 } };
	int got = 0, i, r;

	if (poll(p, 2, wait_ms) < 0) {
		if (errno == EINTR)
			return 0;
		return sm_os_errno_set(e, errno, "cannot wait for '%s'",
				       c->name);
	}
	for (i = 0; i < 2; i++) {
		if (c->fd[i] < 0 || !p[i].revents)
			continue;
		if ((r = drain(c, i, e)) < 0)
			return r;
		got += r;
	}
	return got;
}

static int look(struct child *c, int options, struct sm_err *e)
{
	pid_t p;

	do
		p = waitpid(c->pid, &c->wait_status, options);
	while (p < 0 && errno == EINTR);
	if (p < 0)
		return sm_os_errno_set(e, errno, "cannot wait for '%s'",
				       c->name);
	c->ended = p == c->pid;
	return 0;
}

/* To close both is its last act: look at once, then less and less often. */
static int nap(long *us)
{
	struct timespec t = { 0, *us * 1000 };

	(void)nanosleep(&t, NULL); /* shorter is fine */
	*us = 2 * *us < TICK_MS * 1000 ? 2 * *us : TICK_MS * 1000;
	return 0;
}

static int attend(struct child *c, int timeout_ms, struct sm_err *e)
{
	int64_t end = sm_os_clock_mono_ms() + timeout_ms, left;
	long soon = SOON_US;
	int r;

	while (!c->ended) {
		left = end - sm_os_clock_mono_ms();
		if (left <= 0)
			return sm_err_set(e, SM_ETIMEOUT,
					  "'%s' did not end within %d ms",
					  c->name, timeout_ms);
		if (c->fd[0] < 0 && c->fd[1] < 0)
			r = nap(&soon);
		else
			r = turn(c, left < TICK_MS ? (int)left : TICK_MS, e);
		if (r < 0)
			return r;
		if ((r = look(c, WNOHANG, e)) < 0)
			return r;
	}
	do { /* what it wrote before it ended */
		r = turn(c, 0, e);
	} while (r > 0 && sm_os_clock_mono_ms() < end);
	return r < 0 ? r : 0;
}

/* A pipe that holds all of the input already; its end for the child. */
static int put_input(struct child *c, struct sm_str input, struct sm_err *e)
{
	int fd[2] = { -1, -1 };
	ssize_t n = 0;
	int os, r = 0;

	if (!input.ptr)
		return 0;
	if (input.len > SM_OS_PROCESS_INPUT_MAX)
		return sm_err_set(e, SM_ELIMIT, "too much input for '%s'",
				  c->name);
	os = pipe_above(fd);
	if (!os)
		n = write(fd[1], input.ptr, input.len);
	if (n < 0)
		os = errno;
	else if (!os && (size_t)n != input.len)
		os = EIO; /* a pipe takes this much whole */
	if (fd[1] >= 0)
		(void)close(fd[1]); /* nothing is buffered in it */
	if (os)
		r = sm_os_errno_set(e, os, "cannot feed '%s'", c->name);
	c->in = fd[0];
	return r;
}

static void end_child(struct child *c)
{
	if (c->in >= 0)
		(void)close(c->in); /* was the child's */
	for (int i = 0; i < 2; i++) {
		if (c->fd[i] >= 0)
			(void)close(c->fd[i]); /* was only read */
	}
}

int sm_os_process_filter(struct sm_os_process_filter *f, struct sm_err *e)
{
	struct child c = { f->argv[0],        -1, false, 0, -1, { -1, -1 },
			   { f->out, f->err } };
	struct sm_buf path = SM_BUF_INIT(SM_BUF_SMALL);
	int r, os;

	r = strchr(c.name, '/') ? sm_buf_puts(&path, c.name) :
				  sm_os_process_which(c.name, &path);
	if (r < 0) {
		r = sm_err_set(e, r, "cannot run '%s': not found in PATH",
			       c.name);
		goto out;
	}
	if ((r = put_input(&c, f->input, e)) < 0)
		goto out;
	if ((os = spawn(&c, path.ptr, f->argv))) {
		r = sm_os_errno_set(e, os, "cannot run '%s'", c.name);
		goto out;
	}
	if ((r = attend(&c, f->timeout_ms, e)) < 0 && !c.ended) {
		(void)kill(c.pid, SIGKILL); /* may have ended just now */
		(void)look(&c, 0, NULL);    /* the first error counts */
	} else if (r == 0) {
		f->status = WIFSIGNALED(c.wait_status) ?
				    128 + WTERMSIG(c.wait_status) :
				    WEXITSTATUS(c.wait_status);
	}
out:
	end_child(&c);
	sm_buf_release(&path);
	return r;
}

int sm_os_process_run(const char *const *argv, int timeout_ms,
		      struct sm_buf *out, struct sm_buf *err, int *status,
		      struct sm_err *e)
{
	struct sm_os_process_filter f = {
		.argv = argv, .timeout_ms = timeout_ms, .out = out, .err = err
	};
	int r = sm_os_process_filter(&f, e);

	if (r == 0)
		*status = f.status;
	return r;
}
