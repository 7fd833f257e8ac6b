/*
 * The formats that can be written, and the names that a manifest may use.
 */
#include "common/def.h"
#include "pkg/format.h"

static const struct pkg_format *const formats[] = {
	&pkg_fmt_deb,    &pkg_fmt_pkg,        &pkg_fmt_rpm,
	&pkg_fmt_winzip, &pkg_fmt_zip_bundle, &pkg_fmt_zip
};

/* docs/manifest.md, overrides: some have no writer yet. */
static const char *const known[] = { "deb", "rpm",    "pkg",   "exe",
				     "zip", "winzip", "bundle" };

const struct pkg_format *pkg_format_find(const char *name)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

const char *pkg_format_check_name(const char *z)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(known); i++)
		if (!strcmp(known[i], z))
			return NULL;
	return "not one of deb, rpm, pkg, exe, zip, winzip, bundle";
}
