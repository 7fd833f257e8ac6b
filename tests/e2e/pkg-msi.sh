#!/bin/sh
# The package for the Windows Installer, judged by msiinfo, msiextract, 7z,
# file and osslsigncode. What it does when it is installed: windows-msi.sh.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need msiinfo msiextract 7z file x86_64-w64-mingw32-gcc

TREE=Amazon/SessionManagerPlugin
PLUGIN=session-manager-plugin
mkdir -p stage/bin

# a program without a version; what hangs on does not get smaller and needs
# more than one block of the cabinet
echo 'int main(void) { return 0; }' >main.c
x86_64-w64-mingw32-gcc -O1 -s -o stage/bin/$PLUGIN.exe main.c || exit 1
head -c 90000 /dev/urandom >>stage/bin/$PLUGIN.exe

# --- three architectures ----------------------------------------------------------
# arch_like ARCH FILE TEMPLATE FOLDER SCHEMA ATTRIBUTES
arch_like()
{
	msi=$PLUGIN-$V-$2.msi
	tap_ok "$1" pkg_build msi "$1" "$T"
	tap_ok "$1: summary" msiinfo suminfo "$msi"
	tap_like "$1: template" "$OUT" "^Template: $3;1033\$"
	tap_like "$1: schema" "$OUT" "^Version: $5 "
	tap_ok "$1: folders" msiinfo export "$msi" Directory
	tap_like "$1: Program Files" "$OUT" "^$4	TARGETDIR	"
	msiinfo export "$msi" Component | tail -n +4 | cut -f 4 | sort -u >got
	tap_is "$1: components' attributes" "$(cat got)" "$6"
	tap_ok "$1: 7z tests" 7z t "$msi"
	mkdir "$2"
	tap_ok "$1: msiextract" msiextract -C "$2" "$msi"
}
arch_like x86_64 x64 x64 ProgramFiles64Folder 200 256
arch_like i386 x86 Intel ProgramFilesFolder 200 0
arch_like aarch64 arm64 Arm64 ProgramFiles64Folder 500 256

msi=$PLUGIN-$V-x64.msi
tap_ok 'file knows it' file "$msi"
tap_like 'as an installer' "$OUT" 'MSI Installer.*x64;1033'
cat >want <<END
./$TREE/LICENSE
./$TREE/NOTICE
./$TREE/README.md
./$TREE/RELEASENOTES.md
./$TREE/THIRD-PARTY
./$TREE/VERSION
./$TREE/bin/$PLUGIN.exe
./$TREE/seelog.xml.template
END
(cd x64/PFiles64 && find . -type f | LC_ALL=C sort) >got
tap_same 'the installed tree' got want
tap_same 'the program' x64/PFiles64/$TREE/bin/$PLUGIN.exe \
	stage/bin/$PLUGIN.exe
tap_same "Windows' template" x64/PFiles64/$TREE/seelog.xml.template \
	"$SM_TOP/windows/seelog.xml.template"
tap_same 'below Program Files of 32 bits' \
	"x86/Program Files/$TREE/bin/$PLUGIN.exe" stage/bin/$PLUGIN.exe

# --- tables -------------------------------------------------------------------------
tap_ok 'properties' msiinfo export "$msi" Property
cp "$OUT" property
tap_like 'name' property '^ProductName	Session Manager Plugin'
tap_like 'version' property "^ProductVersion	$V"
tap_like 'for everybody' property '^ALLUSERS	1'
tap_like 'nothing to choose' property '^ARPNOMODIFY	1'
tap_like 'help' property '^ARPHELPLINK	https://'
tap_like 'the upgrade code never changes' property \
	'^UpgradeCode	\{69408B69-6D71-54CA-9742-8D272298D7E1\}'
tap_ok 'files' msiinfo export "$msi" File
tap_like 'a short name' "$OUT" '	SESSIO~1\.EXE\|session-manager-plugin\.exe	'
tap_like 'none where none is needed' "$OUT" '	LICENSE	'
tap_ok 'hashes' msiinfo export "$msi" MsiFileHash
tap_is 'of all that has no version' "$(tail -n +4 "$OUT" | wc -l)" 8
id=$(msiinfo export "$msi" File | tr -d '\r' |
	awk -F '\t' '$3 == "LICENSE" { print $1 }')
