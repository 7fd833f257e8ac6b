#!/bin/sh
# Shells and commands: pipes, ends of input, quiet and statuses, deadlines, and
# the terminal, which is as it was after every way out.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

terminal()
{
	timeout 60 python3 "$SM_TOP/tests/lib/terminal.py" "$@"
}

# shell [WRAPPER...]: a shell session; input comes from the file "input"
shell()
{
	loopback_session >session.json
	loopback_plugin "$(cat session.json)" "$@" timeout 40 <input
}

remote()
{
	loopback_session AWS-StartNonInteractiveCommand \
		"{\"command\":[\"$1\"],\"separateOutputStream\":[\"true\"]}" \
		>session.json
	shift
	loopback_plugin "$(cat session.json)" "$@" timeout 40 </dev/null
}

start_loopback --shell 'env PS1=: sh' || exit 1

# --- input that ends ----------------------------------------------------------
printf 'echo $((40+2))\n' >input
tap_ok 'a piped script without exit ends with its input' shell
tap_like 'and was run' "$OUT" '^42'
printf 'echo $((40+3))' >input
tap_ok 'the same without a newline at the end' shell
: >input
tap_ok 'no input at all' shell
printf 'sleep 2\necho late-$((40+4))\n' >input
tap_ok 'a shell that is busy when the input ends' shell
tap_like 'says what it has to say' "$OUT" '^:?late-44'

# a descriptor shared with the caller is blocking again afterwards
printf 'exit\n' >input
loopback_session >session.json
# shellcheck disable=SC2002
tap_ok 'the pipe of the caller still blocks' sh -c '
	. "$SM_TOP/tests/lib/loopback.sh"
	(sleep 1; echo exit; sleep 2; echo rest) |
		(loopback_plugin "$(cat session.json)" >/dev/null; cat)'
tap_like 'the next reader of it reads' "$OUT" rest

# --- quiet and statuses -------------------------------------------------------
tap_status 'official manners: status 0' 0 remote 'echo out; echo err >&2; exit 7'
tap_like 'stderr and exit code are on stdout' "$OUT" '^EXIT_CODE: 7'
tap_is 'and nothing on stderr' "$(cat "$ERR")" ''
tap_status 'the exit code, asked for' 7 remote 'echo out; echo err >&2; exit 7' \
	env SSM_PLUGIN_EXIT_STATUS=1 SSM_PLUGIN_QUIET=1
tap_is 'clean output' "$(cat "$OUT")" out
tap_is 'clean errors' "$(cat "$ERR")" err
tap_status 'success is 0' 0 remote true env SSM_PLUGIN_EXIT_STATUS=1
head -c 300000 /dev/urandom >random
tap_ok 'binary output' remote "cat $T/random" env SSM_PLUGIN_QUIET=1
tap_same 'is byte for byte the same' "$OUT" random

# slow and vanished readers of stdout
loopback_session AWS-StartNonInteractiveCommand \
	'{"command":["head -c 8000000 /dev/zero"],"separateOutputStream":["true"]}' \
	>session.json
loopback_plugin "$(cat session.json)" env SSM_PLUGIN_QUIET=1 timeout 60 \
	</dev/null | (sleep 3; wc -c) >count
tap_is 'a slow reader gets everything' "$(tr -d ' ' <count)" 8000000
loopback_session AWS-StartNonInteractiveCommand \
	'{"command":["while :; do echo y; done"],"separateOutputStream":["true"]}' \
	>session.json
(
	loopback_plugin "$(cat session.json)" timeout 40 </dev/null
	echo "status $?" >status
) | head -n 100 >/dev/null
tap_is 'a reader that goes away ends the session' "$(cat status)" 'status 0'

# --- events -------------------------------------------------------------------
printf 'exit\n' >input
loopback_session >session.json
tap_ok 'with an event descriptor' sh -c '
	. "$SM_TOP/tests/lib/loopback.sh"
	SSM_PLUGIN_EVENT_FD=3 loopback_plugin "$(cat session.json)" <input 3>events'
tap_like 'connected' events '^\{"event":"connected","session":"loopback-'
tap_like 'closed' events '^\{"event":"closed","reason":""\}$'

# --- deadlines ----------------------------------------------------------------
start_loopback --shell sh --fault stall=1
printf 'exit\n' >input
tap_status 'a target that says nothing' 4 shell env SSM_PLUGIN_EXIT_STATUS=1 \
	SSM_PLUGIN_ANSWER_SECONDS=2
tap_like 'is named' "$OUT" 'the target did not answer within 2 s$'
start_loopback --shell sh --fault refuse-upgrade=403
tap_status 'an upgrade that is refused' 3 shell env SSM_PLUGIN_EXIT_STATUS=1
tap_like 'says so' "$OUT" "^Cannot perform start session: .*answered 403"
start_loopback --shell sh --fault refuse-upgrade=503 --fault refuse-upgrade-times=2
tap_ok 'an upgrade that is refused for a moment' shell

# --- encryption ---------------------------------------------------------------
start_loopback --shell 'env PS1=: sh' --kms-key alias/k --fault kms-error=400
tap_ok 'KMS refuses' shell
tap_like 'and the user is told why' "$OUT" \
	'KMSEncryption: .*Error calling KMS GenerateDataKey API: '

# --- the terminal -------------------------------------------------------------
start_loopback --shell 'env PS1=ready: sh'
for way in exit ctrl-c resize escape stopped paste int; do
	tap_ok "terminal: $way" terminal "$way" 0
done
tap_ok 'terminal: SIGTERM' terminal term -15
tap_ok 'terminal: SIGHUP' terminal hup -1
tap_ok 'terminal: a crash' terminal abort -6
tap_done
