/*
 * pkg_progparts: takes apart programs that carry something: an archive behind
 * them, an Authenticode signature.
 */
#ifndef PKG_PROGPARTS_H
#define PKG_PROGPARTS_H

#include "pkg/parts.h"

/* True for what begins like a program for Windows or Linux. */
bool pkg_progparts_may(struct sm_str data);

/* True for a program for Windows or Linux that has one of the two. */
bool pkg_progparts_is(struct sm_str data);

/*
 * Its parts: "program", "archive", "signature". The first is without what
 * signing changes in it, so two signatures of one program differ only in the
 * last. One that carries nothing is its only part.
 * Errors: those of pkg_parts_read.
 */
int pkg_progparts_read(struct pkg_parts *p, struct sm_str data,
		       struct sm_err *e);

#endif
