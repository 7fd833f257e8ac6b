#!/bin/sh
# `install -i DIR -b LINK` from a bundle: the official script's contract
# (PACKAGING.md 6.2), and what is in the way.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"

make_bundle "$T/b1" 1.0.0.1
make_bundle "$T/b2" 1.0.0.2
I1=$T/b1/install
I2=$T/b2/install
D=$T/root/plugin
L=$T/root/links/session-manager-plugin
DONE='The Session Manager plugin is installed successfully. Use the AWS CLI to start a session.'

# --- help and usage ----------------------------------------------------------
tap_ok 'help succeeds' "$I1" -h
tap_like 'help has the usage line' "$OUT" '^Usage: install \[options\]'
tap_like 'help names the default directory' "$OUT" '/usr/local/sessionmanagerplugin'
tap_like 'help names the default link' "$OUT" '/usr/local/bin/session-manager-plugin'
tap_status 'unknown option' 2 "$I1" --x
tap_is 'its text' "$(cat "$ERR")" "Usage: install [options]

install: error: no such option: --x"
tap_status 'missing argument' 2 "$I1" -i
tap_like 'its text' "$ERR" 'install: error: -i option requires 1 argument'
tap_status 'unknown command' 2 "$I1" instal
tap_like 'its text' "$ERR" 'no such command: instal'
tap_ok 'version' "$I1" --version
tap_is 'is ours' "$(cat "$OUT")" "$(cat "$SM_TOP/VERSION")"

# --- fresh, again, update ----------------------------------------------------
tap_ok 'fresh installation, parents missing' "$I1" -i "$D" -b "$L"
tap_is 'its lines' "$(cat "$OUT")" "Creating install directories: $D/bin
Creating Symlink from $D/bin/session-manager-plugin to $L
Installation successful!
$DONE"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
tap_is 'link text is absolute' "$(readlink "$L")" "$D/bin/session-manager-plugin"
tap_is 'DIR/bin is a real folder' "$(readlink "$D/bin" || echo real)" real
echo 'user log settings' >"$D/seelog.xml"
mkdir "$D/logs" && echo line >"$D/logs/session-manager-plugin.log"
tap_ok 'the same again' "$I1" --install-dir="$D" --bin "$L"
tap_like 'says what happens to the link' "$OUT" "^Symlink already exists. Removing symlink from $L\$"
tap_ok 'update' "$I2" "-i$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.2
tap_is "user's file is untouched" "$(cat "$D/seelog.xml")" 'user log settings'
tap_ok 'list' "$I2" list -i "$D" -b "$L"
tap_is 'names both' "$(cat "$OUT")" '1.0.0.1
1.0.0.2 (current)'
tap_ok 'status' "$I2" status -i "$D" -b "$L"
tap_like 'files are as installed' "$OUT" 'as installed'
echo changed >"$D/versions/1.0.0.2/LICENSE"
tap_status 'status of a changed file' 3 "$I2" status -i "$D" -b "$L"
tap_like 'names it' "$OUT" 'changed: *LICENSE'
tap_ok 'rollback' "$I2" rollback -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
tap_status 'rollback to a version that is not kept' 1 "$I2" rollback 9.9 -i "$D" -b "$L"
tap_like 'says so' "$ERR" "version '9.9' is not kept"

