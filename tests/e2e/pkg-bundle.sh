#!/bin/sh
# The bundle zip, judged by unzip, bsdtar, 7z and zip.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need unzip zipinfo cc

PLUGIN=session-manager-plugin
zip=$T/sessionmanager-bundle.zip
pkg_stage stage || tap_skip_all 'no static C library'

tap_ok 'bundle' pkg_build bundle x86_64 "$T"
tap_ok 'zipinfo' zipinfo "$zip"
tap_is 'eleven entries' "$(grep -c ' sessionmanager-bundle/' "$OUT")" 11
tap_like 'made by Unix' "$OUT" '^drwxr-xr-x +2.0 unx .* sessionmanager-bundle/$'
tap_like 'installer' "$OUT" '^-rwxr-xr-x .* sessionmanager-bundle/install$'
tap_like 'deflate' "$OUT" 'defN .* sessionmanager-bundle/LICENSE$'
zipinfo -v "$zip" >about
tap_is 'no extra fields' "$(grep 'length of extra field' about | sort -u |
	tr -s ' ')" ' length of extra field: 0 bytes'
tap_is 'sizes in front of the data' \
	"$(grep -c 'extended local header: *no' about)" 11
tap_is 'one version made it all' "$(grep 'version of encoding software' about |
	sort -u | tr -s ' ')" ' version of encoding software: 2.0'
(SOURCE_DATE_EPOCH=1767225603 pkg_build bundle x86_64 odd.zip >/dev/null)
tap_is 'times in UTC, seconds even' "$(TZ=Asia/Kolkata zipinfo -T odd.zip |
	awk '/sessionmanager-bundle/ { print $7 }' | sort -u)" 20260101.000002
umask 077
tap_ok 'unzip' unzip -q "$zip" -d unzipped
umask 022
b=unzipped/sessionmanager-bundle
tap_is 'mode of the installer' "$(stat -c %a $b/install)" 755
tap_is 'mode of the program' "$(stat -c %a $b/bin/$PLUGIN)" 755
tap_is 'mode of a text' "$(stat -c %a $b/LICENSE)" 644
tap_is 'mode of a folder' "$(stat -c %a $b/bin)" 755
tap_same 'program unchanged' $b/bin/$PLUGIN stage/bin/$PLUGIN
tap_same 'installer unchanged' $b/install stage/bin/session-manager-installer
tap_is 'VERSION' "$(cat $b/VERSION)" "$V"
tap_ok 'program runs' $b/bin/$PLUGIN
if tap_have bsdtar; then
	mkdir bsd
	tap_ok 'bsdtar extracts' bsdtar -x -C bsd -f "$zip"
	tap_ok 'the same tree' diff -r unzipped bsd
else
	tap_skip 'bsdtar extracts' 'no bsdtar'
fi
if tap_have 7z; then
	tap_ok '7z tests' 7z t "$zip"
else
	tap_skip '7z tests' 'no 7z'
fi
if tap_have zip; then
	tap_ok 'zip tests' zip -T "$zip"
else
	tap_skip 'zip tests' 'no zip'
fi
tap_ok 'smpkg inspect' "$SMPKG" inspect "$zip"
tap_like 'names it' "$OUT" "bundle, $PLUGIN $V"

tap_done
