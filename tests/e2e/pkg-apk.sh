#!/bin/sh
# Alpine packages. Debian has no apk: its checks are made again here, by
# python3 from the description of the format and by openssl.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc tar python3 openssl

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
"$SMPKG" key generate --type rsa3072 --name 'Test <test@example.org>' \
	--output key.asc >/dev/null
"$SMPKG" key generate --name 'Test <t@example.org>' --output ed.asc >/dev/null
mkdir out again root plain
tap_ok 'apk' pkg_build apk x86_64 out --key key.asc
apk=out/$PLUGIN-$V-r$R.apk
tap_is 'its name' "$(ls out)" "${apk#out/}
${apk#out/}.sig"
tap_ok 'streams, digests, names' python3 "$SM_TOP/tests/lib/apk.py" "$apk" parts
tap_like 'scripts' "$OUT" \
	'^control: .PKGINFO .post-install .post-upgrade .pre-deinstall$'
tap_like 'name' "$OUT" "^pkgname: $PLUGIN\$"
tap_like 'version' "$OUT" "^pkgver: $V-r$R\$"
tap_like 'machine' "$OUT" '^arch: x86_64$'
tap_like 'licence' "$OUT" '^license: Apache-2\.0$'
tap_like 'time' "$OUT" "^builddate: $SOURCE_DATE_EPOCH\$"
tap_like 'what its scripts need' "$OUT" '^depend: /bin/sh$'
tap_like 'program' "$OUT" "^file: 755 ${DIR#/}/bin/$PLUGIN\$"
kib=$(sed -n 's/^size: //p' "$OUT")
tap_is 'whole KiB' "$((kib % 1024))" 0

tap_ok 'inspect' "$SMPKG" inspect "$apk"
tap_like 'says what it is' "$OUT" ": apk, $PLUGIN $V-$R for ELF\$"

# --- signature --------------------------------------------------------------
tap_ok 'public key' "$SMPKG" key export --key key.asc --apk --output .
name=$(cat parts/keyname)
tap_is 'named as in the package' "$(ls ./*.rsa.pub)" "./$name"
tap_ok 'openssl: signature of the control stream' openssl dgst -sha256 \
	-verify "$name" -signature parts/signature parts/control
echo >>parts/control
tap_fails 'one byte more' openssl dgst -sha256 -verify "$name" \
	-signature parts/signature parts/control
tap_fails 'no RSA key' pkg_build apk x86_64 x.apk --key ed.asc
tap_like 'says so' "$ERR" 'apk takes no signature of this key'
tap_is 'nothing written' "$(ls x.apk 2>/dev/null)" ''
tap_fails 'its public part neither' "$SMPKG" key export --key ed.asc --apk --output .
tap_ok 'beside only' pkg_build apk x86_64 plain --key ed.asc --detached
tap_ok 'two streams then' python3 "$SM_TOP/tests/lib/apk.py" \
	"plain/$PLUGIN-$V-r$R.apk" plainparts
tap_is 'no signature inside' "$(ls plainparts/signature 2>/dev/null)" ''
tap_ok 'again' pkg_build apk x86_64 again --key key.asc
tap_same 'the same bytes' "$apk" "again/${apk#out/}"
for pair in i386:x86 aarch64:aarch64; do
	rm -rf one && mkdir one
	tap_ok "apk for ${pair%:*}" pkg_build apk "${pair%:*}" one
	python3 "$SM_TOP/tests/lib/apk.py" "one/$PLUGIN-$V-r$R.apk" one/parts >got
	tap_like 'its machine' got "^arch: ${pair#*:}\$"
done

# --- unpacked ---------------------------------------------------------------
tap_ok 'all of it is one tar.gz' tar -xzf "$apk" -C root --exclude '.*' \
	--warning=no-unknown-keyword
tap_same 'program' "root$DIR/bin/$PLUGIN" "stage/bin/$PLUGIN"
tap_is 'version' "$(cat "root$DIR/VERSION")" "$V"

# The scripts, below a folder of the test.
for script in post-install post-upgrade pre-deinstall; do
	sed "s|'/usr|'$T/root/usr|g" parts/$script >$script.sh
done
link=root$LINK
tap_ok 'post-install' sh post-install.sh "$V-r$R"
tap_is 'the link' "$(readlink "$link")" "$T/root$DIR/bin/$PLUGIN"
rm "$link" && ln -s nowhere "$link"
tap_ok 'post-upgrade' sh post-upgrade.sh "$V-r$R" "$V-r1"
tap_is 'another link is replaced' "$(readlink "$link")" "$T/root$DIR/bin/$PLUGIN"
tap_ok 'pre-deinstall' sh pre-deinstall.sh "$V-r$R"
tap_is 'the link is gone' "$(ls "$link" 2>/dev/null)" ''
echo mine >"$link"
tap_ok 'post-install with a file in the way' sh post-install.sh "$V-r$R"
tap_is 'it stays' "$(cat "$link")" mine
tap_ok 'pre-deinstall, too' sh pre-deinstall.sh "$V-r$R"
tap_is 'it stays' "$(cat "$link")" mine

# --- refused ----------------------------------------------------------------
sed 's/"release": "[^"]*"/"release": "1a"/' "$MANIFEST" >m.json
tap_fails 'a release that is no number' "$SMPKG" build --manifest m.json \
	--format apk --arch x86_64 --root stage --root "$SM_TOP" --output x.apk
tap_like 'says so' "$ERR" "release: '1a' is no number"
tap_done
