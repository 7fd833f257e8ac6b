#!/bin/sh
# A release and its channel: refused when it must be, published in order, read
# by the installer, and the bill of materials read by python3.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc python3 gpgv sha256sum

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
cp stage/bin/$PLUGIN stage/bin/$PLUGIN.exe
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
"$SMPKG" key export --key key.asc --output key.pub

# history VERSION[:STATE]...: a history of the project's own
history()
{
	printf '{"format":"session-manager-history","schema":1,"minimum":"1.2.764.0","releases":['
	comma=
	day=1
	for one in 1.2.896.0=aws "$@"; do
		v=${one%%[=:]*}
		publisher=project
		case $one in *=aws) publisher=aws ;; esac
		state=
		case $one in
		*:*) state=",\"state\":\"${one#*:}\",\"state_date\":\"2026-11-22\"" ;;
		esac
		printf '%s{"version":"%s","date":"2026-10-%02d","kind":"fix","change":"what %s changed","publisher":"%s"%s}' \
			"$comma" "$v" $day "$v" $publisher "$state"
		comma=,
		day=$((day + 1))
	done
	printf ']}\n'
}
history 1.3.0.0 1.3.1.0 1.4.0.0 >history.json
# release VERSION [OPTION...]
release()
{
	rel_version=$1
	shift
	"$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" --key key.asc \
		--sources "$SM_TOP/scripts/sources.list" --output out \
		--history history.json --set-version "$rel_version" \
		--target linux-x86_64=stage --target windows-x86_64=stage "$@"
}
refresh()
{
	"$SMPKG" release --refresh --output out --key key.asc \
		--history history.json "$@"
}
# channel EXPRESSION: what python3 finds in the channel
channel()
{
	python3 -c 'import json, sys
c = json.load(open("out/channel.json"))
v = {x["version"]: x for x in c["versions"]}
print(eval(sys.argv[1]))' "$1"
}

# --- refused before anything is made ---------------------------------------
tap_status 'not described' 2 release 1.3.9.0
tap_like 'says so' "$ERR" 'version 1.3.9.0 is not described in the release history'
tap_status "another publisher's" 2 release 1.2.896.0
tap_is 'nothing written' "$(ls out 2>/dev/null)" ''
tap_status 'nothing to refresh' 1 refresh
tap_status 'no key' 2 "$SMPKG" release --output out
tap_status 'no days' 2 release 1.3.0.0 --days 0
tap_status 'refresh builds nothing' 2 release 1.3.0.0 --refresh

# --- the first --------------------------------------------------------------
tap_ok 'release' release 1.3.0.0 --issued 1767225600
o=out/1.3.0.0
tap_is 'latest is a link' "$(readlink out/latest)" 1.3.0.0
tap_is 'its VERSION' "$(cat out/latest/VERSION)" 1.3.0.0
tap_ok 'SHA256SUMS' sh -c 'cd out/1.3.0.0 && sha256sum --quiet -c SHA256SUMS'
tap_is 'every file is in it' "$(wc -l <$o/SHA256SUMS | tr -d ' ')" \
	"$(find $o -type f ! -name 'SHA256SUMS*' | wc -l | tr -d ' ')"
"$SMPKG" repo apt keys $o/ubuntu_64bit/$PLUGIN.deb --key key.asc
for f in channel.json 1.3.0.0/SHA256SUMS; do
	tap_ok "signature of $f" gpgv --keyring "$T/keys/key.gpg" out/$f.sig out/$f
done
tap_is 'serial' "$(channel 'c["serial"]')" 1
tap_is 'issued, expires' "$(channel 'c["issued"], c["expires"]')" \
	"('2026-01-01T00:00:00Z', '2026-01-31T00:00:00Z')"
tap_is 'oldest supported' "$(channel 'c["minimum"]')" 1.2.764.0
tap_is 'artifacts' "$(channel '[(a["platform"], a["format"]) for a in v["1.3.0.0"]["artifacts"]]')" \
	"[('linux', 'rpm'), ('linux', 'deb'), ('linux', 'bundle'), ('linux', 'run'), ('windows', 'zip')]"
