/*
 * pkg_bom: writes the bill of materials of a macOS package, with the record
 * lengths and padded nodes of Apple's own.
 */
#ifndef PKG_BOM_H
#define PKG_BOM_H

#include "common/buf.h"
#include "common/err.h"

struct pkg_filelist;

/*
 * Append the Bom of the root folder "." and every file of the list, which is
 * complete (no parent missing). Executables get their table of slices.
 *
 * Errors: SM_ELIMIT above the maximum of `out`, SM_EFORMAT for a damaged
 *         Mach-O file and for too many entries.
 * Source: PACKAGING.md 4.6.
 */
int pkg_bom_put(const struct pkg_filelist *l, uint32_t mtime_sec,
		struct sm_buf *out, struct sm_err *e);

/* What our own reader takes, the root among them; one leaf has 510. */
#define PKG_BOM_ENTRIES_MAX 65536

#endif
