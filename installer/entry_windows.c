/*
 * Copies, replaced one by one with MoveFileEx. A program that runs can be
 * renamed and not replaced; that takes two renames, and a kill between them
 * leaves no program until the next run, which finds the text of `current` and
 * copies again.
 */
#include "common/def.h"
#include "installer/entry.h"

#include <windows.h>

#include "common/digest.h"
#include "common/fs.h"
#include "common/os/random.h"
#include "common/os/windows/utf.h"
#include "installer/kept.h"

#define POINTER_MAX ((size_t)256) /* "versions/" and a version */
#define BLOCK ((size_t)64 << 10)

bool inst_entry_copies(void)
{
	return true;
}

int inst_entry_read(const char *path, struct sm_buf *text, struct sm_err *e)
{
	struct sm_buf all = SM_BUF_INIT(POINTER_MAX);
	int r = sm_fs_read(path, POINTER_MAX, &all, e);

	if (r >= 0)
		r = sm_buf_put_str(text, sm_str_trim(sm_buf_str(&all)));
	else if (r != SM_ENOTFOUND && r != SM_EPERM)
		r = SM_EIO; /* too long: not a pointer of ours */
	sm_buf_release(&all);
	return r;
}

static int write_synced(const char *path, struct sm_str data, struct sm_err *e)
{
	int fd, r;

	fd = sm_os_file_open(path, SM_FILE_WRITE | SM_FILE_CREATE, 0644, e);
	if (fd < 0)
		return fd;
	r = sm_os_file_write_all(fd, data, e);
	if (r >= 0)
		r = sm_os_file_sync(fd, e);
	sm_os_file_close(fd);
	return r;
}

int inst_entry_point(const char *path, const char *text, const char *beside,
		     struct sm_err *e)
{
	int r = write_synced(beside, sm_str(text), e);

	if (r >= 0)
		r = sm_os_file_rename(beside, path, e);
	if (r < 0) {
		(void)sm_os_file_remove(beside, NULL); /* r is reported */
		return sm_err_wrap(e, r, "cannot write '%s'", path);
	}
	return 0;
}

/* 1: the same contents; 0: not, or one of them cannot be read. */
static bool is_same(const char *a, const char *b)
{
	int fa = sm_os_file_open(a, SM_FILE_READ, 0, NULL);
	int fb = sm_os_file_open(b, SM_FILE_READ, 0, NULL);
	char *block = sm_mem_alloc(2 * BLOCK);
	struct sm_file_info x, y;
	int64_t n = -1, m = 0;
	bool same = fa >= 0 && fb >= 0 && sm_os_file_fstat(fa, &x, NULL) == 0 &&
		    sm_os_file_fstat(fb, &y, NULL) == 0 && x.size == y.size;

	while (same && n != 0) {
		n = sm_os_file_read(fa, block, BLOCK, NULL);
		m = sm_os_file_read(fb, block + BLOCK, BLOCK, NULL);
		same = n >= 0 && n == m &&
		       !memcmp(block, block + BLOCK, (size_t)n);
	}
	sm_os_file_close(fa);
	sm_os_file_close(fb);
	sm_mem_free(block);
	return same;
}

static bool is_in_use(int r)
{
	return r == SM_EPERM || r == SM_EBUSY;
}

