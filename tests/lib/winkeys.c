/*
 * A person at a console of Windows: winkeys KEYS GO STOP PROGRAM [ARGUMENT]
 *
 * Runs the program on our console. When the file GO is there, each line of
 * KEYS ("virtual-key character control-state", in hexadecimal) is put into the
 * console's input as a key that goes down and up, with the values that Windows
 * has for it; wine's own terminal has others for Esc and Ctrl-Z. When STOP is
 * there, the program is ended. Arguments have no quotes in them.
 */
#include "common/def.h"

#include <windows.h>

#define STEP_MS 50
#define LIMIT_MS 60000
#define LINE_MAX 8000

static void press(HANDLE in, unsigned vk, unsigned ch, unsigned state)
{
	INPUT_RECORD r;
	DWORD n;
	int up;

	for (up = 0; up < 2; up++) {
		memset(&r, 0, sizeof(r));
		r.EventType = KEY_EVENT;
		r.Event.KeyEvent.bKeyDown = !up;
		r.Event.KeyEvent.wRepeatCount = 1;
		r.Event.KeyEvent.wVirtualKeyCode = (WORD)vk;
		r.Event.KeyEvent.uChar.UnicodeChar = (WCHAR)ch;
		r.Event.KeyEvent.dwControlKeyState = state;
		if (!WriteConsoleInputW(in, &r, 1, &n))
			printf("winkeys: error %lu\n", GetLastError());
	}
}

static void await(const char *path, HANDLE child)
{
	int ms;

	for (ms = 0; ms < LIMIT_MS; ms += STEP_MS)
		if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES ||
		    WaitForSingleObject(child, STEP_MS) == WAIT_OBJECT_0)
			return;
}

int main(int argc, char **argv)
{
	HANDLE in = CreateFileA("CONIN$", GENERIC_READ | GENERIC_WRITE,
				FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
				OPEN_EXISTING, 0, NULL);
	PROCESS_INFORMATION child;
	STARTUPINFOA how = { 0 };
	char line[LINE_MAX] = "";
	unsigned vk, ch, state;
	size_t len = 0;
	FILE *keys;
	int i;

	if (argc < 5 || !(keys = fopen(argv[1], "r")))
		return 2;
	for (i = 4; i < argc; i++) {
		len += (size_t)snprintf(line + len, sizeof(line) - len,
					"\"%s\" ", argv[i]);
		if (len >= sizeof(line))
			return 2;
	}
	how.cb = sizeof(how);
	if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how,
			    &child)) {
		printf("winkeys: cannot start: error %lu\n", GetLastError());
		return 1;
	}
	await(argv[2], child.hProcess);
	while (fscanf(keys, "%x %x %x", &vk, &ch, &state) == 3)
		press(in, vk, ch, state);
	await(argv[3], child.hProcess);
	TerminateProcess(child.hProcess, 0);
	return 0;
}
