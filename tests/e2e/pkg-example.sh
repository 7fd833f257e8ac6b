#!/bin/sh
# The example of docs/examples/greet: another program than the plugin in every
# format, installed, upgraded and removed by dpkg and rpm; and many files.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc gzip python3 dpkg dpkg-deb rpm bsdtar unzip

ex=$SM_TOP/docs/examples/greet
mkdir -p build/bin mac/bin
cc -static -s -O2 -o build/bin/greet "$ex/greet.c" ||
	tap_skip_all 'no static C library'
cp "$ex/greet-all" build/bin
gzip -9nc "$ex/greet.1" >build/greet.1.gz
cp build/bin/greet-all mac/bin
python3 "$SM_TOP/tests/lib/macho.py" mac/bin/greet x86_64

# greet FORMAT OUT [OPTION...]
greet()
{
	greet_format=$1
	greet_out=$2
	shift 2
	"$SMPKG" build --manifest "$ex/greet.json" --format "$greet_format" \
		--arch x86_64 --root build --root "$ex" --output "$greet_out" "$@"
}
for format in deb rpm apk targz zip; do
	tap_ok "$format" greet $format one.$format
done
tap_ok 'pkg' "$SMPKG" build --manifest "$ex/greet.json" --format pkg \
	--arch x86_64 --root mac --root build --root "$ex" --output one.pkg
tap_ok 'the manifest checks out' python3 -m json.tool "$ex/greet.json"

# --- unpacked ---------------------------------------------------------------
runs()
{
	tap_is "$1: runs" "$(GREET_CONF=$2/etc/greet.conf "$2/usr/bin/greet" you)" \
		'Hello, you'
	tap_is "$1: the link, too" "$(GREET_CONF=none "$2/usr/bin/hello")" \
		'Hello, world'
	tap_is "$1: the manual" "$(gzip -dc "$2/usr/share/man/man1/greet.1.gz" |
		sed -n 's/^\.Dt //p')" 'GREET 1'
}
for format in targz apk; do
	mkdir "root-$format"
	tap_ok "$format: unpacked" bsdtar -xf one.$format -C "root-$format"
	runs $format "root-$format"
done
mkdir root-zip
tap_ok 'zip: unpacked' unzip -q one.zip -d root-zip
runs zip root-zip
mkdir root-pkg
if tap_have 7z; then
	tap_ok 'pkg: 7z' 7z x -y -oroot-pkg one.pkg
	tap_ok 'pkg: payload' sh -c 'find root-pkg -name Payload | head -n 1 |
		xargs cat | (gzip -dc 2>/dev/null || cat) | bsdtar -tf -'
	tap_like 'pkg: program' "$OUT" '^./usr/local/bin/greet$'
else
	tap_skip 'pkg: 7z' 'no 7z'
fi

# --- dpkg -------------------------------------------------------------------
root=$T/dpkg
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" \
	"$root/var/lib/dpkg/triggers"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
in_root()
{
	dpkg --root="$root" --force-script-chrootless --force-not-root \
		--force-confold --log=/dev/null "$@"
}
sed 's/"release": "1"/"release": "2"/' "$ex/greet.json" >two.json
echo Ahoy >two.conf
sed 's/"greet.conf"/"two.conf"/' two.json >two.new && mv two.new two.json
next()
{
	"$SMPKG" build --manifest two.json --format "$1" --arch x86_64 \
		--root build --root "$ex" --root . --output "two.$1"
}
tap_ok 'the next deb' next deb
tap_ok 'the next rpm' next rpm
tap_ok 'dpkg -i' in_root -i one.deb
runs dpkg "$root"
echo Hi >"$root/etc/greet.conf"
tap_ok 'upgrade' in_root -i two.deb
tap_is 'the changed configuration stays' "$(cat "$root/etc/greet.conf")" Hi
tap_is 'the new one is beside it' "$(cat "$root/etc/greet.conf.dpkg-dist")" Ahoy
tap_ok 'dpkg -r' in_root -r greet
tap_is 'the program is gone' "$(ls "$root/usr/bin/greet" 2>/dev/null)" ''
tap_is 'the configuration is not' "$(cat "$root/etc/greet.conf")" Hi
tap_ok 'dpkg -P' in_root -P greet
tap_is 'nothing is left' "$(find "$root/usr" "$root/etc" -type f 2>/dev/null)" ''
if tap_have lintian; then
	tap_ok 'lintian is content' lintian --allow-root --tag-display-limit 0 \
		--fail-on error,warning --suppress-tags \
		statically-linked-binary,initial-upload-closes-no-bugs one.deb
