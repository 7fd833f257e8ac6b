"""The agent's end of a session: order, acknowledgement, resending, handshake.

It does what section 6.3 and 7 of the protocol's description say that agents
do, weaknesses included: only the oldest message is resent, by a tick of 100
ms; a message is acknowledged after it was processed; what comes before the
handshake is complete is acknowledged and thrown away. What the plugin may not
do goes to `violations`, which every test wants to be empty.
"""
import asyncio
import base64
import collections
import dataclasses
import hashlib
import json
import os
import random
import struct

import peer_wire as wire

# Messages that agents encrypt once there is a key
SEALED = (wire.DATA, wire.STDERR, wire.EXIT_CODE)


@dataclasses.dataclass
class Faults:
    """What goes wrong with a session; shares are from 0 to 1."""
    drop: float = 0         # lost, either way, data and acknowledgements
    drop_acks: float = 0    # acknowledgements of the agent that are lost
    dup: float = 0          # come twice
    reorder: float = 0      # come 10 to 60 ms late
    corrupt: float = 0      # come to the plugin with a byte changed
    delay: float = 0        # seconds that every message is late, each way
    rate: int = 0           # bytes per second, each way
    ack_delay: float = 0    # seconds between processing and acknowledging
    ack_burst: float = 0    # acknowledge all at once, every so many seconds
    max_payload: int = 0    # larger messages are lost before the agent
    early_room: int = 100000    # messages the agent keeps out of order
    fragment: int = 0       # bytes of a frame; 0: never split
    ping: float = 0         # share of messages with a ping before or inside
    text: bool = False      # messages in text frames
    garbage: float = 0      # share of messages behind one that is none
    deaf_pings: bool = False    # pings are not answered
    no_acks: bool = False   # the agent acknowledges nothing at all
    stall: bool = False     # the gateway does not read
    cut: int = 0            # bytes either way after which the socket breaks
    cuts: int = 0           # how often at most
    cut_up: bool = False    # count what comes from the plugin instead
    reset: bool = True      # with a reset, not an end
    pause: bool = True      # the agent is paused while the plugin is away
    seed: int = 1


@dataclasses.dataclass
class Options:
    kind: str = "shell"
    handshake: bool = True
    session_type: str = "Port"
    properties: object = None
    version: str = "3.3.987.0"
    message: str = ""       # CustomerMessage
    actions: tuple = ()     # further actions that are requested
    kms: str = ""           # key id
    random_challenge: bytes = b""
    argv: tuple = ("/bin/sh",)
    port: int = 0           # destination
    separate: bool = True
    nop: float = 0          # seconds between NOPs of the agent's smux
    paced: float = 0        # seconds after each message, as agents sleep
    slow_start: float = 0   # seconds until the kind is ready
    drain: float = 2        # seconds that the end waits for acknowledgements
    mute: bool = False      # never says a word
    faults: Faults = dataclasses.field(default_factory=Faults)


