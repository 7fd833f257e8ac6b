/*
 * The package that this very program carries, if it is a self-contained
 * installer (common/appended.h).
 */
#ifndef INSTALLER_BUNDLED_H
#define INSTALLER_BUNDLED_H

#include "common/mem.h"
#include "common/package.h"
#include "common/receipt.h"

struct inst_bundled {
	int fd;            /* this program, or -1 */
	const char *where; /* its path */
	const char *name;  /* last part of it */
	struct sm_package package;
	uint64_t size; /* of the archive in it */
	char sha256[SM_SHA256_HEX];
	struct sm_arena arena; /* owns the texts */
};

/*
 * Open it, compare its digest and read its facts. Release always, after
 * zeroing by this call.
 *
 * Errors: SM_ENOTFOUND if nothing is carried; those of common/appended.h and
 *         sm_package_read.
 */
int inst_bundled_open(struct inst_bundled *b, struct sm_err *e);
void inst_bundled_release(struct inst_bundled *b);

/*
 * Fill what the receipt says of source, artifact and verification. Nothing is
 * verified: whoever started this program trusts what is in it.
 */
void inst_bundled_receipt(const struct inst_bundled *b, struct sm_receipt *t);

#endif
