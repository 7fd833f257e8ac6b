# shellcheck shell=bash disable=SC2086,SC2164,SC1007
# How each library is built. The text of a function is part of the key of
# what it builds: change a function and its library is built again.
#
# A recipe finds: SRC the patched source; B an empty folder to build in; P a
# prefix with the libraries it needs; OUT where to install; TARGET, SYS, CPU,
# SSL_TARGET; CC, AR, RANLIB, RC; CF compiler flags; MAP flags that keep this
# machine's paths out of the result; JOBS. CF must be word-split.

# What a library is built on; a changed library changes those above it.
recipe_needs()
{
	case $TARGET:$1 in
	native:*) ;;
	*:libarchive) echo zlib xz zstd expat openssl ;;
	*:curl) echo zlib openssl ;;
	esac
}

cmake_toolchain()
{
	[ "$TARGET" != native ] || return 0
	cat >"$B/toolchain.cmake" <<-EOF
		set(CMAKE_SYSTEM_NAME $SYS)
		set(CMAKE_SYSTEM_PROCESSOR $CPU)
		set(CMAKE_C_COMPILER sm-cc)
		set(CMAKE_CXX_COMPILER sm-cc)
		set(CMAKE_ASM_COMPILER sm-cc)
		set(CMAKE_AR $(command -v sm-ar) CACHE FILEPATH "")
		set(CMAKE_RANLIB $(command -v sm-ranlib) CACHE FILEPATH "")
		set(CMAKE_RC_COMPILER sm-rc)
		set(CMAKE_FIND_ROOT_PATH $P)
		set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
		set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
		set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
		set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
		set(CMAKE_TRY_COMPILE_CONFIGURATION Release)
		set(COREFOUNDATION_FRAMEWORK /none CACHE STRING "")
		set(CORESERVICES_FRAMEWORK /none CACHE STRING "")
		set(SYSTEMCONFIGURATION_FRAMEWORK /none CACHE STRING "")
	EOF
	echo "-DCMAKE_TOOLCHAIN_FILE=$B/toolchain.cmake"
}

# build_cmake SOURCE FLAGS OPTION...: static library into OUT. The optimise
# mode is in the flags of every check too: zig builds one C library per mode.
build_cmake()
{
	local src=$1 flags=$2 toolchain
	shift 2
	toolchain=$(cmake_toolchain)
	cmake -G Ninja -S "$src" -B "$B/o" $toolchain \
		-DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$CF $MAP $flags" \
		-DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib \
		-DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@"
	ninja -C "$B/o" -j"$JOBS"
	cmake --install "$B/o"
}

