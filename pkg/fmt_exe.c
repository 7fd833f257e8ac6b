/*
 * Self-contained installers: a program that installs, with a zip of the
 * installed tree appended to it. SessionManagerPluginSetup.exe for Windows
 * (exe), a file to run for Linux (run); macOS has none, because what is
 * appended breaks a Mach-O's signature. The manifest puts the tree below
 * /package and the program, alone, beside it.
 *
 * Rule: the program must be one that can still be signed as a whole: neither
 * signed already nor with an archive of its own. No entries for folders; times
 * and modes come from the manifest, so the same input gives the same bytes.
 *
 * Shape:  docs/self-contained.md; common/appended.h.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "common/appended.h"
#include "common/pe.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/programs.h"
#include "pkg/zipw.h"

#define INNER_FOLDER "package/"

static bool is_inner(const char *path)
{
	return sm_str_starts(sm_str(path), INNER_FOLDER);
}

static int exe_check(const struct pkg_manifest *m, struct sm_err *e)
{
	bool inner = false;
	int r = pkg_fmt_zip.check(m, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_links; i++)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:%u: links: the installer makes the link "
				  "of format %s itself",
				  m->file, m->links[i].line, m->format);
	for (size_t i = 0; i < m->n_files; i++)
		inner = inner || is_inner(m->files[i].destination + 1);
	if (!inner)
		return sm_err_set(e, SM_EFORMAT,
				  "%s:1: files: format %s needs files below "
				  "/package",
				  m->file, m->format);
	return 0;
}

static int exe_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	SM_UNUSED(m);
	return sm_buf_puts(out, "SessionManagerPluginSetup.exe");
}

static int run_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s-%s-%s.run", m->name, m->version, m->arch);
}

/* Through a file, because the readers of programs read files. */
static int inspect_file(int fd, struct sm_str program, bool windows,
			struct sm_err *e)
{
	struct sm_appended a;
	struct sm_pe pe;
	int r;

	if ((r = sm_os_file_write_all(fd, program, e)) < 0)
		return r;
	if (windows && (r = sm_pe_read(&pe, fd, e)) < 0)
		return r;
	if (windows && pe.table)
		return sm_err_set(e, SM_EFORMAT,
				  "is signed already; sign the installer that "
				  "is made of it");
	if (sm_appended_find(fd, &a, NULL) != SM_ENOTFOUND)
		return sm_err_set(e, SM_EFORMAT, "carries an archive already");
	return 0;
}

static int check_program(const struct pkg_manifest *m, const struct pkg_file *f,
			 struct sm_err *e)
{
	bool windows = !strcmp(m->format, "exe");
	int fd, r;

	if (!(windows ? sm_pe_is_pe(f->data) :
			sm_str_starts(f->data, "\177ELF")))
		return sm_err_set(e, SM_EFORMAT,
				  "%s: files: '/%s' is not a program for %s",
				  m->file, f->path,
				  windows ? "Windows" : "Linux");
	fd = r = sm_os_file_temp(NULL, e);
	if (r < 0)
		return r;
	if ((r = inspect_file(fd, f->data, windows, e)) < 0)
		sm_err_wrap(e, r, "%s: files: '/%s'", m->file, f->path);
	sm_os_file_close(fd);
	return r;
}

/* The one file that is not below /package. */
static int find_program(const struct pkg_manifest *m,
			const struct pkg_filelist *l,
			const struct pkg_file **found, struct sm_err *e)
{
	*found = NULL;
	for (size_t i = 0; i < l->n; i++) {
		const struct pkg_file *f = &l->file[i];

		if (f->type == PKG_ARC_LINK)
			return sm_err_set(e, SM_EFORMAT,
					  "%s: files: '/%s' is a link, which "
					  "format %s cannot hold",
					  m->file, f->path, m->format);
		if (f->type == PKG_ARC_DIR || is_inner(f->path))
			continue;
		if (*found)
			return sm_err_set(e, SM_EFORMAT,
					  "%s: files: '/%s' and '/%s' are both "
					  "not below /package",
					  m->file, (*found)->path, f->path);
		*found = f;
	}
	if (!*found)
		return sm_err_set(e, SM_EFORMAT,
				  "%s: files: no program beside /package",
				  m->file);
	return check_program(m, *found, e);
}

static int put_zip(const struct pkg_manifest *m, const struct pkg_filelist *l,
		   struct sm_buf *out, struct sm_err *e)
{
	struct pkg_zipw z;
	int r = 0;

	pkg_zipw_begin(&z, out);
	for (size_t i = 0; i < l->n && r == 0; i++) {
		const struct pkg_file *f = &l->file[i];
		const struct pkg_arc_entry entry = {
			f->path + strlen(INNER_FOLDER),
			PKG_ARC_FILE,
			f->mode,
			NULL,
			NULL,
			m->epoch_sec,
			f->data
		};

		if (f->type == PKG_ARC_FILE && is_inner(f->path))
			r = pkg_zipw_put(&z, &entry, e);
	}
	if (r == 0)
		r = pkg_zipw_finish(&z, e);
	pkg_zipw_release(&z);
	return r;
}

static int exe_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct sm_buf zip = SM_BUF_INIT(PKG_FORMAT_ARTIFACT_MAX);
	const struct pkg_file *program;
	bool inside = m->cert && !strcmp(m->format, "exe");
	int r;

	SM_UNUSED(key); /* signed beside it */
	if (inside && (r = pkg_programs_sign(m, l, INNER_FOLDER, e)) < 0)
		goto out;
	if ((r = find_program(m, l, &program, e)) < 0 ||
	    (r = put_zip(m, l, &zip, e)) < 0)
		goto out;
	if ((r = sm_buf_put_str(out, program->data)) < 0) {
		sm_err_set(e, r, "'%s' is too large", program->path);
		goto out;
	}
	r = sm_appended_put(out, sm_buf_str(&zip), e);
	if (r == 0 && inside) /* over program, archive and trailer */
		r = pkg_programs_put(m, out, e);
out:
	sm_buf_release(&zip);
	return r;
}

const struct pkg_format pkg_fmt_exe = { "exe", ".exe", exe_check, exe_filename,
					exe_write };

const struct pkg_format pkg_fmt_exe_run = { "run", ".run", exe_check,
					    run_filename, exe_write };
