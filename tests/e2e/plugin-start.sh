#!/bin/sh
# "start": sessions that the plugin starts itself, with real statuses, and
# several forwards with one fate.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

P=$SM_BIN/session-manager-plugin

start()
{
	timeout 40 "$P" start --target "$LOOPBACK_TARGET" "$@"
}

# start_background ARGUMENT...: sets PLUGIN_PID, output in start.out
start_background()
{
	: >start.out # what was there is not its
	"$P" start --target "$LOOPBACK_TARGET" "$@" >start.out 2>&1 </dev/null &
	PLUGIN_PID=$!
	tap_reap "$PLUGIN_PID"
}

# ports N: are so many open?
ports()
{
	[ "$(grep -c '^Port [0-9]* opened' start.out)" -eq "$1" ]
}

# port N: the N-th port that was opened
port()
{
	sed -n 's/^Port \([0-9]*\) opened.*/\1/p' start.out | sed -n "$1p"
}

lines()
{
	timeout 20 python3 "$SM_TOP/tests/lib/tcp.py" lines "$1"
}

# all_over: is no session of the server open any more?
all_over()
{
	! loopback_stats | grep -E '^"state":"(open|new|starting|away)'
}

# --- the line ------------------------------------------------------------------
unset AWS_REGION AWS_DEFAULT_REGION AWS_PROFILE AWS_DEFAULT_PROFILE
AWS_CONFIG_FILE=$T/none
AWS_SHARED_CREDENTIALS_FILE=$T/none
AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_EC2_METADATA_DISABLED
tap_ok 'help' "$P" start -h
tap_like 'names the options' "$OUT" '^ +-L \[BIND:\]PORT:HOST:PORT'
tap_ok 'the word alone is the unknown operation that it was' "$P" start
tap_like 'with the same text' "$OUT" '^Unknown operation start\. $'
tap_ok 'and with an argument that is no option' "$P" start x
tap_like 'too' "$OUT" '^Unknown operation start\. $'

# wrong NAME PATTERN ARGUMENT...: status 2, nothing on stdout, one error
wrong()
{
	wrong_name=$1
	wrong_pattern=$2
	shift 2
	tap_status "$wrong_name" 2 "$P" start "$@"
	tap_like "$wrong_name: text" "$ERR" \
		"^session-manager-plugin: error: $wrong_pattern"
	tap_is "$wrong_name: stdout" "$(cat "$OUT")" ''
}
wrong 'no target' '--target is missing' --region r
wrong 'an unknown option' 'no such option: --nonsense' --nonsense
wrong 'a stray argument' "unexpected argument 'x'" -t i-1 x
wrong 'no region' 'no region: use --region' -t i-1
wrong 'a region that is none' ".*" -t i-1 --region 'a.b/c'
wrong 'a forward and a command' '-L does not go with' -t i-1 -L 1:h:2 -c ls
wrong 'a command and parameters' '--command does not go with' -t i-1 -c ls \
	--parameters '{}'
wrong 'a command that is empty' '--command is empty' -t i-1 -c ''
for spec in 80 80:host 80:host: :80:host:80 80::80 80:host:0 65536:host:80 \
	80:host:65536 a:b:c:d:e '[::1:80:host:80' '[::1]80:host:80' \
	'80:[]:80' '80:host name:80' '::1:80:host:80' ''; do
	tap_status "the forward '$spec'" 2 "$P" start -t i-1 --region r \
		-L "$spec"
done

# --- shells and commands --------------------------------------------------------
start_loopback --shell 'env PS1=: sh' || exit 1
shell()
{
	printf 'echo $((40+2))\nexit\n' | start "$@"
}
tap_ok 'a shell' shell
tap_like 'runs' "$OUT" '^:?42'
tap_like 'with the text of a session' "$OUT" \
	'^Starting session with SessionId: loopback-'
tap_is 'the end of the target is not asked for again' \
	"$(loopback_total terminates)" 0
tap_status 'a command' 7 start --quiet --command 'echo out; echo err >&2; exit 7'
tap_is 'its output' "$(cat "$OUT")" out
tap_is 'its errors' "$(cat "$ERR")" err
tap_status 'a command that works' 0 start -qc 'echo "a b" \\ "ü"'
tap_is 'has its quotes' "$(cat "$OUT")" 'a b \ ü'
tap_ok 'a document and its parameters' start -q \
	--document-name AWS-StartNonInteractiveCommand \
	--parameters '{"command":["echo named"]}'
