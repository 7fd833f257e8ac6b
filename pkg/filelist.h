/*
 * pkg_filelist: what goes into a package, with contents, sorted, complete:
 * what a format writer walks.
 */
#ifndef PKG_FILELIST_H
#define PKG_FILELIST_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"
#include "common/str.h"
#include "pkg/arc.h"

struct pkg_manifest;

/* Upper bounds: no package of ours comes near, and all is kept in memory. */
#define PKG_FILELIST_FILE_MAX ((size_t)128 << 20)
#define PKG_FILELIST_TOTAL_MAX ((uint64_t)512 << 20)

/* How a file is treated besides being installed. */
enum pkg_filelist_flags {
	PKG_FILELIST_CONFIG = 1, /* the user's once installed */
	PKG_FILELIST_DOC = 2,    /* documentation */

	PKG_FILELIST_IMPLIED = 4 /* a parent folder that nobody asked for */
};

struct pkg_file {
	const char *path; /* without a leading '/', no "." or ".." */
	enum pkg_arc_type type;
	unsigned mode; /* permission bits */
	const char *owner;
	const char *group;
	unsigned flags;     /* pkg_filelist_flags */
	struct sm_str data; /* contents, or the text of a link */
};

struct pkg_filelist {
	struct pkg_file *file; /* byte order of path, parents first */
	size_t n;
	size_t cap;
	uint64_t total_bytes;  /* of all contents */
	int64_t newest_sec;    /* Unix time of the newest source, or 0 */
	struct sm_arena arena; /* owns paths and contents */
};

void pkg_filelist_init(struct pkg_filelist *l);
void pkg_filelist_release(struct pkg_filelist *l);

#define PKG_ROOTS_MAX 16

/* Folders in which sources are looked up, in this order. */
struct pkg_roots {
	const char *const *dir; /* at least one, at most PKG_ROOTS_MAX + 1 */
	size_t n;
};

/*
 * Read every source of the resolved manifest and sort. Parent folders that the
 * manifest does not list are added, marked as implied, mode 0755, root.
 *
 * Errors: SM_ENOTFOUND and others of reading, SM_ELIMIT, SM_EFORMAT if a
 *         source is no regular file; the message begins with file and line of
 *         the entry.
 */
int pkg_filelist_load(struct pkg_filelist *l, const struct pkg_manifest *m,
		      const struct pkg_roots *roots, struct sm_err *e);

/*
 * Add a file that a format makes itself (a changelog), keeping the order;
 * nothing happens if the path is taken. `data` is copied.
 */
void pkg_filelist_add(struct pkg_filelist *l, const char *path, unsigned flags,
		      struct sm_str data);

/* Bytes of regular files, each rounded up to whole KiB, and one KiB for each
 * other entry: what Debian calls the installed size. */
uint64_t pkg_filelist_kib(const struct pkg_filelist *l);

/* The file with this path, or NULL. */
const struct pkg_file *pkg_filelist_find(const struct pkg_filelist *l,
					 const char *path);

#endif
