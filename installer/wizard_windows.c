/*
 * A property sheet of three pages. The work is done on a thread of its own,
 * which talks to the page by messages only; the window cannot be closed while
 * it works, because there is nothing half done to go back to.
 */
#include "common/def.h"
#include "installer/wizard.h"

#include <windows.h>
#include <commctrl.h>
#include <shlobj.h>

#include "common/os/windows/utf.h"
#include "installer/layout.h"
#include "installer/wizard_ids.h"

#define TITLE L"Session Manager Plugin Setup"
#define PAGES 3
#define STEPS 1000
#define DIR_UNITS 4096
#define ID_FINISH 0x3025 /* observed: the button of a property sheet */

enum {
	TELL_PROGRESS = WM_APP + 1, /* wParam: of STEPS */
	TELL_TEXT,                  /* lParam: wide text, to be freed */
	TELL_ASK, /* lParam: wide text; the answer is that of a message box */
	TELL_DONE
};

struct wizard {
	struct inst_setup *s;
	FILE *log;
	HWND page; /* that shows the progress */
	HANDLE thread;
	bool working;
	int status;
	struct sm_err e;
};

static void set_text(HWND page, int id, const char *text)
{
	wchar_t *wide = sm_os_utf_wide_new(text);

	(void)SetDlgItemTextW(page, id, wide);
	sm_mem_free(wide);
}

static void set_path(HWND page, int id, const char *path)
{
	wchar_t *wide = sm_os_utf_path_new(path);

	(void)SetDlgItemTextW(page, id, wide);
	sm_mem_free(wide);
}

static void box(const char *text, UINT how)
{
	wchar_t *wide = sm_os_utf_wide_new(text);

	(void)MessageBoxW(GetActiveWindow(), wide, TITLE, how);
	sm_mem_free(wide);
}

void inst_wizard_error(const char *text)
{
	box(text, MB_OK | MB_ICONERROR);
}

bool inst_wizard_ask(const char *text)
{
	wchar_t *wide = sm_os_utf_wide_new(text);
	int answer = MessageBoxW(GetActiveWindow(), wide, TITLE,
				 MB_YESNO | MB_ICONQUESTION);

	sm_mem_free(wide);
	return answer == IDYES;
}

/* --- the thread that works ------------------------------------------------- */

static void on_progress(void *user, size_t done, size_t all)
{
	struct wizard *w = user;

	(void)PostMessageW(w->page, TELL_PROGRESS,
			   all ? done * STEPS / all : STEPS, 0);
}

static void on_message(void *user, const char *text)
{
	struct wizard *w = user;
	wchar_t *wide = sm_os_utf_wide_new(text);

	if (!PostMessageW(w->page, TELL_TEXT, 0, (LPARAM)wide))
		sm_mem_free(wide);
}

static bool on_question(void *user, const char *text)
{
	struct wizard *w = user;
	wchar_t *wide;
	bool yes;

	if (w->s->args.show != INST_SETUP_FULL)
		return false;
	wide = sm_os_utf_wide_new(text);
	yes = SendMessageW(w->page, TELL_ASK, 0, (LPARAM)wide) == IDYES;
	sm_mem_free(wide);
	return yes;
}

static DWORD WINAPI work(void *user)
{
	struct wizard *w = user;
	struct inst_ui ui = { w, on_progress, on_message, on_question };

	w->status = inst_setup_run(w->s, &ui, w->log, &w->e);
	(void)PostMessageW(w->page, TELL_DONE, 0, 0);
	return 0;
}

/* --- pages ----------------------------------------------------------------- */

static struct wizard *wizard_of(HWND page, UINT message, LPARAM l)
{
	if (message == WM_INITDIALOG)
		(void)SetWindowLongPtrW(page, DWLP_USER,
					((PROPSHEETPAGEW *)l)->lParam);
	return (struct wizard *)GetWindowLongPtrW(page, DWLP_USER);
}

/* What a page answers to a notification. */
static INT_PTR answer(HWND page, LONG_PTR value)
{
	(void)SetWindowLongPtrW(page, DWLP_MSGRESULT, value);
	return TRUE;
}

static void browse(HWND page)
{
	wchar_t path[MAX_PATH] = L"";
	BROWSEINFOW how;
	LPITEMIDLIST item;

	memset(&how, 0, sizeof(how));
	how.hwndOwner = page;
	how.lpszTitle = L"Folder to install into";
	how.ulFlags = BIF_RETURNONLYFSDIRS | BIF_NEWDIALOGSTYLE;
	item = SHBrowseForFolderW(&how);
	if (item && SHGetPathFromIDListW(item, path))
		(void)SetDlgItemTextW(page, INST_WIZARD_DIR, path);
	CoTaskMemFree(item);
}

