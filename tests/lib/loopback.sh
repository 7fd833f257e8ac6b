# shellcheck shell=sh
# The AWS side on this machine, for end-to-end tests. Read after tap.sh:
#
#	. "$(dirname "$0")/../lib/tap.sh"
#	. "$SM_TOP/tests/lib/loopback.sh"
#	start_loopback --fault drop=10       # sets LOOPBACK_URL
#	loopback_session AWS-StartSSHSession '{"portNumber":["22"]}' >session.json
#	plugin "$(cat session.json)"
#	loopback_fault '{"cut-now":1}'
#	loopback_count opens                 # of the newest session
#	loopback_total cuts
#	stop_loopback
#
# LOOPBACK_URL   http://127.0.0.1:PORT
# LOOPBACK_PORT  PORT
# LOOPBACK_LOG   what the server says
#
# Keys, region and endpoints are put into the environment for the plugin, the
# AWS CLI and curl. The server ends with the test.

LOOPBACK_TARGET=i-0123456789abcdef0
LOOPBACK_PID=

# start_loopback [OPTION]...: one server per test; an older one is stopped
start_loopback()
{
	stop_loopback
	LOOPBACK_LOG=$T/.loopback.log
	rm -f "$T/.loopback.port"
	"$SM_BIN/session-manager-loopback" --verbose \
		--port-file "$T/.loopback.port" "$@" >"$LOOPBACK_LOG" 2>&1 &
	LOOPBACK_PID=$!
	tap_reap "$LOOPBACK_PID"
	if ! tap_wait 20 test -s "$T/.loopback.port"; then
		tap_diag 'the loopback server did not start'
		sed 's/^/#   /' "$LOOPBACK_LOG"
		return 1
	fi
	LOOPBACK_PORT=$(cat "$T/.loopback.port")
	LOOPBACK_URL=http://127.0.0.1:$LOOPBACK_PORT
	AWS_ACCESS_KEY_ID=AKIDEXAMPLE
	AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
	AWS_DEFAULT_REGION=us-east-1
	AWS_REGION=us-east-1
	AWS_ENDPOINT_URL_SSM=$LOOPBACK_URL
	AWS_ENDPOINT_URL_KMS=$LOOPBACK_URL
	AWS_EC2_METADATA_DISABLED=true
	AWS_CONFIG_FILE=$T/.aws-config
	AWS_SHARED_CREDENTIALS_FILE=$T/.aws-credentials
	no_proxy=127.0.0.1
	unset AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE
	export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION \
		AWS_REGION AWS_ENDPOINT_URL_SSM AWS_ENDPOINT_URL_KMS \
		AWS_EC2_METADATA_DISABLED AWS_CONFIG_FILE \
		AWS_SHARED_CREDENTIALS_FILE no_proxy LOOPBACK_URL LOOPBACK_PORT
}

stop_loopback()
{
	[ -n "$LOOPBACK_PID" ] || return 0
	kill "$LOOPBACK_PID" 2>/dev/null
	wait "$LOOPBACK_PID" 2>/dev/null
	LOOPBACK_PID=
}

# loopback_post PATH JSON [CURL-OPTION]...: prints the answer
loopback_post()
{
	loopback_path=$1
	loopback_body=$2
	shift 2
	curl -sS --max-time 20 --noproxy '*' "$@" --data-binary "$loopback_body" \
		"$LOOPBACK_URL$loopback_path"
}

# loopback_call ACTION JSON: a signed API call, "AmazonSSM.StartSession"
loopback_call()
{
	case $1 in
	AmazonSSM.*) loopback_service=ssm ;;
	*) loopback_service=kms ;;
	esac
	loopback_post / "$2" -H "X-Amz-Target: $1" \
		${AWS_SESSION_TOKEN:+-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN"} \
		-H 'Content-Type: application/x-amz-json-1.1' \
		--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		--aws-sigv4 "aws:amz:us-east-1:$loopback_service"
}

# loopback_session [DOCUMENT [PARAMETERS]]: StartSession's answer as JSON
loopback_session()
{
	if [ -n "${1-}" ]; then
		loopback_document=",\"DocumentName\":\"$1\""
	else
		loopback_document=
	fi
	loopback_parameters=${2:-null}
	loopback_call AmazonSSM.StartSession \
		"{\"Target\":\"$LOOPBACK_TARGET\"$loopback_document,\"Parameters\":$loopback_parameters}"
}

