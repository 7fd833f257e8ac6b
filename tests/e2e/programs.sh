#!/bin/sh
# What the programs have in common on the command line: help and version go to
# stdout with status 0; a mistake has status 2, the usage and one line "NAME:
# error: ..." on stderr, and nothing on stdout; output that cannot be written
# is a failure; nothing is coloured off a terminal. The plugin itself is not
# among them: it answers as the official one does (plugin-args.sh).
. "$(dirname "$0")/../lib/tap.sh"

version=$(cat "$SM_TOP/VERSION")

# helps NAME COMMAND...: -h and --help say the same, in plain text
helps()
{
	name=$1
	shift
	tap_ok "$name: --help" "$@" --help
	cp "$OUT" help
	tap_ok "$name: -h" "$@" -h
	tap_same "$name: the same" "$OUT" help
	tap_is "$name: nothing on stderr" "$(cat "$ERR")" ''
	tap_like "$name: the usage comes first" "$OUT" '^Usage: '
	tap_is "$name: in the first line" "$(sed -n '/^Usage: /=' help |
		head -n 1)" 1
	tap_is "$name: options in 80 columns" "$(awk '/^ / && length > 80' \
		help)" ''
}

# refuses NAME PROGRAM COMMAND...: an option that is not there
refuses()
{
	name=$1
	said=$2
	shift 2
	tap_status "$name: an unknown option" 2 "$@" --no-such-option
	tap_is "$name: is no output" "$(cat "$OUT")" ''
	tap_like "$name: shows the usage" "$ERR" '^Usage: '
	tap_is "$name: and one line of error, last" \
		"$(tail -n 1 "$ERR" | cut -d: -f1-2)" "$said: error"
	tap_unlike "$name: without colour" "$ERR" "$(printf '\033')"
}

full()
{
	"$@" >/dev/full
}

for pair in session-manager-installer:install smpkg:smpkg \
	session-manager-loopback:session-manager-loopback; do
	program=$SM_BIN/${pair%:*}
	helps "${pair%:*}" "$program"
	tap_ok "${pair%:*}: --version" "$program" --version
	tap_is "${pair%:*}: the version alone" "$(cat "$OUT")" "$version"
	[ "${pair%:*}" = smpkg ] ||
		refuses "${pair%:*}" "${pair#*:}" "$program"
	tap_status "${pair%:*}: output that cannot be written" 1 \
		full "$program" --help
	tap_like "${pair%:*}: is told" "$ERR" "^${pair#*:}: .*error: "
done

# All verbs that completion offers, and all commands that the help lists.
verbs=$("$SM_BIN/session-manager-installer" -h |
	tr '\n' ' ' | sed 's/.*Other commands: *//; s/;.*//; s/,//g')
commands=$("$SM_BIN/smpkg" -h | sed -n 's/^  \([a-z]*\)  .*/\1/p')
# shellcheck disable=SC2086 # lists of words
set -- $verbs $commands
tap_ok 'there are verbs and commands' test $# -ge 20
for verb in $verbs; do
	helps "install $verb" "$SM_BIN/session-manager-installer" "$verb"
	refuses "install $verb" install "$SM_BIN/session-manager-installer" \
		"$verb"
done
for command in $commands; do
	helps "smpkg $command" "$SM_BIN/smpkg" "$command"
	[ "$command" = key ] || [ "$command" = repo ] ||
		refuses "smpkg $command" smpkg "$SM_BIN/smpkg" "$command"
done

tap_done
