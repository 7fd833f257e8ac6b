#!/bin/sh
# The official plugin's history: what each of its versions that changed
# behaviour brought is there. One test line for each, named by its version.
# Where something cannot be seen from outside within a test, the line is
# missing and docs/compatibility.md says what shows it.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

COMMAND='AWS-StartNonInteractiveCommand'

# v VERSION TEXT FUNCTION...: one line of the history
v()
{
	v_name="$1: $2"
	shift 2
	tap_ok "$v_name" "$@"
}

tcp()
{
	timeout 30 python3 "$SM_TOP/tests/lib/tcp.py" "$@"
}

# server CODE: a destination in Python, with `s` listening; sets SERVER_PORT
server()
{
	rm -f "$T/.server.port"
	python3 -c "
import os, socket, sys, time
s = socket.create_server(('127.0.0.1', 0))
with open('$T/.server.part', 'w') as out:
    print(s.getsockname()[1], file=out)
os.rename('$T/.server.part', '$T/.server.port')
$1" &
	tap_reap $!
	tap_wait 20 test -s "$T/.server.port" || return 1
	SERVER_PORT=$(cat "$T/.server.port")
}

forward()
{
	start_forward "$(loopback_session AWS-StartPortForwardingSession \
		"{\"portNumber\":[\"$1\"]}")"
}

# run DOCUMENT PARAMETERS [WRAPPER...]: output to run.out; input from "input"
run()
{
	run_session=$(loopback_session "$1" "$2")
	shift 2
	loopback_plugin "$run_session" "$@" timeout 20 <input >run.out 2>run.err
}

# says PATTERN: a line of run.out matches
says()
{
	grep -Eq -e "$1" run.out || {
		cat run.out
		return 1
	}
}

# legacy RESPONSE: four arguments only, as very old AWS CLIs
legacy()
{
	timeout 20 "$SM_BIN/session-manager-plugin" "$1" us-east-1 StartSession \
		<input >run.out 2>&1
}

