/*
 * pkg_cab: writes a cabinet, the archive inside a Windows Installer package.
 */
#ifndef PKG_CAB_H
#define PKG_CAB_H

#include "common/buf.h"
#include "common/err.h"

/* Source: [MS-CAB] 2: CFFILE's name, and what one folder can hold. */
#define PKG_CAB_NAME_MAX 255
#define PKG_CAB_FILES_MAX 0xFFFF
#define PKG_CAB_BYTES_MAX ((uint64_t)0x7FFF8000)

struct pkg_cab_file {
	const char *name; /* ASCII */
	struct sm_str data;
};

/*
 * Append one cabinet with these files, in this order, in one folder that is
 * compressed with MSZIP. `when_sec` is the time of them all, Unix seconds; one
 * that MS-DOS cannot say becomes 1980-01-01.
 *
 * Errors: SM_ELIMIT above the numbers above or the maximum of `out`,
 *         SM_EFORMAT for no file or a name that is none.
 * Source: [MS-CAB] 2, [MS-MCI] 2.
 */
int pkg_cab_put(const struct pkg_cab_file *file, size_t n, int64_t when_sec,
		struct sm_buf *out, struct sm_err *e);

#endif
