/*
 * A tar.gz of the installed tree, to be unpacked at / or below any other
 * folder.
 *
 * Rule: only what the manifest names: an entry for /usr/local would give that
 * folder another owner or mode where it is unpacked. The links are entries,
 * because nothing runs, and relative.
 */
#include "common/def.h"
#include "pkg/format.h"

#include "pkg/filelist.h"
#include "pkg/manifest.h"

#define TARGZ_PATH_MAX 300

static int targz_check(const struct pkg_manifest *m, struct sm_err *e)
{
	return pkg_format_no_scripts(m, e);
}

static int targz_filename(const struct pkg_manifest *m, struct sm_buf *out)
{
	return sm_buf_printf(out, "%s-%s-%s.tar.gz", m->name, m->version,
			     m->arch);
}

static int put_file(struct pkg_arc *a, const struct pkg_manifest *m,
		    const struct pkg_file *f, struct sm_err *e)
{
	char path[TARGZ_PATH_MAX];
	const struct pkg_arc_entry entry = { path,     f->type,  f->mode,
					     f->owner, f->group, m->epoch_sec,
					     f->data };

	(void)snprintf(path, sizeof(path), "%s%s", f->path,
		       f->type == PKG_ARC_DIR ? "/" : "");
	return pkg_arc_put(a, &entry, e);
}

/*
 * The link's text from where it lies, so that the tree can be anywhere: one
 * ".." for each folder of the link that is not one of the target.
 */
static void put_relative(const struct pkg_link *l, struct sm_buf *out)
{
	const char *path = l->path, *target = l->target;
	size_t common = 0;

	for (size_t i = 0; path[i] && path[i] == target[i]; i++)
		if (path[i] == '/')
			common = i + 1;
	for (path += common; (path = strchr(path, '/')); path++)
		sm_buf_puts(out, "../");
	sm_buf_puts(out, target + common);
}

static int put_link(struct pkg_arc *a, const struct pkg_manifest *m,
		    const struct pkg_link *l, struct sm_err *e)
{
	struct sm_buf text = SM_BUF_INIT(SM_BUF_SMALL);
	struct pkg_arc_entry entry = { l->path + 1, PKG_ARC_LINK, 0777,
				       "root",      "root",       m->epoch_sec,
				       { NULL, 0 } };
	int r;

	put_relative(l, &text);
	entry.data = sm_buf_str(&text);
	r = pkg_arc_put(a, &entry, e);
	sm_buf_release(&text);
	return r;
}

static int targz_write(const struct pkg_manifest *m, struct pkg_filelist *l,
		       const struct pkg_key *key, struct sm_buf *out,
		       struct sm_err *e)
{
	struct pkg_arc *a = NULL;
	int r;

	SM_UNUSED(key); /* signed beside it */
	if ((r = pkg_arc_new(&a, PKG_ARC_USTAR, PKG_ARC_GZIP, out, e)) < 0)
		goto out;
	for (size_t i = 0; i < l->n; i++) {
		if (l->file[i].flags & PKG_FILELIST_IMPLIED)
			continue;
		if ((r = put_file(a, m, &l->file[i], e)) < 0)
			goto out;
	}
	for (size_t i = 0; i < m->n_links; i++)
		if ((r = put_link(a, m, &m->links[i], e)) < 0)
			goto out;
	r = pkg_arc_finish(a, e);
out:
	pkg_arc_free(a);
	return r;
}

const struct pkg_format pkg_fmt_targz = { "targz", ".tar.gz", targz_check,
					  targz_filename, targz_write };
