# shellcheck shell=sh
# Windows programs under wine. Read after tap.sh.
#
#   SM_RELEASE  folder with TARGET/bin (default: build)
#   WIN         the release programs for Windows
#   C           drive C: as a folder
#
# wine keeps eight bits of a status, and prints nothing for a program that it
# cannot start: the status comes from cmd, as text.

WIN=${SM_RELEASE:-build}/x86_64-windows-gnu/bin
case $WIN in
/*) ;;
*) WIN=$SM_TOP/$WIN ;;
esac
[ -x "$WIN/session-manager-installer.exe" ] ||
	tap_skip_all 'not built (make release-x86_64-windows-gnu)'
tap_need wine wineserver x86_64-w64-mingw32-gcc
export WINEPREFIX="$T/wine" WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY
# One server for all of it: a program that starts while the last one's server
# ends can fail. It ends with its clients, also when the test is killed.
mkdir -p "$WINEPREFIX"
(
	trap 'timeout 20 wineserver -k 2>/dev/null' TERM
	wineserver -f -p &
	wait
) &
tap_reap $!
# shellcheck disable=SC2034 # for tap.sh
TAP_LIMIT=120
C=$WINEPREFIX/drive_c
export C WIN

# win_path PATH: as Windows programs want it
win_path()
{
	printf 'Z:%s' "$1" | tr '/' '\\'
}

# win WORD...: run it by cmd; WIN_STATUS is its exit code, OUT and ERR what it
# printed. Words go to cmd as they are, so the caller quotes.
win()
{
	printf '@%s\r\n@echo status=%%errorlevel%%\r\n' "$*" >"$T/run.bat"
	for _ in 1 2; do # wine itself may fail to start cmd
		tap_run wine cmd /c "$(win_path "$T/run.bat")"
		if [ "$TAP_STATUS" -eq 124 ] || grep -q '^status=' "$OUT"; then
			break
		fi
		tap_diag "cmd ended with $TAP_STATUS and no status"
	done
	tr -d '\r' <"$OUT" >"$T/.out.unix"
	mv "$T/.out.unix" "$OUT"
	WIN_STATUS=$(sed -n 's/^status=//p' "$OUT" | tail -n 1)
}

# win_is NAME STATUS WORD...
win_is()
{
	win_name=$1
	win_want=$2
	shift 2
	win "$@"
	if [ "$WIN_STATUS" = "$win_want" ]; then
		tap_pass "$win_name"
	else
		tap_fail "$win_name" "exit code $WIN_STATUS, not $win_want"
		tap_show "$@"
	fi
}

# win_value KEY NAME: a registry value's text
win_value()
{
	wine reg query "$1" /v "$2" 2>/dev/null | tr -d '\r' |
		sed -n 's/^    [^ ].*    REG_[A-Z_]*    //p'
}

# win_plugin VERSION OUT: a small program that answers like the plugin;
# --sleep keeps it running and makes a file C:\asleep, a file C:\slow makes
# --version wait for its end
win_plugin()
{
	cat >"$T/plugin.c" <<-END
	#include <stdio.h>
	#include <string.h>
	#include <windows.h>
	int main(int c, char **v)
	{
		int i;
		if (c > 1 && !strcmp(v[1], "--sleep"))
			CloseHandle(CreateFileA("C:\\\\asleep", GENERIC_WRITE, 0,
				NULL, CREATE_ALWAYS, 0, NULL));
		for (i = 0; i < 600 && c > 1 && !strcmp(v[1], "--sleep"); i++)
			Sleep(100);
		for (i = 0; i < 600 && c > 1 && !strcmp(v[1], "--version") &&
			GetFileAttributesA("C:\\\\slow") !=
				INVALID_FILE_ATTRIBUTES; i++)
			Sleep(100);
		puts(VERSION);
		return 0;
	}
	END
	x86_64-w64-mingw32-gcc -DVERSION="\"$1\"" -O1 -s -o "$2" "$T/plugin.c"
}

# win_folder DIR VERSION: what the bundle would hold, with a small installed
# installer so that not every version copies the real one
win_folder()
{
	mkdir -p "$1/bin"
	win_plugin "$2" "$1/bin/session-manager-plugin.exe" || return 1
	cp "$1/bin/session-manager-plugin.exe" \
		"$1/bin/session-manager-installer.exe"
	cp "$WIN/session-manager-installer.exe" "$1/install.exe"
	printf '%s' "$2" >"$1/VERSION"
	printf 'license of %s\n' "$2" >"$1/LICENSE"
	printf 'template\n' >"$1/seelog.xml.template"
}

# win_setup N: vN.exe, a setup program that carries version N.0.0.0, and vN with
# what it installs. Needs lib/pkg.sh.
win_setup()
{
	mkdir -p "stage/bin" "v$1/bin" &&
		win_plugin "$1.0.0.0" "v$1/bin/session-manager-plugin.exe" &&
		cp "v$1/bin/session-manager-plugin.exe" stage/bin/ &&
		cp "$WIN/session-manager-setup.exe" stage/bin/ &&
		printf '%s.0.0.0' "$1" >stage/VERSION &&
		pkg_build exe x86_64 "$T/v$1.exe" --set-version="$1.0.0.0"
}

# win_reap: end what still runs in this test's wine, and only there
win_reap()
{
	timeout 20 wineserver -k 2>/dev/null
}
