# shellcheck shell=sh
# Test Anything Protocol for the end-to-end tests; dash runs it.
#
#	. "$(dirname "$0")/../lib/tap.sh"
#	tap_need dpkg-deb                    # skip everything without it
#	tap_ok 'version is printed' "$SM_BIN/smpkg" --version
#	tap_status 'usage error' 2 "$SM_BIN/smpkg" nonsense
#	tap_is 'one line' "$(wc -l <"$OUT" | tr -d ' ')" 1
#	tap_like 'names the file' "$ERR" "cannot open 'x'"
#	tap_done
#
# SM_BIN   folder of the programs under test (default: build/bin)
# SM_TOP   top of the source tree
# T        private folder, current directory at the start, removed at the end
# OUT, ERR files with what the last command of tap_ok, tap_fails or tap_status
#          printed
#
# Every background process is named to tap_reap, so that nothing stays behind.
set -u
umask 022

SM_TOP=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
SM_BIN=${SM_BIN:-$SM_TOP/build/bin}
case $SM_BIN in
/*) ;;
*) SM_BIN=$SM_TOP/$SM_BIN ;;
esac
export SM_BIN SM_TOP
LC_ALL=C.UTF-8
TZ=UTC
export LC_ALL TZ
unset CDPATH GNUPGHOME SOURCE_DATE_EPOCH

T=$(mktemp -d "${TMPDIR:-/tmp}/sm-test.XXXXXX") || exit 1
T=$(CDPATH='' cd -- "$T" && pwd -P)
OUT=$T/.out
ERR=$T/.err
TAP_N=0
TAP_FAILED=0
TAP_PIDS=
: >"$OUT"
: >"$ERR"
cd "$T" || exit 1

tap_cleanup()
{
	trap - EXIT
	for tap_pid in $TAP_PIDS; do
		kill "$tap_pid" 2>/dev/null
	done
	[ -z "$TAP_PIDS" ] || sleep 0.1
	for tap_pid in $TAP_PIDS; do
		kill -9 "$tap_pid" 2>/dev/null
	done
	cd / && chmod -R u+rwX "$T" 2>/dev/null
	[ -n "${SM_KEEP-}" ] || rm -rf "$T"
}
trap tap_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# tap_diag TEXT...: a remark for whoever reads the log
tap_diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

tap_pass()
{
	TAP_N=$((TAP_N + 1))
	printf 'ok %d - %s\n' "$TAP_N" "$1"
}

tap_fail()
{
	TAP_N=$((TAP_N + 1))
	TAP_FAILED=$((TAP_FAILED + 1))
	printf 'not ok %d - %s\n' "$TAP_N" "$1"
	shift
	[ $# -eq 0 ] || tap_diag "$@"
}

# tap_apart: sets APART to the words before a command that runs it in a mount
# namespace of its own, or fails. In a chroot, where / is no mount point, mounts
# are left as they are: not if others would see new ones.
tap_apart()
{
	APART='unshare -m'
	[ "$(id -u)" -eq 0 ] || APART='unshare -m -Ur'
	$APART true 2>/dev/null && return
	! grep -q ' shared:' /proc/self/mountinfo || return
	APART="$APART --propagation unchanged"
	$APART true 2>/dev/null
}

# tap_run COMMAND...: sets TAP_STATUS; output goes to OUT and ERR. The limit
# is TAP_LIMIT seconds (60); a command that reaches it has status 124.
tap_run()
{
	TAP_STATUS=0
	case $(command -v "$1") in
	/*) timeout -k 5 "${TAP_LIMIT:-60}" "$@" >"$OUT" 2>"$ERR" </dev/null ||
		TAP_STATUS=$? ;;
	*) "$@" >"$OUT" 2>"$ERR" </dev/null || TAP_STATUS=$? ;;
	esac
}

tap_show()
{
	tap_diag "status $TAP_STATUS: $*"
	tail -n 15 "$OUT" | sed 's/^/#   out: /'
	tail -n 15 "$ERR" | sed 's/^/#   err: /'
}

# tap_ok NAME COMMAND...: the command (a program or a function) succeeds
tap_ok()
{
	tap_name=$1
	shift
	tap_run "$@"
	if [ "$TAP_STATUS" -eq 0 ]; then
		tap_pass "$tap_name"
	else
		tap_fail "$tap_name"
		tap_show "$@"
	fi
}

# tap_status NAME STATUS COMMAND...: the command ends with that status
tap_status()
{
	tap_name=$1
	tap_want=$2
	shift 2
	tap_run "$@"
	if [ "$TAP_STATUS" -eq "$tap_want" ]; then
		tap_pass "$tap_name"
	else
		tap_fail "$tap_name" "wanted status $tap_want"
		tap_show "$@"
	fi
}

# tap_fails NAME COMMAND...: the command fails by itself, with a status from
# 1 to 123: neither a crash, nor a sanitizer's report, nor a time-out
tap_fails()
{
	tap_name=$1
	shift
	tap_run "$@"
	if [ "$TAP_STATUS" -gt 0 ] && [ "$TAP_STATUS" -lt 124 ] &&
		! grep -q 'Sanitizer' "$ERR"; then
		tap_pass "$tap_name"
	else
		tap_fail "$tap_name" 'wanted a clean failure'
		tap_show "$@"
	fi
}

# tap_is NAME GOT WANT
tap_is()
{
	if [ "$2" = "$3" ]; then
		tap_pass "$1"
	else
		tap_fail "$1"
		tap_diag "got:  $2"
		tap_diag "want: $3"
	fi
}

# tap_like NAME FILE PATTERN: a line of FILE matches the regular expression
tap_like()
{
	if grep -Eq -e "$3" "$2"; then
		tap_pass "$1"
	else
		tap_fail "$1" "no line matches: $3"
		tail -n 15 "$2" | sed 's/^/#   /'
	fi
}

# tap_unlike NAME FILE PATTERN
tap_unlike()
{
	if [ ! -f "$2" ] || grep -Eq -e "$3" "$2"; then
		tap_fail "$1" "a line matches, or no file: $3"
		grep -E -e "$3" "$2" | head -n 5 | sed 's/^/#   /'
	else
		tap_pass "$1"
	fi
}

# tap_same NAME FILE FILE: the same bytes
tap_same()
{
	if cmp -s "$2" "$3"; then
		tap_pass "$1"
	else
		tap_fail "$1" "'$2' and '$3' differ"
	fi
}

# tap_skip NAME REASON: one test that cannot run here
tap_skip()
{
	TAP_N=$((TAP_N + 1))
	printf 'ok %d - %s # SKIP %s\n' "$TAP_N" "$1" "$2"
}

# tap_skip_all REASON
tap_skip_all()
{
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# tap_have PROGRAM...: are they all there?
tap_have()
{
	for tap_program in "$@"; do
		command -v "$tap_program" >/dev/null 2>&1 || return 1
	done
}

# tap_need PROGRAM...: without them nothing of this file can run
tap_need()
{
	for tap_program in "$@"; do
		tap_have "$tap_program" ||
			tap_skip_all "$tap_program is not installed"
	done
}

# tap_reap PID: end this process when the test ends
tap_reap()
{
	TAP_PIDS="$TAP_PIDS $1"
}

# tap_wait SECONDS COMMAND...: wait until the command succeeds
tap_wait()
{
	tap_left=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tap_left=$((tap_left - 1))
		[ "$tap_left" -gt 0 ] || return 1
		sleep 0.05
	done
}

tap_done()
{
	printf '1..%d\n' "$TAP_N"
	[ "$TAP_FAILED" -eq 0 ]
	exit
}
