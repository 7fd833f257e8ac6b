#!/bin/sh
# install.exe of Windows, under wine: install, update while the plugin runs,
# rollback, removal, two at once; the Path, the list of programs, the service
# of the official zip, and a tree that somebody else made.
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
. "$SM_TOP/tests/lib/wine.sh"

P='C:\Program Files\Amazon\SessionManagerPlugin'
D="$C/Program Files/Amazon/SessionManagerPlugin"
ENV='HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
ARP='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\SessionManagerPlugin'
USER_ENV='HKCU\Environment'
PLUGIN=bin/session-manager-plugin.exe

tap_ok 'wine starts' wine cmd /c exit
for n in 1 2 3; do
	win_folder "$T/v$n" "$n.0.0.0" || tap_skip_all 'the compiler fails'
done
rm v2/LICENSE
path_before=$(win_value "$ENV" Path)

# by FOLDER WORD...: run its install.exe
by()
{
	by_folder=$(win_path "$T/$1")
	shift
	printf '%s' "\"$by_folder\\install.exe\" $*"
}

# --- the first one ----------------------------------------------------------
win_is 'dry run' 0 "$(by v1 --dry-run)"
tap_like 'says what it would do' "$OUT" "^register '.*' as version 1\\.0\\.0\\.0"
tap_is 'and does nothing' "$(ls -d "$C/Program Files/Amazon" 2>/dev/null)" ''
win_is 'install' 0 "$(by v1)"
tap_like 'success' "$OUT" '^Installation successful!'
tap_same 'the plugin' "$D/$PLUGIN" "v1/$PLUGIN"
tap_same 'VERSION' "$D/VERSION" v1/VERSION
tap_is 'on the Path, once, at its end' "$(win_value "$ENV" Path)" \
	"$path_before;$P\\bin\\"
tap_is 'in the list of programs' "$(win_value "$ARP" DisplayVersion)" 1.0.0.0
tap_is 'where' "$(win_value "$ARP" InstallLocation)" "$P\\"
tap_is 'how to remove it' "$(win_value "$ARP" UninstallString)" \
	"\"$P\\bin\\session-manager-installer.exe\" uninstall -i \"$P\""
win_is 'status' 0 "$(by v1 status)"
tap_like 'files as installed' "$OUT" 'as installed'
tap_like 'found on the Path' "$OUT" "^Path: .* has the plugin's folder"
echo mine >"$D/seelog.xml"

# --- update of a program that runs ------------------------------------------
timeout 60 wine "$P\\bin\\session-manager-plugin.exe" --sleep >/dev/null 2>&1 &
tap_reap $!
running=$!
tap_ok 'the plugin runs' tap_wait 40 test -e "$C/asleep"
win_is 'update while it runs' 0 "$(by v2)"
tap_same 'the new plugin' "$D/$PLUGIN" "v2/$PLUGIN"
tap_fails 'a file that it does not have is gone' test -e "$D/LICENSE"
tap_is 'the old one is put aside' \
	"$(find "$D/versions" -maxdepth 1 -name '.trash-*' | wc -l)" 1
tap_is 'the Path has it once' "$(win_value "$ENV" Path)" "$path_before;$P\\bin\\"
tap_is 'the list says the new version' "$(win_value "$ARP" DisplayVersion)" \
	2.0.0.0
kill "$running" 2>/dev/null
wait "$running" 2>/dev/null
win_reap
win_is 'rollback' 0 "$(by v1 rollback)"
tap_same 'the old plugin again' "$D/$PLUGIN" "v1/$PLUGIN"
tap_same 'with its file' "$D/LICENSE" v1/LICENSE
tap_is 'the list follows' "$(win_value "$ARP" DisplayVersion)" 1.0.0.0
tap_is 'nothing is left aside' \
	"$(find "$D/versions" -maxdepth 1 -name '.trash-*')" ''
win_is 'list' 0 "$(by v1 list)"
tap_like 'both are kept' "$OUT" '^2\.0\.0\.0$'

# --- damage -----------------------------------------------------------------
cp v2/$PLUGIN "$D/$PLUGIN"
win_is 'a switch that was cut short shows' 3 "$(by v1 status)"
win_is 'and the next run mends it' 0 "$(by v1)"
tap_same 'the plugin is whole' "$D/$PLUGIN" "v1/$PLUGIN"
echo changed >>"$D/versions/1.0.0.0~2/VERSION"
win_is 'a changed file shows' 3 "$(by v1 status)"

# --- two at once ------------------------------------------------------------
: >"$C/slow"
win_probe="$(by v3)"
printf '@%s\r\n' "$win_probe" >first.bat
timeout 60 wine cmd /c "$(win_path "$T/first.bat")" >first.out 2>&1 &
tap_reap $!
first=$!
tap_wait 30 test -d "$D/versions/.stage-3.0.0.0/bin"
win_is 'the second one is refused' 1 "$(by v2)"
tap_like 'and says why' "$ERR" 'another installer is at work there'
rm "$C/slow"
wait "$first"
tap_same 'the first one goes on' "$D/$PLUGIN" "v3/$PLUGIN"

