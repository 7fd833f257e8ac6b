#!/bin/sh
# A yum repository, judged by createrepo_c, gpgv, xmllint and dnf, which
# installs from it over HTTP and refuses it when it was changed.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"
# shellcheck source=tests/lib/repo.sh
. "$SM_TOP/tests/lib/repo.sh"

tap_need cc dnf rpm gpgv xmllint

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
"$SMPKG" key generate --type rsa3072 --name 'T <t@example.org>' \
	--output key.asc >/dev/null
mkdir rpms
for arch in x86_64 i386 aarch64; do
	pkg_build rpm $arch rpms --key key.asc >/dev/null
done
pkg_build rpm x86_64 rpms --key key.asc --set-version 9.9.9.9 >/dev/null
first=rpms/$PLUGIN-$V-$R.x86_64.rpm
newer=rpms/$PLUGIN-9.9.9.9-$R.x86_64.rpm
repo()
{
	"$SMPKG" repo yum "$@" --key key.asc
}

tap_ok 'repository' repo repo "$first" "rpms/$PLUGIN-$V-$R.i386.rpm" \
	"rpms/$PLUGIN-$V-$R.aarch64.rpm"
tap_is 'three packages' "$(find repo/packages -name '*.rpm' | wc -l)" 3
m=repo/repodata/repomd.xml
tap_ok 'signature' gpgv --keyring "$T/repo/key.gpg" $m.asc $m
tap_ok 'repomd.xml is XML' xmllint --noout $m
n=0
for f in repo/repodata/*.gz; do
	n=$((n + 1))
	name=$(sha256sum <"$f" | cut -d' ' -f1)
	case $f in
	repo/repodata/"$name"-*.xml.gz) tap_pass "digest in the name ($n)" ;;
	*) tap_fail "digest in the name ($n)" "$f" ;;
	esac
	gzip -dc "$f" >"${f##*-}.xml"
	tap_ok "XML ($n)" xmllint --noout "${f##*-}.xml"
	tap_like "in repomd.xml ($n)" $m "href=\"repodata/${f##*/}\""
done
tap_is 'three parts' "$n" 3
if tap_have createrepo_c; then
	cp -r repo oracle
	rm -rf oracle/repodata
	find oracle -name '*.rpm' -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
	createrepo_c --quiet --no-database --revision "$SOURCE_DATE_EPOCH" \
		--set-timestamp-to-revision --compress-type gz oracle \
		>/dev/null 2>&1
	# the elements of all packages, without white space between them, by name
	canonical()
	{
		xmllint --noblanks --c14n "$1" | tr -d '\n' |
			sed 's/<package /\n&/g; s/<\/metadata>.*//; s/<\/filelists>.*//; s/<\/otherdata>.*//' |
			LC_ALL=C sort
	}
	for part in primary filelists other; do
		gzip -dc repo/repodata/*-$part.xml.gz >ours.xml
		gzip -dc oracle/repodata/*-$part.xml.gz >theirs.xml
		canonical ours.xml >got
		canonical theirs.xml >want
		tap_same "$part as createrepo_c has it" got want
	done
else
	tap_skip 'as createrepo_c has it' 'no createrepo_c'
fi
tap_ok 'one' repo one "$first"
tap_ok 'two' repo two "$first"
tap_ok 'the same bytes' diff -r one two

# --- dnf --------------------------------------------------------------------
repo_serve repo || tap_fail 'serving'
mkdir -p conf/repos conf/vars log persist root cache
printf '[main]\ngpgcheck=1\nplugins=0\nproxy=\n' >conf/dnf.conf
printf '[x]\nname=x\nbaseurl=%s\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=%s/key.asc\nmetadata_expire=0\n' \
	"$URL" "$URL" >conf/repos/x.repo
in_root()
{
	dnf -q -y -c "$T/conf/dnf.conf" --installroot="$T/root" --releasever=1 \
		--forcearch=x86_64 --setopt=reposdir="$T/conf/repos" \
		--setopt=varsdir="$T/conf/vars" --setopt=cachedir="$T/cache" \
		--setopt=logdir="$T/log" --setopt=persistdir="$T/persist" \
		--setopt=install_weak_deps=0 --setopt=retries=1 "$@"
}
tap_ok 'dnf install' in_root install $PLUGIN
tap_ok 'program runs' "root$DIR/bin/$PLUGIN"
tap_is 'its version' "$(in_root list --installed $PLUGIN |
	awk 'NR > 1 { print $2 }')" "$V-$R"
tap_ok 'a newer package is added' repo repo "$newer"
tap_ok 'upgrade' in_root --refresh upgrade
tap_is 'upgraded' "$(in_root list --installed $PLUGIN |
	awk 'NR > 1 { print $2 }')" "9.9.9.9-$R"
tap_ok 'the older one is still there' in_root downgrade "$PLUGIN-$V"
tap_ok 'by a file that it has' in_root repoquery --whatprovides \
	"$DIR/bin/$PLUGIN"
tap_like 'found' "$OUT" "$PLUGIN"
tap_ok 'remove' in_root remove $PLUGIN
tap_is 'nothing is left' "$(ls "root$DIR" 2>/dev/null)" ''

# --- refused by dnf ---------------------------------------------------------
cp -r repo/repodata good
again()
{
	rm -rf cache repo/repodata
	mkdir cache
	cp -r good repo/repodata
}
again
sed -i 's/<revision>/&1/' $m
tap_status 'changed repomd.xml' 1 in_root install $PLUGIN
tap_like 'says why' "$ERR" 'signature|Signature|GPG'
again
for f in repo/repodata/*-primary.xml.gz; do printf x >>"$f"; done
tap_status 'changed index' 1 in_root install $PLUGIN
again
cp repo/packages/"${newer#rpms/}" keep.rpm
printf x | dd of=repo/packages/"${newer#rpms/}" bs=1 seek=9000 conv=notrunc \
	2>/dev/null
tap_status 'changed package' 1 in_root install $PLUGIN
cp keep.rpm repo/packages/"${newer#rpms/}"
again
"$SMPKG" key generate --type rsa3072 --name 'O <o@example.org>' \
	--output other.asc >/dev/null
cp repo/key.asc good.asc
"$SMPKG" repo yum repo --key other.asc
cp good.asc repo/key.asc
rm -rf cache persist && mkdir cache persist
tap_status 'signed by another key' 1 in_root install $PLUGIN
pkg_build rpm x86_64 rpms --set-version 10.0.0.0 >/dev/null
repo repo "rpms/$PLUGIN-10.0.0.0-$R.x86_64.rpm"
rm -rf cache && mkdir cache
tap_status 'a package without signature' 1 in_root install $PLUGIN
tap_like 'says so' "$ERR" 'not signed'
tap_ok 'an older one' in_root install "$PLUGIN-9.9.9.9"

# --- refused by smpkg -------------------------------------------------------
cp "$first" same.rpm
tap_ok 'the same package twice' repo one same.rpm
SOURCE_DATE_EPOCH=1767225700 pkg_build rpm x86_64 other.rpm >/dev/null
tap_status 'other bytes under the same name' 1 repo one other.rpm
echo nonsense >bad.rpm
tap_status 'no rpm' 1 repo one bad.rpm
tap_like 'names it' "$ERR" "cannot publish 'bad.rpm'"
head -c 3000 "$first" >bad.rpm
tap_status 'a piece of one' 1 repo one bad.rpm
tap_status 'no package' 2 repo empty
tap_done
