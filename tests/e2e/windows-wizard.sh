#!/bin/sh
# The window of SessionManagerPluginSetup.exe, under wine on a virtual screen:
# by hand, cancelled, refused, and passive. Pictures of it are kept.
#
# SM_SHOTS  folder for the pictures (default: build/screenshots)
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
. "$SM_TOP/tests/lib/wine.sh"

[ -x "$WIN/session-manager-setup.exe" ] ||
	tap_skip_all 'not built (make release-x86_64-windows-gnu)'
tap_need Xvfb xdotool import identify

D="$C/Program Files/Amazon/SessionManagerPlugin"
PLUGIN=bin/session-manager-plugin.exe
SHOTS=${SM_SHOTS:-$SM_TOP/build/screenshots}

tap_ok 'wine starts' wine cmd /c exit
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

Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp 3>display >/dev/null 2>&1 &
tap_reap $!
tap_wait 20 test -s display || tap_diag 'Xvfb did not start'
DISPLAY=:$(cat display)
export DISPLAY
mkdir -p "$SHOTS"

# show NAME WORD...: start it; its exit code will be in gui.out
show()
{
	gui_name=$1
	shift
	rm -f gui.out
	printf '@%s\r\n@echo status=%%errorlevel%%\r\n' "$*" >gui.bat
	timeout -k 5 90 wine cmd /c "$(win_path "$T/gui.bat")" >gui.out 2>&1 &
	gui_pid=$!
	tap_reap $gui_pid
	tap_wait 40 xdotool search --onlyvisible --name 'Session Manager Plugin'
}
# shot STEP: a picture; one that shows nothing has very few colours
shot()
{
	import -window root "$SHOTS/setup-$gui_name-$1.png" &&
		[ "$(identify -format %k "$SHOTS/setup-$gui_name-$1.png")" -gt 8 ]
}
ended() { grep -q '^status=' gui.out; }
press_until_end() { xdotool key Return; sleep 0.5; ended; }
# gui_is NAME STATUS
gui_is()
{
	tap_wait 40 ended
	tap_is "$1" "$(tr -d '\r' <gui.out | sed -n 's/^status=//p')" "$2"
	wait "$gui_pid"
}

tap_ok 'the window' show install "$(setup 1)"
sleep 1
xdotool key ctrl+a key BackSpace type 'C:\By hand'
sleep 0.5
tap_ok 'its first page has a picture' shot 1-folder
# an administrator is about to install what this file carries
wine cmd /c ren "$(win_path "$T/v1.exe")" other.exe >/dev/null 2>&1
tap_ok 'nobody can put another file in its place' test -e v1.exe
xdotool key Return
tap_wait 40 test -e "$C/By hand/current" || tap_diag 'not installed'
sleep 2
tap_ok 'its last page has a picture' shot 2-end
tap_wait 40 press_until_end
gui_is 'installed by hand' 0
tap_same 'where it was typed' "$C/By hand/$PLUGIN" "v1/$PLUGIN"
tap_ok 'the window of removal' show remove 'start /wait "" "C:\By hand\setup.exe" /uninstall'
sleep 1
tap_ok 'has a picture' shot 1-confirm
tap_wait 40 press_until_end
gui_is 'removed by hand' 0
tap_is 'nothing stays there' "$(ls "$C/By hand" 2>/dev/null)" ''

tap_ok 'the window again' show cancel "$(setup 1)"
sleep 1
xdotool key Escape
sleep 1.5
tap_ok 'the question has a picture' shot 1-question
tap_wait 40 press_until_end
gui_is 'cancelled' 1602
tap_is 'and nothing installed' "$(ls -d "$C/Program Files/Amazon" 2>/dev/null)" ''

show passive "$(setup 2 /passive)"
gui_is 'passive needs nobody' 0
tap_same 'and installs' "$D/$PLUGIN" "v2/$PLUGIN"
tap_ok 'the window of an older one' show older "$(setup 1)"
sleep 1
xdotool key Return
tap_wait 40 xdotool search --onlyvisible --name 'Session Manager Plugin Setup'
sleep 2
tap_ok 'it asks' shot 2-question
tap_wait 40 press_until_end
gui_is 'a newer one is not replaced' 1638
tap_same 'it is there' "$D/$PLUGIN" "v2/$PLUGIN"
win_reap
tap_done
