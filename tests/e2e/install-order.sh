#!/bin/sh
# Power may fail at any instant, so that the order on the medium matters: read
# off the system calls of an installation. Every new file is synced before its
# folder is, every folder before the rename that gives it its name, and that
# before the switch.
. "$(dirname "$0")/../lib/tap.sh"
. "$SM_TOP/tests/lib/bundle.sh"
tap_need strace python3

# Sanitizers and ptrace do not go together.
SM_BIN=${SM_NATIVE:-$SM_TOP/build/bin}
[ -x "$SM_BIN/session-manager-installer" ] ||
	tap_skip_all 'the native installer is not built'
make_bundle "$T/b1" 1.0.0.1
make_bundle "$T/b2" 1.0.0.2
D=$T/root/plugin
L=$T/root/bin/session-manager-plugin

cat >"$T/order.py" <<'END'
"""order.py TRACE DIR LINK: what is wrong with the order, one line each."""
import os
import re
import sys

CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')
AT = re.compile(r"<([^<>]*)>")
trace, top, link = sys.argv[1:]
link_parent = os.path.dirname(link)
dirty_file = {}  # written, not synced: path -> line
dirty_dir = {}   # has a new or lost name, not synced
bad = []
switches = 0
renames = 0


def inside(path):
    return path.startswith(top + "/") or path in (top, link)


def new_name(path, line):
    if inside(path):
        dirty_dir[os.path.dirname(path)] = line


def below(path, table):
    return [x for x in table if x == path or x.startswith(path + "/")]


for number, text in enumerate(open(trace, encoding="utf-8"), 1):
    match = CALL.match(text)
    if not match or int(match.group(3)) < 0:
        continue
    call, arguments = match.group(1), match.group(2)
    names = NAMES.findall(arguments)
    if call in ("openat", "open") and "O_CREAT" in arguments:
        path = names[0]
        if inside(path):
            dirty_file[path] = number
            new_name(path, number)
    elif call in ("write", "pwrite64", "copy_file_range", "sendfile"):
        for path in AT.findall(arguments):
            if inside(path) and call == "write":
                dirty_file[path] = number
    elif call in ("fsync", "fdatasync"):
        path = AT.search(arguments).group(1)
        dirty_file.pop(path, None)
        dirty_dir.pop(path, None)
    elif call in ("mkdir", "mkdirat", "symlink", "symlinkat", "link",
                  "linkat"):
        new_name(names[-1], number)
    elif call in ("rename", "renameat", "renameat2"):
        old, new = names[0], names[-1]
        if not inside(new) or ".trash-" in new:
            continue
        renames += 1
        for path in below(old, dirty_file) + below(old, dirty_dir):
            bad.append(f"{number}: {new} is named before {path} is synced")
        if new == top + "/current":
            switches += 1
            for path in list(dirty_file) + below(top + "/versions", dirty_dir):
                bad.append(f"{number}: switch before {path} is synced")
        dirty_dir.pop(old, None)
        new_name(new, number)
for path in dirty_file:
    bad.append(f"end: {path} is not synced")
for path in dirty_dir:
    if path in (top, top + "/bin", link_parent):
        bad.append(f"end: folder {path} is not synced")
if not switches or renames < 2:
    bad.append(f"{switches} switches and {renames} renames: nothing was seen")
print("\n".join(bad))
END

# in_order NAME BUNDLE
in_order()
{
	tap_ok "$1" strace -f -y -s 4096 -o "$T/trace" -e \
		trace=openat,open,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat \
		"$2/install" -q -i "$D" -b "$L"
	tap_is 'order on the medium' "$(python3 "$T/order.py" "$T/trace" "$D" "$L")" ''
}
in_order 'fresh' "$T/b1"
in_order 'over an older one' "$T/b2"
rm -rf "$T/root"
plain_tree "$D" "$L" "$T/b1"
in_order 'over a plain tree' "$T/b2"
# The rule finds what it should: the same calls without their syncs.
grep -v sync "$T/trace" >"$T/unsynced"
python3 "$T/order.py" "$T/unsynced" "$D" "$L" >"$OUT"
tap_like 'without syncs it is wrong' "$OUT" 'is named before'
tap_done
