"""A Mach-O file with headers, nothing that runs, and a tail of its own.

usage: macho.py OUT x86_64|arm64 [unsigned]
"""
import struct
import sys

CPU = {"x86_64": (0x01000007, 3), "arm64": (0x0100000C, 0)}


def main():
    out, machine = sys.argv[1:3]
    body = (machine + " code\n").encode() * 900
    cmds = [struct.pack("<6I", 0x32, 24, 1, 0x000C0300, 0x000E0000, 0)]
    if "unsigned" not in sys.argv[3:]:
        at = 32 + 24 + 16 + len(body)
        cmds.append(struct.pack("<4I", 0x1D, 16, at, 64))
    head = struct.pack("<8I", 0xFEEDFACF, *CPU[machine], 2, len(cmds),
                       sum(map(len, cmds)), 0, 0)
    with open(out, "wb") as f:
        f.write(head + b"".join(cmds) + body + b"\0" * 64)


main()
