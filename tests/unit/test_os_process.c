/*
 * Children: output, status, deadline, limits, and what they inherit.
 */
#include "common/def.h"
#include "common/os/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/clock.h"
#include "common/os/env.h"
#include "common/os/file.h"

#define PATIENCE_MS 20000

struct run {
	struct sm_buf out, err;
	struct sm_err e;
	int status, r;
};

static void start(struct run *r, size_t max, int timeout_ms,
		  const char *const *argv)
{
	memset(r, 0, sizeof(*r));
	sm_buf_init(&r->out, max);
	sm_buf_init(&r->err, max);
	r->status = -1;
	r->r = sm_os_process_run(argv, timeout_ms, &r->out, &r->err, &r->status,
				 &r->e);
}

static void end(struct run *r)
{
	sm_buf_release(&r->out);
	sm_buf_release(&r->err);
}

/* A script is handy to make children that misbehave. */
static void script(struct run *r, int timeout_ms, const char *text)
{
	const char *const argv[] = { "sh", "-c", text, NULL };

	start(r, 1000, timeout_ms, argv);
}

static void output_and_status(void **state)
{
	struct run r;

	SM_UNUSED(state);
	script(&r, PATIENCE_MS, "echo out; echo err >&2; exit 7");
	assert_int_equal(r.r, 0);
	assert_int_equal(r.status, 7);
	assert_string_equal(sm_buf_z(&r.out), "out\n");
	assert_string_equal(sm_buf_z(&r.err), "err\n");
	end(&r);
	script(&r, PATIENCE_MS, "kill -TERM $$");
	assert_int_equal(r.r, 0);
	assert_int_equal(r.status, 128 + SIGTERM);
	end(&r);
}

static void arguments_are_not_interpreted(void **state)
{
	const char *const argv[] = { "printf", "%s|", "a b", "$HOME",
				     "",       "*",   "\"",  NULL };
	struct run r;

	SM_UNUSED(state);
	start(&r, 1000, PATIENCE_MS, argv);
	assert_int_equal(r.r, 0);
	assert_string_equal(sm_buf_z(&r.out), "a b|$HOME||*|\"|");
	end(&r);
}

static void stdin_is_empty(void **state)
{
	struct run r;

	SM_UNUSED(state);
	script(&r, PATIENCE_MS, "cat; echo done");
	assert_int_equal(r.r, 0);
	assert_string_equal(sm_buf_z(&r.out), "done\n");
	end(&r);
}

static void output_may_be_discarded(void **state)
{
	const char *const argv[] = { "sh", "-c", "echo a; echo b >&2", NULL };
	int status = -1;

	SM_UNUSED(state);
	assert_int_equal(sm_os_process_run(argv, PATIENCE_MS, NULL, NULL,
					   &status, NULL),
			 0);
	assert_int_equal(status, 0);
}

/* Both streams filled beyond a pipe's capacity do not block each other. */
static void much_output(void **state)
{
	const char *const argv[] = {
		"sh", "-c",
		"i=0; while [ $i -lt 2000 ]; do i=$((i+1));"
		"echo 0123456789012345678901234567890123456789012345678;"
		"echo 0123456789012345678901234567890123456789012345678 >&2;"
		"done",
		NULL
	};
	struct run r;

	SM_UNUSED(state);
	start(&r, 100000, PATIENCE_MS, argv);
	assert_int_equal(r.r, 0);
	assert_int_equal(r.out.len, 100000);
	assert_int_equal(r.err.len, 100000);
	end(&r);
	start(&r, 99999, PATIENCE_MS, argv);
	assert_int_equal(r.r, SM_ELIMIT);
	assert_string_equal(r.e.msg, "'sh' printed too much");
	end(&r);
}

