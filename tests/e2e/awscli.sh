#!/bin/sh
# The real AWS CLI opens sessions through the plugin against the loopback:
# Debian's own, which passes the response as an argument, and the one of
# backports, which passes it in the environment.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/loopback.sh"
tap_need /usr/bin/aws expect

PATH=$SM_BIN:$PATH
HOME=$T
export PATH HOME
CACHED=${SM_AWS_CLI_NEW:-$(HOME=$(getent passwd "$(id -u)" | cut -d: -f6) \
	"$SM_TOP/scripts/fetch-aws-cli" 2>"$ERR")}

# The plugin is wrapped, to see in which form the CLI calls it.
mkdir "$T/path"
cat >"$T/path/session-manager-plugin" <<EOF
#!/bin/sh
[ "\${1-}" = --version ] || printf '%s\n' "\$#" "\$1" >"$T/called"
exec "$SM_BIN/session-manager-plugin" "\$@"
EOF
chmod 755 "$T/path/session-manager-plugin"
PATH=$T/path:$PATH

start_loopback --require-signed --shell /bin/sh || exit 1

by_hand()
{
	expect "$SM_TOP/tests/lib/session.exp" "$1" "$LOOPBACK_URL"
}

one_cli()
{
	tap_ok "$1: a session at a terminal" by_hand "$2"
	tap_is "$1: every step" "$(grep -c '^step: ' "$OUT")" 13
	tap_is "$1: arguments" "$(sed -n 1p "$T/called")" 6
}

one_cli "$(/usr/bin/aws --version | cut -d' ' -f1)" /usr/bin/aws
tap_like 'passes the response as an argument' "$T/called" '^\{"SessionId"'
if [ -x "$CACHED" ]; then
	one_cli "$("$CACHED" --version | cut -d' ' -f1)" "$CACHED"
	tap_like 'passes it in the environment' "$T/called" '^AWS_SSM_START_SESSION_RESPONSE$'
else
	tap_skip 'the AWS CLI of backports' 'it could not be fetched'
fi

# A pipe instead of a terminal.
piped()
{
	printf 'echo $((40 + 2)); exit\n' | /usr/bin/aws ssm start-session \
		--endpoint-url "$LOOPBACK_URL" --target "$LOOPBACK_TARGET"
}
tap_ok 'commands from a pipe' piped
tap_like 'the output came' "$OUT" '^42'
tap_like 'and the exit text' "$OUT" '^Exiting session with sessionId: loopback-'

# 254 or 255, by the CLI's version
unknown_document()
{
	! /usr/bin/aws ssm start-session --endpoint-url "$LOOPBACK_URL" \
		--target "$LOOPBACK_TARGET" --document-name Nope
}
tap_ok 'a document that is not there' unknown_document
tap_like 'is reported' "$ERR" 'InvalidDocument'
tap_done
