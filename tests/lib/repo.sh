# shellcheck shell=sh
# Serving a folder over HTTP for clients of repositories. Read after tap.sh.

# repo_serve DIR: URL becomes its address
repo_serve()
{
	"$SM_BIN/session-manager-loopback" --port-file "$T/port" --files "$1" \
		>"$T/serve.log" 2>&1 &
	tap_reap $!
	tap_wait 20 test -s "$T/port" || return 1
	URL=http://127.0.0.1:$(cat "$T/port")/files
	export URL
}
