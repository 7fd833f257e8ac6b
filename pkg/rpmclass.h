/*
 * pkg_rpmclass: what kind of file something is, in the words and numbers that
 * rpm keeps of each file for searching.
 */
#ifndef PKG_RPMCLASS_H
#define PKG_RPMCLASS_H

#include "common/buf.h"

struct pkg_file;

/* rpm's colour: 1 for a 32-bit ELF file, 2 for a 64-bit one, else 0.
 * Source: rpm's documentation of multilib colouring. */
unsigned pkg_rpmclass_colour(const struct pkg_file *f);

/*
 * Append the class: file(1)'s words for folders, texts, shell scripts and the
 * front of what it says of an ELF file; "data" for the rest.
 */
int pkg_rpmclass_put(const struct pkg_file *f, struct sm_buf *out);

#endif
