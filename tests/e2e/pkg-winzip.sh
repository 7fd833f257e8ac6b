#!/bin/sh
# The Windows zip, judged by unzip, 7z, smpkg itself and, for what the batch
# files do, wine.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need unzip zipinfo

PLUGIN=session-manager-plugin
zip=$T/SessionManagerPlugin.zip
mkdir -p stage/bin

# a program that is only looked at: DOS header, PE header for x86_64
{
	printf 'MZ'
	head -c 58 /dev/zero
	printf '\100\0\0\0PE\0\0\144\206'
	head -c 2000 /dev/zero
} >stage/bin/$PLUGIN.exe

tap_ok 'winzip' pkg_build winzip x86_64 "$T"
tap_is 'three names' "$(zipinfo -1 "$zip" | tr '\n' ' ')" \
	'install.bat package.zip uninstall.bat '
mkdir outer inner
tap_ok 'unzip' unzip -q "$zip" -d outer
tap_ok 'unzip package.zip' unzip -q outer/package.zip -d inner
cat >want <<END
LICENSE
NOTICE
README.md
RELEASENOTES.md
THIRD-PARTY
VERSION
bin/$PLUGIN.exe
seelog.xml.template
END
zipinfo -1 outer/package.zip | LC_ALL=C sort >got
tap_same 'the installed tree, no folders' got want
tap_same 'program unchanged' inner/bin/$PLUGIN.exe stage/bin/$PLUGIN.exe
tap_same "Windows' template" inner/seelog.xml.template \
	"$SM_TOP/windows/seelog.xml.template"
tap_is 'VERSION' "$(cat inner/VERSION)" "$V"
for bat in install uninstall; do
	tap_is "$bat.bat: every line ends with CRLF" \
		"$(grep -c "$(printf '\r')\$" outer/$bat.bat)" \
		"$(wc -l <outer/$bat.bat)"
	tr -d '\r' <outer/$bat.bat >$bat.lf
	tap_same "$bat.bat: otherwise as written" $bat.lf \
		"$SM_TOP/windows/$bat.bat"
	tap_unlike "$bat.bat: makes no service" outer/$bat.bat 'sc(\.exe)?"? create'
	tap_unlike "$bat.bat: no setx, which cuts" outer/$bat.bat 'setx'
done
if tap_have 7z; then
	tap_ok '7z tests' 7z t "$zip"
	tap_ok '7z tests package.zip' 7z t outer/package.zip
else
	tap_skip '7z tests' 'no 7z'
	tap_skip '7z tests package.zip' 'no 7z'
fi
tap_ok 'smpkg inspect' "$SMPKG" inspect "$zip"
tap_like 'names it' "$OUT" "zip, $PLUGIN $V"
tap_like 'its machine' "$OUT" 'for PE'
tap_like 'its program' "$OUT" "bin/$PLUGIN.exe"

mkdir again
(umask 077 && cp -r stage again/ && TZ=Asia/Tokyo pkg_build winzip x86_64 \
	"$T/again" >/dev/null)
tap_same 'the same bytes again' again/SessionManagerPlugin.zip "$zip"

# a source with CRLF already, and one without a last line feed
mkdir -p other/windows
printf 'one\r\ntwo' >other/windows/install.bat
tap_ok 'other line ends' "$SMPKG" build --manifest "$MANIFEST" --format winzip \
	--arch x86_64 --root other --root stage --root "$SM_TOP" --output o.zip
tap_is 'made the same' "$(unzip -p o.zip install.bat | od -An -c | tr -d ' ')" \
	'one\r\ntwo\r\n'

# --- refused ----------------------------------------------------------------
sed 's|"/package/|"/other/|' "$MANIFEST" >m.json
tap_status 'no files for package.zip' 1 "$SMPKG" build --manifest m.json \
	--format winzip --arch x86_64 --root stage --root "$SM_TOP" --output x.zip
tap_like 'says so' "$ERR" 'needs files below /package'
sed 's|"/uninstall.bat"|"/package.zip"|' "$MANIFEST" >m.json
tap_status 'a package.zip of its own' 1 "$SMPKG" build --manifest m.json \
	--format winzip --arch x86_64 --root stage --root "$SM_TOP" --output x.zip
tap_like 'says so, too' "$ERR" "'/package.zip' is made here"
tap_is 'nothing written' "$(ls x.zip 2>/dev/null)" ''

# --- the layout -------------------------------------------------------------
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc
"$SMPKG" key export --key key.asc --output key.pub
tap_ok 'layout' "$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" \
	--target windows-x86_64=stage --key key.asc --output dist
tap_same 'the same zip' "dist/$V/windows/SessionManagerPlugin.zip" "$zip"
tap_ok 'signed' "$SMPKG" verify --key key.pub \
	dist/latest/windows/SessionManagerPlugin.zip

# --- the batch files --------------------------------------------------------
# wine has neither PowerShell nor tar: a tar of ours that copies stands in.
# Its cmd cannot take texts apart (!NAME:a=b!), so the Path is empty each time.
if ! tap_have wine wineserver x86_64-w64-mingw32-gcc; then
	tap_skip 'batch files' 'no wine or no compiler for it'
	tap_done
fi
export WINEPREFIX="$T/wine" WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml='
unset DISPLAY
TAP_LIMIT=120
cat >tar.c <<'END'
#include <stdlib.h>
int main(void)
{
	return system("xcopy /e /i /q /y \"Z:%SM_TEST%\\inner\" \"%SM_NEW%\"");
}
END
tap_ok 'stand-in for tar' x86_64-w64-mingw32-gcc -O1 -s -o tar.exe tar.c
tap_ok 'wine starts' wine cmd /c exit
c=$WINEPREFIX/drive_c
cp tar.exe "$c/windows/system32/tar.exe"
SM_TEST=$(printf '%s' "$T" | tr '/' '\\')
export SM_TEST
dir="$c/Program Files/Amazon/SessionManagerPlugin"
bin='C:\Program Files\Amazon\SessionManagerPlugin\bin'
user_path()
{
	wine reg query 'HKCU\Environment' /v Path 2>/dev/null | tr -d '\r' |
		sed -n 's/^ *Path  *REG_EXPAND_SZ  *//p'
}
bat()
{
	printf '@call "Z:%s\\outer\\%s"\r\n@echo status=%%errorlevel%%\r\n' \
		"$SM_TEST" "$1" >run.bat
	timeout 60 wine cmd /c run.bat
}
tap_ok 'install.bat' bat install.bat
tap_like 'done' "$OUT" '^status=0'
tap_same 'program installed' "$dir/bin/$PLUGIN.exe" stage/bin/$PLUGIN.exe
tap_is 'all files' "$(cd "$dir" && find . -type f | wc -l)" 8
tap_is 'in the Path' "$(user_path)" "$bin"
wine reg delete 'HKCU\Environment' /v Path /f >/dev/null 2>&1
tap_ok 'install.bat over it' bat install.bat
tap_like 'done again' "$OUT" '^status=0'
wine reg delete 'HKCU\Environment' /v Path /f >/dev/null 2>&1
echo mine >"$dir/seelog.xml"
tap_ok 'uninstall.bat' bat uninstall.bat
tap_like 'done, too' "$OUT" '^status=0'
tap_is "only the user's file stays" "$(cd "$dir" && find . -type f)" \
	'./seelog.xml'
mv outer/package.zip p.zip
tap_status 'without package.zip' 1 bat install.bat
tap_like 'says what is missing' "$ERR" '^install: cannot open .*package.zip'
timeout 10 wineserver -k 2>/dev/null
tap_done
