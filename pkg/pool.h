/*
 * pkg_pool: independent pieces of work on all processors, their results taken
 * in order. What comes out does not depend on how many there were.
 */
#ifndef PKG_POOL_H
#define PKG_POOL_H

#include "common/err.h"

#define PKG_POOL_WORKERS_MAX 8

struct pkg_pool {
	size_t n; /* jobs, numbered from 0 */

	/* Do one job; called in any thread, several at a time. */
	int (*work)(void *user, size_t job, struct sm_err *e);

	/* Take its result; called in the caller's thread, in the order of the
	 * numbers, once each. May be NULL. */
	int (*take)(void *user, size_t job, struct sm_err *e);

	void *user;
	size_t workers; /* threads at most; 0: one for each processor */
};

/*
 * Run them all. No more than twice as many results as there are threads wait
 * to be taken.
 *
 * Errors: those of the first job in order that failed, or of its take; jobs
 *         behind it may have run, none of them is taken.
 */
int pkg_pool_run(const struct pkg_pool *p, struct sm_err *e);

/* Processors that are online, from 1 to PKG_POOL_WORKERS_MAX. */
size_t pkg_pool_workers(void);

#endif
