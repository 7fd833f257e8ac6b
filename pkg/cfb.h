/*
 * pkg_cfb: writes a compound file, the container of Windows Installer
 * packages: streams below one root storage, no further storages.
 */
#ifndef PKG_CFB_H
#define PKG_CFB_H

#include "common/buf.h"
#include "common/err.h"

#define PKG_CFB_STREAMS_MAX 128

/* UTF-16 units of a name, without its NUL. Source: [MS-CFB] 2.6.1. */
#define PKG_CFB_NAME_MAX 31

struct pkg_cfb_stream {
	uint16_t name[PKG_CFB_NAME_MAX];
	size_t n_name;
	struct sm_str data; /* borrowed until pkg_cfb_write */
};

struct pkg_cfb {
	uint8_t clsid[16]; /* of the root, as it stands in the file */
	struct pkg_cfb_stream stream[PKG_CFB_STREAMS_MAX];
	size_t n;
};

/*
 * Add a stream. Names are compared as they are, so letters that differ only in
 * case count as different here, but not for those who read the file.
 * Errors: SM_ELIMIT for too many, SM_EFORMAT for a name that is empty, too
 *         long or there already.
 */
int pkg_cfb_add(struct pkg_cfb *c, const uint16_t *name, size_t n_name,
		struct sm_str data, struct sm_err *e);

/*
 * Put the streams in the order in which a compound file keeps them: shorter
 * names first, then by unit. pkg_cfb_write does it, too.
 * Source: [MS-CFB] 2.6.4.
 */
void pkg_cfb_sort(struct pkg_cfb *c);

/*
 * Append the file: version 3, sectors of 512 bytes, no times, so that the same
 * streams give the same bytes in whatever order they were added.
 *
 * Errors: SM_ELIMIT above the maximum of `out`.
 * Source: [MS-CFB] 2.2 to 2.6.
 */
int pkg_cfb_write(struct pkg_cfb *c, struct sm_buf *out, struct sm_err *e);

#endif
