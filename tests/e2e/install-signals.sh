#!/bin/sh
# The installer is asked to end: while it downloads, while it tries what it
# unpacked, with something installed or nothing. It leaves nothing that was not
# there, also no temporary folder, and ends as the signal says; what a killed
# one could not remove, the next run does.
. "$(dirname "$0")/../lib/tap.sh"
tap_need python3 cc
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'

INST=$SM_BIN/session-manager-installer
SMPKG=$SM_BIN/smpkg
PKG=session-manager-plugin
SOURCE_DATE_EPOCH=1700000000
TMPDIR=$T/tmp
export SOURCE_DATE_EPOCH TMPDIR
HOLD=$T/hold # while it is there, --version of version 2 takes its time
D=$T/root/plugin
L=$T/root/bin/$PKG
mkdir "$TMPDIR" "$T/root" "$T/root/bin"

for v in 1 2; do
	mkdir -p "$T/bin$v/bin"
	printf '9.0.0.%s' "$v" >"$T/bin$v/VERSION"
	cat >"$T/plugin$v.c" <<EOF
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int c, char **v) {
	int i;
	if ($v == 2 && access("$HOLD", F_OK) == 0) {
		FILE *f = fopen("$HOLD.on", "w");
		if (f)
			fclose(f);
	}
	for (i = 0; $v == 2 && i < 3000 && access("$HOLD", F_OK) == 0; i++)
		usleep(10000);
	puts(c > 1 && !strcmp(v[1], "--version") ? "9.0.0.$v" : "installed");
	return 0; }
EOF
	cc -O1 -o "$T/bin$v/bin/$PKG" "$T/plugin$v.c" || exit 1
	cp "$INST" "$T/bin$v/bin/session-manager-installer"
done
"$SMPKG" key generate --type ed25519 --name 'A <a@example.invalid>' \
	-o "$T/a.sec" >"$OUT" 2>&1
"$SMPKG" key export -k "$T/a.sec" -o "$T/a.pub"
for v in 1 2; do
	"$SMPKG" layout -m "$SM_TOP/pkg/session-manager-plugin.json" \
		-t "linux-x86_64=$T/bin$v" -r "$T/bin$v" -r "$SM_TOP" \
		-o "$T/mirror" -k "$T/a.sec" --set-version "9.0.0.$v" \
		>"$OUT" 2>"$ERR" || exit 1
done
echo 'latest/VERSION plain
* stall' >"$T/modes"
python3 "$SM_TOP/tests/lib/badhttp.py" "$T/port" "$T/log" "$T/modes" \
	"$T/mirror" >"$T/server.log" 2>&1 &
tap_reap $!
tap_wait 20 test -s "$T/port"
URL=http://127.0.0.1:$(cat "$T/port")

# run FROM ARGUMENT...: in the background, with the signals of a terminal
run()
{
	run_from=$1
	shift
	env --default-signal=INT,HUP,TERM "$INST" install --from "$run_from" \
		--key "$T/a.pub" --format deb -i "$D" -b "$L" "$@" \
		>"$OUT" 2>"$ERR" &
	PID=$!
	tap_reap $PID
}

# ended: the status of what `run` started
ended()
{
	wait "$PID"
	STATUS=$?
}

all() { (cd "$T/root" && find . | sort); }
temporary() { ls -A "$TMPDIR"; }
probing() { [ -n "$(temporary)" ] && ls -d "$D"/versions/.stage-* >"$T/x" 2>&1; }
trying() { [ -e "$HOLD.on" ] && probing; }
asked() { grep -q '\.deb' "$T/log"; }

# --- nothing installed ---------------------------------------------------------
before=$(all)
run "$URL"
tap_wait 20 asked
kill -INT "$PID"
ended
tap_is 'INT in a download: the status' "$STATUS" 130
tap_is 'one line says it' "$(grep -c . "$ERR")" 1
tap_like 'which' "$ERR" "^install: error: cannot download '$URL/.*: cancelled"
tap_is 'nothing was made' "$(all)" "$before"
tap_is 'no temporary folder' "$(temporary)" ''

: >"$HOLD"
for pair in TERM.143 HUP.129 INT.130; do
	signal=${pair%.*}
	run "$T/mirror"
	tap_wait 20 probing
	kill -"$signal" "$PID"
	rm "$HOLD"
	ended
	tap_is "$signal before the switch: the status" "$STATUS" "${pair#*.}"
	tap_like 'says so' "$ERR" '^install: error: stopped by a signal$'
	tap_is 'nothing was made' "$(all)" "$before"
	tap_is 'no temporary folder' "$(temporary)" ''
	: >"$HOLD"
done

# --- over an older version -------------------------------------------------------
tap_ok 'version 1' "$INST" install 9.0.0.1 --from "$T/mirror" \
	--key "$T/a.pub" --format deb -i "$D" -b "$L"
before=$(all)
run "$T/mirror"
tap_wait 20 probing
kill -TERM "$PID"
rm "$HOLD"
ended
tap_is 'an update is stopped' "$STATUS" 143
tap_is 'the old version is there' "$("$L" --version)" 9.0.0.1
tap_is 'and nothing else' "$(all)" "$before"

# --- killed, and cleaned up --------------------------------------------------------
: >"$HOLD"
rm -f "$HOLD.on"
run "$T/mirror"
tap_wait 20 trying
for _ in 1 2 3 4 5; do # one that is still pending takes in the next
	kill -TERM "$PID" && sleep 0.2
done
ended
tap_is 'a second signal ends it at once' "$STATUS" 143
tap_is 'one folder is left' "$(temporary | grep -c '^session-manager-installer\.......$')" 1
mkdir "$TMPDIR/session-manager-installer.other" "$TMPDIR/mine"
run "$T/mirror" --no-probe -i "$T/root/second" -b "$T/root/bin/second"
rm "$HOLD"
ended
tap_is 'the next run works' "$STATUS" 0
tap_is 'and removes it, nothing else' "$(temporary)" 'mine
session-manager-installer.other'
rmdir "$TMPDIR"/*

# --- one that goes on is left alone -----------------------------------------------
: >"$HOLD"
run "$T/mirror"
tap_wait 20 probing
first=$PID
left=$(temporary)
run "$T/mirror" --dry-run -i "$T/root/third" -b "$T/root/bin/third"
ended
tap_is 'another run beside it' "$STATUS" 0
tap_is 'its folder stays' "$(temporary)" "$left"
rm "$HOLD"
PID=$first
ended
tap_is 'and it completes' "$STATUS" 0
tap_is 'with the new version' "$("$L" --version)" 9.0.0.2

# --- a temporary folder of others -------------------------------------------------
mkdir -m 777 "$T/theirs"
TMPDIR=$T/theirs
: >"$HOLD"
D=$T/root/fourth
run "$T/mirror" -i "$D" -b "$T/root/bin/fourth"
tap_ok 'unpacked' tap_wait 20 sh -c "ls -d '$D'/versions/.stage-*"
tap_is 'not where others may rename it' "$(temporary)" ''
rm "$HOLD"
ended
tap_is 'and installed' "$STATUS" 0
TMPDIR=$T/tmp
tap_done
