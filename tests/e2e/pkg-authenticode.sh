#!/bin/sh
# Signed Windows programs and time stamps: osslsigncode judges what smpkg
# signs, smpkg and the installer judge what osslsigncode signs, and openssl ts
# stamps for both, well and badly.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need osslsigncode openssl python3 x86_64-w64-mingw32-gcc
# shellcheck source=tests/lib/authenticode.sh
. "$SM_TOP/tests/lib/authenticode.sh"

INSTALLER=$SM_BIN/session-manager-installer
unset AWS_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR http_proxy HTTP_PROXY ALL_PROXY

code_root Root && code_root Other && code_root StampRoot &&
	code_cert Authority Root authority /CN=Authority &&
	code_cert signer Authority code '/O=Example Corp/CN=Example Signer' &&
	code_cert amazon Authority code \
		'/O=Amazon.com Services LLC/CN=Amazon.com Services LLC' &&
	code_cert expired Authority code /CN=Expired \
		20200101000000Z 20210101000000Z &&
	code_cert stamp StampRoot stamp '/CN=Example Stamps' || exit 1
for leaf in signer amazon expired; do
	cat $leaf.pem Authority.pem Root.pem >$leaf.chain
done
cat stamp.pem StampRoot.pem >stamp.chain
cat Root.pem StampRoot.pem >both.pem
printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >a.c
x86_64-w64-mingw32-gcc -Os -s -Wl,--no-insert-timestamp a.c -o a.exe || exit 1
printf 'overlay' >>a.exe

sign()
{
	cp a.exe "$1"
	sign_file=$1
	shift
	"$SMPKG" sign --cert signer.chain --key signer.key "$@" "$sign_file"
}
foreign()
{
	foreign_out=$1
	shift
	osslsigncode sign -certs signer.chain -key signer.key -in a.exe \
		-out "$foreign_out" "$@"
}
verify()
{
	"$SMPKG" verify --roots Root.pem --tsa-roots StampRoot.pem "$@"
}
refused()
{
	refused_name=$1
	refused_why=$2
	shift 2
	tap_status "$refused_name" 3 "$@"
	tap_like "$refused_name: why" "$ERR" "$refused_why"
}

# --- ours, judged by osslsigncode -------------------------------------------
tap_ok 'sign' sign ours.exe --name 'Session Manager Plugin' \
	--url https://example.org/
tap_is 'says which' "$(cat "$OUT")" ours.exe
tap_ok 'osslsigncode is content' osslsigncode verify -in ours.exe \
	-CAfile Root.pem
tap_like 'its digest' "$OUT" 'digest algorithm  : SHA256'
tap_like 'what it is called' "$OUT" 'Session Manager Plugin'
tap_like 'where it is from' "$OUT" 'https://example.org/'
tap_unlike 'checksum is right' "$OUT" 'MISMATCH'
tap_is 'padded to eight' "$(($(wc -c <ours.exe) % 8))" 0
tap_ok 'smpkg is content' verify ours.exe
tap_like 'names signer and publisher' "$OUT" \
	'inside by Example Signer, publisher Example Corp'
tap_ok 'inspect' "$SMPKG" inspect ours.exe a.exe
tap_like 'what it says of itself' "$OUT" \
	"ours.exe: signed inside with sha256 by 'Example Signer' of 'Example Corp'"
tap_like 'and of the other' "$OUT" 'a.exe: not signed inside'
tap_ok 'sign once more' sign again.exe --name 'Session Manager Plugin' \
	--url https://example.org/
tap_same 'same bytes' ours.exe again.exe
tap_ok 'sign what is signed' "$SMPKG" sign --cert signer.chain \
	--key signer.key --name 'Session Manager Plugin' \
	--url https://example.org/ again.exe
