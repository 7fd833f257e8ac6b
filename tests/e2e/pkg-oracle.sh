#!/bin/sh
# The distributions' own builders on the same files: rpmbuild and dpkg-deb must
# agree with smpkg about everything that a machine sees.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc dpkg-deb

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
tap_ok 'deb' pkg_build deb x86_64 ours.deb
tap_ok 'rpm' pkg_build rpm x86_64 ours.rpm

# --- dpkg-deb ---------------------------------------------------------------
dpkg-deb -R ours.deb tree
find tree -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
tap_ok 'dpkg-deb builds what it unpacked' dpkg-deb --root-owner-group -Zxz \
	-b tree theirs.deb
dpkg-deb -c ours.deb | sort -k6 >ours.list
dpkg-deb -c theirs.deb | sort -k6 >theirs.list
tap_same 'the same contents' ours.list theirs.list
dpkg-deb -f ours.deb >ours.control
dpkg-deb -f theirs.deb >theirs.control
tap_same 'the same control fields' ours.control theirs.control
ar p ours.deb debian-binary >ours.bin
ar p theirs.deb debian-binary >theirs.bin
tap_same 'the same format version' ours.bin theirs.bin
tap_is 'the same members' "$(ar t ours.deb)" "$(ar t theirs.deb)"
head -c 72 ours.deb >ours.head
head -c 72 theirs.deb >theirs.head
tap_same 'the same first header' ours.head theirs.head
find tree -type f ! -path '*/DEBIAN/*' -printf '%k %s\n' |
	awk '{ kib += int(($2 + 1023) / 1024) } END { print kib }' >files.kib
tap_is 'installed size' "$(dpkg-deb -f ours.deb Installed-Size)" \
	$(($(cat files.kib) + $(find tree -mindepth 1 -type d ! -name DEBIAN | wc -l)))

# --- rpmbuild ---------------------------------------------------------------
if ! tap_have rpmbuild rpm; then
	tap_skip 'rpmbuild' 'no rpmbuild'
	tap_done
fi
mkdir -p top/BUILD top/BUILDROOT top/RPMS top/SRPMS top/SPECS top/SOURCES home
HOME=$T/home
export HOME
tap_ok 'rpmbuild' rpmbuild -bb --quiet --target x86_64-linux \
	--define "_topdir $T/top" --define "plugin_version $V" \
	--define "plugin_release $R" --define "stage $T/tree" \
	"$SM_TOP/specs/$PLUGIN.spec"
mv top/RPMS/x86_64/*.rpm theirs.rpm
query()
{
	for one in ours theirs; do
		rpm -qp --nosignature --qf "$2" $one.rpm >$one.txt
	done
	tap_same "$1" ours.txt theirs.txt
}
query 'the same name' '%{NEVRA} %{OS} %{SOURCERPM} %{ENCODING}\n'
query 'the same texts' '%{SUMMARY}\n%{DESCRIPTION}\n%{LICENSE} %{URL}\n%{VENDOR} %{PACKAGER} %{GROUP}\n'
query 'the same files' \
	'[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEDIGESTS} %{FILELINKTOS} %{FILEFLAGS} %{FILEVERIFYFLAGS} %{FILEMTIMES} %{FILERDEVS} %{FILELANGS}\n]%{FILEDIGESTALGO}\n'
query 'the same folders' '[%{DIRNAMES}\n][%{DIRINDEXES} %{BASENAMES}\n]'
query 'the same provides' '[%{PROVIDENAME} %{PROVIDEFLAGS} %{PROVIDEVERSION}\n]'
query 'the same requires' '[%{REQUIRENAME} %{REQUIREFLAGS} %{REQUIREVERSION}\n]'
query 'the same payload form' \
	'%{PAYLOADFORMAT} %{PAYLOADCOMPRESSOR} %{PAYLOADFLAGS} %{PAYLOADDIGESTALGO} %{BUILDTIME} %{BUILDHOST}\n'
query 'the same interpreters' '%{POSTTRANSPROG} %{POSTUNPROG}\n'
query 'the same colours' '[%{FILENAMES} %{FILECOLORS}\n]'
# of programs file(1) says more, of the template something else
classes()
{
	rpm -qp --nosignature --qf '[%{FILENAMES}|%{FILECLASS}\n]' "$1" |
		grep -v template | cut -d, -f1-3
}
classes ours.rpm >ours.txt
classes theirs.rpm >theirs.txt
tap_same 'the same classes' ours.txt theirs.txt
# of lines that file(1) calls very long, it says how long they are
python3 - <<'END'
import json
os_files = []
def put(name, text):
    open(name, "w").write(text)
    os_files.append({"source": name, "destination": "/usr/share/l/" + name})
for n in 300, 301, 400:
    put("first%d" % n, "a" * n + "\nb\n")
    put("last%d" % n, "b\n" + "a" * n)
    put("only%d" % n, "a" * n)
    put("utf%d" % n, "x\n" + "\u00e4" * n + "\n")
    put("sh%d" % n, "#!/bin/sh\n" + "a" * n + "\n")
json.dump({"schema": 1, "name": "lines", "version": "1.0.0.0", "release": "1",
    "summary": "Lines", "description": "Lines.", "license": "Apache-2.0",
    "url": "https://example.org/", "maintainer": "A <a@example.org>",
    "architectures": ["x86_64"], "files": os_files}, open("lines.json", "w"))
END
if tap_have file; then
	"$SMPKG" build --manifest lines.json --format rpm --arch x86_64 \
		--root . --output lines.rpm >/dev/null
	rpm -qp --nosignature --qf '[%{FILENAMES}|%{FILECLASS}\n]' lines.rpm |
		sed -n 's|^/usr/share/l/||p' >lines-ours.txt
	for one in $(cut -d '|' -f 1 lines-ours.txt); do
		printf '%s|%s\n' "$one" "$(file -b "$one")"
	done >lines-theirs.txt
	tap_is 'lines of 300 characters and more' "$(wc -l <lines-ours.txt)" 15
	tap_same 'are told of as by file' lines-ours.txt lines-theirs.txt
else
	tap_skip 'lines of 300 characters and more' 'no file'
fi
tap_like 'a program among them' ours.txt '\|ELF 64-bit LSB'
mkdir a b
(cd a && rpm2cpio ../ours.rpm | cpio -idm --quiet)
(cd b && rpm2cpio ../theirs.rpm | cpio -idm --quiet)
tap_ok 'the same payload' diff -r a b
# every tag of theirs is in ours, but the flags of a compiler
tags()
{
	rpm -qp --nosignature --xml "$1" | sed -n 's/.*<rpmTag name="\([^"]*\)">.*/\1/p' |
		sort -u
}
tags theirs.rpm >theirs.tags
tags ours.rpm >ours.tags
tap_ok 'tags are there' grep -qx Payloaddigestalt ours.tags
comm -23 theirs.tags ours.tags |
	grep -v -x -e Optflags >missing.tags
tap_is 'no tag is missing' "$(tr '\n' ' ' <missing.tags)" ''

tap_done
