#!/bin/sh
# What an administrator meets: foreign things among the versions, many kept
# versions, damaged receipts, packages over the tree and away again, a strict
# umask, output that cannot be written, two installers at once.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"

make_bundle "$T/b1" 1.0.0.1
make_bundle "$T/b2" 1.0.0.2
I1=$T/b1/install
I2=$T/b2/install
D=$T/root/plugin
L=$T/root/bin/session-manager-plugin
V=$D/versions

fresh()
{
	rm -rf "$T/root"
	"$I1" -q -i "$D" -b "$L" && "$I2" -q -i "$D" -b "$L"
}

# --- what is not ours among the versions -------------------------------------
fresh
echo mine >"$V/9.9.9.9"
ln -s /etc "$V/9.9.9.8"
mkdir "$V/my notes" "$V/.hidden" && echo x >"$V/my notes/x"
tap_ok 'list' "$I2" list -i "$D" -b "$L"
tap_is 'names versions only' "$(cat "$OUT")" '1.0.0.1
1.0.0.2 (current)'
tap_status 'rollback to a file' 1 "$I2" rollback 9.9.9.9 -i "$D" -b "$L"
tap_ok 'nothing changed' whole "$D" "$L" 1.0.0.2
tap_status 'rollback to a link' 1 "$I2" rollback 9.9.9.8 -i "$D" -b "$L"
tap_ok 'nothing changed' whole "$D" "$L" 1.0.0.2
tap_status 'rollback to the installed one' 1 "$I2" rollback 1.0.0.2 -i "$D" -b "$L"
tap_like 'says so' "$ERR" "version '1.0.0.2' is the installed one"
tap_ok 'uninstall' "$I2" uninstall -i "$D" -b "$L"
tap_is 'what is not ours stays' "$(cd "$D" && find . | sort)" '.
./versions
./versions/.hidden
./versions/9.9.9.8
./versions/9.9.9.9
./versions/my notes
./versions/my notes/x'
tap_ok 'and what a link led to' test -e /etc/passwd

# --- many versions -----------------------------------------------------------
fresh
n=1
while [ $n -le 100 ]; do
	cp -a "$V/1.0.0.1" "$V/0.0.0.$n"
	n=$((n + 1))
done
tap_ok 'list of a hundred more' "$I2" list -i "$D" -b "$L"
tap_is 'has all' "$(wc -l <"$OUT" | tr -d ' ')" 102
tap_like 'knows the current one' "$OUT" '1\.0\.0\.2 \(current\)'
tap_ok 'install' "$I1" -i "$D" -b "$L" --keep 2
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
tap_is 'and trims to two' "$(find "$V" -mindepth 1 -maxdepth 1 | wc -l | tr -d ' ')" 2
tap_status '--keep 0' 2 "$I1" -i "$D" -b "$L" --keep 0
tap_status '--keep of nonsense' 2 "$I1" -i "$D" -b "$L" --keep many

# --- damage ------------------------------------------------------------------
fresh
echo '{' >"$V/1.0.0.2/receipt.json"
tap_status 'status with a damaged receipt' 1 "$I2" status -i "$D" -b "$L"
tap_like 'names it' "$ERR" "cannot use '$V/1.0.0.2/receipt.json'"
tap_ok 'rollback works' "$I2" rollback -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
rm "$V/1.0.0.2/bin/session-manager-plugin"
tap_status 'rollback to a version without its plugin' 1 "$I2" rollback -i "$D" -b "$L"
tap_like 'says what is missing' "$ERR" "cannot switch to '1.0.0.2': its file 'bin/session-manager-plugin' is missing"
tap_ok 'nothing changed' whole "$D" "$L" 1.0.0.1
tap_ok 'installing mends' "$I2" -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.2
rm "$D/NOTICE"
tap_status 'status without a link of the installation' 3 "$I2" status -i "$D" -b "$L"
tap_like 'names it' "$OUT" 'missing: *NOTICE'
tap_ok 'installing mends' "$I2" -i "$D" -b "$L"
tap_ok 'status' "$I2" status -i "$D" -b "$L"
rm "$D/current" && ln -s versions/nowhere "$D/current"
tap_status 'status with current leading nowhere' 1 "$I2" status -i "$D" -b "$L"
tap_ok 'installing mends' "$I2" -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.2

# A later step fails: what the old version had must stay reachable.
fresh
rm "$T/b1/NOTICE"
rm -f "$L"
chmod 555 "$T/root/bin"
as_user() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$T" && chmod -R a+rX "$T/b1" && chown -R 65534:65534 "$D"
	as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
