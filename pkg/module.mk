# libpkg.a: everything of smpkg but its main. Linux only.
pkg_SRC :=

pkg_NEEDS := common
pkg_EXT := rpm archive curl ssl expat yyjson zlib

unit_pkg :=
fuzz_pkg :=
bench_pkg :=

smpkg_MAIN := pkg/main.c
smpkg_LIBS := pkg common
smpkg_EXT := $(pkg_EXT)