class Agent:
    RTO_CAP = 1.0
    TICK = 0.1
    ROOM = 100000

    def __init__(self, options, ident):
        self.options = options
        self.faults = options.faults
        self.ident = ident
        self.random = random.Random(self.faults.seed)
        self.loop = asyncio.get_running_loop()
        self.link = None
        self.handler = None
        self.violations = []
        self.counts = collections.Counter()
        # what we send
        self.next = 0
        self.flight = collections.OrderedDict()
        self.ids = {}
        self.srtt, self.var, self.rto = 0.1, 0.0, 0.2
        self.paused = False
        self.held = []
        # what we receive
        self.expect = 0
        self.early = {}
        self.seen = {}
        self.waiting = collections.deque()
        self.blocked = False
        self.acks = []
        # what was agreed on
        self.request = None
        self.secret = None      # plaintext of the data key
        self.sealer = self.opener = None
        self.answer = asyncio.Queue()
        self.greeted = not options.handshake
        self.first_input = None
        self.client_version = ""
        self.ended = False
        self.farewell = None
        self.tasks = [asyncio.create_task(self.tick())]
        if self.faults.ack_burst:
            self.tasks.append(asyncio.create_task(self.burst()))

    def violate(self, text):
        if len(self.violations) < 20:
            self.violations.append(str(text))

    # --- life ---------------------------------------------------------------

    def attach(self, link):
        """The plugin is here, for the first time or again."""
        first = self.link is None and not self.counts["links"]
        self.link = link
        self.counts["links"] += 1
        link.hold(self.blocked)
        if first and not self.options.mute:
            self.tasks.append(asyncio.create_task(self.run()))
        self.resume()
        self.flow(True)
        if self.ended:          # it was lost with a socket
            link.message(self.farewell, faulty=False)

    def detach(self, link):
        if self.link is link:
            self.link = None
            if self.faults.pause:
                self.paused = True
            if self.handler:
                self.handler.flow(False)

    def resume(self):
        """start_publication, or any message of the plugin"""
        if not self.paused:
            return
        self.paused = False
        held, self.held = self.held, []
        for data in held:
            self.transmit(data)
        if self.handler:
            self.handler.flow(True)

    def flow(self, on):
        """The link's socket is full, or has room again."""
        if self.handler:
            self.handler.flow(on and not self.paused)

    async def run(self):
        try:
            if self.options.handshake:
                await self.handshake()
            if self.options.slow_start:
                await asyncio.sleep(self.options.slow_start)
            await self.handler.start()
            self.unblock()
        except (wire.Violation, TimeoutError, asyncio.TimeoutError) as e:
            self.violate("handshake: %s" % (str(e) or "no answer"))
            self.close("handshake failed")

    async def finish(self, output=""):
        """The kind is over: drain for two seconds at most, then the end."""
        while self.handler.queue:
            await asyncio.sleep(0.01)
        for _ in range(int(self.options.drain * 100)):
            if not self.flight and not self.held:
                break
            await asyncio.sleep(0.01)
        self.close(output)

    def close(self, output=""):
        if self.ended:
            return
        self.ended = True
        body = json.dumps({
            "MessageId": "11111111-2222-4333-8444-555555555555",
            "CreatedDate": "2026-01-01T00:00:00Z", "DestinationId": "x",
            "SessionId": self.ident, "MessageType": "channel_closed",
            "SchemaVersion": 1, "Output": output}).encode()
        message = wire.Message(0, body, type_="channel_closed")
        self.farewell = message.pack()
        if self.link:
            self.link.message(self.farewell, faulty=False)

    def stop(self):
        for task in self.tasks:
            task.cancel()
        if self.handler:
            self.handler.stop()

    # --- sending ------------------------------------------------------------

    def send(self, kind, payload):
        if kind in SEALED and self.sealer:
            payload = self.sealer.seal(payload)
        message = wire.Message(kind, payload, self.next, int(self.next == 0))
        data = message.pack()
        self.ids[self.next] = message.id
        if len(self.flight) < self.ROOM:
            self.flight[self.next] = [data, self.loop.time()]
        self.next += 1
        if self.paused:
            self.held.append(data)
        else:
            self.transmit(data)

    def transmit(self, data):
        if self.link:
            self.link.message(data)

    def acknowledge(self, message):
        if self.faults.no_acks:
            return
        if self.faults.drop_acks and \
                self.random.random() < self.faults.drop_acks:
            self.counts["acks lost"] += 1
            return
        data = wire.Message(0, wire.ack_payload(message), flags=3,
                            type_=wire.ACK).pack()
        if self.faults.ack_burst:
            self.acks.append(data)
        elif self.faults.ack_delay:
            self.loop.call_later(self.faults.ack_delay, self.transmit, data)
        else:
            self.transmit(data)

    async def burst(self):
        while True:
            await asyncio.sleep(self.faults.ack_burst)
            acks, self.acks = self.acks, []
            for data in acks:
                self.transmit(data)

    async def tick(self):
        """Only the head is resent; its time is refreshed."""
        while True:
            await asyncio.sleep(self.TICK)
            if self.paused or not self.flight or not self.link:
                continue
            entry = next(iter(self.flight.values()))
            now = self.loop.time()
            if now - entry[1] > self.rto:
                entry[1] = now
                self.counts["resent"] += 1
                self.transmit(entry[0])

    def acknowledged(self, message):
        seq, ident = wire.parse_ack(message)
        wire.require(seq in self.ids, "acknowledge: %d was never sent" % seq)
        wire.require(self.ids[seq] == ident, "acknowledge: wrong id")
        entry = self.flight.pop(seq, None)
        if entry is None:
            self.counts["acks again"] += 1
            return
        sample = self.loop.time() - entry[1]
        self.var = 0.75 * self.var + 0.25 * abs(self.srtt - sample)
        self.srtt = 0.875 * self.srtt + 0.125 * sample
        self.rto = min(self.RTO_CAP, self.srtt + max(0.01, 4 * self.var))

    # --- receiving ----------------------------------------------------------

    def receive(self, data):
        """One message of the plugin."""
        message = wire.parse(data)
        self.resume()
        if message.type == wire.ACK:
            self.acknowledged(message)
            return
        wire.require(message.type == wire.INPUT,
                     "message: type '%s'" % message.type)
        wire.require(message.flags == 0, "input: flags %d" % message.flags)
        self.counts["input"] += 1
        mark = hashlib.sha256(data).digest()
        if self.seen.setdefault(message.seq, mark) != mark:
            self.violate("input: %d is other bytes when sent again" %
                         message.seq)
        if self.faults.max_payload and \
                len(message.payload) > self.faults.max_payload:
            self.counts["too large"] += 1
            return
        self.ordered(message)

    def ordered(self, message):
        if self.blocked:        # there is one reader
            self.waiting.append(message)
        elif message.seq < self.expect:
            self.counts["input again"] += 1
            self.acknowledge(message)
        elif message.seq > self.expect:
            self.counts["input early"] += 1
            if len(self.early) < self.faults.early_room:
                self.acknowledge(message)
                self.early[message.seq] = message
            else:
                self.counts["input no room"] += 1
        elif self.process(message):
            self.acknowledge(message)
            self.early.pop(self.expect, None)
            self.expect += 1
            self.drain()
        else:
            self.counts["input not ready"] += 1

    def process(self, message):
        kind = message.kind
        wire.require(kind in (wire.DATA, wire.SIZE, wire.HS_RESPONSE,
                              wire.CHALLENGE_ANSWER, wire.FLAG),
                     "input: payload type %d" % kind)
        if kind in (wire.HS_RESPONSE, wire.CHALLENGE_ANSWER):
            self.answer.put_nowait(message)
            return True
        if not self.greeted:
            self.violate("input: type %d before the handshake is complete" %
                         kind)
            return True
        if not self.options.handshake and not self.next:
            self.violate("input: before the first output")
        if self.first_input is None:
            self.first_input = kind
        payload = message.payload
        if kind == wire.DATA and self.opener:
            payload = self.opener.open(payload)
        if not self.handler.ready:
            return False
        self.handler.input(kind, payload)
        return True

    def block(self):
        """The destination takes no more: neither does the only reader."""
        self.blocked = True
        if self.link:
            self.link.hold(True)

    def unblock(self):
        if self.blocked:
            self.blocked = False
            self.loop.call_soon(self.unblocked)

    def unblocked(self):
        """Never from within process: the order would be lost."""
        try:
            self.drain()
            while self.waiting and not self.blocked:
                self.ordered(self.waiting.popleft())
        except (wire.Violation, ValueError, KeyError) as e:
            self.violate(e)
        if self.link and not self.blocked:
            self.link.hold(False)

    def drain(self):
        while self.expect in self.early and not self.blocked:
            self.process(self.early.pop(self.expect))
            self.expect += 1

    # --- handshake ----------------------------------------------------------

    async def handshake(self):
        options = self.options
        actions = [{"ActionType": "SessionType", "ActionParameters": {
            "SessionType": options.session_type,
            "Properties": options.properties}}]
        if options.kms:
            parameters = {"KMSKeyId": options.kms}
            if options.random_challenge:
                parameters["Challenge"] = base64.b64encode(
                    options.random_challenge).decode()
            actions.append({"ActionType": "KMSEncryption",
                            "ActionParameters": parameters})
        actions.extend(options.actions)
        self.send(wire.HS_REQUEST, json.dumps({
            "AgentVersion": options.version,
            "RequestedClientActions": actions}).encode())
        reply = await asyncio.wait_for(self.answer.get(), 15)
        wire.require(reply.kind == wire.HS_RESPONSE, "another type first")
        failed = self.check_response(json.loads(reply.payload), reply.payload)
        if failed:
            self.close(failed)
            raise wire.Violation(failed)
        if options.kms:
            await self.challenge()
        self.greeted = True
        self.send(wire.HS_COMPLETE, json.dumps({
            "HandshakeTimeToComplete": 12345678,
            "CustomerMessage": options.message}).encode())

    def check_response(self, body, raw):
        """The first action that failed as the agent reports it, or None."""
        self.client_version = body["ClientVersion"]
        wire.require(self.client_version.count(".") == 3, "client version %s" %
                     self.client_version)
        failed = None
        results = body["ProcessedClientActions"]
        wanted = ["SessionType"] + ["KMSEncryption"] * bool(self.options.kms)
        wanted += [action["ActionType"] for action in self.options.actions]
        wire.require([r["ActionType"] for r in results] == wanted,
                     "response: actions %s" % results)
        for result in results:
            wire.require(list(result) == ["ActionType", "ActionStatus",
                                          "ActionResult", "Error"],
                         "response: members %s" % list(result))
            if result["ActionStatus"] != 1 and not failed:
                failed = "%s failed with status %s: %s" % (
                    result["ActionType"], result["ActionStatus"],
                    result["Error"])
            elif result["ActionType"] == "KMSEncryption":
                self.check_key(result["ActionResult"])
        if len(wanted) == 1 and not failed:
            want = ('{"ClientVersion":"%s","ProcessedClientActions":['
                    '{"ActionType":"SessionType","ActionStatus":1,'
                    '"ActionResult":null,"Error":""}],"Errors":null}' %
                    self.client_version)
            wire.require(raw == want.encode(), "response: %r" % raw)
        return failed

    def check_key(self, result):
        """What KMS Decrypt would be asked; the API keeps the contexts."""
        blob = base64.b64decode(result["KMSCipherTextKey"])
        wire.require(result["KMSCipherTextHash"] is None, "response: hash")
        wire.require(self.secret and blob == b"blob of " +
                     self.ident.encode(), "response: another key")
        context = {"aws:ssm:SessionId": self.ident,
                   "aws:ssm:TargetId": "i-0123456789abcdef0"}
        if result.get("ChallengeAcknowledgement"):
            context["aws:ssm:RandomChallenge"] = base64.b64encode(
                self.options.random_challenge).decode()
        wire.require(self.context == context,
                     "response: the key was made for %s" % self.context)
        self.sealer = wire.Gcm(self.secret[:32])
        self.opener = wire.Gcm(self.secret[32:])

    async def challenge(self):
        plain = os.urandom(64)
        blob = base64.b64encode(self.sealer.seal(plain)).decode()
        self.send(wire.CHALLENGE, json.dumps({"Challenge": blob}).encode())
        reply = await asyncio.wait_for(self.answer.get(), 15)
        wire.require(reply.kind == wire.CHALLENGE_ANSWER, "type for challenge")
        blob = base64.b64decode(json.loads(reply.payload)["Challenge"])
        wire.require(self.opener.open(blob) == plain, "challenge: wrong bytes")


def flag(payload):
    wire.require(len(payload) == 4, "flag: %d bytes" % len(payload))
    return struct.unpack(">I", payload)[0]
