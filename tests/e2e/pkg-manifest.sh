#!/bin/sh
# Manifests that are wrong: refused with file, line and field, and nothing is
# written.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

mkdir -p root/bin out
echo program >root/bin/program
echo 'echo hello' >hello.sh
cat >good.json <<'END'
{
	"schema": 1,
	"name": "thing",
	"version": "@VERSION@",
	"summary": "Thing for tests",
	"description": "First.\n\nSecond.",
	"license": "Apache-2.0",
	"url": "https://example.org/",
	"maintainer": "Somebody <some@example.org>",
	"architectures": ["x86_64"],
	"files": [
		{ "source": "bin/program", "destination": "/opt/thing/program" }
	],
	"links": [
		{ "path": "/usr/bin/thing", "target": "/opt/thing/program" }
	],
	"scripts": { "postinstall": "hello.sh" },
	"overrides": { "rpm": { "group": "Tests" } }
}
END

build()
{
	"$SMPKG" build --manifest "$1" --format "$2" --arch x86_64 \
		--root root --output out
}
tap_ok 'good manifest, deb' build good.json deb
tap_ok 'good manifest, rpm' build good.json rpm
rm out/*

# bad NAME SED-SCRIPT LINE FIELD CAUSE [FORMAT]
bad()
{
	sed "$2" good.json >bad.json
	if cmp -s good.json bad.json; then
		tap_fail "$1" 'the manifest was not changed'
		return
	fi
	tap_status "$1" 1 build bad.json "${6:-deb}"
	tap_like "$1: message" "$ERR" \
		"^smpkg: error: bad.json:$3: $4: .*$5"
}

bad 'misspelt member' 's/"summary"/"sumary"/' 5 sumary 'unknown member'
bad 'misspelt in a file' 's/"source":/"sorce":/' 12 'files\[0\]\.sorce' \
	'unknown member'
bad 'misspelt script' 's/postinstall/postinst/' 17 scripts.postinst \
	'unknown member'
bad 'misspelt in an override' 's/"group"/"grop"/' 18 overrides.rpm.grop \
	'unknown member'
bad 'unknown format in overrides' 's/"rpm"/"apk"/' 18 overrides.apk 'unknown'
bad 'given twice' '3s/.*/&\n"name": "other",/' 4 name 'given twice'
bad 'missing' '/"url"/d' 1 url missing
bad 'another type' 's/"thing",/7,/' 3 name 'number instead of a string'
bad 'another schema' 's/"schema": 1/"schema": 2/' 2 schema 'not 1'
bad 'name in upper case' 's/"thing",/"Thing",/' 3 name 'lower-case'
bad 'name too short' 's/"thing",/"t",/' 3 name '2 to 64'
bad 'version of three' 's/@VERSION@/1.2.3/' 4 version 'four numbers'
bad 'version with a letter' 's/@VERSION@/1.2.3.a/' 4 version 'four numbers'
bad 'summary with a stop' 's/for tests/for tests./' 5 summary 'full stop'
bad 'summary of two lines' 's/for tests/for\\ntests/' 5 summary 'control'
bad 'description indented' 's/\\nSecond/\\n Second/' 6 description 'space'
bad 'no web address' 's/https:/http:/' 8 url 'https'
bad 'no maintainer address' 's/ <some.*>//' 9 maintainer 'Name <address>'
bad 'comma in maintainer' 's/Somebody/A, B/' 9 maintainer comma
bad 'line feed in maintainer' 's/Somebody/A\\nDepends: x/' 9 maintainer \
	'control character'
bad 'unknown architecture' 's/"x86_64"/"sparc"/' 10 'architectures\[0\]' 'not one'
bad 'another architecture' 's/"x86_64"/"i386"/' 10 architectures \
	"'x86_64' is not among them"
bad 'no files' 's/^\t\t{ "source".*//' 1 files 'none'
bad 'relative destination' 's|"/opt/thing/program" }$|"opt/program" }|;15!b' 12 \
	'files\[0\]\.destination' 'not an absolute path'
bad 'dots in destination' 's|: "/opt/thing/program" }|: "/opt/../etc/x" }|' \
	12 'files\[0\]\.destination' '"\.\."'
bad 'dots in source' 's|bin/program|../bin/program|' 12 'files\[0\]\.source' \
	'"\.\."'
bad 'absolute source' 's|bin/program|/bin/sh|' 12 'files\[0\]\.source' \
	'not a relative path'
bad 'quote in a path' "s|/usr/bin/thing|/usr/bin/th'ing|" 15 'links\[0\]\.path' \
	'not allowed'
bad 'source that is not there' 's|bin/program|bin/absent|' 12 \
	'files\[0\]\.source' "cannot find 'bin/absent'"
bad 'source that is a folder' 's|"bin/program"|"bin"|' 12 \
	'files\[0\]\.source' 'not a regular file'