else
	tap_skip 'lintian is content' 'no lintian'
fi

# --- rpm --------------------------------------------------------------------
rpm_tests()
{
	root=$T/rpm
	mkdir -p "$root/var/lib/rpm"
	in_rpm()
	{
		rpm --root="$root" --define '_dbpath /var/lib/rpm' --nosignature "$@"
	}
	tap_ok 'rpm -i' in_rpm --ignorearch -i one.rpm
	runs rpm "$root"
	tap_is 'its configuration file' "$(in_rpm -qc greet)" /etc/greet.conf
	in_rpm -qd greet >docs.list
	tap_like 'its manual is documentation' docs.list '/greet\.1\.gz$'
	tap_ok 'as it was' in_rpm -V greet
	echo Hi >"$root/etc/greet.conf"
	tap_ok 'upgrade' in_rpm --ignorearch -U two.rpm
	tap_is 'the changed configuration stays' "$(cat "$root/etc/greet.conf")" Hi
	tap_is 'the new one is beside it' "$(cat "$root/etc/greet.conf.rpmnew")" Ahoy
	tap_ok 'rpm -e' in_rpm -e greet
	tap_is 'the program is gone' "$(ls "$root/usr/bin/greet" 2>/dev/null)" ''
	tap_is 'the configuration was kept' "$(cat "$root/etc/greet.conf.rpmsave")" Hi
}
if [ "$(id -u)" -eq 0 ]; then
	rpm_tests
else
	tap_skip 'rpm --root' 'needs root for chroot'
fi

# --- a package of many files ------------------------------------------------
# More than one leaf of the bill of materials, which verify compares with the
# payload, entry by entry.
python3 - <<'END'
import json, os
files = [{"source": "bin/greet", "destination": "/usr/local/bin/greet", "mode": "0755"}]
for i in range(1500):
    name = "many/%d/%04d" % (i % 7, i)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "w").write("%d" % i)
    files.append({"source": name, "destination": "/usr/local/share/" + name})
json.dump({"schema": 1, "name": "many", "version": "1.0.0.0", "summary": "Many",
    "description": "Many files.", "license": "Apache-2.0",
    "url": "https://example.org/", "maintainer": "A <a@example.org>",
    "architectures": ["x86_64"], "files": files}, open("many.json", "w"))
END
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc --output key.pub
tap_ok 'pkg of 1,501 files' "$SMPKG" build --manifest many.json --format pkg \
	--arch x86_64 --root mac --root . --output many.pkg --key key.asc
tap_ok 'Bom and payload agree' "$SMPKG" verify --key key.pub many.pkg
sed 's|"many/3/0738"|"many/3/0745"|' many.json >other.json
"$SMPKG" build --manifest other.json --format pkg --arch x86_64 --root mac \
	--root . --output other.pkg >/dev/null
tap_status 'one file is another' 1 "$SMPKG" diff many.pkg other.pkg
tap_like 'in the payload' "$OUT" 'Payload/.*/many/3/0738: byte 1'
tap_like 'in the bill of materials' "$OUT" \
	"Bom/.*/many/3/0738: type: '3 bytes, checksum [0-9]*' and '3 bytes, checksum"

# --- read again -------------------------------------------------------------
# A package of another program is verified and listed like one of the plugin.
for format in deb rpm apk targz zip; do
	greet $format "one.$format" --key key.asc >/dev/null
	[ -e "one.$format.sig" ] || "$SMPKG" sign --key key.asc one.$format >/dev/null
	tap_ok "$format: verify" "$SMPKG" verify --key key.pub one.$format
	tap_ok "$format: inspect" "$SMPKG" inspect one.$format
	tap_like "$format: its program" "$OUT" \
		'^0755 0:0[^ ]* [0-9]+ [0-9]+ [0-9a-f]{16}  .*usr/bin/greet$'
	tap_like "$format: its link" "$OUT" 'usr/bin/hello -> greet$'
	head -c 700 one.$format >cut.$format
	tap_fails "$format: cut off" "$SMPKG" inspect cut.$format
done
echo 'any file' >any
"$SMPKG" sign --key key.asc any >/dev/null
tap_ok 'any signed file' "$SMPKG" verify --key key.pub any
echo more >>any
tap_status 'but not a changed one' 3 "$SMPKG" verify --key key.pub any

# --- refused ----------------------------------------------------------------
tap_fails 'a pkg of a program for Linux' greet pkg x.pkg
tap_is 'nothing written' "$(ls x.pkg 2>/dev/null)" ''
tap_done
