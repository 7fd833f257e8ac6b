/*
 * Unix: signals, descriptors, the folder itself as the lock.
 */
#include "common/def.h"
#include "installer/support.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "common/os/env.h"
#include "common/os/file.h"
#include "common/os/process.h"

#define STREAMS 3 /* stdin, stdout, stderr */

void inst_support_start(void)
{
	int fd;

	(void)signal(SIGXFSZ, SIG_IGN); /* cannot fail for this signal */
	do
		fd = sm_os_file_open("/dev/null", SM_FILE_READ, 0, NULL);
	while (fd >= 0 && fd < STREAMS);
	if (fd >= STREAMS)
		sm_os_file_close(fd);
}

/* The signal flag; the number beside it. */
static atomic_bool stopped;
static volatile sig_atomic_t by;

static void on_signal(int number)
{
	by = number;
	atomic_store(&stopped, true);
}

void inst_support_catch(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction a, old;
	size_t i;

	memset(&a, 0, sizeof(a));
	a.sa_handler = on_signal;
	a.sa_flags = SA_RESETHAND | SA_RESTART;
	(void)sigemptyset(&a.sa_mask); /* cannot fail */
	for (i = 0; i < SM_ARRAY_LEN(numbers); i++) {
		/* nohup and its kin have them ignored */
		if (sigaction(numbers[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &a, NULL); /* as above */
	}
}

bool inst_support_stopped(void)
{
	return atomic_load(&stopped);
}

const atomic_bool *inst_support_stop_flag(void)
{
	return &stopped;
}

int inst_support_end(int status)
{
	if (status && inst_support_stopped()) {
		(void)fflush(NULL); /* the error was printed */
		(void)signal(by, SIG_DFL);
		(void)raise(by);
	}
	return status;
}

void inst_support_args(int *argc, char ***argv)
{
	SM_UNUSED(argc);
	SM_UNUSED(argv);
}

/* Is it still the folder of that name? Whoever had the lock may have removed
 * it, and somebody else made a new one. */
static bool is_same(int fd, const char *path)
{
	struct sm_file_info here, there;

	return sm_os_file_fstat(fd, &here, NULL) == 0 &&
	       sm_os_file_stat(path, true, &there, NULL) == 0 &&
	       here.dev == there.dev && here.ino == there.ino;
}

int inst_support_lock(const char *dir, struct sm_err *e)
{
	int r, fd = sm_os_dir_open(dir, e);

	if (fd < 0)
		return fd;
	r = sm_os_file_lock(fd, e);
	if (r >= 0 && !is_same(fd, dir))
		r = sm_err_set(e, SM_EBUSY, "'%s' was replaced", dir);
	if (r >= 0)
		return fd;
	sm_os_file_close(fd);
	return r;
}

/* Can nobody but root and this user rename what lies there? All folders above
 * count; a sticky one is for everybody, to each his own. */
static bool is_safe(const char *dir)
{
	char path[PATH_MAX];
	struct sm_file_info st;
	char *slash;

	if (!realpath(dir, path))
		return true; /* whoever makes something there says why not */
	for (;;) {
		if (sm_os_file_stat(path, true, &st, NULL) < 0 ||
		    (st.uid != 0 && st.uid != sm_os_process_uid()) ||
		    (st.mode & 0022 && !(st.mode & 01000)))
			return false;
		if (!path[1])
			return true;
		slash = strrchr(path, '/');
		slash[slash == path] = '\0';
	}
}

int inst_support_scratch(struct sm_buf *prefix)
{
	if (sm_os_env_get(prefix, "TMPDIR") <= 0 || !is_safe(sm_buf_z(prefix)))
		sm_buf_clear(prefix);
	if (!prefix->len)
		(void)sm_buf_puts(prefix, "/tmp"); /* as the next */
	return sm_buf_puts(prefix, "/session-manager-installer.");
}

void inst_support_complete(struct sm_arena *a, const bool *present,
			   const char **other)
{
	SM_UNUSED(a);
	SM_UNUSED(present);
	SM_UNUSED(other);
}