static void deadline(void **state)
{
	int64_t from = sm_os_clock_mono_ms();
	struct run r;

	SM_UNUSED(state);
	script(&r, 100, "echo begun; exec sleep 60");
	assert_int_equal(r.r, SM_ETIMEOUT);
	assert_string_equal(r.e.msg, "'sh' did not end within 100 ms");
	assert_string_equal(sm_buf_z(&r.out), "begun\n");
	assert_true(sm_os_clock_mono_ms() - from >= 100);
	assert_true(sm_os_clock_mono_ms() - from < 10000);
	end(&r);
	/* also if it closed its output */
	script(&r, 100, "exec >&- 2>&-; exec sleep 60");
	assert_int_equal(r.r, SM_ETIMEOUT);
	end(&r);
}

/* What stays behind with the pipes open does not hold us up. */
static void left_behind(void **state)
{
	int64_t from = sm_os_clock_mono_ms();
	struct run r;

	SM_UNUSED(state);
	script(&r, PATIENCE_MS, "sleep 15 & echo parent");
	assert_int_equal(r.r, 0);
	assert_string_equal(sm_buf_z(&r.out), "parent\n");
	assert_true(sm_os_clock_mono_ms() - from < 10000);
	end(&r);
}

static void not_there(void **state)
{
	const char *const unknown[] = { "no-such-program", NULL };
	const char *const path[] = { "/no/such/program", NULL };
	const char *const folder[] = { "/tmp/", NULL };
	struct run r;

	SM_UNUSED(state);
	start(&r, 100, PATIENCE_MS, unknown);
	assert_int_equal(r.r, SM_ENOTFOUND);
	assert_string_equal(r.e.msg, "cannot run 'no-such-program': "
				     "not found in PATH");
	end(&r);
	start(&r, 100, PATIENCE_MS, path);
	assert_int_equal(r.r, SM_ENOTFOUND);
	assert_string_equal(r.e.msg, "cannot run '/no/such/program': "
				     "No such file or directory");
	end(&r);
	start(&r, 100, PATIENCE_MS, folder);
	assert_int_equal(r.r, SM_EPERM);
	end(&r);
}

static void signals_are_as_at_start(void **state)
{
	sigset_t block, old;
	struct run r;

	SM_UNUSED(state);
	/* ignored and blocked signals are back to normal in the child */
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(sigemptyset(&block), 0);
	assert_int_equal(sigaddset(&block, SIGTERM), 0);
	assert_int_equal(sigprocmask(SIG_BLOCK, &block, &old), 0);
	script(&r, PATIENCE_MS, "kill -PIPE $$; echo alive");
	assert_int_equal(r.status, 128 + SIGPIPE);
	end(&r);
	script(&r, PATIENCE_MS, "kill -TERM $$; echo alive");
	assert_int_equal(r.status, 128 + SIGTERM);
	end(&r);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	(void)signal(SIGPIPE, SIG_DFL);
}

/* What was open before us is not ours to close; what we open is. */
static void descriptors_stay_here(void **state)
{
	static const char list[] = "ls /proc/self/fd | tr '\\n' ' '";
	struct run before, after;
	int fd;

	SM_UNUSED(state);
	script(&before, PATIENCE_MS, list);
	if (!before.out.len) {
		end(&before);
		skip();
	}
	fd = sm_os_dir_open("/", NULL);
	assert_true(fd >= 0);
	script(&after, PATIENCE_MS, list);
	sm_os_file_close(fd);
	assert_string_equal(sm_buf_z(&before.out), sm_buf_z(&after.out));
	end(&before);
	end(&after);
}

