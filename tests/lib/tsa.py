"""A time stamping authority on loopback: openssl ts behind HTTP.

tsa.py CERTIFICATE MODE: CERTIFICATE.pem, .key and .chain and code.cnf are in
the working folder. Prints its port. MODE is good, or what is wrong with its
answers:

  nonce     the answer to another question about the same bytes
  imprint   the answer about other bytes
  refuse    the authority says no
  status    HTTP status 503
  rubbish   bytes that are no answer
  cut       half of an answer
  hang      no answer at all
  huge      more bytes than any answer has
"""
import http.server
import subprocess
import sys
import threading

name, mode = sys.argv[1:]
lock = threading.Lock()  # of the files, and of the serial number


def reply(query):
    with open(f"{name}.tsq", "wb") as out:
        out.write(query)
    subprocess.run(
        ["openssl", "ts", "-reply", "-config", "code.cnf", "-queryfile",
         f"{name}.tsq", "-signer", f"{name}.pem", "-inkey", f"{name}.key",
         "-chain", f"{name}.chain", "-sha256", "-out", f"{name}.tsr"],
        check=True)
    with open(f"{name}.tsr", "rb") as answer:
        return answer.read()


def make_answer(query):
    body = bytearray(query)
    if mode == "nonce":
        body[-4] ^= 1  # its last byte; the end is BOOLEAN true
    elif mode == "imprint":
        body[body.index(bytes([0x04, 0x20])) + 2] ^= 1
    if mode == "refuse":
        # PKIStatusInfo: rejection, with a text
        return bytes([0x30, 18, 0x30, 16, 2, 1, 2, 0x30, 11,
                      0x0c, 9]) + b"not today"
    if mode == "rubbish":
        return b"<html>sign in first</html>"
    if mode == "huge":
        return b"\x30" * (1 << 20)
    answer = reply(bytes(body))
    return answer[:len(answer) // 2] if mode == "cut" else answer


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Type"] != "application/timestamp-query":
            self.send_error(415)
        elif mode == "hang":
            self.connection.recv(1)
        elif mode == "status":
            self.send_error(503)
        else:
            with lock:
                answer = make_answer(query)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
