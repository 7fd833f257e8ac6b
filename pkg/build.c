/*
 * One artifact in memory: manifest, files, clock, writer, in this order. Every
 * check comes before the writer; the caller puts the result on disk whole.
 */
#include "common/def.h"
#include "pkg/build.h"

#include "pkg/format.h"

/* The one clock: given, or the time of the newest source. */
static int set_epoch(const struct pkg_build *b, const struct pkg_filelist *l,
		     struct pkg_manifest *m, struct sm_err *e)
{
	int64_t sec = b->epoch_sec >= 0 ? b->epoch_sec : l->newest_sec;

	if (sec < 0 || sec > (int64_t)INT32_MAX) /* cpio, ustar, rpm */
		return sm_err_set(e, SM_EUSAGE,
				  "time %lld cannot stand in a package",
				  (long long)sec);
	m->epoch_sec = (uint32_t)sec;
	return 0;
}

int pkg_build_run(const struct pkg_build *b, struct sm_buf *out,
		  struct sm_buf *name, struct sm_err *e)
{
	const struct pkg_format *format = pkg_format_find(b->want.format);
	struct pkg_manifest m;
	struct pkg_filelist l;
	int r;

	pkg_manifest_init(&m);
	pkg_filelist_init(&l);
	if (!format) {
		r = sm_err_set(e, SM_EUSAGE, "format '%s' cannot be written",
			       b->want.format);
		goto out;
	}
	if ((r = pkg_manifest_load(&m, b->manifest, &b->want, e)) < 0)
		goto out;
	if ((r = pkg_filelist_load(&l, &m, &b->roots, e)) < 0)
		goto out;
	if ((r = set_epoch(b, &l, &m, e)) < 0)
		goto out;
	m.cert = b->cert;
	m.sha1_toc = b->sha1_toc;
	m.embed_origin = b->embed_origin;
	if ((r = format->check(&m, e)) < 0)
		goto out;
	if ((r = format->filename(&m, name)) < 0)
		goto out;
	r = format->write(&m, &l, b->key, out, e);
out:
	pkg_filelist_release(&l);
	pkg_manifest_release(&m);
	return r;
}
