#!/bin/sh
# Sessions that lose their socket, their messages, or the service for a while:
# the bytes stay the same, and what cannot go on ends with one clear line.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

forward()
{
	start_forward "$(loopback_session AWS-StartPortForwardingSession \
		"{\"portNumber\":[\"$ECHO_PORT\"]}")"
}

# faults NAME CONNECTIONS BYTES OPTION...
faults()
{
	faults_name=$1
	faults_n=$2
	faults_bytes=$3
	shift 3
	start_loopback "$@"
	forward
	tap_ok "$faults_name: bytes come back" echo_check "$faults_n" "$faults_bytes"
	stop_forward
}

start_echo || exit 1

# --- messages ------------------------------------------------------------------
faults 'lost' 2 500000 --fault drop=50
tap_fails 'lost: something was' test "$(loopback_count resent)" -eq 0
faults 'repeated and out of order' 2 500000 --fault dup=10 --fault reorder=10
faults 'corrupted' 2 500000 --fault corrupt=50
faults 'fragments, pings between' 2 500000 --fault fragment=100 --fault ping=50
faults 'text frames' 2 200000 --fault text=1
faults 'paused' 2 200000 --fault pause=300

# --- sockets -------------------------------------------------------------------
faults 'cut again and again' 2 1500000 --fault cut-each=300000
tap_fails 'cut: it was resumed' test "$(loopback_count resumes)" -lt 3
tap_is 'cut: by the same client' "$(loopback_count client_changed)" 0
faults 'cut every few messages' 2 150000 --fault cut-each=20000
faults 'cut and lossy' 2 500000 --fault cut-each=200000 --fault drop=100
faults 'a service that fails at first' 1 1000000 --fault cut-each=600000 \
	--fault resume-error=500 --fault resume-error-times=2
start_loopback --fault close=1000
forward
tap_ok 'closed with 1000: bytes come back' echo_check 1 1000
stop_forward

# input typed during the outage is not lost
start_loopback --shell 'env PS1=: sh'
loopback_session >session.json
mkfifo keys
(
	loopback_plugin "$(cat session.json)" env SSM_PLUGIN_EVENT_FD=3 \
		timeout 60 <keys >shell.out 3>events
	echo "status $?" >status
) &
exec 5>keys
echo 'echo first-$((1+1))' >&5
tap_ok 'a shell' tap_wait 10 grep -q first-2 shell.out
loopback_fault '{"resume-error":500}' >"$OUT"
loopback_fault '{"cut-now":1}' >"$OUT"
tap_ok 'loses its socket' tap_wait 10 grep -q '"lost"' events
echo 'echo second-$((2+2))' >&5
sleep 1
loopback_fault '{"resume-error":0}' >"$OUT"
tap_ok 'and what was typed arrives' tap_wait 30 grep -q second-4 shell.out
tap_like 'after it was resumed' events '"resumed"'
echo exit >&5
exec 5>&-
tap_ok 'its end' tap_wait 10 test -s status
tap_is 'is a good one' "$(cat status)" 'status 0'

# --- no way back ---------------------------------------------------------------
# ends TEXT STATUS: the session of start_ending ends so
start_ending()
{
	loopback_session >session.json
	rm -f status shell.out
	(
		sleep 40 | loopback_plugin "$(cat session.json)" env \
			SSM_PLUGIN_EXIT_STATUS=1 SSM_PLUGIN_RESUME_SECONDS=2 \
			timeout 60 >shell.out
	) &
	tap_wait 10 grep -q : shell.out
	sleep 0.5
}
start_loopback --shell 'env PS1=: sh' --fault no-token-on-resume=1
start_ending
loopback_fault '{"cut-now":1}' >"$OUT"
tap_ok 'a session that is over' tap_wait 10 \
	grep -q 'Session: loopback-.* timed out.$' shell.out
start_loopback --shell 'env PS1=: sh' --fault resume-error=500
start_ending
loopback_fault '{"cut-now":1}' >"$OUT"
tap_ok 'a service that stays away' tap_wait 20 grep -q \
	'Cannot perform start session: the session was lost: ' shell.out
tap_is 'one error' "$(grep -c 'Cannot perform' shell.out)" 1
start_loopback --shell 'env PS1=: sh' --fault resume-error=403
start_ending
loopback_fault '{"cut-now":1}' >"$OUT"
tap_ok 'credentials that are refused' tap_wait 20 grep -q \
	'Cannot perform start session: the session was lost: ' shell.out
tap_done
