/*
 * The value is read and written as it is, never expanded, and keeps its type;
 * programs are told afterwards. A console that is open keeps its old Path.
 */
#include "common/def.h"
#include "installer/pathenv.h"

#include <windows.h>

#include "common/mem.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"
#include "installer/pathlist.h"

#define MACHINE_KEY \
	L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"
#define USER_KEY L"Environment"
#define VALUE L"Path"
#define UNITS_MAX 65536
#define BROADCAST_MS 2000 /* for each window that does not answer */

static LSTATUS open_key(bool machine, REGSAM access, HKEY *key)
{
	return machine ? RegOpenKeyExW(HKEY_LOCAL_MACHINE, MACHINE_KEY, 0,
				       access, key) :
			 RegCreateKeyExW(HKEY_CURRENT_USER, USER_KEY, 0, NULL,
					 0, access, NULL, key, NULL);
}

static int failed(LSTATUS status, const char *act, bool machine,
		  struct sm_err *e)
{
	return sm_os_winerr_set(e, (unsigned long)status,
				"cannot %s the %s Path", act,
				machine ? "machine's" : "user's");
}

/* Append the value; "" if there is none, which then has the usual type. */
static int read_value(HKEY key, bool machine, struct sm_buf *out, DWORD *type,
		      struct sm_err *e)
{
	wchar_t *text = sm_mem_zalloc(UNITS_MAX + 1, sizeof(*text));
	DWORD bytes = UNITS_MAX * sizeof(*text);
	LSTATUS s;
	int r = 0;

	*type = REG_EXPAND_SZ;
	s = RegQueryValueExW(key, VALUE, NULL, type, (BYTE *)text, &bytes);
	if (s == ERROR_FILE_NOT_FOUND)
		*type = REG_EXPAND_SZ;
	else if (s != ERROR_SUCCESS)
		r = failed(s, "read", machine, e);
	else if (*type != REG_SZ && *type != REG_EXPAND_SZ)
		r = sm_err_set(e, SM_EFORMAT,
			       "cannot read the Path: it is not a text");
	else if (sm_os_utf_put(out, text) < 0)
		r = sm_err_set(e, SM_ELIMIT,
			       "cannot read the Path: it is too long");
	sm_mem_free(text);
	return r;
}

static int write_value(HKEY key, bool machine, struct sm_str value, DWORD type,
		       struct sm_err *e)
{
	struct sm_buf z = SM_BUF_INIT((size_t)1 << 20);
	wchar_t *wide;
	size_t units;
	LSTATUS s;

	(void)sm_buf_put_str(&z, value); /* bounded by inst_pathlist */
	wide = sm_os_utf_wide_new(sm_buf_z(&z));
	units = wcslen(wide) + 1;
	if (value.len)
		s = RegSetValueExW(key, VALUE, 0, type, (const BYTE *)wide,
				   (DWORD)(units * sizeof(*wide)));
	else
		s = RegDeleteValueW(key, VALUE);
	sm_mem_free(wide);
	sm_buf_release(&z);
	return s == ERROR_SUCCESS ? 0 : failed(s, "write", machine, e);
}

static void expand(struct sm_buf *out, struct sm_str element)
{
	char *z = sm_mem_dup(element);
	wchar_t *wide = sm_os_utf_wide_new(z);
	wchar_t *full = sm_mem_zalloc(UNITS_MAX + 1, sizeof(*full));
	DWORD n = ExpandEnvironmentStringsW(wide, full, UNITS_MAX);

	if (n && n <= UNITS_MAX)
		(void)sm_os_utf_put(out, full); /* too long: not the same */
	sm_mem_free(full);
	sm_mem_free(wide);
	sm_mem_free(z);
}

/* DIR\bin\, the official spelling. */
static void put_bin(struct sm_buf *out, const char *dir)
{
	for (; *dir; dir++) /* too long: refused when the list is made */
		(void)sm_buf_put_u8(out, *dir == '/' ? '\\' : (uint8_t)*dir);
	(void)sm_buf_puts(out, "\\bin\\");
}

static void tell_programs(void)
{
	wchar_t name[] = L"Environment";
	DWORD_PTR ignored;

	(void)SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0,
				  (LPARAM)name, SMTO_ABORTIFHUNG, BROADCAST_MS,
				  &ignored); /* a courtesy */
}

static bool has(const char *dir, bool machine)
{
	struct sm_buf list = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf bin = SM_BUF_INIT((size_t)INST_PATHLIST_MAX);
	DWORD type;
	HKEY key;
	bool found = false;

	if (open_key(machine, KEY_QUERY_VALUE, &key) != ERROR_SUCCESS)
		return false;
	put_bin(&bin, dir);
	if (read_value(key, machine, &list, &type, NULL) == 0)
		found = inst_pathlist_has(sm_buf_str(&list), sm_buf_str(&bin),
					  expand);
	(void)RegCloseKey(key); /* was only read */
	sm_buf_release(&list);
	sm_buf_release(&bin);
	return found;
}

bool inst_pathenv_has(const char *dir)
{
	return has(dir, true) || has(dir, false);
}

typedef int change_fn(struct sm_buf *out, struct sm_str list, struct sm_str dir,
		      inst_pathlist_expand_fn *fn);

static int change(change_fn *fn, const char *dir, bool machine,
		  struct sm_err *e)
{
	struct sm_buf list = SM_BUF_INIT((size_t)1 << 20);
	struct sm_buf bin = SM_BUF_INIT((size_t)INST_PATHLIST_MAX);
	struct sm_buf to = SM_BUF_INIT((size_t)1 << 20);
	DWORD type;
	HKEY key;
	LSTATUS s;
	int r;

	put_bin(&bin, dir);
	s = open_key(machine, KEY_QUERY_VALUE | KEY_SET_VALUE, &key);
	if (s != ERROR_SUCCESS) {
		r = failed(s, "open", machine, e);
		goto out;
	}
	if ((r = read_value(key, machine, &list, &type, e)) >= 0) {
		r = fn(&to, sm_buf_str(&list), sm_buf_str(&bin), expand);
		if (r < 0)
			(void)sm_err_set(e, r,
					 "cannot put '%s' on the Path: it is "
					 "%s",
					 sm_buf_z(&bin),
					 r == SM_ELIMIT ? "full" :
							  "no name for a Path");
	}
	if (r > 0) {
		r = write_value(key, machine, sm_buf_str(&to), type, e);
		if (r >= 0) {
			tell_programs();
			r = 1;
		}
	}
	(void)RegCloseKey(key); /* the call above was the write */
out:
	sm_buf_release(&list);
	sm_buf_release(&bin);
	sm_buf_release(&to);
	return r;
}

int inst_pathenv_add(const char *dir, bool machine, struct sm_err *e)
{
	return change(inst_pathlist_add, dir, machine, e);
}

int inst_pathenv_remove(const char *dir, bool machine, struct sm_err *e)
{
	if (!has(dir, machine))
		return 0;
	return change(inst_pathlist_remove, dir, machine, e);
}
