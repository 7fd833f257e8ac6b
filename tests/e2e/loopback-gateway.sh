#!/bin/sh
# The gateway against clients that are wrong: each is closed with its code,
# and nothing they do opens a session or ends the server.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3

tap_ok 'the server starts' start_loopback --no-auth --shell 'env PS1=: sh'

# member NAME FILE: a string of a JSON answer
member()
{
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$2" | sed 's/\\u0026/\&/g'
}

# fresh: a session; sets URL and TOKEN
fresh()
{
	loopback_session '' >session.json
	URL=$(member StreamUrl session.json)
	TOKEN=$(member TokenValue session.json)
}

raw()
{
	tap_run python3 "$SM_TOP/tests/lib/wsraw.py" "$URL" "$@"
}

# closed NAME CODE STEP...: answered with this close code
closed()
{
	closed_name=$1
	closed_code=$2
	shift 2
	raw "$@"
	tap_is "$closed_name" "$(grep -E '^(close|end|still)' "$OUT" |
		tr '\n' ' ')" "close $closed_code end "
}

fresh
closed 'a wrong token' 1008 open:wrong
closed 'an empty token' 1008 open:
closed 'no JSON' 1008 text:hello
closed 'no object' 1008 'text:[]'
closed 'a binary frame first' 1008 binary:x
closed 'an unmasked frame' 1002 bare:x
closed 'reserved bits' 1002 bits:0xc1
closed 'an unknown opcode' 1002 bits:0x83
closed 'a ping in fragments' 1002 bits:0x09
closed 'a part that continues nothing' 1002 cont:x
closed 'a message inside a message' 1002 bits:0x01 text:x
closed 'a frame that is too long' 1009 huge:16777217
closed 'a length with its highest bit' 1002 huge:9223372036854775808
closed 'a close frame is answered' 1000 close:1000
tap_is 'none of them opened it' "$(loopback_total opens)" 0
tap_is 'the token is still good' "$(loopback_count state)" new

raw "open-parts:$TOKEN" wait:2
tap_like 'fragments are joined' "$OUT" "^binary output_stream_data b':'"
tap_like 'a ping between them is answered' "$OUT" "^pong b'between'"
tap_unlike 'the server masks nothing' "$OUT" '^masked'
tap_unlike 'the accept key is right' "$OUT" '^wrong'
closed 'a token that was used' 1008 "open:$TOKEN"

fresh
raw "open:$TOKEN" wait:1 message:0 message:0 message:5 wait:1 text:garbage \
	binary:garbage wait:1
tap_is 'each data message is acknowledged' \
	"$(grep -c '^binary acknowledge' "$OUT")" 3
tap_like 'by its number' "$OUT" 'AcknowledgedMessageSequenceNumber'
tap_like 'garbage does no harm' "$OUT" '^still open'
tap_is 'the repeated one was seen' "$(loopback_count duplicates)" 1
tap_is 'the early one too' "$(loopback_count out_of_order)" 1
tap_is 'and the garbage' "$(loopback_count bad)" 2

# --- a second connection takes over -----------------------------------------
fresh
python3 "$SM_TOP/tests/lib/wsraw.py" "$URL" "open:$TOKEN" wait:20 >first.out &
first=$!
tap_reap "$first"
tap_ok 'a first connection' tap_wait 10 loopback_state open
id=$(member SessionId session.json)
loopback_call AmazonSSM.ResumeSession "{\"SessionId\":\"$id\"}" >resume.json
raw "open:$(member TokenValue resume.json)" wait:1
tap_like 'a second is served' "$OUT" '^still open'
wait "$first"
tap_is 'the first is closed' "$(tail -n 1 first.out)" end
tap_is 'another client is noticed' "$(loopback_count client_changed)" 1

kill -TERM "$LOOPBACK_PID"
wait "$LOOPBACK_PID"
tap_is 'the server ends in order' $? 0
LOOPBACK_PID=

tap_done
