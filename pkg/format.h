/*
 * pkg_format: the table of package formats. A format is one file fmt_NAME.c
 * that fills in one of these, and one row in format.c.
 */
#ifndef PKG_FORMAT_H
#define PKG_FORMAT_H

#include "common/buf.h"
#include "common/err.h"

struct pkg_filelist;
struct pkg_key;
struct pkg_manifest;

/* No artifact is larger; all of one is in memory until it is complete, so a
 * partial one never reaches the disk. */
#define PKG_FORMAT_ARTIFACT_MAX ((size_t)512 << 20)

struct pkg_format {
	const char *name; /* the value of --format */
	const char *ext;  /* ".deb" */

	/* What this format cannot hold; the manifest is complete and valid. */
	int (*check)(const struct pkg_manifest *m, struct sm_err *e);

	/* Append the conventional file name, "name_1.0-1_amd64.deb". */
	int (*filename)(const struct pkg_manifest *m, struct sm_buf *out);

	/* Append the artifact; files that only this format has are added to
	 * the list. `key` may be NULL: no signature inside. */
	int (*write)(const struct pkg_manifest *m, struct pkg_filelist *f,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e);
};

extern const struct pkg_format pkg_fmt_apk;
extern const struct pkg_format pkg_fmt_deb;
extern const struct pkg_format pkg_fmt_exe;
extern const struct pkg_format pkg_fmt_exe_run;
extern const struct pkg_format pkg_fmt_msi;
extern const struct pkg_format pkg_fmt_pkg;
extern const struct pkg_format pkg_fmt_rpm;
extern const struct pkg_format pkg_fmt_targz;
extern const struct pkg_format pkg_fmt_winzip;
extern const struct pkg_format pkg_fmt_zip;
extern const struct pkg_format pkg_fmt_zip_bundle;

/* The format of this name, or NULL if it cannot be written. */
const struct pkg_format *pkg_format_find(const char *name);

/* Permission bits of the artifact's file: some are programs. */
unsigned pkg_format_mode(const struct pkg_format *f);

/*
 * For a format in which nothing runs: SM_EFORMAT if the manifest has scripts.
 */
int pkg_format_no_scripts(const struct pkg_manifest *m, struct sm_err *e);

/* NULL if a manifest may name this format, otherwise what is wrong. */
const char *pkg_format_check_name(const char *z);

#endif
