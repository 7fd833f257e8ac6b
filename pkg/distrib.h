/*
 * pkg_distrib: a package for SSM Distributor, from a published release.
 */
#ifndef PKG_DISTRIB_H
#define PKG_DISTRIB_H

#include "common/err.h"

struct pkg_facts;

/*
 * Write manifest.json and one zip for each kind of machine that the release
 * has a package for, to the folder `out`. `epoch_sec` is the time in the zips,
 * from 1980 on.
 *
 * Errors: SM_ENOTFOUND if the release has nothing for it; those of
 *         pkg_facts_read.
 * Source: PACKAGING.md 9.3.
 */
int pkg_distrib_write(const struct pkg_facts *f, const char *out,
		      int64_t epoch_sec, struct sm_err *e);

#endif
