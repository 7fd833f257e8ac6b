/*
 * macOS flat packages: what a xar means when it is one. A component package
 * has its files at the top, a product package in one folder NAME.pkg.
 */
#ifndef COMMON_FLATPKG_H
#define COMMON_FLATPKG_H

#include "common/xar.h"

struct sm_flatpkg {
	struct sm_xar xar;
	char identifier[128];
	char version[64];
	uint64_t n_files; /* of PackageInfo, with the root folder */
	uint64_t kib;     /* the same, size installed */
	uint64_t payload; /* offset in the file: cpio under gzip */
	uint64_t payload_size;
};

/*
 * Read the container, PackageInfo, and check the payload's checksum. Exactly
 * one component is taken. The caller releases *p after success.
 *
 * Errors: those of sm_xar_read; SM_EFORMAT without PackageInfo or payload,
 *         SM_ENOTSUP for several components or a payload packed twice.
 * Source: PACKAGING.md 4.4, 4.5.
 */
int sm_flatpkg_read(struct sm_flatpkg *p, int fd, struct sm_err *e);
void sm_flatpkg_release(struct sm_flatpkg *p);

#endif
