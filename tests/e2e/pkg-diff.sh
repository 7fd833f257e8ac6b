#!/bin/sh
# smpkg diff: every format finds the one thing that was changed.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc python3 zip gzip xz

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
cp -r stage other
printf 'Z' | dd of=other/bin/$PLUGIN bs=1 seek=5000 conv=notrunc 2>/dev/null
cmp -s stage/bin/$PLUGIN other/bin/$PLUGIN && tap_skip_all 'dd changed nothing'
python3 "$SM_TOP/tests/lib/macho.py" mac.bin arm64
for one in stage other; do
	mkdir -p mac-$one/bin
	for program in $PLUGIN session-manager-installer; do
		cp mac.bin mac-$one/bin/$program
	done
done
# build FORMAT ARCH OUT ROOT [OPTION...]
build()
{
	build_format=$1 build_arch=$2 build_out=$3 build_root=$4
	shift 4
	"$SMPKG" build --manifest "$MANIFEST" --format "$build_format" \
		--arch "$build_arch" --root "$build_root" --root "$SM_TOP" \
		--output "$build_out" "$@" >/dev/null
}
# differ NAME FILE FILE PATTERN: they differ, and one line says where
differ()
{
	tap_status "$1: different" 1 "$SMPKG" diff "$2" "$3"
	tap_like "$1: where" "$OUT" "$4"
}

for format in deb rpm targz apk bundle zip; do
	build $format x86_64 one.$format stage
	build $format x86_64 two.$format other
	tap_ok "$format: the same" "$SMPKG" diff one.$format one.$format
	tap_is "$format: nothing to say" "$(cat "$OUT")" ''
	differ $format one.$format two.$format \
		"$PLUGIN: byte 5000 of [0-9]+ and [0-9]+\$"
	tap_unlike "$format: no other file" "$OUT" 'LICENSE'
	tap_unlike "$format: not what is around it" "$OUT" '^(data|payload):'
done
tap_ok 'deb: first' "$SMPKG" diff one.deb one.deb
differ 'deb: member of a member' one.deb two.deb \
	"^data.tar.xz/./usr/local/sessionmanagerplugin/bin/$PLUGIN: byte 5000"
differ 'rpm: in its payload' one.rpm two.rpm '^payload/\./usr/.*: byte 5000'
differ 'rpm: digest of the header' one.rpm two.rpm '^signatures/Sha256header: '
differ 'rpm: tag by name' one.rpm two.rpm '^header/Filedigests: .*, line [0-9]+: '

# what a package says of itself, and of its files
sed 's/"summary": "Client/"summary": "A client/' "$MANIFEST" >m.json
MANIFEST=m.json build deb x86_64 text.deb stage
differ 'a field' one.deb text.deb \
	"^control.tar.xz/./control: byte [0-9]*, line [0-9]*: 'Description: Client.*' and 'Description: A client"
(SOURCE_DATE_EPOCH=1767225800 build deb x86_64 time.deb stage)
differ 'a time' one.deb time.deb \
	"^data.tar.xz/./usr/: time: '1767225600' and '1767225800'\$"
sed 's/"mode": "0755"/"mode": "0744"/' "$MANIFEST" >m.json
MANIFEST=m.json build deb x86_64 mode.deb stage
differ 'a mode' one.deb mode.deb "$PLUGIN: mode: '0755' and '0744'\$"
build rpm i386 i386.rpm stage
differ 'machines' one.rpm i386.rpm "^architecture: 'x86_64' and 'i386'\$"
differ 'formats' one.rpm one.deb "^format: 'rpm' and 'deb'\$"

# --- macOS ------------------------------------------------------------------
build pkg aarch64 one.pkg mac-stage
(SOURCE_DATE_EPOCH=1767225800 build pkg aarch64 two.pkg mac-other)
differ 'pkg: table of contents' one.pkg two.pkg '^table of contents: '
differ 'pkg: payload' one.pkg two.pkg "Payload/.*: time: '1767225600' and '1767225800'"
differ 'pkg: bill of materials' one.pkg two.pkg "Bom/.*: time: '1767225600'"

# --- the same, packed in another way ----------------------------------------
seq 1 20000 >seq
gzip -1nc seq >one.gz
gzip -9nc seq >two.gz
differ 'gzip' one.gz two.gz '^packed in another way, the same contents: byte [0-9]'
mkdir a && cp seq a/seq && echo x >a/x
(cd a && touch -d @1767225600 seq x && zip -qX ../ab.zip seq x && zip -qX ../ba.zip x seq)
differ 'order' ab.zip ba.zip '^the entries are in another order$'
(cd a && zip -qX ../a.zip seq)
differ 'a missing entry' ab.zip a.zip '^x: only in the first$'
differ 'one too many' a.zip ab.zip '^x: only in the second$'

# --- any file, damage, wrong use --------------------------------------------
sed 's/^19999$/1999x/' seq >seq2
differ 'texts' seq seq2 "^byte [0-9]+, line 19999: '19999' and '1999x'\$"
differ 'text and its beginning' seq /dev/null 'byte 0'
printf 'a\033[31mb\n' >e1
printf 'a\033[31mc\n' >e2
differ 'control characters' e1 e2 '^byte [0-9]+ of'
tap_unlike 'are not printed' "$OUT" "$(printf '\033')"
head -c 3000 one.deb >short.deb
differ 'a file that was cut off' one.deb short.deb 'the second cannot be taken apart: '
head -c 40 two.gz >short.gz
differ 'half a stream' one.gz short.gz 'gzip data is damaged'
tap_status 'no such file' 2 "$SMPKG" diff one.deb absent.deb
tap_like 'names it' "$ERR" "cannot open 'absent.deb'"
tap_status 'one file' 2 "$SMPKG" diff one.deb
tap_status 'three' 2 "$SMPKG" diff one.deb one.deb one.deb
tap_status 'a folder' 2 "$SMPKG" diff one.deb a
tap_done
