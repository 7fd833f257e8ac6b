#!/bin/sh
# Forwarded ports of all three kinds, to the byte and to the text.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

tcp()
{
	timeout 60 python3 "$SM_TOP/tests/lib/tcp.py" "$@"
}

# tcp_server VERB FILE: a server of tests/lib/tcp.py; sets TCP_PORT
tcp_server()
{
	rm -f "$T/.tcp.port"
	python3 "$SM_TOP/tests/lib/tcp.py" "$1" "$2" "$T/.tcp.port" &
	tap_reap $!
	tap_wait 20 test -s "$T/.tcp.port" || return 1
	TCP_PORT=$(cat "$T/.tcp.port")
}

# forward REMOTE-PORT [LOCAL-PORT]
forward()
{
	start_forward "$(loopback_session AWS-StartPortForwardingSession \
		"{\"portNumber\":[\"$1\"],\"localPortNumber\":[\"${2-0}\"]}")"
}

start_loopback || exit 1
start_echo || exit 1

# --- texts ---------------------------------------------------------------------
forward "$ECHO_PORT"
id=$(sed -n 's/^Starting session with SessionId: //p' "$PLUGIN_OUT")
tap_ok 'a connection' tcp lines "$FORWARD_PORT"
tap_ok 'another one' tcp lines "$FORWARD_PORT"
tap_ok 'Ctrl-C' stop_forward
printf '\nStarting session with SessionId: %s\nPort %s opened for sessionId %s.\nWaiting for connections...\n\nConnection accepted for session [%s]\nTerminate signal received, exiting.\n\n\nExiting session with sessionId: %s.\n\n' \
	"$id" "$FORWARD_PORT" "$id" "$id" "$id" >want
tap_same 'all texts of a forward' "$PLUGIN_OUT" want
tap_ok 'the agent was told' tap_wait 5 loopback_state over

# --- many and much -------------------------------------------------------------
forward "$ECHO_PORT"
tap_ok 'one connection, 20 MB' echo_check 1 20000000
tap_ok '200 connections at once' echo_check 200 20000
tap_ok '1000 that are open together' tcp idle "$FORWARD_PORT" 1000
# the size whose last piece was one line feed: PROTOCOL.md 10.7
tcp_server sink "$T/received"
sink_port=$TCP_PORT
stop_forward
forward "$sink_port"
head -c 1016 /dev/zero | tr '\0' A >line
echo >>line
tap_ok 'a line feed in a piece of its own' tcp send "$FORWARD_PORT" line
tap_ok 'arrives' tap_wait 15 cmp line received
printf '\n' >line
tap_ok 'a lone line feed' tcp send "$FORWARD_PORT" line
tap_ok 'stays one' tap_wait 15 cmp line received
stop_forward

# --- ends ----------------------------------------------------------------------
forward "$ECHO_PORT"
tap_ok 'a request that ends before its answer' tcp half "$FORWARD_PORT" 100000
stop_forward
forward 1
tap_fails 'a destination that refuses' tcp lines "$FORWARD_PORT"
tap_is 'is told once' "$(grep -c '^Connection to destination port failed, check SSM Agent logs.$' \
	"$PLUGIN_OUT")" 1
tap_ok 'and the session goes on' kill -0 "$PLUGIN_PID"
for signal in TERM HUP; do
	kill -s $signal "$PLUGIN_PID"
	tap_ok "SIG$signal ends it" tap_wait 2 dead "$PLUGIN_PID"
	tap_ok 'the agent was told' tap_wait 5 loopback_state over
	forward "$ECHO_PORT"
done
stop_forward
loopback_session AWS-StartPortForwardingSession \
	"{\"portNumber\":[\"$ECHO_PORT\"],\"localPortNumber\":[\"0\"]}" >session.json
AWS_SSM_START_SESSION_RESPONSE=$(cat session.json)
export AWS_SSM_START_SESSION_RESPONSE
# shellcheck disable=SC2016
sh -c '"$SM_BIN/session-manager-plugin" AWS_SSM_START_SESSION_RESPONSE \
	us-east-1 StartSession "" "{\"Target\":\"$1\"}" "$LOOPBACK_URL" \
	>orphan.out </dev/null & echo $! >orphan; sleep 30' sh "$LOOPBACK_TARGET" &
parent=$!
tap_wait 10 grep -q Waiting orphan.out
tap_reap "$(cat orphan)"
kill -9 "$parent"
tap_ok 'it does not outlive its caller' tap_wait 3 dead "$(cat orphan)"
tap_ok 'the agent was told' tap_wait 5 loopback_state over

# --- a local port that is taken ------------------------------------------------
loopback_session AWS-StartPortForwardingSession \
	"{\"portNumber\":[\"1\"],\"localPortNumber\":[\"$ECHO_PORT\"]}" >session.json
tap_status 'a taken port: status 0' 0 loopback_plugin "$(cat session.json)"
tap_is 'its error' "$(tail -n 1 "$OUT")" \
	"Cannot perform start session: listen tcp 127.0.0.1:$ECHO_PORT: bind: address already in use"
loopback_session AWS-StartPortForwardingSession \
	"{\"portNumber\":[\"1\"],\"localPortNumber\":[\"$ECHO_PORT\"]}" >session.json
tap_status 'a taken port, asked for its status' 1 loopback_plugin \
	"$(cat session.json)" env SSM_PLUGIN_EXIT_STATUS=1

# --- addresses, events ---------------------------------------------------------
SSM_PLUGIN_LOCAL_HOST=127.0.0.2
SSM_PLUGIN_EVENT_FD=3
export SSM_PLUGIN_LOCAL_HOST SSM_PLUGIN_EVENT_FD
exec 3>events
forward 1
exec 3>&-
unset SSM_PLUGIN_LOCAL_HOST SSM_PLUGIN_EVENT_FD
tap_like 'listening' events \
	"^\\{\"event\":\"listening\",\"host\":\"127.0.0.2\",\"port\":$FORWARD_PORT\\}"
