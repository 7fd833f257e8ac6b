/*
 * Package elements of a yum repository's index.
 *
 * Rule: all text of a header goes through put_escaped: it comes from a file
 * that somebody else may have made.
 */
#include "common/def.h"
#include "pkg/yumxml.h"

#include <rpm/rpmds.h>
#include <rpm/rpmfiles.h>
#include <rpm/rpmtag.h>

#include "pkg/rpmread.h"

/* Newest entries of a changelog; createrepo_c's number. */
#define CHANGELOG_MAX 10

/* A text in an element or in quotes. What XML 1.0 cannot hold becomes '?'. */
static void put_escaped(struct sm_buf *out, const char *z)
{
	bool utf8 = sm_str_utf8(sm_str(z));

	for (; *z; z++) {
		unsigned char c = (unsigned char)*z;

		if (c == '&')
			sm_buf_puts(out, "&amp;");
		else if (c == '<')
			sm_buf_puts(out, "&lt;");
		else if (c == '>')
			sm_buf_puts(out, "&gt;");
		else if (c == '"')
			sm_buf_puts(out, "&quot;");
		else if ((c < 0x20 && c != '\n' && c != '\t') ||
			 (c >= 0x80 && !utf8))
			sm_buf_put_u8(out, '?');
		else
			sm_buf_put_u8(out, c);
	}
}

static void put_element(struct sm_buf *out, const char *name, const char *text)
{
	if (!*text) {
		sm_buf_printf(out, "  <%s/>\n", name);
		return;
	}
	sm_buf_printf(out, "  <%s>", name);
	put_escaped(out, text);
	sm_buf_printf(out, "</%s>\n", name);
}

static void put_attribute(struct sm_buf *out, const char *name,
			  const char *text)
{
	sm_buf_printf(out, " %s=\"", name);
	put_escaped(out, text);
	sm_buf_puts(out, "\"");
}

static void put_version(struct pkg_rpmread *p, struct sm_buf *out)
{
	sm_buf_printf(out, "  <version epoch=\"%llu\"",
		      (unsigned long long)pkg_rpmread_number(p, RPMTAG_EPOCH,
							     0));
	put_attribute(out, "ver", p->rpm.version);
	put_attribute(out, "rel", p->rpm.release);
	sm_buf_puts(out, "/>\n");
}

/* --- dependencies ---------------------------------------------------------- */

struct deps {
	const char *const *name;
	const char *const *version;
	const uint64_t *flags;
	size_t n, n_versions, n_flags;
};

static void put_flags(struct sm_buf *out, uint64_t flags)
{
	static const char *const words[] = { NULL, "LT", "GT", NULL,
					     "EQ", "LE", "GE", NULL };
	const char *word = words[(flags & RPMSENSE_SENSEMASK) >> 1];

	if (word)
		sm_buf_printf(out, " flags=\"%s\"", word);
}

/* "EPOCH:VERSION-RELEASE", of which only the version must be there. */
static void put_evr(struct sm_buf *out, const char *evr)
{
	struct sm_str rest = sm_str(evr), epoch = SM_STR_LIT("0");
	long at = sm_str_chr(rest, ':', 0);
	char part[64];

	if (at >= 0) {
		epoch = sm_str_sub(rest, 0, (size_t)at);
		rest = sm_str_sub(rest, (size_t)at + 1, rest.len);
	}
	(void)snprintf(part, sizeof(part), "%.*s", SM_STR_ARG(epoch));
	put_attribute(out, "epoch", part);
	at = sm_str_rchr(rest, '-');
	if (at < 0)
		at = (long)rest.len;
	(void)snprintf(part, sizeof(part), "%.*s", (int)at, rest.ptr);
	put_attribute(out, "ver", part);
	if ((size_t)at == rest.len)
		return;
	(void)snprintf(part, sizeof(part), "%.*s", (int)rest.len - (int)at - 1,
		       rest.ptr + at + 1);
	put_attribute(out, "rel", part);
}

static bool said_before(const struct deps *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(d->name[k], d->name[i]) &&
		    !strcmp(d->version[k], d->version[i]) &&
		    (d->flags[k] & RPMSENSE_SENSEMASK) ==
			    (d->flags[i] & RPMSENSE_SENSEMASK))
			return true;
	return false;
}

