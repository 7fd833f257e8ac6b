#!/bin/sh
# Self-contained installers: a run file that installs itself without a network,
# the same for Windows as far as its structure goes, and each way in which such
# a file can be damaged. docs/self-contained.md is the definition.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
# shellcheck source=tests/lib/bundle.sh
. "$SM_TOP/tests/lib/bundle.sh"

tap_need python3 unzip zipinfo
INST=$SM_BIN/session-manager-installer
PLUGIN=session-manager-plugin
RUN=$T/$PLUGIN-$V-x86_64.run
D=$T/root/plugin
L=$T/root/bin/$PLUGIN
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'
# whoever asks the network fails at once
https_proxy=http://127.0.0.1:1 http_proxy=http://127.0.0.1:1
HOME=$T/home
export https_proxy http_proxy HOME
mkdir -p stage/bin home

# stage VERSION: a plugin that says so, and the real installer
stage()
{
	cat >stage/plugin.c <<END
#include <stdio.h>
#include <string.h>
int main(int c, char **v) {
	puts(c > 1 && !strcmp(v[1], "--version") ? "$1" : "installed");
	return 0; }
END
	cc -O1 -s -o stage/bin/$PLUGIN stage/plugin.c
	cp "$INST" stage/bin/session-manager-installer
	printf '%s' "$1" >stage/VERSION
}
# is_installed VERSION: LINK leads to it, and the tree is whole
is_installed()
{
	[ "$("$L" --version 2>&1)" = "$1" ] && [ "$(cat "$D/VERSION")" = "$1" ] &&
		[ -f "$D/LICENSE" ] && [ -f "$D/seelog.xml.template" ]
}
clear()
{
	rm -rf "$T/root"
}
# receipt VERSION EXPRESSION
receipt()
{
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
print(eval("(" + sys.argv[2] + ")"))' "$D/versions/$1/receipt.json" "$2"
}
# payload FILE: the archive in it, found by what the trailer says
payload()
{
	python3 -c 'import struct, sys
d = open(sys.argv[1], "rb").read()
at = d.rindex(b"\x89SMAP\r\n\x1a")
a, n = struct.unpack_from("<QQ", d, at + 16)
sys.stdout.buffer.write(d[a:a + n])' "$1"
}

# --- built ------------------------------------------------------------------
stage "$V"
tap_ok 'build' pkg_build run x86_64 "$T"
tap_is 'its name' "$(cat "$OUT")" "$RUN"
tap_is 'is a program' "$(stat -c %a "$RUN")" 755
mkdir again
touch -d 2001-01-01 stage/VERSION
(umask 077 && TZ=Asia/Tokyo pkg_build run x86_64 "$T/again" >/dev/null)
tap_same 'the same bytes again' "again/${RUN##*/}" "$RUN"
tap_is 'still the installer' "$("$RUN" --version)" "$("$INST" --version)"
payload "$RUN" >p.zip
tap_ok 'the archive is sound' unzip -tq p.zip
cat >want <<END
LICENSE
NOTICE
README.md
RELEASENOTES.md
THIRD-PARTY
VERSION
bin/$PLUGIN
seelog.xml.template
END
zipinfo -1 p.zip | LC_ALL=C sort >got
tap_same 'the installed tree, no folders' got want
zipinfo -1 "$RUN" 2>/dev/null | LC_ALL=C sort >got
tap_same 'unzip lists it through the program' got want
python3 -c 'import sys, zipfile
print("\n".join(sorted(zipfile.ZipFile(sys.argv[1]).namelist())))' "$RUN" >got
tap_same 'and so does python' got want
if tap_have 7z; then
	tap_ok 'and 7z' 7z l -tzip "$RUN"
	tap_like 'which names the plugin' "$OUT" "bin/$PLUGIN"
else
	tap_skip 'and 7z' 'no 7z'
	tap_skip 'which names the plugin' 'no 7z'
fi
tap_ok 'smpkg inspect' "$SMPKG" inspect "$RUN"
tap_like 'names it' "$OUT" "run, $PLUGIN $V for ELF"

# --- installs itself --------------------------------------------------------
tap_ok 'install' "$RUN" install -i "$D" -b "$L"
tap_ok 'is installed' is_installed "$V"
tap_is 'receipt: from where' "$(receipt "$V" 'r["source"]["kind"] + " " +
	r["source"]["from"]')" "bundled $RUN"
