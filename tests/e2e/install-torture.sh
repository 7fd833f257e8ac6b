#!/bin/sh
# The installer is killed at its n-th system call on files, and the n-th call
# fails with ENOSPC, EIO or EACCES, for every start state and verb: afterwards
# the old or the new version is whole, and the next run completes.
#
# SM_TORTURE_STEP: every how many calls (default 5; 1 is the whole matrix).
# It runs the native build (SM_NATIVE): sanitizers do not work under ptrace.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"

KILLAT=${SM_TOOLS:-$SM_TOP/build/tests}/killat
NATIVE=${SM_NATIVE:-$SM_TOP/build/bin}
[ -x "$KILLAT" ] || tap_skip_all "tests/lib/killat.c is not built"
[ -x "$NATIVE/session-manager-installer" ] ||
	tap_skip_all 'the native installer is not built'
SM_BIN=$NATIVE
STEP=${SM_TORTURE_STEP:-5}
make_bundle "$T/old" 1.0.0.1
make_bundle "$T/new" 1.0.0.2
D=$T/root/plugin
L=$T/root/bin/session-manager-plugin

# Start states are made once and copied.
mkdir "$T/states" "$T/states/nothing"
plain_tree "$D" "$L" "$T/old"
mv "$T/root" "$T/states/plain"
"$T/old/install" -q -i "$D" -b "$L" && cp -a "$T/root" "$T/states/ours"
"$T/new/install" -q -i "$D" -b "$L" && mv "$T/root" "$T/states/both"

prepare() { rm -rf "$T/root" && cp -a "$T/states/$1" "$T/root"; }

run_verb()
{
	case $1 in
	install) "$T/new/install" -q -i "$D" -b "$L" ;;
	rollback) "$T/new/install" rollback -q -i "$D" -b "$L" ;;
	uninstall) "$T/new/install" uninstall -q -i "$D" -b "$L" ;;
	esac
}

# Anything but "not there": LINK must not run what is broken.
nothing_runs() { ! "$L" --version >/dev/null 2>&1; }

# good STATE VERB: is what is there now one of the two allowed?
good()
{
	case $1.$2 in
	nothing.install) nothing_runs || whole "$D" "$L" 1.0.0.2 ;;
	both.rollback | plain.install | ours.install)
		whole "$D" "$L" 1.0.0.1 || whole "$D" "$L" 1.0.0.2 ;;
	ours.uninstall | plain.uninstall)
		nothing_runs || whole "$D" "$L" 1.0.0.1 ;;
	esac
}

completed()
{
	case $1 in
	install) whole "$D" "$L" 1.0.0.2 ;;
	rollback) whole "$D" "$L" 1.0.0.1 ||
		whole "$D" "$L" 1.0.0.2 ;; # back and forth is a rollback too
	# DIR alone, empty, may never have been ours: it stays
	uninstall) { [ ! -e "$D" ] || rmdir "$D"; } && [ ! -L "$L" ] ;;
	esac
}

command_of()
{
	case $1 in
	install) set -- ;;
	*) set -- "$1" ;;
	esac
	echo "$T/new/install" "$@" -q -i "$D" -b "$L"
}

# sweep STATE VERB INTERFERENCE
sweep()
{
	prepare "$1"
	# shellcheck disable=SC2046 # a list of words on purpose
	calls=$("$KILLAT" count $(command_of "$2") 2>&1 >/dev/null | tail -n 1)
	bad=0
	n=1
	while [ "$n" -le "$calls" ]; do
		prepare "$1"
		# shellcheck disable=SC2046
		{ "$KILLAT" "$3" "$n${4-}" $(command_of "$2"); } >/dev/null 2>&1
		if ! good "$1" "$2"; then
			bad=$((bad + 1))
			tap_diag "$1 $2 $3 at call $n: neither old nor new"
		fi
		run_verb "$2" >"$OUT" 2>"$ERR" </dev/null || [ "$2" = uninstall ]
		if ! completed "$2"; then
			bad=$((bad + 1))
			tap_diag "$1 $2 $3 at call $n: the next run does not complete"
			tail -n 3 "$ERR" | sed 's/^/#   /'
		fi
		[ "$bad" -lt 5 ] || break
		n=$((n + STEP))
	done
	tap_is "$2 from '$1', $3${4:+ from there on} at each of $calls calls" "$bad" 0
}

for pair in nothing.install ours.install plain.install both.rollback \
	ours.uninstall plain.uninstall; do
	sweep "${pair%.*}" "${pair#*.}" kill
done
STEP=$((STEP * 3))
for pair in nothing.install ours.install plain.install both.rollback; do
	sweep "${pair%.*}" "${pair#*.}" ENOSPC +
	sweep "${pair%.*}" "${pair#*.}" EIO
	sweep "${pair%.*}" "${pair#*.}" EACCES
done
tap_done
