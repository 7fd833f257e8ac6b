/*
 * pkg_arc: writes one archive into memory. Containers (ar, tar, cpio) are
 * libarchive's; this fixes everything in them that could differ between two
 * runs. It knows no package format; a zip is pkg/zipw.h's.
 */
#ifndef PKG_ARC_H
#define PKG_ARC_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

enum pkg_arc_format {
	PKG_ARC_AR,    /* BSD names: "debian-binary", no slash */
	PKG_ARC_USTAR, /* POSIX.1-1988; never a PAX header */
	PKG_ARC_NEWC   /* SVR4 cpio without checksum, "070701" */
};

enum pkg_arc_filter {
	PKG_ARC_PLAIN,
	PKG_ARC_GZIP, /* level 9, no name, no time */
	PKG_ARC_XZ    /* level 6, blocks of a fixed size */
};

enum pkg_arc_type {
	PKG_ARC_FILE,
	PKG_ARC_DIR,
	PKG_ARC_LINK
};

struct pkg_arc_entry {
	const char *path; /* as it shall stand in the archive */
	enum pkg_arc_type type;
	unsigned mode;     /* permission bits */
	const char *owner; /* names beside the numbers 0 and 0; NULL: none */
	const char *group;
	int64_t mtime_sec;  /* Unix time */
	struct sm_str data; /* contents, or the text of the link */
};

struct pkg_arc;

/*
 * Start an archive that is appended to `out`.
 *
 * Owns:   *a is the caller's, freed by pkg_arc_free; `out` must outlive it.
 * Errors: SM_ENOTSUP if libarchive was built without the format.
 */
int pkg_arc_new(struct pkg_arc **a, enum pkg_arc_format format,
		enum pkg_arc_filter filter, struct sm_buf *out,
		struct sm_err *e);

/*
 * Add one entry, owned by user 0 and group 0. Order is the caller's.
 * Errors: SM_ELIMIT above the maximum of `out`, SM_EFORMAT if the container
 *         cannot hold the entry (a name too long for ustar).
 */
int pkg_arc_put(struct pkg_arc *a, const struct pkg_arc_entry *entry,
		struct sm_err *e);

/* Write what ends the archive. Errors: as pkg_arc_put. */
int pkg_arc_finish(struct pkg_arc *a, struct sm_err *e);

/* Frees; NULL is fine. What was appended stays in the buffer. */
void pkg_arc_free(struct pkg_arc *a);

/* One blob through a compressor, appended to `out`. */
int pkg_arc_compress(struct sm_str data, enum pkg_arc_filter filter,
		     struct sm_buf *out, struct sm_err *e);

#endif
