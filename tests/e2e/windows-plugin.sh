#!/bin/sh
# The plugin of a release for Windows under wine: statuses, a shell between
# pipes, a forwarded port, and a console whose keys are those of Windows.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
. "$SM_TOP/tests/lib/wine.sh"
tap_need curl python3 script

PLUGIN=$WIN/session-manager-plugin.exe
[ -x "$PLUGIN" ] || tap_skip_all 'not built (make release-x86_64-windows-gnu)'
tap_run wine wineboot -i

# --- without a session ----------------------------------------------------------
win_plugin=$(win_path "$PLUGIN")
win_is '--version' 0 "$win_plugin" --version
tap_like 'is a version' "$OUT" '^[0-9]+(\.[0-9]+){3}$'
win_is 'no arguments' 0 "$win_plugin"
tap_like 'say that it is installed' "$OUT" 'was installed successfully'
win_is 'an unknown operation' 0 "$win_plugin" -h
tap_like 'is named' "$OUT" 'Unknown operation -h\.'
win_is 'start --help' 0 "$win_plugin" start --help
win_is 'start without a target' 2 "$win_plugin" start --quiet

# --- sessions -------------------------------------------------------------------
# windows RESPONSE [VARIABLE=VALUE]...: as the AWS CLI runs it
windows()
{
	windows_response=$1
	shift
	env "$@" AWS_SSM_START_SESSION_RESPONSE="$windows_response" \
		timeout 60 wine "$PLUGIN" AWS_SSM_START_SESSION_RESPONSE \
		us-east-1 StartSession '' \
		"{\"Target\":\"$LOOPBACK_TARGET\"}" "$LOOPBACK_URL"
}

start_loopback --shell /bin/sh || exit 1
piped()
{
	printf 'echo over-$((6 * 7)); exit\n' | windows "$(loopback_session)"
}
tap_ok 'a shell between pipes' piped
tap_like 'answers' "$OUT" 'over-42'
tap_like 'and ends' "$OUT" '^Exiting session with sessionId'

gone='{"SessionId":"s","TokenValue":"t","StreamUrl":"ws://127.0.0.1:9/x"}'
tap_status 'nobody listens: a status for who asks' 4 \
	windows "$gone" SSM_PLUGIN_EXIT_STATUS=1 SSM_PLUGIN_CONNECT_SECONDS=1
tap_status 'and none for who does not' 0 \
	windows "$gone" SSM_PLUGIN_CONNECT_SECONDS=1
tap_like 'but one line' "$OUT" '^Cannot perform start session: '

start_echo || exit 1
windows "$(loopback_session AWS-StartPortForwardingSession \
	"{\"portNumber\":[\"$ECHO_PORT\"],\"localPortNumber\":[\"0\"]}")" \
	>port.out 2>&1 </dev/null &
tap_reap $!
if tap_wait 60 grep -q '^Port [0-9]* opened' port.out; then
	FORWARD_PORT=$(sed -n 's/^Port \([0-9]*\) opened.*/\1/p' port.out)
	tap_ok 'a forwarded port: many connections' echo_check 20 20000
	tap_ok 'and much on one' echo_check 1 3000000
	tap_like 'are accepted' port.out '^Connection accepted for session'
else
	tap_fail 'a forwarded port' "$(cat port.out)"
fi
stop_loopback

# --- a console ------------------------------------------------------------------
# virtual key, character and control state (8: Ctrl, 1: AltGr, 2: Alt); then
# what has to arrive: PROTOCOL.md 9.7
cat >keys <<'END'
41 61 0
1b 1b 0
42 62 0
5a 1a 8
43 63 0
dc 1c 8
51 40 9
45 20ac 9
58 78 2
25 0 0
70 0 0
08 08 0
08 7f 8
0d 0d 0
41 01 8
5a 7a 0
END
{
	printf 'a\033b\032c\034@\342\202\254\033x'
	printf '\033OD\033OP\010\177\015\001z'
} >wanted
typed=$T/typed
start_loopback --shell "sh -c 'stty raw -echo; printf ready; exec cat >$typed'"
AWS_SSM_START_SESSION_RESPONSE=$(loopback_session)
export AWS_SSM_START_SESSION_RESPONSE
x86_64-w64-mingw32-gcc -O1 -I "$SM_TOP" -o winkeys.exe \
	"$SM_TOP/tests/lib/winkeys.c" ||
	tap_fail 'winkeys.c does not compile'
TERM=xterm timeout 120 script -qefc "wine ./winkeys.exe keys go stop \
	'$win_plugin' AWS_SSM_START_SESSION_RESPONSE us-east-1 StartSession ''" \
	console.out >script.out 2>&1 </dev/null &
tap_reap $!
has() { [ "$(wc -c <"$1")" -ge "$2" ]; }
tap_ok 'a shell at a console' tap_wait 60 grep -q ready console.out
touch go
tap_wait 30 has "$typed" "$(wc -c <wanted)"
tap_same 'the keys of a console arrive as they are' "$typed" wanted
touch stop
wineserver -k 2>/dev/null
tap_done
