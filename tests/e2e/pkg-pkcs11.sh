#!/bin/sh
# Keys in a PKCS#11 token: deb, rpm, macOS package, repository and release
# signed by SoftHSM, judged by gpgv, rpmkeys and openssl; then every way to
# name a wrong key, and that no message tells the PIN.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need softhsm2-util pkcs11-tool cc gpg gpgv rpmkeys openssl python3

for module in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
	/usr/lib64/softhsm/libsofthsm2.so; do
	[ ! -f "$module" ] || break
done
[ -f "$module" ] || tap_skip_all 'no libsofthsm2.so'
# shellcheck source=tests/lib/developer-id.sh
. "$SM_TOP/tests/lib/developer-id.sh"

PLUGIN=session-manager-plugin
LIB=$SM_TOP/tests/lib
PIN=Pin=4711
TEAM=ABCDE12345
WHO='Token Key <token@example.org>'
SOFTHSM2_CONF=$T/softhsm2.conf
export SOFTHSM2_CONF
mkdir tokens bin out
printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\n' "$T" \
	>softhsm2.conf
printf 'log.level = ERROR\n' >>softhsm2.conf
printf '%s\nsecond line\n' $PIN >pin.txt

tool()
{
	pkcs11-tool --module "$module" --token-label release --login --pin $PIN \
		"$@"
}
# uri PATH [QUERY]: a key of the token, with its PIN from a file
uri()
{
	printf 'pkcs11:%s?module-path=%s%s' "$1" "$module" \
		"${2-&pin-source=file:$T/pin.txt}"
}
for token in release other; do
	tap_ok "token $token" softhsm2-util --init-token --free --label $token \
		--so-pin 12345678 --pin $PIN
done
tap_ok 'an RSA key' tool --keypairgen --key-type rsa:2048 --label rsa --id 01
tap_ok 'a P-256 key' tool --keypairgen --key-type EC:prime256v1 --label ec \
	--id 02
tap_ok 'two keys of one name' tool --keypairgen --key-type rsa:2048 \
	--label twin --id 03
tap_ok 'the second' tool --keypairgen --key-type rsa:2048 --label twin --id 04
tap_ok 'a short key' tool --keypairgen --key-type rsa:1024 --label short --id 05
tap_ok 'a key of another curve' tool --keypairgen --key-type EC:secp384r1 \
	--label curve --id 06
tap_ok 'a key that wants the PIN each time' tool --keypairgen \
	--key-type EC:prime256v1 --label always --id 07 --always-auth

# --- OpenPGP ----------------------------------------------------------------
RSA=$(uri 'token=release;object=rsa;type=private')
EC=$(uri 'token=release;id=%02')
for type in rsa ec; do
	spec=$RSA
	[ $type = rsa ] || spec=$EC
	tap_ok "$type: certify" "$SMPKG" key certify --key "$spec" \
		--name "$WHO" --output $type.pub
	fpr=$(cut -d' ' -f1 "$OUT")
	gpg --homedir "$T" --batch --quiet --dearmor <$type.pub >$type.gpg \
		2>/dev/null
	tap_ok "$type: gpg reads the key" gpg --homedir "$T" --batch --quiet \
		--with-colons --show-keys $type.pub
	tap_like "$type: same fingerprint" "$OUT" "^fpr:+$fpr:"
	tap_like "$type: user id" "$OUT" "^uid:.*:$WHO:"
	head -c 100000 /dev/urandom >data
	tap_ok "$type: sign" "$SMPKG" sign --key "$spec" \
		--public-key $type.pub data
	tap_ok "$type: gpgv is content" gpgv --keyring "$T/$type.gpg" \
		data.sig data
	tap_ok "$type: smpkg shows it" "$SMPKG" key show --key "$spec" \
		--public-key $type.pub
	tap_like "$type: the same key" "$OUT" "^$fpr  .*$WHO"
done

# --- packages ---------------------------------------------------------------
pkg_stage stage || tap_skip_all 'no static C library'
tap_ok 'deb' pkg_build deb x86_64 p.deb --key "$EC" --public-key ec.pub \
	--embed-origin
tap_ok 'beside it' gpgv --keyring "$T/ec.gpg" p.deb.sig p.deb
tap_ok 'beside and inside' "$SMPKG" verify --key ec.pub p.deb
tap_like 'a signature inside' "$OUT" 'ecdsa-p256 signature inside'
tap_ok 'rpm' pkg_build rpm x86_64 p.rpm --key "$RSA" --public-key rsa.pub
mkdir db
tap_ok 'rpm takes the key' rpmkeys --define "_dbpath $T/db" --import rsa.pub
tap_ok 'rpmkeys is content' rpmkeys --define "_dbpath $T/db" \
	--define '_pkgverify_level all' -Kv p.rpm
tap_ok 'again' pkg_build rpm x86_64 q.rpm --key "$RSA" --public-key rsa.pub
tap_same 'the same bytes' p.rpm q.rpm

tap_ok 'apt repository' "$SMPKG" repo apt repo p.deb --key "$RSA" \
	--public-key rsa.pub
