/*
 * pkg_pack: gzip and xz, in blocks of a fixed size that are compressed side by
 * side. The bytes depend on the data alone, not on how many processors took
 * part; every reader of the formats takes them as one stream.
 */
#ifndef PKG_PACK_H
#define PKG_PACK_H

#include "common/buf.h"
#include "common/err.h"
#include "common/str.h"

/* Threads for one stream. */
#define PKG_PACK_WORKERS 2

/*
 * Append `data` as one raw deflate stream.
 * Source: RFC 1951. `level` is zlib's, 1 to 9.
 * Errors: SM_ELIMIT above the maximum of `out`.
 */
int pkg_pack_deflate(struct sm_str data, int level, struct sm_buf *out,
		     struct sm_err *e);

/* The checksum of gzip and zip, RFC 1952 8. */
uint32_t pkg_pack_crc32(struct sm_str data);

/*
 * Append `data` as gzip of level 9, without name and time, system Unix.
 * Source: RFC 1952. Errors: as pkg_pack_deflate.
 */
int pkg_pack_gzip(struct sm_str data, struct sm_buf *out, struct sm_err *e);

/*
 * Append `data` as xz of preset 6 with CRC64.
 * Source: the .xz file format 1.1.0: one stream of several blocks.
 * Errors: as pkg_pack_deflate.
 */
int pkg_pack_xz(struct sm_str data, struct sm_buf *out, struct sm_err *e);

#endif
