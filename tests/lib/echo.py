#!/usr/bin/env python3
"""Connections that must get back what they send.

echo.py serve FILE            an echo server; its port is written to FILE
echo.py check PORT N BYTES    N connections at once, each sends and receives
                              BYTES random bytes; fails if one byte differs
"""
import hashlib
import os
import random
import socket
import sys
import threading

LIMIT = 40  # seconds without a byte


def echo(conn):
    try:
        while True:
            data = conn.recv(65536)
            if not data:
                break
            conn.sendall(data)
    except OSError:
        pass
    conn.close()


def serve(path):
    server = socket.create_server(("127.0.0.1", 0), backlog=512)
    with open(path + ".part", "w", encoding="ascii") as out:
        out.write("%d\n" % server.getsockname()[1])
    os.rename(path + ".part", path)
    while True:
        conn, _ = server.accept()
        threading.Thread(target=echo, args=(conn,), daemon=True).start()


def send(conn, data):
    try:
        conn.sendall(data)
    except OSError:
        pass


def check_one(port, size, number, wrong):
    data = random.Random(number).randbytes(size)
    got = hashlib.sha256()
    left = size
    try:
        conn = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        sender = threading.Thread(target=send, args=(conn, data), daemon=True)
        sender.start()
        while left > 0:
            piece = conn.recv(65536)
            if not piece:
                break
            got.update(piece)
            left -= len(piece)
        conn.close()
    except OSError as cause:
        wrong.append("connection %d: %s, %d bytes left" % (number, cause, left))
        return
    if got.digest() != hashlib.sha256(data).digest():
        wrong.append("connection %d: differs, %d bytes left" % (number, left))


def check(port, count, size):
    wrong = []
    threads = [
        threading.Thread(target=check_one, args=(port, size, i, wrong))
        for i in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if sys.argv[1] == "serve":
    serve(sys.argv[2])
else:
    sys.exit(check(*(int(a) for a in sys.argv[2:5])))
