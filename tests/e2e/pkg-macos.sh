#!/bin/sh
# macOS packages, judged by 7z, bsdtar, cpio, openssl, xmllint and readers
# written for this test; then every way to spoil one.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need python3 openssl cksum gzip
# shellcheck source=tests/lib/developer-id.sh
. "$SM_TOP/tests/lib/developer-id.sh"

LIB=$SM_TOP/tests/lib
PLUGIN=session-manager-plugin
TEAM=ABCDE12345
NAME="Developer ID Installer: Example ($TEAM)"

mkdir -p x86_64/bin arm64/bin universal/bin out
for machine in x86_64 arm64; do
	python3 "$LIB/macho.py" $machine/bin/$PLUGIN $machine || exit 1
done

# build_pkg ROOT ARCH OUT [OPTION...]
build_pkg()
{
	build_root=$1
	build_arch=$2
	build_out=$3
	shift 3
	"$SMPKG" build --manifest "$MANIFEST" --format pkg \
		--arch "$build_arch" --root "$build_root" --root "$SM_TOP" \
		--output "$build_out" "$@"
}

# --- what is made -----------------------------------------------------------
tap_ok 'universal program' "$SMPKG" universal --output universal/bin/$PLUGIN \
	x86_64/bin/$PLUGIN arm64/bin/$PLUGIN
if tap_have file; then
	tap_ok 'file looks at it' file universal/bin/$PLUGIN
	tap_like 'two architectures' "$OUT" 'universal binary with 2 architectures'
else
	tap_skip 'file looks at it' 'no file'
	tap_skip 'two architectures' 'no file'
fi
tap_ok 'pkg for x86_64' build_pkg x86_64 x86_64 out
tap_ok 'pkg for arm64' build_pkg arm64 aarch64 out
tap_ok 'universal pkg' build_pkg universal universal out
tap_is 'their names' "$(cd out && echo ./*)" \
	"./$PLUGIN-$V-arm64.pkg ./$PLUGIN-$V-universal.pkg ./$PLUGIN-$V-x86_64.pkg"
tap_ok 'for old readers' build_pkg arm64 aarch64 sha1.pkg --toc sha1
pkg=$T/out/$PLUGIN-$V-arm64.pkg

# --- containers -------------------------------------------------------------
tap_is 'header: magic, 28 bytes, version 1' \
	"$(od -An -tx1 -N8 "$pkg" | tr -d ' \n')" 78617221001c0001
for f in "$pkg" "$T/sha1.pkg" "$T/out/$PLUGIN-$V-universal.pkg"; do
	tap_have 7z || {
		tap_skip "7z tests $(basename "$f")" 'no 7z'
		continue
	}
	tap_ok "7z tests $(basename "$f")" 7z t "$f"
	tap_unlike 'no warning' "$OUT" 'WARN|ERROR'
done
mkdir x
if tap_have bsdtar; then
	tap_ok 'bsdtar unpacks the SHA-1 one' bsdtar -xf sha1.pkg -C x
else
	tap_ok '7z unpacks it' 7z x -ox sha1.pkg
fi
C=x/$PLUGIN.pkg
tap_is 'files' "$(cd x && find . -type f | LC_ALL=C sort | tr '\n' ' ')" \
	"./Distribution ./$PLUGIN.pkg/Bom ./$PLUGIN.pkg/PackageInfo ./$PLUGIN.pkg/Payload ./$PLUGIN.pkg/Scripts "
if tap_have xmllint; then
	tap_ok 'both texts are XML' xmllint --noout x/Distribution $C/PackageInfo
else
	tap_skip 'both texts are XML' 'no xmllint'
fi
tap_like 'identifier of the official package' $C/PackageInfo \
	'identifier="session-manager-plugin"'
