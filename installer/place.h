/*
 * Where to install: the directory and the link, made absolute.
 */
#ifndef INSTALLER_PLACE_H
#define INSTALLER_PLACE_H

#include "common/err.h"
#include "common/mem.h"

struct inst_place {
	const char *dir;  /* absolute, clean */
	const char *link; /* absolute, clean */
};

/*
 * `dir` and `link` as the user gave them (NULL: the default; `user`: below
 * the home directory instead). A relative path is taken from the working
 * directory. Owns: the texts live in the arena.
 * Errors: SM_EUSAGE for an empty path or "/" as directory; SM_ENOTFOUND
 * without a home directory.
 */
int inst_place_resolve(struct inst_place *p, struct sm_arena *a,
		       const char *dir, const char *link, bool user,
		       struct sm_err *e);

#endif
