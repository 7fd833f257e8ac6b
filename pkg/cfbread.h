/*
 * pkg_cfbread: reads a compound file, the container of Windows Installer
 * packages: the streams below its root storage.
 */
#ifndef PKG_CFBREAD_H
#define PKG_CFBREAD_H

#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"
#include "pkg/cfb.h"

#define PKG_CFBREAD_STREAMS_MAX 4096

struct pkg_cfbread_stream {
	uint16_t name[PKG_CFB_NAME_MAX];
	size_t n_name;
	struct sm_str data;
};

struct pkg_cfbread {
	uint8_t clsid[16]; /* of the root, as it stands in the file */
	struct pkg_cfbread_stream *stream;
	size_t n;
	struct sm_arena arena; /* owns all of it */
};

/* True for what begins like a compound file. */
bool pkg_cfbread_is(struct sm_str file);

/*
 * Read all streams, in the order of the directory. Every entry must be in the
 * tree of names, once, and no two streams may share a sector, so that there is
 * one way to read the file. *c is released by the caller, also after a
 * failure.
 *
 * Memory: about the size of `file`.
 * Errors: SM_EFORMAT if it is damaged; SM_ELIMIT for too many streams;
 *         SM_ENOTSUP for storages below the root.
 * Source: [MS-CFB] 2.2 to 2.6.
 */
int pkg_cfbread_parse(struct pkg_cfbread *c, struct sm_str file,
		      struct sm_err *e);
void pkg_cfbread_release(struct pkg_cfbread *c);

#endif
