/*
 * Debian binary packages: the ar container and the control paragraph. The
 * two tars inside are read by archive.h.
 */
#ifndef COMMON_DEB_H
#define COMMON_DEB_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

struct sm_openpgp_result;
struct sm_openpgp_ring;

/* Where a member's bytes lie in the file. */
struct sm_deb_range {
	uint64_t offset;
	uint64_t size;
};

struct sm_deb {
	struct sm_deb_range binary;  /* debian-binary */
	struct sm_deb_range control; /* control.tar, any compressor */
	struct sm_deb_range data;    /* data.tar, any compressor */
	struct sm_deb_range origin;  /* _gpgorigin; size 0: there is none */
	unsigned n_members;
	char package[128];
	char version[128]; /* as written, with revision */
	char arch[32];     /* Debian's word */
};

/* True if the bytes begin an ar archive (eight are enough). */
bool sm_deb_is_deb(struct sm_str head);

/*
 * Read container and control paragraph. Members must lie inside the file to
 * its last byte; those that begin with '_' before data.tar, and all behind
 * it, are passed over.
 * Errors: SM_EFORMAT, for a second _gpgorigin too, SM_EIO, and those of
 *         sm_archive_next.
 * Source: deb(5); PACKAGING.md 2.1, 2.3.
 */
int sm_deb_read(struct sm_deb *d, int fd, struct sm_err *e);

/*
 * Check the signature inside, _gpgorigin, over the contents of the three
 * members. Only a deb that has no other members passes, and the signature is
 * the last one: nothing else in the file would be covered. `now` is Unix
 * seconds.
 *
 * Errors: SM_ENOTFOUND if there is none; SM_EVERIFY for every refusal; SM_EIO.
 * Source: PACKAGING.md 2.6.
 */
int sm_deb_verify_origin(const struct sm_deb *d, int fd,
			 const struct sm_openpgp_ring *ring, int64_t now,
			 struct sm_openpgp_result *res, struct sm_err *e);

/*
 * Append the control paragraph of a deb that sm_deb_read has taken apart.
 * Errors: SM_EFORMAT if there is none, SM_ELIMIT, those of sm_archive_next.
 */
int sm_deb_control(const struct sm_deb *d, int fd, struct sm_buf *out,
		   struct sm_err *e);

/*
 * The value of a field in a control paragraph, continuation lines left out;
 * empty if it is not there. Field names in any case. Errors: none.
 */
struct sm_str sm_deb_field(struct sm_str paragraph, const char *name);

#endif
