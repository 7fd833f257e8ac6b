#!/bin/sh
# Where it is installed: a mount point, a read-only or small file system, an
# overlay over an image's layer, a directory of dpkg or rpm, a system with
# SELinux, and several installers at once. Each mount lives in a mount
# namespace of its own and goes with it.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"

[ "$(id -u)" -eq 0 ] || tap_skip_all 'needs root'
tap_need unshare
tap_apart || tap_skip_all 'needs mount namespaces'
make_bundle "$T/b1" 1.0.0.1
make_bundle "$T/b2" 1.0.0.2
I1=$T/b1/install
I2=$T/b2/install
D=$T/root/plugin
L=$T/root/bin/session-manager-plugin
export I1 I2 D L T

# apart SCRIPT [ARGUMENT...]: in a mount namespace; the script may use whole
apart()
{
	apart_script=$1
	shift
	timeout 60 $APART sh -euc ". '$SM_TOP/tests/lib/bundle.sh'
$apart_script" apart "$@"
}

# --- a mount point -----------------------------------------------------------
mkdir -p "$D" "$T/root/bin"
# shellcheck disable=SC2016 # expanded inside
tap_ok 'DIR is a mount point' apart '
	mount -t tmpfs none "$D"
	"$I1" -i "$D" -b "$L"
	"$I2" -i "$D" -b "$L"
	whole "$D" "$L" 1.0.0.2
	"$I2" rollback -i "$D" -b "$L"
	whole "$D" "$L" 1.0.0.1
	"$I2" uninstall -i "$D" -b "$L"
	[ -z "$(ls -A "$D")" ] && [ ! -L "$L" ]'
tap_like 'says why it stays' "$OUT" "^$D stays: a file system is mounted there\.\$"
mkdir "$T/elsewhere" && ln -s "$T/elsewhere" "$T/root/alias"
alias_case()
{
	"$I1" -i "$T/root/alias" -b "$L" && whole "$T/root/alias" "$L" 1.0.0.1 &&
		"$I1" uninstall -i "$T/root/alias" -b "$L"
}
tap_ok 'DIR is a link to a directory' alias_case
tap_like 'says why it stays' "$OUT" "^$T/root/alias stays: it is a link\\.\$"
tap_is 'what it led to is empty' "$(ls -A "$T/elsewhere")" ''
# shellcheck disable=SC2016
tap_ok 'DIR/versions is on another file system' apart '
	mkdir "$D/versions"
	mount -t tmpfs none "$D/versions"
	"$I1" -i "$D" -b "$L"
	"$I2" -i "$D" -b "$L"
	whole "$D" "$L" 1.0.0.2
	"$I2" uninstall -i "$D" -b "$L"
	[ "$(ls -A "$D")" = versions ]'
rm -rf "$T/root"

# --- read-only ---------------------------------------------------------------
mkdir -p "$T/root"
# shellcheck disable=SC2016
readonly_case='
	"$I1" -q -i "$D" -b "$L"
	mount --bind "$T/root" "$T/root"
	mount -o remount,ro,bind "$T/root"
	"$I2" $1 -i "$D" -b "$L" && exit 9
	whole "$D" "$L" 1.0.0.1'
for verb in '' uninstall; do
	rm -rf "$T/root" && mkdir "$T/root"
	tap_ok "read-only: ${verb:-install}" apart "$readonly_case" "$verb"
	tap_like 'one clear line' "$ERR" "^install: error: cannot .*'$T/root.*Read-only file system"
	tap_is 'is one line' "$(wc -l <"$ERR" | tr -d ' ')" 1
done
rm -rf "$T/root" && mkdir "$T/root"
# shellcheck disable=SC2016
tap_ok 'read-only, fresh' apart '
	mount -t tmpfs -o ro none "$T/root"
	"$I1" -i "$D" -b "$L" && exit 9
	[ -z "$(ls -A "$T/root")" ]'
tap_like 'one clear line' "$ERR" "^install: error: cannot install into '$D': .*Read-only file system"

# --- a full file system ------------------------------------------------------
# The old version stays whole on a disk that has room for one.
# shellcheck disable=SC2016
tap_ok 'no room for a second version' apart '
	mount -t tmpfs -o size=256k,nr_inodes=32 none "$T/root"
	"$I1" -q -i "$D" -b "$L"
	find "$T/root" | sort >"$T/before"
	"$I2" -i "$D" -b "$L" && exit 9
	whole "$D" "$L" 1.0.0.1
	find "$T/root" | sort | cmp - "$T/before"
	"$I1" uninstall -q -i "$D" -b "$L"
	[ ! -e "$D" ]'
