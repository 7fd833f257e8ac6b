#!/usr/bin/env python3
"""What stands between a client and a server, for tests.

relay.py tls PORT-FILE TARGET-PORT CERTIFICATE KEY   TLS in front of a port
relay.py proxy PORT-FILE LOG [USER:PASSWORD]         an HTTP proxy (CONNECT);
                                                     requests are written to LOG
relay.py hole PORT-FILE                              accepts and says nothing
"""
import base64
import os
import socket
import ssl
import sys
import threading


def pump(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    for conn in (source, target):
        try:
            conn.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(a, b):
    threading.Thread(target=pump, args=(a, b), daemon=True).start()
    pump(b, a)


def listen(path):
    server = socket.create_server(("127.0.0.1", 0), backlog=64)
    with open(path + ".part", "w", encoding="ascii") as out:
        out.write("%d\n" % server.getsockname()[1])
    os.rename(path + ".part", path)
    return server


def each(server, serve):
    while True:
        conn, _ = server.accept()
        threading.Thread(target=serve, args=(conn,), daemon=True).start()


def tls(path, port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(conn):
        try:
            safe = context.wrap_socket(conn, server_side=True)
        except (OSError, ssl.SSLError):
            conn.close()
            return
        join(safe, socket.create_connection(("127.0.0.1", int(port))))

    each(listen(path), serve)


def proxy(path, log, user=""):
    want = "basic " + base64.b64encode(user.encode()).decode()

    def serve(conn):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = conn.recv(4096)
            if not piece:
                return
            head += piece
        lines = head.decode("latin-1").split("\r\n")
        with open(log, "a", encoding="latin-1") as out:
            out.write(lines[0] + "\n")
        given = [x.split(":", 1)[1].strip() for x in lines
                 if x.lower().startswith("proxy-authorization:")]
        if user and (not given or given[0][:6].lower() + given[0][6:] != want):
            conn.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            conn.close()
            return
        port = int(lines[0].split()[1].rsplit(":", 1)[1])
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        # every name leads to this machine
        join(conn, socket.create_connection(("127.0.0.1", port)))

    each(listen(path), serve)


def hole(path):
    held = []
    server = listen(path)
    while True:
        held.append(server.accept())


{"tls": tls, "proxy": proxy, "hole": hole}[sys.argv[1]](*sys.argv[2:])
