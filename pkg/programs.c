/*
 * Windows programs inside packages.
 *
 * Rule: a signature that is there already is somebody's statement and stays.
 * Which list is looked at, and when, the format decides: what a self-contained
 * installer is made of must not be signed before the archive is behind it.
 */
#include "common/def.h"
#include "pkg/programs.h"

#include "common/os/file.h"
#include "common/pe.h"
#include "pkg/cmssign.h"
#include "pkg/filelist.h"
#include "pkg/manifest.h"
#include "pkg/pesign.h"

static struct pkg_pesign signer(const struct pkg_manifest *m)
{
	struct pkg_pesign s = { 0 };

	s.key = m->cert->key;
	s.cert = m->cert->cert;
	s.n_certs = m->cert->n;
	s.program = m->summary;
	s.url = m->url;
	s.when_sec = m->epoch_sec;
	s.tsa = m->cert->tsa;
	return s;
}

int pkg_programs_put(const struct pkg_manifest *m, struct sm_buf *image,
		     struct sm_err *e)
{
	struct pkg_pesign s;

	if (!m->cert)
		return 0;
	s = signer(m);
	return pkg_pesign_put(&s, image, e);
}

int pkg_programs_put_package(const struct pkg_manifest *m,
			     const uint8_t *digest, struct sm_buf *out,
			     struct sm_err *e)
{
	const struct pkg_pesign s = signer(m);

	return pkg_pesign_package(&s, digest, out, e);
}

/* Through a file, because the reader of programs reads files. Returns 1 if
 * there is a signature, 0 if not. */
static int is_signed(struct sm_str program, struct sm_err *e)
{
	int fd = sm_os_file_temp(NULL, e);
	struct sm_pe pe;
	int r = fd;

	if (fd < 0)
		return r;
	if ((r = sm_os_file_write_all(fd, program, e)) == 0 &&
	    (r = sm_pe_read(&pe, fd, e)) == 0)
		r = pe.table != 0;
	sm_os_file_close(fd);
	return r;
}

static int sign_file(const struct pkg_manifest *m, struct pkg_filelist *l,
		     struct pkg_file *f, struct sm_err *e)
{
	struct sm_buf image = SM_BUF_INIT(PKG_PESIGN_FILE_MAX);
	int r = is_signed(f->data, e);

	if (r != 0)
		return r < 0 ? r : 0;
	if ((r = sm_buf_put_str(&image, f->data)) < 0)
		sm_err_set(e, r, "program is too large");
	else if ((r = pkg_programs_put(m, &image, e)) == 0) {
		l->total_bytes += image.len - f->data.len;
		f->data = sm_arena_str(&l->arena, sm_buf_str(&image));
	}
	sm_buf_release(&image);
	return r;
}

int pkg_programs_sign(const struct pkg_manifest *m, struct pkg_filelist *l,
		      const char *folder, struct sm_err *e)
{
	int r;

	if (!m->cert)
		return 0;
	for (size_t i = 0; i < l->n; i++) {
		struct pkg_file *f = &l->file[i];

		if (f->type != PKG_ARC_FILE || !sm_pe_is_pe(f->data) ||
		    !sm_str_starts(sm_str(f->path), folder))
			continue;
		if ((r = sign_file(m, l, f, e)) < 0)
			return sm_err_wrap(e, r, "cannot sign '/%s'", f->path);
	}
	return 0;
}
