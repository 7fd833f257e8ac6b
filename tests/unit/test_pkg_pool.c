/*
 * The pool: every job once, results in order, the first failure in order.
 */
#include "common/def.h"
#include "pkg/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define JOBS 200

struct state {
	unsigned done[JOBS]; /* each written by one job */
	size_t taken;
	size_t bad;  /* the jobs from here on fail */
	size_t stop; /* so does this take */
};

static int work(void *user, size_t job, struct sm_err *e)
{
	struct state *s = user;

	s->done[job]++;
	return job >= s->bad ? sm_err_set(e, SM_EIO, "job %zu", job) : 0;
}

static int take(void *user, size_t job, struct sm_err *e)
{
	struct state *s = user;

	assert_int_equal(job, s->taken);
	assert_int_equal(s->done[job], 1);
	s->taken++;
	return job == s->stop ? sm_err_set(e, SM_EFORMAT, "take %zu", job) : 0;
}

static int run(struct state *s, size_t n, size_t workers, struct sm_err *e)
{
	const struct pkg_pool p = { n, work, take, s, workers };

	s->taken = 0;
	memset(s->done, 0, sizeof(s->done));
	sm_err_clear(e);
	return pkg_pool_run(&p, e);
}

static void all(void **state)
{
	struct state s = { .bad = JOBS, .stop = JOBS };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	for (size_t workers = 0; workers < 5; workers++) {
		for (size_t n = 0; n <= JOBS; n += 50) {
			assert_int_equal(run(&s, n, workers, &e), 0);
			assert_int_equal(s.taken, n);
		}
	}
}

static void first_failure(void **state)
{
	struct state s = { .bad = 20, .stop = JOBS };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	for (size_t workers = 1; workers < 5; workers++) {
		assert_int_equal(run(&s, JOBS, workers, &e), SM_EIO);
		assert_string_equal(e.msg, "job 20");
		assert_int_equal(s.taken, 20);
		assert_int_equal(s.done[JOBS - 1], 0); /* not run to its end */
	}
}

static void failing_take(void **state)
{
	struct state s = { .bad = JOBS, .stop = 3 };
	struct sm_err e = SM_ERR_INIT;

	SM_UNUSED(state);
	for (size_t workers = 1; workers < 5; workers++) {
		assert_int_equal(run(&s, JOBS, workers, &e), SM_EFORMAT);
		assert_string_equal(e.msg, "take 3");
		assert_int_equal(s.taken, 4);
	}
}

static void no_take(void **state)
{
	struct state s = { .bad = JOBS, .stop = JOBS };
	const struct pkg_pool p = { JOBS, work, NULL, &s, 0 };

	SM_UNUSED(state);
	assert_int_equal(pkg_pool_run(&p, NULL), 0);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(s.done[i], 1);
	assert_true(pkg_pool_workers() >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all),
		cmocka_unit_test(first_failure),
		cmocka_unit_test(failing_take),
		cmocka_unit_test(no_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
