#!/bin/sh
# The plugin, measured through the loopback in one run: start, size, port
# forwarding, echo. With OFFICIAL_PLUGIN=/path the official program is measured
# beside it and the last column is the ratio ours : theirs; without it a direct
# connection is the yardstick of the port figures.
#
# BENCH_MIB: how much is moved each way (default 64; 8 for the official one).
# RELEASE_PLUGIN: the program to measure (default: the static release binary
# if it was built, else the native one).
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"

MEASURE=${SM_TOOLS:-$SM_TOP/build/tests}/measure
OURS=${RELEASE_PLUGIN:-$SM_TOP/build/x86_64-linux-musl/bin/session-manager-plugin}
[ -x "$OURS" ] || OURS=$SM_BIN/session-manager-plugin
THEIRS=${OFFICIAL_PLUGIN-}
MIB=${BENCH_MIB:-64}

# free_port: one that nobody listens on
free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# measure_plugin PLUGIN MIB FILE
measure_plugin()
{
	printf 'size_bytes %s\n' "$(stat -c %s "$1")" >"$3"
	"$MEASURE" run 200 "$1" --version >>"$3"
	remote=$(free_port)
	loopback_session AWS-StartPortForwardingSession \
		"{\"portNumber\":[\"$remote\"],\"localPortNumber\":[\"0\"]}" \
		>"$T/session.json"
	"$1" "$(cat "$T/session.json")" us-east-1 StartSession '' \
		'{"Target":"i-0123456789abcdef0"}' "$LOOPBACK_URL" \
		>"$T/plugin.out" 2>&1 &
	plugin=$!
	tap_reap "$plugin"
	tap_wait 20 grep -q '^Port [0-9]* opened' "$T/plugin.out" || return 1
	local_port=$(sed -n 's/^Port \([0-9]*\) opened.*/\1/p' "$T/plugin.out")
	"$MEASURE" port "$local_port" "$remote" "$plugin" "$2" >>"$3"
	kill "$plugin" 2>/dev/null
}

value() { sed -n "s/^$1 //p" "$2"; }

start_loopback --no-auth || exit 1
measure_plugin "$OURS" "$MIB" "$T/ours" || exit 1
if [ -n "$THEIRS" ]; then
	measure_plugin "$THEIRS" 8 "$T/theirs" || exit 1
fi
printf '%-24s %14s %14s %8s\n' measure ours official ratio
while read -r name ours; do
	theirs=-
	ratio=-
	if [ -n "$THEIRS" ]; then
		theirs=$(value "$name" "$T/theirs")
		ratio=$(awk -v a="$ours" -v b="${theirs:-0}" \
			'BEGIN { if (b > 0) printf "%.3f", a / b; else print "-" }')
	fi
	printf '%-24s %14s %14s %8s\n' "$name" "$ours" "$theirs" "$ratio"
done <"$T/ours"
