/*
 * Files of Windows. Every file is opened so that others may read, write,
 * rename and delete it, as on Unix, and is not inherited. There are no modes:
 * setting one does nothing.
 */
#include "common/def.h"
#include "common/os/file.h"

#include <fcntl.h>
#include <io.h>
#include <windows.h>

#include "common/hex.h"
#include "common/mem.h"
#include "common/os/random.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define IO_MAX ((size_t)1 << 30)

/* 100 ns ticks from 1601 to 1970 (Microsoft, "FILETIME"). */
#define EPOCH_TICKS 116444736000000000LL
#define TICKS_PER_SEC 10000000

#define RENAME_TRIES 11
#define RENAME_WAIT_MS 100

/* A byte that no file has: locks are mandatory here, contents stay free. */
#define LOCK_AT_HIGH 0x7fffffff

static HANDLE handle_of(int fd)
{
	return fd < 0 ? INVALID_HANDLE_VALUE : (HANDLE)_get_osfhandle(fd);
}

static DWORD access_of(unsigned flags)
{
	DWORD a = 0;

	if (flags & SM_FILE_READ)
		a |= GENERIC_READ;
	if (flags & SM_FILE_APPEND)
		a |= FILE_APPEND_DATA | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;
	else if (flags & SM_FILE_WRITE)
		a |= GENERIC_WRITE;
	return a;
}

static DWORD disposition_of(unsigned flags)
{
	bool keep = !(flags & SM_FILE_WRITE) ||
		    flags & (SM_FILE_KEEP | SM_FILE_APPEND);

	if (flags & SM_FILE_CREATE && flags & SM_FILE_EXCL)
		return CREATE_NEW;
	if (flags & SM_FILE_CREATE)
		return keep ? OPEN_ALWAYS : CREATE_ALWAYS;
	return keep ? OPEN_EXISTING : TRUNCATE_EXISTING;
}

static bool is_link_handle(HANDLE h)
{
	FILE_ATTRIBUTE_TAG_INFO tag;

	return GetFileInformationByHandleEx(h, FileAttributeTagInfo, &tag,
					    sizeof(tag)) &&
	       tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT &&
	       (tag.ReparseTag == IO_REPARSE_TAG_SYMLINK ||
		tag.ReparseTag == IO_REPARSE_TAG_MOUNT_POINT);
}

/* Takes the handle over, also on failure. */
static int descriptor_of(HANDLE h, unsigned flags, const char *path,
			 struct sm_err *e)
{
	int how = _O_BINARY | _O_NOINHERIT, fd;

	if (!(flags & SM_FILE_WRITE))
		how |= _O_RDONLY;
	if (flags & SM_FILE_APPEND)
		how |= _O_APPEND;
	fd = _open_osfhandle((intptr_t)h, how);
	if (fd >= 0)
		return fd;
	(void)CloseHandle(h); /* nothing was done with it */
	return sm_err_set(e, SM_ELIMIT, "cannot open '%s': too many open files",
			  path);
}

int sm_os_file_open(const char *path, unsigned flags, unsigned mode,
		    struct sm_err *e)
{
	const char *act = flags & SM_FILE_EXCL ? "create" : "open";
	DWORD attr = FILE_ATTRIBUTE_NORMAL, how = disposition_of(flags);
	wchar_t *wide = sm_os_utf_path_new(path);
	HANDLE h;

	SM_UNUSED(mode);
	if (flags & SM_FILE_NOFOLLOW) {
		attr |= FILE_FLAG_OPEN_REPARSE_POINT;
		/* what is truncated must be looked at first */
		if (how == CREATE_ALWAYS)
			how = OPEN_ALWAYS;
		else if (how == TRUNCATE_EXISTING)
			how = OPEN_EXISTING;
	}
	h = CreateFileW(wide, access_of(flags), SHARE_ALL, NULL, how, attr,
			NULL);
	sm_mem_free(wide);
	if (h == INVALID_HANDLE_VALUE)
		return sm_os_winerr_set(e, GetLastError(), "cannot %s '%s'",
					act, path);
	if (flags & SM_FILE_NOFOLLOW && is_link_handle(h)) {
		(void)CloseHandle(h); /* nothing was done with it */
		return sm_err_set(e, SM_EPERM, "cannot %s '%s': it is a link",
				  act, path);
	}
	if (how != disposition_of(flags) && !SetEndOfFile(h)) {
		DWORD err = GetLastError();

		(void)CloseHandle(h); /* nothing was written */
		return sm_os_winerr_set(e, err, "cannot %s '%s'", act, path);
	}
	return descriptor_of(h, flags, path, e);
}

