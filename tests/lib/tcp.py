#!/usr/bin/env python3
"""Single connections with manners of their own, for tests.

tcp.py sink FILE PORT-FILE     write what comes to FILE
tcp.py half PORT BYTES         send BYTES, end our side, wait for as many back
tcp.py send PORT FILE          send FILE and close
tcp.py unix PATH TEXT          the same as half, over a unix socket
tcp.py idle PORT N             N connections that wait for the end of input
tcp.py lines PORT              ten short questions and answers
"""
import os
import socket
import sys

LIMIT = 30


def listen(path):
    server = socket.create_server(("127.0.0.1", 0), backlog=16)
    with open(path + ".part", "w", encoding="ascii") as out:
        out.write("%d\n" % server.getsockname()[1])
    os.rename(path + ".part", path)
    return server


def read_all(conn):
    data = b""
    while True:
        piece = conn.recv(65536)
        if not piece:
            return data
        data += piece


def connect(port):
    return socket.create_connection(("127.0.0.1", int(port)), timeout=LIMIT)


def sink(server, path):
    while True:
        conn, _ = server.accept()
        data = read_all(conn)
        with open(path, "wb") as out:
            out.write(data)
        conn.close()


def read_some(conn, size):
    data = b""
    while len(data) < size:
        piece = conn.recv(65536)
        if not piece:
            sys.exit("closed after %d bytes" % len(data))
        data += piece
    return data


def half(conn, data):
    conn.sendall(data)
    conn.shutdown(socket.SHUT_WR)
    if read_some(conn, len(data)) != data:
        sys.exit("the answer differs")


def idle(port, count):
    conns = [connect(port) for _ in range(count)]
    for number, conn in enumerate(conns):
        conn.sendall(b"%d\n" % number)
    for number, conn in enumerate(conns):
        want = b"%d\n" % number
        if read_some(conn, len(want)) != want:
            sys.exit("connection %d got something else" % number)


def lines(port):
    conn = connect(port)
    for number in range(10):
        want = b"line %d\n" % number
        conn.sendall(want)
        if read_some(conn, len(want)) != want:
            sys.exit("line %d differs" % number)


def main(verb, first, second=""):
    if verb == "sink":
        sink(listen(second), first)
    elif verb == "half":
        half(connect(first), os.urandom(int(second)))
    elif verb == "send":
        conn = connect(first)
        with open(second, "rb") as data:
            conn.sendall(data.read())
        conn.close()
    elif verb == "unix":
        conn = socket.socket(socket.AF_UNIX)
        conn.settimeout(LIMIT)
        conn.connect(first)
        half(conn, second.encode())
    elif verb == "idle":
        idle(first, int(second))
    elif verb == "lines":
        lines(first)


main(*sys.argv[1:])
