/*
 * Links of Windows: symbolic links need a privilege or developer mode; where
 * they cannot be made, a swap leaves a copy of the file instead.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <windows.h>
#include <winioctl.h>

#include "common/buf.h"
#include "common/hex.h"
#include "common/mem.h"
#include "common/os/random.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"

/* Microsoft, "CreateSymbolicLinkW"; headers may lack the newer ones. */
#define LINK_TO_DIR 0x1
#define LINK_UNPRIVILEGED 0x2

/* Microsoft, "REPARSE_DATA_BUFFER" ([MS-FSCC] 2.1.2.4 and 2.1.2.5). */
#define REPARSE_MAX 16384
#define NAME_OFFSET_AT 12
#define NAME_LEN_AT 14
#define SYMLINK_NAMES_AT 20
#define JUNCTION_NAMES_AT 16

/* `target` as the file system finds it from the folder of the link. */
static void resolve(struct sm_buf *out, const char *target, const char *path)
{
	const char *slash = strrchr(path, '/');
	bool absolute = target[0] == '/' || target[0] == '\\' ||
			(target[0] && target[1] == ':');

	if (!absolute && slash)
		(void)sm_buf_put(out, path, (size_t)(slash + 1 - path));
	(void)sm_buf_puts(out, target); /* too long: not found later */
}

/* 0 or the system's error number. */
static DWORD make(const char *target, const char *path, const char *at)
{
	struct sm_buf real = SM_BUF_INIT(SM_BUF_SMALL);
	wchar_t *text = sm_os_utf_wide_new(target), *c;
	wchar_t *wide = sm_os_utf_path_new(at);
	DWORD flags = LINK_UNPRIVILEGED, err = 0;
	struct sm_file_info st;

	resolve(&real, target, path);
	if (sm_os_file_stat(sm_buf_z(&real), true, &st, NULL) == 0 &&
	    st.type == SM_FILE_DIR)
		flags |= LINK_TO_DIR;
	for (c = text; *c; c++) {
		if (*c == L'/')
			*c = L'\\';
	}
	if (!CreateSymbolicLinkW(wide, text, flags))
		err = GetLastError();
	else if (GetFileAttributesW(wide) == INVALID_FILE_ATTRIBUTES)
		err = ERROR_NOT_SUPPORTED; /* wine says yes and does nothing */
	sm_mem_free(text);
	sm_mem_free(wide);
	sm_buf_release(&real);
	return err;
}

int sm_os_link_make(const char *target, const char *path, struct sm_err *e)
{
	DWORD err = make(target, path, path);

	return err ? sm_os_winerr_set(e, err, "cannot create link '%s'", path) :
		     0;
}

static unsigned u16le(const unsigned char *p)
{
	return (unsigned)(p[0] | p[1] << 8);
}

/* The name that people see, or the other if that is empty. */
static int put_target(struct sm_buf *out, const unsigned char *p, size_t n)
{
	size_t names, offset, len;
	unsigned long tag;
	wchar_t *wide;
	int r;

	if (n < SYMLINK_NAMES_AT)
		return SM_EFORMAT;
	tag = u16le(p) | (unsigned long)u16le(p + 2) << 16;
	if (tag == IO_REPARSE_TAG_SYMLINK)
		names = SYMLINK_NAMES_AT;
	else if (tag == IO_REPARSE_TAG_MOUNT_POINT)
		names = JUNCTION_NAMES_AT;
	else
		return SM_EFORMAT;
	offset = u16le(p + NAME_OFFSET_AT);
	len = u16le(p + NAME_LEN_AT);
	if (offset > n - names || len > n - names - offset || len % 2)
		return SM_EFORMAT;
	wide = sm_mem_zalloc(len / 2 + 1, sizeof(*wide));
	memcpy(wide, p + names + offset, len);
	r = sm_os_utf_put_path(out, wide);
	sm_mem_free(wide);
	return r;
}

