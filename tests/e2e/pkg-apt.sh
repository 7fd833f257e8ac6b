#!/bin/sh
# An apt repository, judged by gpgv, apt-ftparchive and apt itself,
# which installs from it over HTTP and refuses it when it was changed.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
# shellcheck source=tests/lib/repo.sh
. "$SM_TOP/tests/lib/repo.sh"

tap_need cc dpkg-deb apt-get gpgv xz

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
mkdir debs
for arch in x86_64 i386 aarch64; do
	pkg_build deb $arch debs >/dev/null
done
pkg_build deb x86_64 debs --set-version 9.9.9.9 >/dev/null
first=debs/${PLUGIN}_$V-${R}_amd64.deb
newer=debs/${PLUGIN}_9.9.9.9-${R}_amd64.deb
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null

export SOURCE_DATE_EPOCH=1767225600
old()
{
	"$SMPKG" repo apt "$@" --key key.asc
}
# the clock of signatures that apt looks at
now()
{
	SOURCE_DATE_EPOCH=$(date +%s) "$SMPKG" repo apt "$@" --key key.asc
}

tap_ok 'repository' now repo "$first" \
	"debs/${PLUGIN}_$V-${R}_i386.deb" "debs/${PLUGIN}_$V-${R}_arm64.deb"
pool=repo/pool/main/s/$PLUGIN
tap_is 'pool' "$(ls $pool | tr '\n' ' ')" \
	"${PLUGIN}_$V-${R}_amd64.deb ${PLUGIN}_$V-${R}_arm64.deb ${PLUGIN}_$V-${R}_i386.deb "
d=repo/dists/stable
tap_ok 'Release.gpg' gpgv --keyring "$T/repo/key.gpg" $d/Release.gpg $d/Release
tap_ok 'InRelease' gpgv --keyring "$T/repo/key.gpg" --output plain $d/InRelease
tap_ok 'the same text' diff plain $d/Release
tap_like 'architectures' $d/Release '^Architectures: amd64 arm64 i386$'
tap_like 'time' $d/Release '^Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} UTC$'
tap_like 'limit' $d/Release '^Valid-Until: '
(cd $d && sed -n 's/^ \([0-9a-f]*\) \([0-9]*\) \(.*\)/\1  \3/p' Release) >sums
tap_is 'nine indices' "$(wc -l <sums | tr -d ' ')" 9
tap_ok 'their digests' sh -c 'cd repo/dists/stable && sha256sum -c "$1"' sh "$T/sums"
i=$d/main/binary-amd64
tap_same 'gzip' $i/Packages "$(gzip -dc $i/Packages.gz >gz && echo gz)"
tap_same 'xz' $i/Packages "$(xz -dc $i/Packages.xz >xz && echo xz)"
hash=$(sha256sum <$i/Packages.xz | cut -d' ' -f1)
tap_same 'by hash' $i/by-hash/SHA256/"$hash" $i/Packages.xz
tap_like 'digest of the package' $i/Packages \
	"^SHA256: $(sha256sum <"$first" | cut -d' ' -f1)\$"
if tap_have apt-ftparchive; then
	(cd repo && apt-ftparchive -o APT::FTPArchive::MD5=false \
		-o APT::FTPArchive::SHA1=false -o APT::FTPArchive::SHA512=false \
		--arch amd64 packages pool) >ftp
	# the same facts, in whatever order; its Description-md5 is not needed
	facts()
	{
		grep -vE '^(Description-md5|MD5sum|SHA1|SHA512):' "$1" | LC_ALL=C sort
	}
	facts ftp >want
	facts $i/Packages >got
	tap_same 'as apt-ftparchive has it' got want
else
	tap_skip 'as apt-ftparchive has it' 'no apt-ftparchive'
fi
tap_ok 'one' old one "$first"
tap_ok 'two' old two "$first"
tap_ok 'the same bytes' diff -r one two
tap_ok 'again' old one
tap_ok 'still the same' diff -r one two

# --- apt --------------------------------------------------------------------
repo_serve repo || tap_fail 'serving'
root=$T/root
mkdir -p "$root/etc/apt/apt.conf.d" "$root/etc/apt/preferences.d" \
	"$root/var/lib/apt/lists/partial" "$root/var/log/apt" \
	"$root/var/cache/apt/archives/partial" "$root/var/lib/dpkg/info" \
	"$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
echo "deb [signed-by=$T/repo/key.gpg] $URL stable main" \
	>"$root/etc/apt/sources.list"