hash=$(awk -F '\t' -v id="$id" '$1 == id {
	for (i = 3; i <= 6; i++) print $i }' "$OUT" |
	tr -d '\r' | python3 -c 'import struct, sys
print(struct.pack("<4i", *map(int, sys.stdin.read().split())).hex())')
tap_is 'the MD5' "$hash" "$(md5sum <"$SM_TOP/LICENSE" | cut -d ' ' -f 1)"
tap_ok 'environment' msiinfo export "$msi" Environment
tap_like 'on the PATH of the system' "$OUT" '	=-\*PATH	\[~\];\[D[0-9a-f]{32}\]	'
tap_ok 'upgrade' msiinfo export "$msi" Upgrade
tap_like 'the same three numbers are replaced' "$OUT" \
	"	0\.0\.0	${V%.*}		513		OLDERVERSION"
tap_like 'newer ones are found' "$OUT" "	${V%.*}			2		NEWERVERSION"
tap_ok 'order' msiinfo export "$msi" InstallExecuteSequence
for action in RemoveExistingProducts WriteEnvironmentStrings InstallFiles \
	RemoveEnvironmentStrings RegisterProduct InstallFinalize; do
	tap_like "$action" "$OUT" "^$action	"
done
tap_ok 'every column is described' msiinfo export "$msi" _Validation
tap_like 'a key of another table' "$OUT" '^File	Component_	N			Component	1	'

# --- read again by smpkg ----------------------------------------------------------
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc --output key.pub
tap_ok 'sign beside it' "$SMPKG" sign --key key.asc "$msi"
tap_ok 'verify' "$SMPKG" verify --key key.pub "$msi"
tap_like 'says what it is' "$OUT" \
	"good ed25519 signature by .*; msi, Session Manager Plugin $V for x64\$"
tap_ok 'inspect' "$SMPKG" inspect "$msi"
tap_like 'facts' "$OUT" "^$msi: msi, Session Manager Plugin $V for x64\$"
tap_like 'no signature inside' "$OUT" "^$msi: package is not signed inside\$"
tap_like 'a property' "$OUT" "	$V\$"
tap_like 'summary' "$OUT" '^        \| template: x64;1033$'
sed -n 's|^.*  ProgramFiles64Folder/||p' "$OUT" | LC_ALL=C sort | sed 's|^|./|' >got
tap_same 'every file where it is installed' got want
digest=$(sha256sum <"$SM_TOP/LICENSE" | cut -c 1-16)
tap_like 'with its digest' "$OUT" " $digest  ProgramFiles64Folder/$TREE/LICENSE\$"
tap_ok 'diff: the same' "$SMPKG" diff "$msi" "$msi"
tap_status 'diff: other machines' 1 "$SMPKG" diff "$msi" $PLUGIN-$V-x86.msi
tap_like 'a row of a table' "$OUT" "^table Property: .*ProductCode"
head -c 50000 "$msi" >cut.msi
"$SMPKG" sign --key key.asc cut.msi >/dev/null
tap_status 'cut off: signed all the same' 3 "$SMPKG" verify --key key.pub cut.msi
tap_status 'cut off: inspect' 1 "$SMPKG" inspect cut.msi

# --- the same again -------------------------------------------------------------------
code() { msiinfo suminfo "$1" | sed -n 's/^Revision number.*: //p'; }
guids() { msiinfo export "$1" Component | tail -n +4 | cut -f 2 | sort; }
product() { msiinfo export "$1" Property | sed -n 's/^ProductCode	//p'; }
mkdir again
(umask 077 && touch stage/bin/$PLUGIN.exe &&
	pkg_build msi x86_64 "$T/again") >/dev/null
tap_same 'the same bytes' "again/$msi" "$msi"
printf 'x' >>stage/bin/$PLUGIN.exe
tap_ok 'other contents' pkg_build msi x86_64 other.msi
tap_is 'another package' "$(code other.msi | grep -c "$(code "$msi")")" 0
tap_is 'of the same product' "$(product other.msi)" "$(product "$msi")"
tap_ok 'another version' pkg_build msi x86_64 next.msi --set-version=200.0.0.1
tap_is 'is another product' \
	"$(product next.msi | grep -c "$(product "$msi")")" 0
