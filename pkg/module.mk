# libpkg.a: everything of smpkg but its main. Linux only.
pkg_SRC := \
	pkg/arc.c \
	pkg/build.c \
	pkg/check.c \
	pkg/cmd.c \
	pkg/cmd_build.c \
	pkg/cmd_inspect.c \
	pkg/cmd_key.c \
	pkg/cmd_layout.c \
	pkg/cmd_sign.c \
	pkg/cmd_verify.c \
	pkg/entries.c \
	pkg/field.c \
	pkg/filelist.c \
	pkg/fmt_deb.c \
	pkg/fmt_rpm.c \
	pkg/fmt_zip.c \
	pkg/format.c \
	pkg/jsonpos.c \
	pkg/key.c \
	pkg/keypkt.c \
	pkg/layout.c \
	pkg/manifest.c \
	pkg/pgpsign.c \
	pkg/rpmfiles.c \
	pkg/rpmhdr.c \
	pkg/script.c \
	pkg/sign.c

pkg_NEEDS := common
pkg_EXT := rpm archive curl ssl expat yyjson zlib

unit_pkg := pkg_arc pkg_check pkg_filelist pkg_format pkg_jsonpos pkg_key \
	pkg_manifest pkg_script
fuzz_pkg := pkg_key pkg_manifest
bench_pkg :=

smpkg_MAIN := pkg/main.c
smpkg_LIBS := pkg common
smpkg_EXT := $(pkg_EXT)