int sm_os_link_read(const char *path, struct sm_buf *out, struct sm_err *e)
{
	unsigned char *data = sm_mem_zalloc(REPARSE_MAX, 1);
	wchar_t *wide = sm_os_utf_path_new(path);
	HANDLE h = CreateFileW(
		wide, FILE_READ_ATTRIBUTES,
		FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
		OPEN_EXISTING,
		FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
		NULL);
	DWORD n = 0, err;
	int r;

	sm_mem_free(wide);
	if (h == INVALID_HANDLE_VALUE ||
	    !DeviceIoControl(h, FSCTL_GET_REPARSE_POINT, NULL, 0, data,
			     REPARSE_MAX, &n, NULL)) {
		err = GetLastError();
		r = sm_os_winerr_set(e, err, "cannot read link '%s'", path);
		if (h != INVALID_HANDLE_VALUE)
			r = SM_EIO; /* there, but no link */
		if (e)
			e->code = r;
	} else if ((r = put_target(out, data, n)) < 0) {
		(void)sm_err_set(e, r, "cannot read link '%s'", path);
	}
	if (h != INVALID_HANDLE_VALUE)
		(void)CloseHandle(h); /* was only read */
	sm_mem_free(data);
	return r;
}

/* DIR/.sm-RANDOM for DIR/NAME */
static void beside(struct sm_buf *out, const char *path)
{
	const char *slash = strrchr(path, '/');
	unsigned char salt[8];

	sm_os_random(salt, sizeof(salt));
	sm_buf_clear(out);
	if (slash) /* too long: fails to open later */
		(void)sm_buf_put(out, path, (size_t)(slash + 1 - path));
	(void)sm_buf_puts(out, ".sm-");
	(void)sm_hex_put(out, salt, sizeof(salt));
}

/* A copy of what the link would lead to. */
static DWORD copy(const char *target, const char *path, const char *at)
{
	struct sm_buf real = SM_BUF_INIT(SM_BUF_SMALL);
	wchar_t *from, *to = sm_os_utf_path_new(at);
	DWORD err = 0;

	resolve(&real, target, path);
	from = sm_os_utf_path_new(sm_buf_z(&real));
	if (!CopyFileW(from, to, TRUE))
		err = GetLastError();
	sm_mem_free(from);
	sm_mem_free(to);
	sm_buf_release(&real);
	return err;
}

/*
 * Put `tmp` in the place of `path`. A running program cannot be replaced, but
 * it can be renamed; its old name is deleted as soon as that is possible.
 */
static int move_in(const char *tmp, const char *path, struct sm_err *e)
{
	struct sm_buf aside = SM_BUF_INIT(SM_BUF_SMALL);
	struct sm_file_info st;
	wchar_t *wide;
	int r = sm_os_file_rename(tmp, path, e);

	if (r != SM_EPERM && r != SM_EBUSY)
		return r;
	if (sm_os_file_stat(path, false, &st, NULL) < 0 ||
	    st.type == SM_FILE_DIR)
		return r;
	beside(&aside, path);
	if (sm_os_file_rename(path, sm_buf_z(&aside), NULL) < 0)
		goto out;
	r = sm_os_file_rename(tmp, path, e);
	if (r < 0) { /* as it was */
		(void)sm_os_file_rename(sm_buf_z(&aside), path, NULL);
	} else if (sm_os_file_remove(sm_buf_z(&aside), NULL) < 0) {
		wide = sm_os_utf_path_new(sm_buf_z(&aside));
		(void)MoveFileExW(wide, NULL, MOVEFILE_DELAY_UNTIL_REBOOT);
		sm_mem_free(wide);
	}
	if (r >= 0)
		sm_err_clear(e); /* of the first attempt */
out:
	sm_buf_release(&aside);
	return r;
}

int sm_os_link_swap(const char *target, const char *path, struct sm_err *e)
{
	struct sm_buf tmp = SM_BUF_INIT(SM_BUF_SMALL);
	DWORD err;
	int r;

	beside(&tmp, path);
	err = make(target, path, sm_buf_z(&tmp));
	if (err == ERROR_PRIVILEGE_NOT_HELD || err == ERROR_INVALID_FUNCTION ||
	    err == ERROR_NOT_SUPPORTED || err == ERROR_CALL_NOT_IMPLEMENTED)
		err = copy(target, path, sm_buf_z(&tmp));
	if (err) {
		r = sm_os_winerr_set(e, err, "cannot create link '%s'", path);
	} else if ((r = move_in(sm_buf_z(&tmp), path, e)) < 0) {
		(void)sm_os_file_remove(sm_buf_z(&tmp), NULL); /* ours */
		(void)sm_err_wrap(e, r, "cannot create link '%s'", path);
	}
	sm_buf_release(&tmp);
	return r;
}
