#!/bin/sh
# rpm packages, judged by rpm, rpmkeys, dnf and rpmlint.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need rpm rpmkeys cc

PLUGIN=session-manager-plugin
rpm=$T/$PLUGIN-$V-$R.x86_64.rpm
pkg_stage stage || tap_skip_all 'no static C library'
tap_ok 'key' "$SMPKG" key generate --type rsa3072 \
	--name 'Test <test@example.org>' --output key.asc
tap_ok 'other key' "$SMPKG" key generate --type ed25519 \
	--name 'Test <test@example.org>' --output ed.asc
"$SMPKG" key export --key key.asc --output key.pub
"$SMPKG" key export --key ed.asc --output ed.pub

for arch in x86_64 i386 aarch64; do
	tap_ok "rpm for $arch" pkg_build rpm $arch "$T" --key key.asc
	one=$PLUGIN-$V-$R.$arch.rpm
	tap_is "$arch in its header" \
		"$(rpm -qp --nosignature --qf '%{ARCH} %{OS}' "$one")" "$arch linux"
done
tap_is 'not a source package' "$(rpm -qp --nosignature --qf '%{SOURCEPACKAGE}' "$rpm")" \
	'(none)'
tap_ok 'rpm -qp --nosignature --dump' rpm -qp --dump "$rpm"
tap_like 'program' "$OUT" "^$DIR/bin/$PLUGIN .* 0100755 root root"
tap_like 'own folder' "$OUT" "^$DIR 0 .* 040755 root root"
tap_unlike 'not the folders of the system' "$OUT" '^/usr/local '
tap_is 'program digest' "$(awk -v f="$DIR/bin/$PLUGIN" '$1 == f {print $4}' \
	"$OUT")" "$(sha256sum <"stage/bin/$PLUGIN" | cut -d' ' -f1)"
tap_ok 'requirements' rpm -qp --nosignature --requires "$rpm"
tap_unlike 'only of rpm itself' "$OUT" '^[^r]'
tap_ok 'provides' rpm -qp --nosignature --provides "$rpm"
tap_like 'ISA form' "$OUT" "^$PLUGIN\(x86-64\) = $V-$R\$"

# --- digests and signatures -------------------------------------------------
keys()
{
	rpmkeys --define "_dbpath $T/db" --define '_pkgverify_level all' "$@"
}
mkdir db
tap_fails 'unknown key' keys -Kv "$rpm"
tap_ok 'import of the public key' keys --import key.pub
tap_ok 'signature and digests' keys -Kv "$rpm"
tap_like 'RSA' "$OUT" 'Header V4 RSA/SHA256 Signature, key ID .*: OK'
tap_like 'SHA256 of the header' "$OUT" 'Header SHA256 digest: OK'
tap_like 'SHA256 of the payload' "$OUT" 'Payload SHA256 digest: OK'
tap_like 'MD5' "$OUT" 'MD5 digest: OK'
mkdir ed
tap_ok 'Ed25519' pkg_build rpm x86_64 ed --key ed.asc
tap_fails 'signed by another key' keys -Kv "ed/$PLUGIN-$V-$R.x86_64.rpm"
tap_ok 'import of the other key' keys --import ed.pub
tap_ok 'Ed25519 signature' keys -Kv "ed/$PLUGIN-$V-$R.x86_64.rpm"
mkdir plain
tap_ok 'without a key' pkg_build rpm x86_64 plain
tap_fails 'unsigned is refused' keys -Kv "plain/$PLUGIN-$V-$R.x86_64.rpm"
tap_ok 'digests alone' rpmkeys --define "_dbpath $T/db" -Kv \
	"plain/$PLUGIN-$V-$R.x86_64.rpm"

# flip FILE OFFSET: a copy with one changed byte
flip()
{
	cp "$1" flipped.rpm
	byte=$(od -An -tu1 -j "$2" -N1 "$1" | tr -d ' ')
	printf '%b' "\\0$(printf '%o' $((byte ^ 1)))" |
		dd of=flipped.rpm bs=1 seek="$2" conv=notrunc 2>/dev/null
}
size=$(wc -c <"$rpm")
for at in 700 3000 $((size - 100)); do
	flip "$rpm" "$at"
	tap_fails "byte $at changed" keys -Kv flipped.rpm
done
head -c $((size - 1)) "$rpm" >short.rpm
tap_fails 'truncated' keys -Kv short.rpm
tap_ok 'p256 key' "$SMPKG" key generate --type p256 \
	--name 'Test <test@example.org>' --output p256.asc
