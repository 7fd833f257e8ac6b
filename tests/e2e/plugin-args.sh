#!/bin/sh
# The plugin's command line to the byte: texts, statuses, the variable, and
# that the token shows nowhere. No network.
# shellcheck disable=SC2016 # other shells expand what is quoted here
. "$(dirname "$0")/../lib/tap.sh"

P=$SM_BIN/session-manager-plugin
AWS_EC2_METADATA_DISABLED=true
AWS_CONFIG_FILE=$T/none
AWS_SHARED_CREDENTIALS_FILE=$T/none
AWS_ACCESS_KEY_ID=AKIDEXAMPLE
AWS_SECRET_ACCESS_KEY=secret
export AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE \
	AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY

# row NAME FORMAT ARGUMENT...: status 0, exactly these bytes, no stderr
row()
{
	row_name=$1
	# shellcheck disable=SC2059 # the format is the expectation
	printf "$2" >want
	shift 2
	tap_ok "$row_name: status 0" "$P" "$@"
	tap_same "$row_name: text" "$OUT" want
	tap_is "$row_name: stderr is empty" "$(cat "$ERR")" ''
}

version=$(cat "$SM_TOP/VERSION")
row 'no argument' '\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n'
row '--version' "$version\\n" --version
usage='\nUnknown operation %s. \nUse session-manager-plugin --version to check the version.\n\n'
# shellcheck disable=SC2059
row 'one argument' "$(printf "$usage" --help)\\n\\n" --help
# shellcheck disable=SC2059
row 'two arguments' "$(printf "$usage" --version)\\n\\n" --version x
# shellcheck disable=SC2059
row 'an empty one' "$(printf "$usage" '')\\n\\n" ''
row 'another operation' 'Invalid Operation' '{}' r StopSession
row 'not JSON' "Cannot perform start session: invalid character 'x' looking for beginning of value\\n" \
	x r StartSession
row 'an unset variable' 'Cannot perform start session: unexpected end of JSON input\n' \
	AWS_SSM_START_SESSION_RESPONSE r StartSession
row 'an array' 'Cannot perform start session: json: cannot unmarshal array into Go value of type ssm.StartSessionOutput\n' \
	'[]' r StartSession
row 'no members' 'Cannot perform start session: the StartSession response has no SessionId\n' \
	'{}' r StartSession
row 'parameters before the operation' \
	'Cannot perform start session: the session parameters have no Target\n' \
	'{}' r StopSession '' '{}'
row 'another scheme' 'Cannot perform start session: malformed ws or wss URL\n' \
	'{"SessionId":"s","TokenValue":"t","StreamUrl":"https://h/"}' r StartSession

# --- statuses, when they are asked for ---------------------------------------
refused='{"SessionId":"s-1","TokenValue":"TOKEN-not-to-be-seen","StreamUrl":"ws://127.0.0.1:1/x"}'
tap_status 'a wrong line, asked for its status' 2 \
	env SSM_PLUGIN_EXIT_STATUS=always "$P" '{}' r StartSession
tap_status 'with a token in argv it stays 0' 0 \
	env SSM_PLUGIN_EXIT_STATUS=1 "$P" '{}' r StartSession
tap_status 'a wrong setting' 2 env SSM_PLUGIN_EXIT_STATUS=always \
	SSM_PLUGIN_PING_SECONDS=1 "$P" "$refused" r StartSession
tap_like 'is named' "$OUT" 'SSM_PLUGIN_PING_SECONDS='

# --- no connection -----------------------------------------------------------
SSM_PLUGIN_CONNECT_SECONDS=2
export SSM_PLUGIN_CONNECT_SECONDS
tap_status 'nobody listens: status 0' 0 "$P" "$refused" us-east-1 StartSession
tap_is 'first line' "$(sed -n 2p "$OUT")" 'Starting session with SessionId: s-1'
tap_like 'one error, with act and object' "$OUT" \
	"^Cannot perform start session: cannot connect to 'ws://127.0.0.1:1/x': "
tap_is 'three lines in all' "$(wc -l <"$OUT" | tr -d ' ')" 3
tap_unlike 'no token in it' "$OUT" TOKEN-not
tap_status 'asked for its status' 4 env SSM_PLUGIN_EXIT_STATUS=1 \
	AWS_SSM_START_SESSION_RESPONSE_X="$refused" \
	"$P" AWS_SSM_START_SESSION_RESPONSE_X us-east-1 StartSession
tap_status 'quiet' 0 env SSM_PLUGIN_QUIET=1 "$P" "$refused" us-east-1 StartSession
tap_is 'nothing on stdout' "$(cat "$OUT")" ''
tap_like 'the error on stderr' "$ERR" '^Cannot perform start session: '
tap_status 'logged' 0 env SSM_PLUGIN_LOG="$T/log:trace" "$P" "$refused" \
	us-east-1 StartSession
tap_like 'the log says why' "$T/log" 'attempt 1 failed'
tap_unlike 'no token in the log' "$T/log" TOKEN-not

# --- the process list --------------------------------------------------------
unset SSM_PLUGIN_CONNECT_SECONDS
if [ -r /proc/self/cmdline ]; then
	"$P" "$refused" us-east-1 StartSession >list.out 2>&1 </dev/null &
	pid=$!
	tap_reap "$pid"
	tap_ok 'a session that lasts' tap_wait 20 grep -q Starting list.out
	tr '\0' '\n' <"/proc/$pid/cmdline" >cmdline
	tap_like 'the command line is readable' cmdline '^us-east-1$'
	tap_unlike 'and has no token' cmdline TOKEN-not
	kill "$pid"
	wait "$pid"
	tap_is 'SIGTERM ends it as a signal does' $? 143
	AWS_SSM_START_SESSION_RESPONSE=$refused "$P" \
		AWS_SSM_START_SESSION_RESPONSE us-east-1 StartSession \
		>variable.out 2>&1 </dev/null &
	pid=$!
	tap_reap "$pid"
	tap_wait 20 grep -q Starting variable.out
	tr '\0' '\n' <"/proc/$pid/environ" >environ
	tap_like 'the environment is readable' environ '^AWS_ACCESS_KEY_ID='
	tap_unlike 'and has no token either' environ TOKEN-not
	kill "$pid"
	wait "$pid"
else
	tap_skip 'the process list' 'no /proc'
fi

# --- odd descriptors ---------------------------------------------------------
tap_ok 'stdin closed' sh -c '"$0" --version <&-' "$P"
tap_ok 'all closed' sh -c '"$0" --version <&- >&- 2>&-' "$P"
SSM_PLUGIN_CONNECT_SECONDS=1
export SSM_PLUGIN_CONNECT_SECONDS
tap_ok 'a session with stdin closed' sh -c \
	'"$0" "$1" us-east-1 StartSession <&-' "$P" "$refused"
tap_like 'has its own error' "$OUT" '^Cannot perform start session: cannot connect'
tap_ok 'a session with all closed' sh -c \
	'"$0" "$1" us-east-1 StartSession <&- >&- 2>&-' "$P" "$refused"
tap_done
