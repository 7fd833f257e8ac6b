/*
 * Kept versions. Only reads.
 */
#include "common/def.h"
#include "installer/kept.h"

#include "common/digest.h"
#include "common/fs.h"

int inst_kept_receipt(const struct inst_state *s, const char *folder,
		      struct sm_receipt *rec, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf text = SM_BUF_INIT(SM_RECEIPT_MAX);
	const char *path = inst_layout_text(
		&a, "%s/" INST_VERSIONS "/%s/" INST_RECEIPT, s->dir, folder);
	int r;

	if ((r = sm_fs_read(path, SM_RECEIPT_MAX, &text, e)) < 0)
		goto out;
	if ((r = sm_receipt_parse(rec, sm_buf_str(&text), e)) < 0)
		sm_err_wrap(e, r, "cannot use '%s'", path);
out:
	sm_buf_release(&text);
	sm_arena_release(&a);
	return r;
}

static bool is_version_of(const char *folder, const char *version)
{
	size_t n = strlen(version);

	return !strncmp(folder, version, n) && (!folder[n] || folder[n] == '~');
}

/* The folder of a version: its name, or the newest of NAME~N. */
static const char *folder_of(const struct inst_state *s, const char *version)
{
	size_t i;

	for (i = s->versions.n; i-- > 0;) {
		const char *f = s->versions.name[i];

		if (is_version_of(f, version) &&
		    (!s->current || strcmp(f, s->current)))
			return f;
	}
	return NULL;
}

int inst_kept_choose(const struct inst_state *s, const char *version,
		     struct sm_arena *a, const char **folder, struct sm_err *e)
{
	struct sm_receipt rec;
	const char *found = NULL;
	size_t i;

	if (version) {
		found = folder_of(s, version);
		if (!found && s->current && is_version_of(s->current, version))
			return sm_err_set(e, SM_ESTATE,
					  "version '%s' is the installed one "
					  "already",
					  version);
		if (!found)
			return sm_err_set(e, SM_ENOTFOUND,
					  "version '%s' is not kept in '%s'",
					  version, s->dir);
	} else if (s->current &&
		   inst_kept_receipt(s, s->current, &rec, NULL) == 0) {
		if (rec.previous[0])
			found = folder_of(s, rec.previous);
		sm_receipt_release(&rec);
	}
	for (i = s->versions.n; !found && i-- > 0;) {
		if (!s->current || strcmp(s->versions.name[i], s->current))
			found = s->versions.name[i];
	}
	if (!found)
		return sm_err_set(e, SM_ENOTFOUND,
				  "no other version is kept in '%s'", s->dir);
	*folder = sm_arena_dup(a, sm_str(found));
	return 0;
}

int inst_kept_compare(const struct inst_state *s, const char *folder,
		      const struct sm_receipt_file *f,
		      enum inst_kept_change *change, struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	uint8_t sum[SM_SHA256_SIZE];
	int fd, r;

	*change = INST_KEPT_SAME;
	fd = sm_os_file_open(inst_layout_text(&a, "%s/" INST_VERSIONS "/%s/%s",
					      s->dir, folder, f->path),
			     SM_FILE_READ, 0, e);
	if (fd == SM_ENOTFOUND) {
		sm_err_clear(e);
		*change = INST_KEPT_MISSING;
		r = 0;
		goto out;
	}
	if ((r = fd) < 0)
		goto out;
	r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sum, NULL, e);
	sm_os_file_close(fd);
	if (r >= 0 && !sm_digest_hex_eq(sum, sizeof(sum), sm_str(f->sha256)))
		*change = INST_KEPT_CHANGED;
out:
	sm_arena_release(&a);
	return r < 0 ? r : 0;
}