tap_ok 'gpgv: InRelease' gpgv --keyring "$T/rsa.gpg" \
	repo/dists/stable/InRelease
tap_ok 'yum repository' "$SMPKG" repo yum yum p.rpm --key "$EC" \
	--public-key ec.pub
tap_ok 'gpgv: repomd.xml' gpgv --keyring "$T/ec.gpg" \
	yum/repodata/repomd.xml.asc yum/repodata/repomd.xml
printf '{"format":"session-manager-history","schema":1,"minimum":"1.2.764.0","releases":[{"version":"1.3.0.0","date":"2026-10-01","kind":"fix","change":"x","publisher":"project"}]}\n' \
	>history.json
tap_ok 'release and channel' "$SMPKG" release --manifest "$MANIFEST" \
	--root "$SM_TOP" --key "$EC" --public-key ec.pub --output out \
	--sources "$SM_TOP/scripts/sources.list" --history history.json \
	--set-version 1.3.0.0 --target linux-x86_64=stage --embed-origin
for file in channel.json 1.3.0.0/SHA256SUMS \
	1.3.0.0/ubuntu_64bit/$PLUGIN.deb 1.3.0.0/linux_64bit/$PLUGIN.rpm; do
	tap_ok "gpgv: $file" gpgv --keyring "$T/ec.gpg" "out/$file.sig" \
		"out/$file"
done
tap_ok 'both signatures of its deb' "$SMPKG" verify --key ec.pub \
	out/1.3.0.0/ubuntu_64bit/$PLUGIN.deb
tap_like 'one inside' "$OUT" 'signature inside'
tap_ok 'the next issue' "$SMPKG" release --refresh --key "$EC" \
	--public-key ec.pub --output out --history history.json

# several packages at once, one token
tap_ok 'layout of three machines' "$SMPKG" layout --manifest "$MANIFEST" \
	--root "$SM_TOP" --output tree --key "$RSA" --public-key rsa.pub \
	--target linux-x86_64=stage --target linux-i386=stage \
	--target linux-aarch64=stage
find "tree/$V" -name '*.deb.sig' -o -name '*.rpm.sig' >signatures
tap_is 'signatures' "$(wc -l <signatures | tr -d ' ')" 6
while read -r sig; do
	gpgv --keyring "$T/rsa.gpg" "$sig" "${sig%.sig}" 2>/dev/null ||
		echo "$sig"
done <signatures >bad
tap_is 'all good' "$(cat bad)" ''

# --- certificates -----------------------------------------------------------
tool --read-object --type pubkey --id 01 --output-file rsa.der >/dev/null 2>&1
openssl pkey -pubin -inform DER -in rsa.der -out rsa.pem
chain_root root && chain_cert authority root authority 20 '/CN=Authority'
openssl x509 -new -force_pubkey rsa.pem -CA authority.pem \
	-CAkey authority.key -CAcreateserial -days 10 -extfile chain.cnf \
	-extensions leaf -subj "/UID=$TEAM/CN=Installer/OU=$TEAM" -out leaf.pem \
	2>/dev/null
cat leaf.pem authority.pem root.pem >leaf.chain
python3 "$LIB/macho.py" bin/$PLUGIN arm64
mac()
{
	mac_out=$1
	shift
	"$SMPKG" build --manifest "$MANIFEST" --format pkg --arch aarch64 \
		--root "$T" --root "$SM_TOP" --output "$mac_out" "$@"
}
for toc in sha256 sha1; do
	tap_ok "pkg, $toc" mac $toc.pkg --cert leaf.chain --cert-key "$RSA" \
		--toc $toc
	mkdir $toc
	python3 "$LIB/xartoc.py" $toc.pkg $toc >/dev/null
	tap_ok "$toc: openssl verifies RSA" openssl pkeyutl -verify -pubin \
		-inkey rsa.pem -in $toc/digest -sigfile $toc/rsa.sig \
		-pkeyopt digest:$toc
	tap_ok "$toc: openssl verifies CMS" openssl cms -verify -binary \
		-inform DER -in $toc/cms.der -content $toc/digest \
		-CAfile root.pem -purpose any -ignore_critical -out $toc/same
	tap_ok "$toc: smpkg verifies" "$SMPKG" verify --roots root.pem \
		--team $TEAM $toc.pkg
done
tap_ok 'pkg again' mac again.pkg --cert leaf.chain --cert-key "$RSA"
tap_same 'the same bytes' again.pkg sha256.pkg

# the chain of developer-id.sh has a section for signers of code: plain
openssl x509 -new -force_pubkey rsa.pem -CA root.pem -CAkey root.key \
	-CAcreateserial -days 10 -extfile chain.cnf -extensions plain \
	-subj '/O=Example/CN=Code' -out code.pem 2>/dev/null
cat code.pem root.pem >code.chain
if tap_have osslsigncode x86_64-w64-mingw32-gcc; then
	echo 'int main(void) { return 0; }' >p.c
	x86_64-w64-mingw32-gcc -s -o p.exe p.c
	tap_ok 'exe' "$SMPKG" sign --key "$RSA" --cert code.chain p.exe
	tap_ok 'osslsigncode is content' osslsigncode verify -in p.exe \
		-CAfile root.pem
	tap_status 'exe: another key' 3 "$SMPKG" sign --cert code.chain \
		--key "$(uri 'token=release;id=%03')" p.exe
