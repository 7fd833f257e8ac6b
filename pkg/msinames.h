/*
 * pkg_msinames: names in a Windows Installer package.
 */
#ifndef PKG_MSINAMES_H
#define PKG_MSINAMES_H

#include "common/mem.h"
#include "common/err.h"

struct pkg_filelist;

#define PKG_MSINAMES_GUID 39  /* bytes: with braces and NUL */
#define PKG_MSINAMES_SHORT 13 /* bytes: 8, a dot, 3, NUL */
#define PKG_MSINAMES_STEM 7

/* The UUID of version 5 of a name in a name space. Errors: SM_ENOTSUP where
 * SHA-1 is not to be had.
 * Source: RFC 9562 5.5. */
int pkg_msinames_uuid(const uint8_t space[16], const char *name,
		      uint8_t out[16], struct sm_err *e);

/* As the tables have it: "{0C1D...}", in capitals. */
void pkg_msinames_guid(const uint8_t u[16], char out[PKG_MSINAMES_GUID]);

/* All before the last slash, and all behind it. */
struct sm_str pkg_msinames_parent(struct sm_str path);
const char *pkg_msinames_base(const char *path);

struct pkg_msinames {
	/* by place in the list: the 8.3 name, or "" where the name is one */
	char (*brief)[PKG_MSINAMES_SHORT];
	/* internal: the last one that has a number */
	const struct pkg_filelist *list;
	struct sm_str last_dir;
	char last_stem[PKG_MSINAMES_STEM];
	unsigned last_number;
};

/* No two are alike in a folder. `arena` owns them; `l` must outlive `s`.
 * Source: Windows Installer, "Filename" data type. */
void pkg_msinames_make(struct pkg_msinames *s, const struct pkg_filelist *l,
		       struct sm_arena *arena);

#endif
