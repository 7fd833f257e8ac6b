/*
 * Outgoing descriptors: a pipe whose reader is slow, a file, a reader that
 * goes away; every byte in order, the loop never blocked.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "common/mem.h"
#include "plugin/sink.h"

#define TOTAL ((size_t)3 << 20)

struct seen {
	unsigned drained, failed;
	int uv;
};

static void on_drained(void *user)
{
	((struct seen *)user)->drained++;
}

static void on_failed(void *user, int uv)
{
	struct seen *s = user;

	s->failed++;
	s->uv = uv;
}

static const struct plug_sink_ops ops = { on_drained, on_failed };

static char *pattern(void)
{
	char *p = sm_mem_alloc(TOTAL);
	size_t i;

	for (i = 0; i < TOTAL; i++)
		p[i] = (char)(i * 7 + i / 251);
	return p;
}

/* Let the loop end; a sink that was freed leaves nothing on it. */
static void end_loop(uv_loop_t *loop)
{
	(void)uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
}

static void slow_reader(void **state)
{
	char *want = pattern(), *got = sm_mem_alloc(TOTAL);
	struct seen seen = { 0 };
	struct plug_sink *s;
	size_t n = 0, at;
	uv_loop_t loop;
	ssize_t r;
	int p[2];

	SM_UNUSED(state);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(pipe(p), 0);
	s = plug_sink_new(&loop, p[1], "pipe", &ops, &seen, NULL);
	assert_non_null(s);
	for (at = 0; at < TOTAL; at += 1000) /* returns at once, every time */
		plug_sink_write(s, sm_str_n(want + at, TOTAL - at < 1000 ?
							       TOTAL - at :
							       1000));
	assert_true(plug_sink_queued(s) > PLUG_SINK_HIGH);
	assert_int_equal(seen.drained, 0);
	while (n < TOTAL) {
		r = read(p[0], got + n, 5000);
		assert_true(r > 0);
		n += (size_t)r;
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(plug_sink_queued(s), 0);
	assert_true(seen.drained > 0);
	assert_int_equal(seen.failed, 0);
	assert_memory_equal(want, got, TOTAL);
	plug_sink_free(s);
	end_loop(&loop);
	(void)close(p[0]);
	sm_mem_free(want);
	sm_mem_free(got);
}

static void file(void **state)
{
	char name[] = "/tmp/test_sink.XXXXXX", *want = pattern(),
	     *got = sm_mem_alloc(TOTAL);
	struct seen seen = { 0 };
	struct plug_sink *s;
	uv_loop_t loop;
	int fd = mkstemp(name);

	SM_UNUSED(state);
	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_sink_new(&loop, fd, "file", &ops, &seen, NULL);
	assert_non_null(s);
	plug_sink_write(s, sm_str_n(want, 10));
	plug_sink_write(s, sm_str_n(want + 10, 1000000));
	plug_sink_write(s, sm_str_n(want + 1000010, TOTAL - 1000010));
	while (plug_sink_queued(s))
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(seen.failed, 0);
	assert_int_equal(pread(fd, got, TOTAL, 0), (ssize_t)TOTAL);
	assert_memory_equal(want, got, TOTAL);
	plug_sink_free(s);
	end_loop(&loop);
	(void)close(fd);
	sm_mem_free(want);
	sm_mem_free(got);
}

static void full_disk(void **state)
{
	struct seen seen = { 0 };
	struct plug_sink *s;
	uv_loop_t loop;
	int fd = open("/dev/full", O_WRONLY);

	SM_UNUSED(state);
	if (fd < 0)
		skip();
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_sink_new(&loop, fd, "full", &ops, &seen, NULL);
	plug_sink_write(s, sm_str("x"));
	while (!seen.failed)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(seen.uv, UV_ENOSPC);
	plug_sink_write(s, sm_str("y")); /* dropped, said once */
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(seen.failed, 1);
	assert_int_equal(plug_sink_queued(s), 0);
	plug_sink_free(s);
	end_loop(&loop);
	(void)close(fd);
}

static void reader_gone(void **state)
{
	struct seen seen = { 0 };
	struct plug_sink *s;
	uv_loop_t loop;
	int p[2];

	SM_UNUSED(state);
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(pipe(p), 0);
	s = plug_sink_new(&loop, p[1], "pipe", &ops, &seen, NULL);
	(void)close(p[0]);
	plug_sink_write(s, sm_str("x"));
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(seen.failed, 1);
	assert_int_equal(seen.uv, UV_EPIPE);
	plug_sink_free(s);
	end_loop(&loop);
}

static void freed_while_writing(void **state)
{
	char *bytes = pattern();
	struct plug_sink *s;
	uv_loop_t loop;
	int p[2];

	SM_UNUSED(state);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(pipe(p), 0);
	s = plug_sink_new(&loop, p[1], "pipe", NULL, NULL, NULL);
	plug_sink_write(s, sm_str_n(bytes, TOTAL));
	assert_true(plug_sink_queued(s) > 0);
	plug_sink_free(s);
	end_loop(&loop);
	(void)close(p[0]);
	sm_mem_free(bytes);
}

static void not_open(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	struct plug_sink *s;
	uv_loop_t loop;

	SM_UNUSED(state);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_sink_new(&loop, 1000, "SSM_PLUGIN_EVENT_FD", NULL, NULL, &e);
	assert_null(s);
	assert_non_null(strstr(e.msg, "cannot use SSM_PLUGIN_EVENT_FD"));
	end_loop(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(file),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(reader_gone),
		cmocka_unit_test(freed_while_writing),
		cmocka_unit_test(not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
