#!/bin/sh
# session-manager-loopback by itself: the command line, the API with its
# errors, the checks of an upgrade, and the way it ends. curl is the client.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl

server=$SM_BIN/session-manager-loopback
type='Content-Type: application/x-amz-json-1.1'

# --- the command line -------------------------------------------------------
tap_ok 'the version is printed' "$server" --version
tap_like 'it has four parts' "$OUT" '^[0-9]+(\.[0-9]+){3}$'
tap_ok 'help is printed' "$server" --help
tap_like 'help begins with the usage' "$OUT" \
	'^Usage: session-manager-loopback \[options\]$'
tap_like 'help names the faults' "$OUT" '^ *--fault=?.?NAME'
tap_status 'an unknown option is refused' 2 "$server" --frob
tap_like 'after the usage' "$ERR" '^Usage: session-manager-loopback'
tap_like 'in one line' "$ERR" \
	'^session-manager-loopback: error: no such option: --frob$'
tap_is 'and nothing is on stdout' "$(cat "$OUT")" ''
tap_status 'another address is refused' 2 "$server" --address 0.0.0.0
tap_like 'and named' "$ERR" "'0.0.0.0' is not a loopback address"
tap_status 'an unknown fault is refused' 2 "$server" --fault frob=1
tap_like 'and named' "$ERR" "unknown fault 'frob'"
tap_status 'a port file that cannot be written' 1 "$server" \
	--port-file "$T/none/port"

tap_ok 'it starts' start_loopback
tap_status 'a port in use is refused' 1 "$server" --port "$LOOPBACK_PORT"
tap_like 'and named' "$ERR" "cannot listen on '127.0.0.1' port $LOOPBACK_PORT"
tap_like 'it says where it listens' "$LOOPBACK_LOG" \
	"^listening on $LOOPBACK_URL\$"

# --- signatures -------------------------------------------------------------
# code NAME CODE STATUS COMMAND...: the answer is this error
code()
{
	code_name=$1
	code_want=$2
	shift 2
	tap_run "$@"
	tap_like "$code_name" "$OUT" "\"__type\":\"$code_want\""
}

tap_run loopback_session
tap_like 'a signed call is answered' "$OUT" '"SessionId":"loopback-'
tap_like 'with a token' "$OUT" '"TokenValue":"[A-Za-z0-9+/]{43}="'
tap_like 'with a URL whose cell number has + / =' "$OUT" \
	"ws://127.0.0.1:$LOOPBACK_PORT/v1/data-channel/loopback-.*cell-number=AAEAA\+.*/.*=="
code 'an unsigned call' UnrecognizedClientException \
	loopback_post / '{}' -H "$type" -H 'X-Amz-Target: AmazonSSM.StartSession'
AWS_SECRET_ACCESS_KEY=wrong
code 'a wrong secret' InvalidSignatureException loopback_session
AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
AWS_ACCESS_KEY_ID=AKIDOTHER
code 'another key' UnrecognizedClientException loopback_session
AWS_ACCESS_KEY_ID=AKIDEXAMPLE

# signed SERVICE ACTION BODY [CURL-OPTION]...
signed()
{
	signed_service=$1
	signed_action=$2
	signed_body=$3
	shift 3
	loopback_post / "$signed_body" -H "X-Amz-Target: $signed_action" \
		--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
		--aws-sigv4 "aws:amz:us-east-1:$signed_service" "$@"
}

code 'a signature for another service' UnrecognizedClientException \
	signed kms AmazonSSM.StartSession '{}' -H "$type"
code 'an action that does not exist' UnknownOperationException \
	signed ssm AmazonSSM.Frob '{}' -H "$type"
code 'another content type' SerializationException \
	signed ssm AmazonSSM.StartSession '{}' -H 'Content-Type: text/plain'
code 'no JSON' SerializationException \
	signed ssm AmazonSSM.StartSession '{' -H "$type"
code 'JSON that is no object' SerializationException \
	signed ssm AmazonSSM.StartSession '[]' -H "$type"

# --- StartSession and its kin -----------------------------------------------
code 'no target' ValidationException \
	loopback_call AmazonSSM.StartSession '{}'
code 'an unknown document' InvalidDocument loopback_session AWS-Frob
code 'a parameter that is missing' ValidationException \
	loopback_session AWS-StartInteractiveCommand
tap_like 'it is named' "$OUT" "parameter 'command' is missing"
code 'a parameter that is not the document'"'"'s' ValidationException \
	loopback_session AWS-StartSSHSession '{"frob":["1"]}'
code 'a port that is none' ValidationException \
	loopback_session AWS-StartSSHSession '{"portNumber":["65536"]}'
code 'resuming an unknown session' DoesNotExistException \
	loopback_call AmazonSSM.ResumeSession '{"SessionId":"x"}'
