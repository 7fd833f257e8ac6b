"""Takes a signed xar apart for other tools: a reader of its own.

usage: xartoc.py FILE OUTDIR

Writes toc.xml, digest (computed), stored (the one in the heap), rsa.sig,
cms.der and leaf.der, and prints algorithm, CMS room and number of files.
"""
import base64
import hashlib
import struct
import sys
import xml.etree.ElementTree
import zlib

ALGS = {1: "sha1", 3: "sha256", 4: "sha512"}


def main():
    data = open(sys.argv[1], "rb").read()
    magic, size, version, packed, plain, alg = struct.unpack(
        ">4sHHQQI", data[:28])
    assert magic == b"xar!" and size == 28 and version == 1
    toc = data[28:28 + packed]
    heap = 28 + packed
    xml_text = zlib.decompress(toc)
    assert len(xml_text) == plain
    root = xml.etree.ElementTree.fromstring(xml_text).find("toc")

    def save(name, content):
        with open(sys.argv[2] + "/" + name, "wb") as f:
            f.write(content)

    def region(element):
        at = heap + int(element.find("offset").text)
        return data[at:at + int(element.find("size").text)]

    assert root.find("checksum").get("style") == ALGS[alg]
    save("toc.xml", xml_text)
    save("digest", hashlib.new(ALGS[alg], toc).digest())
    save("stored", region(root.find("checksum")))
    save("rsa.sig", region(root.find("signature")))
    save("cms.der", region(root.find("x-signature")))
    namespace = "{http://www.w3.org/2000/09/xmldsig#}"
    certs = [[base64.b64decode(c.text) for c in root.find(name).iter(
        namespace + "X509Certificate")] for name in (
            "signature", "x-signature")]
    assert certs[0] == certs[1] and len(certs[0]) == 3
    save("leaf.der", certs[0][0])
    ids = [int(f.get("id")) for f in root.iter("file")]
    assert ids == sorted(set(ids))
    # the heap has no gap and ends with the file
    parts = [root.find(n) for n in ("checksum", "signature", "x-signature")]
    spans = sorted((int(e.find("offset").text), int(e.find(length).text))
                   for length, elements in (("size", parts),
                                            ("length", root.iter("data")))
                   for e in elements)
    end = 0
    for at, length in spans:
        assert at == end
        end = at + length
    assert heap + end == len(data)
    print(ALGS[alg], len(region(root.find("x-signature"))), len(ids))


main()
