#!/bin/sh
# The signature inside a deb, judged by debsig-verify with a policy made here,
# and by smpkg.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc ar gpg dpkg-deb debsig-verify

pkg_stage stage

# keys TYPE: a key, and what debsig-verify wants to know of it
keys()
{
	"$SMPKG" key generate --type "$1" --name "$1 <t@example.org>" \
		--output "$1.asc" >"$1.fpr"
	"$SMPKG" key export --key "$1.asc" --output "$1.pub"
	id=$(cut -c 25-40 "$1.fpr")
	mkdir -p "policies/$id" "rings/$id"
	gpg --homedir "$T" --batch --quiet --dearmor <"$1.pub" \
		>"rings/$id/ring.gpg" 2>/dev/null
	cat >"policies/$id/one.pol" <<-POLICY
		<?xml version="1.0"?>
		<!DOCTYPE Policy SYSTEM "https://www.debian.org/debsig/1.0/policy.dtd">
		<Policy xmlns="https://www.debian.org/debsig/1.0/">
		<Origin Name="Test" id="$id" Description="Test"/>
		<Selection><Required Type="origin" File="ring.gpg" id="$id"/></Selection>
		<Verification MinOptional="0">
		<Required Type="origin" File="ring.gpg" id="$id"/>
		</Verification>
		</Policy>
	POLICY
}

judge()
{
	debsig-verify --policies-dir "$T/policies" --keyrings-dir "$T/rings" "$@"
}

for type in rsa3072 ed25519 p256; do
	keys $type
	mkdir $type
	tap_ok "$type: build" pkg_build deb x86_64 "$type/a.deb" \
		--key $type.asc --embed-origin
	tap_is "$type: members" "$(ar t $type/a.deb | tr '\n' ' ')" \
		'debian-binary control.tar.xz data.tar.xz _gpgorigin '
	tap_ok "$type: dpkg-deb reads it" dpkg-deb -I $type/a.deb
	tap_ok "$type: debsig-verify is content" judge "$type/a.deb"
	tap_ok "$type: smpkg verifies both" "$SMPKG" verify \
		--key $type.pub $type/a.deb
	tap_like "$type: inside" "$OUT" \
		"a.deb: good .* signature inside by $(cut -c 1-40 $type.fpr)"
	tap_ok "$type: again" pkg_build deb x86_64 "$type/b.deb" \
		--key $type.asc --embed-origin
	tap_same "$type: same bytes" $type/a.deb $type/b.deb
done
tap_ok 'the same contents without' pkg_build deb x86_64 plain.deb \
	--key rsa3072.asc
tap_is 'three members' "$(ar t plain.deb | wc -l | tr -d ' ')" 3
tap_fails 'debsig-verify wants one' judge plain.deb
tap_ok 'smpkg does not' "$SMPKG" verify --key rsa3072.pub plain.deb
tap_unlike 'nor speaks of it' "$OUT" inside

# --- what is refused ---------------------------------------------------------
# resign FILE: a good signature beside it, so that only the one inside is bad
resign()
{
	"$SMPKG" sign --key rsa3072.asc "$1" >/dev/null
}
refused()
{
	tap_status "$1" 3 "$SMPKG" verify --key rsa3072.pub "$2"
	tap_like "$1: says why" "$ERR" "$3"
}
unset SOURCE_DATE_EPOCH # keys are as old as the packages
mkdir parts
(cd parts && ar x ../rsa3072/a.deb)

# another member in the place of the control archive: its bytes are signed
(cd parts && cp control.tar.xz kept && cp data.tar.xz control.tar.xz &&
	rm -f ../swapped.deb && ar qS ../swapped.deb debian-binary \
	control.tar.xz data.tar.xz _gpgorigin 2>/dev/null && mv kept control.tar.xz)
resign swapped.deb
tap_status 'a changed member' 3 "$SMPKG" verify --key rsa3072.pub swapped.deb
tap_fails 'a changed member: debsig-verify too' judge swapped.deb

cp rsa3072/a.deb flipped.deb
at=$(grep -abo _gpgorigin flipped.deb | cut -d: -f1)
size=$(wc -c <flipped.deb)
printf x | dd of=flipped.deb bs=1 seek=$((size - 9)) conv=notrunc 2>/dev/null
resign flipped.deb
refused 'a changed signature' flipped.deb '_gpgorigin: signature refused'

head -c "$at" rsa3072/a.deb | cat - plain.deb >junk.deb # not a member
resign junk.deb
tap_status 'junk for a member' 3 "$SMPKG" verify --key rsa3072.pub junk.deb

(cd parts && echo more >extra && cp ../plain.deb ../extra.deb &&
	ar qS ../extra.deb extra _gpgorigin 2>/dev/null)
resign extra.deb
refused 'a member that is not covered' extra.deb 'does not cover'
tail -c "+$((at + 1))" rsa3072/a.deb | cat rsa3072/a.deb - >twice.deb
resign twice.deb
refused 'two of them' twice.deb 'more than one _gpgorigin'

cp p256/a.deb other.deb
resign other.deb
refused "somebody else's" other.deb '_gpgorigin: '
tap_ok 'unless both are trusted' "$SMPKG" verify --key rsa3072.pub \
	--key p256.pub other.deb

tap_status 'no key' 2 pkg_build deb x86_64 x.deb --embed-origin
tap_status 'not inside' 2 pkg_build deb x86_64 x.deb --embed-origin \
	--detached --key rsa3072.asc
tap_status 'not a deb' 2 pkg_build rpm x86_64 x.rpm --embed-origin \
	--key rsa3072.asc
tap_like 'says so' "$ERR" 'embed-origin is for format deb'
tap_is 'nothing written' "$(ls x.* 2>/dev/null)" ''

tap_done
