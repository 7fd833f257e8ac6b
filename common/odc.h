/*
 * The octal cpio of macOS packages, in memory, with everything that it says
 * of an entry: common/archive.h hides owners and masks modes, and a check of
 * a package against its bill of materials needs them.
 */
#ifndef COMMON_ODC_H
#define COMMON_ODC_H

#include "common/err.h"
#include "common/str.h"

struct sm_odc_entry {
	struct sm_str name; /* "./usr/local" */
	unsigned mode;      /* with the type's bits: 0100644 */
	uint32_t uid, gid, nlink;
	uint64_t mtime_sec; /* Unix time */
	struct sm_str data; /* contents, or the text of a link */
};

/*
 * Take the next entry from the front of *rest: 1, or 0 behind the last, when
 * only zeros may follow. Views point into *rest.
 *
 * Errors: SM_EFORMAT.
 * Source: POSIX pax, "cpio Interchange Format"; PACKAGING.md 4.5.
 */
int sm_odc_next(struct sm_str *rest, struct sm_odc_entry *en, struct sm_err *e);

#endif
