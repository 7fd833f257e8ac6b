/*
 * killat: run a command and interfere with its n-th system call on files,
 * counted over all its threads and children.
 *
 *   killat count CMD ARG...      run it, print the number of calls to stderr
 *   killat kill N CMD ARG...     SIGKILL the whole group at entry of call N
 *   killat ERRNO N CMD ARG...    call N fails with ENOSPC, EIO or EACCES
 *   killat ERRNO N+ CMD ARG...   every call from N on, as a full disk does
 *
 * Only what opens or changes files counts: killed between two such calls, a
 * command leaves the same as killed at the second. What the loader and the
 * libraries open below the system's directories does not, nor do messages.
 *
 * Exit status: that of the command; 137 when it was killed. 125: usage.
 * Linux on x86_64 only; the command must be of the same architecture.
 */
#include "common/def.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <linux/ptrace.h>
#include <unistd.h>

struct plan {
	enum {
		COUNT,
		KILL,
		FAIL
	} what;
	long at;
	bool onwards;
	int error;
	long calls;
	pid_t group;
};

/* Thread and process bookkeeping: who is waiting for its forced result. */
#define TASKS_MAX 64
struct task {
	pid_t tid;
	bool forced; /* the call was replaced: set its result at exit */
};

static struct task tasks[TASKS_MAX];

static struct task *task_of(pid_t tid)
{
	size_t i;

	for (i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].tid == tid)
			return &tasks[i];
	}
	for (i = 0; i < TASKS_MAX; i++) {
		if (!tasks[i].tid) {
			tasks[i].tid = tid;
			return &tasks[i];
		}
	}
	return NULL;
}

static int usage(void)
{
	fputs("usage: killat count|kill N|ENOSPC N[+]|EIO N[+]|EACCES N[+] "
	      "CMD ARG...\n",
	      stderr);
	return 125;
}

/* Does the path at this address of the task begin with a system directory? */
static bool is_systems(pid_t tid, uint64_t address)
{
	static const char *const tops[] = { "/lib",     "/usr/",   "/etc/",
					    "/proc/",   "/sys/",   "/dev/null",
					    "/dev/tty", "/var/lib" };
	char path[16] = "";
	struct iovec here = { path, sizeof(path) - 1 };
	/* an address of the other process, never followed here */
	struct iovec there = { (void *)(uintptr_t)address, sizeof(path) - 1 };
	size_t i;

	if (process_vm_readv(tid, &here, 1, &there, 1, 0) <= 0)
		return false;
	for (i = 0; i < SM_ARRAY_LEN(tops); i++) {
		if (!strncmp(path, tops[i], strlen(tops[i])))
			return true;
	}
	return false;
}

static bool touches_files(pid_t tid, const struct ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_open:
		return !is_systems(tid, info->entry.args[0]);
	case SYS_openat:
		return !is_systems(tid, info->entry.args[1]);
	case SYS_creat:
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
	case SYS_rename:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_link:
	case SYS_linkat:
	case SYS_symlink:
	case SYS_symlinkat:
	case SYS_mkdir:
	case SYS_mkdirat:
	case SYS_fsync:
	case SYS_fdatasync:
	case SYS_sync_file_range:
	case SYS_ftruncate:
	case SYS_unlink:
	case SYS_unlinkat:
	case SYS_rmdir:
	case SYS_fchmod:
	case SYS_fchmodat:
	case SYS_chmod:
		return true;
	default:
		return false;
	}
}

/* Messages to the terminal must get out, or the test sees nothing. */
static bool is_message(const struct ptrace_syscall_info *info)
{
	return (info->entry.nr == SYS_write || info->entry.nr == SYS_writev) &&
	       info->entry.args[0] <= 2;
}

static void force(pid_t tid, int error, bool at_exit)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) < 0)
		return;
	if (at_exit)
		regs.rax = (unsigned long long)-(long long)error;
	else
		regs.orig_rax = (unsigned long long)-1; /* no call */
	(void)ptrace(PTRACE_SETREGS, tid, NULL, &regs); /* gone: wait says */
}

/* A syscall stop of one task. Returns true when everything was killed. */
static bool on_syscall(struct plan *p, pid_t tid)
{
	struct ptrace_syscall_info info;
	struct task *t = task_of(tid);
	bool hit;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info) <
	    0)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (t && t->forced) {
			force(tid, p->error, true);
			t->forced = false;
		}
		return false;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (!touches_files(tid, &info) || is_message(&info))
		return false;
	p->calls++;
	hit = p->onwards ? p->calls >= p->at : p->calls == p->at;
	if (p->what == COUNT || !hit)
		return false;
	if (p->what == KILL) {
		(void)kill(-p->group, SIGKILL);
		return true;
	}
	if (t) {
		force(tid, 0, false);
		t->forced = true;
	}
	return false;
}

static int trace(struct plan *p, pid_t child)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	int st, result = 125, sig;
	pid_t tid;

	if (waitpid(child, &st, 0) != child || !WIFSTOPPED(st))
		return 125;
	(void)ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options);
	(void)ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	while ((tid = waitpid(-1, &st, __WALL)) > 0) {
		if (WIFEXITED(st) || WIFSIGNALED(st)) {
			struct task *t = task_of(tid);

			if (t)
				memset(t, 0, sizeof(*t));
			if (tid == child)
				result = WIFEXITED(st) ? WEXITSTATUS(st) :
							 128 + WTERMSIG(st);
			continue;
		}
		sig = WSTOPSIG(st);
		if (sig == (SIGTRAP | 0x80)) {
			if (on_syscall(p, tid))
				continue;
			sig = 0;
		} else if (sig == SIGTRAP || sig == SIGSTOP) {
			sig = 0;
		}
		(void)ptrace(PTRACE_SYSCALL, tid, NULL, (void *)(long)sig);
	}
	return result;
}

static int start(struct plan *p, char **argv)
{
	pid_t child = fork();
	int result;

	if (child < 0)
		return 125;
	if (child == 0) {
		(void)setpgid(0, 0);
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		execvp(argv[0], argv);
		fprintf(stderr, "killat: cannot run '%s'\n", argv[0]);
		_exit(125);
	}
	p->group = child;
	result = trace(p, child);
	if (p->what == COUNT)
		fprintf(stderr, "%ld\n", p->calls);
	return result;
}

static const struct {
	const char *name;
	int value;
} errors[] = {
	{ "ENOSPC", ENOSPC },
	{ "EIO", EIO },
	{ "EACCES", EACCES },
};

int main(int argc, char **argv)
{
	struct plan p = { COUNT, 0, false, 0, 0, 0 };
	char *end;
	size_t i;

	if (argc < 3)
		return usage();
	if (!strcmp(argv[1], "count"))
		return start(&p, argv + 2);
	if (argc < 4)
		return usage();
	p.what = KILL;
	for (i = 0; i < SM_ARRAY_LEN(errors); i++) {
		if (!strcmp(argv[1], errors[i].name)) {
			p.what = FAIL;
			p.error = errors[i].value;
		}
	}
	if (p.what == KILL && strcmp(argv[1], "kill"))
		return usage();
	p.at = strtol(argv[2], &end, 10);
	p.onwards = p.what == FAIL && *end == '+';
	if (p.at < 1 || (*end && !p.onwards))
		return usage();
	return start(&p, argv + 3);
}
