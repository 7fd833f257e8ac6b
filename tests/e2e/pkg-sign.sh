#!/bin/sh
# Keys and detached signatures of smpkg, judged by gpg and gpgv, and the other
# way round: gpg's keys used by smpkg.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need gpg gpgv

WHO='Test Key <test@example.org>'
pkg_gpg()
{
	gpg --homedir "$T/home" --batch --quiet --no-autostart "$@"
}
pkg_agent()
{
	gpg --homedir "$T/home" --batch --quiet --pinentry-mode loopback \
		--passphrase '' "$@"
}
pkg_cleanup()
{
	gpgconf --homedir "$T/home" --kill all 2>/dev/null
	tap_cleanup
}
trap pkg_cleanup EXIT
mkdir -m 700 home
head -c 300000 /dev/urandom >data

for type in ed25519 rsa3072 p256; do
	tap_ok "$type: generate" "$SMPKG" key generate --type $type \
		--name "$WHO" --output $type.asc
	fpr=$(cut -d' ' -f1 "$OUT")
	tap_is "$type: private file" "$(stat -c %a $type.asc)" 600
	tap_ok "$type: export" "$SMPKG" key export --key $type.asc \
		--output $type.pub
	tap_ok "$type: gpg imports the public key" pkg_gpg --import $type.pub
	tap_ok "$type: gpg lists it" pkg_gpg --with-colons -k "$fpr"
	tap_like "$type: user id" "$OUT" "^uid:.*:$WHO:"
	tap_like "$type: may sign and certify" "$OUT" '^pub:.*:scSC:'
	tap_ok "$type: self-signature" pkg_gpg --check-sigs "$fpr"
	tap_like "$type: is good" "$OUT" '^sig!'
	tap_ok "$type: sign" "$SMPKG" sign --key $type.asc data
	gpg --homedir "$T/home" --batch --dearmor <$type.pub >$type.gpg
	tap_ok "$type: gpgv is content" gpgv --keyring "$T/$type.gpg" \
		data.sig data
	cp data.sig $type.sig
	tap_ok "$type: sign again" "$SMPKG" sign --key $type.asc data
	tap_same "$type: same bytes" data.sig $type.sig
	(cat data && echo) >changed
	tap_fails "$type: changed data" gpgv --keyring "$T/$type.gpg" \
		data.sig changed
	tap_ok "$type: gpg takes the secret key" pkg_agent --import $type.asc
	tap_ok "$type: and gives it back" pkg_agent --armor --output $type.back \
		--export-secret-keys "$fpr"
	tap_ok "$type: smpkg reads gpg's form" "$SMPKG" key show --key $type.back
	tap_like "$type: same key" "$OUT" "^$fpr  .*$WHO"
	tap_ok "$type: signs with it" "$SMPKG" sign --key $type.back data
	tap_ok "$type: still good" gpgv --keyring "$T/$type.gpg" data.sig data
	"$SMPKG" key export --key $type.back --output $type.pub2
	tap_same "$type: same public key" $type.pub $type.pub2
done

# a key that gpg made itself, with an encryption subkey
unset SOURCE_DATE_EPOCH
tap_ok 'gpg makes a key' pkg_agent --quick-generate-key \
	'Made By Gpg <gpg@example.org>' rsa3072 sign never
made=$(pkg_gpg --with-colons -k gpg@example.org | sed -n 's/^fpr:*\([^:]*\):/\1/p' | head -n 1)
tap_ok 'with a subkey' pkg_agent --quick-add-key "$made" rsa3072 encr never
pkg_agent --output made.sec --export-secret-keys "$made"
tap_ok 'smpkg signs with it, binary' "$SMPKG" sign --key made.sec data
tap_ok 'its public part' "$SMPKG" key export --key made.sec --output made.pub
gpg --homedir "$T/home" --batch --dearmor <made.pub >made.gpg
tap_ok 'gpgv is content' gpgv --keyring "$T/made.gpg" data.sig data

# --- what is refused --------------------------------------------------------
gpg --homedir "$T/home" --batch --quiet --pinentry-mode loopback \
	--passphrase secret --quick-generate-key 'Locked <l@example.org>' \
	ed25519 sign never
gpg --homedir "$T/home" --batch --quiet --pinentry-mode loopback \
	--passphrase secret --output locked.sec \
	--export-secret-keys l@example.org
rm -f data.sig
tap_status 'protected by a passphrase' 1 "$SMPKG" sign --key locked.sec data
tap_like 'says so' "$ERR" "cannot use the key 'locked.sec': .*passphrase"
tap_status 'a public key' 1 "$SMPKG" sign --key made.pub data
tap_status 'no key at all' 1 "$SMPKG" sign --key data data
tap_status 'no such key' 1 "$SMPKG" sign --key absent data
tap_like 'names it' "$ERR" "cannot open 'absent'"
tap_status 'no such file' 1 "$SMPKG" sign --key made.sec absent
tap_status 'no key given' 2 "$SMPKG" sign data
export SOURCE_DATE_EPOCH=1000
tap_status 'older than the key' 2 "$SMPKG" sign --key made.sec data
export SOURCE_DATE_EPOCH=soon
tap_status 'no time' 2 "$SMPKG" sign --key made.sec data
unset SOURCE_DATE_EPOCH
tap_is 'nothing written' "$(ls ./*data.sig 2>/dev/null)" ''
tap_status 'unknown type' 2 "$SMPKG" key generate --type dsa --name x -o x
tap_status 'no name' 2 "$SMPKG" key generate -o x
tap_is 'no key file' "$(ls x 2>/dev/null)" ''

# every byte of the secret part counts: one bit changed, nothing signed
size=$(wc -c <made.sec)
at=10
while [ "$at" -lt 1500 ] && [ "$at" -lt "$size" ]; do
	cp made.sec bad.sec
	byte=$(od -An -tu1 -j "$at" -N1 made.sec | tr -d ' ')
	printf '%b' "\\0$(printf '%o' $((byte ^ 4)))" |
		dd of=bad.sec bs=1 seek="$at" conv=notrunc 2>/dev/null
	tap_run "$SMPKG" sign --key bad.sec data
	[ "$TAP_STATUS" -eq 1 ] || break
	at=$((at + 137))
done
tap_is 'damaged keys are refused' "$TAP_STATUS" 1
tap_is 'and sign nothing' "$(ls data.sig 2>/dev/null)" ''

tap_done
