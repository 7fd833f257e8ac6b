/*
 * Debian packages: an ar archive of debian-binary, control.tar.xz and
 * data.tar.xz, and on request the signature of the three, _gpgorigin.
 *
 * Rule: what dpkg's own unpacker reads, not only what dpkg-deb lists: ustar
 * without PAX headers, every parent folder before its contents, whole seconds.
 * Source: PACKAGING.md 2; deb(5), deb-control(5), Debian policy.
 */
#include "common/def.h"
#include "pkg/format.h"

#include <openssl/evp.h>

#include "common/digest.h"
#include "common/hex.h"
#include "common/os/clock.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/pgpsign.h"
#include "pkg/script.h"

#define DEB_PATH_MAX 300

/* Members: the three of every deb, and the signature. */
enum {
	ORIGIN = 3,
	PARTS
};

static const struct {
	const char *ours;
	const char *deb;
} arches[] = { { "x86_64", "amd64" },
	       { "i386", "i386" },
	       { "aarch64", "arm64" } };

/* In the order of enum pkg_manifest_script. */
static const char *const script_names[PKG_MANIFEST_SCRIPTS] = {
	"./preinst", "./postinst", "./prerm", "./postrm"
};

static const char *deb_arch(const struct pkg_manifest *m)
{
	for (size_t i = 0; i < SM_ARRAY_LEN(arches); i++)
		if (!strcmp(arches[i].ours, m->arch))
			return arches[i].deb;
	return NULL;
}

static int deb_check(const struct pkg_manifest *m, struct sm_err *e)
{
	if (!deb_arch(m))
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: architectures: '%s' does not exist "
				  "for deb",
				  m->file, m->arch);
	for (size_t i = 0; i < m->n_files; i++) {
		const struct pkg_source *s = &m->files[i];

		if (s->type == PKG_SOURCE_CONFIG &&
		    strncmp(s->destination, "/etc/", 5))
			return sm_err_set(e, SM_EFORMAT,
					  "%s:%u: files[%u].type: a config "
					  "file of a deb lies below /etc",
					  m->file, s->line, s->index);
	}
	return 0;
}

static int deb_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s_%s-%s_%s.deb", m->name, m->version,
			     m->release, deb_arch(m));
}

/* --- control -------------------------------------------------------------- */

/* Continuation lines begin with a space, empty ones are " .". */
static void put_description(const struct pkg_manifest *m, struct sm_buf *out)
{
	struct sm_str rest = sm_str(m->description);
	struct sm_str line;

	sm_buf_printf(out, "Description: %s\n", m->summary);
	while (sm_str_split(&rest, '\n', &line))
		sm_buf_printf(out, " %.*s\n", line.len ? (int)line.len : 1,
			      line.len ? line.ptr : ".");
}

static void put_control(const struct pkg_manifest *m,
			const struct pkg_filelist *l, struct sm_buf *out)
{
	sm_buf_printf(out,
		      "Package: %s\n"
		      "Version: %s-%s\n"
		      "Architecture: %s\n"
		      "Maintainer: %s\n"
		      "Installed-Size: %llu\n"
		      "Section: %s\n"
		      "Priority: optional\n"
		      "Homepage: %s\n",
		      m->name, m->version, m->release, deb_arch(m),
		      m->maintainer, (unsigned long long)pkg_filelist_kib(l),
		      m->section, m->url);
	put_description(m, out);
}

static int put_md5sums(const struct pkg_filelist *l, struct sm_buf *out,
		       struct sm_err *e)
{
	uint8_t md5[SM_DIGEST_MAX];
	int r;

	for (size_t i = 0; i < l->n; i++) {
		const struct pkg_file *f = &l->file[i];

		if (f->type != PKG_ARC_FILE || f->flags & PKG_FILELIST_CONFIG)
			continue;
		if ((r = sm_digest_bytes(SM_DIGEST_MD5, f->data, md5, e)) < 0)
			return r;
		sm_hex_put(out, md5, sm_digest_size(SM_DIGEST_MD5));
		sm_buf_printf(out, "  %s\n", f->path);
	}
	return out->err;
}

