#!/bin/sh
# A release in the official layout.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc python3

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
mkdir -p mac/bin mac_arm64/bin
for pair in mac:x86_64 mac_arm64:arm64; do
	for program in $PLUGIN session-manager-installer; do
		python3 "$SM_TOP/tests/lib/macho.py" \
			"${pair%:*}/bin/$program" "${pair#*:}"
	done
done
tap_ok 'key' "$SMPKG" key generate --name 'Test <t@example.org>' --output key.asc
"$SMPKG" key export --key key.asc --output key.pub
layout()
{
	"$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" "$@"
}
tap_ok 'layout' layout --output dist/plugin --key key.asc \
	--target linux-x86_64=stage --target linux-i386=stage \
	--target linux-aarch64=stage --target macos-x86_64=mac \
	--target macos-aarch64=mac_arm64
cat >want <<END
VERSION
linux_32bit/$PLUGIN.rpm
linux_32bit/$PLUGIN.rpm.sig
linux_32bit/$PLUGIN.run
linux_32bit/$PLUGIN.run.sig
linux_32bit/$PLUGIN.sig
linux_32bit/sessionmanager-bundle.zip
linux_32bit/sessionmanager-bundle.zip.sig
linux_64bit/$PLUGIN.rpm
linux_64bit/$PLUGIN.rpm.sig
linux_64bit/$PLUGIN.run
linux_64bit/$PLUGIN.run.sig
linux_64bit/$PLUGIN.sig
linux_64bit/sessionmanager-bundle.zip
linux_64bit/sessionmanager-bundle.zip.sig
linux_arm64/$PLUGIN.rpm
linux_arm64/$PLUGIN.rpm.sig
linux_arm64/$PLUGIN.run
linux_arm64/$PLUGIN.run.sig
linux_arm64/$PLUGIN.sig
linux_arm64/sessionmanager-bundle.zip
linux_arm64/sessionmanager-bundle.zip.sig
mac/$PLUGIN.pkg
mac/$PLUGIN.pkg.sig
mac/sessionmanager-bundle.zip
mac/sessionmanager-bundle.zip.sig
mac_arm64/$PLUGIN.pkg
mac_arm64/$PLUGIN.pkg.sig
mac_arm64/sessionmanager-bundle.zip
mac_arm64/sessionmanager-bundle.zip.sig
ubuntu_32bit/$PLUGIN.deb
ubuntu_32bit/$PLUGIN.deb.sig
ubuntu_32bit/$PLUGIN.sig
ubuntu_64bit/$PLUGIN.deb
ubuntu_64bit/$PLUGIN.deb.sig
ubuntu_64bit/$PLUGIN.sig
ubuntu_arm64/$PLUGIN.deb
ubuntu_arm64/$PLUGIN.deb.sig
ubuntu_arm64/$PLUGIN.sig
END
(cd "dist/plugin/$V" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) >got
tap_same 'the files of the version' got want
tap_ok 'latest is the same' diff -r "dist/plugin/$V" dist/plugin/latest
tap_is 'by a link' "$(readlink dist/plugin/latest)" "$V"
tap_is 'number of the newest' "$(cat dist/plugin/latest/VERSION)" "$V"

d=dist/plugin/$V
tap_ok 'smpkg verify' "$SMPKG" verify --key key.pub \
	"$d"/linux_64bit/$PLUGIN.rpm "$d"/ubuntu_64bit/$PLUGIN.deb \
	"$d"/linux_64bit/sessionmanager-bundle.zip
tap_is 'three lines' "$(grep -c ': good ed25519 signature' "$OUT")" 3
tap_ok 'smpkg inspect' "$SMPKG" inspect "$d"/ubuntu_arm64/$PLUGIN.deb
tap_like 'arm64' "$OUT" 'for arm64'
if tap_have gpg gpgv; then
	mkdir -m 700 home
	gpg --homedir home --batch --quiet --dearmor <key.pub >key.gpg
	tap_ok 'signature of the bare program' gpgv --keyring "$T/key.gpg" \
		"$d"/linux_64bit/$PLUGIN.sig stage/bin/$PLUGIN
else
	tap_skip 'signature of the bare program' 'no gpg'
fi

# --- refused ----------------------------------------------------------------
tap_status 'without a key: not trusted' 3 "$SMPKG" verify \
	"$d"/linux_64bit/$PLUGIN.rpm
