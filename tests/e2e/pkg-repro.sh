#!/bin/sh
# Same input, same bytes: whatever the umask, the zone, the language, the
# folder and the times of the files.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc

pkg_stage stage || tap_skip_all 'no static C library'
"$SMPKG" key generate --name 'Test <t@example.org>' --output key.asc >/dev/null
mkdir one two elsewhere

for format in deb rpm bundle; do
	for arch in x86_64 aarch64; do
		tap_ok "$format $arch" pkg_build $format $arch \
			"one/$format-$arch" --key "$T/key.asc"
	done
done

# the same sources, younger, in another folder, with other permissions
cp -r stage elsewhere/stage
chmod 700 elsewhere/stage/bin/*
touch -d '2030-05-05 05:05:05' elsewhere/stage/bin/*
mv stage stage.old && mv elsewhere/stage stage
again()
{
	umask 077
	cd "$T/elsewhere" || return 1
	TZ=Asia/Kolkata LC_ALL=tr_TR.UTF-8 LANG=de_DE.UTF-8 \
		pkg_build "$@"
	status=$?
	umask 022
	cd "$T" || return 1
	return "$status"
}
for format in deb rpm bundle; do
	for arch in x86_64 aarch64; do
		tap_ok "$format $arch again" again $format $arch \
			"$T/two/$format-$arch" --key "$T/key.asc"
		tap_same "$format $arch: same bytes" "one/$format-$arch" \
			"two/$format-$arch"
		tap_same "$format $arch: same signature" \
			"one/$format-$arch.sig" "two/$format-$arch.sig"
	done
done
tap_is 'readable for all' "$(stat -c %a two/deb-x86_64)" 644

SOURCE_DATE_EPOCH=1767225602 pkg_build deb x86_64 two/later >/dev/null
if cmp -s one/deb-x86_64 two/later; then
	tap_fail 'the clock counts'
else
	tap_pass 'the clock counts'
fi

tap_done
