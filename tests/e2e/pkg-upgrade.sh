#!/bin/sh
# From a package as the official ones are made (PACKAGING.md 1.3, 1.4) to ours:
# whatever their scripts do, the link is there afterwards, and what belongs to
# the user stays.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc dpkg dpkg-deb

PLUGIN=session-manager-plugin
OLD=1.2.707.0
pkg_stage stage || tap_skip_all 'no static C library'
tap_ok 'deb' pkg_build deb x86_64 new.deb
tap_ok 'rpm' pkg_build rpm x86_64 new.rpm

mkdir -p old"$DIR"/bin old/DEBIAN
cp stage/bin/$PLUGIN old"$DIR"/bin
for text in LICENSE NOTICE README.md RELEASENOTES.md THIRD-PARTY; do
	echo "old $text" >"old$DIR/$text"
done
printf %s $OLD >"old$DIR/VERSION"
echo '<seelog/>' >"old$DIR/seelog.xml.template"

# --- deb --------------------------------------------------------------------
cat >old/DEBIAN/control <<END
Package: $PLUGIN
Version: $OLD-1
Architecture: amd64
Maintainer: Somebody <somebody@example.org>
Depends: libc6
Description: the program to be replaced
END
cat >old/DEBIAN/conffiles <<END
$DIR/LICENSE
$DIR/VERSION
END
cat >old/DEBIAN/postinst <<END
#!/bin/sh
if [ -f "\$DPKG_ROOT$LINK" ]; then rm "\$DPKG_ROOT$LINK"; fi
ln -s $DIR/bin/$PLUGIN "\$DPKG_ROOT$LINK"
END
cat >old/DEBIAN/postrm <<END
#!/bin/sh
rm -f "\$DPKG_ROOT$LINK"
END
chmod 755 old/DEBIAN/postinst old/DEBIAN/postrm
tap_ok 'a deb like the official one' dpkg-deb --root-owner-group -b old old.deb
rm -r old/DEBIAN
root=$T/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" \
	"$root/var/lib/dpkg/triggers" "$root/usr/local/bin"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
in_root()
{
	dpkg --root="$root" --force-script-chrootless --force-not-root \
		--force-depends --log=/dev/null "$@"
}
tap_ok 'installed' in_root -i old.deb
echo user >"$root$DIR/seelog.xml"
mkdir "$root$DIR/logs"
echo line >"$root$DIR/logs/session-manager-plugin.log"
echo edited >>"$root$DIR/LICENSE"
tap_ok 'upgrade to ours, no questions' in_root -i new.deb
tap_is 'link' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
tap_is 'VERSION is ours' "$(cat "$root$DIR/VERSION")" "$V"
tap_is 'settings kept' "$(cat "$root$DIR/seelog.xml")" user
tap_is 'logs kept' "$(ls "$root$DIR/logs")" session-manager-plugin.log
tap_ok 'removed' in_root -r $PLUGIN
tap_is 'link gone' "$(ls "$root/usr/local/bin")" ''
tap_is 'only what is the users left' \
	"$(cd "$root$DIR" && find . -type f ! -name '*.dpkg-*' | sort | tr '\n' ' ')" \
	'./logs/session-manager-plugin.log ./seelog.xml '

# --- rpm --------------------------------------------------------------------
if [ "$(id -u)" -ne 0 ] || ! tap_have rpmbuild rpm; then
	tap_skip 'rpm' 'needs root and rpmbuild'
	tap_done
fi
mkdir -p top/BUILD top/BUILDROOT top/RPMS top/SRPMS top/SPECS top/SOURCES home
HOME=$T/home
export HOME
cat >old.spec <<END
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
Name: $PLUGIN
Version: $OLD
Release: 1
Summary: the program to be replaced
License: Apache License, Version 2.0
AutoReqProv: no
%description
.
%install
mkdir -p %{buildroot}/usr/local
cp -a $T/old$DIR %{buildroot}/usr/local
%posttrans -p <lua>
posix.symlink("$DIR/bin/$PLUGIN", "$LINK")
%postun -p <lua>
os.remove("$LINK")
%files
$(cd old && find ."$DIR" -type f | sed 's/^\.//')
END
tap_ok 'an rpm like the official one' rpmbuild -bb --quiet \
	--target x86_64-linux --define "_topdir $T/top" old.spec
rroot=$T/rroot
mkdir -p "$rroot/usr/local/bin"
in_rroot()
{
	rpm --root="$rroot" --define '_dbpath /var/lib/rpm' --ignorearch "$@"
}
tap_ok 'rpm -i' in_rroot -i top/RPMS/x86_64/$PLUGIN-$OLD-1.x86_64.rpm
tap_is 'its link' "$(readlink "$rroot$LINK")" "$DIR/bin/$PLUGIN"
echo user >"$rroot$DIR/seelog.xml"
tap_ok 'rpm -U to ours' in_rroot -U new.rpm
tap_is 'one is left' "$(rpm --root="$rroot" --define '_dbpath /var/lib/rpm' \
	-q $PLUGIN)" "$PLUGIN-$V-$R.x86_64"
tap_is 'link, although the old package removes it' \
	"$(readlink "$rroot$LINK")" "$DIR/bin/$PLUGIN"
tap_is 'VERSION is ours now' "$(cat "$rroot$DIR/VERSION")" "$V"
tap_is 'settings kept by rpm' "$(cat "$rroot$DIR/seelog.xml")" user
tap_ok 'rpm -e' rpm --root="$rroot" --define '_dbpath /var/lib/rpm' -e $PLUGIN
tap_is 'link gone too' "$(ls "$rroot/usr/local/bin")" ''
tap_is 'only the settings left' "$(ls "$rroot$DIR")" seelog.xml

tap_done
