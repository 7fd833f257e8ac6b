#!/bin/sh
# SessionManagerPluginSetup.exe under wine, without its window: install, repair,
# update, removal, its exit codes, and an installation by the official one.
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
. "$SM_TOP/tests/lib/wine.sh"

[ -x "$WIN/session-manager-setup.exe" ] ||
	tap_skip_all 'not built (make release-x86_64-windows-gnu)'

P='C:\Program Files\Amazon\SessionManagerPlugin'
D="$C/Program Files/Amazon/SessionManagerPlugin"
ENV='HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
LIST='Software\Microsoft\Windows\CurrentVersion\Uninstall'
ARP="HKLM\\$LIST\\SessionManagerPlugin"
OFFICIAL='HKLM\Software\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall\{5b951855-6c9d-4a45-a2fa-ab6ef19d3165}'
PLUGIN=bin/session-manager-plugin.exe

tap_ok 'wine starts' wine cmd /c exit
path_before=$(win_value "$ENV" Path)

tap_ok 'a setup program' win_setup 1
tap_ok 'a newer one' win_setup 2
[ -s v1.exe ] && [ -s v2.exe ] || tap_done

# setup N WORD...: words for cmd
setup()
{
	setup_exe=$(win_path "$T/v$1.exe")
	shift
	printf '%s' "start /wait \"\" \"$setup_exe\" $*"
}
installed_setup() { printf '%s' "start /wait \"\" \"$P\\setup.exe\" $*"; }

# The loader takes libraries from the system's folder only: a structural look,
# wine does not heed it. 78 is the place of DependentLoadFlags (winnt.h).
load_flags()
{
	flags_dump=x86_64-w64-mingw32-objdump
	flags_base=$($flags_dump -p "$1" | awk '/^ImageBase/ { print $2 }')
	flags_at=$($flags_dump -p "$1" | awk '/^Entry a / { print $3 }')
	flags_at=$((0x$flags_base + 0x$flags_at + 78))
	$flags_dump -s --start-address=$flags_at \
		--stop-address=$((flags_at + 2)) "$1" | awk 'END { print $2 }'
}
for name in setup installer plugin; do
	tap_is "$name: no library from where it lies" \
		"$(load_flags "$WIN/session-manager-$name.exe")" 0008
done

# --- without a window -----------------------------------------------------------
win_is 'nothing to remove' 1605 "$(setup 1 /uninstall /quiet)"
win_is 'a switch that is none' 1639 "$(setup 1 /quiet /nonsense)"
# cmd does not wait for a program with a window, and start does not redirect
win '"'"$(win_path "$T/v1.exe")"'"' '/quiet /nonsense 2>err.txt'
named() { grep -q 'unknown switch: /nonsense' err.txt; }
tap_ok 'named' tap_wait 20 named
win_is 'help' 0 "$(setup 1 '/help >help.txt')"
tap_is 'changes nothing' "$(ls -d "$C/Program Files/Amazon" 2>&1 | wc -l)" 1
win_is 'quiet install' 0 "$(setup 1 /quiet /norestart /log 'C:\setup.log')"
tap_same 'the plugin' "$D/$PLUGIN" "v1/$PLUGIN"
tap_same 'the program that removes it' "$D/setup.exe" v1.exe
tap_like 'the log says how it went' "$C/setup.log" '^exit code 0'
tap_is 'in the list of programs' "$(win_value "$ARP" QuietUninstallString)" \
	"\"$P\\setup.exe\" /uninstall /quiet"
