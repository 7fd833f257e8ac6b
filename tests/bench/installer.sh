#!/bin/sh
# The installer beside the contract of the official script, written in Python
# as that is (tests/lib/contract.py): a bundle with a plugin of the real size,
# over an installation that is there. Ours also stages, syncs, hashes and tries
# what it installs.
#
# RELEASE_INSTALLER: the program to measure (default: the static release binary
# if it was built, else the native one).
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"
tap_need python3

MEASURE=${SM_TOOLS:-$SM_TOP/build/tests}/measure
OURS=${RELEASE_INSTALLER:-$SM_TOP/build/x86_64-linux-musl/bin/session-manager-installer}
[ -x "$OURS" ] || OURS=$SM_BIN/session-manager-installer
RUNS=${BENCH_RUNS:-30}

make_bundle "$T/ours" 1.0.0.1
cp "$OURS" "$T/ours/install"
PLUGIN=$(dirname "$OURS")/session-manager-plugin
[ -x "$PLUGIN" ] || PLUGIN=$SM_BIN/session-manager-plugin
cp "$PLUGIN" "$T/ours/bin/session-manager-plugin"
"$PLUGIN" --version | tr -d '\n' >"$T/ours/VERSION"
cp -a "$T/ours" "$T/theirs"
# the interpreter itself: a version manager's script in front of it is slow
sed "1s|.*|#!$(python3 -c 'import sys; print(sys.executable)')|" \
	"$SM_TOP/tests/lib/contract.py" >"$T/theirs/install"

# measured SIDE WHAT ARGUMENT...: its wall, CPU time and memory
measured()
{
	"$T/$1/install" -i "$T/$1/plugin" -b "$T/$1/link" >/dev/null || exit 1
	"$MEASURE" run "$RUNS" "$T/$1/install" -i "$T/$1/plugin" -b "$T/$1/link" \
		>"$T/$1.install"
	"$MEASURE" run "$RUNS" "$T/$1/install" -h >"$T/$1.help"
}
measured ours
measured theirs
for what in help install; do
	while read -r name ours; do
		theirs=$(sed -n "s/^$name //p" "$T/theirs.$what")
		awk -v n="$what $name" -v a="$ours" -v b="${theirs:-0}" 'BEGIN {
			printf("%-24s %14s %14s %8s\n", n, a, b,
			       (b > 0 ? sprintf("%.3f", a / b) : "-")) }'
	done <"$T/ours.$what"
done