# Not by its own CMake file: the source package lacks files it asks for.
recipe_zlib()
{
	local all="adler32 compress crc32 deflate gzclose gzlib gzread
		gzwrite inflate infback inftrees inffast trees uncompr zutil"
	mkdir -p "$OUT/include" "$OUT/lib"
	cd "$SRC"
	printf '%s\n' $all | xargs -P"$JOBS" -I{} $CC $CF $MAP \
		-D_LARGEFILE64_SOURCE=1 -DHAVE_UNISTD_H=1 -DHAVE_HIDDEN \
		-c {}.c -o "$B/{}.o"
	$AR rcs "$OUT/lib/libz.a" "$B"/*.o
	cp zlib.h zconf.h "$OUT/include/"
}

recipe_xz()
{
	local threads=posix
	[ "$SYS" != Windows ] || threads=win95
	build_cmake "$SRC" "" -DXZ_TOOL_XZ=OFF -DXZ_TOOL_XZDEC=OFF \
		-DXZ_TOOL_LZMADEC=OFF -DXZ_TOOL_LZMAINFO=OFF \
		-DXZ_TOOL_SCRIPTS=OFF -DXZ_DOC=OFF -DXZ_NLS=OFF \
		-DXZ_LZIP_DECODER=OFF -DXZ_THREADS=$threads \
		-DXZ_ASM_I386=OFF # it is not position independent
}

recipe_zstd()
{
	build_cmake "$SRC/build/cmake" "" -DZSTD_BUILD_PROGRAMS=OFF \
		-DZSTD_BUILD_SHARED=OFF -DZSTD_BUILD_TESTS=OFF \
		-DZSTD_MULTITHREAD_SUPPORT=OFF -DZSTD_LEGACY_SUPPORT=OFF
}

recipe_expat()
{
	build_cmake "$SRC/expat" "" -DEXPAT_BUILD_TOOLS=OFF \
		-DEXPAT_BUILD_EXAMPLES=OFF -DEXPAT_BUILD_TESTS=OFF \
		-DEXPAT_BUILD_DOCS=OFF -DEXPAT_SHARED_LIBS=OFF
}

# One file; its UBSan build alone would take a minute, so it never has one.
recipe_yyjson()
{
	mkdir -p "$OUT/include" "$OUT/lib"
	cd "$SRC"
	$CC $CF $MAP -c src/yyjson.c -o "$B/yyjson.o"
	$AR rcs "$OUT/lib/libyyjson.a" "$B/yyjson.o"
	cp src/yyjson.h "$OUT/include/"
}

recipe_uv()
{
	build_cmake "$SRC" "" -DLIBUV_BUILD_SHARED=OFF \
		-DLIBUV_BUILD_TESTS=OFF -DLIBUV_BUILD_BENCH=OFF
	# newer CMake files install it as libuv.a on every system
	[ -f "$OUT/lib/libuv.a" ] || mv "$OUT"/lib/libuv*.a "$OUT/lib/libuv.a"
}

# TLS 1.2 and 1.3, AES, ChaCha, SHA, RSA, EC, Ed25519, X25519, ML-KEM, CMS.
recipe_openssl()
{
	local old="no-ssl3 no-ssl3-method no-tls1 no-tls1_1 no-tls1-method
		no-tls1_1-method no-dtls no-weak-ssl-ciphers no-md4 no-mdc2
		no-rc2 no-rc4 no-rmd160 no-bf no-cast no-idea no-seed no-des
		no-dsa no-deprecated no-legacy"
	local rare="no-aria no-blake2 no-camellia no-ocb no-scrypt no-siphash
		no-siv no-sm2 no-sm3 no-sm4 no-whirlpool no-argon2 no-ml-dsa
		no-slh-dsa no-ec2m no-gost no-cmac no-integrity-only-ciphers"
	local unused="no-sctp no-srp no-srtp no-psk no-cmp no-ts no-ocsp
		no-rfc3779 no-ct no-nextprotoneg no-quic no-comp
		no-multiblock no-thread-pool no-default-thread-pool
		no-fips-securitychecks no-sslkeylog no-ssl-trace no-async
		no-ui-console no-autoload-config"
	local system="no-shared no-tests no-apps no-docs no-module no-dso
		no-engine no-ktls no-uplink no-padlockeng no-afalgeng
		no-capieng threads"

	# The flags become a text in the library, so MAP must not be among
	# them; the source is named by a relative path instead.
	cd "$B"
	SM_CC_CLAIM='clang version 6.0.0' CC=$CC AR=$AR RANLIB=$RANLIB RC=$RC \
		perl ../src/Configure $SSL_TARGET --prefix=/usr \
		--libdir=lib --openssldir=/etc/ssl $old $rare $unused \
		$system $CF
	SM_CC_CLAIM='clang version 6.0.0' make -j"$JOBS" build_libs
	make install_dev DESTDIR="$OUT/d"
	mv "$OUT/d/usr/include" "$OUT/d/usr/lib" "$OUT/"
	rm -rf "$OUT/d"
}

recipe_libarchive()
{
	local o off=
	for o in MBEDTLS NETTLE LIBB2 LZ4 LZO BZip2 LIBXML2 PCREPOSIX \
		PCRE2POSIX LIBGCC CNG TAR CPIO CAT UNZIP XATTR ACL ICONV \
		TEST WERROR; do
		off="$off -DENABLE_$o=OFF"
	done
	# its check for expat.h does not look into the prefix by itself
	build_cmake "$SRC" "-I$P/include" -DPOSIX_REGEX_LIB=NONE $off \
		-DENABLE_EXPAT=ON -DENABLE_OPENSSL=ON \
		-DOPENSSL_ROOT_DIR="$P" -DZLIB_LIBRARY="$P/lib/libz.a" \
		-DZLIB_INCLUDE_DIR="$P/include"
}

# HTTP and WebSocket with TLS only; the same options for every target, so
# that a development build behaves like a release.
recipe_curl()
{
	local o off= find= flags=
	for o in DICT FILE FTP GOPHER IMAP IPFS LDAP LDAPS MQTT POP3 RTSP SMB \
		SMTP TELNET TFTP NTLM KERBEROS_AUTH NEGOTIATE_AUTH \
		DIGEST_AUTH ALTSVC HSTS DOH SRP AWS COOKIES NETRC MIME \
		FORM_API HEADERS_API PROGRESS_METER BINDLOCAL; do
		off="$off -DCURL_DISABLE_$o=ON"
	done
	[ "$TARGET" = native ] || find="-DOPENSSL_ROOT_DIR=$P
		-DOPENSSL_USE_STATIC_LIBS=ON
		-DZLIB_LIBRARY=$P/lib/libz.a -DZLIB_INCLUDE_DIR=$P/include"
	[ "$SYS" != Darwin ] || flags=-I$ROOT/scripts/stubs/macos
	build_cmake "$SRC" "$flags" -DBUILD_CURL_EXE=OFF -DBUILD_EXAMPLES=OFF \
		-DBUILD_LIBCURL_DOCS=OFF -DBUILD_MISC_DOCS=OFF \
		-DENABLE_CURL_MANUAL=OFF -DCURL_USE_OPENSSL=ON \
		-DCURL_ZLIB=ON -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF \
		-DUSE_NGHTTP2=OFF -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF \
		-DCURL_USE_LIBSSH2=OFF -DCURL_USE_PKGCONFIG=OFF \
		-DENABLE_THREADED_RESOLVER=ON -DCURL_CA_BUNDLE=none \
		-DCURL_CA_PATH=none $off $find
	grep -q 'CURL_DISABLE_WEBSOCKETS 1' "$B/o/lib/curl_config.h" &&
		die "curl was configured without WebSockets"
	return 0
}
