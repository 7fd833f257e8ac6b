"""The AWS side of sessions in one process: API, gateway and agents.

It is the plugin's other end for tests, written from the description of the
protocol alone and sharing nothing with the plugin or with
session-manager-loopback, so that what those two misunderstand alike is seen.
Everything is on 127.0.0.1.

    gateway = Gateway()
    await gateway.start()
    agent = gateway.session(Options(kind="shell"))
    ...         # run the plugin with agent.response
    assert not agent.violations

peer_wire.py has the formats, peer_agent.py the agent's reliability and the
faults that it can be told to make, peer_kinds.py what agents do with the
bytes, peer_rig.py runs the plugin, peer_cases.py is the list of tests.
"""
import asyncio
import base64
import collections
import json
import os
import socket
import struct
import uuid

import peer_wire as wire
from peer_agent import Agent, Faults, Options
from peer_kinds import KINDS

__all__ = ["Faults", "Gateway", "Options", "KEY_ID", "SECRET"]

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
# In practice the cell number is not always percent-encoded, PROTOCOL 3.1
QUERY = "role=publish_subscribe&cell-number=AAEAAabc+def/ghi="
HIGH = 262144           # bytes kept for a socket before its agent is held


class Gateway:
    def __init__(self):
        self.sessions = {}
        self.links = set()
        self.calls = []         # (target, body) of every API call
        self.violations = []
        self.refuse = collections.Counter()     # target -> how often
        self.refusal = (500, "InternalServerError")
        self.timed_out = False  # ResumeSession has no token
        self.upgrade_status = 0     # answer upgrades with this instead
        self.raw = {}           # operation or GET -> bytes to say instead
        self.slow = {}          # operation -> seconds until it answers
        self.trickle = False    # upgrades are answered byte by byte
        self.open = True        # takes connections at all
        self.start_options = None

    async def start(self):
        loop = asyncio.get_running_loop()
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM,
                                 socket.IPPROTO_TCP)
        # before a connection is made: what waits, waits at the plugin
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.server = await loop.create_server(
            lambda: Link(self), sock=listener, backlog=512)
        self.url = "http://127.0.0.1:%d" % self.port

    def session(self, options):
        ident = "peer-" + uuid.uuid4().hex[:16]
        agent = Agent(options, ident)
        agent.handler = KINDS[options.kind](agent)
        agent.token = "token-" + uuid.uuid4().hex
        agent.target = "/v1/data-channel/%s?%s" % (ident, QUERY)
        agent.client = None
        agent.requests = set()
        agent.response = json.dumps({
            "SessionId": ident, "TokenValue": agent.token,
            "StreamUrl": "ws://127.0.0.1:%d%s" % (self.port, agent.target)})
        self.sessions[ident] = agent
        return agent

    async def stop(self):
        self.server.close()
        for agent in self.sessions.values():
            agent.stop()
        for link in list(self.links):
            link.abort()

    # --- API ----------------------------------------------------------------

    def call(self, target, headers, body):
        """(status, JSON) of an API call."""
        operation = headers.get("x-amz-target", "")
        service = {"AmazonSSM": "ssm", "TrentService": "kms"}.get(
            operation.partition(".")[0])
        wire.require(service, "API: target '%s'" % operation)
        wire.require(headers["content-type"] == "application/x-amz-json-1.1",
                     "API: content type")
        wire.require("authorization" in headers, "API: not signed")
        wire.check_sigv4("POST", target, headers, body, service, SECRET)
        request = json.loads(body)
        self.calls.append((operation, request))
        if self.refuse[operation]:
            self.refuse[operation] -= 1
            status, code = self.refusal
            return status, {"__type": code, "message": "refused here"}
        return 200, getattr(self, operation.partition(".")[2])(request)

    def ResumeSession(self, request):
        agent = self.sessions[request["SessionId"]]
        wire.require(list(request) == ["SessionId"], "ResumeSession: members")
        if self.timed_out:
            return {"SessionId": agent.ident}
        agent.token = "token-" + uuid.uuid4().hex
        agent.counts["resumes"] += 1
        return {"SessionId": agent.ident, "TokenValue": agent.token,
                "StreamUrl": "ws://127.0.0.1:1/not-to-be-used"}

    def TerminateSession(self, request):
        agent = self.sessions[request["SessionId"]]
        agent.counts["terminated"] += 1
        agent.close()
        return {"SessionId": agent.ident}

    def StartSession(self, request):
        agent = self.session(self.start_options)
        agent.start = request
        return json.loads(agent.response)

    def GenerateDataKey(self, request):
        context = request["EncryptionContext"]
        wire.require(request["NumberOfBytes"] == 64, "GenerateDataKey: size")
        agent = self.sessions[context["aws:ssm:SessionId"]]
        wire.require(request["KeyId"] == agent.options.kms,
                     "GenerateDataKey: key")
        agent.secret, agent.context = os.urandom(64), context
        blob = b"blob of " + agent.ident.encode()
        return {"KeyId": request["KeyId"],
                "CiphertextBlob": base64.b64encode(blob).decode(),
                "Plaintext": base64.b64encode(agent.secret).decode()}