# --- uninstall ---------------------------------------------------------------
tap_ok 'dry run of uninstall' "$I1" uninstall -i "$D" -b "$L" --dry-run
tap_ok 'changes nothing' whole "$D" "$L" 1.0.0.1
tap_ok 'uninstall' "$I1" uninstall -i "$D" -b "$L"
tap_is 'only the user files stay' "$(cd "$D" && find . -type f | sort)" './logs/session-manager-plugin.log
./seelog.xml'
tap_is 'the link is gone' "$(readlink "$L" || echo gone)" gone
tap_status 'uninstall again' 1 "$I1" uninstall -i "$D" -b "$L"
tap_like 'says so' "$ERR" 'nothing is installed in'
mkdir "$D/bin" "$D/versions"
tap_ok 'uninstall behind one that was killed' "$I1" uninstall -i "$D" -b "$L"
tap_is 'only the user files stay' "$(ls "$D")" 'logs
seelog.xml'
mkdir "$D/bin" "$D/mine"
tap_status 'an empty directory beside a foreign one' 1 "$I1" uninstall -i "$D" -b "$L"
tap_ok 'stays' rmdir "$D/bin" "$D/mine"
tap_ok 'install over the rest' "$I1" -i "$D" -b "$L"
tap_ok 'uninstall --purge' "$I1" uninstall -i "$D" -b "$L" --purge
tap_is 'nothing stays' "$(ls -d "$D" 2>/dev/null || echo gone)" gone
mkdir -p "$D/logs"
tap_status 'uninstall where only logs are' 1 "$I1" uninstall -i "$D" -b "$L"
tap_ok 'uninstall --purge there' "$I1" uninstall -i "$D" -b "$L" --purge
tap_is 'nothing stays' "$(ls -d "$D" 2>/dev/null || echo gone)" gone
mkdir "$D"
tap_status 'uninstall where nothing is' 1 "$I1" uninstall -i "$D" -b "$L" --purge
tap_ok 'leaves the empty directory' rmdir "$D"
tap_ok 'a link left alone' ln -s "$D/bin/session-manager-plugin" "$L"
tap_ok 'uninstall' "$I1" uninstall -i "$D" -b "$L"
tap_is 'removes it' "$(readlink "$L" || echo gone)" gone

# --- the official tree -------------------------------------------------------
plain_tree "$D" "$L" "$T/b1"
tap_ok 'update of a plain tree' "$I2" -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.2
tap_ok 'rollback to what was adopted' "$I2" rollback -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
rm -rf "$T/root"
plain_tree "$D" "$L" "$T/b1"
tap_ok 'uninstall of a plain tree' "$I2" uninstall -i "$D" -b "$L"
tap_is 'nothing stays' "$(ls -d "$D" "$L" 2>/dev/null || echo gone)" gone

# --- names -------------------------------------------------------------------
S="$T/with space/plügin ☃"
tap_ok 'spaces and UTF-8' "$I1" -i "$S" -b "$T/with space/l ink"
tap_ok 'is whole' whole "$S" "$T/with space/l ink" 1.0.0.1
mkdir "$T/rel"
relative() { (cd "$T/rel" && "$I1" -i ./a/../plugin -b link); }
tap_ok 'relative paths' relative
tap_is 'are made absolute' "$(readlink "$T/rel/link")" "$T/rel/plugin/bin/session-manager-plugin"
mkdir "$T/real" && ln -s "$T/real" "$T/alias"
tap_ok 'DIR is a link to a folder' "$I1" -i "$T/alias/p" -b "$T/alias/l"
tap_ok 'is whole' whole "$T/alias/p" "$T/alias/l" 1.0.0.1

# --- in the way --------------------------------------------------------------
rm -rf "$T/root"
untouched() { [ ! -e "$D" ] && [ -z "$(find "$T/root" -name '.*' -type l)" ]; }
mkdir -p "$T/root/links/session-manager-plugin"
tap_status 'LINK is a directory' 1 "$I1" -i "$D" -b "$L"
tap_like 'one clear line' "$ERR" "^install: error: cannot create the link '$L': it is a directory, not a link\$"
tap_ok 'nothing changed' untouched
rmdir "$L"
echo mine >"$L"
tap_status 'LINK is a regular file' 1 "$I1" -i "$D" -b "$L"
tap_like 'one clear line' "$ERR" "cannot replace '$L': it is a regular file that this installer did not make"
tap_is 'it is untouched' "$(cat "$L")" mine
tap_ok 'nothing changed' untouched
tap_status 'the same with --compat' 0 "$I1" -i "$D" -b "$L" --compat
tap_ok 'nothing changed' untouched
tap_ok '--force replaces it' "$I1" -i "$D" -b "$L" --force
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
rm -f "$L"
ln -s /nonexistent/plugin "$L"
tap_ok 'LINK is dangling' "$I1" -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
rm -f "$L"
ln -s "$T/b1/LICENSE" "$L"
tap_ok 'LINK leads elsewhere' "$I1" -i "$D" -b "$L"
tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
tap_is 'what it led to is untouched' "$(cat "$T/b1/LICENSE")" 'LICENSE of 1.0.0.1'
rm -rf "$T/root" && mkdir -p "$T/root"
echo file >"$D"
tap_status 'DIR is a file' 1 "$I1" -i "$D" -b "$L"
tap_like 'one clear line' "$ERR" "'$D'"
tap_is 'it is untouched' "$(cat "$D")" file
rm -f "$D"
mkdir -p "$D/bin/session-manager-plugin"
tap_status 'a directory in place of the plugin' 1 "$I1" -i "$D" -b "$L"
tap_like 'one clear line' "$ERR" "cannot replace '$D/bin/session-manager-plugin': it is not a regular file"
rm -rf "$T/root"
tap_status 'LINK inside DIR' 1 "$I1" -i "$D" -b "$D/bin/session-manager-plugin"
tap_like 'one clear line' "$ERR" 'lies inside the installation directory'
tap_status 'LINK is a system file' 1 "$I1" -i "$D" -b /dev/null
tap_is 'nothing was made' "$(ls -d "$D" 2>/dev/null || echo gone)" gone