guids "$msi" >want
guids next.msi >got
tap_same 'of the same components' got want
tap_is 'without doubles' "$(uniq -d want | wc -l)" 0
guids "$PLUGIN-$V-x86.msi" | cat - want | sort | uniq -d >got
tap_is 'which are others for 32 bits' "$(wc -l <got)" 0

# --- signatures ---------------------------------------------------------------------
if tap_have osslsigncode openssl; then
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
		-days 30 -subj /CN=Test \
		-addext extendedKeyUsage=codeSigning 2>/dev/null
	tap_ok 'signed inside' pkg_build msi x86_64 ours.msi --cert cert.pem \
		--cert-key key.pem
	tap_ok 'osslsigncode verifies it' osslsigncode verify \
		-CAfile cert.pem -in ours.msi
	tap_like 'once' "$OUT" '^Number of verified signatures: 1'
	tap_ok 'smpkg, too' "$SMPKG" verify --roots cert.pem ours.msi
	tap_like 'and says by whom' "$OUT" 'good signature inside by Test, publisher -'
	tap_status 'not by somebody else' 3 "$SMPKG" verify --roots cert.pem \
		--publisher Other ours.msi
	tap_status 'one that is not signed' 3 "$SMPKG" verify --roots cert.pem \
		"$msi"
	tap_ok 'inspect tells the signer' "$SMPKG" inspect ours.msi
	tap_like 'by name' "$OUT" "^ours.msi: signed inside by 'Test' of ''"
	tap_ok 'the same bytes' pkg_build msi x86_64 again.msi \
		--cert cert.pem --cert-key key.pem
	tap_same 'again' ours.msi again.msi
	mkdir ours
	tap_ok 'msiextract reads it' msiextract -C ours ours.msi
	tap_ok 'the program is signed, too' osslsigncode verify \
		-CAfile cert.pem -in ours/PFiles64/$TREE/bin/$PLUGIN.exe
	tap_same 'the same license' ours/PFiles64/$TREE/LICENSE \
		"$SM_TOP/LICENSE"
	# the first letter of a table's texts
	at=$(grep -abo 'INSTALLFOLDER' ours.msi | head -n 1 | cut -d : -f 1)
	cp ours.msi damaged.msi
	printf 'X' | dd of=damaged.msi bs=1 seek="$at" conv=notrunc status=none
	tap_fails 'a changed byte shows' osslsigncode verify \
		-CAfile cert.pem -in damaged.msi
	tap_status 'to smpkg, too' 3 "$SMPKG" verify --roots cert.pem damaged.msi
	tap_like 'that it was changed' "$ERR" 'has been changed since it was signed'
	tap_ok 'osslsigncode signs' osslsigncode sign -certs cert.pem \
		-key key.pem -h sha256 -in "$msi" -out signed.msi
	tap_ok 'and verifies' osslsigncode verify -CAfile cert.pem \
		-in signed.msi
	tap_ok 'so does smpkg' "$SMPKG" verify --roots cert.pem signed.msi
	tap_ok 'what msiextract still reads' msiextract -l signed.msi
else
	for name in 'signed inside' 'osslsigncode verifies it' \
		'osslsigncode signs'; do
		tap_skip "$name" 'no osslsigncode'
	done
fi

# --- another tree ---------------------------------------------------------------------
# names that are short alike, folders in folders, an empty file, two folders
# with programs, nothing at the top, a publisher that is not ASCII
mkdir -p odd
: >odd/empty
echo text >odd/text
cat >odd.json <<'END'
{
	"schema": 1,
	"name": "odd-thing",
	"version": "1.2.3.4",
	"summary": "Thing",
	"description": "Thing.",
	"license": "MIT",
	"url": "https://example.org/",
	"vendor": "Bäcker",
	"maintainer": "M <m@example.org>",
	"architectures": ["x86_64"],
	"files": [
		{ "source": "text", "destination": "/odd/thing/a/long name one.text" },
		{ "source": "text", "destination": "/odd/thing/a/long name two.text" },
		{ "source": "empty", "destination": "/odd/thing/a/LONGNA~2.TEX" },
		{ "source": "text", "destination": "/odd/thing/a/b/x.exe" },
		{ "source": "text", "destination": "/odd/thing/a/b/y.exe" },
		{ "source": "text", "destination": "/odd/thing/a/c/x.exe" },
		{ "source": "text", "destination": "/odd/thing/b/.hidden" },
		{ "destination": "/odd/thing/empty", "type": "dir" }
	]
}
END
tap_ok 'an odd tree' "$SMPKG" build --manifest odd.json --format msi \
	--arch x86_64 --root odd --output odd.msi