static void put_dep(const struct deps *d, size_t i, bool pre,
		    struct sm_buf *out)
{
	sm_buf_puts(out, "      <rpm:entry");
	put_attribute(out, "name", d->name[i]);
	if (*d->version[i]) {
		put_flags(out, d->flags[i]);
		put_evr(out, d->version[i]);
	}
	if (pre && (d->flags[i] & (RPMSENSE_PREREQ | RPMSENSE_SCRIPT_PRE |
				   RPMSENSE_SCRIPT_POST)))
		sm_buf_puts(out, " pre=\"1\"");
	sm_buf_puts(out, "/>\n");
}

/* One kind; `tags` are those of names, versions and flags. */
static void put_deps(struct pkg_rpmread *p, const char *kind, const int tags[3],
		     struct sm_buf *out)
{
	struct deps d = { 0 };
	bool requires_kind = tags[0] == RPMTAG_REQUIRENAME, open = false;

	d.name = pkg_rpmread_texts(p, tags[0], &d.n);
	d.version = pkg_rpmread_texts(p, tags[1], &d.n_versions);
	d.flags = pkg_rpmread_numbers(p, tags[2], &d.n_flags);
	if (d.n != d.n_versions || d.n != d.n_flags)
		return;
	for (size_t i = 0; i < d.n; i++) {
		/* what rpm itself must be able to do is not a package */
		if ((d.flags[i] & RPMSENSE_RPMLIB) || said_before(&d, i))
			continue;
		if (!open)
			sm_buf_printf(out, "    <rpm:%s>\n", kind);
		open = true;
		put_dep(&d, i, requires_kind, out);
	}
	if (open)
		sm_buf_printf(out, "    </rpm:%s>\n", kind);
}

static void put_all_deps(struct pkg_rpmread *p, struct sm_buf *out)
{
	static const struct {
		const char *kind;
		int tags[3];
	} kinds[] = {
		{ "provides",
		  { RPMTAG_PROVIDENAME, RPMTAG_PROVIDEVERSION,
		    RPMTAG_PROVIDEFLAGS } },
		{ "requires",
		  { RPMTAG_REQUIRENAME, RPMTAG_REQUIREVERSION,
		    RPMTAG_REQUIREFLAGS } },
		{ "conflicts",
		  { RPMTAG_CONFLICTNAME, RPMTAG_CONFLICTVERSION,
		    RPMTAG_CONFLICTFLAGS } },
		{ "obsoletes",
		  { RPMTAG_OBSOLETENAME, RPMTAG_OBSOLETEVERSION,
		    RPMTAG_OBSOLETEFLAGS } },
	};

	for (size_t i = 0; i < SM_ARRAY_LEN(kinds); i++)
		put_deps(p, kinds[i].kind, kinds[i].tags, out);
}

/* --- files ----------------------------------------------------------------- */

/* What primary.xml repeats, because packages require files by such names. */
static bool is_primary(const char *path)
{
	return !strncmp(path, "/etc/", 5) || strstr(path, "bin/") ||
	       !strcmp(path, "/usr/lib/sendmail");
}

static void put_files(struct pkg_rpmread *p, bool primary, const char *indent,
		      struct sm_buf *out)
{
	size_t n = 0, n_modes = 0, n_flags = 0;
	const char *const *path = pkg_rpmread_texts(p, RPMTAG_FILENAMES, &n);
	const uint64_t *mode =
		pkg_rpmread_numbers(p, RPMTAG_FILEMODES, &n_modes);
	const uint64_t *flags =
		pkg_rpmread_numbers(p, RPMTAG_FILEFLAGS, &n_flags);

	for (size_t i = 0; i < n; i++) {
		const char *type = "";

		if (primary && !is_primary(path[i]))
			continue;
		if (i < n_modes && (mode[i] & 0170000) == 0040000)
			type = " type=\"dir\"";
		else if (i < n_flags && (flags[i] & RPMFILE_GHOST))
			type = " type=\"ghost\"";
		sm_buf_printf(out, "%s<file%s>", indent, type);
		put_escaped(out, path[i]);
		sm_buf_puts(out, "</file>\n");
	}
}

/* --- the three elements ---------------------------------------------------- */