tap_same 'replaced, not added' ours.exe again.exe
cat signer.chain signer.key >one.pem
cp a.exe one.exe
tap_ok 'key beside the certificates' "$SMPKG" sign --cert one.pem one.exe
tap_ok 'is good' verify one.exe
cp a.exe held.exe
tap_ok 'key behind a program' "$SMPKG" sign --cert signer.chain --key \
	'command:openssl pkeyutl -sign -inkey signer.key -pkeyopt digest:sha256' \
	held.exe
tap_same 'same signature' held.exe one.exe
tap_fails 'not a program' "$SMPKG" sign --cert one.pem a.c
tap_like 'why' "$ERR" "cannot sign 'a.c'"
tap_fails 'key of somebody else' "$SMPKG" sign --cert signer.chain \
	--key amazon.key one.exe
tap_status 'a name for an OpenPGP signature' 2 "$SMPKG" sign --key k \
	--name x one.exe

# --- osslsigncode's, judged by ours -----------------------------------------
for alg in sha256 sha384 sha512; do
	foreign $alg.exe -h $alg >/dev/null
	tap_ok "$alg" verify $alg.exe
done
foreign pages.exe -h sha256 -ph >/dev/null
tap_ok 'page hashes' verify pages.exe
foreign sha1.exe -h sha1 >/dev/null
refused 'SHA-1' 'too weak' verify sha1.exe
osslsigncode sign -nest -h sha256 -certs signer.chain -key signer.key \
	-in sha256.exe -out nested.exe >/dev/null
refused 'two signatures' 'second signature' verify nested.exe
refused 'not signed' 'program is not signed' verify a.exe
refused 'another root' "certificate of 'Root' refused" \
	"$SMPKG" verify --roots Other.pem sha256.exe
tap_ok 'publisher' verify --publisher Somebody --publisher 'Example Corp' \
	sha256.exe
refused 'another publisher' "signed by 'Example Corp', not by 'Somebody'" \
	verify --publisher Somebody sha256.exe
osslsigncode sign -h sha256 -certs expired.chain -key expired.key \
	-in a.exe -out late.exe >/dev/null
refused 'expired' 'certificate has expired' verify late.exe
tsa_start stamp good 1600000000 || exit 1
osslsigncode sign -h sha256 -certs expired.chain -key expired.key \
	-ts "$TSA" -in a.exe -out outlives.exe >/dev/null
tap_ok 'expired, but stamped in time' verify outlives.exe
tap_like 'when' "$OUT" 'time stamp 2020-09-13T12:26:40Z by Example Stamps'
refused 'by an authority that nobody trusts' 'time stamp refused' \
	"$SMPKG" verify --roots Root.pem outlives.exe
(cat sha256.exe && printf '12345678') >behind.exe
refused 'bytes behind the table' 'not at the end' verify behind.exe

# --- changed anywhere: never better than osslsigncode -----------------------
cat >flip.py <<'E'
import subprocess
import sys
smpkg = [sys.argv[1], "verify", "--roots", "Root.pem", "one.flip"]
other = ["osslsigncode", "verify", "-in", "one.flip", "-CAfile", "Root.pem"]
data = open("one.exe", "rb").read()
ours = theirs = 0
for i in range(40):
    at = (i * 2654435761 + 97) % len(data)
    bad = bytearray(data)
    bad[at] ^= 1 << i % 8
    open("one.flip", "wb").write(bad)
    a, b = (subprocess.run(c, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL).returncode
            for c in (smpkg, other))
    ours += a == 3
    theirs += b != 0
    if a != 3:
        print("byte", at, "of", len(data), "status", a)
print(ours, "refused, of which osslsigncode refuses", theirs)
E
tap_ok 'forty changes' python3 flip.py "$SMPKG"
tap_like 'all refused' "$OUT" '^40 refused'

# --- time stamps ------------------------------------------------------------
tsa_start stamp || exit 1
tap_ok 'sign with a time stamp' sign stamped.exe --timestamp "$TSA" \
	--tsa-roots StampRoot.pem