/* True if the sheet may go on. */
static bool take_dir(HWND page, struct wizard *w)
{
	struct sm_buf dir = SM_BUF_INIT((size_t)4 * DIR_UNITS);
	wchar_t *wide = sm_mem_zalloc(DIR_UNITS, sizeof(*wide));
	struct sm_err e = SM_ERR_INIT;
	char *given;
	bool ok;

	(void)GetDlgItemTextW(page, INST_WIZARD_DIR, wide, DIR_UNITS);
	(void)sm_os_utf_put(&dir, wide); /* bounded by DIR_UNITS */
	given = sm_arena_dup(&w->s->arena, sm_str_trim(sm_buf_str(&dir)));
	ok = inst_setup_place(w->s, given, &e) >= 0;
	if (!ok)
		inst_wizard_error(sm_err_msg(&e));
	sm_mem_free(wide);
	sm_buf_release(&dir);
	return ok;
}

static void describe(HWND page, struct wizard *w)
{
	struct inst_setup *s = w->s;
	struct sm_arena *a = &s->arena;

	if (s->args.act == INST_SETUP_UNINSTALL) {
		set_path(page, INST_WIZARD_DIR, s->place.dir);
		return;
	}
	set_text(page, INST_WIZARD_TEXT,
		 inst_layout_text(
			 a,
			 "This installs version %s of the Session Manager "
			 "plugin for the AWS CLI.%s%s%s",
			 s->version ? s->version : "?",
			 s->installed ? " Version " : "",
			 s->installed ? s->installed : "",
			 s->installed ? " is installed now." : ""));
	set_path(page, INST_WIZARD_DIR, s->place.dir);
}

static INT_PTR on_first_notify(HWND page, struct wizard *w, const NMHDR *n)
{
	switch (n->code) {
	case PSN_SETACTIVE:
		(void)PropSheet_SetWizButtons(n->hwndFrom, PSWIZB_NEXT);
		return answer(page, 0);
	case PSN_WIZNEXT:
		if (w->s->args.act == INST_SETUP_UNINSTALL || take_dir(page, w))
			return answer(page, 0);
		return answer(page, -1);
	case PSN_QUERYCANCEL:
		return answer(page, !inst_wizard_ask("Leave without changing "
						     "anything?"));
	default:
		return FALSE;
	}
}

static INT_PTR CALLBACK first_page(HWND page, UINT message, WPARAM wp,
				   LPARAM lp)
{
	struct wizard *w = wizard_of(page, message, lp);

	switch (message) {
	case WM_INITDIALOG:
		describe(page, w);
		return TRUE;
	case WM_COMMAND:
		if (LOWORD(wp) == INST_WIZARD_BROWSE)
			browse(page);
		return FALSE;
	case WM_NOTIFY:
		return on_first_notify(page, w, (const NMHDR *)lp);
	default:
		return FALSE;
	}
}

static void begin(HWND page, HWND sheet, struct wizard *w)
{
	(void)PropSheet_SetWizButtons(sheet, 0);
	(void)EnableWindow(GetDlgItem(sheet, IDCANCEL), FALSE);
	if (w->thread)
		return;
	w->page = page;
	w->working = true;
	w->thread = CreateThread(NULL, 0, work, w, 0, NULL);
	if (!w->thread) {
		w->status = INST_SETUP_FAILED;
		(void)sm_err_set(&w->e, SM_ELIMIT, "cannot start a thread");
		(void)PostMessageW(page, TELL_DONE, 0, 0);
	}
}

static INT_PTR CALLBACK work_page(HWND page, UINT message, WPARAM wp, LPARAM lp)
{
	struct wizard *w = wizard_of(page, message, lp);
	const NMHDR *n = (const NMHDR *)lp;

	switch (message) {
	case WM_INITDIALOG:
		(void)SendDlgItemMessageW(page, INST_WIZARD_BAR, PBM_SETRANGE32,
					  0, STEPS);
		return TRUE;
	case TELL_PROGRESS:
		(void)SendDlgItemMessageW(page, INST_WIZARD_BAR, PBM_SETPOS, wp,
					  0);
		return TRUE;
	case TELL_TEXT:
		(void)SetDlgItemTextW(page, INST_WIZARD_STEP,
				      (const wchar_t *)lp);
		sm_mem_free((void *)lp);
		return TRUE;
	case TELL_ASK:
		return answer(page,
			      MessageBoxW(page, (const wchar_t *)lp, TITLE,
					  MB_YESNO | MB_ICONQUESTION |
						  MB_DEFBUTTON2));
	case TELL_DONE:
		w->working = false;
		(void)PropSheet_SetCurSel(GetParent(page), NULL, PAGES - 1);
		return TRUE;
	case WM_NOTIFY:
		if (n->code == PSN_SETACTIVE) {
			begin(page, n->hwndFrom, w);
			return answer(page, 0);
		}
		if (n->code == PSN_QUERYCANCEL)
			return answer(page, w->working);
		return FALSE;
	default:
		return FALSE;
	}
}

