#!/bin/sh
# What packages carry besides their files: Windows programs signed before they
# are packed (osslsigncode judges each), certificates with ECDSA keys, and what
# inspect and diff tell of signatures, tickets and archives.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc osslsigncode openssl python3 unzip x86_64-w64-mingw32-gcc
# shellcheck source=tests/lib/authenticode.sh
. "$SM_TOP/tests/lib/authenticode.sh"
# shellcheck source=tests/lib/developer-id.sh
. "$SM_TOP/tests/lib/developer-id.sh"

PLUGIN=session-manager-plugin
code_root Root && code_root StampRoot &&
	code_cert rsa Root code '/O=Example Corp/CN=Signer' &&
	code_cert stamp StampRoot stamp '/CN=Example Stamps' || exit 1
openssl ecparam -name prime256v1 -genkey -noout -out ec.key
openssl ecparam -name secp256k1 -genkey -noout -out k1.key
code_cert ec Root code '/O=Example Corp/CN=Curve' &&
	code_cert k1 Root code /CN=Other || exit 1
for leaf in rsa ec k1; do
	cat $leaf.pem Root.pem >$leaf.chain
done
cat stamp.pem StampRoot.pem >stamp.chain
chain_root Apple && chain_cert Authority Apple authority 20 '/CN=Authority' &&
	chain_cert mac Authority leaf 10 '/CN=Mac/OU=TEAM/O=Example Corp' || exit 1
cat mac.pem Authority.pem Apple.pem >mac.chain

# programs of every kind
pkg_stage stage || tap_skip_all 'no static C library'
mkdir -p win/bin mac/bin
printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >a.c
x86_64-w64-mingw32-gcc -Os -s -Wl,--no-insert-timestamp a.c -o a.exe || exit 1
for program in $PLUGIN session-manager-installer session-manager-setup; do
	cp a.exe win/bin/$program.exe
done
python3 "$SM_TOP/tests/lib/macho.py" mac/bin/$PLUGIN arm64 || exit 1
cp mac/bin/$PLUGIN mac/bin/session-manager-installer
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >fpr

judge()
{
	osslsigncode verify -in "$1" -CAfile Root.pem -TSA-CAfile StampRoot.pem
}
# parts DIR: unpack what a release has for Windows
parts()
{
	unzip -q "$1/windows/SessionManagerPlugin.zip" -d "$2" &&
		unzip -q "$2/package.zip" -d "$2/package" &&
		cp "$1/windows/SessionManagerPluginSetup.exe" "$2/setup.exe" &&
		python3 -c 'import sys, zipfile
zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$2/setup.exe" "$2/inner"
}
# every_program DIR: all that begins MZ is signed, and judged good
every_program()
{
	n=0
	find "$1" -type f -name '*.exe' >exes
	while read -r exe; do
		judge "$exe" >>judged 2>&1 || return
		n=$((n + 1))
	done <exes
	echo $n
}

# --- layout and release -----------------------------------------------------
layout()
{
	layout_out=$1
	shift
	"$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" \
		--output "$layout_out" --target windows-x86_64=win \
		--target macos-aarch64=mac "$@"
}
tsa_start stamp || exit 1
tap_ok 'layout' layout l --exe-cert rsa.chain --exe-cert-key rsa.key \
	--cert mac.chain --cert-key mac.key --timestamp "$TSA" \
	--tsa-roots StampRoot.pem
tap_ok 'taken apart' parts l/latest l.x
tap_ok 'every program is signed' every_program l.x
tap_is 'in the zip, the setup and the setup itself' "$(cat "$OUT")" 3
tap_like 'with a time stamp' judged 'Timestamp Server Signature verification: ok'
tap_ok 'the pkg by its own certificate' "$SMPKG" verify --roots Apple.pem \
	--tsa-roots StampRoot.pem l/latest/mac_arm64/$PLUGIN.pkg
tap_ok 'without time stamps' layout m --exe-cert rsa.chain --exe-cert-key rsa.key
tap_ok 'again' layout n --exe-cert rsa.chain --exe-cert-key rsa.key
tap_ok 'same bytes' diff -r m/latest n/latest
tap_ok 'macOS only' layout p --cert mac.chain --cert-key mac.key
tap_ok 'taken apart' parts p/latest p.x
tap_same 'no Windows program by it' p.x/package/bin/$PLUGIN.exe a.exe

