#!/bin/sh
# What a person or a script reads of each command: help, wrong words, quiet and
# verbose, JSON with the members that the manual names, a reader that goes
# away, a directory without permission.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"
tap_need python3

make_bundle "$T/b1" 1.0.0.1
make_bundle "$T/b2" 1.0.0.2
I1=$T/b1/install
I2=$T/b2/install
D=$T/root/plugin
L=$T/root/bin/session-manager-plugin
VERBS='completion doctor download history install list rollback status uninstall update verify'

# --- help and usage ----------------------------------------------------------
for verb in '' $VERBS; do
	# shellcheck disable=SC2086 # none or one word
	tap_ok "help: ${verb:-no command}" "$I1" $verb -h
	tap_like 'begins with usage' "$OUT" "^Usage: install $verb"
	tap_is 'fits a terminal' "$(awk 'length > 80' "$OUT")" ''
	tap_is 'nothing else is said' "$(cat "$ERR")" ''
	# shellcheck disable=SC2086
	tap_status 'an option that is none' 2 "$I1" $verb --nonsense
	tap_is 'usage and one line' "$(sed "s/^Usage: install $verb.*/Usage/" "$ERR")" "Usage

install: error: no such option: --nonsense"
	tap_is 'nothing on standard output' "$(cat "$OUT")" ''
done
tap_status 'too many words' 2 "$I1" list one
tap_like 'names the first' "$ERR" '^install: error: unexpected argument: one$'
tap_status 'an argument that is missing' 2 "$I1" install --from
tap_status 'an option with a value that takes none' 2 "$I1" list --json=yes
tap_status 'verify without a file' 2 "$I1" verify
tap_status 'an empty DIR' 2 "$I1" list -i ''
tap_status 'DIR is the root' 2 "$I1" -i / -b "$L"

# --- nothing installed -------------------------------------------------------
for verb in list status rollback uninstall; do
	tap_status "nothing is installed: $verb" 1 "$I1" $verb -i "$D" -b "$L"
	tap_is 'one line' "$(cat "$ERR")" "install: error: nothing is installed in '$D'"
done

# --- quiet and verbose -------------------------------------------------------
at() { at_verb=$1; shift; "$I2" "$at_verb" -i "$D" -b "$L" "$@"; }
tap_ok 'quiet installation' "$I1" -q -i "$D" -b "$L"
tap_is 'says nothing' "$(cat "$OUT" "$ERR")" ''
tap_ok 'verbose installation' "$I2" -v -i "$D" -b "$L"
tap_like 'says each step' "$ERR" "link '$D/current' -> 'versions/1.0.0.2'   <- switch\$"
tap_unlike 'on the error stream only' "$OUT" 'versions/'
for verb in rollback uninstall; do
	tap_ok "quiet $verb" at $verb -q
	tap_is 'says nothing' "$(cat "$OUT" "$ERR")" ''
	[ $verb = uninstall ] || "$I2" -q -i "$D" -b "$L"
done

# --- JSON --------------------------------------------------------------------
cat >"$T/members.py" <<'END'
"""members.py FILE: "TYPE: MEMBER ..." of each different line, in order."""
import json
import sys

seen = []
for line in open(sys.argv[1], encoding="utf-8"):
    x = json.loads(line)
    text = x.pop("type") + ": " + " ".join(x)
    if text not in seen:
        seen.append(text)
print("\n".join(seen))
END
# json NAME MEMBERS COMMAND...: what a command prints with --json
json()
{
	json_name=$1
	json_members=$2
	shift 2
	tap_ok "$json_name --json" "$@" --json
	tap_is 'has the members of the manual' "$(python3 "$T/members.py" "$OUT")" "$json_members"
	tap_is 'and no text beside' "$(cat "$ERR")" ''
}
"$I1" -q -i "$D" -b "$L" && "$I2" -q -i "$D" -b "$L"
json list 'version: version folder current' at list
json status 'status: directory link link_state version installed installer source from verified previous changed' at status
json rollback 'installed: version previous directory link changed' at rollback
tap_is 'with its values' "$(python3 -c 'import json, sys
x = json.load(open(sys.argv[1]))
print(x["version"], x["previous"], x["changed"])' "$OUT")" '1.0.0.1 1.0.0.2 True'
tap_ok 'history --json' at history --json
tap_is 'has the members of the manual' "$(python3 "$T/members.py" "$OUT" | sort -u |
	sed -E 's/ state( state_date)?( reason)? / /' | sort -u)" \
	'release: version date kind publisher change minimum newest installed'
json 'rollback --dry-run' 'step: act path from switch
step: act path switch' at rollback --dry-run
json 'uninstall --dry-run' 'step: act path switch' at uninstall --dry-run
echo mine >"$D/mine"
json uninstall 'removed: directory link directory_stays' at uninstall
tap_like 'tells what stays' "$OUT" '"directory_stays": true'
rm "$D/mine"
tap_status 'an error with --json' 1 at status --json
tap_is 'stays text' "$(cat "$OUT")" ''

# --- a plain tree ------------------------------------------------------------
rm -rf "$T/root"
plain_tree "$D" "$L" "$T/b1"
tap_ok 'list of a plain tree' at list
tap_is 'has its version' "$(cat "$OUT")" '1.0.0.1 (current)'
tap_ok 'status of a plain tree' at status
tap_like 'says whose it is' "$OUT" '^installed: *by another program$'

# --- readers that go away ----------------------------------------------------
# Ended by the signal of a closed pipe, silently; as any other program.
for verb in history 'completion bash' -h; do
	# shellcheck disable=SC2086
	{ "$I1" $verb 2>"$ERR"; echo $? >"$T/status"; } | true
	tap_is "$verb into a closed pipe" "$(cat "$ERR")" ''
done

# --- no permission -----------------------------------------------------------
mkdir -p "$T/locked" && chmod 555 "$T/locked"
denied() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$T" && chmod -R a+rX "$T/b1"
	denied() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
fi
tap_status 'without permission' 1 denied "$I1" -i "$T/locked/p" -b "$T/locked/l"
tap_like 'says what may help' "$ERR" 'Permission denied \(use sudo, or --user to install below the home directory\)$'
denied_user() { (HOME=$T/locked && export HOME && denied "$I1" --user); }
tap_status 'not even at home' 1 denied_user
tap_like 'says no more than that' "$ERR" 'Permission denied$'

# --- at a terminal -----------------------------------------------------------
cat >"$T/terminal.py" <<'END'
import os, pty, sys
def read(fd):
    return os.read(fd, 65536)
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))
END
tap_status 'an error at a terminal' 1 env TERM=xterm NO_COLOR=1 python3 "$T/terminal.py" "$I1" list -i "$T/none"
tap_unlike 'without colours when told so' "$OUT" "$(printf '\033')"
tap_status 'and when not' 1 env -u NO_COLOR TERM=xterm python3 "$T/terminal.py" "$I1" list -i "$T/none"
tap_like 'with them' "$OUT" "$(printf '\033')"
tap_done
