/*
 * pkg_odc: writes the octal cpio of macOS packages. libarchive's own writer
 * keeps device numbers and pads (PACKAGING.md 4.5).
 */
#ifndef PKG_ODC_H
#define PKG_ODC_H

#include "common/buf.h"
#include "common/err.h"
#include "pkg/arc.h"

struct pkg_odc {
	struct sm_buf *out;
	uint32_t mtime_sec; /* of all entries */
	uint32_t n;         /* entries so far; the inode numbers */
};

/* Numbers of an octal field of six digits, and of eleven. */
#define PKG_ODC_INODE_MAX 0777777u
#define PKG_ODC_FILE_MAX ((uint64_t)077777777777)

/*
 * Append one entry, owned by user 0 and group 0. Names begin with "." and the
 * order is the caller's, parents first.
 * Errors: SM_ELIMIT above a field's numbers or the maximum of `out`.
 */
int pkg_odc_put(struct pkg_odc *o, const char *name, enum pkg_arc_type type,
		unsigned mode, struct sm_str data, struct sm_err *e);

/* Append what ends the archive. */
int pkg_odc_finish(struct pkg_odc *o, struct sm_err *e);

#endif