# --- keep-alive takes ten seconds: begun here, looked at below -------------------
start_echo || exit 1
start_loopback --agent-version 3.1.1511.0 || exit 1
forward "$ECHO_PORT"
OLD_SERVER=$LOOPBACK_PID OLD_PLUGIN=$PLUGIN_PID OLD_URL=$LOOPBACK_URL
OLD_UP=$(loopback_count bytes_up)
LOOPBACK_PID=
mv .loopback.log old.log
start_loopback || exit 1
forward "$ECHO_PORT"
NEW_SERVER=$LOOPBACK_PID NEW_PLUGIN=$PLUGIN_PID NEW_URL=$LOOPBACK_URL
NEW_UP=$(loopback_count bytes_up)
LOOPBACK_PID=
# switches PID: how often its threads have waited for something
switches()
{
	cat "/proc/$1"/task/*/status |
		awk '/^voluntary/ { n += $2 } END { print n }'
}
sleep 1
NEW_SWITCHES=$(switches "$NEW_PLUGIN")
STARTED=$(date +%s)

# up URL: bytes of the stream that its only session has received
up()
{
	LOOPBACK_URL=$1 loopback_count bytes_up
}

# --- shells, encryption, arguments ----------------------------------------------
: >input
start_loopback --shell 'env PS1=: sh' --kms-key alias/k || exit 1
encrypted()
{
	printf 'echo $((40+2))\nexit\n' >input
	run '' '' && says '^This session is encrypted using AWS KMS' &&
		says '^:?42' && [ "$(loopback_total data_keys)" -eq 1 ]
}
v 1.1.17.0 'KMS encryption after a handshake' encrypted
legacy_text()
{
	legacy "$(loopback_session)"
	says 'Installed version of CLI does not support Session Manager encryption'
}
v 1.2.245.0 'KMS under a CLI that is too old has its own text' legacy_text

start_loopback --shell 'env PS1=: sh' || exit 1
shell()
{
	printf 'echo $((40+3))\nexit\n' >input
	run '' '' "$@" && says '^:?43' && says '^Exiting session'
}
v 1.0.0.0 'shell sessions' shell
by_variable()
{
	AWS_SSM_START_SESSION_RESPONSE_OTHER=$(loopback_session)
	export AWS_SSM_START_SESSION_RESPONSE_OTHER
	"$SM_BIN/session-manager-plugin" AWS_SSM_START_SESSION_RESPONSE_OTHER \
		us-east-1 StartSession '' "{\"Target\":\"$LOOPBACK_TARGET\"}" \
		"$LOOPBACK_URL" <input >run.out
	unset AWS_SSM_START_SESSION_RESPONSE_OTHER
	says '^:?43'
}
v 1.2.536.0 'the response comes through a variable' by_variable
client_version()
{
	[ "$(loopback_count client_version)" = \
		"$("$SM_BIN/session-manager-plugin" --version)" ]
}
v 1.2.677.0 'the channel is opened with the version of the client' client_version
unsigned()
{
	shell env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$T"
}
v 1.2.694.0 'a caller without credentials still gets a session' unsigned
early_end()
{
	: >input
	run AWS-StartInteractiveCommand '{"command":["echo once; echo last"]}' &&
		says '^last'
}
v 1.2.234.0 'an interactive command that ends at once shows everything' early_end
quiet_log()
{
	: >input
	run $COMMAND '{"command":["echo payload-in-log"]}' \
		env SSM_PLUGIN_LOG="$T/log:debug" && [ -s log ] &&
		! grep -q payload-in-log log
}
v 1.2.234.0 'a debug log has nothing of the stream' quiet_log

# --- commands --------------------------------------------------------------------
command_runs()
{
	: >input
	run $COMMAND '{"command":["echo plain"]}' && says '^plain'
}
v 1.2.54.0 'commands that are not interactive' command_runs
apart()
{
	: >input
	run $COMMAND '{"command":["echo o; echo e >&2; exit 9"],"separateOutputStream":["true"]}' \
		env SSM_PLUGIN_EXIT_STATUS=1 SSM_PLUGIN_QUIET=1
	[ $? -eq 9 ] && [ "$(cat run.out)" = o ] && [ "$(cat run.err)" = e ]
}
v 1.2.312.0 'errors and exit code of a command are told apart' apart

# --- ports -----------------------------------------------------------------------
rm -f sunk
server "
while True:
    c = s.accept()[0]
    data = b''
    while len(data) < 200000:
        piece = c.recv(65536)
        if not piece:
            break
        data += piece
    open('$T/sunk', 'wb').write(data)
    c.close()" || exit 1
SINK_PORT=$SERVER_PORT
head -c 200000 /dev/urandom >input
stdio()
{
	run AWS-StartSSHSession "{\"portNumber\":[\"$SINK_PORT\"]}" "$@" &&
		tap_wait 5 cmp input sunk
}
v 1.1.23.0 'SSH: a remote port on standard input and output' stdio
limited()
{
	limited_from=$(date +%s%N)
	stdio env SSM_PLUGIN_RATE_LIMIT=100000 &&
		[ $(($(date +%s%N) - limited_from)) -gt 1200000000 ]
}
v 1.1.26.0 'the rate of a port can be limited' limited
many()
{
	forward "$ECHO_PORT" && echo_check 8 20000 &&
		grep -q '^Waiting for connections' "$PLUGIN_OUT"
}
v 1.2.7.0 'many connections through one session' many
flag()
{
	stop_forward && tap_wait 5 loopback_state over &&
		[ "$(loopback_total terminates)" -eq 0 ]
}
v 1.1.35.0 'Ctrl-C tells the agent, without the service' flag
unix_socket()
{
	start_plugin "$(loopback_session AWS-StartPortForwardingSessionToSocket \
		"{\"portNumber\":[\"$ECHO_PORT\"],\"localUnixSocket\":[\"$T/s\"]}")"
	tap_wait 10 grep -q '^Unix socket' "$PLUGIN_OUT" &&
		tcp unix "$T/s" hello && stop_forward
}
v 1.1.50.0 'a local unix socket' unix_socket
nothing_left()
{
	mkdir -p tmp
	TMPDIR=$T/tmp
	export TMPDIR
	forward "$ECHO_PORT" && echo_check 1 1000
	unset TMPDIR
	kill -9 "$PLUGIN_PID"
	tap_wait 5 dead "$PLUGIN_PID" && [ -z "$(ls tmp)" ]
}
v 1.2.30.0 'no socket is left in the temporary folder, even after a crash' \
	nothing_left
late()
{
	forward "$ECHO_PORT" && sleep 2 && ! dead "$PLUGIN_PID" &&
		echo_check 1 1000 && stop_forward
}
v 1.2.331.0 'a forward waits for its first connection' late
survives()
{
	forward "$ECHO_PORT" && loopback_fault '{"cut-each":300000}' >fault.out &&
		echo_check 2 400000 && [ "$(loopback_count resumes)" -gt 0 ] &&
		loopback_fault '{"reset":true}' >fault.out && stop_forward
}
v 1.2.835.0 'forwards survive a connection that breaks' survives
escape()
{
	timeout 30 python3 "$SM_TOP/tests/lib/terminal.py" escape 0
}
start_loopback --shell 'env PS1=ready: sh' --fault pause=200 || exit 1
paused()
{
	: >input
	run $COMMAND '{"command":["head -c 100000 /dev/zero | tr \\0 p"]}' \
		env SSM_PLUGIN_QUIET=1 && [ "$(wc -c <run.out)" -eq 100000 ]
}
v 1.2.295.0 'a publication that pauses goes on' paused
loopback_fault '{"reset":true}' >fault.out
v 1.2.835.0 'escapes at the beginning of a line' escape

# --- agents of their time ----------------------------------------------------------
start_loopback --agent-version 3.0.196.0 || exit 1
again()
{
	forward "$ECHO_PORT" && tcp lines "$FORWARD_PORT" &&
		tcp lines "$FORWARD_PORT" && ! dead "$PLUGIN_PID" && stop_forward
}
v 1.1.31.0 'one connection after the other, until the remote side ends' again
rm -f sunk
drops()
{
	echo data >drop
	forward "$SINK_PORT" && tcp send "$FORWARD_PORT" drop &&
		tap_wait 5 cmp drop sunk && ! dead "$PLUGIN_PID" && stop_forward
}
v 1.1.33.0 'the agent is told when the local client drops' drops
server "
while True:
    c = s.accept()[0]
    c.sendall(b'greeting\n')
    time.sleep(20)" || exit 1
greeted()
{
	forward "$SERVER_PORT" && sleep 1 &&
		[ "$(loopback_count in_flight)" -gt 0 ] &&
		timeout 10 python3 -c "
import socket
print(socket.create_connection(('127.0.0.1', $FORWARD_PORT)).recv(99))" \
			>run.out && says 'greeting' && stop_forward
}
v 1.1.54.0 'what nobody takes yet is not acknowledged, and is not lost' greeted

# --- what the service says -----------------------------------------------------------
start_loopback --require-signed --session-token of-a-role \
	--shell 'env PS1=: sh' || exit 1
AWS_SESSION_TOKEN=of-a-role
export AWS_SESSION_TOKEN
v 1.2.764.0 'the connection is signed' shell
python3 "$SM_TOP/tests/lib/aws.py" .aws.port aws.log &
tap_reap $!
tap_wait 20 test -s .aws.port || exit 1
AWS=http://127.0.0.1:$(cat .aws.port)
cat >"$AWS_CONFIG_FILE" <<EOF
[profile base]
aws_access_key_id = AKIDBASE
aws_secret_access_key = base
[profile role]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = base
[profile portal]
sso_start_url = https://portal.example/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = r
EOF
mkdir -p .aws/sso/cache
printf '{"accessToken":"of-the-portal","expiresAt":"%s"}' \
	"$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" \
	>".aws/sso/cache/$(printf https://portal.example/start | sha1sum |
		cut -d ' ' -f 1).json"
# profile NAME REQUEST: a signed session with its keys, got by that request
profile()
{
	rm -f aws.log
	shell env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY \
		-u AWS_SESSION_TOKEN HOME="$T" AWS_PROFILE="$1" \
		AWS_ENDPOINT_URL_STS="$AWS" AWS_ENDPOINT_URL_SSO="$AWS" &&
		grep -q "^$2" aws.log
}
v 1.2.245.0 'credentials of SSO' profile portal 'GET /federation/credentials'
v 1.2.814.0 'STS is asked at its own endpoint, not at the one of SSM' \
	profile role 'POST AssumeRole'
unset AWS_SESSION_TOKEN

start_loopback --shell 'env PS1=: sh' || exit 1
# url SED: with that change a stream URL is refused, and nobody is asked
url()
{
	loopback_plugin "$(loopback_session | sed "$1")" timeout 20 <input \
		>run.out &&
		says '^Cannot perform start session: malformed ws or wss URL$' &&
		[ "$(loopback_count opens)" -eq 0 ]
}
for change in 's,ws://127,ws://u@127,' 's,ws://127,ws://u:p@127,' \
	's,ws://127,wss://ssmmessages.us-east-1.amazonaws.com@127,' \
	's,ws://,http://,' 's,ws://,file://,' 's,ws://[^/]*/,ws:///,' \
	's,ws://,,' 's,ws://\([^/]*\)/,ws://\1 /,'; do
	v 1.2.889.0 "a stream URL that is none, or hides its host: $change" \
		url "$change"
done
reported()
{
	loopback_plugin "$(loopback_session |
		sed 's,ws://127[0-9.:]*,ws://127.0.0.1:1,')" \
		env SSM_PLUGIN_CONNECT_SECONDS=1 timeout 20 <input >run.out &&
		says "^Cannot perform start session: cannot connect to 'ws://127.0.0.1:1/"
}
v 1.2.889.0 'a connection that fails is reported' reported
start_loopback --fault stall=1 || exit 1
unanswered()
{
	run '' '' env SSM_PLUGIN_ANSWER_SECONDS=1 &&
		says 'the target did not answer within 1 s$'
}
v 1.2.205.0 'a session that does not start is not waited for for ever' unanswered

