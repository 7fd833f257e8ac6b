#!/bin/sh
# What is made from a release for fleets: SSM Distributor's package, judged by
# the rules of its manifest and by running its scripts; catalogue entries,
# judged by parsers.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/pkg.sh
. "$SM_TOP/tests/lib/pkg.sh"

tap_need cc python3 unzip

PLUGIN=session-manager-plugin
pkg_stage stage || tap_skip_all 'no static C library'
cp stage/bin/$PLUGIN stage/bin/$PLUGIN.exe
for arch in x86_64 arm64; do
	mkdir -p $arch/bin
	for program in $PLUGIN session-manager-installer; do
		python3 "$SM_TOP/tests/lib/macho.py" $arch/bin/$program $arch
	done
done
"$SMPKG" key generate --name 'T <t@example.org>' --output key.asc >/dev/null
history='{"format":"session-manager-history","schema":1,"minimum":"1.2.764.0","releases":[{"version":"1.3.0.0","date":"2026-10-01","kind":"fix","change":"x","publisher":"project"}]}'
echo "$history" >history.json
tap_ok 'release' "$SMPKG" release --manifest "$MANIFEST" --root "$SM_TOP" \
	--key key.asc --sources "$SM_TOP/scripts/sources.list" --output out \
	--history history.json --set-version 1.3.0.0 \
	--target linux-x86_64=stage --target linux-aarch64=stage \
	--target windows-x86_64=stage --target macos-aarch64=arm64 \
	--target macos-x86_64=x86_64
# sums: files that other tools make belong to a release, too
sums()
{
	(cd out/1.3.0.0 && find . -type f ! -name 'SHA256SUMS*' |
		sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum >SHA256SUMS)
	"$SMPKG" sign --key key.asc out/1.3.0.0/SHA256SUMS >/dev/null
}
distributor()
{
	"$SMPKG" distributor --manifest "$MANIFEST" --release out --key key.asc \
		--set-version 1.3.0.0 "$@"
}
fleet()
{
	"$SMPKG" fleet --manifest "$MANIFEST" --release out --key key.asc \
		--set-version 1.3.0.0 --url https://example.org/plugin "$@"
}

# --- Distributor ------------------------------------------------------------
tap_ok 'distributor' distributor --output d
cat >check.py <<'END'
import hashlib, json, os, re, zipfile
m = json.load(open("d/manifest.json"))
assert set(m) <= {"schemaVersion", "version", "publisher", "packages", "files"}
assert m["schemaVersion"] == "2.0"
assert re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", m["version"])
assert sorted(m["files"]) == sorted(n for n in os.listdir("d") if n != "manifest.json")
assert len(m["files"]) + 1 <= 20
used = set()
for platform, versions in m["packages"].items():
    assert re.fullmatch("[a-z_]+", platform)
    for version, archs in versions.items():
        for arch, one in archs.items():
            assert arch in ("x86_64", "arm64", "386")
            used.add(one["file"])
assert used == set(m["files"])
for name, f in m["files"].items():
    data = open("d/" + name, "rb").read()
    assert f["size"] == len(data)
    assert f["checksums"]["sha256"] == hashlib.sha256(data).hexdigest()
    z = zipfile.ZipFile("d/" + name)
    assert z.testzip() is None
    names = z.namelist()
    assert all("/" not in n for n in names)
    ext = ".ps1" if name.startswith("windows") else ".sh"
    assert names[:2] == ["install" + ext, "uninstall" + ext] and len(names) == 3
print(sorted(m["packages"]))
print(m["packages"]["ubuntu"]["_any"]["arm64"]["file"])
END
tap_ok 'manifest and zips' python3 check.py
tap_like 'platforms' "$OUT" "'amazon'.*'mac_os_x'.*'redhat'.*'ubuntu'.*'windows'"
tap_like 'by architecture' "$OUT" '^deb_arm64.zip$'
mkdir deb && (cd deb && unzip -q ../d/deb_x86_64.zip)
tap_same 'the package as released' deb/$PLUGIN.deb \
	out/1.3.0.0/ubuntu_64bit/$PLUGIN.deb
