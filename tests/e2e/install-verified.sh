#!/bin/sh
# Download and install what smpkg built and signed: from a mirror over HTTP,
# from directories and files; everything that is not verified is refused with
# status 3 and leaves nothing.
. "$(dirname "$0")/../lib/tap.sh"

INST=$SM_BIN/session-manager-installer
SMPKG=$SM_BIN/smpkg
PKG=session-manager-plugin
DEB=ubuntu_64bit/$PKG.deb
RPM=linux_64bit/$PKG.rpm
ZIP=linux_64bit/sessionmanager-bundle.zip
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'

# --- a mirror with two versions ----------------------------------------------
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
mkdir -p "$T/bin1/bin" "$T/bin2/bin" "$T/down"
for v in 1 2; do
	printf '9.0.0.%s' "$v" >"$T/bin$v/VERSION"
	cat >"$T/plugin$v.c" <<EOF
#include <stdio.h>
#include <string.h>
int main(int c, char **v) {
	puts(c > 1 && !strcmp(v[1], "--version") ? "9.0.0.$v" : "installed");
	return 0; }
EOF
	cc -O1 -o "$T/bin$v/bin/$PKG" "$T/plugin$v.c" || exit 1
	cp "$INST" "$T/bin$v/bin/session-manager-installer"
done
"$SMPKG" key generate --type ed25519 --name 'A <a@example.invalid>' \
	-o "$T/a.sec" >"$OUT" 2>&1
"$SMPKG" key generate --type rsa3072 --name 'B <b@example.invalid>' \
	-o "$T/b.sec" >"$OUT" 2>&1
"$SMPKG" key export -k "$T/a.sec" -o "$T/a.pub"
"$SMPKG" key export -k "$T/b.sec" -o "$T/b.pub"
for v in 1 2; do
	tap_ok "layout of version 9.0.0.$v" "$SMPKG" layout \
		-m "$SM_TOP/pkg/session-manager-plugin.json" \
		-t "linux-x86_64=$T/bin$v" -r "$T/bin$v" -r "$SM_TOP" -o "$T/mirror" \
		-k "$T/a.sec" --set-version "9.0.0.$v"
done
M=$T/mirror
"$SM_BIN/session-manager-loopback" --port-file "$T/port" --files "$M" \
	>"$T/server.log" 2>&1 &
tap_reap $!
tap_wait 20 test -s "$T/port"
URL=http://127.0.0.1:$(cat "$T/port")/files
KEY="--key $T/a.pub"
D=$T/root/plugin
L=$T/root/bin/$PKG