# --- a bad bundle ------------------------------------------------------------
make_bundle "$T/bad" 1.0.0.3
rm "$T/bad/bin/session-manager-plugin"
tap_ok 'good version first' "$I1" -i "$D" -b "$L"
tap_status 'no plugin in the bundle' 1 "$T/bad/install" -i "$D" -b "$L"
tap_like 'names it' "$ERR" "no file 'bin/session-manager-plugin' in it"
printf '#!/bin/sh\nexit 7\n' >"$T/bad/bin/session-manager-plugin"
chmod 755 "$T/bad/bin/session-manager-plugin"
tap_status 'the plugin does not run' 1 "$T/bad/install" -i "$D" -b "$L"
tap_like 'says so' "$ERR" 'it ended with status 7'
printf '#!/bin/sh\necho 1.0.0.4\n' >"$T/bad/bin/session-manager-plugin"
tap_status 'the plugin says another version' 1 "$T/bad/install" -i "$D" -b "$L"
tap_like 'says so' "$ERR" "it says version '1.0.0.4"
tap_ok 'the good version stays whole' whole "$D" "$L" 1.0.0.1
tap_is 'and nothing is left over' "$(ls -A "$D/versions")" 1.0.0.1

# --- without permission ------------------------------------------------------
mkdir -p "$T/locked" && chmod 555 "$T/locked"
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$T" && chmod -R a+rX "$T/b1"
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
else
	as_nobody() { "$@"; }
fi
tap_status 'unwritable directory' 1 as_nobody "$I1" -i "$T/locked/p" -b "$T/locked/l"
tap_like 'one clear line' "$ERR" "^install: error: cannot install into '$T/locked/p'.*[Pp]ermission denied"
tap_is 'is one line' "$(wc -l <"$ERR" | tr -d ' ')" 1
tap_is 'nothing is half done' "$(ls -A "$T/locked")" ''


# --- below the home directory -----------------------------------------------
HOME=$T/home
export HOME
tap_ok '--user' env PATH=/usr/bin:/bin "$I1" --user
tap_like 'tells how to put it on PATH' "$OUT" "^  export PATH=\"$HOME/.local/bin:.PATH\"$"
tap_is 'and ends as ever' "$(tail -n 1 "$OUT")" 'The Session Manager plugin is installed successfully. Use the AWS CLI to start a session.'
tap_ok 'the line works' sh -c "PATH=/usr/bin:/bin; $(grep '^  export' "$OUT"); session-manager-plugin --version"
tap_ok '--user with the directory on PATH' env PATH="$HOME/.local/bin:$PATH" "$I1" --user
tap_unlike 'tells nothing' "$OUT" 'export PATH'
tap_ok '--quiet' env PATH=/usr/bin:/bin "$I1" --user -q
tap_is 'is quiet' "$(cat "$OUT" "$ERR")" ''
tap_done
