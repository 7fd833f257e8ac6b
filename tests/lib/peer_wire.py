"""The formats of a session, written from the protocol's description alone.

What the plugin sends is judged here, not merely read: every departure from
the description is a Violation, with the words of what was wrong. Nothing in
this file does input or output or knows the time.
"""
import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import os
import struct
import time
import urllib.parse
import uuid

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

INPUT, OUTPUT = "input_stream_data", "output_stream_data"
ACK = "acknowledge"
DATA, SIZE, HS_REQUEST, HS_RESPONSE, HS_COMPLETE = 1, 3, 5, 6, 7
CHALLENGE, CHALLENGE_ANSWER, FLAG, STDERR, EXIT_CODE = 8, 9, 10, 11, 12
DISCONNECT, TERMINATE, CONNECT_ERROR = 1, 2, 3

SYN, FIN, PSH, NOP = 0, 1, 2, 3
SMUX_MAX = 32768


class Violation(Exception):
    """The plugin sent what it must not send."""


def require(condition, text):
    if not condition:
        raise Violation(text)


# --- WebSocket --------------------------------------------------------------

def ws_accept(key):
    return base64.b64encode(hashlib.sha1(key + GUID).digest())


def ws_frame(opcode, payload, fin=True, rsv=0, masked=False):
    """One frame as a server sends it; the last two to be wrong on purpose."""
    head = bytearray([(0x80 if fin else 0) | rsv << 4 | opcode])
    mask = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head.append(mask | size)
    elif size < 65536:
        head += struct.pack(">BH", mask | 126, size)
    else:
        head += struct.pack(">BQ", mask | 127, size)
    return bytes(head) + (b"\0\0\0\0" if masked else b"") + payload


def unmask(key, data):
    size = len(data)
    pad = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^
            int.from_bytes(pad, "little")).to_bytes(size, "little")


class WsReader:
    """Client frames in, (opcode, payload) out; RFC 6455 to the letter."""

    def __init__(self):
        self.data = bytearray()
        self.opcode = None
        self.parts = []

    def feed(self, data):
        self.data += data
        out = []
        at = 0
        while True:
            frame = self.frame(at)
            if frame is None:
                break
            at, first, payload = frame
            whole = self.take(first, payload)
            if whole is not None:
                out.append(whole)
        del self.data[:at]
        return out

    def frame(self, at):
        data = self.data
        if len(data) - at < 6:
            return None
        first, second = data[at], data[at + 1]
        require(not first & 0x70, "WebSocket: reserved bits set")
        require(second & 0x80, "WebSocket: a client frame is not masked")
        size = second & 0x7f
        body = at + 6
        if size == 126:
            body += 2
            if len(data) < body:
                return None
            size = struct.unpack_from(">H", data, at + 2)[0]
            require(size >= 126, "WebSocket: length not minimal")
        elif size == 127:
            body += 8
            if len(data) < body:
                return None
            size = struct.unpack_from(">Q", data, at + 2)[0]
            require(size >= 65536, "WebSocket: length not minimal")
        if len(data) < body + size:
            return None
        key = bytes(data[body - 4:body])
        return body + size, first, unmask(key, data[body:body + size])

    def take(self, first, payload):
        opcode, fin = first & 0x0f, first & 0x80
        if opcode >= 8:
            require(fin and len(payload) < 126, "WebSocket: bad control frame")
            require(opcode in (CLOSE, PING, PONG), "WebSocket: unknown opcode")
            return opcode, payload
        if opcode:
            require(self.opcode is None, "WebSocket: message inside another")
            require(opcode in (TEXT, BINARY), "WebSocket: unknown opcode")
            self.opcode = opcode
        else:
            require(self.opcode is not None, "WebSocket: stray continuation")
        self.parts.append(payload)
        if not fin:
            return None
        whole = self.opcode, b"".join(self.parts)
        self.opcode, self.parts = None, []
        return whole


# --- the 120-byte message ---------------------------------------------------

HEADER = struct.Struct(">I32sIQqQ16s32sII")


class Message:
    __slots__ = ("type", "seq", "flags", "id", "kind", "payload")

    def __init__(self, kind, payload, seq=0, flags=0, type_=OUTPUT):
        self.type = type_
        self.seq = seq
        self.flags = flags
        self.id = uuid.uuid4()
        self.kind = kind
        self.payload = payload

    def pack(self):
        raw = self.id.bytes
        return HEADER.pack(
            116, self.type.encode().ljust(32), 1, int(time.time() * 1000),
            self.seq, self.flags, raw[8:] + raw[:8],
            hashlib.sha256(self.payload).digest(), self.kind,
            len(self.payload)) + self.payload


def parse(data):
    """A message of the plugin; everything about it has to be right."""
    require(len(data) > 120, "message: no payload, or shorter than its header")
    (header, type_, schema, created, seq, flags, raw, digest, kind,
     size) = HEADER.unpack_from(data)
    payload = bytes(data[120:])
    require(header == 116, "message: header length %d" % header)
    require(schema == 1, "message: schema version %d" % schema)
    require(type_ == type_.rstrip(b" ").ljust(32) and b"\0" not in type_,
            "message: type is not padded with spaces")
    require(abs(created / 1000 - time.time()) < 600,
            "message: created at %d" % created)
    require(size == len(payload), "message: length %d of %d" %
            (size, len(payload)))
    require(digest == hashlib.sha256(payload).digest(),
            "message: wrong digest")
    out = Message(kind, payload, seq, flags, type_.decode().rstrip())
    out.id = uuid.UUID(bytes=raw[8:] + raw[:8])
    require(out.id.version == 4 and out.id.variant == uuid.RFC_4122,
            "message: id %s is no random UUID" % out.id)
    return out


