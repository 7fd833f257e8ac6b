/*
 * Does a macOS package agree with itself? Payload, Bom and PackageInfo each
 * say which files there are, and the Installer believes all three.
 */
#ifndef COMMON_FLATCHECK_H
#define COMMON_FLATCHECK_H

#include "common/flatpkg.h"

/* Bytes of a payload when unpacked; it is held in memory. */
#define SM_FLATCHECK_PAYLOAD_MAX ((size_t)512 << 20)

/*
 * Check every file's digests, then that Payload and Bom list the same paths
 * with the same type, mode, owner, time, size, checksum and link text, and
 * that PackageInfo has their number and size.
 *
 * Errors: SM_EVERIFY with the first path that differs; those of the readers.
 * Source: PACKAGING.md 4.5.
 */
int sm_flatcheck_run(const struct sm_flatpkg *p, int fd, struct sm_err *e);

#endif
