/*
 * Work on several processors.
 *
 * Rule: a job touches nothing that another one touches, and its result is its
 * own; only the caller's thread sees results, one after the other, so order
 * and bytes of what is written are those of a single thread. Without threads
 * (one processor, or none to be had) the same happens in the caller's.
 */
#include "common/def.h"
#include "pkg/pool.h"

#include <pthread.h>
#include <unistd.h>

#include "common/mem.h"
#include "pkg/guard.h"

struct result {
	bool ready;
	int code;
	struct sm_err e;
};

struct pool {
	const struct pkg_pool *p;
	pthread_mutex_t lock;   /* of all below */
	pthread_cond_t changed; /* a result is ready or was taken */
	struct result *result;  /* one for each job */
	size_t next;            /* the first job that nobody has begun */
	size_t taken;           /* results that the caller has */
	size_t window;          /* how far work may be ahead of that */
	bool stop;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t pkg_pool_workers(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		return 1;
	return least((size_t)n, PKG_POOL_WORKERS_MAX);
}

/* The next job, or p->n when there is none left; the lock is held. */
static size_t next_job(struct pool *pool)
{
	while (!pool->stop && pool->next < pool->p->n &&
	       pool->next >= pool->taken + pool->window)
		(void)pthread_cond_wait(&pool->changed, &pool->lock);
	return pool->stop || pool->next == pool->p->n ? pool->p->n :
							pool->next++;
}

/* A signal ends the run before the next job. */
static int do_job(const struct pkg_pool *p, size_t job, struct sm_err *e)
{
	int r = pkg_guard_check(e);

	return r < 0 ? r : p->work(p->user, job, e);
}

static void *worker(void *arg)
{
	struct pool *pool = arg;
	struct result *one;
	size_t job;
	int code;

	(void)pthread_mutex_lock(&pool->lock);
	while ((job = next_job(pool)) < pool->p->n) {
		(void)pthread_mutex_unlock(&pool->lock);
		one = &pool->result[job];
		code = do_job(pool->p, job, &one->e);
		(void)pthread_mutex_lock(&pool->lock);
		one->code = code;
		one->ready = true;
		(void)pthread_cond_broadcast(&pool->changed);
	}
	(void)pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static int take(const struct pkg_pool *p, size_t job, int code,
		const struct sm_err *from, struct sm_err *e)
{
	if (code < 0) {
		if (e)
			*e = *from;
		return code;
	}
	return p->take ? p->take(p->user, job, e) : 0;
}

static int take_all(struct pool *pool, struct sm_err *e)
{
	struct result *one;
	int r = 0;

	for (size_t i = 0; i < pool->p->n && r >= 0; i++) {
		one = &pool->result[i];
		(void)pthread_mutex_lock(&pool->lock);
		while (!one->ready)
			(void)pthread_cond_wait(&pool->changed, &pool->lock);
		(void)pthread_mutex_unlock(&pool->lock);
		r = take(pool->p, i, one->code, &one->e, e);
		(void)pthread_mutex_lock(&pool->lock);
		pool->taken = i + 1;
		pool->stop = r < 0;
		(void)pthread_cond_broadcast(&pool->changed);
		(void)pthread_mutex_unlock(&pool->lock);
	}
	return r < 0 ? r : 0;
}

static int run_here(const struct pkg_pool *p, struct sm_err *e)
{
	struct sm_err own = SM_ERR_INIT;
	int r = 0;

	for (size_t i = 0; i < p->n && r >= 0; i++) {
		r = do_job(p, i, &own);
		r = take(p, i, r, &own, e);
	}
	return r < 0 ? r : 0;
}

int pkg_pool_run(const struct pkg_pool *p, struct sm_err *e)
{
	pthread_t thread[PKG_POOL_WORKERS_MAX];
	struct pool pool = { .p = p };
	size_t want = p->workers ? p->workers : pkg_pool_workers();
	size_t n = 0;
	int r;

	want = least(least(want, p->n), PKG_POOL_WORKERS_MAX);
	if (want < 2)
		return run_here(p, e);
	(void)pthread_mutex_init(&pool.lock, NULL);
	(void)pthread_cond_init(&pool.changed, NULL);
	pool.result = sm_mem_zalloc(p->n, sizeof(*pool.result));
	pool.window = 2 * want;
	while (n < want && !pthread_create(&thread[n], NULL, worker, &pool))
		n++;
	r = n ? take_all(&pool, e) : run_here(p, e);
	while (n > 0)
		(void)pthread_join(thread[--n], NULL);
	sm_mem_free(pool.result);
	(void)pthread_cond_destroy(&pool.changed);
	(void)pthread_mutex_destroy(&pool.lock);
	return r;
}
