# libloopback.a: everything of session-manager-loopback but its main.
loopback_SRC :=
loopback_SRC_unix :=
loopback_SRC_windows :=

loopback_NEEDS := wire common
loopback_EXT := curl ssl uv expat yyjson zlib

unit_loopback :=
fuzz_loopback :=
bench_loopback :=

session-manager-loopback_MAIN := loopback/main.c
session-manager-loopback_LIBS := loopback wire common
session-manager-loopback_EXT := $(loopback_EXT)
