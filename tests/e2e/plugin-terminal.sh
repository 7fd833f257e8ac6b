#!/bin/sh
# The terminal under strain, and descriptors of every sort: large pastes, a
# flood of output, sizes, stops, crashes; standard input and output that are
# closed, full, or no file at all.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

TAP_LIMIT=120
terminal()
{
	timeout 110 python3 "$SM_TOP/tests/lib/terminal.py" "$@"
}

start_loopback --shell 'env PS1=ready: sh' || exit 1
tap_ok 'a megabyte that is pasted between brackets' terminal paste-bracketed 0
tap_ok '50 MB of output and a reader who looks away' terminal bulk 0
tap_ok 'a window that is dragged' terminal storm 0
tap_ok 'a terminal without a size has 100 rows of 300' terminal size 0 0x0
tap_ok 'SIGTSTP stops what runs over there' terminal tstp 0
tap_ok 'two tildes are one, and a tilde may be taken back' terminal tilde 0
tap_ok 'no TERM' env -u TERM python3 "$SM_TOP/tests/lib/terminal.py" exit 0
tap_ok 'a TERM that nobody knows' env TERM=unheard-of \
	python3 "$SM_TOP/tests/lib/terminal.py" exit 0
tap_ok 'the terminal after SIGSEGV' terminal segv -11
tap_ok 'the terminal after SIGBUS' terminal bus -7
stop_loopback

# --- descriptors ----------------------------------------------------------------
start_loopback --shell 'env PS1=: sh' || exit 1

# session: of which "with" is the client
session()
{
	loopback_session >session.json
}

# with SHELL-TEXT: run that, with "$0" "$@" the plugin and its arguments
with()
{
	AWS_SSM_START_SESSION_RESPONSE=$(cat session.json) \
		timeout 40 sh -c "$1" "$SM_BIN/session-manager-plugin" \
		AWS_SSM_START_SESSION_RESPONSE us-east-1 StartSession '' \
		"{\"Target\":\"$LOOPBACK_TARGET\"}" "$LOOPBACK_URL"
}

# over: does the service know that the newest session has ended?
over()
{
	tap_wait 10 loopback_state over
}

echo 'echo hi; exit' >input
session
tap_ok 'a pipe for input, none for errors' with '"$0" "$@" <input 2>&-'
tap_like 'works' "$OUT" '^Exiting session'
session
tap_ok 'standard input is closed' with '"$0" "$@" <&-'
tap_like 'which is the end of input' "$OUT" '^Exiting session'
session
tap_ok 'standard input is a directory' with '"$0" "$@" </'
tap_like 'which is the end of input too' "$OUT" '^Exiting session'
session
tap_ok 'standard input is a device' with '"$0" "$@" </dev/null'
session
tap_ok 'standard output is closed' with '"$0" "$@" <input >&-'
tap_ok 'and the session ran to its end' over
session
tap_ok 'all three are closed' with '"$0" "$@" <&- >&- 2>&-'
tap_ok 'and the session came to its end' over
session
tap_status 'standard output is full' 1 with \
	'SSM_PLUGIN_EXIT_STATUS=1 "$0" "$@" </dev/null >/dev/full'
session
tap_ok 'the same with the manners of the official one' with \
	'"$0" "$@" </dev/null >/dev/full'
session
tap_ok 'standard output is a file' with '"$0" "$@" <input >file'
tap_like 'which has it all' file '^Exiting session'
session
tap_ok 'nobody reads standard output, from the first byte on' with \
	'{ sleep 0.3; "$0" "$@" </dev/null; echo "status $?" >status; } | true'
tap_is 'is the end, and no error' "$(cat status)" 'status 0'
# shells do not listen to a flag: the service is told
echo 'while :; do echo yyyyyyyyyyyyyyyy; done' >input
session
told=$(loopback_total terminates)
tap_ok 'a shell whose reader goes away' with \
	'{ "$0" "$@" <input; echo "status $?" >status; } | head -n 20'
tap_is 'is the end, and no error' "$(cat status)" 'status 0'
tap_ok 'nor is its session left' over
tap_is 'because it was told' "$(loopback_total terminates)" $((told + 1))
tap_done
