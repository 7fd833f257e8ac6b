/*
 * The caller's death: a grandchild hears of the end of its parent.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/parent.h"

static void on_gone(void *user)
{
	*(bool *)user = true;
}

static void nothing(uv_prepare_t *h)
{
	SM_UNUSED(h); /* what is watched alone does not keep a loop alive */
}

/* In the grandchild: "w" watched, "n" cannot be watched, "g" gone. */
static void watch(int out)
{
	struct plug_parent *p;
	bool gone = false;
	uv_prepare_t keep;
	uv_loop_t loop;
	int i;

	(void)uv_loop_init(&loop);
	(void)uv_prepare_init(&loop, &keep);
	(void)uv_prepare_start(&keep, nothing);
	p = plug_parent_new(&loop, on_gone, &gone);
	(void)!write(out, p ? "w" : "n", 1);
	for (i = 0; p && i < 10000 && !gone; i++) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		uv_sleep(1);
	}
	if (gone)
		(void)!write(out, "g", 1);
	plug_parent_free(p);
	uv_close((uv_handle_t *)&keep, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	_exit(uv_loop_close(&loop) < 0);
}

static char next(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };
	char c = 0;

	if (poll(&p, 1, 15000) == 1 && read(fd, &c, 1) == 1)
		return c;
	return 0;
}

static void parent_ends(void **state)
{
	int out[2], go[2], status;
	char first, c;
	pid_t pid;

	SM_UNUSED(state);
	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (!fork())
			watch(out[1]);
		(void)!read(go[0], &c, 1); /* live until told */
		_exit(0);
	}
	first = next(out[0]);
	if (first == 'n') { /* a kernel before 5.3 */
		(void)close(go[1]);
		skip();
	}
	assert_int_equal(first, 'w');
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(next(out[0]), 'g');
	(void)close(out[0]);
	(void)close(out[1]);
	(void)close(go[0]);
	(void)close(go[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parent_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
