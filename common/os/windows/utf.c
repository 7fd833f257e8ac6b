/*
 * UTF-8 to UTF-16 and back.
 */
#include "common/def.h"
#include "common/os/windows/utf.h"

#include <windows.h>

#include "common/mem.h"

/* A folder's limit is 12 less than a file's 260: room for an 8.3 name. */
#define PLAIN_MAX 247

wchar_t *sm_os_utf_wide_new(const char *text)
{
	int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
	wchar_t *w = sm_mem_zalloc((size_t)n + 1, sizeof(*w));

	if (n > 0)
		(void)MultiByteToWideChar(CP_UTF8, 0, text, -1, w,
					  n); /* fits */
	return w;
}

/* "\\?\" before "C:\...", "\\?\UNC" before "\server\...". */
static wchar_t *without_limit(const wchar_t *path)
{
	static const wchar_t drive[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
	DWORD n = GetFullPathNameW(path, 0, NULL, NULL);
	bool unc = path[0] == L'\\' && path[1] == L'\\';
	const wchar_t *prefix = unc ? share : drive;
	size_t at = wcslen(prefix);
	wchar_t *full = sm_mem_zalloc((size_t)n + 1, sizeof(*full));
	wchar_t *w;

	if (GetFullPathNameW(path, n + 1, full, NULL) > n)
		full[0] = L'\0';
	w = sm_mem_zalloc(at + wcslen(full) + 1, sizeof(*w));
	memcpy(w, prefix, at * sizeof(*w));
	/* of two leading backslashes of a share one stays */
	memcpy(w + at, full + (unc && full[0] ? 1 : 0),
	       (wcslen(full) - (unc && full[0] ? 1 : 0)) * sizeof(*w));
	sm_mem_free(full);
	return w;
}

wchar_t *sm_os_utf_path_new(const char *path)
{
	wchar_t *w = sm_os_utf_wide_new(path), *c, *lifted;

	for (c = w; *c; c++) {
		if (*c == L'/')
			*c = L'\\';
	}
	if (c - w <= PLAIN_MAX || !wcsncmp(w, L"\\\\?\\", 4))
		return w;
	lifted = without_limit(w);
	sm_mem_free(w);
	return lifted;
}

int sm_os_utf_put(struct sm_buf *out, const wchar_t *wide)
{
	int n = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
	int r;

	if (n <= 1)
		return 0;
	/* the terminator is counted in n and has room behind the reserve */
	if ((r = sm_buf_reserve(out, (size_t)n - 1)) < 0)
		return r;
	(void)WideCharToMultiByte(CP_UTF8, 0, wide, -1, out->ptr + out->len, n,
				  NULL, NULL); /* fits */
	sm_buf_added(out, (size_t)n - 1);
	return 0;
}

int sm_os_utf_put_path(struct sm_buf *out, const wchar_t *wide)
{
	size_t i = out->len;
	int r;

	if (!wcsncmp(wide, L"\\\\?\\", 4) && wcsncmp(wide + 4, L"UNC\\", 4))
		wide += 4;
	r = sm_os_utf_put(out, wide);
	for (; r >= 0 && i < out->len; i++) {
		if (out->ptr[i] == '\\')
			out->ptr[i] = '/';
	}
	return r;
}
