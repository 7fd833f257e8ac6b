# A release target, by zig's name: static, from pinned sources only. The
# tools and libraries of the target come from scripts/deps.
OS := $(word 2,$(subst -, ,$(MODE)))
EXE := $(if $(filter windows,$(OS)),.exe)
TARGET_DEPS := $(DEPS)/$(MODE)
DEPS_READY := $(TARGET_DEPS)/.ok
CC := $(TARGET_DEPS)/bin/sm-cc
AR := $(TARGET_DEPS)/bin/sm-ar
WINDRES := x86_64-w64-mingw32-windres
# What the linker takes: an object file or, for a processor that windres does
# not know, the compiled resources alone.
RES_FORM := $(if $(filter x86-%,$(MODE)),-F pe-i386) $(if \
	$(filter aarch64-%,$(MODE)),-O res,-O coff)
CCACHE := $(shell command -v ccache 2>/dev/null)
PROGRAMS := session-manager-plugin session-manager-installer \
	$(if $(filter linux,$(OS)),session-manager-loopback) \
	$(if $(filter windows,$(OS)),session-manager-setup)

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/session-manager-toolchain
export CCACHE_DIR := $(CACHE)/ccache
export CCACHE_MAXSIZE := 500M
export CCACHE_COMPILERTYPE := clang
export CCACHE_COMPILERCHECK := string:$(MODE)-$(firstword \
	$(shell cat package-lock.json scripts/lib/targets.sh | sha256sum))
export CCACHE_BASEDIR := $(CURDIR)

DEP_CPPFLAGS := -isystem $(TARGET_DEPS)/include
MODE_CFLAGS = -Os -g0 -ffunction-sections -fdata-sections \
	-fstack-protector-strong '-ffile-prefix-map=$(CURDIR)=.' \
	$(MODE_WARN)
# gcc's -Wformat=2 knows va_list functions; macros of these C libraries cast.
MODE_WARN := -Wno-format-nonliteral -Wno-cast-qual
# -O2 on the link line picks the fast memcpy of zig's C library.
MODE_LDFLAGS := -O2 -s

ifeq ($(OS),linux)
MODE_CFLAGS += -fPIE -fno-asynchronous-unwind-tables -fno-unwind-tables
MODE_LDFLAGS += -static -fPIE -pie -Wl,--gc-sections -Wl,-z,relro,-z,now
LIBS_SYSTEM := $(if $(filter x86-%,$(MODE)),$(TARGET_DEPS)/lib/libatomic_stub.a)
endif
ifeq ($(OS),macos)
MODE_LDFLAGS += -Wl,-dead_strip -F$(TARGET_DEPS)/frameworks
LIBS_SYSTEM :=
endif
ifeq ($(OS),windows)
DEP_CPPFLAGS += -DCURL_STATICLIB -DLIBARCHIVE_STATIC -DXML_STATIC \
	-DUNICODE -D_UNICODE
MODE_LDFLAGS += -Wl,--gc-sections
LIBS_SYSTEM := -lws2_32 -lcrypt32 -lbcrypt -liphlpapi -luserenv -ldbghelp \
	-lole32 -lshell32 -luser32 -ladvapi32 -lpsapi -lsecur32
endif

LIBS_zlib := $(TARGET_DEPS)/lib/libz.a
LIBS_ssl := $(TARGET_DEPS)/lib/libssl.a $(TARGET_DEPS)/lib/libcrypto.a
LIBS_curl := $(TARGET_DEPS)/lib/libcurl.a $(LIBS_ssl) $(LIBS_zlib)
LIBS_yyjson := $(TARGET_DEPS)/lib/libyyjson.a
LIBS_expat := $(TARGET_DEPS)/lib/libexpat.a
LIBS_uv := $(TARGET_DEPS)/lib/libuv.a
LIBS_archive := $(TARGET_DEPS)/lib/libarchive.a $(TARGET_DEPS)/lib/liblzma.a \
	$(TARGET_DEPS)/lib/libzstd.a $(LIBS_expat) $(LIBS_ssl) $(LIBS_zlib)

$(DEPS_READY): scripts/deps scripts/sources.list $(wildcard scripts/lib/*.sh)
	@scripts/deps $(MODE) $(@D)
