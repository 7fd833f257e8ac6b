/*
 * Opens this program itself and what it carries. The system keeps a running
 * program from being written to, so what was compared is what is unpacked.
 */
#include "common/def.h"
#include "installer/bundled.h"

#include "common/appended.h"
#include "common/os/process.h"
#include "common/path.h"

static int open_self(struct inst_bundled *b, struct sm_err *e)
{
	struct sm_buf self = SM_BUF_INIT((size_t)8 << 10);
	struct sm_str path;
	int r;

	if ((r = sm_os_process_self(&self, e)) < 0)
		goto out;
	path = sm_buf_str(&self);
	b->where = sm_arena_dup(&b->arena, path);
	b->name = sm_arena_dup(&b->arena, sm_path_basename(path));
	r = b->fd = sm_os_file_open(b->where, SM_FILE_READ, 0, e);
out:
	sm_buf_release(&self);
	return r;
}

int inst_bundled_open(struct inst_bundled *b, struct sm_err *e)
{
	struct sm_appended a;
	int r;

	memset(b, 0, sizeof(*b));
	b->fd = -1;
	if ((r = open_self(b, e)) < 0)
		return r;
	r = sm_appended_find(b->fd, &a, e);
	if (r == SM_ENOTFOUND)
		return sm_err_set(
			e, r,
			"this program carries no package: it is not a "
			"self-contained installer");
	if (r == 0)
		r = sm_package_read(&b->package, b->fd, e);
	if (r == 0 && !b->package.version[0])
		r = sm_err_set(e, SM_EFORMAT, "it has no VERSION");
	if (r < 0)
		return sm_err_wrap(e, r, "cannot use what '%s' carries",
				   b->where);
	b->size = a.size;
	sm_digest_hex(a.sha256, sizeof(a.sha256), b->sha256);
	return 0;
}

void inst_bundled_release(struct inst_bundled *b)
{
	if (b->fd >= 0)
		sm_os_file_close(b->fd);
	b->fd = -1;
	sm_arena_release(&b->arena);
}

void inst_bundled_receipt(const struct inst_bundled *b, struct sm_receipt *t)
{
	t->source_kind = "bundled";
	t->source_from = sm_receipt_text(t, b->where);
	t->artifact_name = sm_receipt_text(t, b->name);
	t->artifact_format = sm_package_format_name(b->package.format);
	t->artifact_sha256 = sm_receipt_text(t, b->sha256);
	t->artifact_size = b->size;
	t->verified_method = "none";
	t->verified_reason = "carried by the installer itself";
}
