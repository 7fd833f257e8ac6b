#!/bin/sh
# The tar.gz: unpacked by tar and bsdtar, compared with what went in.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc tar gzip python3

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
mkdir out again root bsd
tap_ok 'targz' pkg_build targz x86_64 out
gz=out/$PLUGIN-$V-x86_64.tar.gz
tap_is 'its name' "$(ls out)" "${gz#out/}"
tap_ok 'gzip takes it' gzip -t "$gz"
tap_ok 'tar unpacks it' tar -xzf "$gz" -C root
tap_same 'program' "root$DIR/bin/$PLUGIN" "stage/bin/$PLUGIN"
tap_is 'mode of the program' "$(stat -c %a "root$DIR/bin/$PLUGIN")" 755
tap_is 'version' "$(cat "root$DIR/VERSION")" "$V"
tap_is 'the link is in it' "$(readlink "root$LINK")" \
	"../sessionmanagerplugin/bin/$PLUGIN"
tap_same 'and leads there' "root$LINK" "stage/bin/$PLUGIN"
tap_ok 'inspect' "$SMPKG" inspect "$gz"
tap_like 'says what it is' "$OUT" ": targz, $PLUGIN $V for ELF\$"
tar -tvzf "$gz" | awk '{print $1, $2, $6}' >list
tap_is 'everything is of root' "$(cut -d' ' -f2 list | sort -u)" root/root
tap_unlike 'no folders of the system' list ' (usr|usr/local|usr/local/bin)/$'
tap_is 'one folder, one below it' "$(grep -c '^d' list)" 2
if tap_have bsdtar; then
	tap_ok 'bsdtar unpacks it' bsdtar -xzf "$gz" -C bsd
	tap_ok 'the same tree' diff -r "root$DIR" "bsd$DIR"
else
	tap_skip 'bsdtar unpacks it' 'no bsdtar'
fi
tap_is 'no name and no time' "$(head -c 10 "$gz" | od -An -tx1 | tr -d ' \n')" \
	1f8b0800000000000203
umask 077
tap_ok 'again' pkg_build targz x86_64 again
tap_same 'the same bytes' "$gz" "again/${gz#out/}"
umask 022

# --- our installer ----------------------------------------------------------
INST=$SM_BIN/session-manager-installer
if [ -x "$INST" ]; then
	"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc \
		>/dev/null
	"$SMPKG" key export --key key.asc --output key.pub
	"$SMPKG" build --manifest "$MANIFEST" --format apk --arch x86_64 \
		--root stage --root "$SM_TOP" --output one.apk >/dev/null
	cp "$gz" one.tar.gz
	"$SMPKG" sign --key key.asc one.tar.gz one.apk
	for one in one.tar.gz one.apk; do
		tap_ok "installer: verify $one" "$INST" verify "$one" \
			--key key.pub
		tap_like 'version' "$OUT" "$(echo "$V" | sed 's/\./\\./g')"
		head -c 20000 "$one" >"cut-$one"
		"$SMPKG" sign --key key.asc "cut-$one"
		tap_fails 'cut off, but signed' "$INST" verify "cut-$one" \
			--key key.pub
	done
else
	tap_skip 'installer: verify' 'no installer'
fi
(cd "$SM_TOP" && tar -czf "$T/foreign.tar.gz" LICENSE)
tap_ok "not the plugin's" "$SMPKG" inspect foreign.tar.gz
tap_like 'says so' "$OUT" "^foreign.tar.gz: gzip, not the plugin's\$"
tap_like 'and lists it' "$OUT" ' LICENSE$'
tap_fails 'the payload of it' "$SMPKG" inspect --payload foreign.tar.gz
tap_like 'there is none' "$ERR" 'archive does not hold the plugin'
head -c 3000 "$gz" >short.tar.gz
tap_fails 'cut off' "$SMPKG" inspect short.tar.gz

# --- refused ----------------------------------------------------------------
tap_status 'no such machine' 1 pkg_build targz sparc out
echo true >hook.sh
python3 - "$MANIFEST" <<'END' >scripts.json
import json, sys
m = json.load(open(sys.argv[1]))
m["scripts"] = {"postinstall": "hook.sh"}
json.dump(m, sys.stdout)
END
tap_fails 'scripts' "$SMPKG" build --manifest scripts.json --format targz \
	--arch x86_64 --root stage --root "$SM_TOP" --output x.tar.gz
tap_like 'says so' "$ERR" 'scripts.postinstall: a targz has no scripts'
tap_is 'nothing written' "$(ls x.tar.gz 2>/dev/null)" ''
tap_done
