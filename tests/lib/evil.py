#!/usr/bin/env python3
"""Packages with something in them that must not come out, for tests.

evil.py WAY GOOD EVIL

Copies the bundle (.zip) or the Debian package (.deb) GOOD to EVIL with one
entry added as the last, behind everything that is wanted, as WAY says. "setid"
gives every file set-user-ID, set-group-ID and the sticky bit.
"""
import io
import stat
import sys
import tarfile
import warnings
import zipfile

warnings.simplefilter("ignore")  # a name that comes twice is on purpose
TOP = "usr/local/sessionmanagerplugin/"


def add_zip(zf, name, mode, data):
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    zf.writestr(info, data)


def zip_way(way, zf):
    top = "sessionmanager-bundle/"
    regular = stat.S_IFREG | 0o755
    link = stat.S_IFLNK | 0o777
    bomb = b"\0" * (64 << 20)
    if way == "dotdot":
        add_zip(zf, top + "../../../evil", regular, b"evil")
    elif way == "absolute":
        add_zip(zf, "/tmp/evil", regular, b"evil")
    elif way == "link":
        add_zip(zf, top + "out", link, b"/etc")
        add_zip(zf, top + "out/evil", regular, b"evil")
    elif way == "device":
        add_zip(zf, top + "dev", stat.S_IFCHR | 0o666, b"")
    elif way == "twice":
        add_zip(zf, top + "bin/session-manager-plugin", regular, b"evil")
    elif way == "bomb":
        for i in range(9):
            add_zip(zf, top + "bomb%d" % i, regular, bomb)


def tar_way(way, tf):
    def entry(name, kind=tarfile.REGTYPE, data=b"evil", mode=0o755, to=""):
        info = tarfile.TarInfo("./" + name)
        info.name = name if name.startswith("/") else "./" + name
        info.type, info.mode, info.linkname = kind, mode, to
        info.size = len(data) if kind == tarfile.REGTYPE else 0
        tf.addfile(info, io.BytesIO(data))

    if way == "dotdot":
        entry(TOP + "../../../../evil")
    elif way == "absolute":
        entry("/tmp/evil")
    elif way == "link":
        entry(TOP + "out", tarfile.SYMTYPE, to="/etc")
        entry(TOP + "out/evil")
    elif way == "hardlink":
        entry(TOP + "LICENSE", tarfile.LNKTYPE, to="/etc/passwd")
    elif way == "device":
        entry(TOP + "dev", tarfile.CHRTYPE)
    elif way == "twice":
        entry(TOP + "bin/session-manager-plugin")


def make_zip(way, good, evil):
    with zipfile.ZipFile(good) as src, zipfile.ZipFile(evil, "w") as dst:
        for info in src.infolist():
            if way == "setid":
                info.external_attr |= 0o7000 << 16
            dst.writestr(info, src.read(info))
        zip_way(way, dst)


def members(data):
    at = 8
    while at < len(data):
        name = data[at:at + 16].decode().rstrip(" /")
        size = int(data[at + 48:at + 58])
        yield name, data[at + 60:at + 60 + size]
        at += 60 + size + size % 2


def make_deb(way, good, evil):
    with open(good, "rb") as file:
        data = file.read()
    out = b"!<arch>\n"
    for name, body in members(data):
        if name.startswith("data.tar"):
            name = "data.tar.gz"
            new = io.BytesIO()
            with tarfile.open(fileobj=io.BytesIO(body)) as src, \
                    tarfile.open(fileobj=new, mode="w:gz", compresslevel=1,
                                 format=tarfile.GNU_FORMAT) as dst:
                for info in src:
                    if way == "setid":
                        info.mode |= 0o7000
                    dst.addfile(info, src.extractfile(info)
                                if info.isreg() else None)
                tar_way(way, dst)
            body = new.getvalue()
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (
            name.encode(), 0, 0, 0, b"100644", len(body))
        out += body + b"\n" * (len(body) % 2)
    with open(evil, "wb") as file:
        file.write(out)


if sys.argv[2].endswith(".zip"):
    make_zip(*sys.argv[1:])
else:
    make_deb(*sys.argv[1:])