mkdir p256
tap_status 'rpm takes no ECDSA' 1 pkg_build rpm x86_64 p256 --key p256.asc
tap_is 'nothing written' "$(ls p256)" ''
tap_ok 'beside is fine' pkg_build rpm x86_64 p256 --key p256.asc --detached

# --- install, upgrade, erase ------------------------------------------------
root=$T/root
mkdir -p "$root"
in_root()
{
	rpm --root="$root" --define '_dbpath /var/lib/rpm' "$@"
}
if [ "$(id -u)" -ne 0 ]; then
	tap_skip 'rpm --root' 'needs root for chroot'
else
	tap_ok 'rpm -i' in_root -i --ignorearch "$rpm"
	tap_is 'link' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
	tap_ok 'rpm -V' in_root -V "$PLUGIN"
	echo user >"$root$DIR/seelog.xml"
	tap_ok 'newer version' pkg_build rpm x86_64 "$T" --set-version 9.9.9.9
	tap_ok 'rpm -U' in_root -U --ignorearch "$PLUGIN-9.9.9.9-$R.x86_64.rpm"
	tap_is 'one is left' "$(in_root -q $PLUGIN)" "$PLUGIN-9.9.9.9-$R.x86_64"
	tap_is 'link kept' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
	ln -sfn /elsewhere "$root$LINK"
	tap_ok 'rpm -e' in_root -e "$PLUGIN"
	tap_is 'foreign link kept' "$(readlink "$root$LINK")" /elsewhere
	tap_is "only the user's file left" "$(ls "$root$DIR")" seelog.xml
	rm -r "$root$LINK" "${root:?}$DIR"
	echo mine >"$root$LINK"
	tap_ok 'beside a real file' in_root -i --ignorearch "$rpm"
	tap_is 'file left alone' "$(cat "$root$LINK")" mine
	tap_ok 'erase again' in_root -e "$PLUGIN"
	rm "$root$LINK"
	ln -s /nowhere "$root$LINK"
	tap_ok 'over a dangling link' in_root -i --ignorearch "$rpm"
	tap_is 'replaced' "$(readlink "$root$LINK")" "$DIR/bin/$PLUGIN"
	tap_ok 'erase' in_root -e "$PLUGIN"
	tap_is 'link and tree gone' \
		"$(ls "$root/usr/local/bin" "$root$DIR" 2>/dev/null)" \
		"$root/usr/local/bin:"
fi

# --- dnf --------------------------------------------------------------------
if [ "$(id -u)" -eq 0 ] && tap_have dnf createrepo_c; then
	mkdir -p yum conf/repos conf/vars log persist cache dnfroot
	cp "$rpm" yum
	tap_ok 'createrepo_c' createrepo_c -q --no-database yum
	printf '[main]\ngpgcheck=1\nplugins=0\n' >conf/dnf.conf
	printf '[x]\nname=x\nbaseurl=file://%s/yum\ngpgcheck=1\ngpgkey=file://%s\n' \
		"$T" "$T/key.pub" >conf/repos/x.repo
	in_dnf()
	{
		dnf -q -y -c "$T/conf/dnf.conf" --installroot="$T/dnfroot" \
			--releasever=1 --forcearch=x86_64 \
			--setopt=reposdir="$T/conf/repos" \
			--setopt=varsdir="$T/conf/vars" \
			--setopt=cachedir="$T/cache" --setopt=logdir="$T/log" \
			--setopt=persistdir="$T/persist" \
			--setopt=install_weak_deps=0 "$@"
	}
	tap_ok 'dnf install' in_dnf install "$PLUGIN"
	tap_is 'link by dnf' "$(readlink "$T/dnfroot$LINK")" "$DIR/bin/$PLUGIN"
	tap_ok 'installed program' "$T/dnfroot$DIR/bin/$PLUGIN"
	tap_ok 'dnf remove' in_dnf remove "$PLUGIN"
	tap_is 'nothing left' "$(ls "$T/dnfroot$DIR" 2>/dev/null)" ''
	rm yum/*.rpm
	cp "plain/$PLUGIN-$V-$R.x86_64.rpm" yum
	createrepo_c -q --no-database yum
	tap_fails 'dnf refuses an unsigned one' in_dnf --refresh install "$PLUGIN"
else
	tap_skip 'dnf install' 'needs root, dnf and createrepo_c'
fi

if tap_have rpmlint; then
	rpmlint "$rpm" >lint.txt 2>/dev/null
	# ours are these: the official paths, one static binary, a private key
	tap_is 'rpmlint finds no other errors' \
		"$(grep ': E: ' lint.txt | grep -v -e dir-or-file-in-usr-local \
			-e statically-linked-binary -e unknown-key)" ''
else
	tap_skip 'rpmlint' 'no rpmlint'
fi

tap_done
