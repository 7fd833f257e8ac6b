/*
 * The console on Windows. Keys become VT sequences in libuv's raw mode, output
 * is VT as the official client has it (PROTOCOL.md 9.2). The modes of both
 * console handles are put back on every way out that lets us run.
 */
#include "common/def.h"
#include "plugin/terminal.h"

#include <windows.h>

#include "common/os/term.h"
#include "plugin/keymap.h"

static DWORD in_mode, out_mode;
static BOOL have_in, have_out;

void plug_terminal_open(void)
{
	HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);

	have_in = GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &in_mode);
	have_out = GetConsoleMode(out, &out_mode);
}

void plug_terminal_restore(void)
{
	(void)uv_tty_reset_mode();
	if (have_in)
		(void)SetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), in_mode);
	if (have_out)
		(void)SetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), out_mode);
}

int plug_terminal_raw(uv_tty_t *tty, struct sm_err *e)
{
	int r = uv_tty_set_mode(tty, UV_TTY_MODE_RAW);

	if (r < 0)
		return sm_err_set(e, SM_EIO,
				  "cannot set the terminal to raw mode: %s",
				  uv_strerror(r));
	uv_tty_set_vterm_state(UV_TTY_SUPPORTED);
	if (have_out)
		(void)SetConsoleMode(
			GetStdHandle(STD_OUTPUT_HANDLE),
			out_mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
	return 0;
}

void plug_terminal_again(uv_tty_t *tty)
{
	SM_UNUSED(tty); /* processes are not stopped here */
}

void plug_terminal_size(unsigned *cols, unsigned *rows)
{
	/* PROTOCOL.md 9.6 */
	if (sm_os_term_size(1, cols, rows) < 0 || !*cols || !*rows) {
		*cols = 300;
		*rows = 100;
	}
}

bool plug_terminal_keys(struct sm_str typed, struct sm_buf *out)
{
	(void)plug_keymap_put(out, typed); /* the caller made room */
	return true;
}
