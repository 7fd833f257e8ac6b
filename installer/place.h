/*
 * Where to install: the directory and the link, made absolute.
 */
#ifndef INSTALLER_PLACE_H
#define INSTALLER_PLACE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

struct inst_place {
	const char *dir;  /* absolute, clean */
	const char *link; /* absolute, clean; "" on Windows, where the Path
			     takes its place */
	bool user;        /* asked for below the home directory */
};

/*
 * `dir` and `link` as the user gave them (NULL: the default; `user`: below
 * the home directory instead). A relative path is taken from the working
 * directory. Owns: the texts live in the arena.
 * Errors: SM_EUSAGE for an empty path or "/" as directory; SM_ENOTFOUND
 * without a home directory; SM_ENOTSUP for a link on Windows.
 */
int inst_place_resolve(struct inst_place *p, struct sm_arena *a,
		       const char *dir, const char *link, bool user,
		       struct sm_err *e);

/*
 * This platform's places when none is given. Windows: DIR is where an
 * installation is already, if that is in one of two.
 */
int inst_place_default(struct inst_place *p, struct sm_arena *a, bool user,
		       struct sm_err *e);

/*
 * Is LINK's directory missing in `path`, the value of PATH? Then append the
 * line for a shell's profile that adds it, and return 1; else 0. Always 0 for
 * a place that the user did not ask for with --user, and where there is no
 * link.
 */
int inst_place_off_path(const struct inst_place *p, const char *path,
			struct sm_buf *line);

/* The texts of -i and -b in the help: they name the defaults. */
extern const char inst_place_dir_help[], inst_place_link_help[];

/* A path as people write it here, with '/'. */
const char *inst_place_given(struct sm_arena *a, const char *path);

#endif