static void put_conffiles(const struct pkg_filelist *l, struct sm_buf *out)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->file[i].flags & PKG_FILELIST_CONFIG)
			sm_buf_printf(out, "/%s\n", l->file[i].path);
}

static int put_member(struct pkg_arc *a, const char *name, unsigned mode,
		      const struct pkg_manifest *m, const struct sm_buf *text,
		      struct sm_err *e)
{
	const struct pkg_arc_entry entry = {
		name,         PKG_ARC_FILE,    mode, "root", "root",
		m->epoch_sec, sm_buf_str(text)
	};

	if (text->err)
		return sm_err_set(e, SM_ELIMIT, "%s: too large", name);
	if (text->len == 0)
		return 0;
	return pkg_arc_put(a, &entry, e);
}

static int put_scripts(struct pkg_arc *a, const struct pkg_manifest *m,
		       struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT((size_t)1 << 20);
	int r = 0;

	for (int i = 0; i < PKG_MANIFEST_SCRIPTS && r == 0; i++) {
		sm_buf_clear(&text);
		(void)pkg_script_deb(m, (enum pkg_manifest_script)i, &text);
		r = put_member(a, script_names[i], 0755, m, &text, e);
	}
	sm_buf_release(&text);
	return r;
}

static int write_control(const struct pkg_manifest *m,
			 const struct pkg_filelist *l, struct sm_buf *out,
			 struct sm_err *e)
{
	const struct pkg_arc_entry root = { "./",     PKG_ARC_DIR, 0755,
					    "root",   "root",      m->epoch_sec,
					    { "", 0 } };
	struct sm_buf text = SM_BUF_INIT((size_t)1 << 20);
	struct pkg_arc *a = NULL;
	int r;

	if ((r = pkg_arc_new(&a, PKG_ARC_USTAR, PKG_ARC_XZ, out, e)) < 0)
		goto out;
	if ((r = pkg_arc_put(a, &root, e)) < 0)
		goto out;
	put_control(m, l, &text);
	if ((r = put_member(a, "./control", 0644, m, &text, e)) < 0)
		goto out;
	sm_buf_clear(&text);
	if ((r = put_md5sums(l, &text, e)) < 0)
		goto out;
	if ((r = put_member(a, "./md5sums", 0644, m, &text, e)) < 0)
		goto out;
	sm_buf_clear(&text);
	put_conffiles(l, &text);
	if ((r = put_member(a, "./conffiles", 0644, m, &text, e)) < 0)
		goto out;
	if ((r = put_scripts(a, m, e)) < 0)
		goto out;
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	sm_buf_release(&text);
	return r;
}

/* --- data ----------------------------------------------------------------- */

static int put_file(struct pkg_arc *a, const struct pkg_manifest *m,
		    const struct pkg_file *f, struct sm_err *e)
{
	char path[DEB_PATH_MAX];
	const struct pkg_arc_entry entry = { path,     f->type,  f->mode,
					     f->owner, f->group, m->epoch_sec,
					     f->data };

	(void)snprintf(path, sizeof(path), "./%s%s", f->path,
		       f->type == PKG_ARC_DIR && f->path[0] ? "/" : "");
	return pkg_arc_put(a, &entry, e);
}

static int write_data(const struct pkg_manifest *m,
		      const struct pkg_filelist *l, struct sm_buf *out,
		      struct sm_err *e)
{
	const struct pkg_file root = { "",     PKG_ARC_DIR, 0755,     "root",
				       "root", 0,           { "", 0 } };
	struct pkg_arc *a = NULL;
	int r;

	if ((r = pkg_arc_new(&a, PKG_ARC_USTAR, PKG_ARC_XZ, out, e)) < 0)
		goto out;
	if ((r = put_file(a, m, &root, e)) < 0)
		goto out;
	for (size_t i = 0; i < l->n; i++)
		if ((r = put_file(a, m, &l->file[i], e)) < 0)
			goto out;
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	return r;
}

/* --- the package ---------------------------------------------------------- */

