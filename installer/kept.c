/*
 * Kept versions. Only reads.
 */
#include "common/def.h"
#include "installer/kept.h"

#include "common/digest.h"
#include "common/fs.h"
#include "common/os/clock.h"
#include "common/version.h"

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

int inst_kept_list(struct sm_receipt *t, const char *source,
		   const char *const other[INST_FILES],
		   const bool present[INST_FILES], struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	const char *path;
	char hex[SM_SHA256_HEX];
	uint8_t sum[SM_SHA256_SIZE];
	size_t i;
	int fd, r = 0;

	for (i = 0; i < INST_FILES && r >= 0; i++) {
		const struct inst_file *f = inst_layout_file(i);
		struct sm_receipt_file rf = { f->name, SM_FILE_REGULAR,
					      f->mode, 0,
					      hex,     "" };

		if (!present[i])
			continue;
		path = other[i] ?
			       other[i] :
			       inst_layout_text(&a, "%s/%s", source, f->name);
		fd = sm_os_file_open(path, SM_FILE_READ, 0, e);
		if (fd < 0) {
			r = fd;
			break;
		}
		r = sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sum,
				 &rf.size, e);
		sm_os_file_close(fd);
		if (r < 0)
			break;
		sm_digest_hex(sum, sizeof(sum), hex);
		r = sm_receipt_add_file(t, &rf, e);
	}
	sm_arena_release(&a);
	return r;
}

/*
 * The version to go back to: the one that is installed now, or, when that is
 * the same, the one before it. "" if there is none with a number.
 */
static const char *previous_version(struct sm_receipt *t,
				    const struct inst_state *s,
				    const char *version)
{
	const char *now = s->plain_version ? s->plain_version : s->current;
	const char *found = "";
	struct sm_receipt old;

	if (!now || !strcmp(now, "unknown"))
		return "";
	now = inst_layout_version(&t->arena, now);
	if (strcmp(now, version))
		return now;
	if (s->current && inst_kept_receipt(s, s->current, &old, NULL) == 0) {
		found = sm_receipt_text(t, old.previous);
		sm_receipt_release(&old);
	}
	return found;
}

void inst_kept_fill(struct sm_receipt *t, const struct inst_state *s,
		    const char *version)
{
	t->version = sm_receipt_text(t, version);
	t->installed = sm_os_clock_wall_ms() / 1000;
	t->installer = sm_receipt_text(t, sm_version());
	t->dir = sm_receipt_text(t, s->dir);
	t->link = sm_receipt_text(t, s->link);
	t->previous = previous_version(t, s, version);
}
