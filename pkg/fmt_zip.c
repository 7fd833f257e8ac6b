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
#include "pkg/zipw.h"

#define ZIP_PATH_MAX 300

/* DOS times cannot be older; 1980-01-01 00:00:00 UTC. */
#define ZIP_EPOCH_MIN 315532800u

static int zip_check(const struct pkg_manifest *m, struct sm_err *e)
{
	int r = pkg_format_no_scripts(m, e);

	if (r < 0)
		return r;
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

static int put_file(struct pkg_zipw *z, const struct pkg_manifest *m,
		    const struct pkg_file *f, struct sm_err *e)
{
	char path[ZIP_PATH_MAX];
	const struct pkg_arc_entry entry = { path, f->type,      f->mode, NULL,
					     NULL, m->epoch_sec, f->data };

	(void)snprintf(path, sizeof(path), "%s%s", f->path,
		       f->type == PKG_ARC_DIR ? "/" : "");
	return pkg_zipw_put(z, &entry, e);
}

static int zip_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		     const struct pkg_key *key, struct sm_buf *out,
		     struct sm_err *e)
{
	struct pkg_zipw z;
	int r = 0;

	SM_UNUSED(key); /* signed beside it */
	pkg_zipw_begin(&z, out);
	for (size_t i = 0; i < l->n && r == 0; i++)
		r = put_file(&z, m, &l->file[i], e);
	if (r == 0)
		r = pkg_zipw_finish(&z, e);
	pkg_zipw_release(&z);
	return r;
}

const struct pkg_format pkg_fmt_zip = { "zip", ".zip", zip_check, zip_filename,
					zip_write };

const struct pkg_format pkg_fmt_zip_bundle = { "bundle", ".zip", zip_check,
					       bundle_filename, zip_write };
