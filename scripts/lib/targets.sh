# shellcheck shell=bash
# The release targets, by zig's names, and what each needs.
# Needs lib/cache.sh.

RELEASE_TARGETS="x86_64-linux-musl x86-linux-musl aarch64-linux-musl
	x86_64-macos aarch64-macos x86_64-windows-gnu x86-windows-gnu
	aarch64-windows-gnu"
CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
STACK="zlib xz zstd expat yyjson uv openssl libarchive curl"

# Sets SYS and CPU (CMake's names), SSL_TARGET, CF (compiler flags of every
# library) and LIBS (the libraries to build, in order).
target_set()
{
	LIBS=$STACK
	CF="-Os -g0 -fPIC -ffunction-sections -fdata-sections"
	case $1 in
	native) LIBS="yyjson curl" CF="-O2 -g -fPIC" ;;
	x86_64-linux-musl) CPU=x86_64 SSL_TARGET=linux-x86_64 ;;
	x86-linux-musl) CPU=i686 SSL_TARGET=linux-x86 ;;
	aarch64-linux-musl) CPU=aarch64 SSL_TARGET=linux-aarch64 ;;
	x86_64-macos) CPU=x86_64 SSL_TARGET=darwin64-x86_64 ;;
	aarch64-macos) CPU=arm64 SSL_TARGET=darwin64-arm64 ;;
	x86_64-windows-gnu) CPU=x86_64 SSL_TARGET=mingw64 ;;
	x86-windows-gnu) CPU=i686 SSL_TARGET=mingw ;;
	aarch64-windows-gnu) CPU=aarch64
		SSL_TARGET="--config=$ROOT/scripts/patches/openssl/$1.conf"
		SSL_TARGET="$SSL_TARGET sm-mingw-arm64" ;;
	*) die "unknown target '$1' (native or: ${RELEASE_TARGETS//[$'\t\n']/ })" ;;
	esac
	case $1 in
	*-linux-*) SYS=Linux CF="$CF -fno-asynchronous-unwind-tables"
		CF="$CF -fno-unwind-tables" ;;
	*-macos) SYS=Darwin ;;
	*-windows-*) SYS=Windows CF="$CF -D_WIN32_WINNT=0x0A00" ;;
	esac
}

zig_install_into()
{
	cp "$ROOT/package.json" "$ROOT/package-lock.json" "$ROOT/.npmrc" \
		"$1/" || return 1
	# a mirror may have a certificate that only this machine trusts
	[ -n "${NODE_EXTRA_CA_CERTS-}" ] || [ ! -f "$CA_BUNDLE" ] ||
		export NODE_EXTRA_CA_CERTS=$CA_BUNDLE
	(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund \
		--loglevel=error) >&2
}

# Sets ZIG to the compiler's path and ZIG_VERSION; installs it when missing.
zig_find()
{
	local key
	key=$(sha256_of "$ROOT/package-lock.json")
	key=$CACHE/zig/${key:0:16}
	if [ ! -e "$key/.ok" ]; then
		command -v npm >/dev/null || die "npm is missing: make setup"
		say GET "zig (npm ci)"
	fi
	cache_make "$key" zig_install_into || die "cannot install zig by npm"
	ZIG=$(echo "$key"/node_modules/@zigc/linux-*/bin/zig)
	[ -x "$ZIG" ] || die "no zig for this machine in '$key'"
	export ZIG_GLOBAL_CACHE_DIR=$CACHE/zig-cache
	export ZIG_LOCAL_CACHE_DIR=$CACHE/zig-cache
	ZIG_VERSION=$("$ZIG" version)
}

# tools_write TARGET FOLDER: cc, ar, ranlib and rc for one target. They stand
# first on the PATH of a build, so that no path of this machine gets into a
# library through its compiler's name.
tools_write()
{
	local dir=$2 tool target=$1
	# the oldest macOS that runs on both processors; zig's default is 13
	case $1 in *-macos) target=$1.11.0 ;; esac
	mkdir -p "$dir"
	cat >"$dir/sm-cc" <<-EOF
		#!/bin/bash
		# zig as a compiler for $target.
		: "\${ZIG_GLOBAL_CACHE_DIR=$CACHE/zig-cache}"
		: "\${ZIG_LOCAL_CACHE_DIR=\$ZIG_GLOBAL_CACHE_DIR}"
		export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
		# OpenSSL's assembler scripts ask for the version; told an old
		# one they leave out AVX-512, half a megabyte nobody needs here.
		if [ "\$*" = -v ] && [ -n "\$SM_CC_CLAIM" ]; then
			echo "\$SM_CC_CLAIM"
			exit 0
		fi
		# Apple's "-arch X" says again what the target says.
		args=()
		while [ \$# -gt 0 ]; do
			if [ "\$1" = -arch ]; then shift; else args+=("\$1"); fi
			shift
		done
		exec "$ZIG" cc -target $target "\${args[@]}"
	EOF
	for tool in ar ranlib rc; do
		cat >"$dir/sm-$tool" <<-EOF
			#!/bin/sh
			export ZIG_GLOBAL_CACHE_DIR="\${ZIG_GLOBAL_CACHE_DIR-$CACHE/zig-cache}"
			exec "$ZIG" $tool "\$@"
		EOF
	done
	chmod +x "$dir"/sm-*
}
