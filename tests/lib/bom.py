"""Lists a bill of materials: path, mode, owner, size, checksum, link.

A reader of its own, written from the format alone, so that the writer is not
judged by code that shares its mistakes.

usage: bom.py FILE
"""
import struct
import sys


def main():
    data = open(sys.argv[1], "rb").read()
    magic, version, used, index, index_len, at, vars_len = struct.unpack(
        ">8s6I", data[:32])
    assert magic == b"BOMStore" and version == 1
    assert index + index_len == len(data)
    count, = struct.unpack(">I", data[index:index + 4])
    table = [struct.unpack(">2I", data[index + 4 + 8 * i:index + 12 + 8 * i])
             for i in range(count)]
    assert table[0] == (0, 0)
    assert sum(1 for entry in table if entry != (0, 0)) == used
    assert index_len == 4 + 8 * count + 4 + 16

    def block(n):
        assert 0 < n < count
        return data[table[n][0]:table[n][0] + table[n][1]]

    end = at + vars_len
    number, = struct.unpack(">I", data[at:at + 4])
    at += 4
    names = {}
    for _ in range(number):
        n, length = struct.unpack(">IB", data[at:at + 5])
        names[data[at + 5:at + 5 + length].decode()] = n
        at += 5 + length
    assert at == end
    assert list(names) == ["BomInfo", "Paths", "HLIndex", "VIndex", "Size64"]

    info = struct.unpack(">3I", block(names["BomInfo"])[:12])
    sums = struct.unpack(">%dI" % (4 * info[2]), block(names["BomInfo"])[12:])
    tree = block(names["Paths"])
    assert len(tree) == 21 and tree[:4] == b"tree"
    child, size, paths = struct.unpack(">3I", tree[8:20])
    leaf = block(child)
    assert len(leaf) == size == 4096 and info[1] == paths + 1
    is_leaf, n = struct.unpack(">2H", leaf[:4])
    assert is_leaf == 1 and n == paths
    for name, size in (("HLIndex", 4096), ("Size64", 4096)):
        tree = block(names[name])
        assert struct.unpack(">2I", tree[12:20]) == (size, 0)
        assert len(block(struct.unpack(">I", tree[8:12])[0])) == size
    assert len(block(names["VIndex"])) == 13

    known, keys, plain = {0: ""}, [], 0
    lengths = {1: 35, 2: 31}
    for i in range(n):
        a, b = struct.unpack(">2I", leaf[12 + 8 * i:20 + 8 * i])
        ident, record = struct.unpack(">2I", block(a))
        parent, = struct.unpack(">I", block(b)[:4])
        name = block(b)[4:]
        assert name.endswith(b"\0")
        keys.append((parent, name[:-1]))
        path = known[parent] + ("/" if parent else "") + name[:-1].decode()
        known[ident] = path
        r = block(record)
        kind, _, flags, mode, uid, gid, mtime, size = struct.unpack(
            ">BBHHIIII", r[:22])
        cksum, extra = 0, ""
        if kind != 2:
            cksum, = struct.unpack(">I", r[23:27])
        if kind == 3:
            length, = struct.unpack(">I", r[27:31])
            extra = " -> " + r[31:31 + length - 1].decode()
            assert len(r) == 39 + length
        elif flags == 0x200F:
            slices, = struct.unpack(">I", r[28:32])
            assert len(r) == 40 + 16 * slices
            for s in range(slices):
                extra += " %08x:%d:%d" % tuple(
                    struct.unpack(">4I", r[32 + 16 * s:48 + 16 * s])[k]
                    for k in (0, 2, 3))
        else:
            assert len(r) == lengths[kind] and flags == 0xF
        if flags != 0x200F:
            plain += size
        print("%s %o %d/%d %d %d %d%s" % (path, mode, uid, gid, mtime, size,
                                          cksum, extra))
    assert keys == sorted(keys)
    assert sums[0] == 0 and sums[2] == plain, (sums, plain)


main()