fi
tap_status 'LINK cannot be made' 1 as_user "$I1" -i "$D" -b "$L"
tap_is 'the old version has its files' "$(cat "$D/NOTICE")" 'NOTICE of 1.0.0.2'
chmod 755 "$T/root/bin"
tap_ok 'a version with fewer files' "$I1" -i "$D" -b "$L"
tap_is 'has no links to the rest' "$(ls -d "$D/NOTICE" 2>/dev/null || echo gone)" gone
echo 'NOTICE of 1.0.0.1' >"$T/b1/NOTICE"

# --- a package over the tree, and away again ---------------------------------
if tap_have dpkg dpkg-deb && [ "$(id -u)" -eq 0 ]; then
	fresh
	mkdir -p "$T/deb$D" "$T/deb/DEBIAN" "$T/dpkg/updates" "$T/dpkg/info"
	: >"$T/dpkg/status"
	cp -a "$T/b1/." "$T/deb$D/" && rm "$T/deb$D/install"
	printf 'Package: session-manager-plugin\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.invalid>\nDescription: test\n' \
		>"$T/deb/DEBIAN/control"
	dpkg-deb -b "$T/deb" "$T/x.deb" >"$OUT" 2>&1
	tap_ok 'dpkg -i over the tree' dpkg --admindir="$T/dpkg" --log=/dev/null -i "$T/x.deb"
	tap_is "the package's plugin runs" "$("$L" --version)" 1.0.0.1
	tap_is 'the kept version is untouched' "$(cat "$V/1.0.0.2/VERSION")" 1.0.0.2
	tap_ok 'status' "$I2" status -i "$D" -b "$L"
	tap_like 'says whose it is' "$OUT" 'by another program'
	tap_ok 'dpkg -r' dpkg --admindir="$T/dpkg" --log=/dev/null -r session-manager-plugin
	tap_status 'status afterwards' 3 "$I2" status -i "$D" -b "$L"
	tap_like 'says what to do' "$ERR" 'installing again makes them'
	tap_ok 'installing again' "$I2" -i "$D" -b "$L"
	tap_ok 'is whole' whole "$D" "$L" 1.0.0.2
	dpkg --admindir="$T/dpkg" --log=/dev/null -i "$T/x.deb" >"$OUT" 2>&1
	dpkg --admindir="$T/dpkg" --log=/dev/null -r session-manager-plugin >"$OUT" 2>&1
	tap_ok 'uninstall after a package' "$I2" uninstall -i "$D" -b "$L"
	tap_is 'leaves nothing' "$(find "$T/root" -type f -o -type l)" ''
else
	tap_skip 'a package over the tree' 'needs dpkg and root'
fi

# --- LINK --------------------------------------------------------------------
rm -rf "$T/root" && mkdir "$T/root" && echo file >"$T/root/file"
tap_status "LINK's parent is a file" 1 "$I1" -i "$D" -b "$T/root/file/link"
tap_like 'one clear line' "$ERR" "^install: error: .*'$T/root/file"
tap_is 'nothing was made' "$(ls "$T/root")" file
ln -s "$T/nowhere" "$T/root/dangling"
tap_status "LINK's parent leads nowhere" 1 "$I1" -i "$D" -b "$T/root/dangling/link"
tap_is 'nothing was made' "$(find "$T/root" | wc -l | tr -d ' ')" 3
tap_ok "LINK's parents are missing" "$I1" -i "$D" -b "$T/root/a/b/c/link"
tap_ok 'is whole' whole "$D" "$T/root/a/b/c/link" 1.0.0.1

# --- a strict umask ----------------------------------------------------------
rm -rf "$T/root"
strict() { (umask 077 && "$I1" -i "$D" -b "$L"); }
tap_ok 'umask 077' strict
if [ "$(id -u)" -eq 0 ]; then
	tap_is 'everybody can use it' "$(find "$T/root" -type d ! -perm 755; find "$T/root" -type f ! -perm -444)" ''
else
	tap_skip 'everybody can use it' 'not root: the umask counts'
fi

# --- output ------------------------------------------------------------------
fresh
if [ -c /dev/full ]; then
	full() { "$@" >/dev/full; }
	for verb in "list -i $D" "status -i $D" history 'completion bash' -h --version; do
		# shellcheck disable=SC2086 # a verb and its word
		tap_status "$verb onto a full device" 1 full "$I2" $verb
	done