tap_ok 'osslsigncode is content' osslsigncode verify -in stamped.exe \
	-CAfile Root.pem -TSA-CAfile StampRoot.pem
tap_like 'with the time stamp' "$OUT" \
	'Timestamp Server Signature verification: ok'
tap_ok 'smpkg is content' verify stamped.exe
tap_like 'who stamped' "$OUT" 'stamped.exe: time stamp .*Z by Example Stamps'
tap_ok 'without roots for it' sign stamped2.exe --timestamp "$TSA"
tap_ok 'is good' verify stamped2.exe
foreign theirs.exe -h sha256 -ts "$TSA" >/dev/null 2>&1
tap_ok "osslsigncode's with the same authority" verify theirs.exe
tap_like 'who stamped that' "$OUT" 'time stamp .*Z by Example Stamps'
tap_fails 'another root for time stamps' sign bad.exe --timestamp "$TSA" \
	--tsa-roots Other.pem
tap_like 'why' "$ERR" 'time stamp refused: certificate of'
tap_same 'nothing was signed' bad.exe a.exe
stamp_fails()
{
	tsa_start stamp "$1" || exit 1
	tap_fails "authority: $1" sign bad.exe --timestamp "$TSA"
	tap_like "authority: $1: why" "$ERR" \
		"cannot get a time stamp from '$TSA': $2"
	tap_same "authority: $1: nothing was signed" bad.exe a.exe
}
stamp_fails nonce 'time stamp answers another question'
stamp_fails imprint 'time stamp refused: it is of other bytes'
stamp_fails refuse 'the authority refuses, with status 2: not today'
stamp_fails status 'answer has status 503'
stamp_fails rubbish 'answer is no time stamp response'
stamp_fails cut 'answer is no time stamp response'
stamp_fails huge '.*'

# --- macOS packages ---------------------------------------------------------
# shellcheck source=tests/lib/developer-id.sh
. "$SM_TOP/tests/lib/developer-id.sh"
mkdir -p mac/bin
python3 "$SM_TOP/tests/lib/macho.py" mac/bin/session-manager-plugin arm64
chain_root Apple && chain_cert DevID Apple authority 20 '/CN=Developer ID CA' &&
	chain_cert mac DevID leaf 10 '/CN=Mac/OU=TEAM/O=Example Corp' || exit 1
cat mac.pem DevID.pem Apple.pem >mac.chain
tsa_start stamp || exit 1
build_mac()
{
	mac_out=$1
	shift
	"$SMPKG" build --manifest "$MANIFEST" --format pkg --arch aarch64 \
		--root mac --root "$SM_TOP" --output "$mac_out" \
		--cert mac.chain --cert-key mac.key "$@"
}
tap_ok 'pkg with a time stamp' build_mac s.pkg --timestamp "$TSA" \
	--tsa-roots StampRoot.pem
tap_ok 'smpkg is content' "$SMPKG" verify --roots Apple.pem \
	--tsa-roots StampRoot.pem s.pkg
tap_like 'who stamped it' "$OUT" 's.pkg: time stamp .*Z by Example Stamps'
refused 'without roots for the stamp' 'time stamp refused' \
	"$SMPKG" verify --roots Apple.pem s.pkg
mkdir x
tap_ok 'taken apart' python3 "$SM_TOP/tests/lib/xartoc.py" s.pkg x
tap_ok 'openssl verifies the CMS' openssl cms -verify -binary -inform DER \
	-in x/cms.der -content x/digest -CAfile Apple.pem -purpose any \
	-ignore_critical -out x/same
openssl cms -cmsout -print -inform DER -in x/cms.der >x/print
tap_like 'the attribute of RFC 3161' x/print 'id-smime-aa-timeStampToken'
tsa_start stamp refuse || exit 1
tap_fails 'no pkg without the stamp' build_mac none.pkg --timestamp "$TSA"
tap_fails 'nothing is left' test -e none.pkg

