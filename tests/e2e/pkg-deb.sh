#!/bin/sh
# deb packages, judged by dpkg, apt and lintian.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need dpkg dpkg-deb cc ar

PLUGIN=session-manager-plugin
deb=$T/${PLUGIN}_$V-${R}_amd64.deb
pkg_stage stage || tap_skip_all 'no static C library'

tap_ok 'deb for amd64' pkg_build deb x86_64 "$T"
tap_ok 'deb for i386' pkg_build deb i386 "$T"
tap_ok 'deb for arm64' pkg_build deb aarch64 "$T"

tap_is 'three members, without slashes' "$(ar t "$deb" | tr '\n' ' ')" \
	'debian-binary control.tar.xz data.tar.xz '
for pair in amd64 i386 arm64; do
	tap_is "architecture $pair" \
		"$(dpkg-deb -f "${PLUGIN}_$V-${R}_$pair.deb" Architecture)" "$pair"
done
tap_is 'version' "$(dpkg-deb -f "$deb" Version)" "$V-$R"
tap_is 'no dependency' "$(dpkg-deb -f "$deb" Depends)" ''
tap_ok 'list of contents' dpkg-deb -c "$deb"
tap_like 'program' "$OUT" \
	"^-rwxr-xr-x root/root .* \./usr/local/sessionmanagerplugin/bin/$PLUGIN\$"
tap_like 'template' "$OUT" '^-rw-r--r-- root/root .*/seelog.xml.template$'
tap_unlike 'nothing of the user' "$OUT" '(seelog.xml|logs/)$'
tap_unlike 'no link in the package' "$OUT" ' -> '
tap_like 'time' "$OUT" ' 2026-01-01 00:00 '

dpkg-deb -R "$deb" raw
tap_ok 'md5sums are right' sh -c 'cd raw && md5sum -c DEBIAN/md5sums'
tap_is 'all files have one' "$(wc -l <raw/DEBIAN/md5sums)" \
	"$(find raw -type f ! -path '*/DEBIAN/*' | wc -l)"
tap_same 'program unchanged' "raw$DIR/bin/$PLUGIN" "stage/bin/$PLUGIN"

# --- dpkg itself ------------------------------------------------------------
# Its own tar reader, its database, the scripts with DPKG_ROOT; no chroot.
root=$T/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" \
	"$root/var/lib/dpkg/triggers"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
in_root()
{
	dpkg --root="$root" --force-script-chrootless --force-not-root \
		--log=/dev/null "$@"
}
tap_ok 'dpkg --unpack' in_root --unpack "$deb"
tap_is 'no link yet' "$(ls "$root/usr/local/bin" 2>/dev/null)" ''
tap_ok 'dpkg --configure' in_root --configure "$PLUGIN"
tap_is 'link' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
tap_ok 'dpkg --verify' in_root --verify "$PLUGIN"
tap_is 'nothing differs' "$(cat "$OUT")" ''
tap_ok 'program runs' "$root$DIR/bin/$PLUGIN"

echo user >"$root$DIR/seelog.xml"
tap_ok 'newer version' pkg_build deb x86_64 "$T" --set-version 9.9.9.9
tap_ok 'upgrade' in_root -i "${PLUGIN}_9.9.9.9-${R}_amd64.deb"
tap_is 'upgraded' "$(dpkg-query --admindir="$root/var/lib/dpkg" \
	-W -f '${Version} ${Status}' $PLUGIN)" "9.9.9.9-$R install ok installed"
tap_is 'link kept' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
tap_is "the user's file kept" "$(cat "$root$DIR/seelog.xml")" user

tap_ok 'dpkg --remove' in_root --remove "$PLUGIN"
tap_is 'link removed' "$(readlink "$root$LINK")" ''
tap_is 'program removed' "$(ls "$root$DIR")" seelog.xml

# links that are not ours
mkdir -p "$root/usr/local/bin"
echo mine >"$root$LINK"
tap_ok 'install beside a real file' in_root -i "$deb"
tap_like 'warning' "$ERR" 'is not a link, left as it is'
tap_is 'file left alone' "$(cat "$root$LINK")" mine
rm "$root$LINK"
ln -s /nowhere "$root$LINK"
tap_ok 'configure over a dangling link' in_root -i "$deb"
tap_is 'dangling link replaced' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
ln -sfn /elsewhere "$root$LINK"
tap_ok 'remove beside a foreign link' in_root --remove "$PLUGIN"
tap_is 'foreign link kept' "$(readlink "$root$LINK")" /elsewhere

# --- apt and lintian --------------------------------------------------------
if tap_have apt-get; then
	tap_ok 'apt-get simulates' apt-get install -s "$deb"
	tap_like 'would install it' "$OUT" "^Inst $PLUGIN \($V-$R"
else
	tap_skip 'apt-get simulates' 'no apt-get'
fi
if tap_have lintian; then
	lint()
	{
		lintian --allow-root --tag-display-limit 0 --fail-on error,warning "$@"
	}
	tap_ok 'lintian is content' lint "$deb"
	tap_is 'says nothing' "$(cat "$OUT")" ''
	# The real program has libraries in it, which lintian knows by their
	# texts, and is a static one that can be loaded anywhere.
	mkdir -p full/bin
	cat >full.c <<-'END'
		#include <stdio.h>
		int main(void) {
			puts("A libcurl function was given a bad argument");
			puts("requested feature requires XML_DTD support in Expat");
			return 0; }
	END
	cc -static-pie -s -O1 -o full/bin/$PLUGIN full.c
	tap_ok 'with libraries in it' "$SMPKG" build --manifest "$MANIFEST" \
		--format deb --arch x86_64 --root full --root "$SM_TOP" \
		--output full.deb
	tap_ok 'lintian is content all the same' lint full.deb
	tap_is 'and says nothing' "$(cat "$OUT")" ''
	tap_fails 'which is not for want of seeing it' lint --no-override full.deb
	tap_like 'as it would be an error' "$OUT" '^E: .*embedded-library (libcurl|curl)'
else
	tap_skip 'lintian is content' 'no lintian'
fi

tap_done