tap_like 'one clear line' "$ERR" '^install: error: .*[Nn]o space left'

# --- an overlay --------------------------------------------------------------
# What an image has is in a layer that cannot be written: renaming a folder of
# it fails with EXDEV, a hard link copies the file up.
mkdir -p "$T/lower" "$T/ovl"
# shellcheck disable=SC2016
overlay='
	mount -t tmpfs none "$T/ovl"
	mkdir "$T/ovl/upper" "$T/ovl/work"
	mount -t overlay -o "lowerdir=$T/lower,upperdir=$T/ovl/upper,workdir=$T/ovl/work" none "$T/root"'
# shellcheck disable=SC2016
if apart "$overlay" >"$OUT" 2>"$ERR"; then
	mv "$T/lower" "$T/root.lower" && rm -rf "$T/root" && mkdir "$T/root"
	"$I1" -q -i "$D" -b "$L" && mv "$T/root" "$T/lower" && mkdir "$T/root"
	tap_ok 'over an image with a version' apart "$overlay"'
		whole "$D" "$L" 1.0.0.1
		"$I2" --keep 1 -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2
		[ -z "$(ls -A "$D/versions" | grep trash)" ]
		"$I2" -i "$D" -b "$L"
		"$I1" -i "$D" -b "$L"
		"$I1" rollback -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2
		"$I1" uninstall -i "$D" -b "$L"
		[ ! -e "$D" ] && [ ! -L "$L" ]'
	tap_is 'without a warning' "$(cat "$ERR")" ''
	tap_is 'the image is untouched' "$(cat "$T/lower/plugin/VERSION")" 1.0.0.1
	rm -rf "$T/lower"
	plain_tree "$D" "$L" "$T/b1" && mv "$T/root" "$T/lower" && mkdir "$T/root"
	tap_ok 'over an image with a plain tree' apart "$overlay"'
		"$I2" -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2
		"$I2" rollback -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.1
		"$I2" uninstall -i "$D" -b "$L"
		[ ! -e "$D" ] && [ ! -L "$L" ]'
else
	tap_skip 'over an image' 'no overlay file system here'
fi
rm -rf "$T/root" "$T/lower"

# --- dpkg and rpm ------------------------------------------------------------
# The managers' own tools install into their own data below a private mount.
mkdir -p "$T/root" "$T/pkg$D" "$T/pkg/DEBIAN"
cp -a "$T/b1/." "$T/pkg$D/" && rm "$T/pkg$D/install"
printf 'Package: session-manager-plugin\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.invalid>\nDescription: test\n' \
	>"$T/pkg/DEBIAN/control"
# shellcheck disable=SC2016
owned='
	find "$D" | sort >"$T/before"
	for verb in "" rollback uninstall; do
		"$I2" $verb -i "$D" -b "$L" && exit 9
	done
	find "$D" | sort | cmp - "$T/before"
	"$I2" status -i "$D" -b "$L" >&2'
if tap_have dpkg dpkg-deb; then
	dpkg-deb -b "$T/pkg" "$T/x.deb" >"$OUT" 2>&1
	# shellcheck disable=SC2016
	tap_ok 'DIR is of dpkg' apart '
		mount -t tmpfs none /var/lib/dpkg
		mkdir /var/lib/dpkg/info /var/lib/dpkg/updates
		: >/var/lib/dpkg/status
		dpkg --log=/dev/null -i "$T/x.deb" >&2'"$owned"'
		"$I2" --force -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2
		dpkg --log=/dev/null -r session-manager-plugin >&2
		"$I2" -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2
		"$I2" uninstall -i "$D" -b "$L"
		[ ! -e "$D" ] && [ ! -L "$L" ]'
	tap_is 'each time one clear line' "$(grep -c "^install: error: cannot .* '$D': a package owns it; remove that with 'dpkg -r session-manager-plugin' first, or use --force\$" "$ERR")" 3
	tap_like 'status says whose it is' "$ERR" '^installed: *by a package; .dpkg -r session-manager-plugin. removes it$'
else
	tap_skip 'DIR is of dpkg' 'dpkg is not installed'
fi
rm -rf "$T/root" && mkdir "$T/root"
if tap_have rpm rpmbuild; then
	cat >"$T/x.spec" <<END
