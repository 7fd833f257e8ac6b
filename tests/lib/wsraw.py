#!/usr/bin/env python3
"""A WebSocket client that does what it is told, also what is wrong.

wsraw.py URL STEP...    prints what comes back, one line per frame, then "end"

Steps: open:TOKEN     the open frame with this token
       open-parts:TOKEN   the same in three fragments with a ping between
       text:S  binary:S  ping:S  cont:S  close:CODE
       bare:S         an unmasked text frame
       bits:N         a masked frame whose first byte is N
       huge:N         the header of a masked binary frame of N bytes
       message:N      a data channel message with sequence number N
       wait:SECONDS   listen so long
Listening ends with the connection or after five seconds without a frame.
"""
import base64
import hashlib
import json
import os
import socket
import struct
import sys
import time
import uuid


class Raw:
    def __init__(self, url):
        host, path = url[len("ws://"):].split("/", 1)
        name, port = host.rsplit(":", 1)
        self.sock = socket.create_connection((name, int(port)), timeout=5)
        self.buf = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(
            (
                "GET /%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n" % (path, host, key)
            ).encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.sock.recv(4096)
            if not piece:
                break
            head += piece
        head, _, self.buf = head.partition(b"\r\n\r\n")
        print(head.split(b"\r\n")[0].decode())
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        want = base64.b64encode(hashlib.sha1((key + guid).encode()).digest())
        if b"Sec-WebSocket-Accept: " + want not in head:
            print("wrong accept")

    def frame(self, first, payload, mask=True):
        size = len(payload)
        bit = 0x80 if mask else 0
        if size < 126:
            head = bytes([first, bit | size])
        else:
            head = bytes([first, bit | 126]) + struct.pack(">H", size)
        if mask:
            key = os.urandom(4)
            payload = key + bytes(b ^ key[i % 4] for i, b in enumerate(payload))
        self.sock.sendall(head + payload)

    def need(self, count):
        while len(self.buf) < count:
            piece = self.sock.recv(65536)
            if not piece:
                raise EOFError
            self.buf += piece
        out, self.buf = self.buf[:count], self.buf[count:]
        return out

    def show(self, seconds):
        until = time.time() + seconds
        names = {0: "cont", 1: "text", 2: "binary", 9: "ping", 10: "pong"}
        while time.time() < until:
            self.sock.settimeout(max(0.01, until - time.time()))
            try:
                first, size = self.need(2)
                if size & 128:
                    print("masked")
                if size & 127 == 126:
                    size = struct.unpack(">H", self.need(2))[0]
                payload = self.need(size & 0xFFFF)
            except socket.timeout:
                return True
            except (EOFError, OSError):
                return False
            op = first & 15
            if op == 8:
                code = struct.unpack(">H", payload[:2])[0] if payload else 0
                print("close %d" % code)
            elif op == 2 and len(payload) >= 120:
                kind = payload[4:36].decode().strip(" \0")
                print("binary %s %s" % (kind, payload[120:320]))
            else:
                print("%s %s" % (names.get(op, op), payload[:60]))
        return True


def opening(token):
    return json.dumps(
        {
            "MessageSchemaVersion": "1.0",
            "RequestId": str(uuid.uuid4()),
            "TokenValue": token,
            "ClientId": str(uuid.uuid4()),
            "ClientVersion": "1.3.0.0",
        }
    ).encode()


def message(number):
    body = b"echo\r"
    return (
        struct.pack(
            ">I32sIQqQ",
            116,
            b"input_stream_data".ljust(32),
            1,
            int(time.time() * 1000),
            number,
            0,
        )
        + os.urandom(16)
        + hashlib.sha256(body).digest()
        + struct.pack(">II", 1, len(body))
        + body
    )


def step(raw, name, value):
    if name == "open":
        raw.frame(0x81, opening(value))
    elif name == "open-parts":
        text = opening(value)
        raw.frame(0x01, text[:10])
        raw.frame(0x89, b"between")
        raw.frame(0x00, text[10:20])
        raw.frame(0x80, text[20:])
    elif name == "bare":
        raw.frame(0x81, value.encode(), mask=False)
    elif name == "bits":
        raw.frame(int(value, 0), b"x")
    elif name == "huge":
        raw.sock.sendall(b"\x82\xff" + struct.pack(">Q", int(value)) + b"abcd")
    elif name == "message":
        raw.frame(0x82, message(int(value)))
    elif name == "close":
        raw.frame(0x88, struct.pack(">H", int(value)))
    elif name == "wait":
        return raw.show(float(value))
    else:
        ops = {"text": 0x81, "binary": 0x82, "ping": 0x89, "cont": 0x80}
        raw.frame(ops[name], value.encode())
    return True


def main():
    raw = Raw(sys.argv[1])
    try:
        for word in sys.argv[2:]:
            name, _, value = word.partition(":")
            if not step(raw, name, value):
                break
        else:
            if raw.show(5):
                print("still open")
                return
    except OSError:
        pass
    print("end")


main()
