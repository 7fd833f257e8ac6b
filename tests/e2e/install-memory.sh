#!/bin/sh
# The installer's memory does not grow with the package: 16 MiB are enough for
# one of 100 MB, 24 where an xz dictionary of 8 MiB has to be kept. From a file
# of each format, and over HTTP. A dictionary above 64 MiB is refused.
. "$(dirname "$0")/../lib/tap.sh"

# sanitizers keep what was freed: the figures are of the native programs
BIN=${SM_BIN_NATIVE:-$SM_BIN}
INST=$BIN/session-manager-installer
SMPKG=$BIN/smpkg
MEASURE=${SM_TOOLS:-$SM_TOP/build/tests}/measure
PLUGIN=session-manager-plugin
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'written for x86_64'
[ -x "$MEASURE" ] || tap_skip_all 'tests/lib/measure.c is not built'
if grep -q __asan_init "$INST"; then
	tap_skip_all 'a program with sanitizers'
fi
tap_need ar python3 xz
TAP_LIMIT=120

# a plugin of 100 MB: a script, and a block that only xz sees again
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
mkdir -p stage/bin
head -c 1000000 /dev/urandom >block
{
	printf '#!/bin/sh\n[ "${1-}" = --version ] && echo 9.0.0.1\nexit 0\n'
	i=0
	while [ $i -lt 100 ]; do
		cat block
		i=$((i + 1))
	done
} >stage/bin/$PLUGIN
chmod 755 stage/bin/$PLUGIN
cp "$INST" stage/bin/
printf 9.0.0.1 >stage/VERSION
"$SMPKG" key generate --type ed25519 --name 'A <a@example.invalid>' \
	-o a.sec >/dev/null
"$SMPKG" key export -k a.sec -o a.pub

# peak NAME LIMIT-IN-KIB FROM: install from there under measure
peak()
{
	rm -rf dir link
	tap_ok "$1: installed" "$MEASURE" run 1 "$INST" install -i "$T/dir" \
		-b "$T/link" --from "$3" --key "$T/a.pub" --format "${4:-deb}"
	kib=$(sed -n 's/^peak_kib //p' "$OUT")
	if [ "${kib:-999999}" -le "$2" ]; then
		tap_pass "$1: in $2 KiB"
	else
		tap_fail "$1: in $2 KiB" "took $kib KiB"
	fi
	tap_same "$1: the plugin, whole" "dir/bin/$PLUGIN" stage/bin/$PLUGIN
}

for format in rpm bundle run; do
	tap_ok "$format of 100 MB" "$SMPKG" build --format $format \
		-m "$SM_TOP/pkg/session-manager-plugin.json" --arch x86_64 \
		-r stage -r "$SM_TOP" --set-version 9.0.0.1 -k a.sec \
		-o "$PLUGIN.$format"
	peak $format 16384 "$PLUGIN.$format"
	[ $format = rpm ] || rm "$PLUGIN.$format"
done

# over HTTP, from the official layout
mkdir -p web/9.0.0.1/linux_64bit web/latest
mv $PLUGIN.rpm $PLUGIN.rpm.sig web/9.0.0.1/linux_64bit
printf 9.0.0.1 >web/latest/VERSION
cat >server.py <<'END'
import functools, http.server, os
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(
    http.server.SimpleHTTPRequestHandler, directory="web"))
open("port.new", "w").write(str(s.server_address[1]))
os.rename("port.new", "port")
s.serve_forever()
END
python3 server.py >server.log 2>&1 &
tap_reap $!
tap_wait 20 test -s port
peak HTTP 16384 "http://127.0.0.1:$(cat port)" rpm

# debs of one xz stream, as dpkg-deb writes them
R=tree/usr/local/sessionmanagerplugin
mkdir -p $R/bin control
ln stage/bin/$PLUGIN $R/bin/
cp stage/VERSION $R/
tar -C tree -cf data.tar --owner 0 --group 0 usr
printf '%s\n' "Package: $PLUGIN" 'Version: 9.0.0.1-1' 'Architecture: amd64' \
	'Maintainer: A <a@example.invalid>' 'Description: x' >control/control
tar -C control -cJf control.tar.xz control
printf '2.0\n' >debian-binary
# deb DICTIONARY: makes x.deb, signed
deb()
{
	xz -kf --lzma2="preset=0,dict=$1,mf=hc3" data.tar &&
		rm -f x.deb &&
		ar rc x.deb debian-binary control.tar.xz data.tar.xz &&
		"$SMPKG" sign -k a.sec x.deb
}
tap_ok 'a deb with a dictionary of 8 MiB' deb 8MiB
peak 'dictionary of 8 MiB' 24576 x.deb
tap_ok 'a deb with a larger dictionary' deb 96MiB
rm -rf dir link
tap_status 'is refused' 1 "$MEASURE" run 1 "$INST" install -i "$T/dir" \
	-b "$T/link" --from x.deb --key "$T/a.pub"
tap_like 'says why' "$ERR" 'asks for a dictionary of 96 MiB'
tap_is 'nothing is left' "$(ls -d dir link 2>/dev/null)" ''
tap_done