cat >apt.conf <<END
Dir "$root/";
Dir::State::status "$root/var/lib/dpkg/status";
Dir::Etc::sourceparts "/dev/null";
Dir::Bin::methods "/usr/lib/apt/methods";
Dir::Bin::dpkg "/usr/bin/dpkg";
Dir::Log "$root/var/log/apt";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::http::Proxy "DIRECT";
Acquire::Retries "0";
DPkg::Options { "--root=$root"; "--force-script-chrootless"; "--force-not-root"; "--log=/dev/null"; };
DPkg::Path "/usr/sbin:/usr/bin:/sbin:/bin";
END
export APT_CONFIG="$T/apt.conf" DEBIAN_FRONTEND=noninteractive
version()
{
	dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Version}' $PLUGIN
}
tap_ok 'apt-get update' apt-get -q update
tap_unlike 'no warning' "$ERR" '^W:'
tap_ok 'apt-get install' apt-get -qy install $PLUGIN
tap_is 'installed' "$(version)" "$V-$R"
tap_ok 'program runs' "$root$DIR/bin/$PLUGIN"

tap_ok 'a newer package is added' now repo "$newer"
tap_ok 'update' apt-get -q update
tap_ok 'upgrade' apt-get -qy upgrade
tap_is 'upgraded' "$(version)" "9.9.9.9-$R"
tap_ok 'the older one is still there' apt-get -qy --allow-downgrades install \
	"$PLUGIN=$V-$R"
tap_is 'back' "$(version)" "$V-$R"
tap_ok 'remove' apt-get -qy remove $PLUGIN

# --- refused by apt ---------------------------------------------------------
cp -r $d good
cp repo/key.gpg good.gpg
forget()
{
	rm -rf "$root/var/lib/apt/lists"
	mkdir -p "$root/var/lib/apt/lists/partial"
}
forget
sed -i 's/^Origin: .*/Origin: somebody/' $d/InRelease
tap_status 'changed InRelease' 100 apt-get -q update
tap_like 'says why' "$ERR" 'signatures were invalid|not signed'
rm -rf $d && cp -r good $d
for f in $i/Packages $i/Packages.xz $i/Packages.gz $i/by-hash/SHA256/*; do
	printf x >>"$f"
done
forget
tap_status 'changed index' 100 apt-get -q update
rm -rf $d && cp -r good $d
tap_ok 'good again' apt-get -q update
rm -rf "$root"/var/cache/apt/archives/*.deb
printf x | dd of="$pool/${newer#debs/}" bs=1 seek=2000 conv=notrunc 2>/dev/null
tap_status 'changed package' 100 apt-get -qy install $PLUGIN
tap_is 'nothing installed' "$(version 2>/dev/null)" ''
cp "$newer" "$pool/"
"$SMPKG" key generate --name 'O <o@example.org>' --output other.asc >/dev/null
SOURCE_DATE_EPOCH=$(date +%s) "$SMPKG" repo apt repo --key other.asc
tap_fails 'the key in the repository is its own' cmp -s repo/key.gpg good.gpg
cp good.gpg repo/key.gpg
forget
tap_status 'signed by another key' 100 apt-get -q update
"$SMPKG" repo apt repo --key key.asc
forget
tap_status 'out of date' 100 apt-get -q update
tap_like 'says expired' "$ERR" 'expired|Release file .*not valid'
tap_ok 'for ever' "$SMPKG" repo apt repo --key key.asc --days 0
tap_unlike 'no limit' $d/Release 'Valid-Until'
tap_ok 'taken' apt-get -q update

# --- refused by smpkg -------------------------------------------------------
cp "$first" same.deb
tap_ok 'the same package twice' old one same.deb
SOURCE_DATE_EPOCH=1767225700 pkg_build deb x86_64 other.deb >/dev/null
tap_status 'other bytes under the same name' 1 old one other.deb
tap_like 'says what to do' "$ERR" 'published with other contents: raise the release'
echo nonsense >bad.deb
tap_status 'no deb' 1 old one bad.deb
tap_like 'names it' "$ERR" "cannot publish 'bad.deb'"
dpkg-deb -R "$first" raw
sed -i '/^Description/i Filename: pool/evil.deb' raw/DEBIAN/control
dpkg-deb -b raw evil.deb >/dev/null
tap_status 'a field of the index in a package' 1 old evil evil.deb
tap_like 'names the field' "$ERR" "field 'Filename'"
sed -i '/^Filename/d; s/^Package: .*/Package: ..\/..\/x/' raw/DEBIAN/control
dpkg-deb --nocheck -b raw evil.deb >/dev/null
tap_status 'a path as name' 1 old evil2 evil.deb
tap_is 'nothing written' "$(ls evil2 2>/dev/null)" ''
tap_status 'no package' 2 old empty
tap_status 'no key' 2 "$SMPKG" repo apt one
tap_status 'no such kind' 2 old one --suite ../x
tap_status 'no such repository' 2 "$SMPKG" repo pacman one --key key.asc
tap_done