void sm_os_file_close(int fd)
{
	if (fd >= 0)
		(void)_close(fd); /* callers that care have synced */
}

int64_t sm_os_file_read(int fd, void *p, size_t len, struct sm_err *e)
{
	HANDLE h = handle_of(fd);
	size_t done = 0;
	DWORD want, n, err;

	while (done < len) {
		want = (DWORD)(len - done < IO_MAX ? len - done : IO_MAX);
		if (!ReadFile(h, (char *)p + done, want, &n, NULL)) {
			err = GetLastError();
			if (err == ERROR_BROKEN_PIPE || err == ERROR_HANDLE_EOF)
				break;
			return sm_os_winerr_set(e, err, "cannot read");
		}
		if (!n)
			break;
		done += n;
	}
	return (int64_t)done;
}

int64_t sm_os_file_read_at(int fd, void *p, size_t len, uint64_t offset,
			   struct sm_err *e)
{
	HANDLE h = handle_of(fd);
	LARGE_INTEGER zero, old;
	int64_t n;
	int r;

	zero.QuadPart = 0;
	if (offset > INT64_MAX - len)
		return sm_err_set(e, SM_ELIMIT, "cannot read: offset too big");
	if (!SetFilePointerEx(h, zero, &old, FILE_CURRENT))
		return sm_os_winerr_set(e, GetLastError(), "cannot read");
	if ((r = sm_os_file_seek(fd, offset, e)) < 0)
		return r;
	n = sm_os_file_read(fd, p, len, e);
	if (!SetFilePointerEx(h, old, NULL, FILE_BEGIN) && n >= 0)
		return sm_os_winerr_set(e, GetLastError(), "cannot read");
	return n;
}

int sm_os_file_write_all(int fd, struct sm_str data, struct sm_err *e)
{
	HANDLE h = handle_of(fd);
	size_t done = 0;
	DWORD want, n;

	while (done < data.len) {
		want = (DWORD)(data.len - done < IO_MAX ? data.len - done :
							  IO_MAX);
		if (!WriteFile(h, data.ptr + done, want, &n, NULL))
			return sm_os_winerr_set(e, GetLastError(),
						"cannot write");
		done += n;
	}
	return 0;
}

int sm_os_file_seek(int fd, uint64_t offset, struct sm_err *e)
{
	LARGE_INTEGER to;

	if (offset > INT64_MAX)
		return sm_err_set(e, SM_ELIMIT, "cannot seek: offset too big");
	to.QuadPart = (int64_t)offset;
	if (!SetFilePointerEx(handle_of(fd), to, NULL, FILE_BEGIN))
		return sm_os_winerr_set(e, GetLastError(), "cannot seek");
	return 0;
}

int sm_os_file_truncate(int fd, uint64_t len, struct sm_err *e)
{
	FILE_END_OF_FILE_INFO end;

	if (len > INT64_MAX)
		return sm_err_set(e, SM_ELIMIT, "cannot cut file: too big");
	end.EndOfFile.QuadPart = (int64_t)len;
	if (!SetFileInformationByHandle(handle_of(fd), FileEndOfFileInfo, &end,
					sizeof(end)))
		return sm_os_winerr_set(e, GetLastError(), "cannot cut file");
	return 0;
}

int sm_os_file_sync(int fd, struct sm_err *e)
{
	if (!FlushFileBuffers(handle_of(fd)))
		return sm_os_winerr_set(e, GetLastError(), "cannot sync");
	return 0;
}

int sm_os_file_writeback(int fd, bool wait, struct sm_err *e)
{
	SM_UNUSED(fd);
	SM_UNUSED(wait);
	SM_UNUSED(e);
	return 0;
}

