/*
 * pkg_pever: the version that a Windows program says it has.
 */
#ifndef PKG_PEVER_H
#define PKG_PEVER_H

#include "common/str.h"

struct pkg_pever {
	uint16_t part[4];  /* FILEVERSION, from the left */
	uint16_t language; /* of the resource, 1033 for American English */
};

/*
 * Read the version resource of a whole program.
 *
 * Errors: SM_ENOTFOUND if it is no program or has no such resource, SM_EFORMAT
 *         if its headers or resources point outside of it.
 * Source: PE format, "The .rsrc Section"; VS_FIXEDFILEINFO.
 */
int pkg_pever_read(struct pkg_pever *v, struct sm_str program);

#endif
