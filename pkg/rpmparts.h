/*
 * pkg_rpmparts: the pieces of an rpm for pkg_parts: lead, every tag of both
 * headers by its name and as text, payload.
 */
#ifndef PKG_RPMPARTS_H
#define PKG_RPMPARTS_H

#include "pkg/parts.h"

/*
 * Add the parts of `data` to *p.
 * Source: PACKAGING.md 3.1.
 * Errors: SM_EFORMAT, SM_ELIMIT.
 */
int pkg_rpmparts_read(struct pkg_parts *p, struct sm_str data,
		      struct sm_err *e);

#endif
