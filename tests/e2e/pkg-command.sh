#!/bin/sh
# Keys behind a program: what it is given, signatures judged by gpgv, and every
# way in which it can fail.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need gpg gpgv openssl python3

WHO='Test Key <test@example.org>'
head -c 300000 /dev/urandom >data
"$SMPKG" key generate --name "$WHO" --output file.asc >/dev/null

# a service that signs what it gets and writes down what it was told
cat >service <<'E'
#!/bin/sh
printf '%s %s %s\n' "$SMPKG_ALGORITHM" "$SMPKG_HASH" "$*" >>log
case $SMPKG_ALGORITHM in
ed25519)
	cat >digest
	openssl pkeyutl -sign -rawin -inkey "$1" -in digest
	;;
*) openssl pkeyutl -sign -inkey "$1" -pkeyopt "digest:$SMPKG_HASH" ;;
esac
E
# r and s without DER around them, as tokens and some services give them
cat >bare <<'E'
#!/usr/bin/env python3
import subprocess, sys
der = subprocess.run(["./service", "p256.key"], stdin=sys.stdin.buffer,
                     stdout=subprocess.PIPE, check=True).stdout
at, out = 2, b""
for _ in range(2):
    n = der[at + 1]
    out += der[at + 2:at + 2 + n][-32:].rjust(32, b"\0")
    at += 2 + n
sys.stdout.buffer.write(out)
E
cat >fails <<'E'
#!/bin/sh
printf 'no such \033key\nmore\n' >&2
exit 7
E
printf '#!/bin/sh\nexec sleep 100\n' >hangs
printf '#!/bin/sh\nkill -9 $$\n' >killed
: >plain
chmod +x service bare fails hangs killed
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 \
	-out other.key
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
	-out p256.key
openssl genpkey -quiet -algorithm ED25519 -out ed25519.key
for type in rsa p256 ed25519; do
	openssl pkey -in $type.key -pubout -out $type.pem
	rm -f log
	tap_ok "$type behind a program: certify" "$SMPKG" key certify \
		--key "command:./service $type.key" --public-key $type.pem \
		--name "$WHO" --output held.$type.pub
	gpg --homedir "$T" --batch --quiet --dearmor <held.$type.pub \
		>held.$type.gpg 2>/dev/null
	tap_ok "$type behind a program: sign" "$SMPKG" sign \
		--key "command:./service  $type.key" \
		--public-key held.$type.pub data
	tap_ok "$type behind a program: gpgv" \
		gpgv --keyring "$T/held.$type.gpg" data.sig data
	tap_is "$type behind a program: what it was told" "$(sort -u log)" \
		"$type sha256 $type.key"
done
tap_ok 'r and s alone' "$SMPKG" sign --key command:./bare \
	--public-key held.p256.pub data
tap_ok 'r and s alone: gpgv' gpgv --keyring "$T/held.p256.gpg" data.sig data

# wrong NAME STATUS PATTERN COMMAND
wrong()
{
	rm -f data.sig
	tap_status "program: $1" "$2" "$SMPKG" sign --key "command:$4" \
		--public-key held.rsa.pub data
	tap_like "program: $1: says why" "$ERR" "$3"
	[ ! -e data.sig ] || tap_fail "program: $1: wrote a signature"
}
wrong 'status' 1 "'./fails' ended with status 7: no such .key\$" ./fails
wrong 'signal' 1 'ended with status 137' ./killed
wrong 'nothing' 1 'gave 0 bytes, not a signature of 256' true
wrong 'too short' 1 'gave 32 bytes, not a signature of 256' cat
wrong 'far too long' 1 'printed too much' yes
wrong 'not there' 1 "cannot run 'no-such-program': not found" \
	'no-such-program rsa.key'
wrong 'not there, a path' 1 './absent' ./absent
wrong 'not executable' 1 'ended with status 126' ./plain
wrong 'no program' 2 'a command without a program' ' '
wrong 'a variable' 2 'cannot be a program' 'A=B ./service'
wrong 'another key' 3 'not one of this key' \
	'openssl pkeyutl -sign -inkey other.key -pkeyopt digest:sha256'
wrong 'another digest' 1 'ended with status 1' \
	'openssl pkeyutl -sign -inkey rsa.key -pkeyopt digest:sha512'
SMPKG_SIGN_SECONDS=1
export SMPKG_SIGN_SECONDS
wrong 'no answer' 1 'did not end within 1000 ms' ./hangs
SMPKG_SIGN_SECONDS=soon
wrong 'no time' 2 'SMPKG_SIGN_SECONDS is not a number' ./service
unset SMPKG_SIGN_SECONDS
tap_status 'no public key' 2 "$SMPKG" sign --key 'command:./service' data
tap_status 'a public key for a file' 2 "$SMPKG" sign --key file.asc \
	--public-key held.rsa.pub data
tap_status 'certify: no public key' 2 "$SMPKG" key certify \
	--key 'command:./service rsa.key' --name "$WHO" --output x
tap_like 'says so' "$ERR" 'public key is needed'
tap_status 'certify: not in PEM' 1 "$SMPKG" key certify \
	--key 'command:./service rsa.key' --name "$WHO" --output x \
	--public-key held.rsa.pub
tap_is 'no key file' "$(ls x 2>/dev/null)" ''

tap_done
