#!/bin/sh
# Every fault of session-manager-loopback is seen to happen, and the plugin to
# bear it: forwarded bytes come back whole, the session goes on where it was.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3
[ -x "$SM_BIN/session-manager-plugin" ] ||
	tap_skip_all 'the plugin is not built'

tap_ok 'an echo server' start_echo
size=${SM_FAULT_BYTES:-200000}

# whole NAME OPTION...: two connections' bytes come back under these faults
whole()
{
	whole_name=$1
	shift
	start_loopback --drain 5000 "$@" && start_forward "$(loopback_session \
		AWS-StartPortForwardingSession "{\"portNumber\":[\"$ECHO_PORT\"]}")"
	tap_ok "$whole_name: bytes are whole" echo_check 2 "$size"
}

# counted NAME LEAST: this counter of the session or of all reached that
counted()
{
	counted_got=$(loopback_stats | sed -n "s/^\"$1\":\([0-9]*\).*/\1/p" |
		head -n 1)
	if [ "${counted_got:-0}" -ge "$2" ]; then
		tap_pass "$whole_name: $1 is at least $2"
	else
		tap_fail "$whole_name: $1 is at least $2" "it is '$counted_got'"
	fi
}

ends()
{
	tap_ok "$whole_name: the client ends" stop_forward
}

# --- messages ---------------------------------------------------------------
whole 'no fault'
tap_is 'no fault: one channel' "$(loopback_count opens)" 1
tap_is 'no fault: nothing bad' "$(loopback_count bad)" 0
ends
whole loss --fault drop=20
counted resent 1
ends
whole doubles --fault dup=10
counted duplicates 1
ends
whole disorder --fault reorder=10
counted out_of_order 1
ends
whole corruption --fault corrupt=20
counted bad 1
ends
whole delay --fault delay=30
ends
whole 'all at once' --fault drop=50,dup=50,reorder=50,corrupt=50 --seed 7
ends
whole 'acknowledgements lost' --fault up-drop=3
counted resent 1
ends

# --- frames -----------------------------------------------------------------
whole fragments --fault fragment=100
ends
whole pings --fault ping=50
ends
whole 'text frames' --fault text
ends
whole pause --fault pause=500
ends

# --- connections ------------------------------------------------------------
whole 'one cut' --fault cut=100000
tap_is 'one cut: exactly one' "$(loopback_total cuts)" 1
tap_is 'one cut: two channels' "$(loopback_count opens)" 2
tap_is 'one cut: one resume' "$(loopback_total resumes)" 1
tap_is 'one cut: the same client' "$(loopback_count client_changed)" 0
ends
whole 'cuts inside frames' --fault cut-each=77777
counted cuts 3
ends
whole 'cuts by time' --fault cut-every=500,delay=60
counted cuts 1
ends
whole 'a close frame' --fault cut-each=150000,close=1000
counted cuts 1
ends
whole 'an early cut' --fault cut=1
counted cuts 1
ends
whole 'an answer that fails twice' \
	--fault cut=100000,resume-error=500,resume-error-times=2
counted refused 2
ends
whole 'upgrades refused' \
	--fault refuse-upgrade=503,refuse-upgrade-times=2
counted refused 2
ends
whole 'everything' --fault drop=50,dup=50,reorder=50,cut-each=150000,ping=50

# --- while running ----------------------------------------------------------
whole 'on demand'
loopback_fault '{"cut-now":1}' >fault.json
tap_ok 'on demand: cut' tap_wait 10 loopback_reopened
tap_is 'on demand: once' "$(loopback_total cuts)" 1
tap_ok 'on demand: it goes on' echo_check 2 "$size"
loopback_fault '{"close":1001}' >fault.json
tap_ok 'on demand: closed' tap_wait 10 loopback_reopened 3
tap_ok 'on demand: it goes on' echo_check 2 "$size"
loopback_fault '{"no-token-on-resume":1,"cut-now":1}' >fault.json
tap_ok 'no token: the client gives up' tap_wait 20 dead "$PLUGIN_PID"
tap_like 'no token: and says so' "$PLUGIN_OUT" \
	'^Session: loopback-.* timed out\.$'
stop_loopback

# --- silence ----------------------------------------------------------------
silent()
{
	start_loopback --fault "$2"
	start_plugin "$(loopback_session AWS-StartSSHSession)"
	sleep 1
	tap_fails "$1: nobody answers" dead "$PLUGIN_PID"
	tap_is "$1: upgrades" "$(loopback_total upgrades)" "$3"
	tap_is "$1: channels" "$(loopback_total opens)" 0
	kill -TERM "$PLUGIN_PID"
	tap_ok "$1: the client can be ended" tap_wait 10 dead "$PLUGIN_PID"
}
silent 'stalled upgrade' stall-upgrade 0
silent 'stalled channel' stall 1

# --- the client stays away --------------------------------------------------
start_loopback --resume-timeout 1000 --shell sh
loopback_session '' >session.json
id=$(sed 's/.*"SessionId":"\([^"]*\)".*/\1/' session.json)
tap_ok 'a session nobody opens ends' tap_wait 10 loopback_state over
loopback_call AmazonSSM.ResumeSession "{\"SessionId\":\"$id\"}" >resume.json
tap_unlike 'and cannot be resumed' resume.json TokenValue

tap_done