else
	tap_skip 'exe' 'no osslsigncode or no compiler for Windows'
fi
tap_status 'two public keys' 2 "$SMPKG" sign --key "$RSA" --cert code.chain \
	--public-key rsa.pub data

# --- where the PIN comes from -----------------------------------------------
good()
{
	rm -f data.sig
	tap_ok "$1" "$SMPKG" sign --key "$2" --public-key ec.pub data
	tap_ok "$1: signed" gpgv --keyring "$T/ec.gpg" data.sig data
}
good 'pin-value' "$(uri 'token=release;object=ec' '&pin-value=Pin%3D4711')"
good 'pin-source, a path' \
	"$(uri 'token=release;object=ec' "&pin-source=$T/pin.txt")"
SMPKG_PIN=$PIN
export SMPKG_PIN
good 'SMPKG_PIN' "$(uri 'token=release;object=ec' '')"
unset SMPKG_PIN

ALWAYS=$(uri 'token=release;object=always')
tap_ok 'the PIN each time: certify' "$SMPKG" key certify --key "$ALWAYS" \
	--name "$WHO" --output always.pub
tap_ok 'the PIN each time: two files' "$SMPKG" sign --key "$ALWAYS" \
	--public-key always.pub data pin.txt
gpg --homedir "$T" --batch --quiet --dearmor <always.pub >always.gpg 2>/dev/null
tap_ok 'the PIN each time: gpgv' gpgv --keyring "$T/always.gpg" pin.txt.sig \
	pin.txt

# --- what is refused --------------------------------------------------------
# refused NAME STATUS PATTERN SPEC [PUBLIC]
refused()
{
	rm -f data.sig
	tap_status "$1" "$2" "$SMPKG" sign --key "$4" \
		--public-key "${5-ec.pub}" data
	tap_like "$1: says why" "$ERR" "$3"
	if grep -q 4711 "$ERR"; then
		tap_fail "$1: the PIN is in the message"
	fi
	if [ -e data.sig ]; then tap_fail "$1: something was written"; fi
}
refused 'no such token' 1 'no token fits' "$(uri 'token=absent;object=ec')"
refused 'no such key' 1 'no private key' "$(uri 'token=release;object=absent')"
refused 'two tokens' 1 '2 tokens fit' "$(uri 'object=ec')"
refused 'two keys' 1 'several private keys' "$(uri 'token=release;object=twin')"
refused 'a public object' 2 'not a private key' \
	"$(uri 'token=release;object=ec;type=public')"
refused 'another key' 3 'another key than the public key' "$EC" rsa.pub
refused 'no such module' 1 'cannot load the module' \
	"pkcs11:token=release;object=ec?module-path=$T/absent.so"
refused 'no module' 1 'cannot load the module' \
	"pkcs11:token=release;object=ec?module-path=$T/pin.txt"
refused 'not a URI' 2 "'pkcs11:token=%zz'" "pkcs11:token=%zz?pin-value=4711"
refused 'an unknown attribute' 2 'not known' \
	"$(uri 'token=release;object=ec;colour=red')"
refused 'a PIN in the wrong half' 1 'PIN' \
	"pkcs11:token=release;object=ec;pin-value=4711?module-path=$module"
refused 'no PIN' 1 'needs a PIN' "$(uri 'token=release;object=ec' '')"
refused 'no PIN file' 1 'absent' \
	"$(uri 'token=release;object=ec' "&pin-source=$T/absent")"
refused 'a program for a PIN' 2 'not an absolute path' \
	"$(uri 'token=release;object=ec' '&pin-source=%7Cecho')"
refused 'a wrong PIN' 1 'PIN is incorrect|PIN' \
	"$(uri 'token=release;object=ec' '&pin-value=x4711')"
good 'the token is not locked by one' "$EC"
tap_status 'a short key' 1 "$SMPKG" key certify --name "$WHO" --output x.pub \
	--key "$(uri 'token=release;object=short')"
tap_like 'a short key: says why' "$ERR" '1024 bits'
tap_status 'another curve' 1 "$SMPKG" key certify --name "$WHO" --output x.pub \
	--key "$(uri 'token=release;object=curve')"
tap_status 'another key than the certificate' 3 mac x.pkg --cert leaf.chain \
	--cert-key "$(uri 'token=release;id=%03')"
tap_like 'says so' "$ERR" 'another key than the public key'
tap_status 'P-256 inside an rpm' 1 pkg_build rpm x86_64 x.rpm --key "$EC" \
	--public-key ec.pub
tap_status 'no public key' 2 "$SMPKG" sign --key "$EC" data
tap_like 'says how to make one' "$ERR" 'smpkg key certify'
tap_status 'not a public key' 1 "$SMPKG" sign --key "$EC" \
	--public-key data data
tap_status 'certify a file' 2 "$SMPKG" key certify --key ec.pub --name x -o x
tap_is 'nothing written' "$(ls x x.* data.sig 2>/dev/null)" data.sig
tap_done
