/*
 * Standard input from a pipe, a file and the null device: an owner that takes
 * little at a time gets every byte, and the end once, behind all of them.
 */
#include "common/def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/buf.h"
#include "plugin/source.h"

#define TOTAL ((size_t)300000)

struct owner {
	struct sm_buf got;
	size_t room; /* bytes it takes at a time; 0 stops it */
	unsigned ends;
	int uv;
};

static size_t on_data(void *user, struct sm_str bytes)
{
	struct owner *o = user;
	size_t n = bytes.len < o->room ? bytes.len : o->room;

	assert_int_equal(o->ends, 0);
	assert_int_equal(sm_buf_put(&o->got, bytes.ptr, n), 0);
	return n;
}

static void on_end(void *user, int uv)
{
	struct owner *o = user;

	o->ends++;
	o->uv = uv;
}

static const struct plug_source_ops ops = { on_data, on_end };

static void end_loop(uv_loop_t *loop)
{
	(void)uv_run(loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(loop), 0);
}

static void put_pattern(int fd, size_t from, size_t to)
{
	unsigned char b[4096];
	size_t i, n;

	while (from < to) {
		n = to - from < sizeof(b) ? to - from : sizeof(b);
		for (i = 0; i < n; i++)
			b[i] = (unsigned char)((from + i) % 251);
		assert_int_equal(write(fd, b, n), (ssize_t)n);
		from += n;
	}
}

static void check_pattern(const struct sm_buf *b, size_t total)
{
	size_t i;

	assert_int_equal(b->len, total);
	for (i = 0; i < total; i++)
		if ((unsigned char)b->ptr[i] != i % 251)
			fail_msg("byte %lu differs", (unsigned long)i);
}

static void file_in_small_pieces(void **state)
{
	char name[] = "/tmp/test_source.XXXXXX";
	struct owner o = { SM_BUF_INIT(TOTAL * 2), 777, 0, 0 };
	struct plug_source *s;
	uv_loop_t loop;
	int fd = mkstemp(name);

	SM_UNUSED(state);
	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	put_pattern(fd, 0, TOTAL);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_source_new(&loop, fd, &ops, &o, NULL);
	assert_null(plug_source_tty(s));
	while (!o.ends) {
		plug_source_start(s);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	check_pattern(&o.got, TOTAL);
	plug_source_start(s);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(o.ends, 1);
	plug_source_free(s);
	end_loop(&loop);
	(void)close(fd);
	sm_buf_release(&o.got);
}

static void pipe_with_stops(void **state)
{
	struct owner o = { SM_BUF_INIT(TOTAL), 1000, 0, 0 };
	struct plug_source *s;
	uv_loop_t loop;
	size_t sent = 0;
	int p[2];

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_source_new(&loop, p[0], &ops, &o, NULL);
	put_pattern(p[1], 0, 5000);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(o.got.len, 0); /* not started */
	for (sent = 5000; sent < 30000; sent += 5000) {
		plug_source_start(s);
		put_pattern(p[1], sent, sent + 5000);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
		plug_source_stop(s);
	}
	(void)close(p[1]);
	while (!o.ends) {
		plug_source_start(s);
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	}
	check_pattern(&o.got, 30000);
	assert_int_equal(o.uv, UV_EOF);
	plug_source_free(s);
	end_loop(&loop);
	sm_buf_release(&o.got);
}

/* The end waits until the owner took what came before it. */
static void end_behind_held_bytes(void **state)
{
	struct owner o = { SM_BUF_INIT(TOTAL), 2, 0, 0 };
	struct plug_source *s;
	uv_loop_t loop;
	int p[2], i;

	SM_UNUSED(state);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "abc", 3), 3);
	(void)close(p[1]);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_source_new(&loop, p[0], &ops, &o, NULL);
	plug_source_start(s);
	for (i = 0; i < 5; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_string_equal(sm_buf_z(&o.got), "ab");
	assert_int_equal(o.ends, 0);
	plug_source_start(s);
	for (i = 0; i < 5; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_string_equal(sm_buf_z(&o.got), "abc");
	assert_int_equal(o.ends, 1);
	plug_source_free(s);
	end_loop(&loop);
	sm_buf_release(&o.got);
}

static void null_device(void **state)
{
	struct owner o = { SM_BUF_INIT(16), 16, 0, 0 };
	int fd = open("/dev/null", O_RDONLY);
	struct plug_source *s;
	uv_loop_t loop;

	SM_UNUSED(state);
	assert_true(fd >= 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	s = plug_source_new(&loop, fd, &ops, &o, NULL);
	plug_source_start(s);
	while (!o.ends)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(o.got.len, 0);
	plug_source_free(s);
	end_loop(&loop);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_in_small_pieces),
		cmocka_unit_test(pipe_with_stops),
		cmocka_unit_test(end_behind_held_bytes),
		cmocka_unit_test(null_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