tap_like 'goes to the root' $C/PackageInfo 'install-location="/"'
tap_like 'postinstall is named' $C/PackageInfo '<postinstall file="./postinstall"/>'
tap_like 'arm64 without Rosetta' x/Distribution 'hostArchitectures="arm64"'
tap_like 'macOS of the program' x/Distribution '<os-version min="12.3"/>'
tap_like 'component' x/Distribution "#$PLUGIN.pkg</pkg-ref>"

# --- payload and bill of materials ------------------------------------------
mkdir root scripts
gzip -dc $C/Payload >payload.cpio
tap_is 'cpio is octal' "$(head -c 6 payload.cpio)" 070707
if tap_have cpio; then
	tap_ok 'cpio unpacks' sh -c 'cd root && cpio -idm --quiet <../payload.cpio'
	tap_ok 'cpio unpacks scripts' \
		sh -c "gzip -dc $C/Scripts | (cd scripts && cpio -idm --quiet)"
else
	tap_ok 'bsdtar unpacks' bsdtar -xf payload.cpio -C root
	tap_ok 'bsdtar unpacks scripts' bsdtar -xf $C/Scripts -C scripts
fi
tap_same 'program unchanged' "root$DIR/bin/$PLUGIN" arm64/bin/$PLUGIN
tap_is 'VERSION' "$(cat "root$DIR/VERSION")" "$V"
tap_is 'nothing but the tree' "$(cd root && echo usr/* usr/local/*)" \
	'usr/local usr/local/sessionmanagerplugin'