tap_is 'receipt: what' "$(receipt "$V" 'r["artifact"]["sha256"] + " " +
	r["artifact"]["format"] + " " + str(r["artifact"]["size"])')" \
	"$(sha256sum <p.zip | cut -d' ' -f1) run $(wc -c <p.zip)"
tap_is 'receipt: nothing was verified' \
	"$(receipt "$V" 'r["verified"]["method"]')" none
tap_ok 'status' "$INST" status -i "$D" -b "$L"
tap_ok 'uninstall, by itself' "$RUN" uninstall -i "$D" -b "$L"
tap_is 'nothing stays' "$(find "$T/root" ! -type d)" ''
if tap_have strace; then
	cp stage/bin/session-manager-installer keep
	cp "${SM_BIN_NATIVE:-$SM_BIN}/session-manager-installer" stage/bin/
	pkg_build run x86_64 traced.run >/dev/null
	cp keep stage/bin/session-manager-installer
	# leaks are not looked for under ptrace
	tap_ok 'install under strace' env ASAN_OPTIONS=detect_leaks=0 \
		strace -f -o trace -e trace=connect,bind \
		./traced.run install --bundled -i "$D" -b "$L"
	tap_unlike 'asks no network' trace '(connect|bind)\('
	tap_ok 'is installed all the same' is_installed "$V"
else
	tap_skip 'asks no network' 'no strace'
fi
clear

# the form of the official script
tap_ok 'without a command' "$RUN" -i "$D" -b "$L"
tap_like 'says what the script says' "$OUT" '^Installation successful!'
tap_ok 'is installed, too' is_installed "$V"
tap_is 'from itself' "$(receipt "$V" 'r["source"]["kind"]')" bundled
clear
tap_ok 'dry run' "$RUN" --dry-run -i "$D" -b "$L"
tap_ok 'dry run of install' "$RUN" install --dry-run -i "$D" -b "$L"
tap_is 'nothing was made' "$(ls -d "$T/root" 2>/dev/null)" ''
make_bundle "$T/bundle" 8.0.0.1
cp "$RUN" "$T/bundle/install"
tap_ok 'beside the files of a bundle' "$T/bundle/install" -i "$D" -b "$L"
tap_is 'these are meant' "$("$L" --version)" 8.0.0.1
tap_is 'the receipt says so' \
	"$(receipt 8.0.0.1 'r["source"]["kind"]')" directory

# over another version, and back
stage 9.0.0.2
tap_ok 'a newer one' pkg_build run x86_64 "$T/new.run" --set-version 9.0.0.2
tap_ok 'installed over it' ./new.run install -i "$D" -b "$L"
tap_ok 'is the newer one' is_installed 9.0.0.2
tap_ok 'back' ./new.run rollback -i "$D" -b "$L"
tap_is 'is the older one' "$("$L" --version)" 8.0.0.1
clear

# --- as an artifact ---------------------------------------------------------
"$SMPKG" key generate --type ed25519 --name 'A <a@example.invalid>' \
	-o a.sec >/dev/null
"$SMPKG" key export -k a.sec -o a.pub
tap_ok 'signed' "$SMPKG" sign -k a.sec "$RUN"
tap_ok 'verified before it is run' "$INST" verify "$RUN" --key a.pub
tap_like 'says the version' "$OUT" "version $V"
tap_ok 'another installer takes it' "$INST" install --from "$RUN" --key a.pub \
	-i "$D" -b "$L"
tap_ok 'is installed from it' is_installed "$V"
tap_is 'and was verified' "$(receipt "$V" 'r["verified"]["method"] + " " +
	r["artifact"]["format"]')" 'openpgp run'
clear
stage "$V"
tap_ok 'layout' "$SMPKG" layout --manifest "$MANIFEST" --root stage \
	--root "$SM_TOP" --target linux-x86_64=stage --key a.sec --output mirror
tap_ok 'from a mirror' "$INST" install --from mirror --format run --key a.pub \
	-i "$D" -b "$L"
tap_ok 'is installed from there' is_installed "$V"
clear
printf x >>"$RUN.sig"
tap_status 'a bad signature' 3 "$INST" install --from "$RUN" --key a.pub \
	-i "$D" -b "$L"
