#!/bin/sh
# A source with a release channel: what it lists is installed, and everything
# that a mirror could do to it is refused with status 3.
. "$(dirname "$0")/../lib/tap.sh"

INST=$SM_BIN/session-manager-installer
SMPKG=$SM_BIN/smpkg
PKG=session-manager-plugin
DEB=ubuntu_64bit/$PKG.deb
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'
M=$T/mirror
D=$T/root/plugin
L=$T/root/bin/$PKG
SEEN=$D/versions/.channel

# --- a mirror with three versions --------------------------------------------
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
for key in a b; do
	"$SMPKG" key generate --type ed25519 --name "$key <$key@example.invalid>" \
		-o "$T/$key.sec" >"$OUT" 2>&1
	"$SMPKG" key export -k "$T/$key.sec" -o "$T/$key.pub"
done
for v in 1 2 3; do
	mkdir -p "$T/bin$v/bin"
	printf '9.0.0.%s' "$v" >"$T/bin$v/VERSION"
	cat >"$T/plugin.c" <<END
#include <stdio.h>
#include <string.h>
int main(int c, char **v) {
	puts(c > 1 && !strcmp(v[1], "--version") ? "9.0.0.$v" : "installed");
	return 0; }
END
	cc -O1 -o "$T/bin$v/bin/$PKG" "$T/plugin.c" || exit 1
	cp "$INST" "$T/bin$v/bin/session-manager-installer"
	tap_ok "layout of version 9.0.0.$v" "$SMPKG" layout \
		-m "$SM_TOP/pkg/session-manager-plugin.json" \
		-t "linux-x86_64=$T/bin$v" -r "$T/bin$v" -r "$SM_TOP" -o "$M" \
		-k "$T/a.sec" --set-version "9.0.0.$v"
done
unset SOURCE_DATE_EPOCH

day() { date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ; }

# entry VERSION STATE [REASON]
entry()
{
	[ -z "${3-}" ] || entry_reason="\"reason\": \"$3\","
	cat <<END
{"version": "$1", "date": "2026-01-01", "state": "$2", ${entry_reason-}
 "notes": "notes of $1", "artifacts": [
 {"platform": "linux", "arch": "x86_64", "format": "deb",
  "path": "$1/$DEB", "size": $(stat -c %s "$M/$1/$DEB"),
  "sha256": "$(sha256sum <"$M/$1/$DEB" | cut -d' ' -f1)"}]}
END
	unset entry_reason
}

# channel SERIAL ISSUED EXPIRES KEY ENTRY...: publish it
channel()
{
	{
		printf '{"format": "session-manager-channel", "schema": 1,\n'
		printf '"product": "session-manager-plugin", "serial": %s,\n' "$1"
		printf '"issued": "%s", "expires": "%s",\n' "$(day "$2")" "$(day "$3")"
		printf '"minimum": "9.0.0.1", "versions": ['
		channel_key=$4
		shift 4
		channel_comma=
		for channel_entry; do
			printf '%s\n%s' "$channel_comma" "$channel_entry"
			channel_comma=,
		done
		printf ']}\n'
	} >"$M/channel.json"
	rm -f "$M/channel.json.sig"
	"$SMPKG" sign -k "$T/$channel_key.sec" "$M/channel.json" >"$OUT" 2>&1
}
good()
{
	channel "$1" '-1 hour' '+1 day' a "$(entry 9.0.0.3 withdrawn 'does not start')" \
		"$(entry 9.0.0.2 current)" "$(entry 9.0.0.1 deprecated 'use 9.0.0.2')"
}

"$SM_BIN/session-manager-loopback" --port-file "$T/port" --files "$M" \
	>"$T/server.log" 2>&1 &
tap_reap $!
tap_wait 20 test -s "$T/port"
URL=http://127.0.0.1:$(cat "$T/port")/files
inst() { inst_verb=$1; shift; "$INST" "$inst_verb" "$@" --from "$URL" --key "$T/a.pub"; }
at() { inst "$@" -i "$D" -b "$L"; }
deb() { at "$@" --format deb; }

# --- good --------------------------------------------------------------------
good 5
tap_ok 'install the latest' deb install
tap_is 'is what the channel calls current' "$("$L" --version)" 9.0.0.2
tap_is 'the document is remembered' "$(cat "$SEEN")" \
	"5 $(sha256sum <"$M/channel.json" | cut -d' ' -f1) $URL"