static int info_of(HANDLE h, struct sm_file_info *to)
{
	BY_HANDLE_FILE_INFORMATION i;
	uint64_t ticks;

	if (!GetFileInformationByHandle(h, &i))
		return -1;
	memset(to, 0, sizeof(*to));
	if (is_link_handle(h))
		to->type = SM_FILE_LINK;
	else if (i.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
		to->type = SM_FILE_DIR;
	else
		to->type = SM_FILE_REGULAR;
	to->mode = to->type == SM_FILE_DIR ? 0755 : 0644;
	to->size = (uint64_t)i.nFileSizeHigh << 32 | i.nFileSizeLow;
	to->dev = i.dwVolumeSerialNumber;
	to->ino = (uint64_t)i.nFileIndexHigh << 32 | i.nFileIndexLow;
	to->nlink = i.nNumberOfLinks;
	ticks = (uint64_t)i.ftLastWriteTime.dwHighDateTime << 32 |
		i.ftLastWriteTime.dwLowDateTime;
	to->mtime_sec = ((int64_t)ticks - EPOCH_TICKS) / TICKS_PER_SEC;
	return 0;
}

int sm_os_file_fstat(int fd, struct sm_file_info *st, struct sm_err *e)
{
	if (info_of(handle_of(fd), st) < 0)
		return sm_os_winerr_set(e, GetLastError(),
					"cannot look at an open file");
	return 0;
}

int sm_os_file_fchmod(int fd, unsigned mode, struct sm_err *e)
{
	SM_UNUSED(fd);
	SM_UNUSED(mode);
	SM_UNUSED(e);
	return 0;
}

/* Programs are known by their name here. */
static bool is_program_name(const char *path)
{
	struct sm_str ext = sm_str(strrchr(path, '.'));

	return sm_str_eq_nocase(ext, sm_str(".exe")) ||
	       sm_str_eq_nocase(ext, sm_str(".bat")) ||
	       sm_str_eq_nocase(ext, sm_str(".cmd"));
}

/* A handle for attributes of anything, also of a folder. */
static HANDLE open_any(const char *path, bool follow, DWORD access)
{
	wchar_t *wide = sm_os_utf_path_new(path);
	DWORD flags = FILE_FLAG_BACKUP_SEMANTICS |
		      (follow ? 0 : FILE_FLAG_OPEN_REPARSE_POINT);
	HANDLE h = CreateFileW(wide, access, SHARE_ALL, NULL, OPEN_EXISTING,
			       flags, NULL);

	sm_mem_free(wide);
	return h;
}

int sm_os_file_stat(const char *path, bool follow, struct sm_file_info *st,
		    struct sm_err *e)
{
	HANDLE h = open_any(path, follow, FILE_READ_ATTRIBUTES);
	int r = 0;

	if (h == INVALID_HANDLE_VALUE || info_of(h, st) < 0)
		r = sm_os_winerr_set(e, GetLastError(), "cannot look at '%s'",
				     path);
	else if (st->type == SM_FILE_REGULAR && is_program_name(path))
		st->mode = 0755;
	if (h != INVALID_HANDLE_VALUE)
		(void)CloseHandle(h); /* was only looked at */
	return r;
}

/* Deletes also what has the read-only attribute, as on Unix. */
static BOOL delete_wide(const wchar_t *wide)
{
	DWORD attr = GetFileAttributesW(wide);
	bool dir_link = attr != INVALID_FILE_ATTRIBUTES &&
			attr & FILE_ATTRIBUTE_DIRECTORY &&
			attr & FILE_ATTRIBUTE_REPARSE_POINT;

	if (attr != INVALID_FILE_ATTRIBUTES && attr & FILE_ATTRIBUTE_READONLY)
		(void)SetFileAttributesW(
			wide, attr & ~(DWORD)FILE_ATTRIBUTE_READONLY);
	return dir_link ? RemoveDirectoryW(wide) : DeleteFileW(wide);
}

int sm_os_file_remove(const char *path, struct sm_err *e)
{
	wchar_t *wide = sm_os_utf_path_new(path);
	int r = 0;

	if (!delete_wide(wide))
		r = sm_os_winerr_set(e, GetLastError(), "cannot remove '%s'",
				     path);
	sm_mem_free(wide);
	return r;
}

int sm_os_file_chmod(const char *path, unsigned mode, struct sm_err *e)
{
	struct sm_file_info st;

	SM_UNUSED(mode);
	return sm_os_file_stat(path, true, &st, e);
}

int sm_os_file_mtime(const char *path, int64_t unix_sec, struct sm_err *e)
{
	HANDLE h;
	uint64_t ticks;
	FILETIME ft;
	int r = 0;

	if (unix_sec < -EPOCH_TICKS / TICKS_PER_SEC ||
	    unix_sec > INT64_MAX / TICKS_PER_SEC - EPOCH_TICKS / TICKS_PER_SEC)
		return sm_err_set(e, SM_ELIMIT,
				  "cannot set the time of '%s': out of range",
				  path);
	ticks = (uint64_t)(unix_sec * TICKS_PER_SEC + EPOCH_TICKS);
	ft.dwLowDateTime = (DWORD)ticks;
	ft.dwHighDateTime = (DWORD)(ticks >> 32);
	h = open_any(path, false, FILE_WRITE_ATTRIBUTES);
	if (h == INVALID_HANDLE_VALUE || !SetFileTime(h, NULL, NULL, &ft))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot set the time of '%s'", path);
	if (h != INVALID_HANDLE_VALUE)
		(void)CloseHandle(h); /* the call above was the write */
	return r;
}

int sm_os_file_chown(const char *path, uint32_t uid, uint32_t gid,
		     struct sm_err *e)
{
	SM_UNUSED(uid);
	SM_UNUSED(gid);
	return sm_err_set(e, SM_ENOTSUP, "cannot set the owner of '%s'", path);
}

/*
 * A scanner or an indexer opens what is new for a moment, without letting it
 * be renamed: try again for a second. A program that runs stays so, and is not
 * waited for: then `to` is there and not a folder.
 */
static BOOL move(const wchar_t *from, const wchar_t *to)
{
	DWORD how = MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH;
	DWORD err = ERROR_SUCCESS;
	int tries;

	for (tries = 0; tries < RENAME_TRIES; tries++) {
		if (tries)
			Sleep(RENAME_WAIT_MS);
		if (MoveFileExW(from, to, how))
			return TRUE;
		err = GetLastError();
		if (err != ERROR_SHARING_VIOLATION &&
		    (err != ERROR_ACCESS_DENIED ||
		     GetFileAttributesW(to) != INVALID_FILE_ATTRIBUTES ||
		     GetFileAttributesW(from) == INVALID_FILE_ATTRIBUTES))
			break;
	}
	SetLastError(err);
	return FALSE;
}

int sm_os_file_rename(const char *from, const char *to, struct sm_err *e)
{
	wchar_t *a = sm_os_utf_path_new(from), *b = sm_os_utf_path_new(to);
	int r = 0;

	if (!move(a, b))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot rename '%s' to '%s'", from, to);
	sm_mem_free(a);
	sm_mem_free(b);
	return r;
}

int sm_os_file_hardlink(const char *from, const char *to, struct sm_err *e)
{
	wchar_t *a = sm_os_utf_path_new(from), *b = sm_os_utf_path_new(to);
	int r = 0;

	if (!CreateHardLinkW(b, a, NULL))
		r = sm_os_winerr_set(e, GetLastError(),
				     "cannot link '%s' to '%s'", to, from);
	sm_mem_free(a);
	sm_mem_free(b);
	return r;
}

int sm_os_file_lock(int fd, struct sm_err *e)
{
	OVERLAPPED at;
	DWORD err;

	memset(&at, 0, sizeof(at));
	at.OffsetHigh = LOCK_AT_HIGH;
	if (LockFileEx(handle_of(fd),
		       LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0,
		       1, 0, &at))
		return 0;
	err = GetLastError();
	if (err == ERROR_LOCK_VIOLATION || err == ERROR_IO_PENDING)
		return sm_err_set_os(e, SM_EBUSY, (int)err,
				     "cannot lock: another process has it");
	return sm_os_winerr_set(e, err, "cannot lock");
}

int sm_os_file_temp(const char *dir, struct sm_err *e)
{
	struct sm_buf name = SM_BUF_INIT(SM_BUF_SMALL);
	wchar_t *wide, temp[MAX_PATH + 2] = L"";
	unsigned char salt[8];
	HANDLE h;
	int fd;

	/* a name that does not fit fails to open below */
	if (dir)
		(void)sm_buf_puts(&name, dir);
	else if (GetTempPathW(SM_ARRAY_LEN(temp), temp))
		(void)sm_os_utf_put_path(&name, temp);
	sm_os_random(salt, sizeof(salt));
	(void)sm_buf_puts(&name, "/.sm-");
	(void)sm_hex_put(&name, salt, sizeof(salt));
	wide = sm_os_utf_path_new(sm_buf_z(&name));
	h = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW,
			FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE,
			NULL);
	sm_mem_free(wide);
	if (h == INVALID_HANDLE_VALUE)
		fd = sm_os_winerr_set(e, GetLastError(),
				      "cannot make a file '%s'",
				      sm_buf_z(&name));
	else
		fd = descriptor_of(h, SM_FILE_READ | SM_FILE_WRITE,
				   sm_buf_z(&name), e);
	sm_buf_release(&name);
	return fd;
}