/* "Sat, 21 Nov 2026 08:00:00 +0000", RFC 5322, in English everywhere. */
static void put_date(int64_t sec, struct sm_buf *out)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm t;

	if (sm_os_clock_utc(sec, &t) < 0)
		memset(&t, 0, sizeof(t));
	sm_buf_printf(out, "%.3s, %02d %.3s %d %02d:%02d:%02d +0000",
		      days + 3 * t.tm_wday, t.tm_mday, months + 3 * t.tm_mon,
		      t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/*
 * Policy 12.7 wants a compressed changelog. What changed between releases is
 * told by RELEASENOTES.md; this one entry says which release it is.
 */
static int add_changelog(const struct pkg_manifest *m, struct pkg_filelist *l,
			 struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_buf gz = SM_BUF_INIT(SM_BUF_SMALL);
	char path[DEB_PATH_MAX];
	int r;

	sm_buf_printf(&text,
		      "%s (%s-%s) stable; urgency=medium\n\n"
		      "  * Release %s.\n\n -- %s  ",
		      m->name, m->version, m->release, m->version,
		      m->maintainer);
	put_date(m->epoch_sec, &text);
	sm_buf_puts(&text, "\n");
	r = pkg_arc_compress(sm_buf_str(&text), PKG_ARC_GZIP, &gz, e);
	if (r < 0)
		goto out;
	(void)snprintf(path, sizeof(path),
		       "usr/share/doc/%s/changelog.Debian.gz", m->name);
	pkg_filelist_add(l, path, PKG_FILELIST_DOC, sm_buf_str(&gz));
out:
	sm_buf_release(&text);
	sm_buf_release(&gz);
	return r;
}

/* Of the contents of the three members, one behind the other. */
static int put_origin(const struct pkg_manifest *m, const struct pkg_key *key,
		      const struct sm_str *parts, struct sm_buf *out,
		      struct sm_err *e)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool ok = md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) > 0;
	int r;

	for (size_t i = 0; ok && i < ORIGIN; i++)
		ok = EVP_DigestUpdate(md, parts[i].ptr, parts[i].len) > 0;
	if (!ok)
		r = sm_err_set(e, SM_EIO, "cannot digest the package");
	else
		r = pkg_pgpsign_put(key, PKG_PGPSIGN_BINARY, md,
				    pkg_pgpsign_time(key, m->epoch_sec), out,
				    e);
	EVP_MD_CTX_free(md);
	return r;
}

static int write_ar(const struct pkg_manifest *m, const struct sm_str *parts,
		    struct sm_buf *out, struct sm_err *e)
{
	static const char *const names[PARTS] = { "debian-binary",
						  "control.tar.xz",
						  "data.tar.xz", "_gpgorigin" };
	struct pkg_arc *a = NULL;
	int r;

	if ((r = pkg_arc_new(&a, PKG_ARC_AR, PKG_ARC_PLAIN, out, e)) < 0)
		goto out;
	for (size_t i = 0; i < PARTS && parts[i].len; i++) {
		const struct pkg_arc_entry entry = { names[i], PKG_ARC_FILE,
						     0644,     NULL,
						     NULL,     m->epoch_sec,
						     parts[i] };

		if ((r = pkg_arc_put(a, &entry, e)) < 0)
			goto out;
	}
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	return r;
}

static int deb_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct sm_buf control = SM_BUF_INIT((size_t)4 << 20);
	struct sm_buf data = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	struct sm_buf origin = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_str parts[PARTS];
	int r;

	if ((r = add_changelog(m, l, e)) < 0)
		goto out;
	if ((r = write_control(m, l, &control, e)) < 0)
		goto out;
	if ((r = write_data(m, l, &data, e)) < 0)
		goto out;
	parts[0] = sm_str("2.0\n");
	parts[1] = sm_buf_str(&control);
	parts[2] = sm_buf_str(&data);
	/* otherwise a deb is signed beside it only, PACKAGING.md 2.6 */
	if (key && m->embed_origin &&
	    (r = put_origin(m, key, parts, &origin, e)) < 0)
		goto out;
	parts[ORIGIN] = sm_buf_str(&origin);
	r = write_ar(m, parts, out, e);
out:
	sm_buf_release(&control);
	sm_buf_release(&data);
	sm_buf_release(&origin);
	return r;
}

const struct pkg_format pkg_fmt_deb = { "deb", ".deb", deb_check, deb_filename,
					deb_write };