tap_is 'installs nothing' "$(ls -d "$T/root" 2>/dev/null)" ''

# --- what else is meant -----------------------------------------------------
tap_status 'a version is not here' 1 "$RUN" install 9.9.9.9 -i "$D" -b "$L"
tap_like 'the network was asked' "$ERR" 'cannot (download|connect)'
tap_status 'another source' 1 "$RUN" install --from "$T/absent" -i "$D" -b "$L"
tap_like 'was looked for' "$ERR" "$T/absent"
tap_status 'both are wrong' 2 "$RUN" install --bundled --from "$T" -i "$D" \
	-b "$L"
tap_like 'says why' "$ERR" '[-][-]bundled goes with no other source'
tap_status 'a plain installer carries nothing' 1 "$INST" install --bundled \
	-i "$D" -b "$L"
tap_like 'says that' "$ERR" 'not a self-contained installer'
tap_is 'nothing was installed' "$(ls -d "$T/root" 2>/dev/null)" ''

# --- damage -----------------------------------------------------------------
# flip FILE OFFSET-FROM-END: x.run with one byte changed
flip()
{
	python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read())
d[-int(sys.argv[2])] ^= 1
open("x.run", "wb").write(d)' "$1" "$2"
	chmod 755 x.run
}
# refused NAME STATUS PATTERN
refused()
{
	tap_status "$1" "$2" ./x.run install --bundled -i "$D" -b "$L"
	tap_like "$1: says why" "$ERR" "$3"
	tap_is "$1: one line" "$(wc -l <"$ERR")" 1
	tap_is "$1: nothing is left" "$(ls -d "$T/root" 2>/dev/null)" ''
}
flip "$RUN" 1000
refused 'a byte of the archive' 3 'digest is not the one in the trailer'
tap_status 'nor without a word' 3 ./x.run install -i "$D" -b "$L"
tap_status 'nor as a script' 3 ./x.run -i "$D" -b "$L"
flip "$RUN" 1
refused 'a byte of the digest' 3 'digest is not the one in the trailer'
flip "$RUN" 48
refused 'a byte of the place' 1 'trailer of the appended archive is damaged'
flip "$RUN" 56
refused 'another version of the trailer' 1 'trailer of version 0'
head -c -1 "$RUN" >x.run
refused 'cut off' 1 'not a self-contained installer'
tap_status 'inspect refuses it' 1 "$SMPKG" inspect x.run
# a sound archive of something else
python3 - "$RUN" <<'END'
import hashlib, io, struct, sys, zipfile
d = open(sys.argv[1], "rb").read()
at = d.rindex(b"\x89SMAP\r\n\x1a")
offset = struct.unpack_from("<Q", d, at + 16)[0]
def write(name, files):
    f = io.BytesIO()
    z = zipfile.ZipFile(f, "w")
    for path, text in files:
        z.writestr(path, text)
    z.close()
    b = f.getvalue()
    open(name, "wb").write(d[:offset] + b + d[at:at + 16] + struct.pack(
        "<QQ", offset, len(b)) + hashlib.sha256(b).digest())
write("empty.run", [("a", "b")])
write("evil.run", [("bin/session-manager-plugin", "#!/bin/sh\n"),
    ("VERSION", "9.0.0.3"), ("../../escaped", "x")])