fi
closed() { "$@" >&-; }
tap_status 'list with a closed output' 1 closed "$I2" list -i "$D" -b "$L"
tap_like 'says so' "$ERR" 'cannot write the output'
rm -rf "$T/root"
nothing() { "$I1" -i "$D" -b "$L" <&- >&- 2>&-; }
tap_status 'install with all streams closed' 1 nothing
tap_ok 'is whole all the same' whole "$D" "$L" 1.0.0.1
tap_is 'no message went into a file' "$(grep -rlE 'Creating|success' "$V" | grep -v bin/ || echo none)" none
tap_ok 'quiet' "$I2" -q -i "$D" -b "$L"
tap_is 'prints nothing' "$(cat "$OUT" "$ERR")" ''

# --- dry run -----------------------------------------------------------------
fresh
find "$T/root" -printf '%p %l %i %T@\n' | sort >"$T/before"
for verb in '' rollback uninstall; do
	# shellcheck disable=SC2086 # none or one word
	tap_ok "dry run: ${verb:-install}" "$I1" $verb -i "$D" -b "$L" --dry-run
	find "$T/root" -printf '%p %l %i %T@\n' | sort >"$T/after"
	tap_same 'writes nothing' "$T/before" "$T/after"
done
rm -rf "$T/root"
tap_ok 'dry run of a fresh installation' "$I1" -i "$D" -b "$L" --dry-run
tap_like 'shows the switch' "$OUT" "link '$D/current' -> 'versions/1.0.0.1'   <- switch"
tap_is 'makes nothing' "$(ls -d "$T/root" 2>/dev/null || echo gone)" gone

# --- two at once -------------------------------------------------------------
fresh
(
	flock 9
	: >"$T/locked"
	sleep 20
) 9<"$D" &
tap_reap $!
tap_wait 5 test -e "$T/locked"
for verb in '' rollback uninstall; do
	# shellcheck disable=SC2086
	tap_status "while another works: ${verb:-install}" 1 "$I1" $verb -i "$D" -b "$L"
	tap_like 'says so' "$ERR" "cannot change '$D': another installer is at work there"
done
tap_ok 'nothing changed' whole "$D" "$L" 1.0.0.2

# --- JSON --------------------------------------------------------------------
if tap_have python3; then
	lines() { "$@" 2>"$ERR" | python3 -c 'import json, sys
for line in sys.stdin:
	print(json.loads(line)["type"])' >"$T/types"; }
	lines "$I2" list --json -i "$D" -b "$L"
	tap_is 'list as JSON' "$(uniq -c "$T/types" | tr -s ' ')" ' 2 version'
	lines "$I2" history --json -i "$D" -b "$L"
	tap_is 'history as JSON' "$(sort -u "$T/types")" release
	echo changed >"$V/1.0.0.2/LICENSE"
	lines "$I2" status --json -i "$D" -b "$L"
	tap_is 'status as JSON' "$(cat "$T/types")" 'file
status'
else
	tap_skip 'JSON' 'python3 is not installed'
fi
# --- doctor --------------------------------------------------------------------
HTTPS_PROXY=http://127.0.0.1:1
AWS_EC2_METADATA_DISABLED=true
export HTTPS_PROXY AWS_EC2_METADATA_DISABLED
PATH=$T/root/bin:/usr/bin:/bin
unset AWS_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR AWS_ENDPOINT_URL
tap_status 'doctor of a region that is none' 2 "$I1" doctor --region x/y
tap_status 'doctor finds an old plugin' 1 "$I1" doctor --region eu-west-1
tap_like 'by its version' "$OUT" 'fail  plugin-minimum +version 1\.0\.0\.2'
tap_like 'says what to do' "$OUT" '-> update it'
tap_like 'without network that is a warning' "$OUT" '^warn  endpoint-ssm .*ssm\.eu-west-1'
SSL_CERT_FILE=/dev/null "$I1" doctor >"$OUT" 2>"$ERR"
tap_like 'no root of AWS' "$OUT" '^fail  trusted-roots'
sed -i 's/echo 1.0.0.2/echo 999.0.0.0/' "$V/1.0.0.2/bin/session-manager-plugin"
tap_ok 'doctor with a good plugin' "$I1" doctor --json
tap_like 'as JSON' "$OUT" '^\{"type": "check", "name": "plugin-minimum", "grade": "pass"'

tap_done
