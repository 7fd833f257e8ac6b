/*
 * pkg_rpmread: what the header of an rpm says, for the index of a repository.
 */
#ifndef PKG_RPMREAD_H
#define PKG_RPMREAD_H

#include "common/digest.h"
#include "common/err.h"
#include "common/mem.h"
#include "common/rpm.h"

struct pkg_rpmread {
	struct sm_rpm rpm;          /* name, version, where the payload is */
	void *header;               /* librpm's */
	uint64_t size;              /* bytes of the file */
	uint64_t header_start;      /* offset of the main header */
	uint64_t archive_size;      /* of the cpio, not packed; 0: unknown */
	char sha256[SM_SHA256_HEX]; /* of the file */
	struct sm_arena arena;      /* owns what the functions return */
};

/*
 * Read and check the structure and digests of a package, then its header.
 * *p is released by the caller, also after a failure.
 * Errors: those of sm_rpm_read; SM_EFORMAT if librpm cannot read the header.
 */
int pkg_rpmread_load(struct pkg_rpmread *p, const char *path, struct sm_err *e);
void pkg_rpmread_release(struct pkg_rpmread *p);

/* A text, or "" if it is not there. */
const char *pkg_rpmread_text(struct pkg_rpmread *p, int tag);

/* A number, or `otherwise`. */
uint64_t pkg_rpmread_number(struct pkg_rpmread *p, int tag, uint64_t otherwise);

/* Arrays of texts and of numbers; *n is 0 if there is none. */
const char *const *pkg_rpmread_texts(struct pkg_rpmread *p, int tag, size_t *n);
const uint64_t *pkg_rpmread_numbers(struct pkg_rpmread *p, int tag, size_t *n);

#endif
