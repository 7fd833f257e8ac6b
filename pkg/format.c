/*
 * The formats that can be written, and the names that a manifest may use.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "pkg/manifest.h"

static const struct pkg_format *const formats[] = {
	&pkg_fmt_apk,    &pkg_fmt_deb,        &pkg_fmt_exe, &pkg_fmt_exe_run,
	&pkg_fmt_msi,    &pkg_fmt_pkg,        &pkg_fmt_rpm, &pkg_fmt_targz,
	&pkg_fmt_winzip, &pkg_fmt_zip_bundle, &pkg_fmt_zip
};

/* docs/manifest.md, overrides. */
static const char *const known[] = { "deb",   "rpm",    "pkg",    "exe",
				     "zip",   "winzip", "bundle", "run",
				     "targz", "apk",    "msi" };

const struct pkg_format *pkg_format_find(const char *name)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

unsigned pkg_format_mode(const struct pkg_format *f)
{
	return f == &pkg_fmt_exe || f == &pkg_fmt_exe_run ? 0755 : 0644;
}

const char *pkg_format_check_name(const char *z)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], z))
			return NULL;
	return "not one of deb, rpm, pkg, exe, zip, winzip, bundle, run, "
	       "targz, apk, msi";
}

int pkg_format_no_scripts(const struct pkg_manifest *m, struct sm_err *e)
{
	static const char *const names[] = { "preinstall", "postinstall",
					     "preremove", "postremove" };

	for (size_t i = 0; i < SM_ARRAY_LEN(names); i++)
		if (m->script[i])
			return sm_err_set(e, SM_EFORMAT,
					  "%s:1: scripts.%s: a %s has no "
					  "scripts",
					  m->file, names[i], m->format);
	return 0;
}