tap_is 'are used' "$(cat "$OUT")" named
tap_ok 'a document for the command' start -q \
	--document-name AWS-StartNonInteractiveCommand --command 'echo both'
tap_is 'runs it' "$(cat "$OUT")" both
tap_ok 'a reason' start -q --reason 'audit "7"' -c true

# --- regions, endpoints, refusals ------------------------------------------------
bare()
{
	env -u AWS_REGION -u AWS_DEFAULT_REGION -u AWS_ENDPOINT_URL_SSM "$@"
}
loopback_line="start -q -t $LOOPBACK_TARGET --endpoint-url $LOOPBACK_URL -c true"
# shellcheck disable=SC2086 # words
{
	tap_ok 'region and endpoint as options' bare "$P" $loopback_line \
		--region us-east-1
	tap_ok 'AWS_REGION' bare AWS_REGION=us-east-1 "$P" $loopback_line
	tap_ok 'AWS_DEFAULT_REGION' bare AWS_DEFAULT_REGION=us-east-1 "$P" \
		$loopback_line
	printf '[profile work]\nregion = us-east-1\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
		"$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >"$AWS_CONFIG_FILE"
	tap_ok 'region and keys of a profile' bare -u AWS_ACCESS_KEY_ID \
		-u AWS_SECRET_ACCESS_KEY "$P" $loopback_line --profile work
	tap_status 'a profile that is not there' 3 bare "$P" $loopback_line \
		--profile absent --region us-east-1
	tap_ok 'the option is more than the environment' \
		env AWS_ENDPOINT_URL_SSM=http://127.0.0.1:1 "$P" $loopback_line
	tap_status 'wrong keys' 3 env AWS_SECRET_ACCESS_KEY=wrong "$P" $loopback_line
}
tap_like 'are named' "$ERR" \
	"^session-manager-plugin: error: cannot start a session with '$LOOPBACK_TARGET': "
tap_is 'nothing on stdout' "$(cat "$OUT")" ''
tap_fails 'an endpoint where nobody listens' timeout 60 "$P" start \
	-t "$LOOPBACK_TARGET" --endpoint-url http://127.0.0.1:1 -c true
tap_status 'a document that is not there' 1 start --document-name None
tap_fails 'a parameter that it does not have' start --document-name \
	AWS-StartSSHSession --parameters '{"x":["y"]}'

# --- what the service answers -----------------------------------------------------
python3 "$SM_TOP/tests/lib/aws.py" .aws.port aws.log &
tap_reap $!
tap_wait 20 test -s .aws.port || exit 1
NO=http://127.0.0.1:$(cat .aws.port)
# refused NAME STATUS TARGET: one line of error, and nothing else
refused()
{
	tap_status "$1" "$2" "$P" start -t "$3" --endpoint-url "$NO" -c true
	tap_like "$1: why" "$ERR" \
		"^session-manager-plugin: error: cannot start a session with '.*': .*${3##*+}.*the service says no\$"
	tap_is "$1: once" "$(wc -l <"$ERR" | tr -d ' ')" 1
	tap_is "$1: stdout" "$(cat "$OUT")" ''
}
refused 'a target that is not connected' 4 TargetNotConnected
refused 'no permission' 3 AccessDeniedException
refused 'a throttled call is repeated' 3 ThrottlingException+AccessDeniedException
tap_is 'once' "$(grep -c StartSession aws.log)" 4

# --- one forward ------------------------------------------------------------------
start_echo || exit 1
start_background -L "0:localhost:$ECHO_PORT"
tap_ok 'a forward' tap_wait 20 ports 1
tap_ok 'carries bytes' lines "$(port 1)"
terminates=$(loopback_total terminates)
kill -INT "$PLUGIN_PID"
tap_ok 'Ctrl-C ends it' tap_wait 10 dead "$PLUGIN_PID"
wait "$PLUGIN_PID"
tap_is 'with status 0' $? 0
tap_is 'and the service was told' "$(loopback_total terminates)" \
	$((terminates + 1))