# path, mode, time, size, checksum of what cpio made, as bom.py prints them
tree_of()
{
	(cd "$1" && find . | LC_ALL=C sort | while read -r path; do
		size=0 sum=0
		if [ -f "$path" ]; then
			sum=$(cksum <"$path")
			size=${sum#* }
			sum=${sum% *}
		fi
		printf '%s %x 0/0 %s %s %s\n' "$path" \
			"0x$(stat -c %f "$path")" "$SOURCE_DATE_EPOCH" \
			"$size" "$sum"
	done)
}
tap_ok 'Bom is read' python3 "$LIB/bom.py" $C/Bom
sed 's/ [0-9a-f]\{8\}:.*//' "$OUT" | LC_ALL=C sort |
	python3 -c 'import sys
for line in sys.stdin:
    w = line.split()
    w[1] = "%x" % int(w[1], 8)
    print(*w)' >bom.list
tree_of root | LC_ALL=C sort >tree.list
tap_same 'Bom and Payload agree' bom.list tree.list
tap_like 'slice of the program' "$OUT" "bin/$PLUGIN .* 0100000c:[0-9]+:"
tap_is 'count of files' \
	"$(sed -n 's/.*numberOfFiles="\([0-9]*\)".*/\1/p' $C/PackageInfo)" \
	"$(wc -l <tree.list)"
tap_is 'size installed' \
	"$(sed -n 's/.*installKBytes="\([0-9]*\)".*/\1/p' $C/PackageInfo)" \
	"$(($(awk '{ s += $5 } END { print s + 1023 }' tree.list) / 1024))"
if tap_have 7z; then
	7z x -ou "out/$PLUGIN-$V-universal.pkg" >/dev/null
	tap_ok 'Bom of the universal one' python3 "$LIB/bom.py" \
		u/$PLUGIN.pkg/Bom
	tap_like 'two slices' "$OUT" \
		"bin/$PLUGIN .* 01000007:[0-9]+:.* 0100000c:"
else
	tap_skip 'Bom of the universal one' 'no 7z'
fi

# --- the script -------------------------------------------------------------
post=$T/scripts/postinstall
tap_is 'executable' "$(stat -c %a "$post")" 755
if tap_have shellcheck; then
	tap_ok 'shellcheck is content' shellcheck "$post"
else
	tap_skip 'shellcheck is content' 'no shellcheck'
fi
volume="$T/a volume"
link=$volume$LINK
mkdir "$volume" && cp -R root/usr "$volume/usr"
install_on()
{
	sh "$post" "$pkg" / "$volume" /
}
tap_ok 'link is made, with its folder' install_on
tap_is 'its text' "$(readlink "$link")" "$DIR/bin/$PLUGIN"
tap_ok 'again' install_on
tap_is 'the same' "$(readlink "$link")" "$DIR/bin/$PLUGIN"
ln -sfn /nowhere "$link"
tap_ok 'over a dangling link' install_on
tap_is 'replaced' "$(readlink "$link")" "$DIR/bin/$PLUGIN"
ln -sfn "../sessionmanagerplugin/bin/$PLUGIN" "$link"
tap_ok "over somebody's link to the program" install_on
tap_is 'left' "$(readlink "$link")" "../sessionmanagerplugin/bin/$PLUGIN"
rm "$link" && echo mine >"$link"
tap_ok 'over a real file' install_on
tap_like 'warning' "$ERR" 'is not a link, left as it is'
tap_is 'file left' "$(cat "$link")" mine
rm "$link" && rmdir "$volume/usr/local/bin" && : >"$volume/usr/local/bin"
tap_ok 'no folder for the link' install_on
tap_like 'warning' "$ERR" 'cannot make the link'

# --- signatures -------------------------------------------------------------
chain_root root && chain_root other &&
	chain_cert authority root authority 20 '/CN=Developer ID CA' &&
	chain_cert leaf authority leaf 10 "/UID=$TEAM/CN=$NAME/OU=$TEAM/O=Example" &&
	chain_cert plain authority plain 10 "/CN=Plain/OU=$TEAM" &&
	chain_cert strange authority strange 10 "/CN=Strange/OU=$TEAM" &&
	chain_cert expired authority leaf 0 "/CN=Expired/OU=$TEAM"
for leaf in leaf plain strange expired; do
	cat $leaf.pem authority.pem root.pem >$leaf.chain
done
sign()
{
	build_pkg arm64 aarch64 "$1.pkg" --cert "$2.chain" \
		--cert-key "$2.key" "$3" "$4"
}
tap_ok 'signed' sign signed leaf --toc sha256
tap_ok 'signed, SHA-1' sign signed1 leaf --toc sha1
tap_have 7z && tap_ok '7z tests the signed one' 7z t signed.pkg
tap_have bsdtar && tap_ok 'bsdtar lists the SHA-1 one' bsdtar -tf signed1.pkg
for pair in signed:sha256 signed1:sha1; do
	f=${pair%:*}
	alg=${pair#*:}
	mkdir "$f"
	tap_ok "$alg: taken apart" python3 "$LIB/xartoc.py" "$f.pkg" "$f"
	tap_like 'digest, files' "$OUT" "^$alg [0-9]+ 6\$"
	tap_same 'digest of the table' "$f/digest" "$f/stored"
	openssl x509 -inform DER -in "$f/leaf.der" -pubkey -noout >"$f/pub.pem"
	tap_ok "$alg: openssl verifies RSA" openssl pkeyutl -verify -pubin \
		-inkey "$f/pub.pem" -in "$f/digest" -sigfile "$f/rsa.sig" \
		-pkeyopt "digest:$alg"
	tap_ok "$alg: openssl verifies CMS" openssl cms -verify -binary \
		-inform DER -in "$f/cms.der" -content "$f/digest" \
		-CAfile root.pem -purpose any -ignore_critical -out "$f/same"
	tap_same 'over the digest' "$f/same" "$f/digest"
	tap_ok "$alg: smpkg verifies" "$SMPKG" verify --roots root.pem \
		--team $TEAM "$f.pkg"
	tap_like 'names the signer' "$OUT" "good signature inside by Developer ID"
done
tap_ok 'openssl prints the CMS' openssl cms -cmsout -print -inform DER \
	-in signed/cms.der
tap_like 'fixed time of signing' "$OUT" 'UTCTIME:Jan  1 00:00:00 2026'

# the same bytes, from another folder, later, with another umask
mkdir elsewhere && cp -R arm64 elsewhere/bin.d &&
	touch -d '2031-01-01' elsewhere/bin.d/bin/*
again()
{
	umask 077
	TZ=Asia/Tokyo build_pkg elsewhere/bin.d aarch64 "$@"
	status=$?
	umask 022
	return "$status"
}
tap_ok 'built again' again again.pkg
tap_same 'unsigned: same bytes' again.pkg "$pkg"
tap_ok 'signed again' again again2.pkg --cert leaf.chain --cert-key leaf.key
tap_same 'signed: same bytes' again2.pkg signed.pkg
cat leaf.chain leaf.key >both.pem
tap_ok 'key in the same file' build_pkg arm64 aarch64 both.pkg --cert both.pem
tap_same 'same signature' both.pkg signed.pkg

# both kinds of signature
"$SMPKG" key generate --name 'Test <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc >key.pub
tap_ok 'detached, too' "$SMPKG" sign --key key.asc signed.pkg
tap_ok 'both are good' "$SMPKG" verify --key key.pub --roots root.pem signed.pkg
tap_is 'both are told' "$(grep -c 'good' "$OUT")" 2
tap_ok 'inspect' "$SMPKG" inspect signed.pkg
tap_like 'its facts' "$OUT" "pkg, session-manager-plugin $V"
tap_like 'its program' "$OUT" \
	"^0755 0:0 [0-9]+ [0-9]+ [0-9a-f]{16}  .*Payload/.*/bin/$PLUGIN\$"
tap_like 'its description' "$OUT" '^        \| .*pkg-info'
tap_ok 'inspect: the payload' "$SMPKG" inspect --payload signed.pkg
tap_like 'its program alone' "$OUT" "^0755 .* bin/$PLUGIN\$"

# --- refused ----------------------------------------------------------------
refused()
{
	refused_name=$1
	refused_why=$2
	shift 2
	tap_status "$refused_name" 3 "$SMPKG" verify "$@"
	tap_like "$refused_name: why" "$ERR" "$refused_why"
}
refused 'not signed' 'is not signed' --roots root.pem "$pkg"
refused 'another root' 'refused' --roots other.pem signed.pkg
refused 'another team' "not 'ZZZZZ99999'" --roots root.pem --team ZZZZZ99999 \
	signed.pkg
refused 'no detached signature' 'has no signature' signed1.pkg
tap_ok 'sign with a plain certificate' sign plain plain --toc sha256
refused 'another purpose' 'may not sign this' --roots root.pem plain.pkg
tap_ok 'unless told so' "$SMPKG" verify --roots root.pem --any-purpose plain.pkg
tap_ok 'sign with a strange certificate' sign strange strange --toc sha256
refused 'unknown critical extension' 'unhandled critical extension' \
	--roots root.pem strange.pkg
sleep 1
tap_ok 'sign with an expired certificate' sign expired expired --toc sha256
refused 'expired' 'expired' --roots root.pem expired.pkg

# spoil NAME OFFSET: change one byte; negative counts from the end
spoil()
{
	python3 - signed.pkg "$1.pkg" "$2" <<'E'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[3])] ^= 1
open(sys.argv[2], "wb").write(data)
E
}
head -c -1 signed.pkg >short.pkg
refused 'truncated' 'cut off' --roots root.pem short.pkg
head -c 2000 signed.pkg >shorter.pkg
refused 'truncated in the table' 'xar|cut' --roots root.pem shorter.pkg
cat signed.pkg key.pub >longer.pkg
refused 'something behind it' 'bytes behind it' --roots root.pem longer.pkg
{
	cat signed.pkg
	printf 't8lr\001\000\001\000\000\000\000\000\000\000\000\000'
	printf 'TICKET'
	printf 't8lr\001\000\002\000\006\000\000\000\000\000\000\000'
} >stapled.pkg
tap_ok 'a stapled ticket may follow' "$SMPKG" verify --roots root.pem \
	stapled.pkg
{
	cat stapled.pkg
	echo
} >behind.pkg
refused 'nothing behind the ticket' 'bytes behind it' --roots root.pem behind.pkg
spoil contents -5
refused 'contents' 'checksum' --roots root.pem contents.pkg