printf '%s' '{"format":"session-manager-history","schema":1,"minimum":"1.2.764.0","releases":[{"version":"1.3.0.0","date":"2026-10-02","kind":"fix","change":"x","publisher":"project"}]}' \
	>history.json
release()
{
	release_out=$1
	shift
	"$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" --key key.asc \
		--sources "$SM_TOP/scripts/sources.list" --output "$release_out" \
		--history history.json --set-version 1.3.0.0 \
		--target windows-x86_64=win --target linux-x86_64=stage "$@"
}
tap_ok 'release' release r --exe-cert ec.chain --exe-cert-key ec.key \
	--timestamp "$TSA" --embed-origin
tap_ok 'taken apart' parts r/latest r.x
tap_ok 'ECDSA: every program is signed' every_program r.x
tap_is 'all three' "$(cat "$OUT")" 3
tap_ok 'smpkg is content' "$SMPKG" verify --roots Root.pem \
	--tsa-roots StampRoot.pem r.x/setup.exe
tap_is 'signed once is enough' "$(osslsigncode verify -in r.x/setup.exe \
	-CAfile Root.pem 2>/dev/null | grep -c 'Signature Index')" 1
for command in layout release; do
	tap_status "$command: key without certificate" 2 $command x \
		--exe-cert-key rsa.key
	tap_like "$command: why" "$ERR" '--exe-cert-key needs --exe-cert'
	tap_status "$command: stamp without certificate" 2 $command x \
		--timestamp "$TSA"
	tap_like "$command: why" "$ERR" 'need --cert or --exe-cert'
	tap_status "$command: no such certificate" 1 $command x \
		--exe-cert absent --exe-cert-key rsa.key
	tap_like "$command: says which" "$ERR" "'absent'"
done
tap_is 'nothing made' "$(ls x 2>/dev/null)" ''

# --- one package ------------------------------------------------------------
build()
{
	build_format=$1 build_arch=$2 build_root=$3
	shift 3
	"$SMPKG" build --manifest "$MANIFEST" --format "$build_format" \
		--arch "$build_arch" --root "$build_root" --root "$SM_TOP" "$@"
}
cp -r win win2
"$SMPKG" sign --cert ec.chain --key ec.key win2/bin/$PLUGIN.exe >/dev/null
cp win2/bin/$PLUGIN.exe earlier.exe
tap_ok 'a program that is signed' build winzip x86_64 win2 --output w.zip \
	--cert rsa.chain --cert-key rsa.key
unzip -q w.zip package.zip && unzip -q package.zip -d w
tap_same 'keeps its signature' w/bin/$PLUGIN.exe earlier.exe
head -c 200 a.exe >win2/bin/$PLUGIN.exe
tap_fails 'a damaged program' build winzip x86_64 win2 --output bad.zip \
	--cert rsa.chain --cert-key rsa.key
tap_like 'says which' "$ERR" "cannot sign '/package/bin/$PLUGIN.exe'"
tap_fails 'no zip of it' test -e bad.zip
tap_status 'deb: no certificate' 2 build deb x86_64 stage --cert rsa.chain
tap_fails 'ECDSA in a pkg' build pkg aarch64 mac --output ec.pkg \
	--cert ec.chain --cert-key ec.key
tap_like 'why' "$ERR" '^smpkg: error: a pkg is signed inside with RSA, not with the ECDSA key of --cert$'
tap_is 'one line' "$(wc -l <"$ERR" | tr -d ' ')" 1
tap_fails 'no pkg of it' test -e ec.pkg
tap_fails 'another curve' build winzip x86_64 win --output k1.zip \
	--cert k1.chain --cert-key k1.key
tap_like 'why' "$ERR" 'neither RSA of 2048 to 8192 bits nor ECDSA on P-256'
tap_ok 'ECDSA behind a program' build winzip x86_64 win --output c.zip \
	--cert ec.chain --cert-key \
	'command:openssl pkeyutl -sign -inkey ec.key -pkeyopt digest:sha256'