# --- what cannot be -----------------------------------------------------------
win_is 'a link' 1 "$(by v1 -b 'C:\x.exe')"
tap_like 'there are none' "$ERR" 'none on Windows'
win_is 'the root of a drive' 2 "$(by v1 -i 'C:\')"
win_is 'an unknown option' 2 "$(by v1 --nonsense)"

# --- removal ------------------------------------------------------------------
win_is 'uninstall' 0 "$(by v1 uninstall)"
tap_is "only the user's file stays" "$(cd "$D" && find . -type f)" ./seelog.xml
tap_is 'the Path is as before' "$(win_value "$ENV" Path)" "$path_before"
tap_is 'not in the list' "$(win_value "$ARP" DisplayVersion)" ''
rm -r "$C/Program Files/Amazon"
win_is 'twice' 1 "$(by v1 uninstall)"
tap_like 'nothing is installed' "$ERR" 'nothing is installed in'

# --- by another hand ------------------------------------------------------------
# install.bat's tree, without VERSION, and its service
mkdir -p "$D/bin"
cp v1/$PLUGIN "$D/bin/"
cp v1/LICENSE "$D/"
wine sc create session-manager-plugin \
	binPath= "$P\\bin\\session-manager-plugin.exe" start= auto >/dev/null 2>&1
wine sc query session-manager-plugin >sc.out 2>&1
had=$?
win_is 'over a tree of the official zip' 0 "$(by v2)"
tap_same 'ours' "$D/$PLUGIN" "v2/$PLUGIN"
tap_same 'that one is kept' "$D/versions/unknown/$PLUGIN" "v1/$PLUGIN"
tap_is 'its service was there' "$had" 0
tap_fails 'and is not' wine sc query session-manager-plugin
win_is 'back to it' 0 "$(by v2 rollback)"
tap_same 'as it was' "$D/$PLUGIN" "v1/$PLUGIN"
win_is 'and away' 0 "$(by v2 uninstall)"
tap_is 'nothing stays' "$(ls -A "$C/Program Files/Amazon" 2>/dev/null)" ''

# --- out of a signed package ------------------------------------------------------
mkdir -p stage/bin
cp v3/$PLUGIN stage/bin/
printf 3.0.0.0 >stage/VERSION
tap_ok 'a zip' pkg_build winzip x86_64 "$T" --set-version=3.0.0.0
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc
"$SMPKG" key export --key key.asc --output key.pub
"$SMPKG" key generate --name 'U <u@example.org>' --output other.asc
"$SMPKG" key export --key other.asc --output other.pub
tap_ok 'signed' "$SMPKG" sign --key key.asc SessionManagerPlugin.zip
zip=$(win_path "$T/SessionManagerPlugin.zip")
win_is 'by another key: refused' 3 \
	"$(by v1 install --from "$zip" --key "$(win_path "$T/other.pub")")"
win_is 'install from a zip' 0 \
	"$(by v1 install --from "$zip" --key "$(win_path "$T/key.pub")")"
tap_like 'verified' "$OUT" '^Verified SessionManagerPlugin\.zip'
tap_same 'installed' "$D/$PLUGIN" v3/$PLUGIN
tap_same 'with the program that removes it' \
	"$D/bin/session-manager-installer.exe" v1/install.exe
win_is 'update: it is current' 0 \
	"$(by v1 update --from "$zip" --key "$(win_path "$T/key.pub")")"
tap_like 'says so' "$OUT" 'is current'
tap_is 'nothing is left in the temporary folder' "$(find "$C/users" \
	-path '*Temp/session-manager-*' ! -name '*.old' 2>/dev/null)" ''
win_is 'it removes itself' 0 \
	"\"$P\\bin\\session-manager-installer.exe\" uninstall"
tap_is 'wholly' "$(ls -A "$C/Program Files/Amazon" 2>/dev/null)" ''

# --- a name with everything -------------------------------------------------------
# (cmd reads a batch file in another code page)
wide='C:\Größe & co\ключ'
tap_ok 'UTF-8 and spaces' wine v1/install.exe -i "$wide"
tap_same 'there' "$C/Größe & co/ключ/$PLUGIN" "v1/$PLUGIN"
tap_ok 'removed by that name' wine v1/install.exe uninstall -i "$wide"
tap_is 'and gone' "$(ls "$C/Größe & co")" ''

# --- for one user -------------------------------------------------------------------
before=$(win_value "$USER_ENV" Path)
win_is 'for the user' 0 "$(by v1 --user)"
own=$(find "$C/users" -name session-manager-plugin.exe -path '*/bin/*' \
	! -path '*/versions/*')
tap_like 'among their own programs' /dev/stdin \
	'/AppData/Local/Programs/Amazon/SessionManagerPlugin/bin/' <<END
$own
END
tap_like 'on their Path' /dev/stdin 'Programs.Amazon.SessionManagerPlugin.bin' <<END
$(win_value "$USER_ENV" Path)
END
tap_is "not on the machine's" "$(win_value "$ENV" Path)" "$path_before"
win_is 'away again' 0 "$(by v1 uninstall --user)"
tap_is 'their Path is as before' "$(win_value "$USER_ENV" Path)" "$before"
win_reap
tap_done
