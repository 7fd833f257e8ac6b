/*
 * pkg_zipw: writes one zip into memory.
 *
 * Shape:  sizes in front of the data, no extra fields, "made by Unix" with
 *         modes in the upper half of the external attributes, deflate where
 *         that is smaller.
 * Source: PACKAGING.md 5.7, 6.1; PKWARE's APPNOTE 6.3, 4.3 and 4.4.
 */
#ifndef PKG_ZIPW_H
#define PKG_ZIPW_H

#include "pkg/arc.h"

struct pkg_zipw {
	struct sm_buf *out; /* borrowed */
	size_t base;        /* where the zip begins in it */
	struct sm_buf central;
	size_t n;
};

/* Start a zip that is appended to `out`, which must outlive it. */
void pkg_zipw_begin(struct pkg_zipw *z, struct sm_buf *out);

/*
 * Add one entry; owners are not kept. The name of a folder ends with a slash.
 * Times before 1980 become 1980, seconds are even: what DOS can hold, in UTC.
 * Errors: SM_ELIMIT above the maximum of `out` or what a zip can hold.
 */
int pkg_zipw_put(struct pkg_zipw *z, const struct pkg_arc_entry *entry,
		 struct sm_err *e);

/* Write the directory. Errors: as pkg_zipw_put. */
int pkg_zipw_finish(struct pkg_zipw *z, struct sm_err *e);

/* Frees; what was appended stays in the buffer. */
void pkg_zipw_release(struct pkg_zipw *z);

#endif