# --- download ----------------------------------------------------------------
# shellcheck disable=SC2086 # KEY is two words
{
tap_ok 'download the latest' "$INST" download --from "$URL" $KEY -o "$T/down" --format deb
tap_like 'says with which key' "$OUT" 'Verified .*ed25519.*A <a@example.invalid>'
tap_same 'is the package' "$T/down/$PKG.deb" "$M/9.0.0.2/$DEB"
tap_same 'with its signature' "$T/down/$PKG.deb.sig" "$M/9.0.0.2/$DEB.sig"
# Windows on i386: the place of its own, else the one for both
W=$M/9.0.0.2/windows
mkdir "$W" "${W}_32bit"
for s in '' .sig; do cp "$M/9.0.0.2/$ZIP$s" "$W/SessionManagerPlugin.zip$s"; done
tap_ok 'for i386 where there is one place' "$INST" download --from "$URL" $KEY -o "$T/down" --platform windows --arch i386
tap_same 'is that file' "$T/down/SessionManagerPlugin.zip" "$W/SessionManagerPlugin.zip"
tap_ok 'the same from a directory' "$INST" download 9.0.0.2 --from "$M" $KEY -o "$T/down" --platform windows --arch i386
for s in '' .sig; do cp "$M/9.0.0.2/$RPM$s" "${W}_32bit/SessionManagerPlugin.zip$s"; done
for from in "$URL" "$M"; do
	tap_ok "for i386 where there are two: ${from%%:*}" "$INST" download 9.0.0.2 --from "$from" $KEY -o "$T/down" --platform windows --arch i386
	tap_same 'is its own' "$T/down/SessionManagerPlugin.zip" "${W}_32bit/SessionManagerPlugin.zip"
done
rm -r "$W" "${W}_32bit"
tap_status 'for i386 where there is none' 1 "$INST" download --from "$URL" $KEY -o "$T/down" --platform windows --arch i386
tap_like 'names the common place' "$ERR" "9.0.0.2/windows/SessionManagerPlugin.zip': it is not there"

tap_status 'absent artifact' 1 "$INST" download 9.0.0.1 --from "$URL" $KEY --arch aarch64 --format rpm -o "$T/down"
tap_status 'absent version' 1 "$INST" download 8.8 --from "$URL" $KEY -o "$T/down"
tap_like 'one clear line' "$ERR" '^install: error: cannot .*8\.8'
rm -rf "$T/down" && mkdir "$T/down"
tap_status 'the official key does not fit' 3 "$INST" download --from "$URL" -o "$T/down"
tap_like 'says so' "$ERR" 'cannot trust'
tap_is 'nothing is left' "$(ls -A "$T/down")" ''
tap_status 'another key' 3 "$INST" download --from "$URL" --key "$T/b.pub" -o "$T/down"
tap_is 'nothing is left' "$(ls -A "$T/down")" ''
tap_status 'dead server' 1 "$INST" download --from http://127.0.0.1:1/x $KEY -o "$T/down"
tap_like 'one clear line' "$ERR" 'http://127.0.0.1:1/'
tap_status 'unwritable output' 1 "$INST" download --from "$URL" $KEY -o "$T/nowhere"
tap_like 'names it' "$ERR" "$T/nowhere"

# --- verify ------------------------------------------------------------------
for f in "$DEB" "$RPM" "$ZIP"; do
	tap_ok "verify ${f##*/}" "$INST" verify "$M/9.0.0.1/$f" $KEY
	tap_like 'says the version' "$OUT" 'version 9\.0\.0\.1'
	cp "$M/9.0.0.1/$f" "$T/x.${f##*.}"
	cp "$M/9.0.0.1/$f.sig" "$T/x.${f##*.}.sig"
	printf 'x' >>"$T/x.${f##*.}"
	tap_status "a byte more: ${f##*/}" 3 "$INST" verify "$T/x.${f##*.}" $KEY
	head -c 5000 "$M/9.0.0.1/$f" >"$T/x.${f##*.}"
	"$SMPKG" sign -k "$T/a.sec" "$T/x.${f##*.}" >"$OUT" 2>&1
	tap_fails "truncated but signed: ${f##*/}" "$INST" verify "$T/x.${f##*.}" $KEY
	tap_is 'is one line' "$(wc -l <"$ERR" | tr -d ' ')" 1
done
tap_ok 'verify the bare binary' "$INST" verify "$T/bin2/bin/$PKG" "$M/9.0.0.2/linux_64bit/$PKG.sig" $KEY
head -c 50 "$M/9.0.0.1/$DEB.sig" >"$T/short.sig"
tap_status 'truncated signature' 3 "$INST" verify "$M/9.0.0.1/$DEB" "$T/short.sig" $KEY
tap_status 'empty signature' 3 "$INST" verify "$M/9.0.0.1/$DEB" /dev/null $KEY
tap_status 'signature of another file' 3 "$INST" verify "$M/9.0.0.1/$DEB" "$M/9.0.0.1/$RPM.sig" $KEY
tap_status 'no signature' 3 "$INST" verify "$M/9.0.0.1/VERSION" $KEY
tap_status 'a key file that is none' 1 "$INST" verify "$M/9.0.0.1/$DEB" --key "$M/9.0.0.1/VERSION"
tap_status 'no such file' 1 "$INST" verify "$T/none" $KEY

# --- install -----------------------------------------------------------------
for format in deb rpm bundle; do
	rm -rf "$T/root"
	tap_ok "install from the mirror as $format" "$INST" install 9.0.0.1 --from "$URL" $KEY -i "$D" -b "$L" --format $format
	tap_is 'runs' "$("$L" --version)" 9.0.0.1
	tap_is 'its VERSION agrees' "$(cat "$D/VERSION")" 9.0.0.1
	tap_ok 'all texts are there' test -s "$D/LICENSE" -a -s "$D/THIRD-PARTY" -a -s "$D/seelog.xml.template"
done
tap_ok 'update' "$INST" update --from "$URL" $KEY -i "$D" -b "$L"
tap_is 'runs' "$("$L" --version)" 9.0.0.2
mv "$M/9.0.0.2/$DEB" "$T/away" # who has it must not download it
tap_ok 'update again' "$INST" update --from "$URL" $KEY -i "$D" -b "$L" --format deb
tap_is 'has nothing to do' "$(cat "$OUT" "$ERR")" 'Version 9.0.0.2 is installed already: it is current.'
mv "$L" "$T/link"
tap_ok 'update without LINK' "$INST" update --from "$URL" $KEY -i "$D" -b "$L" --format deb
tap_like 'says what makes it' "$ERR" "warning: '$L' does not lead to it; the command 'install' makes the link"
mv "$T/link" "$L"
mv "$T/away" "$M/9.0.0.2/$DEB"
printf 9.0.0.1 >"$M/latest/VERSION"
tap_status 'a mirror that goes back' 1 "$INST" update --from "$URL" $KEY -i "$D" -b "$L"
tap_like 'is refused' "$ERR" 'cannot replace a newer version'
tap_is 'the newer one stays' "$("$L" --version)" 9.0.0.2
tap_ok 'unless told so' "$INST" update --from "$URL" $KEY -i "$D" -b "$L" --allow-downgrade
tap_is 'runs' "$("$L" --version)" 9.0.0.1
printf 9.0.0.2 >"$M/latest/VERSION"
tap_ok 'status' "$INST" status -i "$D" -b "$L"
tap_like 'says from where' "$OUT" "$URL/9.0.0.1"
tap_like 'says verified how' "$OUT" 'openpgp ed25519'
tap_ok 'install from a folder' "$INST" install 9.0.0.2 --from "$M" $KEY -i "$D" -b "$L"
tap_ok 'install from a file' "$INST" install --from "$M/9.0.0.1/$RPM" $KEY -i "$D" -b "$L"
tap_is 'runs' "$("$L" --version)" 9.0.0.1

# A package of one version in the place of another.
mkdir -p "$M/9.0.0.3/ubuntu_64bit"
cp "$M/9.0.0.1/$DEB" "$M/9.0.0.1/$DEB.sig" "$M/9.0.0.3/ubuntu_64bit/"
tap_status 'an old package under a new number' 3 "$INST" install 9.0.0.3 --from "$URL" $KEY -i "$D" -b "$L" --format deb
tap_like 'says so' "$ERR" "it is version '9.0.0.1', not '9.0.0.3'"
rm "$M/9.0.0.2/$DEB.sig"
tap_status 'no signature on the mirror' 3 "$INST" install 9.0.0.2 --from "$URL" $KEY -i "$D" -b "$L" --format deb
tap_like 'says so' "$ERR" 'it has no signature'
tap_is 'what was installed stays' "$("$L" --version)" 9.0.0.1
tap_ok 'uninstall' "$INST" uninstall -i "$D" -b "$L"
tap_is 'nothing stays' "$(find "$T/root" -type f -o -type l)" ''
tap_is 'nothing was left in TMPDIR' "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'session-manager-*' -newer "$T/port" ! -name '*demo*' 2>/dev/null)" ''
}

# --- a full disk -------------------------------------------------------------
if [ "$(id -u)" -eq 0 ] && mkdir "$T/small" &&
	mount -t tmpfs -o size=64k none "$T/small" 2>/dev/null; then
	tap_status 'full disk' 1 "$INST" install 9.0.0.1 --from "$M" --key "$T/a.pub" -i "$T/small/p" -b "$T/small/l"
	tap_like 'one clear line' "$ERR" '[Nn]o space left'
	tap_is 'nothing is half done' "$(ls -A "$T/small")" ''
	umount "$T/small"
else
	tap_skip 'full disk' 'needs root to mount a small file system'
fi
tap_done
