/*
 * pkg_machofat: one universal Mach-O file from thin ones.
 */
#ifndef PKG_MACHOFAT_H
#define PKG_MACHOFAT_H

#include "common/buf.h"
#include "common/err.h"

/* Thin files for different machines; the whole is below 4 GiB. */
#define PKG_MACHOFAT_MAX 8

/*
 * Append the universal file; slices are in the order of `thin`, unchanged, so
 * that their code signatures stay good.
 *
 * Errors: SM_EFORMAT if one is not a thin 64-bit Mach-O file or two are for
 *         the same machine, SM_ELIMIT above the maximum of `out`.
 * Source: mach-o/fat.h: big-endian header, slices at multiples of the page.
 */
int pkg_machofat_put(const struct sm_str *thin, size_t n, struct sm_buf *out,
		     struct sm_err *e);

#endif
