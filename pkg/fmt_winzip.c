/*
 * SessionManagerPlugin.zip: install.bat and uninstall.bat at the top, and
 * package.zip with the installed tree. The manifest puts that tree below
 * /package, everything else beside it.
 *
 * Rule: batch files have CRLF whatever the sources have, because cmd loses
 * labels otherwise. No entries for folders: both zips are unpacked by tools
 * that make them. With a certificate every program is signed.
 *
 * Shape:  PACKAGING.md 1.7, 5.7.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/programs.h"
#include "pkg/zipw.h"

#define INNER_FOLDER "package/"
#define INNER_NAME "package.zip"

static int winzip_check(const struct pkg_manifest *m, struct sm_err *e)
{
	int r = pkg_fmt_zip.check(m, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_links; i++)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:%u: links: a winzip has no links",
				  m->file, m->links[i].line);
	for (size_t i = 0; i < m->n_files; i++)
		if (sm_str_starts(sm_str(m->files[i].destination),
				  "/" INNER_FOLDER))
			return 0;
	return sm_err_set(e, SM_EFORMAT,
			  "%s:1: files: a winzip needs files below /package",
			  m->file);
}

static int winzip_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	SM_UNUSED(m);
	return sm_buf_puts(out, "SessionManagerPlugin.zip");
}

static void put_crlf(struct sm_buf *out, struct sm_str text)
{
	struct sm_str line;

	while (sm_str_split(&text, '\n', &line)) {
		if (sm_str_ends(line, "\r"))
			line.len--;
		if (!line.len && !text.len)
			break; /* behind the last line feed */
		sm_buf_put_str(out, line);
		sm_buf_puts(out, "\r\n");
	}
}

static int put_file(struct pkg_zipw *z, const struct pkg_manifest *m,
		    const char *path, const struct pkg_file *f,
		    struct sm_err *e)
{
	struct pkg_arc_entry entry = { path, PKG_ARC_FILE, f->mode, NULL,
				       NULL, m->epoch_sec, f->data };
	struct sm_buf text = SM_BUF_INIT(PKG_FILELIST_FILE_MAX);
	int r;

	if (sm_str_ends(sm_str(path), ".bat")) {
		put_crlf(&text, f->data);
		entry.data = sm_buf_str(&text);
	}
	r = text.err ? sm_err_set(e, text.err, "'%s' is too large", path) :
		       pkg_zipw_put(z, &entry, e);
	sm_buf_release(&text);
	return r;
}

static bool is_inner(const struct pkg_file *f)
{
	return sm_str_starts(sm_str(f->path), INNER_FOLDER);
}

/* One of the two zips: the files of the inner folder, or the others. */
static int put_zip(const struct pkg_manifest *m, const struct pkg_filelist *l,
		   bool inner, struct sm_buf *out, struct sm_err *e)
{
	struct pkg_zipw z;
	int r = 0;

	pkg_zipw_begin(&z, out);
	for (size_t i = 0; i < l->n; i++) {
		const struct pkg_file *f = &l->file[i];
		const char *path = f->path;

		if (f->type == PKG_ARC_DIR || is_inner(f) != inner)
			continue;
		if (f->type == PKG_ARC_LINK) {
			r = sm_err_set(e, SM_EFORMAT,
				       "%s: a winzip has no links", path);
			goto out;
		}
		if (inner)
			path += strlen(INNER_FOLDER);
		if ((r = put_file(&z, m, path, f, e)) < 0)
			goto out;
	}
	r = pkg_zipw_finish(&z, e);
out:
	pkg_zipw_release(&z);
	return r;
}

static int winzip_write(const struct pkg_manifest *m, struct pkg_filelist *l,
			const struct pkg_key *key, struct sm_buf *out,
			struct sm_err *e)
{
	struct sm_buf inner = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	int r;

	SM_UNUSED(key); /* signed beside it */
	if ((r = pkg_programs_sign(m, l, "", e)) < 0)
		goto out;
	if ((r = put_zip(m, l, true, &inner, e)) < 0)
		goto out;
	if (pkg_filelist_find(l, INNER_NAME)) {
		r = sm_err_set(e, SM_EFORMAT,
			       "%s:1: files: '/" INNER_NAME "' is made here",
			       m->file);
		goto out;
	}
	pkg_filelist_add(l, INNER_NAME, 0, sm_buf_str(&inner));
	r = put_zip(m, l, false, out, e);
out:
	sm_buf_release(&inner);
	return r;
}

const struct pkg_format pkg_fmt_winzip = { "winzip", ".zip", winzip_check,
					   winzip_filename, winzip_write };
