#!/bin/sh
# install.exe of Windows under wine is killed before its n-th operation, or
# that operation fails with a full disk or a refusal: the plugin is the old or
# the new one, whole, at every moment, and the next run completes.
#
# SM_TORTURE_STEP: every how many operations (default 9; 1 is all of them).
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/wine.sh"

STEP=${SM_TORTURE_STEP:-9}
DISK_FULL=112
DENIED=5
D=$C/sm
ARP='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\SessionManagerPlugin'
ENV='HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
PLUGIN=bin/session-manager-plugin.exe

gcc() { x86_64-w64-mingw32-gcc -I"$SM_TOP" -O1 -s -o "$@"; }
tap_ok 'the launcher' gcc winfault.exe "$SM_TOP/tests/lib/winfault.c"
tap_ok 'its library' gcc winfault.dll -DLIBRARY -shared \
	"$SM_TOP/tests/lib/winfault.c"
tap_ok 'wine starts' wine cmd /c exit
win_folder "$T/old" 1.0.0.0 || tap_skip_all 'the compiler fails'
win_folder "$T/new" 2.0.0.0
path_before=$(win_value "$ENV" Path)

# Start states are made once and copied. What the registry says of them is made
# good by every run but a removal, which needs a real installation each time.
tap_ok 'the old one' wine old/install.exe -q -i 'C:\sm'
mkdir states states/nothing
cp -a "$D" states/old
tap_ok 'the new one' wine new/install.exe -q -i 'C:\sm'
cp -a "$D" states/both

prepare()
{
	rm -rf "$D"
	case $1.$verb in
	nothing.*) ;;
	*.uninstall) wine old/install.exe -q -i 'C:\sm' >/dev/null 2>&1 ;;
	*) cp -a "states/$1" "$D" ;;
	esac
}

words()
{
	case $1 in
	install) echo '-q -i C:\sm' ;;
	*) printf '%s' "$1 -q -i C:\\sm" ;;
	esac
}

run_verb()
{
	# shellcheck disable=SC2046 # words
	timeout 60 wine "$@" new/install.exe $(words "$verb") >"$OUT" 2>"$ERR" \
		</dev/null
}

# The plugin is this version's, or there is none where that is allowed.
is() { cmp -s "$D/$PLUGIN" "$1/$PLUGIN"; }
none() { [ ! -e "$D/$PLUGIN" ]; }

good()
{
	case $state.$verb in
	nothing.install) none || is new ;;
	old.install | both.rollback) is old || is new ;;
	old.uninstall) none || is old ;;
	esac
}

no_litter()
{
	[ -z "$(find "$D" -name '.stage-*' -o -name '.trash-*' -o \
		-name '*.new')" ]
}

completed()
{
	case $verb in
	install) is new && cmp -s "$D/VERSION" new/VERSION && no_litter ;;
	rollback) { is old || is new; } && no_litter ;;
	uninstall) [ ! -e "$D" ] ;;
	esac
}

bad()
{
	tap_diag "$state, $verb, operation $at of $count: $1"
	tail -n 3 "$ERR" | sed 's/^/#   /'
	find "$D" -type f 2>/dev/null | sed 's/^/#   /'
	failed=$((failed + 1))
}

# sweep STATE VERB ERROR: from 1 + a shift, so that the sweeps differ
shift_by=0
sweep()
{
	state=$1
	verb=$2
	failed=0
	prepare "$state"
	rm -f count
	SM_FAULT_COUNT=$(win_path "$T/count") run_verb winfault.exe \
		"$(win_path "$T/winfault.dll")" ||
		bad 'the run to count fails'
	count=$(tr -d '\r' <count 2>/dev/null)
	tap_is "$state, $verb: it has many operations" \
		"$([ "${count:-0}" -gt 12 ] && echo yes)" yes
	shift_by=$(((shift_by + 1) % STEP))
	at=$((1 + shift_by))
	while [ "$at" -le "${count:-0}" ]; do
		prepare "$state"
		SM_FAULT_AT=$at SM_FAULT_ERROR=$3 run_verb winfault.exe \
			"$(win_path "$T/winfault.dll")"
		status=$?
		[ "$3" -ne 0 ] || [ "$status" -eq 137 ] ||
			bad "not killed: status $status"
		[ "$3" -eq 0 ] || [ "$status" -le 1 ] ||
			bad "status $status"
		[ "$status" -ne 0 ] || completed || bad 'status 0, but not done'
		good || bad 'neither the old nor the new one'
		run_verb || bad 'the next run fails'
		completed || bad 'the next run does not complete'
		at=$((at + STEP))
	done
	tap_is "$state, $verb, ${4}: whole at every moment" "$failed" 0
}

sweep nothing install 0 kill
sweep old install 0 kill
sweep both rollback 0 kill
sweep old uninstall 0 kill
sweep old install $DISK_FULL 'disk full'
sweep nothing install $DENIED denied
verb=uninstall
prepare old
tap_ok 'at the end it goes' run_verb
tap_is 'the Path is as before' "$(win_value "$ENV" Path)" "$path_before"
tap_is 'not in the list of programs' "$(win_value "$ARP" DisplayVersion)" ''
win_reap
tap_done