tap_ok 'status' "$INST" status -i "$D" -b "$L"
tap_like 'says verified by the channel' "$OUT" 'verified: *channel ed25519'
tap_ok 'install a deprecated version' deb install 9.0.0.1
tap_like 'warns' "$ERR" 'warning: version 9.0.0.1 is deprecated: use 9.0.0.2'
tap_ok 'update' deb update
tap_is 'goes up' "$("$L" --version)" 9.0.0.2
mv "$M/9.0.0.2/$DEB" "$T/away" # who has it must not download it
tap_ok 'update again' deb update
tap_like 'has nothing to do' "$OUT" 'it is current'
mv "$T/away" "$M/9.0.0.2/$DEB"
tap_ok 'history' at history
tap_like 'has the channel' "$OUT" '^9\.0\.0\.3 .*notes of 9.0.0.3 \[withdrawn: does not start\]'
tap_like 'knows the newest' "$OUT" '^9\.0\.0\.2 .*\[newest\] \[installed\]'
tap_like 'and what is built in' "$OUT" '^1\.0\.0\.0 '
mkdir "$T/down"
tap_ok 'download' inst download --format deb -o "$T/down" --json
tap_same 'is the package' "$T/down/$PKG.deb" "$M/9.0.0.2/$DEB"
tap_like 'result as JSON' "$OUT" '^\{"type": "download".*"version": "9.0.0.2"'
mv "$M/9.0.0.2/$DEB.sig" "$T/kept.sig"
tap_ok "without the artifact's own signature" deb install
mv "$T/kept.sig" "$M/9.0.0.2/$DEB.sig"
tap_ok 'from a directory' "$INST" install --format deb --from "$M/" --key "$T/a.pub" -i "$D" -b "$L"
tap_is 'has a memory of its own' "$(wc -l <"$SEEN" | tr -d ' ')" 2
cp "$SEEN" "$T/seen"

# --- refused -----------------------------------------------------------------
# refuse NAME PATTERN COMMAND...
refuse()
{
	refuse_name=$1
	refuse_text=$2
	shift 2
	tap_status "$refuse_name" 3 "$@"
	tap_like 'says so' "$ERR" "$refuse_text"
	tap_is 'nothing changed' "$("$L" --version) $(cmp "$SEEN" "$T/seen")" '9.0.0.2 '
}
refuse 'a withdrawn version' 'version 9.0.0.3 was withdrawn: does not start' deb install 9.0.0.3
tap_status 'an unknown version' 1 deb install 9.0.0.9
tap_like 'says so' "$ERR" "no version '9.0.0.9'"
tap_status 'no such format' 1 at install --format rpm
good 4
refuse 'an older document' 'goes back: serial 4 after 5' deb update
refuse 'also for history' 'goes back: serial 4 after 5' at history
channel 5 '-1 hour' '+1 day' a "$(entry 9.0.0.2 current)"
refuse 'another document under the same serial' 'changed under serial 5' deb update
channel 6 '-2 days' '-1 day' a "$(entry 9.0.0.2 current)"
refuse 'an expired document' 'expired' deb update
channel 6 '+2 days' '+3 days' a "$(entry 9.0.0.2 current)"
refuse 'a document from the future' 'future' deb update
channel 6 '-1 hour' '+1 day' b "$(entry 9.0.0.2 current)"
refuse 'a document signed by somebody else' 'cannot trust' deb update
good 6
printf ' ' >>"$M/channel.json"
refuse 'a byte more' 'cannot trust' deb update
good 6
rm "$M/channel.json.sig"
refuse 'no signature' 'it has no signature' deb update
rm "$M/channel.json"
refuse 'a channel that disappears' 'it had a release channel and has none now' deb update
good 6
cp "$M/9.0.0.2/$DEB" "$T/whole.deb"
printf 'X' | dd of="$M/9.0.0.2/$DEB" bs=1 seek=4000 conv=notrunc 2>/dev/null
tap_status 'a changed artifact' 3 deb install
tap_is 'nothing is installed of it' "$("$L" --version)" 9.0.0.2
head -c 5000 "$T/whole.deb" >"$M/9.0.0.2/$DEB"
tap_status 'a short artifact' 3 deb install
printf 'more' | cat "$T/whole.deb" - >"$M/9.0.0.2/$DEB"
tap_fails 'a long artifact' deb install
cp "$T/whole.deb" "$M/9.0.0.2/$DEB"
cp "$M/9.0.0.1/$DEB.sig" "$M/9.0.0.2/$DEB.sig"
tap_status "the artifact's own signature does not hold" 3 deb install
cp "$T/kept.sig" "$M/9.0.0.2/$DEB.sig" 2>/dev/null || rm "$M/9.0.0.2/$DEB.sig"
tap_is 'all the while' "$("$L" --version)" 9.0.0.2

# --- away from a withdrawn version -------------------------------------------
channel 7 '-1 hour' '+1 day' a "$(entry 9.0.0.2 withdrawn 'leaks')" \
	"$(entry 9.0.0.1 current)"
tap_status 'status of a withdrawn version' 3 at status
tap_like 'says so' "$OUT" '^channel: *withdrawn: leaks; newest is 9\.0\.0\.1'
tap_ok 'update leaves a withdrawn version' deb update
tap_ok 'status of a good one' at status
tap_is 'for the older one' "$("$L" --version)" 9.0.0.1
channel 8 '-1 hour' '+1 day' a "$(entry 9.0.0.1 withdrawn 'too')"
tap_status 'everything withdrawn' 1 deb update
tap_like 'says so' "$ERR" 'no current version'
sed -i 's/^[0-9]* /x /' "$SEEN"
tap_status 'a damaged memory' 1 deb update
tap_like 'names it' "$ERR" "$SEEN"
tap_ok 'uninstall' "$INST" uninstall -i "$D" -b "$L"
tap_is 'nothing stays' "$(find "$T/root" -type f -o -type l)" ''
tap_done
