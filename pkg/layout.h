/*
 * pkg_layout: the tree of a release as the official downloads have it:
 * OUT/VERSION/linux_64bit/session-manager-plugin.rpm and so on, the same again
 * below OUT/latest, each file with its .sig, and latest/VERSION.
 */
#ifndef PKG_LAYOUT_H
#define PKG_LAYOUT_H

#include "common/err.h"
#include "pkg/build.h"

#define PKG_LAYOUT_TARGETS_MAX 16

/* Binaries for one kind of machine. */
struct pkg_layout_target {
	const char *name; /* "linux-x86_64", "macos-aarch64", ... */
	size_t name_len;
	const char *dir; /* holds bin/session-manager-plugin */
};

/* What is made of one target, and where it goes. */
struct pkg_layout_row {
	const char *target; /* "linux-x86_64" */
	const char *arch;   /* "x86_64" */
	const char *folder; /* "linux_64bit" */
	const char *format; /* of --format */
	const char *file;   /* "session-manager-plugin.rpm" */
	bool bare;          /* also a signature of the binary alone */
};

/* The table of PACKAGING.md 1.1; *n is its length. */
const struct pkg_layout_row *pkg_layout_rows(size_t *n);

/* True if the layout has binaries for the row. */
struct pkg_layout;
bool pkg_layout_has(const struct pkg_layout *l,
		    const struct pkg_layout_row *row);

/* Told of each file when it is written. */
typedef void pkg_layout_done_fn(void *user, const char *path, size_t bytes);

struct pkg_layout {
	const char *out;           /* ".../plugin" */
	struct pkg_build build;    /* manifest, version, roots, clock */
	const struct pkg_key *key; /* for all signatures; NULL: no .sig */
	struct pkg_layout_target target[PKG_LAYOUT_TARGETS_MAX];
	size_t n_targets;
	bool version_only;        /* leave OUT/latest alone */
	pkg_layout_done_fn *done; /* may be NULL */
	void *user;
};

/*
 * Add "linux-x86_64=DIR". Errors: SM_EUSAGE for another name or no "=".
 */
int pkg_layout_add(struct pkg_layout *l, const char *text, struct sm_err *e);

/*
 * Write everything for the targets given. latest/VERSION comes last, so that a
 * reader never finds the number of a release that is not complete.
 * Source: PACKAGING.md 1.1.
 */
int pkg_layout_write(const struct pkg_layout *l, struct sm_err *e);

#endif
