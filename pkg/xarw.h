/*
 * pkg_xarw: writes xar archives as Apple's tools do: header of 28 bytes,
 * compressed table of contents, heap.
 */
#ifndef PKG_XARW_H
#define PKG_XARW_H

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"
#include "pkg/cmssign.h"

struct pkg_xarw_file {
	const char *name; /* last part only */
	bool dir;         /* the files of `depth` + 1 behind it are in it */
	unsigned depth;   /* 0 at the top */
	bool deflate;     /* stored under zlib; otherwise as it is */
	struct sm_str data;
};

struct pkg_xarw {
	const struct pkg_xarw_file *file; /* folders before their contents */
	size_t n;
	enum sm_digest_alg alg;         /* SHA256, or SHA1 for old readers */
	uint32_t epoch_sec;             /* all times */
	const struct pkg_cmssign *cert; /* NULL: not signed */
};

#define PKG_XARW_DEPTH_MAX 8

/*
 * Append the archive. What follows the heap is not ours: a stapled ticket is
 * put behind it by others.
 *
 * Errors: SM_ELIMIT above the maximum of `out`, SM_ENOTSUP for another
 *         digest, those of pkg_cmssign.
 * Source: PACKAGING.md 4.1, 4.2.
 */
int pkg_xarw_put(const struct pkg_xarw *x, struct sm_buf *out,
		 struct sm_err *e);

#endif