start_background -L "127.0.0.2:0:127.0.0.1:$ECHO_PORT"
tap_wait 20 ports 1
tap_fails 'an address to listen on: not on the others' lines "$(port 1)"
tap_ok 'on that one' python3 -c "import socket
socket.create_connection(('127.0.0.2', $(port 1))).close()"
kill -TERM "$PLUGIN_PID"
tap_ok 'SIGTERM ends it' tap_wait 10 dead "$PLUGIN_PID"
wait "$PLUGIN_PID"
tap_is 'as a signal does' $? 143
tap_status 'a port that is taken' 1 start -L "$ECHO_PORT:localhost:1"
tap_ok 'does not leave its session' tap_wait 5 all_over
start_background -L "0:host.example:80"
tap_wait 20 ports 1
tap_fails 'a host that the target does not reach' lines "$(port 1)"
tap_ok 'is refused by the target' tap_wait 5 \
	grep -q '^Connection to destination port failed' start.out
kill -INT "$PLUGIN_PID"
tap_wait 10 dead "$PLUGIN_PID"

# --- Ctrl-C, at any time ------------------------------------------------------------
# interrupt WANTED: the status after SIGINT
interrupt()
{
	kill -INT "$PLUGIN_PID"
	tap_wait 10 dead "$PLUGIN_PID"
	wait "$PLUGIN_PID"
	tap_is "$1" $? "$2"
}
# start_deaf ARGUMENT...: in the background, where Ctrl-C is not ignored
start_deaf()
{
	: >start.out
	env --default-signal=INT "$P" start --target "$LOOPBACK_TARGET" "$@" \
		>start.out 2>start.err </dev/null &
	PLUGIN_PID=$!
	tap_reap "$PLUGIN_PID"
}
more_upgrades()
{
	[ "$(loopback_total upgrades)" -gt "$upgrades" ]
}
python3 "$SM_TOP/tests/lib/relay.py" hole .hole.port &
tap_reap $!
tap_wait 20 test -s .hole.port
start_deaf --endpoint-url "http://127.0.0.1:$(cat .hole.port)"
sleep 0.5
interrupt 'while the service thinks about it' 130
loopback_fault '{"stall-upgrade":1}' >fault.out
terminates=$(loopback_total terminates)
start_deaf
tap_wait 10 grep -q '^Starting session' start.out
sleep 0.2
interrupt 'while it connects' 1
tap_like 'says so' start.out '^Cannot perform start session: interrupted$'
tap_is 'and leaves no session' "$(loopback_total terminates)" $((terminates + 1))
loopback_fault '{"reset":true}' >fault.out
loopback_fault '{"stall":1}' >fault.out
upgrades=$(loopback_total upgrades)
start_deaf
tap_wait 10 more_upgrades
interrupt 'while the target is silent' 1
tap_is 'leaves no session' "$(loopback_total terminates)" $((terminates + 2))
loopback_fault '{"reset":true}' >fault.out
start_deaf -qc 'trap "echo caught; exit 9" INT; echo ready; while :; do sleep 0.1; done'
tap_wait 10 grep -q ready start.out
interrupt 'while a command runs: it is for that' 9
tap_like 'which caught it' start.out '^caught$'
tap_ok 'no session is left' tap_wait 10 all_over

# --- several ----------------------------------------------------------------------
start_background -L "0:localhost:$ECHO_PORT" -L "0:127.0.0.1:$ECHO_PORT" \
	-L "0:localhost:$ECHO_PORT"
tap_ok 'three forwards' tap_wait 20 ports 3
tap_ok 'the first works' lines "$(port 1)"
tap_is 'each is a session' "$(loopback_stats | grep -c '^"state":"open')" 3
kill -INT "$PLUGIN_PID"
tap_ok 'Ctrl-C ends all' tap_wait 12 dead "$PLUGIN_PID"
wait "$PLUGIN_PID"
tap_is 'with status 0' $? 0
tap_is 'each said so' "$(grep -c '^Terminate signal received' start.out)" 3
tap_ok 'all are over' tap_wait 5 all_over
tap_status 'one of two ports is taken' 1 start -L "0:localhost:$ECHO_PORT" \
	-L "$ECHO_PORT:localhost:1"
tap_ok 'both are over' tap_wait 5 all_over
start_background -L "0:localhost:$ECHO_PORT" -L "0:localhost:$ECHO_PORT"
tap_wait 20 ports 2
loopback_post /loopback/close '{}' >"$OUT"
tap_ok 'ended by the service' tap_wait 12 dead "$PLUGIN_PID"
start_background -L "0:localhost:$ECHO_PORT" -L "0:localhost:$ECHO_PORT"
tap_wait 20 ports 2
kill -KILL "$PLUGIN_PID"
tap_ok 'no forward outlives what started it' tap_wait 5 all_over
tap_done
