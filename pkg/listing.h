/*
 * pkg_listing: everything that is in an artifact, one line each, containers in
 * containers included, so that two listings can be compared.
 */
#ifndef PKG_LISTING_H
#define PKG_LISTING_H

#include "common/err.h"
#include "common/str.h"

#define PKG_LISTING_DEPTH_MAX 8

/* A line, printable and without line end; valid during the call. */
typedef void pkg_listing_fn(void *user, const char *line);

/*
 * Shape:  "MODE OWNER TIME SIZE DIGEST  PATH -> LINK", with "-" for what the
 *         container does not say; DIGEST is the beginning of the SHA-256.
 *         Behind the line of a text that says what the package is (control
 *         files, scripts, headers) its lines, indented. Facts that have
 *         neither mode nor owner and fit one line are "PATH: TEXT".
 * Errors: those of pkg_parts_read: what can be read is listed first.
 */
int pkg_listing_run(struct sm_str artifact, pkg_listing_fn *fn, void *user,
		    struct sm_err *e);

/* True if an entry of this file name is in it. Errors: as above. */
int pkg_listing_has(struct sm_str artifact, const char *name, struct sm_err *e);

#endif