tap_is 'scripts can be run' "$(stat -c %a deb/install.sh)" 755
if tap_have shellcheck; then
	tap_ok 'shellcheck' shellcheck -S warning "$SM_TOP"/pkg/fleet/*.sh
else
	tap_skip 'shellcheck' 'no shellcheck'
fi
# the scripts with dpkg and rpm of a scratch root
mkdir -p tools root/var/lib/dpkg/info root/var/lib/dpkg/updates \
	root/var/lib/dpkg/triggers rpmroot
: >root/var/lib/dpkg/status
: >root/var/lib/dpkg/available
if tap_have dpkg; then
	printf '#!/bin/sh\nexec %s --root=%s --force-script-chrootless --force-not-root --log=/dev/null "$@"\n' \
		"$(command -v dpkg)" "$T/root" >tools/dpkg
	chmod +x tools/dpkg
	script()
	{
		(cd / && PATH="$T/tools:$PATH" "$T/$1")
	}
	tap_ok 'deb: install.sh' script deb/install.sh
	tap_ok 'installed' test -x "root$DIR/bin/$PLUGIN"
	tap_ok 'deb: install.sh again' script deb/install.sh
	tap_ok 'deb: uninstall.sh' script deb/uninstall.sh
	tap_fails 'removed' test -e "root$DIR/bin/$PLUGIN"
	tap_ok 'deb: uninstall.sh again' script deb/uninstall.sh
	echo broken >deb/$PLUGIN.deb
	tap_fails 'deb: a broken package' script deb/install.sh
else
	tap_skip 'deb: scripts' 'no dpkg'
fi
if tap_have rpm; then
	mkdir rpm && (cd rpm && unzip -q ../d/rpm_x86_64.zip)
	printf '#!/bin/sh\nexec %s --root=%s --nodeps --nosignature "$@"\n' \
		"$(command -v rpm)" "$T/rpmroot" >tools/rpm
	# a query knows no --nodeps
	printf '#!/bin/sh\ncase $1 in -q) o= ;; *) o=--nodeps ;; esac\nexec %s --root=%s $o "$@"\n' \
		"$(command -v rpm)" "$T/rpmroot" >tools/rpm
	chmod +x tools/rpm
	tap_ok 'rpm: install.sh' script rpm/install.sh
	tap_ok 'rpm: installed' test -x "rpmroot$DIR/bin/$PLUGIN"
	tap_ok 'rpm: install.sh again' script rpm/install.sh
	tap_ok 'rpm: uninstall.sh' script rpm/uninstall.sh
	tap_fails 'rpm: removed' test -e "rpmroot$DIR/bin/$PLUGIN"
	tap_ok 'rpm: uninstall.sh again' script rpm/uninstall.sh
else
	tap_skip 'rpm: scripts' 'no rpm'
fi
tap_ok 'again' distributor --output again
tap_ok 'the same bytes' diff -r d again

# --- catalogues -------------------------------------------------------------
tap_ok 'fleet' fleet --output f
tap_is 'what there are files for' "$(cd f && find . -type f | LC_ALL=C sort | tr '\n' ' ')" \
	'./autopkg/SessionManagerPlugin.download.recipe ./homebrew/session-manager-plugin.rb ./intune/detect.ps1 ./scoop/session-manager-plugin.json '
tap_like 'what is left out' "$ERR" "left out: the release has no 'windows/SessionManagerPluginSetup.exe'"
echo setup >out/1.3.0.0/windows/SessionManagerPluginSetup.exe
tap_ok 'a file that is not in SHA256SUMS does not count' fleet --output g
tap_ok 'the same' diff -r f g
sums
tap_ok 'all' fleet --output f --identifier Example.Plugin
cat >fleet.py <<'END'
import hashlib, json, plistlib, re
def sha(path):
    return hashlib.sha256(open("out/1.3.0.0/" + path, "rb").read()).hexdigest()
m = json.load(open(__import__("os").environ["MANIFEST"]))
s = json.load(open("f/scoop/session-manager-plugin.json"))
assert s["version"] == "1.3.0.0" and s["description"] == m["summary"]
assert s["architecture"]["64bit"] == {
    "url": "https://example.org/plugin/1.3.0.0/windows/SessionManagerPlugin.zip",
    "hash": sha("windows/SessionManagerPlugin.zip")}
assert "$version" in s["autoupdate"]["architecture"]["64bit"]["url"]
p = plistlib.load(open("f/autopkg/SessionManagerPlugin.download.recipe", "rb"))
assert p["Input"]["VERSION"] == "1.3.0.0"
assert [x["Processor"] for x in p["Process"]] == ["URLDownloader", "EndOfCheckPhase"]
assert p["Process"][0]["Arguments"]["url"].endswith("/1.3.0.0/mac_arm64/session-manager-plugin.pkg")
c = open("f/homebrew/session-manager-plugin.rb").read()
assert '"' + sha("mac_arm64/session-manager-plugin.pkg") + '"' in c
assert '"' + sha("mac/session-manager-plugin.pkg") + '"' in c
assert 'version "1.3.0.0"' in c and c.count(" do\n") == c.count("end\n")
y = open("f/winget/Example.Plugin.installer.yaml").read()
assert sha("windows/SessionManagerPluginSetup.exe").upper() in y
try:
    import yaml
except ImportError:
    yaml = None
for name, kind in (("", "version"), (".locale.en-US", "defaultLocale"), (".installer", "installer")):
    text = open("f/winget/Example.Plugin%s.yaml" % name).read()
    if yaml:
        d = yaml.safe_load(text)
        assert d["ManifestType"] == kind and d["PackageIdentifier"] == "Example.Plugin"
        assert str(d["PackageVersion"]) == "1.3.0.0"
    assert "ManifestType: %s\n" % kind in text and "\t" not in text
for name in ("scoop/session-manager-plugin.json", "homebrew/session-manager-plugin.rb", "intune/detect.ps1"):
    assert not re.search("@[A-Z_]+@", open("f/" + name).read())
END
tap_ok 'parsed' python3 fleet.py
if tap_have ruby; then
	tap_ok 'Ruby' ruby -c f/homebrew/session-manager-plugin.rb
else
	tap_skip 'Ruby' 'no ruby'
fi

# --- refused ----------------------------------------------------------------
tap_status 'an address with quotes' 2 fleet --output x --url 'https://e.org/"'
tap_status 'no https' 2 fleet --output x --url http://example.org
tap_status 'no identifier' 2 fleet --output x --identifier Plugin
tap_status 'no such version' 1 "$SMPKG" fleet --manifest "$MANIFEST" \
	--release out --key key.asc --set-version 9.9.9.9 \
	--url https://example.org --output x
sed 's/"summary": "/&#{x} /' "$MANIFEST" >m.json
tap_status 'code for Ruby in a text' 1 fleet --output x --manifest m.json
tap_like 'says so' "$ERR" 'cannot stand in a Homebrew cask'
echo more >>out/1.3.0.0/windows/SessionManagerPlugin.zip
tap_status 'a file that was changed' 3 distributor --output x
tap_like 'names it' "$ERR" 'SessionManagerPlugin.zip. is not the file that was released'
echo >>out/1.3.0.0/SHA256SUMS
tap_status 'digests that were changed' 3 distributor --output x
tap_is 'no manifest' "$(ls x/manifest.json 2>/dev/null)" ''
tap_status 'no key' 2 "$SMPKG" distributor --manifest "$MANIFEST" \
	--release out --output x
tap_done
