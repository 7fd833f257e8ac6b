/*
 * pkg_rpmfiles: the files of an rpm: what its header says about them, and the
 * cpio payload.
 */
#ifndef PKG_RPMFILES_H
#define PKG_RPMFILES_H

#include "pkg/filelist.h"

struct pkg_manifest;
struct pkg_rpmhdr;

/* The packaged files in rpm's order, without the system's own folders. */
struct pkg_rpmfiles {
	const struct pkg_file **file; /* owned array, borrowed files */
	size_t n;
};

/* byte order of the whole path, which rpm searches by bisection. */
void pkg_rpmfiles_init(struct pkg_rpmfiles *f, const struct pkg_filelist *l);
void pkg_rpmfiles_release(struct pkg_rpmfiles *f);

/*
 * Put all file tags into a header. `mtime_sec` is that of every file.
 * Errors: SM_ENOTSUP if SHA-256 is not to be had.
 * Source: PACKAGING.md 3.1; rpm's rpmtag.h.
 */
int pkg_rpmfiles_tags(const struct pkg_rpmfiles *f, uint32_t mtime_sec,
		      struct pkg_rpmhdr *h, struct sm_err *e);

/* Append the payload: newc cpio with "./" names, not compressed. */
int pkg_rpmfiles_payload(const struct pkg_rpmfiles *f, uint32_t mtime_sec,
			 struct sm_buf *out, struct sm_err *e);

#endif