# loopback_plugin SESSION-JSON [COMMAND-PREFIX...]: run the plugin as the AWS
# CLI does; put a wrapper such as "timeout 20" behind the session
loopback_plugin()
{
	AWS_SSM_START_SESSION_RESPONSE=$1
	export AWS_SSM_START_SESSION_RESPONSE
	shift
	"$@" "$SM_BIN/session-manager-plugin" AWS_SSM_START_SESSION_RESPONSE \
		us-east-1 StartSession '' "{\"Target\":\"$LOOPBACK_TARGET\"}" \
		"$LOOPBACK_URL"
}

# loopback_fault JSON: change faults of a running server
loopback_fault()
{
	loopback_post /loopback/fault "$1"
}

# loopback_stats: everything, one member per line
loopback_stats()
{
	curl -sS --max-time 20 --noproxy '*' "$LOOPBACK_URL/loopback/stats" |
		sed 's/[,{]"/\n"/g'
}

# loopback_value SECTION NAME: a member behind the line that has SECTION
loopback_value()
{
	loopback_stats | sed -n "/^\"$1\"/,\$p" |
		sed -n "s/^\"$2\":\"\{0,1\}\([^\"}]*\).*/\1/p" | head -n 1
}

# loopback_total NAME: of all; loopback_count NAME: of the newest session
loopback_total()
{
	loopback_value totals "$1"
}

loopback_count()
{
	loopback_value sessions "$1"
}

# loopback_state STATE: is the newest session in this state?
loopback_state()
{
	[ "$(loopback_count state)" = "$1" ]
}

# start_echo: an echo server as a destination; sets ECHO_PORT
start_echo()
{
	python3 "$SM_TOP/tests/lib/echo.py" serve "$T/.echo.port" &
	tap_reap $!
	tap_wait 20 test -s "$T/.echo.port" || return 1
	# shellcheck disable=SC2034 # for the tests
	ECHO_PORT=$(cat "$T/.echo.port")
}

# start_plugin SESSION-JSON: the plugin in the background, without a terminal;
# sets PLUGIN_PID, output goes to PLUGIN_OUT
start_plugin()
{
	PLUGIN_OUT=$T/.plugin.out
	: >"$PLUGIN_OUT"
	AWS_SSM_START_SESSION_RESPONSE=$1
	export AWS_SSM_START_SESSION_RESPONSE
	# Not by loopback_plugin: its subshell would have the number.
	"$SM_BIN/session-manager-plugin" AWS_SSM_START_SESSION_RESPONSE \
		us-east-1 StartSession '' "{\"Target\":\"$LOOPBACK_TARGET\"}" \
		"$LOOPBACK_URL" >"$PLUGIN_OUT" 2>&1 </dev/null &
	PLUGIN_PID=$!
	tap_reap "$PLUGIN_PID"
}

# start_forward SESSION-JSON: the same, until its listener is open; sets
# FORWARD_PORT
start_forward()
{
	start_plugin "$1"
	if ! tap_wait 20 grep -q '^Port [0-9]* opened' "$PLUGIN_OUT"; then
		sed 's/^/# /' "$PLUGIN_OUT"
		return 1
	fi
	FORWARD_PORT=$(sed -n 's/^Port \([0-9]*\) opened.*/\1/p' "$PLUGIN_OUT")
}

# dead PID: has this child ended?
dead()
{
	case $(ps -o stat= -p "$1") in
	'' | Z*) ;;
	*) return 1 ;;
	esac
}

# stop_forward: Ctrl-C; the plugin's status
stop_forward()
{
	kill -INT "$PLUGIN_PID"
	tap_wait 10 dead "$PLUGIN_PID" || return 1
	wait "$PLUGIN_PID"
}

# echo_check N BYTES: through the forwarded port
echo_check()
{
	python3 "$SM_TOP/tests/lib/echo.py" check "$FORWARD_PORT" "$1" "$2"
}

# loopback_reopened [N]: has the newest session N (2) channels behind it?
loopback_reopened()
{
	[ "$(loopback_count opens)" = "${1:-2}" ] && loopback_state open
}
