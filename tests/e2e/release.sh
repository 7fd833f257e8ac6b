#!/bin/sh
# The release binaries do run: the plugin's success text, version and answer
# to an unknown operation, and the installer's version, on Linux natively
# (x86_64, i386), under qemu (aarch64) and under wine (Windows). Nothing here
# can run a macOS program; its structure is what scripts/check-release reads.
# Nor does wine64 run Windows programs for i386 or arm64: 7z reads what they
# are, and a setup program of them is built and signed.
#
# SM_RELEASE  folder with TARGET/bin (default: build)
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"

release=${SM_RELEASE:-build}
case $release in
/*) ;;
*) release=$SM_TOP/$release ;;
esac
version=$(cat "$SM_TOP/VERSION")
TAP_LIMIT=120

export WINEPREFIX="$T/wine" WINEDEBUG=-all WINEARCH=win64
export WINEDLLOVERRIDES='mscoree,mshtml='
case ${DISPLAY-} in '') unset DISPLAY ;; esac

# What runs a program of a target; fails when it is not there.
runner()
{
	case $1 in
	x86_64-linux-musl) [ "$(uname -m)" = x86_64 ] ;;
	x86-linux-musl) [ "$(uname -m)" = x86_64 ] ;;
	aarch64-linux-musl)
		[ "$(uname -m)" = aarch64 ] ||
			{ tap_have qemu-aarch64-static && echo qemu-aarch64-static; }
		;;
	x86_64-windows-gnu) tap_have wine && echo wine ;;
	*) return 1 ;;
	esac
}

# run_tests TARGET RUNNER: carriage returns are Windows' line ends
run_tests()
{
	target=$1
	run=$2
	exe=
	case $target in *-windows-*) exe=.exe ;; esac
	plugin=$release/$target/bin/session-manager-plugin$exe
	installer=$release/$target/bin/session-manager-installer$exe

	# shellcheck disable=SC2086 # no runner is no word
	{
		tap_ok "$target: no arguments" $run "$plugin"
		tr -d '\r' <"$OUT" >no-args
		printf '\n%s %s\n\n' \
			'The Session Manager plugin was installed successfully.' \
			'Use the AWS CLI to start a session.' >want
		tap_same "$target: the success text" no-args want

		tap_ok "$target: --version" $run "$plugin" --version
		tap_is "$target: the version" "$(tr -d '\r' <"$OUT")" "$version"

		tap_run $run "$plugin" -h
		tap_like "$target: an unknown operation is named" "$OUT" \
			'Unknown operation -h\.'

		tap_ok "$target: installer --version" $run "$installer" --version
		tap_like "$target: the installer's version" "$OUT" \
			"$(echo "$version" | sed 's/\./\\./g')"
		tap_ok "$target: installer -h" $run "$installer" -h
		tap_like "$target: the installer's help" "$OUT" '[Uu]sage'
	}
}

# wine keeps eight bits of a status and hides a program it cannot start: the
# status comes from cmd, as text.
windows_status()
{
	printf '@"Z:%s" --no-such-option\r\n@echo status=%%errorlevel%%\r\n' \
		"$release/$1/bin/session-manager-installer.exe" >status.bat
	tap_run wine cmd /c status.bat
	tap_like "$1: a usage error has status 2" "$OUT" '^status=2'
}

# windows_keys TARGET: a session at a Windows console, key by key
windows_keys()
{
	if [ ! -x "$SM_BIN/session-manager-loopback" ]; then
		tap_skip "$1: keys" 'no loopback server is built'
		return
	fi
	start_loopback --shell 'env PS1=ready: sh'
	AWS_SSM_START_SESSION_RESPONSE=$(loopback_session)
	export AWS_SSM_START_SESSION_RESPONSE
	tap_ok "$1: keys of a console" python3 "$SM_TOP/tests/lib/console.py" \
		wine "$release/$1/bin/session-manager-plugin.exe"
	stop_loopback
}

# structure_tests TARGET CPU ARCH: 7z's and smpkg's words for the processor
structure_tests()
{
	for program in plugin installer setup; do
		file=$release/$1/bin/session-manager-$program.exe
		tap_run 7z l -slt "$file"
		tap_like "$1: $program is for $2" "$OUT" "^CPU = $2\$"
		tap_like "$1: $program is this version" "$OUT" \
			"^FileVersion: $version"
	done
	tap_ok "$1: a setup program" "$SM_BIN/smpkg" build --format exe \
		--manifest "$SM_TOP/pkg/session-manager-plugin.json" \
		--arch "$3" --root "$release/$1" --root "$SM_TOP" --output s.exe
	tap_ok "$1: is read again" "$SM_BIN/smpkg" inspect s.exe
	tap_like "$1: with the plugin" "$OUT" 'bin/session-manager-plugin.exe'
	openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 9 \
		-subj /CN=x -addext extendedKeyUsage=codeSigning 2>/dev/null
	rm -f t.exe
	tap_ok "$1: is signed" osslsigncode sign -h sha256 -certs c -key k \
		-in s.exe -out t.exe
	tap_ok "$1: verifies" osslsigncode verify -in t.exe -CAfile c
}

for target in x86-windows-gnu aarch64-windows-gnu; do
	if [ ! -d "$release/$target/bin" ]; then
		tap_skip "$target" "not built (make release-$target)"
	elif ! tap_have 7z openssl osslsigncode; then
		tap_skip "$target" 'no 7z, openssl or osslsigncode'
	elif [ $target = x86-windows-gnu ]; then
		structure_tests $target x86 i386
	else
		structure_tests $target ARM64 aarch64
	fi
done

tap_ran=0
for target in x86_64-linux-musl x86-linux-musl aarch64-linux-musl \
	x86_64-windows-gnu; do
	if [ ! -d "$release/$target/bin" ]; then
		tap_skip "$target" "not built (make release-$target)"
	elif ! run=$(runner "$target"); then
		tap_skip "$target" 'nothing here runs it'
	else
		tap_ran=$((tap_ran + 1))
		run_tests "$target" "$run"
		case $target in
		*-windows-*)
			windows_status "$target"
			windows_keys "$target"
			;;
		esac
	fi
done
if tap_have wineserver; then
	wineserver -k 2>/dev/null
fi
[ "$tap_ran" -gt 0 ] || tap_diag 'no release target was tested'
tap_done
