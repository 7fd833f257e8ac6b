# libloopback.a: everything of session-manager-loopback but its main.
loopback_SRC := \
	loopback/agent.c \
	loopback/agent_command.c \
	loopback/agent_mux.c \
	loopback/agent_port.c \
	loopback/agent_shell.c \
	loopback/api.c \
	loopback/auth.c \
	loopback/conn.c \
	loopback/dial.c \
	loopback/document.c \
	loopback/fault.c \
	loopback/files.c \
	loopback/gateway.c \
	loopback/http.c \
	loopback/kms.c \
	loopback/options.c \
	loopback/peer.c \
	loopback/relay.c \
	loopback/report.c \
	loopback/route.c \
	loopback/server.c \
	loopback/session.c \
	loopback/upgrade.c
loopback_SRC_unix :=
loopback_SRC_windows :=

loopback_NEEDS := wire common
loopback_EXT := curl ssl uv expat yyjson zlib

unit_loopback := loop_document loop_fault loop_http loop_kms loop_options loop_peer loop_relay
fuzz_loopback := loop_document loop_fault loop_http
bench_loopback :=

session-manager-loopback_MAIN := loopback/main.c
session-manager-loopback_LIBS := loopback wire common
session-manager-loopback_EXT := $(loopback_EXT)