/* Gone with the next start of the machine; needs an administrator. */
static void remove_later(const char *path)
{
	wchar_t *wide = sm_os_utf_path_new(path);

	(void)MoveFileExW(wide, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
	sm_mem_free(wide);
}

/* Put `beside` in the place of a program that runs. */
static int replace_running(const char *path, const char *beside,
			   const char *aside, struct sm_err *e)
{
	int r;

	(void)sm_os_file_remove(aside, NULL); /* of an earlier run */
	if ((r = sm_os_file_rename(path, aside, e)) < 0)
		return r;
	if ((r = sm_os_file_rename(beside, path, e)) < 0) {
		(void)sm_os_file_rename(aside, path, NULL); /* as it was */
		return r;
	}
	if (sm_os_file_remove(aside, NULL) < 0)
		remove_later(aside);
	return 0;
}

int inst_entry_copy(const char *from, const char *path, const char *beside,
		    const char *aside, struct sm_err *e)
{
	int r;

	if (is_same(from, path))
		return 0;
	r = sm_os_file_remove(beside, e); /* of a run that was killed */
	if (r < 0 && r != SM_ENOTFOUND)
		return r;
	sm_err_clear(e);
	if ((r = sm_fs_copy(from, beside, 0755, e)) < 0)
		return sm_err_wrap(e, r, "cannot write '%s'", path);
	r = sm_os_file_rename(beside, path, e);
	if (is_in_use(r)) {
		sm_err_clear(e);
		r = replace_running(path, beside, aside, e);
	}
	if (r < 0) {
		(void)sm_os_file_remove(beside, NULL); /* r is reported */
		return sm_err_wrap(e, r, "cannot replace '%s'", path);
	}
	return 1;
}

int inst_entry_remove(const char *path, struct sm_err *e)
{
	struct sm_buf away = SM_BUF_INIT(SM_BUF_SMALL);
	wchar_t temp[MAX_PATH + 2] = L"";
	unsigned char salt[6];
	size_t i;
	int r = sm_os_file_remove(path, e);

	if (!is_in_use(r) || !GetTempPathW(SM_ARRAY_LEN(temp), temp))
		return r;
	sm_os_random(salt, sizeof(salt));
	(void)sm_os_utf_put_path(&away, temp);
	(void)sm_buf_puts(&away, "session-manager-");
	for (i = 0; i < sizeof(salt); i++)
		(void)sm_buf_printf(&away, "%02x", salt[i]);
	(void)sm_buf_puts(&away, ".old");
	if (!away.err && sm_os_file_rename(path, away.ptr, NULL) == 0) {
		remove_later(away.ptr);
		sm_err_clear(e);
		r = 0;
	}
	sm_buf_release(&away);
	return r;
}

/*
 * Is contract file `i` the one of this kept version? By the digest in its
 * receipt, so that damage in the version's folder does not make the file look
 * like somebody else's; an adopted version has no receipt.
 */
static bool is_from(struct inst_state *s, const char *version, size_t i,
		    const char *digest)
{
	const char *name = inst_layout_file(i)->name;
	const struct sm_receipt_file *f;
	struct sm_receipt rec;
	bool same;

	if (inst_kept_receipt(s, version, &rec, NULL) < 0)
		return is_same(inst_layout_text(&s->arena, "%s/%s", s->dir,
						name),
			       inst_layout_text(&s->arena,
						"%s/" INST_VERSIONS "/%s/%s",
						s->dir, version, name));
	f = sm_receipt_find(&rec, name);
	same = f && !strcmp(f->sha256, digest);
	sm_receipt_release(&rec);
	return same;
}

/* 64 digits; "" if the file cannot be read. */
static void digest_of(struct inst_state *s, size_t i, char hex[SM_SHA256_HEX])
{
	uint8_t sum[SM_SHA256_SIZE];
	int fd = sm_os_file_open(inst_layout_text(&s->arena, "%s/%s", s->dir,
						  inst_layout_file(i)->name),
				 SM_FILE_READ, 0, NULL);

	hex[0] = '\0';
	if (fd >= 0 && sm_digest_fd(SM_DIGEST_SHA256, fd, 0, UINT64_MAX, sum,
				    NULL, NULL) >= 0)
		sm_digest_hex(sum, sizeof(sum), hex);
	sm_os_file_close(fd);
}

static enum inst_slot settle(struct inst_state *s, size_t i)
{
	char hex[SM_SHA256_HEX];
	size_t v;

	digest_of(s, i, hex);
	if (s->current && is_from(s, s->current, i, hex))
		return INST_SLOT_OURS;
	for (v = s->versions.n; v-- > 0;) {
		if (is_from(s, s->versions.name[v], i, hex))
			return INST_SLOT_STALE;
	}
	return INST_SLOT_FILE;
}

int inst_entry_settle(struct inst_state *s, struct sm_err *e)
{
	bool plain = false;
	size_t i;

	SM_UNUSED(e);
	for (i = 0; i < INST_FILES; i++) {
		if (s->slot[i] != INST_SLOT_FILE)
			continue;
		s->slot[i] = settle(s, i);
		plain = plain || s->slot[i] == INST_SLOT_FILE;
	}
	if (!plain)
		s->plain_version = NULL;
	return 0;
}
