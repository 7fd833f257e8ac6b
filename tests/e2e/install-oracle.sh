#!/bin/sh
# Side by side with the contract of the official script (tests/lib/contract.py):
# the same lines, link, files and status, and where we differ, that we do.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"
tap_need python3

mkdir "$T/ours" "$T/theirs"
for v in 1 2; do
	make_bundle "$T/ours/b$v" "1.0.0.$v"
	cp -a "$T/ours/b$v" "$T/theirs/b$v"
	cp "$SM_TOP/tests/lib/contract.py" "$T/theirs/b$v/install"
done
DONE='The Session Manager plugin is installed successfully. Use the AWS CLI to start a session.'

# one SIDE BUNDLE ARGUMENT...: run an installer in its own root; NAMEs of the
# root are the same on both sides: cwd
one()
{
	one_side=$1
	one_bundle=$2
	shift 2
	(cd "$T/$one_side/root" && "$T/$one_side/$one_bundle/install" "$@" \
		>"$T/$one_side/out" 2>"$T/$one_side/err" </dev/null)
	echo $? >"$T/$one_side/status"
	# what differs between the sides is their own name
	sed -i "s|$T/$one_side|TOP|g" "$T/$one_side/out" "$T/$one_side/err"
}

# The contract's view of a root: what each name leads to, modes and contents.
view()
{
	(cd "$T/$1/root" && for view_name in plugin/bin/session-manager-plugin \
		plugin/VERSION plugin/LICENSE plugin/seelog.xml.template \
		plugin/seelog.xml plugin/logs/x.log link; do
		[ ! -e "$view_name" ] || printf '%s %s %s\n' "$view_name" \
			"$(stat -L -c %a "$view_name")" "$(cksum <"$view_name")"
	done
	readlink link | sed "s|$T/$1|TOP|")
}

# same NAME BUNDLE ARGUMENT...: both do it, and it is the same
same()
{
	same_name=$1
	shift
	for same_side in ours theirs; do
		# shellcheck disable=SC2046 # arguments without blanks
		one $same_side $(printf '%s\n' "$@" | sed "s|TOP|$T/$same_side|")
	done
	tap_is "$same_name" "$(cat "$T/ours/out")" "$(cat "$T/theirs/out")
$DONE"
	tap_is 'status' "$(cat "$T/ours/status")" "$(cat "$T/theirs/status")"
	tap_is 'the same is there' "$(view ours)" "$(view theirs)"
}
fresh() { rm -rf "$T/ours/root" "$T/theirs/root" && mkdir "$T/ours/root" "$T/theirs/root"; }
both() { for both_side in ours theirs; do (cd "$T/$both_side/root" && "$@"); done; }

# --- the same ----------------------------------------------------------------
fresh
same 'fresh' b1 -i TOP/root/plugin -b TOP/root/link
same 'again' b1 -i TOP/root/plugin -b TOP/root/link
same 'another version' b2 -iTOP/root/plugin -bTOP/root/link
same 'back' b1 --install-dir=TOP/root/plugin --bin-location TOP/root/link
same 'prefixes of options' b2 --install TOP/root/plugin --bin=TOP/root/link
same 'the last one counts' b1 -i TOP/root/no -i TOP/root/plugin -b TOP/root/link
both mkdir plugin/logs
both sh -c 'echo x >plugin/logs/x.log; echo y >plugin/seelog.xml'
same "the user's files" b2 -i TOP/root/plugin -b TOP/root/link
fresh
both sh -c 'echo elsewhere >file; ln -s "$PWD/file" link'
same 'LINK leads elsewhere' b1 -i TOP/root/plugin -b TOP/root/link
tap_is 'where to is untouched' "$(both cat file)" 'elsewhere
elsewhere'
fresh
both mkdir -p plugin/bin
same 'directories are there' b1 -i TOP/root/plugin -b TOP/root/link

# --- messages of options -----------------------------------------------------
for words in --x -i --install-dir '-i a --bin-location'; do
	for side in ours theirs; do
		# shellcheck disable=SC2086 # words
		one $side b1 $words
	done
	tap_same "$words: the same message" "$T/ours/err" "$T/theirs/err"
	tap_is 'status' "$(cat "$T/ours/status")" "$(cat "$T/theirs/status")"
done
one ours b1 -h
one theirs b1 -h
tap_is 'help: status' "$(cat "$T/ours/status")$(cat "$T/theirs/status")" 00
tap_is 'help: usage' "$(head -n 1 "$T/ours/out")" "$(head -n 1 "$T/theirs/out")"

# --- better: honest, and what was there stays --------------------------------
# differs NAME STATUS PATTERN: theirs says success by its status
differs()
{
	for differs_side in ours theirs; do
		one $differs_side b2 -i "$T/$differs_side/root/plugin" -b "$T/$differs_side/root/link"
	done
	tap_is "$1: they call it success" "$(cat "$T/theirs/status")" 0
	tap_like 'but it is none' "$T/theirs/out" '^Failed to create symlink\.$'
	tap_is 'our status' "$(cat "$T/ours/status")" "$2"
	tap_like 'our message' "$T/ours/err" "$3"
}
fresh
both mkdir link
differs 'LINK is a directory' 1 'it is a directory, not a link'
tap_is 'nothing is half done' "$(ls "$T/ours/root")" link
fresh
both sh -c ': >plugin'
differs 'DIR is a file' 1 'not a directory'
fresh
both ln -s nowhere link
one theirs b1 -i "$T/theirs/root/plugin" -b "$T/theirs/root/link"
tap_like 'a dangling link is in their way' "$T/theirs/out" '^Failed'
one ours b1 -i "$T/ours/root/plugin" -b "$T/ours/root/link"
tap_is 'not in ours' "$(cat "$T/ours/status") $("$T/ours/root/link" --version)" '0 1.0.0.1'
fresh
one theirs b1 -i plugin -b link/../link2
one ours b1 -i plugin -b link
tap_is 'a relative DIR works' "$("$T/ours/root/link" --version)" 1.0.0.1

# --- from theirs to ours and back --------------------------------------------
fresh
one theirs b1 -i "$T/ours/root/plugin" -b "$T/ours/root/link"
one ours b2 -i "$T/ours/root/plugin" -b "$T/ours/root/link"
tap_is 'ours over theirs' "$("$T/ours/root/link" --version)" 1.0.0.2
tap_ok 'can be rolled back' "$T/ours/b2/install" rollback -i "$T/ours/root/plugin" -b "$T/ours/root/link"
tap_is 'to theirs' "$("$T/ours/root/link" --version)" 1.0.0.1
one theirs b2 -i "$T/ours/root/plugin" -b "$T/ours/root/link"
tap_is 'theirs over ours' "$("$T/ours/root/link" --version) $(cat "$T/theirs/status")" '1.0.0.2 0'
tap_done
