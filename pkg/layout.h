/*
 * pkg_layout: the tree of a release as the official downloads have it:
 * OUT/VERSION/linux_64bit/session-manager-plugin.rpm and so on, each file with
 * its .sig; OUT/latest is a link to the newest.
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
	const char *needs;  /* in bin/; without it the row is left out */
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
	const struct pkg_cmssign *exe_cert; /* for Windows' programs, or NULL;
					     * build.cert is for macOS */
	struct pkg_layout_target target[PKG_LAYOUT_TARGETS_MAX];
	size_t n_targets;
	const char *dir;          /* NULL, or write there and publish nothing */
	size_t workers;           /* threads; 0: one for each processor */
	pkg_layout_done_fn *done; /* may be NULL */
	void *user;
};

/*
 * Add "linux-x86_64=DIR". Errors: SM_EUSAGE for another name or no "=".
 */
int pkg_layout_add(struct pkg_layout *l, const char *text, struct sm_err *e);

/*
 * Write everything for the targets given, on all processors. With `dir` file
 * by file below that; else beside OUT/VERSION, and OUT/VERSION, which is
 * replaced, and OUT/latest change once all of it is there.
 *
 * Errors: those of pkg_build_run and of writing; as pkg_layout_check_latest.
 * Source: PACKAGING.md 1.1.
 */
int pkg_layout_write(const struct pkg_layout *l, struct sm_err *e);

/* SM_EEXIST if OUT/latest is there and is no link: a folder cannot be
 * replaced in one step. */
int pkg_layout_check_latest(const char *out, struct sm_err *e);

#endif
