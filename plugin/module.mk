# libwire.a: the protocol, without input and output.
wire_SRC := \
	plugin/wire/crypter.c \
	plugin/wire/flight.c \
	plugin/wire/handshake.c \
	plugin/wire/message.c \
	plugin/wire/payload.c \
	plugin/wire/reorder.c \
	plugin/wire/rate.c \
	plugin/wire/rtt.c \
	plugin/wire/sendq.c \
	plugin/wire/smux.c \
	plugin/wire/stream.c \
	plugin/wire/window.c \
	plugin/wire/wsframe.c

wire_NEEDS := common
wire_EXT := ssl yyjson

# libplugin.a: everything of session-manager-plugin but its main.
plugin_SRC := \
	plugin/args.c \
	plugin/channel.c \
	plugin/cmd_run.c \
	plugin/cmd_start.c \
	plugin/commands.c \
	plugin/conn.c \
	plugin/descriptor.c \
	plugin/escape.c \
	plugin/events.c \
	plugin/keymap.c \
	plugin/kind.c \
	plugin/listener.c \
	plugin/logfile.c \
	plugin/logwatch.c \
	plugin/negotiate.c \
	plugin/port.c \
	plugin/port_basic.c \
	plugin/port_mux.c \
	plugin/port_stdio.c \
	plugin/remote.c \
	plugin/request.c \
	plugin/seelog.c \
	plugin/session.c \
	plugin/settings.c \
	plugin/shell.c \
	plugin/siblings.c \
	plugin/signals.c \
	plugin/sink.c \
	plugin/source.c \
	plugin/start.c \
	plugin/transport.c \
	plugin/upgrade.c
plugin_SRC_unix := \
	plugin/limits_unix.c \
	plugin/parent_unix.c \
	plugin/signals_unix.c \
	plugin/terminal_unix.c
plugin_SRC_linux := plugin/parent_linux.c
plugin_SRC_macos := plugin/parent_macos.c
plugin_SRC_windows := \
	plugin/limits_windows.c \
	plugin/parent_windows.c \
	plugin/signals_windows.c \
	plugin/terminal_windows.c

plugin_NEEDS := wire common
plugin_EXT := curl ssl uv expat yyjson zlib

unit_wire := crypter flight handshake message payload rate reorder rtt sendq \
	smux stream stream_receive stream_sim window wsframe
unit_plugin := args escape events keymap kind listener logfile plug_channel \
	plug_negotiate plug_transport parent request seelog settings signals \
	sink source start
fuzz_wire := handshake message payload smux stream wsframe
fuzz_plugin := args escape request seelog settings start
bench_wire := stream wsframe
bench_plugin :=

session-manager-plugin_MAIN := plugin/main.c
session-manager-plugin_LIBS := plugin wire common
session-manager-plugin_EXT := $(plugin_EXT)
session-manager-plugin_RES_windows := windows/plugin.rc