write("nover.run", [("bin/session-manager-plugin", "#!/bin/sh\n")])
END
chmod 755 ./*.run
cp empty.run x.run
refused 'no plugin in it' 1 'holds no plugin'
cp evil.run x.run
refused 'a name that leads out' 3 'unsafe name'
tap_is 'and nothing led out' "$(find "$T" -name escaped)" ''
cp nover.run x.run
refused 'no version in it' 1 'no VERSION'

# --- refused by the packager --------------------------------------------------
cp "$RUN" stage/bin/session-manager-installer
tap_status 'an installer of an installer' 1 pkg_build run x86_64 "$T/y.run"
tap_like 'carries one' "$ERR" 'carries an archive already'
echo text >stage/bin/session-manager-installer
tap_status 'no program' 1 pkg_build run x86_64 "$T/y.run"
tap_like 'is not one' "$ERR" 'is not a program for Linux'
tap_is 'nothing written' "$(ls y.run 2>/dev/null)" ''

# --- for Windows --------------------------------------------------------------
exe=$T/SessionManagerPluginSetup.exe
if ! tap_have x86_64-w64-mingw32-gcc osslsigncode openssl; then
	tap_skip 'for Windows' 'no compiler for it, or no osslsigncode'
	tap_done
fi
echo 'int main(void) { return 0; }' >main.c
for name in $PLUGIN session-manager-setup; do
	x86_64-w64-mingw32-gcc -O1 -s -o stage/bin/$name.exe main.c
done
tap_ok 'build exe' pkg_build exe x86_64 "$T"
tap_ok 'unzip tests it' sh -c 'unzip -tq "$1" || [ $? = 1 ]' sh "$exe"
sed "s/$PLUGIN\$/&.exe/" want | LC_ALL=C sort >want.exe
zipinfo -1 "$exe" 2>/dev/null | LC_ALL=C sort >got
tap_same 'the tree for Windows' got want.exe
openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 9 -subj /CN=x \
	-addext extendedKeyUsage=codeSigning 2>/dev/null
tap_ok 'built and signed' pkg_build exe x86_64 b.exe --cert c --cert-key k
tap_ok 'osslsigncode agrees' osslsigncode verify -in b.exe -CAfile c
pkg_build exe x86_64 b2.exe --cert c --cert-key k >/dev/null
tap_same 'the same bytes again, signed' b2.exe b.exe
payload b.exe >q.zip
tap_ok 'its archive' unzip -oq q.zip "bin/$PLUGIN.exe" -d q
tap_ok 'has a program that is signed, too' osslsigncode verify \
	-in "q/bin/$PLUGIN.exe" -CAfile c
payload "$exe" >p.zip
tap_status 'no certificate for a run' 2 pkg_build run x86_64 y.run --cert c \
	--cert-key k
tap_ok 'signed' osslsigncode sign -h sha256 -certs c -key k -in "$exe" -out s.exe
tap_ok 'the signature holds' osslsigncode verify -in s.exe -CAfile c
tap_ok 'smpkg inspect finds the same' "$SMPKG" inspect s.exe
tap_like 'says what' "$OUT" "exe, $PLUGIN $V for PE"
payload s.exe >q.zip
tap_same 'the archive is untouched' q.zip p.zip
python3 - <<'END'
d = bytearray(open("s.exe", "rb").read())
d[d.rindex(b"\x89SMAP") - 500] ^= 1
open("t.exe", "wb").write(d)
END
tap_fails 'its signature covers the archive' osslsigncode verify -in t.exe \
	-CAfile c
tap_status 'and the digest too' 3 "$SMPKG" inspect t.exe
cp s.exe stage/bin/session-manager-setup.exe
tap_status 'a signed program' 1 pkg_build exe x86_64 "$T/z.exe"
tap_like 'is refused' "$ERR" '(is signed already|carries an archive)'
rm stage/bin/session-manager-setup.exe
osslsigncode sign -h sha256 -certs c -key k -in stage/bin/$PLUGIN.exe \
	-out stage/bin/session-manager-setup.exe >/dev/null 2>&1
tap_status 'a signed program without an archive' 1 pkg_build exe x86_64 z.exe
tap_like 'is refused, too' "$ERR" 'is signed already'

# --- the layout ---------------------------------------------------------------
cp stage/bin/$PLUGIN.exe stage/bin/session-manager-setup.exe
cp "$INST" stage/bin/session-manager-installer
"$SMPKG" layout --manifest "$MANIFEST" --root stage --root "$SM_TOP" \
	--target linux-x86_64=stage --target windows-x86_64=stage \
	--target windows-i386=stage --target windows-aarch64=stage \
	--exe-cert c --exe-cert-key k --output dist >"$OUT" 2>"$ERR" || cat "$ERR"
for folder in windows windows_32bit windows_arm64; do
	tap_ok "$folder: signed" osslsigncode verify -CAfile c \
		-in "dist/latest/$folder/SessionManagerPluginSetup.exe"
	tap_ok "$folder: a zip too" test -s \
		"dist/latest/$folder/SessionManagerPlugin.zip"
done
tap_done
