/*
 * pkg_entries: the arrays files[] and links[] of the manifest.
 */
#ifndef PKG_ENTRIES_H
#define PKG_ENTRIES_H

#include "pkg/field.h"

struct pkg_manifest;

/*
 * Read files[] into m->files, leaving out what is for other formats. Defaults
 * are filled in, each entry is checked by itself.
 * Errors: SM_EFORMAT with the place.
 */
int pkg_entries_files(const struct pkg_field *f, const struct pkg_member *arr,
		      struct pkg_manifest *m, struct sm_err *e);

/* Read links[] into m->links. */
int pkg_entries_links(const struct pkg_field *f, const struct pkg_member *arr,
		      struct pkg_manifest *m, struct sm_err *e);

/*
 * Checks between entries: no destination twice, none below one that is no
 * folder, the target of every link among the files.
 */
int pkg_entries_check(const struct pkg_field *f, const struct pkg_manifest *m,
		      struct sm_err *e);

#endif