cp "$d"/ubuntu_64bit/$PLUGIN.deb one.deb
tap_status 'no signature' 3 "$SMPKG" verify --key key.pub one.deb
cp "$d"/linux_64bit/$PLUGIN.rpm.sig one.deb.sig
tap_status "another file's signature" 3 "$SMPKG" verify --key key.pub one.deb
cp "$d"/ubuntu_64bit/$PLUGIN.deb.sig one.deb.sig
tap_ok 'its own' "$SMPKG" verify --key key.pub one.deb
echo >>one.deb
tap_status 'one byte more' 3 "$SMPKG" verify --key key.pub one.deb
tap_status 'no such file' 1 "$SMPKG" verify --key key.pub absent.deb
tap_status 'unknown target' 2 layout --output o --target linux-sparc=stage
tap_status 'no folder' 2 layout --output o --target linux-x86_64
tap_status 'no binaries' 1 layout --output o --target linux-x86_64=absent
tap_is 'no pointer to what is not there' "$(ls o/latest/VERSION 2>/dev/null)" ''
tap_ok 'p256: beside only' "$SMPKG" key generate --type p256 --name 'T <t@e.org>' \
	--output p256.asc
tap_ok 'layout with it' layout --output p --key p256.asc \
	--target linux-x86_64=stage

# a key that is younger than the sources, and no clock given
unset SOURCE_DATE_EPOCH
touch -d '2020-01-01' stage/bin/*
tap_ok 'new key' "$SMPKG" key generate --name 'T <t@e.org>' --output new.asc
"$SMPKG" key export --key new.asc --output new.pub
tap_ok 'no clock' layout --output n --key new.asc --target linux-x86_64=stage
tap_ok 'good all the same' "$SMPKG" verify --key new.pub \
	n/latest/linux_64bit/$PLUGIN.rpm n/latest/ubuntu_64bit/$PLUGIN.deb
export SOURCE_DATE_EPOCH=1500000000
tap_ok 'an old clock' layout --output m --key new.asc --target linux-x86_64=stage
tap_ok 'good, too' "$SMPKG" verify --key new.pub \
	m/latest/linux_64bit/$PLUGIN.rpm m/latest/ubuntu_64bit/$PLUGIN.deb

# --- in one step ------------------------------------------------------------
# list DIR: what a layout left, but for the contents of versions
list()
{
	(cd "$1" && find . -maxdepth 1 | LC_ALL=C sort | tr '\n' ' ')
}
two()
{
	layout --output two --key key.asc --set-version "$1" \
		--target linux-x86_64=stage
}
tap_ok 'a first version' two 1.0.0.1
echo stale >two/1.0.0.1/stale
tap_ok 'the same again' two 1.0.0.1
tap_is 'nothing stale, nothing left over' "$(list two) $(ls two/1.0.0.1/stale \
	2>/dev/null)" '. ./1.0.0.1 ./latest  '
tap_fails 'a second one without programs' layout --output two \
	--set-version 1.0.0.2 --target linux-x86_64=stage \
	--target linux-i386=absent
tap_is 'is not there at all' "$(list two)" '. ./1.0.0.1 ./latest '
tap_is 'nor is it the newest' "$(cat two/latest/VERSION)" 1.0.0.1
# killed when some of it is written
"$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" --output two \
	--key key.asc --set-version 1.0.0.2 --target linux-x86_64=stage \
	--target linux-aarch64=stage --target linux-i386=stage >/dev/null 2>&1 &
pid=$!
tap_reap $pid
tap_wait 30 test -e two/.new-1.0.0.2/linux_64bit -o -e two/1.0.0.2
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
now=$(readlink two/latest)
tap_is 'killed: the newest is whole' "$(cat "two/$now/VERSION")" "$now"
tap_ok 'killed: and good' "$SMPKG" verify --key key.pub \
	two/latest/ubuntu_64bit/$PLUGIN.deb two/latest/linux_64bit/$PLUGIN.rpm
tap_ok 'the next run' two 1.0.0.2
tap_is 'cleans up' "$(list two) $(readlink two/latest)" \
	'. ./1.0.0.1 ./1.0.0.2 ./latest  1.0.0.2'
rm two/latest
mkdir two/latest
tap_fails 'latest is a folder' two 1.0.0.3
tap_like 'says what to do' "$ERR" 'is no link: remove it'
tap_is 'nothing made' "$(list two)" '. ./1.0.0.1 ./1.0.0.2 ./latest '

tap_done
