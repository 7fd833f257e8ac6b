#!/bin/sh
# The packager beside the stock tools, in one run and from the same files: each
# kind of package, and a whole release against all of it made one after the
# other. The compressors and their levels are the same on both sides, but that
# a zip of ours and of zip(1) are both of the usual level 6.
#
# BENCH_RUNS: how often each is made (default 3).
# BENCH_BUILD: a folder with TARGET/bin of release binaries (default: build);
# what is not built there is left out, and if nothing is, the native programs,
# stripped, stand in for Linux x86_64.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/pkg.sh"
tap_need dpkg-deb rpmbuild zip gzip tar cpio unzip python3 strip

MEASURE=${SM_TOOLS:-$SM_TOP/build/tests}/measure
BUILT=${BENCH_BUILD:-$SM_TOP/build}
RUNS=${BENCH_RUNS:-3}
PLUGIN=session-manager-plugin
export HOME="$T/home"
mkdir -p home targets top

# --- the programs -----------------------------------------------------------
for pair in x86_64-linux-musl:linux-x86_64 x86-linux-musl:linux-i386 \
	aarch64-linux-musl:linux-aarch64 x86_64-macos:macos-x86_64 \
	aarch64-macos:macos-aarch64 x86_64-windows-gnu:windows-x86_64; do
	[ -d "$BUILT/${pair%:*}/bin" ] && [ "${pair#*:}" != "" ] &&
		cp -r "$BUILT/${pair%:*}" "targets/${pair#*:}" &&
		rm -rf "targets/${pair#*:}/obj" "targets/${pair#*:}/lib" \
			"targets/${pair#*:}/gen" "targets/${pair#*:}/tests"
done
if [ ! -d targets/linux-x86_64 ]; then
	mkdir -p targets/linux-x86_64/bin
	cp "$SM_BIN/$PLUGIN" "$SM_BIN/session-manager-installer" \
		targets/linux-x86_64/bin
	strip targets/linux-x86_64/bin/*
fi
set --
for target in targets/*; do
	set -- "$@" --target "${target#targets/}=$target"
done
"$SMPKG" key generate --type rsa3072 --name 'Bench <b@example.invalid>' \
	--output key.asc >/dev/null || exit 1
printf '%s ' "$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" \
	--key key.asc --output out "$@" >ours.sh
sh ours.sh >made || exit 1
out=out/latest

# --- what the stock tools begin with ----------------------------------------
# Trees of our own packages: the same files, already laid out.
: >stock.sh
# stock NAME COMMAND: a script of one artifact, and a line of the whole
stock()
{
	printf 'set -e\n%s\n' "$2" >"stock-$1.sh"
	printf '(%s) >/dev/null\n' "$2" >>stock.sh
}
export T SM_TOP V R
# shellcheck disable=SC2016 # the scripts expand
for pair in 64bit:x86_64 32bit:i386 arm64:aarch64; do
	bits=${pair%:*}
	[ -e "$out/ubuntu_$bits/$PLUGIN.deb" ] || continue
	dpkg-deb -R "$out/ubuntu_$bits/$PLUGIN.deb" "deb-$bits"
	stock "deb-$bits" "dpkg-deb --root-owner-group -Zxz -b deb-$bits s-$bits.deb"
	stock "rpm-$bits" "rm -rf top/$bits; for d in BUILD BUILDROOT RPMS SRPMS SPECS SOURCES
do mkdir -p top/$bits/\$d; done; rpmbuild -bb --quiet --target ${pair#*:}-linux --define \"_topdir $T/top/$bits\" --define \"plugin_version $V\" --define \"plugin_release $R\" --define \"stage $T/deb-$bits\" $SM_TOP/specs/$PLUGIN.spec"
done
# zipped NAME FILE: a bundle's tree, and zip(1) on it
zipped()
{
	mkdir "tree-$1"
	unzip -q "$2" -d "tree-$1"
	stock "$1" "rm -f s-$1.zip; cd tree-$1; zip -qr -6 ../s-$1.zip ."
}
for folder in linux_64bit linux_32bit linux_arm64 mac mac_arm64; do
	[ -e "$out/$folder/sessionmanager-bundle.zip" ] || continue
	zipped "bundle-$folder" "$out/$folder/sessionmanager-bundle.zip"
	# a self-extracting file is its program and such a zip
	[ ! -e "$out/$folder/$PLUGIN.run" ] ||
		stock "run-$folder" "rm -f s.zip; cd tree-bundle-$folder; zip -qr -6 ../s.zip .; cat sessionmanager-bundle/install ../s.zip >../s-$folder.run"
	[ ! -e "$out/$folder/$PLUGIN.pkg" ] ||
		stock "pkg-$folder" "cd tree-bundle-$folder; find . ! -name install | cpio -o --quiet -H odc -R 0:0 | gzip -9 >../s-$folder.payload"
done
if [ -e $out/windows/SessionManagerPlugin.zip ]; then
	mkdir win
	unzip -q $out/windows/SessionManagerPlugin.zip -d win
	unzip -q win/package.zip -d win/package && rm win/package.zip
	stock winzip 'rm -f s-w.zip win/package.zip; cd win/package; zip -qr -6 ../package.zip .; cd ..; zip -qX ../s-w.zip install.bat uninstall.bat package.zip'
fi
stock targz 'tar -C deb-64bit --owner=root --group=root --exclude ./DEBIAN -cf - . | gzip -9 >s.tar.gz'

# --- measured ---------------------------------------------------------------
# build FORMAT: the command of ours
build()
{
	echo "$SMPKG build --manifest $MANIFEST --format $1 --arch x86_64" \
		"--root targets/${2:-linux-x86_64} --root $SM_TOP --output one.$1"
}

printf '%-30s %14s %14s %8s\n' measure ours stock ratio
# median KEY FILE: in seconds
median()
{
	sed -n "s/^$1 //p" "$2" | sort -n |
		awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] / 1e6 }'
}
# compare NAME OURS STOCK: alternating, so that both see the same machine
compare()
{
	: >a
	: >b
	for _ in $(seq "$RUNS"); do
		"$MEASURE" run 1 /bin/sh "$2" >>a || exit 1
		"$MEASURE" run 1 /bin/sh "$3" >>b || exit 1
	done
	for key in wall_median_us cpu_mean_us; do
		printf '%-30s %12.2f s %12.2f s %8.3f\n' \
			"$1, ${key%%_*}" "$(median $key a)" "$(median $key b)" \
			"$(awk -v x="$(median $key a)" -v y="$(median $key b)" \
				'BEGIN { print x / y }')"
	done
}
for pair in deb:deb-64bit rpm:rpm-64bit targz:targz bundle:bundle-linux_64bit; do
	build "${pair%:*}" >one.sh
	compare "package ${pair%:*}" one.sh "stock-${pair#*:}.sh"
done
if [ -e stock-winzip.sh ]; then
	build winzip windows-x86_64 >one.sh
	compare 'package winzip' one.sh stock-winzip.sh
fi
if [ -e stock-pkg-mac.sh ]; then
	build pkg macos-x86_64 >one.sh
	compare 'package pkg (payload)' one.sh stock-pkg-mac.sh
fi
compare "release ($(grep -c -v '[.]sig$\|VERSION$' made) files)" \
	ours.sh stock.sh
