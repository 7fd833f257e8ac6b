#!/bin/sh
# What lies between: TLS and its roots, proxies, services that say nothing.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need curl python3 openssl

# relay NAME ARGUMENT...: tests/lib/relay.py; sets RELAY_PORT
relay()
{
	relay_verb=$1
	shift
	rm -f "$T/.relay.port"
	python3 "$SM_TOP/tests/lib/relay.py" "$relay_verb" "$T/.relay.port" "$@" &
	tap_reap $!
	tap_wait 20 test -s "$T/.relay.port" || return 1
	RELAY_PORT=$(cat "$T/.relay.port")
}

# shell BASE [WRAPPER...]: a session whose StreamUrl begins with BASE
shell()
{
	shell_base=$1
	shift
	loopback_session | sed "s,ws://127.0.0.1:$LOOPBACK_PORT,$shell_base," \
		>session.json
	loopback_plugin "$(cat session.json)" "$@" timeout 60 <input
}

# certificate NAME: NAME.pem and NAME.key for that host
certificate()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" \
		-addext "subjectAltName=DNS:$1" 2>"$ERR"
}

start_loopback --require-signed --shell 'env PS1=: sh' || exit 1
echo exit >input
SSM_PLUGIN_EXIT_STATUS=1
SSM_PLUGIN_CONNECT_SECONDS=30
export SSM_PLUGIN_EXIT_STATUS SSM_PLUGIN_CONNECT_SECONDS
unset AWS_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR no_proxy NO_PROXY

# --- TLS -----------------------------------------------------------------------
certificate localhost
certificate other.example
relay tls "$LOOPBACK_PORT" localhost.pem localhost.key
secure=wss://localhost:$RELAY_PORT
tap_status 'wss with a root of our own' 0 shell "$secure" \
	env AWS_CA_BUNDLE=localhost.pem
tap_status 'SSL_CERT_FILE' 0 shell "$secure" env SSL_CERT_FILE=localhost.pem
tap_status 'an unknown root' 3 shell "$secure"
tap_like 'is named as the cause' "$OUT" \
	'^Cannot perform start session: cannot connect to .*certificate'
tap_status 'the name is checked' 3 shell "wss://127.0.0.1:$RELAY_PORT" \
	env AWS_CA_BUNDLE=localhost.pem
tap_fails 'a bundle that is not there' shell "$secure" \
	env AWS_CA_BUNDLE=/nowhere.pem
tap_like 'is named' "$OUT" '/nowhere.pem'
head -c 600000 /dev/urandom | base64 >random
loopback_session AWS-StartNonInteractiveCommand \
	"{\"command\":[\"cat $T/random\"],\"separateOutputStream\":[\"true\"]}" |
	sed "s,ws://127.0.0.1:$LOOPBACK_PORT,$secure," >session.json
tap_ok 'bulk over TLS' loopback_plugin "$(cat session.json)" \
	env AWS_CA_BUNDLE=localhost.pem SSM_PLUGIN_QUIET=1
tap_same 'to the byte' "$OUT" random
relay tls "$LOOPBACK_PORT" other.example.pem other.example.key
tap_status 'a certificate of another host' 3 shell "wss://localhost:$RELAY_PORT" \
	env AWS_CA_BUNDLE=other.example.pem

# --- proxies -------------------------------------------------------------------
relay proxy proxy.log user:pass
relay_proxy=http://user:pass@127.0.0.1:$RELAY_PORT
elsewhere=ws://service.example:$LOOPBACK_PORT
tap_status 'ws through a proxy' 0 shell "$elsewhere" env http_proxy="$relay_proxy"
tap_like 'with CONNECT' proxy.log "^CONNECT service.example:$LOOPBACK_PORT "
tap_fails 'a wrong password' shell "$elsewhere" \
	env http_proxy="http://user:no@127.0.0.1:$RELAY_PORT"
tap_unlike 'which is not shown' "$OUT" 'user:no'
rm -f proxy.log
tap_ok 'loopback is never proxied' shell "ws://127.0.0.1:$LOOPBACK_PORT" \
	env http_proxy="$relay_proxy" HTTPS_PROXY="$relay_proxy"
tap_fails 'not once' test -e proxy.log
tap_fails 'an exception' shell "$elsewhere" env http_proxy="$relay_proxy" \
	NO_PROXY=service.example
tap_fails 'is one' test -e proxy.log

# --- silence -------------------------------------------------------------------
relay hole
tap_status 'a service that accepts and says nothing' 4 shell \
	"ws://127.0.0.1:$RELAY_PORT" env SSM_PLUGIN_CONNECT_SECONDS=3
tap_like 'is not waited for longer than the budget' "$OUT" \
	'^Cannot perform start session: cannot connect to .*no answer within'

# --- credentials ---------------------------------------------------------------
tap_status 'no credentials, signatures required' 3 shell \
	"ws://127.0.0.1:$LOOPBACK_PORT" env -u AWS_ACCESS_KEY_ID \
	-u AWS_SECRET_ACCESS_KEY PATH=/usr/bin:/bin HOME="$T"
start_loopback --shell 'env PS1=: sh'
tap_status 'no credentials, none required' 0 shell \
	"ws://127.0.0.1:$LOOPBACK_PORT" env -u AWS_ACCESS_KEY_ID \
	-u AWS_SECRET_ACCESS_KEY HOME="$T"

# keys that change: each upgrade and each call has those of its time
start_echo || exit 1
start_loopback --require-signed || exit 1
loopback_session AWS-StartPortForwardingSession \
	"{\"portNumber\":[\"$ECHO_PORT\"]}" >session.json
cat >keys <<END
#!/bin/sh
echo run >>"$T/runs"
cat "$T/keys.json"
END
chmod +x keys
printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"%s"}' \
	"$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >keys.json
printf '[default]\ncredential_process = %s\n' "$T/keys" >"$AWS_CONFIG_FILE"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY SSM_PLUGIN_EXIT_STATUS
tap_ok 'keys of a process' start_forward "$(cat session.json)"
tap_is 'which ran once' "$(wc -l <runs | tr -d ' ')" 1
loopback_fault '{"cut-now":1}' >fault.out
tap_ok 'after a cut' tap_wait 20 loopback_reopened 2
tap_is 'it ran for ResumeSession and for the upgrade' \
	"$(wc -l <runs | tr -d ' ')" 3
tap_ok 'bytes pass' echo_check 1 10000
stop_forward
tap_done
