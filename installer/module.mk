# libinstaller.a: everything of the installer but its main.
installer_SRC :=
installer_SRC_unix :=
installer_SRC_windows :=

installer_NEEDS := common
installer_EXT := curl archive ssl expat yyjson zlib

unit_installer :=
fuzz_installer :=
bench_installer :=

session-manager-installer_MAIN := installer/main.c
session-manager-installer_LIBS := installer common
session-manager-installer_EXT := $(installer_EXT)