tap_is 'digests and sizes' "$(channel 'all(__import__("hashlib").sha256(d := open("out/" + a["path"], "rb").read()).hexdigest() == a["sha256"] and len(d) == a["size"] for a in v["1.3.0.0"]["artifacts"])')" True
tap_like 'notes' $o/RELEASENOTES.md '^## 1\.3\.0\.0 \(2026-10-02, fix\)$'
tap_unlike "not another publisher's" $o/RELEASENOTES.md '1\.2\.896'

# --- bill of materials ------------------------------------------------------
cat >sbom.py <<'END'
import json, re
d = json.load(open("out/latest/session-manager-plugin.spdx.json"))
assert d["spdxVersion"] == "SPDX-2.3" and d["dataLicense"] == "CC0-1.0"
assert d["SPDXID"] == "SPDXRef-DOCUMENT"
assert re.fullmatch(r"https://[^#\s]+", d["documentNamespace"])
assert d["creationInfo"]["created"] == "2026-01-01T00:00:00Z"
ids = [p["SPDXID"] for p in d["packages"]]
assert len(set(ids)) == len(ids)
for p in d["packages"]:
    assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", p["SPDXID"])
    assert p["filesAnalyzed"] is False and p["downloadLocation"]
    assert p["licenseConcluded"] and p["licenseDeclared"]
    for c in p.get("checksums", []):
        assert c["algorithm"] == "SHA256"
        assert re.fullmatch("[0-9a-f]{64}", c["checksumValue"])
for r in d["relationships"]:
    assert r["spdxElementId"] in ids + [d["SPDXID"]]
    assert r["relatedSpdxElement"] in ids
linked = [r for r in d["relationships"] if r["relationshipType"] == "STATIC_LINK"]
assert len(linked) == len(ids) - 1
print(" ".join(sorted(p["name"] + " " + p["versionInfo"] for p in d["packages"] if p["name"] in ("curl", "openssl", "session-manager-plugin"))))
END
tap_ok 'SPDX 2.3' python3 sbom.py
tap_like 'names and versions' "$OUT" \
	'^curl 8[0-9.]+ openssl 3[0-9.]+ session-manager-plugin 1.3.0.0$'
grep -o '^[a-z][a-z0-9]*' "$SM_TOP/scripts/sources.list" | sort >want
python3 -c 'import json
for p in json.load(open("out/latest/session-manager-plugin.spdx.json"))["packages"][1:]: print(p["name"])' |
	sort >got
tap_same 'every pinned source' got want

# --- the next ---------------------------------------------------------------
tap_status 'the same again' 2 release 1.3.0.0
tap_like 'says why' "$ERR" 'version 1.3.0.0 is not newer than 1.3.0.0'
tap_ok 'newer' release 1.3.1.0 --issued 1767225700
tap_is 'latest' "$(readlink out/latest)" 1.3.1.0
tap_is 'states' "$(channel '[(x["version"], x["state"]) for x in c["versions"]]')" \
	"[('1.3.1.0', 'current'), ('1.3.0.0', 'superseded')]"
tap_is 'both have artifacts' "$(channel '[len(x["artifacts"]) for x in c["versions"]]')" \
	'[5, 5]'
cp -r out before
history 1.3.0.0 1.3.1.0:withdrawn 1.4.0.0 >history.json
tap_ok 'withdrawn' refresh --issued 1767225800
tap_is 'state' "$(channel 'v["1.3.1.0"]["state"], v["1.3.1.0"]["reason"]')" \
	"('withdrawn', 'withdrawn on 2026-11-22')"
tap_is 'the one before is current' "$(channel 'v["1.3.0.0"]["state"]')" current
tap_is 'latest goes back' "$(readlink out/latest)" 1.3.0.0
tap_is 'serial goes on' "$(channel 'c["serial"]')" 3
tap_status 'withdrawn cannot be released' 2 release 1.3.1.0
tap_status 'nor an older one' 2 release 1.3.0.5
tap_status 'a clock that goes back' 2 refresh --issued 1767225000
tap_ok 'next' release 1.4.0.0
history 1.3.0.0:deprecated 1.4.0.0 >history.json
tap_status 'a version is missing in the history' 1 refresh
tap_like 'names it' "$ERR" 'version 1.3.1.0 of the channel is not described'