static void put_format(struct pkg_rpmread *p, struct sm_buf *out)
{
	static const struct {
		const char *name;
		int tag;
	} texts[] = {
		{ "rpm:license", RPMTAG_LICENSE },
		{ "rpm:vendor", RPMTAG_VENDOR },
		{ "rpm:group", RPMTAG_GROUP },
		{ "rpm:buildhost", RPMTAG_BUILDHOST },
		{ "rpm:sourcerpm", RPMTAG_SOURCERPM },
	};

	sm_buf_puts(out, "  <format>\n");
	for (size_t i = 0; i < SM_ARRAY_LEN(texts); i++) {
		sm_buf_puts(out, "  ");
		put_element(out, texts[i].name,
			    pkg_rpmread_text(p, texts[i].tag));
	}
	sm_buf_printf(out,
		      "    <rpm:header-range start=\"%llu\" end=\"%llu\"/>\n",
		      (unsigned long long)p->header_start,
		      (unsigned long long)p->rpm.payload);
	put_all_deps(p, out);
	put_files(p, true, "    ", out);
	sm_buf_puts(out, "  </format>\n");
}

void pkg_yumxml_put_primary(struct pkg_rpmread *p, const char *href,
			    uint64_t file_sec, struct sm_buf *out)
{
	sm_buf_puts(out, "<package type=\"rpm\">\n");
	put_element(out, "name", p->rpm.name);
	put_element(out, "arch", p->rpm.arch);
	put_version(p, out);
	sm_buf_printf(out,
		      "  <checksum type=\"sha256\" pkgid=\"YES\">%s"
		      "</checksum>\n",
		      p->sha256);
	put_element(out, "summary", pkg_rpmread_text(p, RPMTAG_SUMMARY));
	put_element(out, "description",
		    pkg_rpmread_text(p, RPMTAG_DESCRIPTION));
	put_element(out, "packager", pkg_rpmread_text(p, RPMTAG_PACKAGER));
	put_element(out, "url", pkg_rpmread_text(p, RPMTAG_URL));
	sm_buf_printf(
		out, "  <time file=\"%llu\" build=\"%llu\"/>\n",
		(unsigned long long)file_sec,
		(unsigned long long)pkg_rpmread_number(p, RPMTAG_BUILDTIME, 0));
	sm_buf_printf(out,
		      "  <size package=\"%llu\" installed=\"%llu\" "
		      "archive=\"%llu\"/>\n",
		      (unsigned long long)p->size,
		      (unsigned long long)pkg_rpmread_number(p, RPMTAG_SIZE, 0),
		      (unsigned long long)p->archive_size);
	sm_buf_puts(out, "  <location");
	put_attribute(out, "href", href);
	sm_buf_puts(out, "/>\n");
	put_format(p, out);
	sm_buf_puts(out, "</package>\n");
}

static void open_package(struct pkg_rpmread *p, struct sm_buf *out)
{
	sm_buf_printf(out, "<package pkgid=\"%s\"", p->sha256);
	put_attribute(out, "name", p->rpm.name);
	put_attribute(out, "arch", p->rpm.arch);
	sm_buf_puts(out, ">\n");
	put_version(p, out);
}

void pkg_yumxml_put_filelists(struct pkg_rpmread *p, struct sm_buf *out)
{
	open_package(p, out);
	put_files(p, false, "  ", out);
	sm_buf_puts(out, "</package>\n");
}

void pkg_yumxml_put_other(struct pkg_rpmread *p, struct sm_buf *out)
{
	size_t n = 0, n_names = 0, n_times = 0;
	const char *const *text =
		pkg_rpmread_texts(p, RPMTAG_CHANGELOGTEXT, &n);
	const char *const *name =
		pkg_rpmread_texts(p, RPMTAG_CHANGELOGNAME, &n_names);
	const uint64_t *when =
		pkg_rpmread_numbers(p, RPMTAG_CHANGELOGTIME, &n_times);

	open_package(p, out);
	if (n != n_names || n != n_times)
		n = 0;
	/* newest first in the header, newest last in the index */
	for (size_t i = n > CHANGELOG_MAX ? CHANGELOG_MAX : n; i-- > 0;) {
		sm_buf_puts(out, "  <changelog");
		put_attribute(out, "author", name[i]);
		sm_buf_printf(out, " date=\"%llu\">",
			      (unsigned long long)when[i]);
		put_escaped(out, text[i]);
		sm_buf_puts(out, "</changelog>\n");
	}
	sm_buf_puts(out, "</package>\n");
}