static void say_result(HWND page, struct wizard *w)
{
	struct sm_arena *a = &w->s->arena;
	const char *text;

	if (w->status == INST_SETUP_DONE &&
	    w->s->args.act == INST_SETUP_UNINSTALL)
		text = "The Session Manager plugin is removed.";
	else if (w->status == INST_SETUP_DONE)
		text = "The Session Manager plugin is installed. Use the AWS "
		       "CLI to start a session; a console that is open now "
		       "has to be opened again first.";
	else if (w->status == INST_SETUP_REBOOT)
		text = "The Session Manager plugin is installed. Sessions "
		       "that are open go on with the old version.";
	else
		text = inst_layout_text(a, "The setup did not succeed: %s.",
					sm_err_msg(&w->e));
	set_text(page, INST_WIZARD_TEXT, text);
}

static INT_PTR CALLBACK last_page(HWND page, UINT message, WPARAM wp, LPARAM lp)
{
	struct wizard *w = wizard_of(page, message, lp);
	const NMHDR *n = (const NMHDR *)lp;
	HWND finish;

	SM_UNUSED(wp);
	if (message != WM_NOTIFY || n->code != PSN_SETACTIVE)
		return message == WM_INITDIALOG;
	say_result(page, w);
	(void)PropSheet_SetWizButtons(n->hwndFrom, PSWIZB_FINISH);
	(void)EnableWindow(GetDlgItem(n->hwndFrom, IDCANCEL), FALSE);
	/* its buttons were disabled: without this Return does nothing */
	finish = GetDlgItem(n->hwndFrom, ID_FINISH);
	if (finish)
		(void)PostMessageW(n->hwndFrom, WM_NEXTDLGCTL, (WPARAM)finish,
				   TRUE);
	if (w->s->args.show == INST_SETUP_PASSIVE)
		(void)PostMessageW(n->hwndFrom, PSM_PRESSBUTTON, PSBTN_FINISH,
				   0);
	return answer(page, 0);
}

int inst_wizard_run(struct inst_setup *s, FILE *log)
{
	INITCOMMONCONTROLSEX controls = { sizeof(controls),
					  ICC_PROGRESS_CLASS };
	struct wizard w = { 0 };
	PROPSHEETPAGEW page[PAGES];
	PROPSHEETHEADERW sheet;
	size_t i;

	w.s = s;
	w.log = log;
	w.status = INST_SETUP_CANCELLED;
	memset(page, 0, sizeof(page));
	memset(&sheet, 0, sizeof(sheet));
	(void)InitCommonControlsEx(&controls);
	(void)CoInitializeEx(NULL, COINIT_APARTMENTTHREADED); /* for browse */
	for (i = 0; i < PAGES; i++) {
		page[i].dwSize = sizeof(page[i]);
		page[i].hInstance = GetModuleHandleW(NULL);
		page[i].lParam = (LPARAM)&w;
	}
	page[0].pszTemplate = MAKEINTRESOURCEW(
		s->args.act == INST_SETUP_UNINSTALL ? INST_WIZARD_REMOVE :
						      INST_WIZARD_CHOOSE);
	page[0].pfnDlgProc = first_page;
	page[1].pszTemplate = MAKEINTRESOURCEW(INST_WIZARD_WORK);
	page[1].pfnDlgProc = work_page;
	page[2].pszTemplate = MAKEINTRESOURCEW(INST_WIZARD_END);
	page[2].pfnDlgProc = last_page;
	sheet.dwSize = sizeof(sheet);
	sheet.dwFlags = PSH_WIZARD | PSH_PROPSHEETPAGE | PSH_NOAPPLYNOW;
	sheet.hInstance = GetModuleHandleW(NULL);
	sheet.pszCaption = TITLE;
	sheet.nPages = PAGES;
	sheet.nStartPage = s->args.show == INST_SETUP_PASSIVE ? 1 : 0;
	sheet.ppsp = page;
	if (PropertySheetW(&sheet) < 0) {
		w.status = INST_SETUP_FAILED;
		(void)sm_err_set(&w.e, SM_EIO, "cannot show a window");
	}
	if (w.thread) {
		/* the sheet cannot end before it does */
		(void)WaitForSingleObject(w.thread, INFINITE);
		(void)CloseHandle(w.thread);
	}
	CoUninitialize();
	return w.status;
}
