#!/bin/sh
# Sessions of every kind from the plugin to session-manager-loopback, also as
# the AWS CLI starts them.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3 script
[ -x "$SM_BIN/session-manager-plugin" ] ||
	tap_skip_all 'the plugin is not built'

# run DOCUMENT PARAMETERS: one session; input comes from the file "input"
run()
{
	loopback_session "$1" "${2-}" >session.json
	loopback_plugin "$(cat session.json)" timeout 30 <input
}
command='AWS-StartNonInteractiveCommand'
interactive='AWS-StartInteractiveCommand'
: >input

# --- shells -----------------------------------------------------------------
tap_ok 'the server starts' start_loopback --shell 'env PS1=: sh'
# shellcheck disable=SC2016
printf 'echo $((40+2))-$TERM\nexit 3\n' >input
tap_ok 'a shell session ends with success' run ''
tap_like 'the command was run on a terminal' "$OUT" '^42-xterm'
tap_like 'the end is told' "$OUT" '^Exiting session with sessionId: loopback-'
tap_is 'one channel was opened' "$(loopback_count opens)" 1
tap_is 'the version was told' "$(loopback_count client_version)" \
	"$("$SM_BIN/session-manager-plugin" --version)"
tap_is 'the session is over' "$(loopback_count state)" over
tap_is 'the upgrade was signed' "$(loopback_total signed_upgrades)" 1

printf 'stty size\nexit\n' >input
tap_ok 'without a terminal' run ''
tap_like 'the size is the fallback' "$OUT" '^100 300'
loopback_session '' >session.json
cat >sized.sh <<'END'
. "$SM_TOP/tests/lib/loopback.sh"
stty rows 33 cols 111
loopback_plugin "$(cat session.json)"
END
(
	tap_wait 10 loopback_state open
	sleep 1
	printf 'stty size\r'
	sleep 1
	printf 'exit\r'
	tap_wait 10 loopback_state over
) | timeout 40 script -qec "sh -u sized.sh" typescript >"$OUT" 2>&1
tap_like 'on a terminal the size is its own' "$OUT" '^33 111'

: >input
tap_ok 'an interactive command' run $interactive \
	'{"command":["test -t 1 && echo terminal"]}'
tap_like 'it has a terminal' "$OUT" '^terminal'

# --- commands ---------------------------------------------------------------
both='{"command":["echo to-out; echo to-err >&2; exit 7"]'
tap_ok 'a command' run $command "$both}"
tap_like 'its output' "$OUT" '^to-out'
tap_like 'its errors' "$OUT" '^to-err'
tap_unlike 'no exit code' "$OUT" EXIT_CODE
tap_ok 'a command with separate output' run $command \
	"$both,\"separateOutputStream\":[\"true\"]}"
tap_like 'its exit code' "$OUT" 'EXIT_CODE: 7$'
tap_ok 'prefixes' run $command \
	"$both,\"separateOutputStream\":[\"true\"],\"stdOutSeparatorPrefix\":[\"O:\"],\"stdErrSeparatorPrefix\":[\"E:\"]}"
tap_like 'of the output' "$OUT" '^O:to-out'
tap_like 'of the errors' "$OUT" '^E:to-err'
tap_ok 'a megabyte of output' run $command \
	'{"command":["head -c 1000000 /dev/zero | tr \"\\\\0\" Z; echo"]}'
tap_is 'all of it' "$(tr -cd Z <"$OUT" | wc -c | tr -d ' ')" 1000000
tap_ok 'a megabyte of live output' run $command \
	'{"command":["head -c 1000000 /dev/zero | tr \"\\\\0\" Y; echo"],"separateOutputStream":["true"]}'
tap_is 'all of it' "$(tr -cd Y <"$OUT" | wc -c | tr -d ' ')" 1000000
# Once the command has said that it is ready.
# shellcheck disable=SC2094 # one writes, the other waits for it
run_ready()
{
	loopback_session "$1" "$2" >session.json
	: >ready.out
	(
		tap_wait 10 grep -q ready ready.out
		printf '\003'
		tap_wait 10 grep -q EXIT_CODE ready.out
	) | loopback_plugin "$(cat session.json)" timeout 30 >ready.out
	ready_status=$?
	cat ready.out
	return "$ready_status"
}
tap_ok 'Ctrl-C' run_ready $command \
	'{"command":["trap \"echo caught; exit 9\" INT; echo ready; while :; do sleep 0.1; done"],"separateOutputStream":["true"]}'
tap_like 'reaches the command' "$OUT" 'caught'
tap_like 'which ends by itself' "$OUT" 'EXIT_CODE: 9'

# --- ports ------------------------------------------------------------------
tap_ok 'an echo server' start_echo