class Link(asyncio.Protocol):
    """One connection of the plugin: an API call or a data channel."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.loop = asyncio.get_running_loop()
        self.transport = None
        self.buffer = bytearray()
        self.agent = None
        self.faults = None
        self.frames = None      # parser, from the upgrade on
        self.inbox = collections.deque()
        self.held = False
        self.counted = 0
        self.pipes = None
        self.cut_off = False
        self.opened = False
        self.closed_with = None

    def connection_made(self, transport):
        self.transport = transport
        self.gateway.links.add(self)
        transport.set_write_buffer_limits(HIGH)
        if not self.gateway.open:
            transport.abort()

    def connection_lost(self, exc):
        self.gateway.links.discard(self)
        self.cut_off = True
        if self.agent:
            if self.opened and not self.closed_with and not self.agent.ended:
                self.agent.counts["broken"] += 1
            self.agent.detach(self)

    def abort(self, reset=True):
        """Break the connection here and now."""
        self.cut_off = True
        if self.transport is None:
            return
        if reset:
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        self.transport.abort()

    def violate(self, text):
        where = (self.agent or self.gateway).violations
        if len(where) < 5:
            where.append(str(text))

    def data_received(self, data):
        try:
            if self.frames is None:
                self.http(data)
            elif self.pipes:
                self.pipes[1].put(data)
            else:
                self.feed(data)
        except (wire.Violation, ValueError, KeyError, TypeError) as e:
            self.violate("%s: %s" % (type(e).__name__, e))
            self.transport.abort()

    # --- HTTP ---------------------------------------------------------------

    def http(self, data):
        self.buffer += data
        head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        if not found:
            return
        lines = head.decode("ascii").split("\r\n")
        method, target, version = lines[0].split(" ")
        wire.require(version == "HTTP/1.1", "HTTP: " + version)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            wire.require(name.lower() not in headers, "HTTP: %s twice" % name)
            headers[name.lower()] = value.strip()
        if method == "GET" and "GET" in self.gateway.raw:
            self.transport.write(self.gateway.raw["GET"])
            return
        if method == "GET":
            self.upgrade(target, headers, rest)
            return
        size = int(headers["content-length"])
        if len(rest) < size:
            return
        del self.buffer[:]
        raw = self.gateway.raw.get(headers.get("x-amz-target"))
        if raw is not None:
            self.transport.write(raw)
            return
        answer = self.gateway.call(target, headers, rest[:size])
        self.loop.call_later(
            self.gateway.slow.get(headers.get("x-amz-target"), 0),
            self.reply, *answer)

    def reply(self, status, body):
        if self.transport.is_closing():
            return
        text = json.dumps(body).encode()
        self.transport.write(
            b"HTTP/1.1 %d x\r\nContent-Type: application/x-amz-json-1.1\r\n"
            b"Content-Length: %d\r\n\r\n" % (status, len(text)) + text)

    def upgrade(self, target, headers, rest):
        if self.gateway.upgrade_status:
            self.reply(self.gateway.upgrade_status, {"message": "no"})
            self.transport.close()
            return
        ident = target.partition("?")[0].rpartition("/")[2]
        agent = self.agent = self.gateway.sessions[ident]
        wire.require(target == agent.target, "upgrade: target " + target)
        wire.require(headers["upgrade"].lower() == "websocket" and
                     "upgrade" in headers["connection"].lower() and
                     headers["sec-websocket-version"] == "13" and
                     headers["host"] == "127.0.0.1:%d" % self.gateway.port,
                     "upgrade: headers %s" % headers)
        for name in ("origin", "cookie", "sec-websocket-protocol",
                     "sec-websocket-extensions"):
            wire.require(name not in headers, "upgrade: " + name)
        key = headers["sec-websocket-key"].encode()
        wire.require(len(base64.b64decode(key)) == 16, "upgrade: key")
        if "authorization" in headers:
            wire.check_sigv4("GET", target, headers, b"", "ssmmessages",
                             SECRET)
            agent.counts["signed"] += 1
        self.faults = agent.faults
        self.frames = wire.WsReader()
        if self.faults.rate or self.faults.delay:
            self.shape()
        answer = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  b"Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                  wire.ws_accept(key) + b"\r\n\r\n")
        if self.gateway.trickle:
            answer = answer.replace(b"Upgrade: w", b"uPGRADE:W")
            for i in range(len(answer)):
                self.loop.call_later(i / 2000, self.transport.write,
                                     answer[i:i + 1])
        else:
            self.transport.write(answer)
        if rest:
            self.data_received(rest)

    # --- from the plugin ----------------------------------------------------

    def feed(self, data):
        faults = self.faults
        if self.cut_off:
            return
        if faults.cut_up and self.counted_out(len(data)):
            data = data[:faults.cut - (self.counted - len(data))]
            self.inbox.extend(self.frames.feed(data))
            self.drain()
            self.abort(faults.reset)
            return
        self.inbox.extend(self.frames.feed(data))
        self.drain()

    def drain(self):
        while self.inbox and not self.held:
            self.frame(*self.inbox.popleft())

    def hold(self, on):
        """The agent does not read, or reads again."""
        self.held = on
        if self.transport.is_closing():
            return
        if on:
            self.transport.pause_reading()
        elif not self.faults.stall:
            self.transport.resume_reading()
            self.loop.call_soon(self.data_received, b"")

    def frame(self, opcode, payload):
        agent = self.agent
        if opcode == wire.PING:
            if not agent.counts["pings"]:
                wire.require(payload == b"keepalive", "ping: %r" % payload)
            agent.counts["pings"] += 1
            if not self.faults.deaf_pings:
                self.write(wire.ws_frame(wire.PONG, payload))
        elif opcode == wire.PONG:
            agent.counts["pongs"] += 1
        elif opcode == wire.CLOSE:
            self.closed_with = struct.unpack(">H", payload[:2])[0] \
                if payload else 1005
            agent.close_code = self.closed_with
            self.write(wire.ws_frame(wire.CLOSE, payload))
            self.transport.close()
        elif opcode == wire.TEXT:
            self.hello(payload)
        else:
            wire.require(self.opened, "binary message before the text frame")
            self.lossy(payload, agent.receive)

    def hello(self, payload):
        agent = self.agent
        wire.require(not self.opened, "text frame twice")
        body = json.loads(payload)
        wire.require(list(body) == ["MessageSchemaVersion", "RequestId",
                                    "TokenValue", "ClientId",
                                    "ClientVersion"],
                     "text frame: members %s" % list(body))
        wire.require(body["MessageSchemaVersion"] == "1.0", "text frame: 1.0")
        # what agents and the AWS CLI want, PROTOCOL 7.7 and 14
        version = [int(part) for part in body["ClientVersion"].split(".")]
        wire.require(len(version) == 4 and version > [1, 2, 764, 0],
                     "text frame: version %s" % version)
        wire.require(body["TokenValue"] == agent.token, "text frame: token")
        wire.require(uuid.UUID(body["RequestId"]).version == 4 and
                     body["RequestId"] not in agent.requests,
                     "text frame: RequestId")
        agent.requests.add(body["RequestId"])
        wire.require(agent.client in (None, body["ClientId"]),
                     "text frame: another ClientId")
        agent.client = body["ClientId"]
        self.opened = True
        agent.attach(self)
        if self.faults.stall:
            self.transport.pause_reading()

    # --- to the plugin ------------------------------------------------------

    def message(self, data, faulty=True):
        """A message of the agent or the service, with what goes wrong."""
        if faulty:
            self.lossy(data, self.binary)
        else:
            self.binary(data)

    def lossy(self, data, then):
        """Lose, repeat or delay a message of either direction."""
        faults, rand = self.faults, self.agent.random.random
        down = then == self.binary
        if faults.drop and rand() < faults.drop:
            self.agent.counts["lost"] += 1
            return
        if down and faults.corrupt and rand() < faults.corrupt:
            self.agent.counts["corrupted"] += 1
            data = data[:-1] + bytes([data[-1] ^ 1])
        if faults.dup and rand() < faults.dup:
            self.loop.call_later(rand() / 20, self.later, then, data)
        if faults.reorder and rand() < faults.reorder:
            self.agent.counts["reordered"] += 1
            self.loop.call_later(0.01 + rand() / 20, self.later, then, data)
            return
        then(data)

    def later(self, then, data):
        if self.cut_off:
            return
        try:
            then(data)
        except (wire.Violation, ValueError, KeyError) as e:
            self.violate(e)

    def binary(self, data):
        faults, rand = self.faults, self.agent.random.random
        opcode = wire.TEXT if faults.text else wire.BINARY
        if faults.garbage and rand() < faults.garbage:
            self.write(wire.ws_frame(wire.BINARY, self.rubbish(data)))
        ping = faults.ping and rand() < faults.ping
        if not faults.fragment:
            if ping:
                self.write(wire.ws_frame(wire.PING, b"between"))
            self.write(wire.ws_frame(opcode, data))
            return
        last = len(data) - faults.fragment
        for at in range(0, len(data), faults.fragment):
            self.write(wire.ws_frame(opcode if not at else 0,
                                     data[at:at + faults.fragment],
                                     fin=at >= last))
            if ping and at < last:
                self.write(wire.ws_frame(wire.PING, b"inside"))

    def rubbish(self, data):
        """What is no message, in one of the ways to be wrong."""
        choose = self.agent.random.randrange(6)
        if choose == 0:
            return os.urandom(self.agent.random.randrange(300))
        if choose == 1:
            return data[:119]
        if choose == 2:         # a header that ends behind the message
            return struct.pack(">I", 0xfffffff0) + data[4:]
        if choose == 3:         # no date
            return data[:40] + b"\0" * 8 + data[48:]
        if choose == 4:         # a type that nobody knows
            return data[:4] + b"agent_job".ljust(32) + data[36:]
        return data[:80] + os.urandom(32) + data[112:]

    def write(self, data):
        if self.cut_off or self.transport.is_closing():
            return
        if self.pipes:
            self.pipes[0].put(data)
        else:
            self.emit(data)

    def emit(self, data):
        faults = self.faults
        if self.cut_off:
            return
        if faults.cut and not faults.cut_up and self.counted_out(len(data)):
            self.transport.write(
                data[:faults.cut - (self.counted - len(data))])
            # what was written may arrive; then the end, or a reset
            self.cut_off = True
            self.loop.call_later(0.002, self.abort, faults.reset)
            return
        self.transport.write(data)

    def counted_out(self, size):
        if self.agent.counts["cuts"] >= self.faults.cuts:
            return False
        self.counted += size
        if self.counted < self.faults.cut:
            return False
        self.agent.counts["cuts"] += 1
        return True

    def pause_writing(self):
        if self.agent:
            self.agent.flow(False)

    def resume_writing(self):
        if self.agent:
            self.agent.flow(True)

    # --- a slow line --------------------------------------------------------

    def shape(self):
        self.pipes = (Pipe(self, self.emit, self.agent.flow),
                      Pipe(self, self.delayed, self.reading))

    def delayed(self, data):
        try:
            self.feed(data)
        except (wire.Violation, ValueError, KeyError, TypeError) as e:
            self.violate(e)
            self.abort()

    def reading(self, on):
        if not self.transport.is_closing():
            (self.transport.resume_reading if on else
             self.transport.pause_reading)()


class Pipe:
    """One direction of a line with a rate and a delay."""
    ROOM = 16384            # bytes that wait for the line
    PIECE = 512             # bytes that arrive together

    def __init__(self, link, then, flow):
        self.link = link
        self.then = then
        self.flow = flow
        self.free = 0           # when the line is free
        self.waiting = 0

    def put(self, data):
        for at in range(0, len(data), self.PIECE):
            self.put_piece(data[at:at + self.PIECE])

    def put_piece(self, data):
        faults, loop = self.link.faults, self.link.loop
        now = loop.time()
        cost = len(data) / faults.rate if faults.rate else 0
        self.free = max(now, self.free) + cost
        self.waiting += len(data)
        if faults.rate and self.waiting > self.ROOM:
            self.flow(False)
        loop.call_at(self.free, self.gone, len(data))
        loop.call_at(self.free + faults.delay, self.arrive, data)

    def gone(self, size):
        full = self.waiting > self.ROOM
        self.waiting -= size
        if full and self.waiting <= self.ROOM:
            self.flow(True)

    def arrive(self, data):
        if not self.link.cut_off:
            self.then(data)
