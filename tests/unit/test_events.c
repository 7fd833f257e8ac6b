/*
 * Event lines: their bytes, and readers that are slow, gone, or nobody.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <signal.h>
#include <unistd.h>

#include "common/buf.h"
#include "plugin/events.h"
#include "plugin/sink.h"

#define LOTS 20000

static void on_drained(void *user)
{
	SM_UNUSED(user);
}

static void on_failed(void *user, int uv)
{
	*(int *)user = uv;
}

static const struct plug_sink_ops ops = { on_drained, on_failed };

static struct plug_events *begin(uv_loop_t *loop, int fd, int *failed)
{
	struct plug_events *v;

	*failed = 0;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(uv_loop_init(loop), 0);
	v = plug_events_new(loop, fd, &ops, failed, NULL);
	assert_non_null(v);
	return v;
}

static void end(uv_loop_t *loop, struct plug_events *v)
{
	plug_events_free(v);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
}

static void bytes(void **state)
{
	static const char want[] =
		"{\"event\":\"lost\"}\n"
		"{\"event\":\"closed\",\"reason\":\"a \\\"b\\\" \\\\ "
		"\\n\\u0001 \303\274 \\ufffd\"}\n"
		"{\"event\":\"closed\",\"reason\":\"\"}\n"
		"{\"event\":\"listening\",\"host\":\"::1\",\"port\":65535}\n";
	struct plug_events *v;
	char got[1024];
	uv_loop_t loop;
	int p[2], failed;
	ssize_t n;

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	v = begin(&loop, p[1], &failed);
	plug_events_put(v, "lost");
	plug_events_put_text(v, "closed", "reason",
			     sm_str("a \"b\" \\ \n\001 \303\274 \377"));
	plug_events_put_text(v, "closed", "reason", sm_str(""));
	plug_events_put_port(v, "::1", 65535);
	n = read(p[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, want);
	end(&loop, v);
	(void)close(p[0]);
}

/* A line is whole or not there, and nobody waits. */
static void slow_reader(void **state)
{
	struct sm_buf got = SM_BUF_INIT((size_t)4 << 20);
	struct plug_events *v;
	char b[4096];
	uv_loop_t loop;
	int p[2], failed, i;
	size_t lines = 0, j;
	ssize_t n;

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	v = begin(&loop, p[1], &failed);
	for (i = 0; i < LOTS; i++)
		plug_events_put(v, "accepted");
	assert_true(plug_events_queued(v) > 0);
	while (lines < LOTS) {
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		n = read(p[0], b, sizeof(b));
		assert_true(n > 0);
		(void)sm_buf_put(&got, b, (size_t)n);
		for (j = 0; j < (size_t)n; j++)
			lines += b[j] == '\n';
	}
	assert_int_equal(got.len, LOTS * strlen("{\"event\":\"accepted\"}\n"));
	assert_int_equal(failed, 0);
	sm_buf_release(&got);
	end(&loop, v);
	(void)close(p[0]);
}

static void reader_gone(void **state)
{
	struct plug_events *v;
	uv_loop_t loop;
	int p[2], failed;

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	v = begin(&loop, p[1], &failed);
	(void)close(p[0]);
	plug_events_put(v, "lost");
	plug_events_put(v, "resumed");
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(failed, UV_EPIPE);
	assert_int_equal(plug_events_queued(v), 0);
	end(&loop, v);
}

static void nobody_asked(void **state)
{
	struct sm_err e = SM_ERR_INIT;
	uv_loop_t loop;

	SM_UNUSED(state);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_null(plug_events_new(&loop, -1, &ops, NULL, &e));
	assert_string_equal(sm_err_msg(&e), "");
	plug_events_put(NULL, "lost");
	plug_events_put_text(NULL, "closed", "reason", sm_str("x"));
	plug_events_put_port(NULL, "h", 1);
	assert_int_equal(plug_events_queued(NULL), 0);
	plug_events_free(NULL);
	assert_null(plug_events_new(&loop, 1000, &ops, NULL, &e));
	assert_non_null(strstr(e.msg, "cannot use SSM_PLUGIN_EVENT_FD"));
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes),
		cmocka_unit_test(slow_reader),
		cmocka_unit_test(reader_gone),
		cmocka_unit_test(nobody_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
