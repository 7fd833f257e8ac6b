"""A time stamping authority on loopback: openssl ts behind HTTP.

tsa.py CERTIFICATE MODE [SECONDS]: CERTIFICATE.pem, .key and .chain and code.cnf are in
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

With SECONDS the time is not now but that many seconds after 1970, which
openssl ts cannot do: the token is put together here, RFC 3161, and signed by
openssl cms.
"""
import datetime
import http.server
import subprocess
import sys
import threading

name, mode = sys.argv[1:3]
moment = int(sys.argv[3]) if len(sys.argv) > 3 else None
lock = threading.Lock()  # of the files, and of the serial number


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + body


def elements(body):
    """(tag, whole element, its content) of each in a SEQUENCE's content."""
    at = 0
    while at < len(body):
        size, head = body[at + 1], 2
        if size > 127:
            head += size & 127
            size = int.from_bytes(body[at + 2:at + head], "big")
        end = at + head + size
        yield body[at], body[at:end], body[at + head:end]
        at = end


def reply_of(query, seconds):
    """The answer with this time."""
    (_, _, body), = elements(query)
    parts = list(elements(body))
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    policy = bytes([0x06, 4, 0x2A, 3, 4, 1])
    nonce = [whole for tag, whole, _ in parts[2:] if tag == 0x02]
    info = der(0x30, der(0x02, b"\1"), policy, parts[1][1],
               der(0x02, b"\7"),
               der(0x18, when.strftime("%Y%m%d%H%M%SZ").encode()), *nonce)
    with open(f"{name}.chain") as chain:
        above = chain.read().partition("-----END CERTIFICATE-----\n")[2]
    with open(f"{name}.above", "w") as out:
        out.write(above)  # openssl cms adds the signer's by itself
    token = subprocess.run(
        ["openssl", "cms", "-sign", "-binary", "-nodetach", "-cades",
         "-md", "sha256", "-econtent_type", "1.2.840.113549.1.9.16.1.4",
         "-signer", f"{name}.pem", "-inkey", f"{name}.key",
         "-certfile", f"{name}.above", "-outform", "DER"],
        input=info, stdout=subprocess.PIPE, check=True).stdout
    return der(0x30, der(0x30, der(0x02, b"\0")), token)


def reply(query):
    if moment is not None:
        return reply_of(query, moment)
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