code 'terminating an unknown session' DoesNotExistException \
	loopback_call AmazonSSM.TerminateSession '{"SessionId":"x"}'

tap_is 'refusals leave no session' \
	"$(loopback_stats | grep -c '^"state"')" 1

# member NAME FILE: a string of a JSON answer
member()
{
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$2" | sed 's/\\u0026/\&/g'
}

loopback_session '' >session.json
id=$(member SessionId session.json)
url=$(member StreamUrl session.json | sed 's/^ws/http/')
loopback_call AmazonSSM.ResumeSession "{\"SessionId\":\"$id\"}" >resume.json
tap_is 'resuming gives the same session' "$(member SessionId resume.json)" "$id"
tap_is 'and another token' "$([ "$(member TokenValue resume.json)" != \
	"$(member TokenValue session.json)" ] && echo other)" other

# --- upgrades ---------------------------------------------------------------
# upgrade NAME STATUS URL [CURL-OPTION]...
upgrade()
{
	upgrade_name=$1
	upgrade_want=$2
	upgrade_url=$3
	shift 3
	upgrade_got=$(curl -sS -g --max-time 1 --noproxy '*' -o body \
		-w '%{http_code}' -H 'Connection: Upgrade' "$@" \
		"$upgrade_url" 2>/dev/null)
	tap_is "$upgrade_name" "$upgrade_got" "$upgrade_want"
}

key='Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw=='
v13='Sec-WebSocket-Version: 13'
ws='Upgrade: websocket'
upgrade 'a right upgrade' 101 "$url" -H "$ws" -H "$v13" -H "$key"
upgrade 'one with %2B for the plus' 101 \
	"$(echo "$url" | sed 's/+/%2B/; s,/\([0-9a-f]*\)==$,%2f\1%3D%3d,')" \
	-H "$ws" -H "$v13" -H "$key"
upgrade 'no upgrade header' 400 "$url" -H "$v13" -H "$key"
upgrade 'no version' 426 "$url" -H "$ws" -H "$key"
upgrade 'another version' 426 "$url" -H "$ws" -H "$key" \
	-H 'Sec-WebSocket-Version: 12'
upgrade 'no key' 400 "$url" -H "$ws" -H "$v13"
upgrade 'a key that is too short' 400 "$url" -H "$ws" -H "$v13" \
	-H 'Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0O'
upgrade 'an unknown session' 404 "$(echo "$url" | sed 's/loopback-./loopback-x/')" \
	-H "$ws" -H "$v13" -H "$key"
upgrade 'a plus that became a space' 403 "$(echo "$url" | sed 's/+/%20/')" \
	-H "$ws" -H "$v13" -H "$key"
upgrade 'a cell number that was cut' 403 "${url%=}" \
	-H "$ws" -H "$v13" -H "$key"
upgrade 'another role' 400 "$(echo "$url" | sed 's/publish_/x_/')" \
	-H "$ws" -H "$v13" -H "$key"
upgrade 'a wrong signature' 403 "$url" -H "$ws" -H "$v13" -H "$key" \
	-H 'Authorization: AWS4-HMAC-SHA256 Credential=x'
tap_ok 'faults can be set' loopback_fault \
	'{"refuse-upgrade":503,"refuse-upgrade-times":1}'
upgrade 'refused on demand' 503 "$url" -H "$ws" -H "$v13" -H "$key"
upgrade 'and only once' 101 "$url" -H "$ws" -H "$v13" -H "$key"
tap_is 'nobody opened a channel' "$(loopback_total opens)" 0

loopback_call AmazonSSM.TerminateSession "{\"SessionId\":\"$id\"}" >over.json
tap_is 'terminating names the session' "$(member SessionId over.json)" "$id"
loopback_call AmazonSSM.ResumeSession "{\"SessionId\":\"$id\"}" >over.json
tap_is 'resuming it then gives no token' "$(member TokenValue over.json)" ''
tap_is 'but the session' "$(member SessionId over.json)" "$id"
upgrade 'nor an upgrade' 403 "$url" -H "$ws" -H "$v13" -H "$key"

# --- KMS --------------------------------------------------------------------
kms()
{
	loopback_call "TrentService.$1" "$2"
}
context='"EncryptionContext":{"a":"1","b":"2"}'
kms GenerateDataKey "{\"KeyId\":\"k\",\"NumberOfBytes\":64,$context}" >key.json
blob=$(member CiphertextBlob key.json)
tap_like 'a data key' key.json '"Plaintext":"[A-Za-z0-9+/]{86}=="'
kms Decrypt "{\"KeyId\":\"k\",\"CiphertextBlob\":\"$blob\",\"EncryptionContext\":{\"b\":\"2\",\"a\":\"1\"}}" >opened.json
tap_is 'it opens with the same context' "$(member Plaintext opened.json)" \
	"$(member Plaintext key.json)"