bad 'set-id' 's|"source"|"mode": "4755", "source"|' 12 'files\[0\]\.mode' \
	set-id
bad 'writable for all' 's|"source"|"mode": "0777", "source"|' 12 \
	'files\[0\]\.mode' 'writable'
bad 'mode that is a number' 's|"source"|"mode": 755, "source"|' 12 \
	'files\[0\]\.mode' 'number instead'
bad 'unknown type' 's|"source"|"type": "fifo", "source"|' 12 \
	'files\[0\]\.type' 'not one of'
bad 'folder with a source' 's|"source"|"type": "dir", "source"|' 12 \
	'files\[0\]' 'of no use'
bad 'link without a target' \
	's|"source": "bin/program"|"type": "symlink"|' 12 'files\[0\]' 'no target'
bad 'link that leads out' \
	's|"source": "bin/program"|"type": "symlink", "target": "../../../x"|' \
	12 'files\[0\]' 'leads out'
bad "the user's file" \
	's|"/opt/thing/program"|"/usr/local/sessionmanagerplugin/seelog.xml"|' \
	12 'files\[0\]\.destination' 'belongs to the user'
bad 'destination twice' '12s|.*|&,\n&|' 13 'files\[1\]\.destination' \
	'also that of files\[0\]'
bad 'below a file' '12s|.*|&,\n{"source": "bin/program", "destination": "/opt/thing/program/x"}|' \
	13 'files\[1\]\.destination' 'no folder'
bad 'link to nothing' '15s|/opt/thing/program|/opt/thing/other|' 15 \
	'links\[0\]\.target' 'not the destination'
bad 'link over a file' '15s|/usr/bin/thing|/opt/thing/program|' 15 \
	'links\[0\]\.path' 'in the way'
bad 'script that is not there' 's|hello.sh|absent.sh|' 17 \
	scripts.postinstall "cannot open '\./absent.sh'"
bad 'script elsewhere' 's|hello.sh|../hello.sh|' 17 scripts.postinstall '"\.\."'
bad 'name overridden' 's|"group": "Tests"|"name": "x"|' 18 overrides.rpm.name \
	'cannot be overridden'
bad 'config outside /etc' 's|"source"|"type": "config", "source"|' 12 \
	'files\[0\]\.type' 'below /etc'
bad 'scripts in a zip' 's|"Tests"|"More tests"|' 1 scripts.postinstall \
	'no scripts' zip

echo '{ "schema": 1, }' >bad.json
tap_status 'trailing comma' 1 build bad.json deb
tap_like 'its line' "$ERR" 'bad.json:1: not JSON'
printf '\n\n[]' >bad.json
tap_status 'an array' 1 build bad.json deb
: >bad.json
tap_status 'an empty file' 1 build bad.json deb
head -c 1100000 /dev/zero | tr '\0' ' ' >bad.json
tap_status 'above 1 MiB' 1 build bad.json deb
tap_status 'no such manifest' 1 build absent.json deb
tap_like 'names it' "$ERR" "cannot open 'absent.json'"
printf '{"schema": 1, "name": "a\\u0000b"}' >bad.json
tap_status 'NUL in a text' 1 build bad.json deb

tap_is 'nothing was written' "$(ls -A out)" ''

# --- the command line -------------------------------------------------------
tap_status 'no format' 2 "$SMPKG" build --manifest good.json --arch x86_64
tap_status 'unknown format' 2 build good.json no-such-format
tap_status 'unknown option' 2 "$SMPKG" build --nonsense
tap_like 'usage' "$ERR" '^Usage: smpkg build '
tap_status 'unknown command' 2 "$SMPKG" bulid
tap_status 'no command' 2 "$SMPKG"
tap_ok 'help' "$SMPKG" --help
for command in build layout sign verify inspect key; do
	tap_ok "help of $command" "$SMPKG" $command --help
	tap_like "$command: usage" "$OUT" "^Usage: smpkg $command"
done
tap_ok 'version' "$SMPKG" --version
tap_is 'is that of the tree' "$(cat "$OUT")" "$V"

# output that cannot be written
full()
{
	build good.json deb >/dev/full
}
tap_status 'no such folder' 1 "$SMPKG" build --manifest good.json \
	--format deb --arch x86_64 --root root --output absent/x.deb
if [ -w /dev/full ]; then
	tap_status 'names cannot be printed' 1 full
	rm -f out/*
fi

# the disk is full in the middle: an error, and nothing incomplete
head -c 200000 /dev/urandom >root/bin/program
limited()
(
	trap '' XFSZ
	ulimit -f 16
	build good.json "$1"
)
for format in deb rpm; do
	tap_status "$format: no room" 1 limited $format
	tap_like "$format: says so" "$ERR" "^smpkg: error: cannot write 'out/"
	tap_is "$format: nothing left" "$(ls -A out)" ''
done

tap_done