# forward NAME VERSION...: bytes through a forwarded port
forward()
{
	tap_ok "$1: forwarded" start_forward "$(loopback_session \
		AWS-StartPortForwardingSession "{\"portNumber\":[\"$ECHO_PORT\"]}")"
	tap_ok "$1: bytes come back" echo_check "$2" 300000
	tap_ok "$1: Ctrl-C ends it" stop_forward
	tap_ok "$1: the agent knows" tap_wait 10 loopback_state over
}
forward mux 20
tap_ok 'a socket' start_loopback --shell sh
loopback_session AWS-StartPortForwardingSessionToSocket \
	"{\"portNumber\":[\"$ECHO_PORT\"],\"localUnixSocket\":[\"$T/sock\"]}" >session.json
start_plugin "$(cat session.json)"
tap_ok 'is opened' tap_wait 10 test -S sock
tap_ok 'and closed' stop_forward

loopback_session AWS-StartPortForwardingSessionToRemoteHost \
	"{\"portNumber\":[\"$ECHO_PORT\"],\"host\":[\"192.0.2.1\"]}" >session.json
tap_ok 'a host that is not this one' start_forward "$(cat session.json)"
tap_fails 'is not reached' echo_check 1 10
tap_like 'and the client is told' "$PLUGIN_OUT" \
	'^Connection to destination port failed'
stop_forward

tap_ok 'an old agent' start_loopback --agent-version 3.0.100.0
forward basic 1
tap_ok 'an agent with keep-alive' start_loopback --agent-version 3.1.1000.0
forward keep-alive 5

tap_ok 'a closed port' run AWS-StartSSHSession '{"portNumber":["1"]}'
tap_like 'ends the session with its cause' "$OUT" \
	"cannot connect to 'localhost' port 1: connection refused"

# --- encryption -------------------------------------------------------------
tap_ok 'with KMS' start_loopback --shell 'env PS1=: sh' --kms-key alias/s \
	--require-challenge --banner Welcome
# shellcheck disable=SC2016
printf 'echo $((40+3))\nexit\n' >input
tap_ok 'a shell' run ''
tap_like 'is encrypted' "$OUT" '^This session is encrypted using AWS KMS'
tap_like 'greets' "$OUT" '^Welcome'
tap_like 'and works' "$OUT" '^:?43'
tap_is 'one data key was made' "$(loopback_total data_keys)" 1
: >input
tap_ok 'a command' run $command "$both,\"separateOutputStream\":[\"true\"]}"
tap_like 'works too' "$OUT" 'EXIT_CODE: 7$'
loopback_fault '{"kms-error":400}' >fault.json
tap_ok 'without a data key' run ''
tap_like 'there is no session' "$OUT" 'SessionId: loopback-.* : .*KMSEncryption'

# --- ends -------------------------------------------------------------------
tap_ok 'a server for ends' start_loopback --shell 'env PS1=: sh'

# hold: a shell session in the background, open
hold()
{
	loopback_session '' >session.json
	mkfifo held 2>/dev/null
	loopback_plugin "$(cat session.json)" timeout 30 <held >held.out 2>&1 &
	held_pid=$!
	tap_reap "$held_pid"
	exec 9>held
	tap_wait 10 loopback_state open
}

tap_ok 'a session' hold
loopback_post /loopback/close '{"Output":"Idle for too long."}' >close.json
wait "$held_pid"
tap_is 'the service may end it' $? 0
tap_like 'with a reason' held.out 'SessionId: loopback-.* : Idle for too long'
exec 9>&-
tap_ok 'another session' hold
id=$(sed 's/.*"SessionId":"\([^"]*\)".*/\1/' session.json)
loopback_call AmazonSSM.TerminateSession "{\"SessionId\":\"$id\"}" >over.json
wait "$held_pid"
tap_is 'the caller may terminate it' $? 0
tap_like 'without a reason' held.out '^Exiting session with sessionId'
exec 9>&-
tap_run loopback_plugin "$(cat session.json)" timeout 10
tap_unlike 'a token that was used opens nothing' "$OUT" '^:'

# --- the AWS CLI ------------------------------------------------------------
if tap_have aws; then
	mkdir bin
	ln -s "$SM_BIN/session-manager-plugin" bin/session-manager-plugin
	PATH=$T/bin:$PATH
	# shellcheck disable=SC2016
	tap_ok 'the AWS CLI starts a command' timeout 60 aws ssm start-session \
		--endpoint-url "$LOOPBACK_URL" --target "$LOOPBACK_TARGET" \
		--document-name $command --parameters 'command=echo $((6*7))'
	tap_like 'through the plugin' "$OUT" '^42'
	# 254 or 255, by the CLI's version
	unknown_document()
	{
		! timeout 60 aws ssm start-session \
			--endpoint-url "$LOOPBACK_URL" \
			--target "$LOOPBACK_TARGET" --document-name AWS-Frob
	}
	tap_ok 'and reports an unknown document' unknown_document
	tap_like 'with its text' "$ERR" "InvalidDocument.*no document 'AWS-Frob'"
else
	tap_skip 'the AWS CLI' 'aws is not installed'
fi

# --- one session only -------------------------------------------------------
tap_ok 'a server for one session' start_loopback --once
tap_ok 'a command' run $command '{"command":["true"]}'
wait "$LOOPBACK_PID"
tap_is 'ends with it' $? 0
LOOPBACK_PID=

tap_done
