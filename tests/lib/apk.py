"""Takes an apk apart by the description of its format, v2.

apk.py FILE DIR: checks what apk checks and writes DIR/{signature,control,
data,pkginfo,keyname} and the scripts; one line for each fact.
"""
import hashlib
import os
import sys
import tarfile
import io
import zlib


def streams(data):
    out = []
    while data:
        d = zlib.decompressobj(31)
        plain = d.decompress(data) + d.flush()
        assert d.eof, "a stream is cut off"
        out.append((data[: len(data) - len(d.unused_data)], plain))
        data = d.unused_data
    return out


def entries(plain):
    # the pieces but the last have no end: two empty blocks stand in for it
    return list(tarfile.open(fileobj=io.BytesIO(plain + bytes(1024))))


def content(plain, entry):
    return plain[entry.offset_data : entry.offset_data + entry.size]


path, out = sys.argv[1:]
parts = streams(open(path, "rb").read())
signed = len(parts) == 3
assert len(parts) in (2, 3), "%d streams" % len(parts)
for raw, plain in parts[:-1]:
    assert plain[-512:] != bytes(512), "a piece has the end of an archive"
assert parts[-1][1][-1024:] == bytes(1024), "no end of the archive"
os.makedirs(out)
if signed:
    (entry,) = entries(parts[0][1])
    assert entry.name.startswith(".SIGN.RSA256."), entry.name
    open(out + "/keyname", "w").write(entry.name[len(".SIGN.RSA256.") :])
    open(out + "/signature", "wb").write(content(parts[0][1], entry))
raw, plain = parts[-2]
open(out + "/control", "wb").write(raw)
names = []
for entry in entries(plain):
    assert entry.name.startswith("."), entry.name
    names.append(entry.name)
    open(out + "/" + entry.name.lstrip("."), "wb").write(content(plain, entry))
assert names[0] == ".PKGINFO", names
print("control:", " ".join(names))
info = {}
for line in open(out + "/PKGINFO"):
    if not line.startswith("#"):
        key, value = line.rstrip("\n").split(" = ", 1)
        info[key] = value
for key in sorted(info):
    print("%s: %s" % (key, info[key]))
raw, plain = parts[-1]
assert hashlib.sha256(raw).hexdigest() == info["datahash"], "datahash"
for entry in entries(plain):
    assert (entry.uid, entry.gid) == (0, 0), entry.name
    if entry.isdir():
        continue
    data = entry.linkname.encode() if entry.issym() else content(plain, entry)
    want = entry.pax_headers["APK-TOOLS.checksum.SHA1"]
    assert hashlib.sha1(data).hexdigest() == want, entry.name
    print("file: %o %s" % (entry.mode, entry.name))
