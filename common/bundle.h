/*
 * Zips of the plugin: the bundle (macOS, Linux) and the Windows zip with its
 * package.zip inside. They say nothing of themselves: what they hold does.
 */
#ifndef COMMON_BUNDLE_H
#define COMMON_BUNDLE_H

#include "common/archive.h"
#include "common/os/platform.h"

struct sm_bundle {
	struct sm_archive_range range;    /* where in the file it lies */
	bool windows;                     /* package.zip was inside */
	char prefix[SM_ARCHIVE_NAME_MAX]; /* "sessionmanager-bundle/" or "" */
	char inner[SM_ARCHIVE_NAME_MAX];  /* name of package.zip, or "" */
	char version[64];                 /* VERSION beside bin/, or "" */
	char version_at[SM_ARCHIVE_NAME_MAX]; /* the folder of VERSION */
	uint8_t head[1024];                   /* first bytes of the plugin */
	size_t head_len;
};

/* True if the bytes begin a zip (four are enough). */
bool sm_bundle_is_zip(struct sm_str head);

/*
 * Read every entry to its end and find out what the zip in this part of the
 * file is.
 * Errors: SM_EFORMAT if it is damaged or holds no plugin; those of archive.h.
 * Source: PACKAGING.md 1.7, 6.1.
 */
int sm_bundle_read(struct sm_bundle *b, int fd, struct sm_archive_range range,
		   struct sm_err *e);

/*
 * The zip inside a Windows zip, copied to a private unlinked file. Returns
 * its descriptor, the caller's to close.
 */
int sm_bundle_open_inner(const struct sm_bundle *b, int fd, struct sm_err *e);

#endif
