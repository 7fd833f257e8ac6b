/*
 * Zip archives: the bundle with its installer, and the plain zip. What goes in
 * and below which folder is the manifest's business.
 *
 * Shape:  entries for folders, "made by Unix" with modes in the upper half of
 *         the external attributes, deflate (PACKAGING.md 6.1, 5.7).
 */
#include "common/def.h"
#include "pkg/format.h"

#include "pkg/filelist.h"
#include "pkg/manifest.h"

#define ZIP_PATH_MAX 300

/* DOS times cannot be older; 1980-01-01 00:00:00 UTC. */
#define ZIP_EPOCH_MIN 315532800u

static int zip_check(const struct pkg_manifest *m, struct sm_err *e)
{
	static const char *const names[] = { "preinstall", "postinstall",
					     "preremove", "postremove" };

	for (size_t i = 0; i < SM_ARRAY_LEN(names); i++)
		if (m->script[i])
			return sm_err_set(e, SM_EFORMAT,
					  "%s:1: scripts.%s: a %s has no "
					  "scripts",
					  m->file, names[i], m->format);
	if (m->epoch_sec < ZIP_EPOCH_MIN)
		return sm_err_set(e, SM_EFORMAT,
				  "a zip cannot hold a time before 1980");
	return 0;
}

static int zip_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s-%s-%s.zip", m->name, m->version, m->arch);
}

static int bundle_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	SM_UNUSED(m);
	return sm_buf_puts(out, "sessionmanager-bundle.zip");
}

static int put_file(struct pkg_arc *a, const struct pkg_manifest *m,
		    const struct pkg_file *f, struct sm_err *e)
{
	char path[ZIP_PATH_MAX];
	const struct pkg_arc_entry entry = { path, f->type,      f->mode, NULL,
					     NULL, m->epoch_sec, f->data };

	(void)snprintf(path, sizeof(path), "%s%s", f->path,
		       f->type == PKG_ARC_DIR ? "/" : "");
	return pkg_arc_put(a, &entry, e);
}

static int zip_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct pkg_arc *a = NULL;
	int r;

	SM_UNUSED(key); /* signed beside it */
	if ((r = pkg_arc_new(&a, PKG_ARC_ZIP, PKG_ARC_PLAIN, out, e)) < 0)
		goto out;
	for (size_t i = 0; i < l->n; i++)
		if ((r = put_file(a, m, &l->file[i], e)) < 0)
			goto out;
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	return r;
}

const struct pkg_format pkg_fmt_zip = { "zip", ".zip", zip_check, zip_filename,
					zip_write };

const struct pkg_format pkg_fmt_zip_bundle = { "bundle", ".zip", zip_check,
					       bundle_filename, zip_write };
