/*
 * Our entry has one fixed name, so that an update finds it; the official
 * setup's changes its name with every version and is known by its upgrade
 * code, in the view of 32-bit programs.
 */
#include "common/def.h"
#include "installer/arp.h"

#include <windows.h>

#include "common/fs.h"
#include "common/os/clock.h"
#include "common/os/windows/utf.h"
#include "common/os/windows/winerr.h"
#include "common/version.h"
#include "installer/layout.h"

#define LIST L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall"
#define KEY LIST L"\\SessionManagerPlugin"
#define VALUE_UNITS 4096
#define NAME_UNITS 256 /* Microsoft, "Registry Element Size Limits" */
#define UPGRADE_CODE L"{9670508D-C72E-4FBC-B783-202D0682C2FE}"

static HKEY root_of(bool machine)
{
	return machine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
}

/* Append a text value; false if there is none. */
static bool get_text(HKEY key, const wchar_t *name, struct sm_buf *out)
{
	wchar_t *text = sm_mem_zalloc(VALUE_UNITS, sizeof(*text));
	DWORD bytes = VALUE_UNITS * sizeof(*text);
	bool ok = RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, text,
			       &bytes) == ERROR_SUCCESS &&
		  sm_os_utf_put(out, text) >= 0;

	sm_mem_free(text);
	return ok;
}

static LSTATUS put_text(HKEY key, const wchar_t *name, const char *text)
{
	wchar_t *wide = sm_os_utf_wide_new(text);
	LSTATUS s = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)wide,
				   (DWORD)((wcslen(wide) + 1) * sizeof(*wide)));

	sm_mem_free(wide);
	return s;
}

static LSTATUS put_number(HKEY key, const wchar_t *name, DWORD n)
{
	return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&n,
			      sizeof(n));
}

/* With backslashes, as other programs read it. */
static char *native(struct sm_arena *a, const char *path)
{
	char *z = sm_arena_dup(a, sm_str(path)), *c;

	for (c = z; *c; c++) {
		if (*c == '/')
			*c = '\\';
	}
	return z;
}

static bool is_of(bool machine, const char *dir)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf at = SM_BUF_INIT((size_t)4 * VALUE_UNITS);
	struct sm_str have;
	bool same = false;
	HKEY key;

	if (RegOpenKeyExW(root_of(machine), KEY, 0,
			  KEY_QUERY_VALUE | KEY_WOW64_64KEY,
			  &key) != ERROR_SUCCESS)
		return false;
	if (get_text(key, L"InstallLocation", &at)) {
		have = sm_buf_str(&at);
		if (have.len && have.ptr[have.len - 1] == '\\')
			have.len--;
		same = sm_str_eq_nocase(have, sm_str(native(&a, dir)));
	}
	(void)RegCloseKey(key); /* was only read */
	sm_buf_release(&at);
	sm_arena_release(&a);
	return same;
}

bool inst_arp_has(const char *dir)
{
	return is_of(true, dir) || is_of(false, dir);
}

/* KiB of the files in DIR, those of kept versions included. */
static int add_size(void *user, const char *rel, const struct sm_file_info *st,
		    struct sm_err *e)
{
	uint64_t *bytes = user;

	SM_UNUSED(rel);
	SM_UNUSED(e);
	if (st->type == SM_FILE_REGULAR)
		*bytes += st->size;
	return 0;
}

/* The commands that remove; false if no such program is there. */
static bool put_commands(struct sm_buf *plain, struct sm_buf *quiet,
			 const char *dir)
{
	struct sm_arena a = SM_ARENA_INIT;
	const char *setup = inst_layout_text(&a, "%s/" INST_SETUP, dir);
	const char *tool = inst_layout_text(&a, "%s/" INST_INSTALLER, dir);
	struct sm_file_info st;
	bool found = true;

	if (sm_os_file_stat(setup, true, &st, NULL) == 0) {
		setup = native(&a, setup);
		(void)sm_buf_printf(plain, "\"%s\" /uninstall", setup);
		(void)sm_buf_printf(quiet, "\"%s\" /uninstall /quiet", setup);
	} else if (sm_os_file_stat(tool, true, &st, NULL) == 0) {
		tool = native(&a, tool);
		(void)sm_buf_printf(plain, "\"%s\" uninstall -i \"%s\"", tool,
				    native(&a, dir));
		(void)sm_buf_printf(quiet, "\"%s\" uninstall -q -i \"%s\"",
				    tool, native(&a, dir));
	} else {
		found = false;
	}
	sm_arena_release(&a);
	return found;
}

