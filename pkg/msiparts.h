/*
 * pkg_msiparts: the pieces of a Windows Installer package for pkg_parts: its
 * summary, every table as text, the files by the place where they are
 * installed, and what other streams there are.
 */
#ifndef PKG_MSIPARTS_H
#define PKG_MSIPARTS_H

#include "pkg/parts.h"

/*
 * Add the parts of `data` to *p.
 * Errors: those of pkg_msiread; SM_EFORMAT, SM_ELIMIT for a cabinet.
 */
int pkg_msiparts_read(struct pkg_parts *p, struct sm_str data,
		      struct sm_err *e);

#endif
