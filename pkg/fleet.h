/*
 * pkg_fleet: entries for the catalogues of other tools: winget, scoop,
 * Homebrew, AutoPkg, Intune; all from the facts of one release.
 */
#ifndef PKG_FLEET_H
#define PKG_FLEET_H

#include "common/err.h"

struct pkg_facts;

struct pkg_fleet {
	const char *out;        /* folder */
	const char *url;        /* where the release tree is served, https */
	const char *identifier; /* "Publisher.Package", of winget */
	/* Told of each entry, and of one that the release has no file for. */
	void (*done)(void *user, const char *path, const char *lacks);
	void *user;
};

/*
 * Write every entry for which the release has the files.
 *
 * Errors: SM_EUSAGE for a URL or identifier that does not fit; SM_ENOTFOUND
 *         if there is nothing to write; those of pkg_facts_read.
 * Source: PACKAGING.md 9.4, 9.5, 9.6.
 */
int pkg_fleet_write(const struct pkg_fleet *t, const struct pkg_facts *f,
		    struct sm_err *e);

#endif