tap_is 'on the Path' "$(win_value "$ENV" Path)" "$path_before;$P\\bin\\"
echo mine >"$D/seelog.xml"
echo damage >"$D/$PLUGIN"
win_is 'repair' 0 "$(setup 1 /repair /q)"
tap_same 'whole again' "$D/$PLUGIN" "v1/$PLUGIN"
timeout 60 wine "$P\\bin\\session-manager-plugin.exe" --sleep >/dev/null 2>&1 &
running=$!
tap_reap $running
tap_ok 'the plugin runs' tap_wait 40 test -e "$C/asleep"
win_is 'update while it runs' 3010 "$(setup 2 -silent -install)"
tap_same 'the new plugin' "$D/$PLUGIN" "v2/$PLUGIN"
kill "$running" 2>/dev/null
wait "$running" 2>/dev/null
win_is 'not back to an older one' 1638 "$(setup 1 /S)"
tap_same 'still the new one' "$D/$PLUGIN" "v2/$PLUGIN"
win_is 'but if it is wanted' 0 "$(setup 1 /quiet Force=1)"
tap_same 'the older one' "$D/$PLUGIN" "v1/$PLUGIN"
win_is 'removal by what is installed' 0 "$(installed_setup /uninstall /quiet)"
tap_is "only the user's file stays" "$(cd "$D" && find . -type f)" ./seelog.xml
tap_is 'the Path is as before' "$(win_value "$ENV" Path)" "$path_before"
tap_is 'not in the list' "$(win_value "$ARP" DisplayVersion)" ''
rm -r "$C/Program Files/Amazon"
win_is 'a folder of its own' 0 "$(setup 1 /quiet '"InstallFolder=C:\My place\x"')"
tap_same 'there' "$C/My place/x/$PLUGIN" "v1/$PLUGIN"
win_is 'removed from there' 0 'start /wait "" "C:\My place\x\setup.exe" /x /q'
tap_is 'gone' "$(ls "$C/My place")" ''
win_is 'a copy for a share' 0 "$(setup 1 /layout 'C:\share' /quiet)"
tap_same 'the same' "$C/share/SessionManagerPluginSetup.exe" v1.exe

# A byte of what it carries, and a setup program that carries nothing.
cp v1.exe damaged.exe
printf 'X' | dd of=damaged.exe bs=1 conv=notrunc status=none \
	seek=$(($(wc -c <v1.exe) - 3000))
win_is 'damaged' 1603 "start /wait \"\" $(win_path "$T/damaged.exe") /quiet"
cp "$WIN/session-manager-setup.exe" empty.exe
win_is 'empty' 1603 "start /wait \"\" $(win_path "$T/empty.exe") /quiet"
tap_is 'nothing installed' "$(ls -d "$C/Program Files/Amazon" 2>/dev/null)" ''

# --- over the official one ------------------------------------------------------
# Its entry is known by the upgrade code; the command removes files and entry.
cat >official.c <<'END'
#include <windows.h>
int main(void)
{
	DeleteFileA("C:\\Program Files\\Amazon\\SessionManagerPlugin"
		"\\bin\\session-manager-plugin.exe");
	return (int)RegDeleteKeyExA(HKEY_LOCAL_MACHINE,
		"Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
		"{5b951855-6c9d-4a45-a2fa-ab6ef19d3165}", KEY_WOW64_32KEY, 0);
}
END
tap_ok "the official one's remover" x86_64-w64-mingw32-gcc -O1 -s \
	-o "$C/bundle.exe" official.c
official()
{
	mkdir -p "$D/bin"
	cp v1/$PLUGIN "$D/bin/"
	wine reg add "$OFFICIAL" /v BundleUpgradeCode /t REG_MULTI_SZ \
		/d '{9670508D-C72E-4FBC-B783-202D0682C2FE}' /f &&
		wine reg add "$OFFICIAL" /v DisplayVersion /d "$1" /f &&
		wine reg add "$OFFICIAL" /v QuietUninstallString \
			/d '"C:\bundle.exe" /uninstall /quiet' /f
}
tap_ok 'an official installation' official 3.0.0.0
win_is 'a newer one stays' 1638 "$(setup 2 /quiet)"
tap_is 'its entry, too' "$(win_value "$OFFICIAL" DisplayVersion)" 3.0.0.0
tap_ok 'an older one' official 1.2.835.0
win_is 'is replaced' 0 "$(setup 2 /quiet /log 'C:\replaced.log')"
tap_same 'by ours' "$D/$PLUGIN" "v2/$PLUGIN"
tap_unlike 'without a warning' "$C/replaced.log" 'warning'
tap_is 'its entry is gone' "$(win_value "$OFFICIAL" DisplayVersion)" ''
win_is 'and removed' 0 "$(installed_setup /uninstall /quiet)"
tap_is 'nothing stays' "$(ls -A "$C/Program Files/Amazon" 2>/dev/null)" ''
win_reap

tap_done
