/*
 * pkg_check: is a text fit for its field of the manifest? Pure; one function
 * for each kind of field. Each returns NULL, or what is wrong with the text,
 * in words that fit behind "FILE:LINE: FIELD: ".
 *
 * Source: docs/manifest.md; Debian policy 5.6 and rpm's rules, of which these
 * are what both accept.
 */
#ifndef PKG_CHECK_H
#define PKG_CHECK_H

/* [a-z0-9][a-z0-9+.-]{1,63} */
const char *pkg_check_name(const char *z);
/* Four numbers with dots. */
const char *pkg_check_version(const char *z);
/* [0-9A-Za-z.+~]{1,32} */
const char *pkg_check_release(const char *z);
/* One line of 1 to 80 characters, no full stop at its end. */
const char *pkg_check_summary(const char *z);
/* Lines of text, not empty; no line begins with white space. */
const char *pkg_check_description(const char *z);
/* Letters, digits and ". + - ( )" and spaces: an SPDX expression. */
const char *pkg_check_license(const char *z);
/* https://… of printable ASCII without spaces. */
const char *pkg_check_url(const char *z);
/* One line, possibly empty. */
const char *pkg_check_line(const char *z);
/* "Name <local@domain>", no comma outside quotes. */
const char *pkg_check_maintainer(const char *z);
/* [a-z0-9-]+, or two of them with a slash: a Debian section. */
const char *pkg_check_section(const char *z);
/* [A-Za-z0-9.-]+ */
const char *pkg_check_identifier(const char *z);
/* [a-z_][a-z0-9_-]{0,31} */
const char *pkg_check_owner(const char *z);
/* x86_64, i386, aarch64 or universal. */
const char *pkg_check_arch(const char *z);

/*
 * A place in the package: absolute, printable ASCII, no empty, "." or ".."
 * part, no slash at the end, at most 255 bytes (ustar's limit for names that
 * divide well); and none of the user's own files.
 */
const char *pkg_check_destination(const char *z);
/* A source: relative, the same rules for its parts. */
const char *pkg_check_source(const char *z);
/* The text of a link at `path`: relative, ending inside the package. */
const char *pkg_check_target(const char *z, const char *path);

/* Octal text of permission bits: "0755". *mode is set when it is right. */
const char *pkg_check_mode(const char *z, unsigned *mode);

#endif