# --- inspect ----------------------------------------------------------------
inspect()
{
	"$SMPKG" inspect "$@" | grep -v '^[0-7]\{4\} '
}
tap_ok 'setup' inspect r.x/setup.exe
tap_like 'kind' "$OUT" '^r.x/setup.exe: Windows program for x86_64$'
tap_like 'publisher' "$OUT" "signed inside with sha256 by 'Curve' of 'Example Corp'"
tap_like 'time stamp' "$OUT" "time stamp 20.*Z by 'Example Stamps'"
tap_like 'archive' "$OUT" 'archive of [0-9]* bytes behind the program, at byte [0-9]*$'
tap_ok 'run' inspect r/latest/linux_64bit/$PLUGIN.run
tap_like 'its archive' "$OUT" 'archive of [0-9]* bytes behind the program'
tap_ok 'deb' inspect r/latest/ubuntu_64bit/$PLUGIN.deb
tap_like 'signature inside' "$OUT" \
	"signed inside .*_gpgorigin. 20.*Z by key $(cut -c 1-40 fpr | tr A-F a-f)"
tap_ok 'deb without' build deb x86_64 stage --output plain.deb
tap_ok 'is' inspect plain.deb
tap_unlike 'not told of one' "$OUT" 'gpgorigin'
pkg=l/latest/mac_arm64/$PLUGIN.pkg
cp $pkg stapled.pkg
echo ticket >ticket
"$SMPKG" staple stapled.pkg ticket >/dev/null
tap_ok 'pkg' inspect $pkg stapled.pkg p/latest/mac_arm64/sessionmanager-bundle.zip
tap_like 'who signed' "$OUT" "^$pkg: signed inside by 'Mac' of 'Example Corp', team 'TEAM'"
tap_unlike 'no ticket' "$OUT" "^$pkg: notary"
tap_like 'a ticket' "$OUT" "^stapled.pkg: notary's ticket of 7 bytes"
tap_ok 'unsigned pkg' inspect m/latest/mac_arm64/$PLUGIN.pkg
tap_like 'says so' "$OUT" 'not signed inside'

# --- diff -------------------------------------------------------------------
differ()
{
	tap_status "$1: different" 1 "$SMPKG" diff "$2" "$3"
	tap_like "$1: where" "$OUT" "$4"
}
differ 'ticket' $pkg stapled.pkg "^notary's ticket: only in the second"
echo other >ticket
cp $pkg stapled2.pkg
"$SMPKG" staple stapled2.pkg ticket >/dev/null
differ 'another ticket' stapled.pkg stapled2.pkg "^notary's ticket: byte 0"
cp a.exe b.exe
"$SMPKG" sign --cert rsa.chain --key rsa.key b.exe >/dev/null
differ 'signature' a.exe b.exe \
	'^signature: only in the second'
tap_unlike 'the same program' "$OUT" '^program'
cp b.exe c.exe
"$SMPKG" sign --cert ec.chain --key ec.key c.exe >/dev/null
differ 'another signer' b.exe c.exe '^signature: byte'
tap_unlike 'the same program' "$OUT" '^program'
cp l.x/setup.exe one.exe
cp -r win win3
printf 'Z' >>win3/bin/$PLUGIN.exe
build exe x86_64 win3 --output two.exe --cert rsa.chain --cert-key rsa.key \
	>/dev/null
differ 'inside the archive' m/latest/windows/SessionManagerPluginSetup.exe \
	two.exe "^archive/.*$PLUGIN.exe.*: byte"
cp -r stage stage2
printf 'Z' >>stage2/bin/$PLUGIN
build run x86_64 stage --output one.run >/dev/null
build run x86_64 stage2 --output two.run >/dev/null
differ 'inside a run file' one.run two.run "^archive/.*bin/$PLUGIN: byte"
tap_unlike 'the same program' "$OUT" '^program'
build deb x86_64 stage --output signed.deb --key key.asc --embed-origin >/dev/null
differ 'deb' plain.deb signed.deb '^_gpgorigin: only in the second'

tap_done