Name: session-manager-plugin
Version: 1
Release: 1
Summary: test
License: none
BuildArch: noarch
%description
test
%install
mkdir -p %{buildroot}
cp -a $T/pkg/tmp %{buildroot}/
%files
$D
END
	rpmbuild -bb --quiet --define "_topdir $T/rpmbuild" --define "_rpmdir $T" \
		--define '_build_id_links none' --define '__os_install_post %{nil}' \
		"$T/x.spec" >"$OUT" 2>&1 || tap_diag "$(tail -n 3 "$OUT")"
	# shellcheck disable=SC2016
	tap_ok 'DIR is of rpm' apart '
		HOME=$T/home
		mkdir -p "$HOME" /var/lib/rpm
		export HOME
		mount -t tmpfs none /var/lib/rpm
		rpm --initdb
		rpm -i --nodeps --force-debian "$T"/noarch/*.rpm >&2 ||
			rpm -i --nodeps "$T"/noarch/*.rpm >&2'"$owned"'
		"$I2" --force -i "$D" -b "$L"
		whole "$D" "$L" 1.0.0.2'
	tap_is 'each time one clear line' "$(grep -c "a package owns it; remove that with 'rpm -e session-manager-plugin' first" "$ERR")" 3
	tap_like 'status says whose it is' "$ERR" '^installed: *by a package; .rpm -e session-manager-plugin. removes it$'
else
	tap_skip 'DIR is of rpm' 'rpmbuild is not installed'
fi

# --- SELinux -----------------------------------------------------------------
rm -rf "$T/root"
mkdir "$T/tools"
printf '#!/bin/sh\necho "$*" >>%s\nexit "${LABEL_STATUS:-0}"\n' "$T/labelled" \
	>"$T/tools/restorecon"
chmod 755 "$T/tools/restorecon"
# shellcheck disable=SC2016
selinux='
	mount -t tmpfs none /sys/fs
	mkdir /sys/fs/selinux
	echo 1 >/sys/fs/selinux/enforce
	PATH=$T/tools:$PATH
	"$I1" -i "$D" -b "$L"
	whole "$D" "$L" 1.0.0.1'
tap_ok 'SELinux' apart "$selinux"
tap_is 'what is labelled' "$(cat "$T/labelled")" "-R $D/versions/1.0.0.1
-R $D
-R $L"
LABEL_STATUS=1
export LABEL_STATUS
tap_ok 'labels that cannot be set' apart "$selinux"
tap_is 'are warnings' "$(grep -c "^install: warning: cannot label '" "$ERR")" 3
unset LABEL_STATUS
: >"$T/labelled"
PATH=$T/tools:$PATH "$I2" -q -i "$D" -b "$L"
tap_is 'without SELinux nothing is' "$(cat "$T/labelled")" ''

# --- several at once ---------------------------------------------------------
rm -rf "$T/root"
# racer NAME COMMAND...: again and again
racer()
{
	racer_name=$1
	shift
	racer_left=8
	while [ $racer_left -gt 0 ]; do
		racer_left=$((racer_left - 1))
		"$@" -q -i "$D" -b "$L" </dev/null >/dev/null 2>>"$T/race.$racer_name"
	done
}

# race NAME COMMAND...: it, and two installers; ALLOWED are the messages that
# it may lead to beside the lock's
race()
{
	race_name=$1
	shift
	rm -f "$T"/race.*
	racer a "$I1" &
	race_a=$!
	racer b "$I2" &
	race_b=$!
	racer c "$@"
	wait "$race_a"
	wait "$race_b"
	tap_is "$race_name: all refusals are clear" "$(cat "$T"/race.* |
		grep -v 'another installer is at work there$' |
		grep -Ev "$ALLOWED")" ''
	tap_ok 'and then one' "$I1" -i "$D" -b "$L"
	tap_ok 'is whole' whole "$D" "$L" 1.0.0.1
	tap_is 'nothing was left' "$(find "$T/root" -name '.stage*' -o -name '.trash*' -o -name '*.new')" ''
}
ALLOWED="nothing is installed in '$D'\$|no (older|other) version|not kept"
race 'three at once' "$I2" rollback
# What was installed may be gone when it is tried.
ALLOWED="nothing is installed in '$D'\$|cannot run '$L'|ends with status"
race 'and one that removes' "$I1" uninstall
tap_done
