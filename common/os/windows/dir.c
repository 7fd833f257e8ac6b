/*
 * Folders of Windows. They have no descriptors and need no sync of their own.
 * Removal of a tree removes links and junctions and never enters them.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <windows.h>
#include <sddl.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/mem.h"
#include "common/os/random.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"

#define DEPTH_MAX 200
#define NAME_TRIES 16

/*
 * For the system, administrators and the owner, and nothing from above: what
 * mode 0700 is elsewhere.
 * Source: Microsoft, "Security Descriptor String Format".
 */
#define PRIVATE L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"
#define PATH_BYTES_MAX ((size_t)128 << 10) /* 32767 units, 3 bytes each */

int sm_os_dir_open(const char *path, struct sm_err *e)
{
	return sm_err_set(e, SM_ENOTSUP, "cannot open folder '%s'", path);
}

int sm_os_dir_sync(const char *path, struct sm_err *e)
{
	SM_UNUSED(path);
	SM_UNUSED(e);
	return 0;
}

int sm_os_dir_make(const char *path, unsigned mode, struct sm_err *e)
{
	wchar_t *wide = sm_os_utf_path_new(path);
	SECURITY_ATTRIBUTES with = { sizeof(with), NULL, FALSE };
	int r = 0;

	/* without it the folder above decides */
	if (mode == 0700 &&
	    !ConvertStringSecurityDescriptorToSecurityDescriptorW(
		    PRIVATE, SDDL_REVISION_1, &with.lpSecurityDescriptor, NULL))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot create folder '%s'", path);
	else if (!CreateDirectoryW(wide,
				   with.lpSecurityDescriptor ? &with : NULL))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot create folder '%s'", path);
	LocalFree(with.lpSecurityDescriptor);
	sm_mem_free(wide);
	return r;
}

int sm_os_dir_remove(const char *path, struct sm_err *e)
{
	wchar_t *wide = sm_os_utf_path_new(path);
	int r = 0;

	if (!RemoveDirectoryW(wide))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot remove folder '%s'", path);
	sm_mem_free(wide);
	return r;
}

int sm_os_dir_temp(const char *prefix, char *path, size_t size,
		   struct sm_err *e)
{
	int tries, n, r = SM_EEXIST;
	unsigned char s[3];

	for (tries = 0; r == SM_EEXIST && tries < NAME_TRIES; tries++) {
		sm_os_random(s, sizeof(s));
		n = snprintf(path, size, "%s%02x%02x%02x", prefix, s[0], s[1],
			     s[2]);
		if (n < 0 || (size_t)n >= size)
			return sm_err_set(e, SM_ELIMIT,
					  "cannot create folder '%s': "
					  "name too long",
					  prefix);
		r = sm_os_dir_make(path, 0700, e);
	}
	return r;
}

int sm_os_dir_current(struct sm_buf *out, struct sm_err *e)
{
	DWORD n = GetCurrentDirectoryW(0, NULL);
	wchar_t *wide = sm_mem_zalloc((size_t)n + 1, sizeof(*wide));
	DWORD got = GetCurrentDirectoryW(n, wide);
	int r;

	if (!n || !got || got >= n)
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot find the current folder");
	else
		r = sm_os_utf_put_path(out, wide);
	sm_mem_free(wide);
	return r;
}

static bool is_dots(const wchar_t *name)
{
	return !wcscmp(name, L".") || !wcscmp(name, L"..");
}

/* One name to the caller, in UTF-8. */
static int give(const wchar_t *name, sm_os_dir_fn *fn, void *user)
{
	struct sm_buf b = SM_BUF_INIT(SM_BUF_SMALL);
	int r = sm_os_utf_put(&b, name);

	if (r >= 0)
		r = fn(user, sm_buf_z(&b));
	sm_buf_release(&b);
	return r;
}

int sm_os_dir_list(const char *path, sm_os_dir_fn *fn, void *user,
		   struct sm_err *e)
{
	struct sm_buf all = SM_BUF_INIT(PATH_BYTES_MAX);
	WIN32_FIND_DATAW found;
	wchar_t *wide;
	HANDLE h;
	int r = 0;

	(void)sm_buf_puts(&all, path); /* one that is too long is not found */
	(void)sm_buf_puts(&all, "/*");
	wide = sm_os_utf_path_new(sm_buf_z(&all));
	sm_buf_release(&all);
	h = FindFirstFileW(wide, &found);
	sm_mem_free(wide);
	if (h == INVALID_HANDLE_VALUE)
		return sm_os_winerr_set(e, GetLastError(), "cannot list '%s'",
					path);
	do {
		if (!is_dots(found.cFileName))
			r = give(found.cFileName, fn, user);
	} while (r >= 0 && FindNextFileW(h, &found));
	if (r >= 0 && GetLastError() != ERROR_NO_MORE_FILES)
		r = sm_os_winerr_set(e, GetLastError(), "cannot list '%s'",
				     path);
	(void)FindClose(h); /* was only read */
	return r < 0 ? r : 0;
}

struct removal {
	const char *dir;
	unsigned depth;
	struct sm_err *e;
};

static int remove_path(const char *path, unsigned depth, struct sm_err *e);

static int remove_name(void *user, const char *name)
{
	struct sm_buf path = SM_BUF_INIT(PATH_BYTES_MAX);
	struct removal *at = user;
	int r = sm_buf_printf(&path, "%s/%s", at->dir, name);

	if (r >= 0)
		r = remove_path(path.ptr, at->depth, at->e);
	sm_buf_release(&path);
	return r;
}

static int remove_path(const char *path, unsigned depth, struct sm_err *e)
{
	struct removal below = { path, depth + 1, e };
	struct sm_file_info st;
	int r;

	r = sm_os_file_stat(path, false, &st, e);
	if (r < 0)
		return r == SM_ENOTFOUND ? 0 : r;
	if (st.type != SM_FILE_DIR)
		return sm_os_file_remove(path, e);
	if (depth == DEPTH_MAX)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot remove '%s': folders too deep", path);
	if ((r = sm_os_dir_list(path, remove_name, &below, e)) < 0)
		return r;
	return sm_os_dir_remove(path, e);
}

int sm_os_dir_remove_tree(const char *path, struct sm_err *e)
{
	return remove_path(path, 0, e);
}
