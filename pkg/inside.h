/*
 * pkg_inside: what an artifact carries besides its files: signatures inside,
 * a notary's ticket, an archive behind a program. For looking at: nobody is
 * believed and nothing judged, that is `verify`'s.
 */
#ifndef PKG_INSIDE_H
#define PKG_INSIDE_H

#include "common/err.h"

/* Told of one thing: "time stamp 2026-01-01T00:00:00Z by X". One line of
 * printable UTF-8, whatever the artifact holds. */
typedef void pkg_inside_fn(void *user, const char *what);

/*
 * Tell what is there. Returns 1 for a Windows program, 0 for anything else; a
 * file of no kind that is known here has nothing.
 * Errors: none; what cannot be read is told.
 */
int pkg_inside_list(int fd, pkg_inside_fn *say, void *user);

#endif
