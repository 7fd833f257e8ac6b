/*
 * Archives in memory through libarchive.
 *
 * Rule: the same entries give the same bytes, whoever runs this, wherever and
 * whenever. Hence numeric owner 0, device 0, inodes counted from 1, whole
 * seconds. Compression is pkg/pack's, once the archive is complete.
 */
#include "common/def.h"
#include "pkg/arc.h"

#include <errno.h>
#include <archive.h>
#include <archive_entry.h>

#include "common/mem.h"
#include "pkg/pack.h"

#define PLAIN_MAX ((size_t)768 << 20) /* above pkg/filelist.h's total */

struct pkg_arc {
	struct archive *a;
	struct sm_buf *out;
	struct sm_buf plain; /* what is still to be compressed */
	enum pkg_arc_filter filter;
	int64_t n_entries;
};

static la_ssize_t arc_write(struct archive *a, void *user, const void *p,
			    size_t len)
{
	struct pkg_arc *self = user;
	struct sm_buf *to = self->filter == PKG_ARC_PLAIN ? self->out :
							    &self->plain;

	if (sm_buf_put(to, p, len) < 0) {
		archive_set_error(a, ENOSPC, "archive above %zu bytes",
				  to->max);
		return -1;
	}
	return (la_ssize_t)len;
}

static int arc_fail(struct pkg_arc *a, const char *what, struct sm_err *e)
{
	const char *cause = archive_error_string(a->a);
	int code = a->out->err || a->plain.err ? SM_ELIMIT : SM_EFORMAT;

	return sm_err_set(e, code, "%s: %s", what,
			  cause ? cause : "libarchive failed");
}

static int arc_set_format(struct archive *a, enum pkg_arc_format format)
{
	switch (format) {
	case PKG_ARC_AR:
		return archive_write_set_format_ar_bsd(a);
	case PKG_ARC_USTAR:
		return archive_write_set_format_ustar(a);
	case PKG_ARC_NEWC:
		return archive_write_set_format_cpio_newc(a);
	}
	return ARCHIVE_FATAL;
}

int pkg_arc_new(struct pkg_arc **a, enum pkg_arc_format format,
		enum pkg_arc_filter filter, struct sm_buf *out,
		struct sm_err *e)
{
	struct pkg_arc *self = sm_mem_zalloc(1, sizeof(*self));
	int r = 0;

	*a = NULL;
	self->out = out;
	self->filter = filter;
	sm_buf_init(&self->plain, PLAIN_MAX);
	self->a = archive_write_new();
	if (!self->a)
		sm_mem_exhausted();
	if (arc_set_format(self->a, format) != ARCHIVE_OK ||
	    archive_write_add_filter_none(self->a) != ARCHIVE_OK) {
		r = sm_err_set(e, SM_ENOTSUP,
			       "cannot make this kind of archive: %s",
			       archive_error_string(self->a));
		goto out;
	}
	/* the default pads the archive to whole 10 KiB blocks */
	(void)archive_write_set_bytes_in_last_block(self->a, 1);
	if (archive_write_open(self->a, self, NULL, arc_write, NULL) !=
	    ARCHIVE_OK) {
		r = arc_fail(self, "cannot start the archive", e);
		goto out;
	}
	*a = self;
	self = NULL;
out:
	pkg_arc_free(self);
	return r;
}

static void arc_fill(struct archive_entry *ae, const struct pkg_arc *a,
		     const struct pkg_arc_entry *entry)
{
	archive_entry_copy_pathname(ae, entry->path);
	archive_entry_set_mtime(ae, (time_t)entry->mtime_sec, 0);
	archive_entry_set_uid(ae, 0);
	archive_entry_set_gid(ae, 0);
	if (entry->owner)
		archive_entry_copy_uname(ae, entry->owner);
	if (entry->group)
		archive_entry_copy_gname(ae, entry->group);
	archive_entry_set_dev(ae, 0);
	archive_entry_set_ino64(ae, a->n_entries);
	archive_entry_set_nlink(ae, entry->type == PKG_ARC_DIR ? 2 : 1);
	archive_entry_set_perm(ae, (__LA_MODE_T)(entry->mode & 07777));
	archive_entry_set_size(ae, 0);
	switch (entry->type) {
	case PKG_ARC_DIR:
		archive_entry_set_filetype(ae, AE_IFDIR);
		break;
	case PKG_ARC_LINK:
		archive_entry_set_filetype(ae, AE_IFLNK);
		archive_entry_copy_symlink(ae, entry->data.ptr);
		break;
	case PKG_ARC_FILE:
		archive_entry_set_filetype(ae, AE_IFREG);
		archive_entry_set_size(ae, (la_int64_t)entry->data.len);
		break;
	}
}

int pkg_arc_put(struct pkg_arc *a, const struct pkg_arc_entry *entry,
		struct sm_err *e)
{
	struct archive_entry *ae = archive_entry_new();
	struct pkg_arc_entry own = *entry;
	char *link = NULL;
	int r = 0;

	if (!ae)
		sm_mem_exhausted();
	a->n_entries++;
	if (own.type == PKG_ARC_LINK)
		own.data.ptr = link = sm_mem_dup(entry->data);
	arc_fill(ae, a, &own);
	if (archive_write_header(a->a, ae) != ARCHIVE_OK) {
		r = arc_fail(a, entry->path, e);
		goto out;
	}
	if (own.type != PKG_ARC_FILE || own.data.len == 0)
		goto out;
	if (archive_write_data(a->a, own.data.ptr, own.data.len) !=
	    (la_ssize_t)own.data.len)
		r = arc_fail(a, entry->path, e);
out:
	archive_entry_free(ae);
	sm_mem_free(link);
	return r;
}

int pkg_arc_finish(struct pkg_arc *a, struct sm_err *e)
{
	if (archive_write_close(a->a) != ARCHIVE_OK)
		return arc_fail(a, "cannot end the archive", e);
	if (a->filter == PKG_ARC_PLAIN)
		return 0;
	return pkg_arc_compress(sm_buf_str(&a->plain), a->filter, a->out, e);
}

void pkg_arc_free(struct pkg_arc *a)
{
	if (!a)
		return;
	if (a->a)
		(void)archive_write_free(a->a); /* nothing left to write */
	sm_buf_release(&a->plain);
	sm_mem_free(a);
}

int pkg_arc_compress(struct sm_str data, enum pkg_arc_filter filter,
		     struct sm_buf *out, struct sm_err *e)
{
	switch (filter) {
	case PKG_ARC_GZIP:
		return pkg_pack_gzip(data, out, e);
	case PKG_ARC_XZ:
		return pkg_pack_xz(data, out, e);
	case PKG_ARC_PLAIN:
		break;
	}
	if (sm_buf_put_str(out, data) < 0)
		return sm_err_set(e, SM_ELIMIT, "archive too large");
	return 0;
}