# --- a release that was cut off ---------------------------------------------
history 1.3.0.0 1.3.1.0 1.4.0.0 1.5.0.0 >history.json
mkdir -p out/1.5.0.0/linux_64bit
echo half >out/1.5.0.0/linux_64bit/old
tap_fails 'a target without programs' release 1.5.0.0 --target linux-i386=absent
tap_is 'not published' "$(readlink out/latest) $(channel 'c["versions"][0]["version"]')" \
	'1.4.0.0 1.4.0.0'
tap_ok 'again' release 1.5.0.0
tap_is 'no leftover' "$(ls out/1.5.0.0/linux_64bit/old 2>/dev/null)" ''

# --- the installer reads it -------------------------------------------------
if [ -x "$SM_BIN/session-manager-installer" ]; then
	tap_ok 'installer: history of the channel' \
		"$SM_BIN/session-manager-installer" history --from "$T/out" \
		--key key.pub
	tap_like 'current' "$OUT" '1\.5\.0\.0'
else
	tap_skip 'installer: history of the channel' 'no installer'
fi

# --- trust ------------------------------------------------------------------
history 1.3.0.0 1.3.1.0 1.4.0.0 1.5.0.0 1.6.0.0 >history.json
cp -r out good
sed -i 's/"serial": 5/"serial": 9/' out/channel.json
tap_status 'a changed channel' 3 release 1.6.0.0
rm -rf out && cp -r good out
"$SMPKG" key generate --name 'O <o@example.org>' --output other.asc >/dev/null
tap_status 'a channel of another key' 3 release 1.6.0.0 --key other.asc
rm out/channel.json.sig
tap_status 'a channel without signature' 1 release 1.6.0.0
rm -rf out && cp -r good out
rm out/latest && mkdir out/latest
tap_status 'latest is a folder' 1 release 1.6.0.0
tap_like 'says what to do' "$ERR" 'is no link: remove it'
tap_is 'nothing made' "$(ls -d out/1.6.0.0 2>/dev/null)" ''
echo 'zlib zlib' >short.list
rmdir out/latest
tap_status 'a broken list of sources' 1 release 1.6.0.0 --sources short.list
tap_like 'names the line' "$ERR" 'line 1: not'

# --- scripts/release --------------------------------------------------------
mkdir -p build/bin build/x86_64-linux-musl
cp -r stage/bin build/x86_64-linux-musl
ln -s "$SMPKG" build/bin/smpkg
# publish [NAME=VALUE...]
publish()
{
	env BUILD="$T/build" DIST="$T/dist" "$@" "$SM_TOP/scripts/release"
}
d=dist/plugin
tap_ok 'scripts/release without a key' publish RELEASE_KEY=
tap_is 'latest is a link' "$(readlink $d/latest)" "$V"
tap_ok 'digests' sh -c "cd $d/$V && sha256sum --quiet -c SHA256SUMS"
tap_ok 'everything is there' test -s $d/channel.json -a \
	-s $d/channel.json.sig -a -s $d/latest/SHA256SUMS.sig -a \
	-s $d/latest/RELEASENOTES.md -a -s $d/latest/$PLUGIN.spdx.json -a \
	-s $d/latest/linux_64bit/$PLUGIN.rpm
tap_ok 'its key is beside it' "$SMPKG" verify --key dist/key.asc \
	$d/latest/linux_64bit/$PLUGIN.rpm $d/latest/ubuntu_64bit/$PLUGIN.deb
tap_ok 'marked' test -s dist/TRIAL
cp dist/key.asc first.asc
tap_ok 'once more' publish RELEASE_KEY=
tap_fails 'with another key' cmp -s dist/key.asc first.asc
tap_ok 'with a real key, anew' publish RELEASE_KEY="$T/key.asc"
tap_is 'no mark' "$(ls dist/TRIAL 2>/dev/null)" ''
tap_ok 'signed by it' "$SMPKG" verify --key key.pub \
	$d/latest/linux_64bit/$PLUGIN.rpm
tap_fails 'no throw-away key over it' publish RELEASE_KEY=
tap_like 'says so' "$ERR" 'is published: set RELEASE_KEY'
tap_fails 'a version is published once' publish RELEASE_KEY="$T/key.asc"
tap_like 'says so' "$ERR" "version $V is not newer than"
tap_ok 'what was published stays' "$SMPKG" verify --key key.pub \
	$d/latest/linux_64bit/$PLUGIN.rpm
tap_done