static LSTATUS put_all(HKEY key, struct sm_arena *a, const char *dir,
		       const char *version)
{
	struct sm_version v = { 0 };
	uint64_t bytes = 0;
	struct tm now;
	LSTATUS s = 0;

	(void)sm_version_parse(&v, sm_str(version));   /* else zeros */
	(void)sm_fs_walk(dir, add_size, &bytes, NULL); /* an estimate */
	s |= put_text(key, L"DisplayName", "Session Manager Plugin");
	s |= put_text(key, L"DisplayVersion", version);
	s |= put_number(key, L"VersionMajor", v.part[0]);
	s |= put_number(key, L"VersionMinor", v.part[1]);
	s |= put_text(key, L"Publisher", "session-manager-plugin");
	s |= put_text(key, L"InstallLocation",
		      native(a, inst_layout_text(a, "%s/", dir)));
	s |= put_text(key, L"DisplayIcon",
		      native(a, inst_layout_text(a, "%s/" INST_PLUGIN, dir)));
	s |= put_number(key, L"EstimatedSize", (DWORD)(bytes / 1024));
	s |= put_number(key, L"NoModify", 1);
	s |= put_number(key, L"NoRepair", 1);
	if (sm_os_clock_local(sm_os_clock_wall_ms() / 1000, &now) == 0)
		s |= put_text(key, L"InstallDate",
			      inst_layout_text(a, "%04d%02d%02d",
					       now.tm_year + 1900,
					       now.tm_mon + 1, now.tm_mday));
	return s;
}

int inst_arp_add(const char *dir, const char *version, bool machine,
		 struct sm_err *e)
{
	struct sm_arena a = SM_ARENA_INIT;
	struct sm_buf plain = SM_BUF_INIT((size_t)4 * VALUE_UNITS);
	struct sm_buf quiet = SM_BUF_INIT((size_t)4 * VALUE_UNITS);
	LSTATUS s;
	HKEY key;
	int r = 0;

	if (!put_commands(&plain, &quiet, dir))
		goto out;
	s = RegCreateKeyExW(root_of(machine), KEY, 0, NULL, 0,
			    KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
	if (s == ERROR_SUCCESS) {
		s = put_all(key, &a, dir, version);
		s |= put_text(key, L"UninstallString", sm_buf_z(&plain));
		s |= put_text(key, L"QuietUninstallString", sm_buf_z(&quiet));
		(void)RegCloseKey(key); /* values are written */
	}
	if (s != ERROR_SUCCESS)
		r = sm_os_winerr_set(e, (unsigned long)s,
				     "cannot enter '%s' in the list of "
				     "installed programs",
				     dir);
out:
	sm_buf_release(&plain);
	sm_buf_release(&quiet);
	sm_arena_release(&a);
	return r;
}

int inst_arp_remove(const char *dir, struct sm_err *e)
{
	LSTATUS s;
	int i;

	for (i = 0; i < 2; i++) {
		if (!is_of(i == 0, dir))
			continue;
		s = RegDeleteKeyExW(root_of(i == 0), KEY, KEY_WOW64_64KEY, 0);
		if (s != ERROR_SUCCESS && s != ERROR_FILE_NOT_FOUND)
			return sm_os_winerr_set(
				e, (unsigned long)s,
				"cannot remove '%s' from the list of installed "
				"programs",
				dir);
	}
	return 0;
}

/* --- the official setup --------------------------------------------------- */

static bool is_rival(HKEY key)
{
	wchar_t codes[NAME_UNITS] = L"";
	DWORD bytes = sizeof(codes) - 2 * sizeof(*codes);
	const wchar_t *c = codes;

	if (RegGetValueW(key, NULL, L"BundleUpgradeCode",
			 RRF_RT_REG_MULTI_SZ | RRF_RT_REG_SZ, NULL, codes,
			 &bytes) != ERROR_SUCCESS)
		return false;
	for (; *c; c += wcslen(c) + 1) {
		if (!_wcsicmp(c, UPGRADE_CODE))
			return true;
	}
	return false;
}

static bool find_in_view(REGSAM view, struct sm_buf *command,
			 struct sm_buf *version)
{
	wchar_t name[NAME_UNITS];
	bool found = false;
	HKEY list, key;
	DWORD i, n;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, LIST, 0, KEY_READ | view,
			  &list) != ERROR_SUCCESS)
		return false;
	for (i = 0; !found; i++) {
		n = NAME_UNITS;
		if (RegEnumKeyExW(list, i, name, &n, NULL, NULL, NULL, NULL) !=
		    ERROR_SUCCESS)
			break;
		if (RegOpenKeyExW(list, name, 0, KEY_QUERY_VALUE | view,
				  &key) != ERROR_SUCCESS)
			continue;
		found = is_rival(key) &&
			get_text(key, L"QuietUninstallString", command);
		if (found && version)
			(void)get_text(key, L"DisplayVersion", version);
		(void)RegCloseKey(key); /* was only read */
	}
	(void)RegCloseKey(list); /* the same */
	return found;
}

int inst_arp_rival(struct sm_buf *command, struct sm_buf *version)
{
	return find_in_view(KEY_WOW64_32KEY, command, version) ||
	       find_in_view(KEY_WOW64_64KEY, command, version);
}