tap_ok 'its files' msiinfo export odd.msi File
cp "$OUT" files
tap_like 'the first' files '	LONGNA~1\.TEX\|long name one\.text	'
tap_like 'the second' files '	LONGNA~3\.TEX\|long name two\.text	'
tap_like 'one that is short' files '	LONGNA~2\.TEX	'
tap_like 'one without a stem' files '	HIDDEN~1\|\.hidden	'
tap_is 'two folders on the PATH' \
	"$(msiinfo export odd.msi Environment | tail -n +4 | wc -l)" 2
tap_ok 'summary' msiinfo suminfo odd.msi
tap_like 'the publisher' "$OUT" '^Author: Bäcker'
tap_ok 'property' msiinfo export odd.msi Property
tap_like 'the publisher, again' "$OUT" '^Manufacturer	Bäcker'
tap_like 'the name' "$OUT" '^ProductName	Odd Thing'
mkdir unpacked
tap_ok 'msiextract' msiextract -C unpacked odd.msi
tap_is 'all files' "$(cd unpacked && find . -type f | wc -l)" 7
tap_same 'one of them' unpacked/PFiles64/odd/thing/b/.hidden odd/text
tap_ok '7z' 7z t odd.msi

# --- what it cannot hold ------------------------------------------------------------
# refuse NAME CAUSE EDIT [OPTION...]: the manifest, changed by sed
refuse()
{
	refuse_name=$1
	refuse_cause=$2
	sed "$3" "$MANIFEST" >changed.json
	shift 3
	tap_fails "$refuse_name" "$SMPKG" build --manifest changed.json \
		--format msi --arch x86_64 --root "$T/stage" --root "$SM_TOP" \
		--output refused.msi "$@"
	tap_like "$refuse_name: why" "$ERR" "$refuse_cause"
}
refuse 'a first number above 255' "version: '256\.0\.0\.0' is above" '' \
	--set-version=256.0.0.0
refuse 'a third one above 65535' "version: '1\.0\.65536\.0' is above" '' \
	--set-version=1.0.65536.0
refuse 'two folders' 'one folder below Program Files' \
	's|"/Amazon/SessionManagerPlugin/NOTICE"|"/Other/NOTICE"|'
refuse 'a name that ends with a dot' 'ends with a dot' \
	's|"/Amazon/SessionManagerPlugin/NOTICE"|"/Amazon/SessionManagerPlugin/NOTICE."|'
refuse 'a character of devices' 'no name on Windows' \
	's|"/Amazon/SessionManagerPlugin/NOTICE"|"/Amazon/SessionManagerPlugin/NO:TICE"|'
refuse 'the same but for capitals' 'in other letters already' \
	's|"/Amazon/SessionManagerPlugin/NOTICE"|"/Amazon/SessionManagerPlugin/License"|'
# refuse_odd NAME CAUSE EDIT
refuse_odd()
{
	sed "$3" odd.json >changed.json
	tap_fails "$1" "$SMPKG" build --manifest changed.json --format msi \
		--arch x86_64 --root odd --output refused.msi
	tap_like "$1: why" "$ERR" "$2"
}
refuse_odd 'links' 'links: an msi has no links' \
	's|"schema": 1,|&"links": [{"path": "/l", "target": "/odd/thing/b/.hidden"}],|'
refuse_odd 'a symbolic link' "'/odd/thing/l' is a link" \
	's|"files": \[|&{"type": "symlink", "target": "b", "destination": "/odd/thing/l"},|'
echo 'exit 0' >script
refuse_odd 'scripts' 'scripts.postinstall: a msi has no' \
	's|"schema": 1,|&"scripts": {"postinstall": "script"},|'
SOURCE_DATE_EPOCH=315532799
refuse_odd 'a time that MS-DOS does not know' 'a time before 1980' ''
SOURCE_DATE_EPOCH=1767225600
tap_fails 'no such architecture' pkg_build msi universal refused.msi
tap_is 'nothing was written' "$(ls refused.msi 2>/dev/null)" ''

tap_done
