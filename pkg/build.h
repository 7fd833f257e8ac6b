/*
 * pkg_build: from a manifest to one artifact.
 */
#ifndef PKG_BUILD_H
#define PKG_BUILD_H

#include "common/buf.h"
#include "common/err.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"

struct pkg_cmssign;
struct pkg_key;

/* What is asked for. Borrowed. */
struct pkg_build {
	const char *manifest; /* path */
	struct pkg_manifest_want want;
	struct pkg_roots roots;
	const struct pkg_key *key;      /* for signatures inside, or NULL */
	const struct pkg_cmssign *cert; /* the same for macOS, Windows */
	bool sha1_toc;                  /* of a macOS pkg */
	bool embed_origin;              /* sign a deb inside, with key */
	int64_t epoch_sec;              /* the clock; negative: newest source */
};

/*
 * Read, resolve, check, write: the artifact is appended to `out`, its
 * conventional file name to `name`.
 *
 * Errors: SM_EUSAGE for a format that cannot be written; those of the parts.
 */
int pkg_build_run(const struct pkg_build *b, struct sm_buf *out,
		  struct sm_buf *name, struct sm_err *e);

#endif
