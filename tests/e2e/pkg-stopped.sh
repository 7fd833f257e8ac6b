#!/bin/sh
# Runs that cannot end: no room, a signal, another run in the same folder, a
# key that nobody accepts any more. Nothing half made is left, and what was
# there before stays.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc gpg python3

pkg_stage stage || tap_skip_all 'no static C library'
cp stage/bin/session-manager-plugin stage/bin/session-manager-plugin.exe
# what a release is slow with, and what needs room
head -c 800000 /dev/urandom >>stage/bin/session-manager-plugin
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
# release OUT [OPTION...]
release()
{
	release_out=$1
	shift
	"$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" \
		--sources "$SM_TOP/scripts/sources.list" --output "$release_out" \
		--target linux-x86_64=stage --target windows-x86_64=stage "$@"
}
layout()
{
	"$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" --output "$1" \
		--target linux-x86_64=stage --target windows-x86_64=stage
}

# --- no room ----------------------------------------------------------------
if [ "$(id -u)" -eq 0 ] && tap_have unshare && tap_apart; then
	mkdir small
	export T
	# full NAME COMMAND: fails on a small disk and leaves nothing there
	full()
	{
		cat >"$T/full.sh" <<-END
			set -u
			mount -t tmpfs -o size=1m none small
			$2
			[ \$? -eq 1 ] || exit 8
			find small -mindepth 1 >left
			[ ! -s left ] || exit 9
		END
		tap_ok "$1: fails and leaves nothing" timeout 60 $APART \
			sh "$T/full.sh"
		tap_like "$1: why" "$ERR" "^smpkg: error: .*small.*: No space left"
	}
	common="--manifest $MANIFEST --root $SM_TOP"
	targets="--target linux-x86_64=stage --target windows-x86_64=stage"
	full release "$SMPKG release $common $targets --output small/o \
		--sources $SM_TOP/scripts/sources.list --key key.asc"
	full layout "$SMPKG layout $common $targets --output small/o"
	full build "head -c 500000 /dev/zero >small/x
		$SMPKG build $common --root stage --format run --arch x86_64 \
			--output small/x.run; r=\$?; rm small/x; (exit \$r)"
	# a channel that cannot be written is the old one
	release out --key key.asc >/dev/null || tap_fail 'a release'
	cp -a out before
	cat >full.sh <<-END
		mkdir small/o && mount -t tmpfs -o size=1m none small/o || exit 7
		cp -a before/channel.json before/channel.json.sig small/o
		head -c 2000000 /dev/zero >small/o/x 2>/dev/null
		$SMPKG release --refresh --output small/o --key key.asc
		[ \$? -eq 1 ] || exit 8
		cmp before/channel.json small/o/channel.json &&
			cmp before/channel.json.sig small/o/channel.json.sig
	END
	tap_ok 'channel: stays as it was' timeout 60 $APART sh full.sh
else
	for name in 'release' 'layout' 'build' 'channel'; do
		tap_skip "$name on a full disk" 'needs root and mount namespaces'
	done
fi

# --- a signal ---------------------------------------------------------------
# begun DIR: the files of a version are being made
begun()
{
	[ -d "$(echo "$1"/.new-*)" ]
}
# stopped NAME SIGNAL STATUS COMMAND...
stopped()
{
	stopped_name=$1 stopped_signal=$2 stopped_status=$3
	shift 3
	"$@" >stop.out 2>stop.err &
	stopped_pid=$!
	tap_wait 20 begun half || tap_diag "$stopped_name: never began"
	kill -s "$stopped_signal" $stopped_pid
	wait $stopped_pid
	tap_is "$stopped_name: ends by it" $? "$stopped_status"
	tap_like "$stopped_name: says so" stop.err 'stopped by signal'
	tap_is "$stopped_name: leaves nothing" "$(ls -A half 2>/dev/null)" ''
}
# in a shell of its own, which becomes the program
run_release()
{
	exec "$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" \
		--sources "$SM_TOP/scripts/sources.list" --output half \
		--key key.asc --target linux-x86_64=stage \
		--target windows-x86_64=stage
}
run_layout()
{
	exec "$SMPKG" layout --manifest "$MANIFEST" --root "$SM_TOP" \
		--output half --target linux-x86_64=stage \
		--target windows-x86_64=stage
}
stopped 'release, SIGTERM' TERM 143 run_release
stopped 'release, SIGHUP' HUP 129 run_release
stopped 'layout, SIGTERM' TERM 143 run_layout
mkdir half && echo kept >half/kept
"$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" --output half \
	--sources "$SM_TOP/scripts/sources.list" --key key.asc \
	--target linux-x86_64=stage >/dev/null 2>&1 &
pid=$!
tap_wait 20 begun half
kill -KILL $pid
wait $pid 2>/dev/null
tap_ok 'killed: the next run' release half --key key.asc
tap_is 'clears up' "$(ls -A half | tr '\n' ' ')" \
	"$V channel.json channel.json.sig kept latest "

# --- two at once ------------------------------------------------------------
python3 - <<'END' &
import fcntl, os, time
fd = os.open("locked", os.O_RDONLY) if os.path.isdir("locked") else None
if fd is None:
    os.mkdir("locked")
    fd = os.open("locked", os.O_RDONLY)
fcntl.flock(fd, fcntl.LOCK_EX)
open("is-locked", "w").close()
while not os.path.exists("unlock"):
    time.sleep(0.05)
END
holder=$!
tap_wait 20 test -e is-locked
tap_status 'a second release' 1 release locked --key key.asc
tap_like 'is told why' "$ERR" "'locked' is in use by another run"
tap_status 'a second layout' 1 layout locked
tap_status 'a second repo' 1 "$SMPKG" repo apt locked --key key.asc
tap_is 'nothing was written' "$(ls -A locked)" ''
: >unlock
wait $holder
tap_ok 'afterwards' layout locked

# --- keys -------------------------------------------------------------------
mkdir -m 700 home
export GNUPGHOME="$T/home"
gpg --batch -q --pinentry-mode loopback --passphrase '' \
	--faked-system-time 20200101T000000 \
	--quick-gen-key 'Old <old@example.org>' rsa3072 sign 2d 2>/dev/null
gpg --batch -q --export-secret-keys --armor old@example.org >old.asc
tap_status 'an expired key: release' 2 release old --key old.asc
tap_like 'says when' "$ERR" 'the signing key expired on 2020-01-03'
tap_is 'nothing was made' "$(ls -d old 2>/dev/null)" ''
echo text >text
tap_status 'an expired key: sign' 2 "$SMPKG" sign --key old.asc text
tap_is 'no signature' "$(ls text.sig 2>/dev/null)" ''
tap_status 'an expired key: build' 2 pkg_build rpm x86_64 x.rpm --key old.asc
# what it signed while it was valid can be made again
SOURCE_DATE_EPOCH=1577880000
tap_ok 'signed in its time' "$SMPKG" sign --key old.asc text
tap_done