# --- keep-alive: eleven seconds later -------------------------------------------------
LEFT=$((STARTED + 12 - $(date +%s)))
[ "$LEFT" -le 0 ] || sleep "$LEFT"
keeps_alive()
{
	[ "$(up "$OLD_URL")" -gt "$OLD_UP" ]
}
keeps_still()
{
	[ "$(up "$NEW_URL")" -eq "$NEW_UP" ]
}
v 1.2.339.0 'keep-alive with agents up to 3.1.1511.0' keeps_alive
v 1.2.323.0 'no keep-alive with newer ones: idle is idle' keeps_still
sleeps()
{
	sleeps_n=$(($(switches "$NEW_PLUGIN") - NEW_SWITCHES))
	sleeps_sec=$(($(date +%s) - STARTED))
	echo "woke $sleeps_n times in $sleeps_sec s"
	[ "$sleeps_n" -le "$sleeps_sec" ]
}
tap_ok 'an idle forward wakes less than once in a second' sleeps
sed 's/^/# /' "$OUT"
kill -INT "$OLD_PLUGIN" "$NEW_PLUGIN"
tap_wait 5 dead "$OLD_PLUGIN"
tap_wait 5 dead "$NEW_PLUGIN"
kill "$OLD_SERVER" "$NEW_SERVER"
tap_done
