/*
 * pkg_repo: what the repositories of apt and yum have in common: a folder
 * that is served as it is, a pool of packages in it that only grows, and
 * signed indices that are made again from that pool.
 */
#ifndef PKG_REPO_H
#define PKG_REPO_H

#include "common/buf.h"
#include "common/err.h"
#include "common/fs.h"
#include "common/str.h"

struct pkg_key;

/* Bytes of one index: some KiB for each package. */
#define PKG_REPO_INDEX_MAX ((size_t)64 << 20)
/* Bytes of one package. */
#define PKG_REPO_PACKAGE_MAX ((size_t)512 << 20)

struct pkg_repo {
	const char *dir;           /* served below some URL */
	const struct pkg_key *key; /* signs the indices */
	int64_t now_sec;           /* Unix time of this issue */
	uint32_t days;             /* until clients shall refuse it; 0: never */
	const char *suite;         /* apt: "stable" */
	const char *origin;        /* apt: who publishes */
	const char *const *package; /* files to add, may be none */
	size_t n_packages;
};

/* Write `data` to the repository's `path`, whole, with its folders. */
int pkg_repo_put(const struct pkg_repo *r, const char *path, struct sm_str data,
		 struct sm_err *e);

/*
 * Copy a package to the repository's `path`.
 * Errors: SM_EEXIST if another file with that name was published: clients
 *         know its digest.
 */
int pkg_repo_add(const struct pkg_repo *r, const char *from, const char *path,
		 struct sm_err *e);

/*
 * Call `fn` for every regular file below the folder `pool`, by name; nothing
 * there is fine.
 */
int pkg_repo_walk(const struct pkg_repo *r, const char *pool, sm_fs_walk_fn *fn,
		  void *user, struct sm_err *e);

/* A detached armored signature of `data`, written to `path`. */
int pkg_repo_put_signature(const struct pkg_repo *r, const char *path,
			   struct sm_str data, struct sm_err *e);

/* The public key: key.asc, and key.gpg for "Signed-By". */
int pkg_repo_put_keys(const struct pkg_repo *r, struct sm_err *e);

/* Time of signatures: that of the issue, but not before the key's. */
uint32_t pkg_repo_time(const struct pkg_repo *r);

/*
 * True for a name that may become part of a path: letters, digits and
 * ". + ~ _ -" (and the characters of `more`), beginning with a letter or
 * digit.
 */
bool pkg_repo_is_word(const char *z, const char *more);

#endif