code 'not with another' InvalidCiphertextException kms Decrypt \
	"{\"KeyId\":\"k\",\"CiphertextBlob\":\"$blob\",\"EncryptionContext\":{\"a\":\"1\"}}"
code 'not with another key' InvalidCiphertextException kms Decrypt \
	"{\"KeyId\":\"l\",\"CiphertextBlob\":\"$blob\",$context}"
code 'a key of no bytes' ValidationException kms GenerateDataKey \
	'{"KeyId":"k","NumberOfBytes":0}'
code 'a key of too many' ValidationException kms GenerateDataKey \
	'{"KeyId":"k","NumberOfBytes":1025}'
code 'no key' ValidationException kms GenerateDataKey '{"NumberOfBytes":64}'
tap_ok 'KMS can be made to fail' loopback_fault '{"kms-error":500}'
code 'it does' KMSInternalException kms GenerateDataKey \
	'{"KeyId":"k","NumberOfBytes":64}'

# --- what tests use ---------------------------------------------------------
# http NAME STATUS PATH [CURL-OPTION]...
http()
{
	http_name=$1
	http_want=$2
	http_path=$3
	shift 3
	tap_is "$http_name" "$(curl -sS --max-time 10 --noproxy '*' \
		-o body -w '%{http_code}' "$@" "$LOOPBACK_URL$http_path")" \
		"$http_want"
}
http 'an unknown path' 404 /frob
http 'an unknown fault' 400 /loopback/fault --data '{"frob":1}'
tap_like 'it is named' body "unknown fault 'frob'"
http 'a fault with a bad value' 400 /loopback/fault --data '{"close":5}'
http 'no JSON' 400 /loopback/fault --data 'x'
tap_is 'a wrong setting changed nothing' "$(loopback_value fault kms-error)" 500
head -c 1048576 /dev/zero >big
http 'a body at the limit' 400 /loopback/fault --data-binary @big
echo >>big
http 'a body above it' 413 /loopback/fault --data-binary @big -H 'Expect:'
http 'a chunked body' 501 /loopback/fault --data-binary @big \
	-H 'Transfer-Encoding: chunked' -H 'Expect:'
http 'a head above the limit' 431 / -H "X: $(head -c 16384 /dev/zero | tr '\0' x)"

# --- options that change the rules ------------------------------------------
tap_ok 'with a session token' start_loopback --session-token TOKEN \
	--require-signed --target i-1 --kms-key alias/only
code 'a call without it' UnrecognizedClientException loopback_session
tap_run loopback_post / '{}' -H "$type" \
	-H 'X-Amz-Target: AmazonSSM.StartSession' \
	-H 'X-Amz-Security-Token: TOKEN' \
	--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
	--aws-sigv4 aws:amz:us-east-1:ssm
tap_like 'a call with it' "$OUT" ValidationException
tap_ok 'without authentication' start_loopback --no-auth --require-signed \
	--target i-1 --kms-key alias/only
code 'a target that is not connected' TargetNotConnected \
	loopback_post / '{"Target":"i-2"}' -H "$type" \
	-H 'X-Amz-Target: AmazonSSM.StartSession'
code 'a key that is not there' NotFoundException \
	loopback_post / '{"KeyId":"k","NumberOfBytes":64}' -H "$type" \
	-H 'X-Amz-Target: TrentService.GenerateDataKey'
loopback_post / '{"Target":"i-1"}' -H "$type" \
	-H 'X-Amz-Target: AmazonSSM.StartSession' >session.json
url=$(member StreamUrl session.json | sed 's/^ws/http/')
upgrade 'an upgrade that is not signed' 403 "$url" -H "$ws" -H "$v13" -H "$key"

# --- other users ------------------------------------------------------------
# stranger: what another user of this machine gets
stranger()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups curl -sS \
		--max-time 10 --noproxy '*' "$LOOPBACK_URL/loopback/stats"
}
if [ "$(id -u)" -eq 0 ] && tap_have setpriv; then
	tap_run stranger
	tap_like 'another user is turned away' "$OUT" "another user's"
	tap_like 'and named' "$LOOPBACK_LOG" 'connection of user 65534 refused'
	tap_ok 'unless all are let in' start_loopback --any-user
	tap_run stranger
	tap_like 'then it is served' "$OUT" '"totals"'
else
	tap_skip 'another user is turned away' 'needs root and setpriv'
fi

# --- the end ----------------------------------------------------------------
kill -TERM "$LOOPBACK_PID"
wait "$LOOPBACK_PID"
tap_is 'SIGTERM ends it with success' $? 0
LOOPBACK_PID=
tap_unlike 'no secret was logged' "$LOOPBACK_LOG" 'wJalrXUtnFEMI'

tap_done
