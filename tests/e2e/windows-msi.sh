#!/bin/sh
# The package for the Windows Installer under wine: install, repair, upgrade,
# an older version, a folder of the user's choice, removal.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
. "$SM_TOP/tests/lib/wine.sh"

tap_need x86_64-w64-mingw32-windres

P='C:\Program Files\Amazon\SessionManagerPlugin'
D="$C/Program Files/Amazon/SessionManagerPlugin"
ENV='HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment'
LIST='HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall'
PLUGIN=bin/session-manager-plugin.exe

# make_msi N [VERSION]: vN.msi, of version N.0.0.0, with vN.exe, which says so
# as well
make_msi()
{
	mkdir -p stage/bin
	printf '1 VERSIONINFO FILEVERSION %s,0,0,0 BEGIN END\n' "$1" >v.rc
	x86_64-w64-mingw32-windres v.rc v.o &&
		printf 'int main(void) { return %s; }\n' "$1" >v.c &&
		x86_64-w64-mingw32-gcc -O1 -s -o "v$1.exe" v.c v.o &&
		cp "v$1.exe" stage/bin/session-manager-plugin.exe &&
		pkg_build msi x86_64 "v$1.msi" --set-version="${2:-$1.0.0.0}"
}

# msi WORD...: for cmd, which does not wait for msiexec otherwise
msi() { printf 'start /wait "" msiexec %s /qn' "$*"; }
msi_file() { win_path "$T/v$1.msi"; }
arp() { win_value "$LIST\\$(cat "product$1")" "$2"; }
on_path() { win_value "$ENV" Path | tr ';' '\n' | grep -Fc "$1"; }

tap_ok 'wine starts' wine cmd /c exit
tap_ok 'version 1' make_msi 1
tap_ok 'version 2' make_msi 2
tap_ok 'version 2 with another fourth number' make_msi 3 2.0.0.1
for v in 1 2 3; do
	if tap_have msiinfo; then
		msiinfo export v$v.msi Property | tr -d '\r' |
			sed -n 's/^ProductCode	//p' >product$v
		msiinfo export v$v.msi File | tr -d '\r' >file$v
		tap_like 'has the version of its program' file$v \
			"	$v\.0\.0\.0	1033	"
	else
		tap_skip_all 'msiinfo is not installed'
	fi
done

win_is 'nothing to remove' 1605 "$(msi /x "$(cat product1)")"
win_is 'install' 0 "$(msi /i "$(msi_file 1)")"
tap_same 'the plugin' "$D/$PLUGIN" v1.exe
tap_same 'the license' "$D/LICENSE" "$SM_TOP/LICENSE"
tap_is 'in the list of programs' "$(arp 1 DisplayVersion)" 1.0.0.0
tap_is 'by its name' "$(arp 1 DisplayName)" 'Session Manager Plugin'
tap_is 'with its place' "$(arp 1 InstallLocation)" "$P\\"
tap_is 'which cannot be changed' "$(arp 1 NoModify)" 0x1
tap_is 'on the Path' "$(on_path "$P\\bin\\")" 1
win_is 'found and run' 1 '"'"$P\\bin\\session-manager-plugin.exe"'"'

echo mine >"$D/seelog.xml"
rm "$D/$PLUGIN"
echo damage >"$D/LICENSE"
win_is 'repair' 0 "$(msi /i "$(msi_file 1)" REINSTALL=ALL)"
tap_same 'the plugin is back' "$D/$PLUGIN" v1.exe
tap_same 'the license is whole' "$D/LICENSE" "$SM_TOP/LICENSE"

win_is 'upgrade' 0 "$(msi /i "$(msi_file 2)")"
tap_same 'the new plugin' "$D/$PLUGIN" v2.exe
tap_is 'in the list' "$(arp 2 DisplayVersion)" 2.0.0.0
tap_is 'the older one is not' "$(arp 1 DisplayVersion)" ''
tap_is 'once on the Path' "$(on_path "$P\\bin\\")" 1
tap_is "the user's file stays" "$(cat "$D/seelog.xml")" mine

win_is 'not back to an older one' 1603 "$(msi /i "$(msi_file 1)")"
tap_same 'still the new one' "$D/$PLUGIN" v2.exe
tap_is 'alone in the list' "$(arp 1 DisplayVersion)" ''

win_is 'the same three numbers' 0 "$(msi /i "$(msi_file 3)")"
tap_same 'replace it' "$D/$PLUGIN" v3.exe
tap_is 'in the list, too' "$(arp 2 DisplayVersion)" ''

win_is 'removal' 0 "$(msi /x "$(cat product3)")"
tap_is "only the user's file stays" "$(cd "$D" && find . -type f)" ./seelog.xml
tap_is 'not on the Path' "$(on_path SessionManagerPlugin)" 0
tap_is 'not in the list' "$(arp 3 DisplayVersion)" ''
rm -r "$C/Program Files/Amazon"

win_is 'a folder of its own' 0 \
	"$(msi /i "$(msi_file 1)" '"INSTALLFOLDER=C:\My place\x"')"
tap_same 'there' "$C/My place/x/$PLUGIN" v1.exe
tap_is 'on the Path' "$(on_path 'C:\My place\x\bin\')" 1
win_is 'upgrade' 0 "$(msi /i "$(msi_file 2)")"
tap_same 'stays there' "$C/My place/x/$PLUGIN" v2.exe
tap_is 'and only there' "$(ls "$C/Program Files/Amazon" 2>/dev/null)" ''
win_is 'removed' 0 "$(msi /x "$(msi_file 2)")"
tap_is 'from there' "$(find "$C/My place" -type f)" ''
win_reap

tap_done
