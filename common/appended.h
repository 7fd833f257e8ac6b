/*
 * An archive that a program carries behind its own code: a self-contained
 * installer is the installer, a zip with what it installs, and a trailer that
 * says where the zip lies.
 *
 * The program runs as if nothing followed; zip tools, which look from the
 * end, list the archive. In a Windows program the trailer stands before the
 * certificate table, so that an Authenticode signature covers archive and
 * trailer; in any other it ends the file.
 *
 * The digest finds damage. Who made the file is a matter of its signature.
 */
#ifndef COMMON_APPENDED_H
#define COMMON_APPENDED_H

#include "common/archive.h"
#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"

/*
 * Shape of the trailer: 8 bytes magic, then little endian: 32 bits version,
 *   32 bits of zero, 64 bits offset of the archive from the start of the
 *   file, 64 bits its size; its SHA-256. It follows the archive directly.
 * Source: docs/self-contained.md.
 */
#define SM_APPENDED_TRAILER 64
#define SM_APPENDED_VERSION 1
/* Up to 7 bytes of zero may stand behind it: a certificate table begins at a
 * multiple of 8 (PACKAGING.md 5.1). */
#define SM_APPENDED_PADDING 7
/* As for every package of the plugin; see common/package.h. */
#define SM_APPENDED_MAX ((uint64_t)256 << 20)

struct sm_appended {
	uint64_t offset; /* of the archive, from the start of the file */
	uint64_t size;   /* of the archive, bytes */
	uint8_t sha256[SM_SHA256_SIZE];
};

/*
 * Find the archive behind the program that `fd` is open on. The position of
 * `fd` neither matters nor moves. Nothing is unpacked, and the digest is not
 * compared: see sm_appended_check.
 *
 * Errors: SM_ENOTFOUND if there is none, SM_EFORMAT if the trailer says what
 *         cannot be or the Windows program around it is damaged, SM_ELIMIT,
 *         SM_ENOTSUP for another version of the trailer, SM_EIO.
 */
int sm_appended_find(int fd, struct sm_appended *a, struct sm_err *e);

/*
 * Compare the archive's bytes with the digest of the trailer.
 * Errors: SM_EVERIFY if they differ, SM_EIO.
 */
int sm_appended_check(int fd, const struct sm_appended *a, struct sm_err *e);

/* The archive's place, for sm_archive_open_new. */
struct sm_archive_range sm_appended_range(const struct sm_appended *a);

/*
 * Append archive and trailer to a program: `out` holds the whole program and
 * nothing else. Zeros before the archive make the length a multiple of 8, so
 * that signing adds no padding.
 *
 * The caller sees to it that a Windows program is not signed yet.
 *
 * Errors: SM_ELIMIT if the archive is too large, or does not fit into `out`.
 */
int sm_appended_put(struct sm_buf *out, struct sm_str archive,
		    struct sm_err *e);

#endif