# --- the installer ----------------------------------------------------------
osslsigncode sign -h sha256 -certs amazon.chain -key amazon.key -in a.exe \
	-out SessionManagerPluginSetup.exe >/dev/null
setup=SessionManagerPluginSetup.exe
AWS_CA_BUNDLE=$T/Root.pem
export AWS_CA_BUNDLE
refused 'a root for connections is none' "certificate of 'Root' refused" \
	"$INSTALLER" verify $setup
unset AWS_CA_BUNDLE
SSL_CERT_FILE=$T/Root.pem
export SSL_CERT_FILE
tap_ok 'by the roots of the system' "$INSTALLER" verify $setup
tap_like 'what was verified' "$OUT" \
	'Authenticode sha256, publisher Amazon.com Services LLC, by the roots of this system'
tap_like 'what was not' "$OUT" 'pin of the publisher not confirmed'
refused 'somebody else' "signed by 'Example Corp', not by 'Amazon.com Ser" \
	"$INSTALLER" verify sha256.exe
unset SSL_CERT_FILE
refused 'no such root here' "certificate of 'Root' refused" \
	"$INSTALLER" verify $setup
tap_ok 'given roots' "$INSTALLER" verify --roots both.pem --publisher \
	'Example Corp' stamped.exe
tap_like 'with its time stamp' "$OUT" \
	'publisher Example Corp, by the roots in both.pem, time stamp of 20'
refused 'given publisher' "signed by 'Amazon.com Services LLC', not by" \
	"$INSTALLER" verify --roots both.pem --publisher 'Example Corp' $setup
tap_ok 'as JSON' "$INSTALLER" verify --json --roots Root.pem $setup
tap_like 'method and publisher' "$OUT" \
	'"method": "x509".*"user": "Amazon.com Services LLC"'
"$SMPKG" key generate --name 'Test <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc >key.pub
refused 'a key asks for its signature' 'has no signature' \
	"$INSTALLER" verify --key key.pub $setup
"$SMPKG" sign --key key.asc $setup >/dev/null
tap_ok 'which is there' "$INSTALLER" verify --key key.pub $setup
tap_like 'and counts' "$OUT" 'OpenPGP ed25519'
rm $setup.sig
mkdir -p mirror/windows
cp $setup mirror/windows
mkdir down
tap_ok 'pkg by its own signature' "$INSTALLER" verify --roots Apple.pem \
	--roots StampRoot.pem s.pkg
tap_like 'who signed it' "$OUT" 'Developer ID sha256, publisher Example Corp'
refused 'pkg without roots' 'pin of Apple.s is not confirmed' \
	"$INSTALLER" verify s.pkg
refused 'pkg and other roots' 'refused' \
	"$INSTALLER" verify --roots Other.pem s.pkg
mkdir -p mirror/mac_arm64
cp s.pkg mirror/mac_arm64/session-manager-plugin.pkg
tap_ok 'download by it' "$INSTALLER" download --from mirror --platform macos \
	--arch arm64 --format pkg --output down --roots Apple.pem \
	--roots StampRoot.pem
tap_same 'what was verified' down/session-manager-plugin.pkg s.pkg
tap_status 'nothing else' 3 "$INSTALLER" download --from mirror --platform \
	macos --arch arm64 --format pkg --output down --roots Root.pem

# all but the last step, for which it would have to run here
tap_fails 'install by it' "$INSTALLER" install --from s.pkg --no-probe \
	--roots Apple.pem --roots StampRoot.pem -i "$T/i" -b "$T/b/plugin"
tap_like 'it is a Mac program' "$ERR" 'cannot run .*Exec format error'
tap_ok 'status' "$INSTALLER" status -i "$T/i" -b "$T/b/plugin"
tap_like 'how it was verified, by whom' "$OUT" \
	'x509 pkg sha256, publisher Example Corp'

tap_done
