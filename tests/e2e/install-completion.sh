#!/bin/sh
# Completion in the shells themselves: what is offered, and what is not.
. "$(dirname "$0")/../lib/tap.sh"

INST=$SM_BIN/session-manager-installer
P=session-manager-installer
HOME=$T
ZDOTDIR=$T
XDG_CONFIG_HOME=$T/config
XDG_DATA_HOME=$T/data
export HOME ZDOTDIR XDG_CONFIG_HOME XDG_DATA_HOME
unset ENV BASH_ENV
tap_status 'completion without a shell' 2 "$INST" completion
tap_status 'completion for another shell' 2 "$INST" completion csh
for shell in bash zsh fish; do
	tap_ok "completion for $shell" "$INST" completion $shell
	cp "$OUT" "$T/completion.$shell"
	tap_like 'knows an option' "$OUT" 'allow-downgrade'
done

# --- bash --------------------------------------------------------------------
if tap_have bash; then
	cat >"$T/try.bash" <<'END'
. "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
_session_manager_installer
echo "${COMPREPLY[*]}"
END
	try() { bash --norc "$T/try.bash" "$T/completion.bash" $P "$@"; }
	tap_is 'bash completes a command' "$(try un)" uninstall
	tap_is 'an option of it' "$(try uninstall --p)" --purge
	tap_is 'not one of another command' "$(try list --p)" ''
	tap_is 'a value' "$(try install --format b)" bundle
	tap_is 'a shell' "$(try completion z)" zsh
	tap_is 'an option without a command' "$(try --comp)" --compat
else
	tap_skip 'bash' 'bash is not installed'
fi

# --- fish --------------------------------------------------------------------
if tap_have fish; then
	# offered LINE: the words that fish offers, without their descriptions
	offered()
	{
		timeout 60 fish -N -c "source $T/completion.fish; complete -C '$1'" \
			2>"$ERR" | cut -f1 | tr '\n' ' '
	}
	tap_is 'fish completes a command' "$(offered "$P uni")" 'uninstall '
	tap_is 'an option of it' "$(offered "$P uninstall --pu")" '--purge '
	tap_is 'not one of another command' "$(offered "$P list --pu")" ''
	tap_is 'a value' "$(offered "$P install --format b")" 'bundle '
	tap_is 'every value' "$(offered "$P install --platform ")" 'linux macos windows '
	tap_is 'a shell' "$(offered "$P completion z")" 'zsh '
	tap_is 'an option without a command' "$(offered "$P --comp")" '--compat '
	tap_is 'no message' "$(cat "$ERR")" ''
else
	tap_skip 'fish' 'fish is not installed'
fi

# --- zsh ---------------------------------------------------------------------
# A shell on a pseudo-terminal: the line is typed, completed, and written to a
# file by a key of the test. A blank at the end, "_" here, says it is complete.
if tap_have zsh; then
	mkdir "$T/fpath" && cp "$T/completion.zsh" "$T/fpath/_$P"
	cat >"$T/rc.zsh" <<'END'
PS1='> '
zstyle ':completion:*' use-cache no
setopt no_always_last_prompt no_beep no_list_ambiguous
unsetopt auto_menu
keep() { print -r -- "$BUFFER" >$T/line.part; mv $T/line.part $T/line; BUFFER=; }
zle -N keep
bindkey '^X' keep
autoload -Uz compinit
END
	cat >"$T/try.zsh" <<'END'
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "T=$T; source $T/rc.zsh; $1; print ready >$T/ready"
n=0
while [[ ! -e $T/ready && n -lt 600 ]]; do sleep 0.05; n=$((n + 1)); done
shift
for line; do
	rm -f $T/line
	zpty -w -n z "$line"$'\t\x18'
	n=0
	while [[ ! -e $T/line && n -lt 600 ]]; do
		zpty -r -t z seen >/dev/null
		sleep 0.05
		n=$((n + 1))
	done
	cat $T/line || print "nothing came"
done
zpty -d z
END
	export T
	try_zsh() { rm -f "$T/ready"; timeout 120 zsh -f "$T/try.zsh" "$@" 2>"$ERR" | sed 's/ $/_/'; }
	tap_is 'zsh completes' "$(try_zsh "compinit -u -D; source $T/completion.zsh" \
		"$P unin" "$P uninstall --pu" "$P list --pu" \
		"$P install --format bu" "$P completion z" "$P --comp")" \
		"$P uninstall_
$P uninstall --purge_
$P list --pu
$P install --format bundle_
$P completion zsh_
$P --compat_"
	tap_is 'also from a folder of functions' \
		"$(try_zsh "fpath=($T/fpath \$fpath); compinit -u -D" "$P unin" "$P roll")" \
		"$P uninstall_
$P rollback_"
else
	tap_skip 'zsh' 'zsh is not installed'
fi
tap_done
