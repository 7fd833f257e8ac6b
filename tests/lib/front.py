#!/usr/bin/env python3
"""An HTTP proxy that answers as what stands between a user and AWS may.

front.py PORT-FILE LOG MODES FOLDER

Every CONNECT is written to LOG and answered as MODES says, a file with lines
"PREFIX MODE" that is read each time; the first whose PREFIX begins the host
(or is "*") counts. A number is the status of the proxy itself. "portal"
lets through and then speaks HTTP without TLS, "close" says nothing, any other
word is a certificate, FOLDER/MODE.pem, behind which 404 is answered.
"""
import os
import socket
import ssl
import sys
import threading

PLAIN = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n" \
        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
ANSWER = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n" \
         b"Connection: close\r\n\r\n"


def mode_of(path, host):
    with open(path, encoding="ascii") as lines:
        for line in lines:
            prefix, mode = line.split()
            if prefix == "*" or host.startswith(prefix):
                return mode
    return "close"


def head_of(conn):
    head = b""
    while b"\r\n\r\n" not in head:
        piece = conn.recv(4096)
        if not piece:
            return ""
        head += piece
    return head.decode("latin-1").split("\r\n")[0]


def serve(conn, log, modes, folder):
    conn.settimeout(30)
    line = head_of(conn)
    with open(log, "a", encoding="latin-1") as out:
        out.write(line + "\n")
    mode = mode_of(modes, line.split()[1])
    if mode.isdigit():
        conn.sendall(b"HTTP/1.1 %s No\r\nContent-Length: 0\r\n\r\n"
                     % mode.encode())
        return
    conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    if mode == "portal":
        conn.sendall(PLAIN)
        return
    if mode == "close":
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{mode}.pem", f"{folder}/{mode}.key")
    with context.wrap_socket(conn, server_side=True) as safe:
        head_of(safe)
        safe.sendall(ANSWER)


def guarded(conn, *rest):
    with conn:
        try:
            serve(conn, *rest)
        except (OSError, IndexError):
            pass


def main(path, *rest):
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(path + ".part", "w", encoding="ascii") as out:
        out.write("%d\n" % server.getsockname()[1])
    os.rename(path + ".part", path)
    while True:
        conn, _ = server.accept()
        threading.Thread(target=guarded, args=(conn,) + rest,
                         daemon=True).start()


main(*sys.argv[1:])
