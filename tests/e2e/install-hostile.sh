#!/bin/sh
# What a server and a package could do: stall, lie about length, lead away from
# TLS; names that lead out, links, devices, set-id bits, bombs, all of it well
# signed. Each: one clear line, the right status, nothing changed.
. "$(dirname "$0")/../lib/tap.sh"
tap_need cc python3 openssl

INST=$SM_BIN/session-manager-installer
SMPKG=$SM_BIN/smpkg
PKG=session-manager-plugin
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'
M=$T/mirror
D=$T/root/plugin
L=$T/root/bin/$PKG
TMPDIR=$T/tmp
export TMPDIR
mkdir "$TMPDIR"

# --- a mirror with two versions ----------------------------------------------
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
"$SMPKG" key generate --type ed25519 --name 'A <a@example.invalid>' \
	-o "$T/a.sec" >"$OUT" 2>&1
"$SMPKG" key export -k "$T/a.sec" -o "$T/a.pub"
for v in 1 2; do
	mkdir -p "$T/bin$v/bin"
	printf '9.0.0.%s' "$v" >"$T/bin$v/VERSION"
	cat >"$T/plugin.c" <<END
#include <stdio.h>
#include <string.h>
int main(int c, char **v) {
	puts(c > 1 && !strcmp(v[1], "--version") ? "9.0.0.$v" : "installed");
	return 0; }
END
	cc -O1 -o "$T/bin$v/bin/$PKG" "$T/plugin.c" || exit 1
	cp "$INST" "$T/bin$v/bin/session-manager-installer"
	tap_ok "layout of version 9.0.0.$v" "$SMPKG" layout \
		-m "$SM_TOP/pkg/session-manager-plugin.json" \
		-t "linux-x86_64=$T/bin$v" -r "$T/bin$v" -r "$SM_TOP" -o "$M" \
		-k "$T/a.sec" --set-version "9.0.0.$v"
done
unset SOURCE_DATE_EPOCH
at() { at_verb=$1; shift; "$INST" "$at_verb" --key "$T/a.pub" -i "$D" -b "$L" "$@"; }
tap_ok 'the good version first' at install 9.0.0.1 --from "$M"
find "$T/root" -printf '%p %l %i %T@\n' | sort >"$T/before"

# unchanged: what was installed is untouched, and nothing lies about
unchanged()
{
	find "$T/root" -printf '%p %l %i %T@\n' | sort >"$T/after"
	cmp -s "$T/before" "$T/after" && [ -z "$(ls -A "$TMPDIR")" ] &&
		[ ! -e "$T/evil" ] && [ ! -e /tmp/evil ] && [ ! -e /etc/evil ]
}

# refused NAME STATUS PATTERN COMMAND...
refused()
{
	refused_name=$1
	refused_status=$2
	refused_text=$3
	shift 3
	tap_status "$refused_name" "$refused_status" "$@"
	tap_like 'one clear line' "$ERR" "^install: error: .*$refused_text"
	tap_is 'is one line' "$(grep -c . "$ERR")" 1
	tap_ok 'nothing changed' unchanged
}

# --- packages ----------------------------------------------------------------
# evil FORMAT GOOD WAY STATUS PATTERN
evil()
{
	python3 "$SM_TOP/tests/lib/evil.py" "$3" "$2" "$T/x.$1" &&
		rm -f "$T/x.$1.sig" &&
		"$SMPKG" sign -k "$T/a.sec" "$T/x.$1" >"$OUT" 2>&1
	refused "$1: $3" "$4" "$5" at install --from "$T/x.$1"
}
ZIP=$M/9.0.0.2/linux_64bit/sessionmanager-bundle.zip
DEB=$M/9.0.0.2/ubuntu_64bit/$PKG.deb
python3 "$SM_TOP/tests/lib/evil.py" none "$ZIP" "$T/x.zip" &&
	"$SMPKG" sign -k "$T/a.sec" "$T/x.zip" >"$OUT" 2>&1
tap_ok 'zip: nothing evil' at install --from "$T/x.zip" --dry-run
python3 "$SM_TOP/tests/lib/evil.py" none "$DEB" "$T/x.deb" &&
	"$SMPKG" sign -k "$T/a.sec" "$T/x.deb" >"$OUT" 2>&1
tap_ok 'deb: nothing evil' at install --from "$T/x.deb" --dry-run
for kind in zip deb; do
	[ $kind = zip ] && good=$ZIP || good=$DEB
	evil $kind "$good" dotdot 3 "'\.\.'|leads out|name"
	evil $kind "$good" absolute 3 "absolute|'/tmp/evil'"
	evil $kind "$good" link 3 'link'
	evil $kind "$good" device 3 'neither|device|not a'
	evil $kind "$good" twice 3 'comes twice'
