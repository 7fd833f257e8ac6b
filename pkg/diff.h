/*
 * pkg_diff: where two artifacts differ: in which member of which member, in
 * what the container says of it, at which byte or line.
 */
#ifndef PKG_DIFF_H
#define PKG_DIFF_H

#include "common/err.h"
#include "common/str.h"

/* Containers in containers that are taken apart. */
#define PKG_DIFF_DEPTH_MAX 8

/*
 * Told of one difference: `path` is "data.tar.xz/./usr/bin/x", "" for the
 * whole, `what` "mode 0755 and 0644". Both are printable UTF-8 on one line,
 * whatever the artifacts hold.
 */
typedef void pkg_diff_fn(void *user, const char *path, const char *what);

/*
 * Compare. What differs only in how it was packed is a difference, too.
 * Returns the number of differences, 0 for the same bytes.
 * Errors: none; what cannot be taken apart is compared as bytes, and said.
 */
size_t pkg_diff_run(struct sm_str a, struct sm_str b, pkg_diff_fn *say,
		    void *user);

#endif
