# libwire.a: the protocol, without input and output.
wire_SRC :=

wire_NEEDS := common
wire_EXT := ssl yyjson

# libplugin.a: everything of session-manager-plugin but its main.
plugin_SRC :=
plugin_SRC_unix :=
plugin_SRC_linux :=
plugin_SRC_macos :=
plugin_SRC_windows :=

plugin_NEEDS := wire common
plugin_EXT := curl ssl uv expat yyjson zlib

unit_wire :=
unit_plugin :=
fuzz_wire :=
fuzz_plugin :=
bench_wire :=
bench_plugin :=

session-manager-plugin_MAIN := plugin/main.c
session-manager-plugin_LIBS := plugin wire common
session-manager-plugin_EXT := $(plugin_EXT)