done
evil zip "$ZIP" bomb 1 'unpacks to more than'
evil deb "$DEB" hardlink 3 'is a hard link'

# Set-id bits are no reason to refuse, but never come out.
for kind in zip deb; do
	[ $kind = zip ] && good=$ZIP || good=$DEB
	cp -a "$T/root" "$T/kept"
	python3 "$SM_TOP/tests/lib/evil.py" setid "$good" "$T/x.$kind" &&
		rm -f "$T/x.$kind.sig" &&
		"$SMPKG" sign -k "$T/a.sec" "$T/x.$kind" >"$OUT" 2>&1
	tap_ok "$kind: set-id bits" at install --from "$T/x.$kind"
	tap_is 'are dropped' "$(find "$T/root" -perm /7000)" ''
	tap_is 'of the new version' "$("$L" --version)" 9.0.0.2
	rm -rf "$T/root" && mv "$T/kept" "$T/root"
done
find "$T/root" -printf '%p %l %i %T@\n' | sort >"$T/before"

# --- servers -----------------------------------------------------------------
echo '* plain' >"$T/modes"
python3 "$SM_TOP/tests/lib/badhttp.py" "$T/port" "$T/log" "$T/modes" "$M" \
	>"$T/server.log" 2>&1 &
tap_reap $!
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout "$T/tls.key" -out "$T/tls.pem" -days 2 -subj '/CN=x' \
	-addext 'subjectAltName=IP:127.0.0.1' 2>"$ERR"
python3 "$SM_TOP/tests/lib/badhttp.py" "$T/tlsport" "$T/log" "$T/modes" "$M" \
	"$T/tls.pem" "$T/tls.key" >"$T/tls.log" 2>&1 &
tap_reap $!
tap_wait 30 test -s "$T/port" -a -s "$T/tlsport" || exit 1
URL=http://127.0.0.1:$(cat "$T/port")
TLS=https://127.0.0.1:$(cat "$T/tlsport")
AWS_CA_BUNDLE=$T/tls.pem
export AWS_CA_BUNDLE
deb() { at update --format deb --from "$@"; }

# served NAME MODES STATUS PATTERN [URL]
served()
{
	printf '%s\n' "$2" >"$T/modes"
	refused "$1" "$3" "$4" deb "${5:-$URL}"
}
served 'less than the length says' '.deb short' 1 "$URL/9\.0\.0\.2/.*(bytes|closed|transfer)"
served 'a length that is too large' '.deb size=99999999999' 1 "$URL/9\.0\.0\.2/"
served 'no end' '.deb endless' 1 "$URL/9\.0\.0\.2/.*(large|limit|more than)"
served 'an endless signature' '.sig endless' 1 'more than 65536 bytes'
served 'an endless VERSION' 'VERSION endless' 1 'more than 256 bytes'
served 'less than a length, of the signature' '.sig short' 1 '\.sig'
served 'a signature cut by a wrong length' '.deb.sig size=40' 3 'cannot trust'
served 'a package cut by a wrong length' '.deb.sig plain
.deb size=4000' 3 'cannot trust'
served 'the server is ill' 'VERSION 500' 1 'status 500'
served 'redirects without end' "VERSION 302=$URL" 1 'redirect'
served 'from https to http' "* 302=$URL" 1 '[Pp]rotocol|http' "$TLS"
served 'to a file' "* 302=file://$M" 1 '[Pp]rotocol|file'
served 'a portal instead of VERSION' "VERSION 302=$URL/9.0.0.1/linux_64bit" 1 'VERSION'
printf '<html>log in</html>' >"$M/portal"
served 'a page of a portal' "channel 404
/latest/ 302=$URL/portal?" 1 'VERSION'
AWS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
served 'a certificate of nobody' '* plain' 3 'certificate' "$TLS"
AWS_CA_BUNDLE=$T/tls.pem

# Interrupted while the server is silent: the program ends, nothing is left.
echo '.deb stall' >"$T/modes"
asked() { grep -q 'deb HTTP' "$T/log"; }
for signal in INT.130 TERM.143 HUP.129; do
	: >"$T/log"
	# a shell without job control has its children ignore INT
	env --default-signal=INT "$INST" update --key "$T/a.pub" -i "$D" -b "$L" \
		--format deb --from "$URL" >"$OUT" 2>"$ERR" </dev/null &
	pid=$!
	tap_reap $pid
	tap_wait 30 asked
	kill -"${signal%.*}" $pid
	wait $pid
	tap_is "interrupted by ${signal%.*}" $? "${signal#*.}"
	tap_ok 'nothing changed' unchanged
done
echo '* plain' >"$T/modes"
tap_ok 'from an honest server' deb "$TLS"
tap_is 'it is the new one' "$("$L" --version)" 9.0.0.2
tap_done
