# This machine's compiler and -dev packages; curl and yyjson from pinned
# sources (scripts/deps), because Debian 12's curl has no WebSockets.
# MODE is native, san or fuzz.
CC := gcc
AR := ar
OS := linux
EXE :=
CCACHE := $(shell command -v ccache 2>/dev/null)
PROGRAMS := session-manager-plugin session-manager-installer \
	session-manager-loopback smpkg

DEPS_READY := $(DEPS)/native/.ok
DEP_CPPFLAGS := -isystem $(DEPS)/native/include \
	$(shell pkg-config --cflags libuv libarchive rpm p11-kit-1 \
		2>/dev/null)

MODE_CFLAGS := -O2 -g -fstack-protector-strong -D_FORTIFY_SOURCE=2
MODE_LDFLAGS := -Wl,-z,relro,-z,now
# Replays a corpus; in MODE=fuzz the engine has its own main.
FUZZ_DRIVER = $(O)/obj/tests/fuzz/driver.o

ifeq ($(MODE),san)
MODE_CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
MODE_LDFLAGS := -fsanitize=address,undefined
endif
ifeq ($(MODE),fuzz)
CC := clang
MODE_CFLAGS := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined,fuzzer-no-link
MODE_LDFLAGS := -fsanitize=address,undefined,fuzzer
FUZZ_DRIVER :=
endif

LIBS_curl := $(DEPS)/native/lib/libcurl.a -lssl -lcrypto -lz
LIBS_yyjson := $(DEPS)/native/lib/libyyjson.a
LIBS_archive := -larchive
LIBS_lzma := -llzma
LIBS_ssl := -lssl -lcrypto
LIBS_expat := -lexpat
LIBS_uv := -luv
LIBS_zlib := -lz
LIBS_rpm := -lrpm -lrpmio
LIBS_p11 := -lp11-kit
LIBS_cmocka := -lcmocka
LIBS_SYSTEM := -lpthread -lutil

$(DEPS_READY): scripts/deps scripts/sources.list $(wildcard scripts/lib/*.sh)
	@scripts/deps native $(@D)