tap_fails 'only there' tcp lines "$FORWARD_PORT"
python3 -c "import socket; socket.create_connection(('127.0.0.2', $FORWARD_PORT)).recv(1)"
tap_ok 'an accepted and refused connection' tap_wait 5 grep -q remote_refused events
tap_like 'was accepted before' events '"accepted"'
stop_forward

SSM_PLUGIN_LOCAL_HOST=0.0.0.0
export SSM_PLUGIN_LOCAL_HOST
forward 1
unset SSM_PLUGIN_LOCAL_HOST
tap_is 'an address for other machines: one warning' "$(grep -c \
	'^Warning: the port is open to other machines, on address 0.0.0.0.$' \
	"$PLUGIN_OUT")" 1
stop_forward

# --- unix sockets --------------------------------------------------------------
socket_session()
{
	loopback_session AWS-StartPortForwardingSessionToSocket \
		"{\"portNumber\":[\"$ECHO_PORT\"],\"localUnixSocket\":[\"$1\"]}"
}
start_plugin "$(socket_session "$T/a%s b.sock")"
tap_ok 'a unix socket' tap_wait 10 test -S "a%s b.sock"
tap_wait 5 grep -q Waiting "$PLUGIN_OUT"
tap_is 'its text' "$(sed -n 's/ for sessionId.*//p' "$PLUGIN_OUT")" \
	"Unix socket $T/a%s b.sock opened"
tap_ok 'carries bytes' tcp unix "a%s b.sock" hello
stop_forward
tap_fails 'is removed' test -e "a%s b.sock"
start_plugin "$(socket_session "$T/left.sock")"
tap_wait 10 test -S left.sock
kill -9 "$PLUGIN_PID"
start_plugin "$(socket_session "$T/left.sock")"
tap_ok 'one that was left behind is replaced' tap_wait 10 \
	grep -q Waiting "$PLUGIN_OUT"
loopback_plugin "$(socket_session "$T/left.sock")" >second.out 2>&1 </dev/null
tap_like 'one that is in use is not' second.out \
	'^Cannot perform start session: listen unix .*address already in use'
stop_forward
echo precious >file
loopback_plugin "$(socket_session "$T/file")" >second.out 2>&1 </dev/null
tap_is 'a file is not replaced' "$(cat file)" precious

# --- standard input and output -------------------------------------------------
head -c 3000000 /dev/urandom >random
printf '\n' >newline
stdio()
{
	loopback_plugin "$(cat session.json)" env SSM_PLUGIN_QUIET=1 timeout 60 <"$1"
}
tcp_server sink "$T/received"
loopback_session AWS-StartSSHSession "{\"portNumber\":[\"$TCP_PORT\"]}" >session.json
tap_ok 'a file through stdin' stdio random
tap_ok 'arrives before the end' tap_wait 5 cmp random received
loopback_session AWS-StartSSHSession "{\"portNumber\":[\"$TCP_PORT\"]}" >session.json
tap_ok 'a line feed through stdin' stdio newline
tap_ok 'stays one' tap_wait 5 cmp newline received
loopback_session AWS-StartSSHSession \
	"{\"portNumber\":[\"$ECHO_PORT\"]}" >session.json
mkfifo pipe
loopback_plugin "$(cat session.json)" env SSM_PLUGIN_QUIET=1 timeout 60 \
	<pipe >answer &
exec 4>pipe
printf 'SSH-2.0-test\r\n' >&4
tap_ok 'an answer while stdin is open' tap_wait 10 grep -q SSH-2.0-test answer
exec 4>&-

# --- old agents ----------------------------------------------------------------
start_loopback --agent-version 3.0.196.0
tcp_server sink "$T/received"
forward "$ECHO_PORT"
tap_ok 'basic: ten lines' tcp lines "$FORWARD_PORT"
tap_ok 'basic: the next connection' tcp lines "$FORWARD_PORT"
tap_ok 'basic: 3 MB' echo_check 1 3000000
tap_ok 'basic: Ctrl-C' stop_forward
tap_like 'basic: its text' "$PLUGIN_OUT" '^Connection accepted for session loopback-'
tap_unlike 'basic: no other' "$PLUGIN_OUT" 'Waiting'
rm -f .numbers.port
python3 -c "
import os, socket, threading
s = socket.create_server(('127.0.0.1', 0))
with open('.numbers.part', 'w') as out:
    print(s.getsockname()[1], file=out)
os.rename('.numbers.part', '.numbers.port')
def talk(c, n):
    try:
        while True:
            c.sendall(b'%d' % n * 1000)
    except OSError:
        pass
for n in range(1, 9):
    threading.Thread(target=talk, args=(s.accept()[0], n)).start()" &
tap_reap $!
tap_wait 20 test -s .numbers.port
forward "$(cat .numbers.port)"
tap_ok 'basic: the next connection gets only its own' timeout 30 python3 -c "
import socket
for n in b'123':
    c = socket.create_connection(('127.0.0.1', $FORWARD_PORT), timeout=10)
    c.sendall(b'x')
    got = b''
    while len(got) < 300000:
        piece = c.recv(65536)
        assert piece, 'closed after %d' % len(got)
        got += piece
    assert set(got) == {n}, set(got)
    c.close()"
stop_forward
start_loopback --agent-version 2.3.722.0
forward "$ECHO_PORT"
tap_ok 'very old: ten lines' tcp lines "$FORWARD_PORT"
tap_ok 'very old: Ctrl-C' stop_forward
tap_is 'very old: through the service' "$(loopback_total terminates)" 1
tap_done