# every byte counts: header, table, digest, RSA, room, contents. A CMS has
# fields that nothing covers (its version, its list of digests, a copy of the
# root): a change there may pass, a crash may not.
cat >flip.py <<'E'
import subprocess
import sys
smpkg, step = sys.argv[1], int(sys.argv[2])
data = open("signed.pkg", "rb").read()
head = list(range(28)) + list(range(28, len(data), step)) + [len(data) - 1]
cms = open("signed/cms.der", "rb").read().rstrip(b"\0")
start = data.find(cms)
assert start > 0
bad = []
for at in head:
    changed = bytearray(data)
    changed[at] ^= 1 << at % 8
    open("flipped.pkg", "wb").write(changed)
    run = subprocess.run([smpkg, "verify", "--roots", "root.pem",
                          "flipped.pkg"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, timeout=30, check=False)
    lines = run.stderr.decode().count("\n")
    if start <= at < start + len(cms) and run.returncode == 0:
        continue
    if run.returncode != 3 or lines != 1:
        bad.append((at, run.returncode))
print(len(head), bad)
sys.exit(1 if bad else 0)
E
tap_ok 'every changed byte is found' python3 flip.py "$SMPKG" \
	$(($(stat -c %s signed.pkg) / 120))
tap_is 'enough of them' \
	"$([ "$(cut -d' ' -f1 "$OUT")" -gt 140 ] && echo yes)" yes

# parts that do not agree, each with right checksums
cat >parts.py <<'E'
"""parts.py IN OUT PART OLD NEW: a part changed, every digest made right."""
import gzip
import hashlib
import re
import struct
import sys
import zlib
data = open(sys.argv[1], "rb").read()
part, old, new = sys.argv[3:]
packed, plain = struct.unpack(">QQ", data[8:24])
toc = zlib.decompress(data[28:28 + packed]).decode()
heap = data[28 + packed:]
out, at = [], 32


def change(m):
    global at
    text, name = m.group(0), re.search("<name>(.*?)</name>", m.group(0))
    length, offset = (int(re.search("<%s>(.*?)<" % k, text).group(1))
                      for k in ("length", "offset"))
    stored = heap[offset:offset + length]
    squeezed = "x-gzip" in text
    content = zlib.decompress(stored) if squeezed else stored
    if name.group(1) == part:
        raw = gzip.decompress(content) if part == "Payload" else content
        assert old.encode().decode("unicode_escape").encode("latin1") in raw
        raw = raw.replace(old.encode().decode("unicode_escape").encode(
            "latin1"), new.encode().decode("unicode_escape").encode("latin1"),
            1)
        content = gzip.compress(raw) if part == "Payload" else raw
        stored = zlib.compress(content) if squeezed else content
    for k, v in (("length", len(stored)), ("offset", at),
                 ("size", len(content))):
        text = re.sub("<%s>.*?<" % k, "<%s>%d<" % (k, v), text)
    for k, v in (("archived", stored), ("extracted", content)):
        text = re.sub('(<%s-checksum style="sha256">).*?<' % k,
                      r"\g<1>%s<" % hashlib.sha256(v).hexdigest(), text)
    out.append(stored)
    at += len(stored)
    return text


toc = re.sub("<name>[^<]*</name>\n<type>file.*?</data>", change, toc,
             flags=re.S).encode()
z = zlib.compress(toc)
open(sys.argv[2], "wb").write(
    data[:8] + struct.pack(">QQ", len(z), len(toc)) + data[24:28] + z +
    hashlib.sha256(z).digest() + b"".join(out))
E
# differs NAME PART OLD NEW WHY; signed beside, so that only the parts differ
differs()
{
	python3 parts.py "$pkg" parts.pkg "$2" "$3" "$4" || return 1
	"$SMPKG" sign --key key.asc parts.pkg >/dev/null
	refused "$1" "$5" --key key.pub parts.pkg
}
python3 parts.py "$pkg" parts.pkg Payload 070707 070707 &&
	"$SMPKG" sign --key key.asc parts.pkg >/dev/null
tap_ok 'taken apart and put together' "$SMPKG" verify --key key.pub parts.pkg
differs 'mode' Payload 100755 104755 'differ in mode'
differs 'owner' Payload '100755000000' '100755000001' 'differ in owner'
differs 'contents' Payload 'arm64 code' 'ARM64 code' 'differ in checksum'
differs 'name' Payload './usr/local/sessionmanagerplugin/VERSION' \
	'./usr/local/sessionmanagerplugin/VERSIOM' 'is not in the Bom'
differs 'Bom' Bom 'LICENSE\0' 'LICENCE\0' 'is not in the Bom'
differs 'count' PackageInfo 'numberOfFiles="1' 'numberOfFiles="2' \
	'PackageInfo counts'
differs 'size' PackageInfo 'installKBytes="' 'installKBytes="9' \
	'PackageInfo says'
differs 'not a Bom' Bom BOMStore BOMStare 'not a Bom'

# --- not made ---------------------------------------------------------------
not_made()
{
	not_made_name=$1
	not_made_why=$2
	shift 2
	tap_fails "$not_made_name" build_pkg "$@"
	tap_like "$not_made_name: why" "$ERR" "$not_made_why"
}
not_made 'program of the other machine' 'is not for arm64' \
	x86_64 aarch64 no.pkg
not_made 'half a universal program' 'is not for arm64,x86_64' \
	arm64 universal no.pkg
not_made 'no i386' "'i386' is not among them" arm64 i386 no.pkg
mkdir -p elf/bin unsigned/bin
printf '\177ELF' >elf/bin/$PLUGIN
not_made 'program of Linux' 'is a program for another system' \
	elf aarch64 no.pkg
python3 "$LIB/macho.py" unsigned/bin/$PLUGIN arm64 unsigned
not_made 'arm64 without a code signature' 'macOS would kill it' \
	unsigned aarch64 no.pkg
head -c 40 arm64/bin/$PLUGIN >elf/bin/$PLUGIN
not_made 'damaged program' 'Mach-O' elf aarch64 no.pkg
not_made "somebody else's key" 'not that of the first certificate' \
	arm64 aarch64 no.pkg --cert leaf.chain --cert-key plain.key
cat leaf.pem root.pem >broken.chain
not_made 'chain with a hole' 'has not issued' \
	arm64 aarch64 no.pkg --cert broken.chain --cert-key leaf.key
not_made 'no key' 'no private key' arm64 aarch64 no.pkg --cert leaf.chain
not_made 'no certificate' 'no certificate' \
	arm64 aarch64 no.pkg --cert leaf.key --cert-key leaf.key
openssl rsa -aes128 -passout pass:x -in leaf.key -out locked.key 2>/dev/null
not_made 'key with a passphrase' 'protected by a passphrase' \
	arm64 aarch64 no.pkg --cert leaf.chain --cert-key locked.key
tap_status 'certificate for another format' 2 "$SMPKG" build --manifest \
	"$MANIFEST" --format deb --arch x86_64 --cert leaf.chain
tap_status 'unknown digest' 2 build_pkg arm64 aarch64 no.pkg --toc md5
tap_is 'nothing was written' "$(ls no.pkg 2>/dev/null)" ''
tap_fails 'two slices of one machine' "$SMPKG" universal --output no \
	arm64/bin/$PLUGIN arm64/bin/$PLUGIN
tap_fails 'universal of universal' "$SMPKG" universal --output no \
	universal/bin/$PLUGIN arm64/bin/$PLUGIN

tap_done
