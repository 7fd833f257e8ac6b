/*
 * Octal cpio: a header of fields, the name and its NUL, the data; no padding
 * anywhere. Device numbers are 0 and inodes count from 1, so the same entries
 * give the same bytes.
 *
 * Source: POSIX pax, "cpio Interchange Format"; PACKAGING.md 4.5.
 */
#include "common/def.h"
#include "pkg/odc.h"

static unsigned type_bits(enum pkg_arc_type type)
{
	switch (type) {
	case PKG_ARC_DIR:
		return 0040000;
	case PKG_ARC_LINK:
		return 0120000;
	case PKG_ARC_FILE:
		break;
	}
	return 0100000;
}

static void put_header(struct pkg_odc *o, const char *name, unsigned mode,
		       unsigned nlink, uint64_t size)
{
	/* magic, dev, ino, mode, uid, gid, nlink, rdev, mtime, sizes */
	sm_buf_printf(o->out,
		      "070707%06o%06o%06o%06o%06o%06o%06o%011o%06zo%011llo", 0u,
		      o->n, mode, 0u, 0u, nlink, 0u, o->mtime_sec,
		      strlen(name) + 1, (unsigned long long)size);
	sm_buf_put(o->out, name, strlen(name) + 1);
}

int pkg_odc_put(struct pkg_odc *o, const char *name, enum pkg_arc_type type,
		unsigned mode, struct sm_str data, struct sm_err *e)
{
	if (o->n == PKG_ODC_INODE_MAX || data.len > PKG_ODC_FILE_MAX ||
	    strlen(name) >= PKG_ODC_INODE_MAX)
		return sm_err_set(e, SM_ELIMIT, "'%s' is too large for cpio",
				  name);
	o->n++;
	put_header(o, name, type_bits(type) | (mode & 07777),
		   type == PKG_ARC_DIR ? 2 : 1, data.len);
	if (sm_buf_put_str(o->out, data) < 0)
		return sm_err_set(e, SM_ELIMIT, "archive above %zu bytes",
				  o->out->max);
	return 0;
}

int pkg_odc_finish(struct pkg_odc *o, struct sm_err *e)
{
	struct pkg_odc end = { o->out, 0, 0 };

	put_header(&end, "TRAILER!!!", 0, 1, 0);
	if (o->out->err)
		return sm_err_set(e, SM_ELIMIT, "archive above %zu bytes",
				  o->out->max);
	return 0;
}
