#!/usr/bin/env python3
"""A server of files that does not do what it says, for tests.

badhttp.py PORT-FILE LOG MODES FOLDER [CERTIFICATE KEY]

Serves FOLDER; with a certificate over TLS. Every request is written to LOG.
MODES is a file with lines "PART MODE" that is read each time; the first whose
PART is in the path (or is "*") counts:

  plain      as it should
  stall      half of the file, then silence until the client goes
  short      a Content-Length that is larger than what comes
  endless    more and more, without a length
  size=N     a Content-Length of N before the file
  302=URL    a redirect to URL, with the path behind it
  N          that status
"""
import os
import socket
import ssl
import sys
import threading

CHUNK = b"x" * 65536


def mode_of(modes, path):
    with open(modes, encoding="ascii") as lines:
        for line in lines:
            part, mode = line.split()
            if part == "*" or part in path:
                return mode
    return "plain"


def head(conn, status, *fields):
    lines = (f"HTTP/1.1 {status} X", "Connection: close") + fields
    conn.sendall("\r\n".join(lines + ("", "")).encode())


def answer(conn, path, mode, folder):
    if mode.startswith("302="):
        head(conn, 302, f"Location: {mode[4:]}{path}", "Content-Length: 0")
        return
    name = folder + path
    if mode.isdigit() or not os.path.isfile(name):
        head(conn, mode if mode.isdigit() else 404, "Content-Length: 0")
        return
    with open(name, "rb") as file:
        data = file.read()
    if mode == "endless":
        head(conn, 200)
        while True:
            conn.sendall(CHUNK)
    size = len(data)
    if mode == "short":
        size += 1000
    elif mode.startswith("size="):
        size = int(mode[5:])
    head(conn, 200, f"Content-Length: {size}")
    if mode == "stall":
        conn.sendall(data[:len(data) // 2])
        conn.recv(1)
        return
    conn.sendall(data)


def serve(conn, log, modes, folder):
    request = b""
    while b"\r\n\r\n" not in request:
        piece = conn.recv(4096)
        if not piece:
            return
        request += piece
    line = request.decode("latin-1").split("\r\n")[0]
    with open(log, "a", encoding="latin-1") as out:
        out.write(line + "\n")
    path = line.split()[1]
    answer(conn, path, mode_of(modes, path), folder)


def guarded(conn, context, *rest):
    with conn:
        try:
            if context:
                with context.wrap_socket(conn, server_side=True) as safe:
                    serve(safe, *rest)
            else:
                serve(conn, *rest)
        except (OSError, IndexError):
            pass


def main(port_file, log, modes, folder, certificate="", key=""):
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(port_file + ".part", "w", encoding="ascii") as out:
        out.write("%d\n" % server.getsockname()[1])
    os.rename(port_file + ".part", port_file)
    while True:
        conn, _ = server.accept()
        threading.Thread(target=guarded,
                         args=(conn, context, log, modes, folder),
                         daemon=True).start()


main(*sys.argv[1:])