/* With the standard descriptors closed the pipes take their numbers. */
static void closed_standard_descriptors(void **state)
{
	int keep[3], i;
	struct run r;

	SM_UNUSED(state);
	for (i = 0; i < 3; i++) {
		keep[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		close(i);
	}
	script(&r, PATIENCE_MS, "echo out; echo err >&2");
	for (i = 0; i < 3; i++) {
		if (keep[i] >= 0)
			(void)dup2(keep[i], i);
		close(keep[i]);
	}
	assert_int_equal(r.r, 0);
	assert_string_equal(sm_buf_z(&r.out), "out\n");
	assert_string_equal(sm_buf_z(&r.err), "err\n");
	end(&r);
}

static void search_path(void **state)
{
	char root[64] = "/tmp/sm-which-XXXXXX", path[200], file[100];
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf old = SM_BUF_INIT(SM_BUF_SMALL);
	FILE *f;

	SM_UNUSED(state);
	assert_int_equal(sm_os_env_get(&old, "PATH"), 1);
	assert_non_null(mkdtemp(root));
	(void)snprintf(file, sizeof(file), "%s/sm-tool", root);
	f = fopen(file, "w");
	assert_non_null(f);
	fclose(f);
	(void)snprintf(path, sizeof(path), "::.:bin:/nowhere:%s", root);
	assert_int_equal(sm_os_env_set("PATH", path), 0);
	/* not executable */
	assert_int_equal(sm_os_process_which("sm-tool", &b), SM_ENOTFOUND);
	assert_int_equal(chmod(file, 0755), 0);
	assert_int_equal(sm_os_process_which("sm-tool", &b), 0);
	assert_string_equal(sm_buf_z(&b), file);
	/* the working folder is never searched */
	assert_int_equal(chdir(root), 0);
	assert_int_equal(sm_os_env_set("PATH", ":."), 0);
	assert_int_equal(sm_os_process_which("sm-tool", &b), SM_ENOTFOUND);
	assert_int_equal(sm_os_process_which("", &b), SM_ENOTFOUND);
	assert_int_equal(sm_os_process_which("./sm-tool", &b), SM_ENOTFOUND);
	assert_int_equal(sm_os_env_set("PATH", sm_buf_z(&old)), 0);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(root), 0);
	sm_buf_release(&b);
	sm_buf_release(&old);
}

static void myself(void **state)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);

	SM_UNUSED(state);
	assert_int_equal(sm_os_process_self(&b, NULL), 0);
	assert_int_equal(b.ptr[0], '/');
	assert_true(sm_str_ends(sm_buf_str(&b), "/test_os_process"));
	assert_int_equal(sm_os_process_pid(), getpid());
	assert_int_equal(sm_os_process_uid(), geteuid());
	assert_int_equal(sm_os_process_is_root(), geteuid() == 0);
	sm_buf_release(&b);
}

/* Input of all lengths up to the limit arrives whole, and then its end. */
static void input(void **state)
{
	const char *const cat[] = { "cat", NULL };
	const char *const none[] = { "true", NULL };
	static char text[SM_OS_PROCESS_INPUT_MAX + 1];
	struct sm_buf out = SM_BUF_INIT(SM_OS_PROCESS_INPUT_MAX);
	const size_t sizes[] = { 0, 1, 32, SM_OS_PROCESS_INPUT_MAX };
	struct sm_os_process_filter f = { .timeout_ms = PATIENCE_MS };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	memset(text, 'x', sizeof(text));
	f.argv = cat;
	f.out = &out;
	for (size_t i = 0; i < SM_ARRAY_LEN(sizes); i++) {
		sm_buf_clear(&out);
		f.status = -1;
		f.input = sm_str_n(text, sizes[i]);
		assert_int_equal(sm_os_process_filter(&f, &e), 0);
		assert_int_equal(f.status, 0);
		assert_int_equal(out.len, sizes[i]);
		assert_memory_equal(out.ptr ? out.ptr : "", text, sizes[i]);
	}
	f.input.len++;
	assert_int_equal(sm_os_process_filter(&f, &e), SM_ELIMIT);
	/* nobody has to read it */
	f.argv = none;
	f.input.len--;
	f.status = -1;
	assert_int_equal(sm_os_process_filter(&f, &e), 0);
	assert_int_equal(f.status, 0);
	sm_buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status),
		cmocka_unit_test(arguments_are_not_interpreted),
		cmocka_unit_test(stdin_is_empty),
		cmocka_unit_test(input),
		cmocka_unit_test(output_may_be_discarded),
		cmocka_unit_test(much_output),
		cmocka_unit_test(deadline),
		cmocka_unit_test(left_behind),
		cmocka_unit_test(not_there),
		cmocka_unit_test(signals_are_as_at_start),
		cmocka_unit_test(descriptors_stay_here),
		cmocka_unit_test(closed_standard_descriptors),
		cmocka_unit_test(search_path),
		cmocka_unit_test(myself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