def ack_payload(message):
    return json.dumps({
        "AcknowledgedMessageType": message.type,
        "AcknowledgedMessageId": str(message.id),
        "AcknowledgedMessageSequenceNumber": message.seq,
        "IsSequentialMessage": True}, separators=(",", ":")).encode()


def parse_ack(message):
    """The sequence number that an acknowledgement is for, and its id."""
    require(message.seq == 0 and message.flags == 3 and message.kind == 0,
            "acknowledge: wrong header")
    body = json.loads(message.payload)
    text = ('{"AcknowledgedMessageType":"output_stream_data",'
            '"AcknowledgedMessageId":"%s",'
            '"AcknowledgedMessageSequenceNumber":%d,'
            '"IsSequentialMessage":true}' %
            (body["AcknowledgedMessageId"],
             body["AcknowledgedMessageSequenceNumber"]))
    require(message.payload == text.encode(), "acknowledge: other bytes: %r" %
            message.payload)
    return (body["AcknowledgedMessageSequenceNumber"],
            uuid.UUID(body["AcknowledgedMessageId"]))


# --- smux version 1 ---------------------------------------------------------

def smux_frame(command, stream, payload=b"", version=1):
    return struct.pack("<BBHI", version, command, len(payload),
                       stream) + payload


class SmuxReader:
    def __init__(self):
        self.data = bytearray()

    def feed(self, data):
        """Frames of the client as (command, stream, payload)."""
        self.data += data
        out = []
        at = 0
        while len(self.data) - at >= 8:
            version, command, size, stream = struct.unpack_from(
                "<BBHI", self.data, at)
            require(version == 1, "smux: version %d" % version)
            require(command <= NOP, "smux: command %d" % command)
            require(command == PSH or not size,
                    "smux: payload of %d" % command)
            require(size <= SMUX_MAX, "smux: a frame of %d bytes" % size)
            require(command != PSH or size, "smux: empty PSH")
            require((stream == 0) == (command == NOP),
                    "smux: command %d for stream %d" % (command, stream))
            if len(self.data) - at - 8 < size:
                break
            out.append((command, stream,
                        bytes(self.data[at + 8:at + 8 + size])))
            at += 8 + size
        del self.data[:at]
        return out


# --- AES-256-GCM, by the machine's libcrypto --------------------------------

def _libcrypto():
    lib = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    for name in ("EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"):
        getattr(lib, name).restype = ctypes.c_void_p
    return lib


class Gcm:
    """One direction: nonce || ciphertext || tag, no additional data."""
    lib = None

    def __init__(self, key):
        if Gcm.lib is None:
            Gcm.lib = _libcrypto()
        self.key = key

    def run(self, seal, nonce, data, tag):
        lib = self.lib
        ctx = ctypes.c_void_p(lib.EVP_CIPHER_CTX_new())
        out = ctypes.create_string_buffer(len(data) + 16)
        n = ctypes.c_int()
        mac = ctypes.create_string_buffer(tag, 16)
        good = lib.EVP_CipherInit_ex(
            ctx, ctypes.c_void_p(lib.EVP_aes_256_gcm()), None, self.key,
            nonce, seal) == 1
        if not seal:
            lib.EVP_CIPHER_CTX_ctrl(ctx, 0x11, 16, mac)
        good = good and lib.EVP_CipherUpdate(
            ctx, out, ctypes.byref(n), data, len(data)) == 1
        end = ctypes.create_string_buffer(16)
        good = lib.EVP_CipherFinal_ex(ctx, end, ctypes.byref(n)) == 1 and good
        if seal:
            lib.EVP_CIPHER_CTX_ctrl(ctx, 0x10, 16, mac)
        lib.EVP_CIPHER_CTX_free(ctx)
        require(good, "encryption: a payload that does not verify")
        return out.raw[:len(data)], mac.raw

    def seal(self, plain):
        nonce = os.urandom(12)
        data, tag = self.run(1, nonce, plain, b"\0" * 16)
        return nonce + data + tag

    def open(self, blob):
        require(len(blob) > 28, "encryption: %d bytes" % len(blob))
        return self.run(0, blob[:12], blob[12:-16], blob[-16:])[0]


# --- Signature Version 4 ----------------------------------------------------

def _quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def _canonical_query(query):
    """As the official client signs it: a bare plus is a blank."""
    pairs = []
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        pairs.append((_quote(urllib.parse.unquote_plus(name)),
                      _quote(urllib.parse.unquote_plus(value))))
    return "&".join("%s=%s" % pair for pair in sorted(pairs))


def check_sigv4(method, target, headers, body, service, secret):
    """The Authorization header of a request is right, or a Violation."""
    scheme, _, rest = headers["authorization"].partition(" ")
    require(scheme == "AWS4-HMAC-SHA256", "signature: scheme " + scheme)
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    _, date, region, name, end = parts["Credential"].split("/")
    require(name == service and end == "aws4_request",
            "signature: scope of %s" % parts["Credential"])
    signed = parts["SignedHeaders"].split(";")
    require(signed == sorted(signed) and "host" in signed and
            "x-amz-date" in signed, "signature: headers %s" % signed)
    for must in ("x-amz-target", "x-amz-security-token"):
        require(must not in headers or must in signed,
                "signature: %s is not signed" % must)
    path, _, query = target.partition("?")
    lines = [method, path, _canonical_query(query)]
    lines += ["%s:%s" % (h, " ".join(headers[h].split())) for h in signed]
    lines += ["", ";".join(signed), hashlib.sha256(body).hexdigest()]
    stamp = headers["x-amz-date"]
    text = "\n".join([scheme, stamp, "/".join((date, region, name, end)),
                      hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for part in (date, region, name, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    want = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    require(want == parts["Signature"], "signature: does not verify")
