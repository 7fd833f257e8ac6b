"""What an agent does with a session's bytes: terminals, commands, ports."""
import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import termios

import peer_wire as wire
from peer_agent import flag

PIECE = 1024            # bytes of a message, PROTOCOL 13.4
BUDGET = 4194304        # bytes that smux keeps unread, 10.6
LOCAL = "127.0.0.1"


class Handler:
    """One kind; `ready` is false while messages are not acknowledged."""

    def __init__(self, agent):
        self.agent = agent
        self.options = agent.options
        self.ready = False
        self.open = True        # the link takes data
        self.queue = bytearray()
        self.pacer = None

    async def start(self):
        self.ready = True

    def input(self, kind, payload):
        pass

    def flow(self, on):
        self.open = on

    def stop(self):
        self.ready = False

    def out(self, data, kind=wire.DATA):
        """Bytes for the plugin, in pieces, with the agent's own pace."""
        if not self.options.paced:
            for at in range(0, len(data), PIECE):
                self.agent.send(kind, data[at:at + PIECE])
            return
        self.queue += data
        if self.pacer is None:
            self.pacer = asyncio.create_task(self.pace())
            self.agent.tasks.append(self.pacer)

    async def pace(self):
        while self.queue:
            if not self.open:
                await asyncio.sleep(0.005)
                continue
            piece = bytes(self.queue[:PIECE])
            del self.queue[:PIECE]
            self.agent.send(wire.DATA, piece)
            await asyncio.sleep(self.options.paced)
        self.pacer = None


class Shell(Handler):
    """Standard_Stream and InteractiveCommands: a real pseudo terminal."""

    def __init__(self, agent):
        super().__init__(agent)
        self.master = self.pid = None
        self.sizes = []
        self.typed = bytearray()
        self.pending = bytearray()

    async def start(self):
        self.pid, self.master = pty.fork()
        if not self.pid:
            try:
                os.execvp(self.options.argv[0], self.options.argv)
            finally:
                os._exit(127)
        os.set_blocking(self.master, False)
        self.flow(self.open)
        self.ready = True

    def flow(self, on):
        self.open = on
        if self.master is None:
            return
        if on:
            self.agent.loop.add_reader(self.master, self.readable)
        else:
            self.agent.loop.remove_reader(self.master)

    def readable(self):
        try:
            data = os.read(self.master, PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.out(data)
            return
        self.stop()
        self.agent.tasks.append(asyncio.create_task(self.agent.finish()))

    def input(self, kind, payload):
        if kind == wire.SIZE:
            self.resize(payload)
        elif kind == wire.DATA:
            self.typed += payload
            self.pending += payload
            self.push()

    def resize(self, payload):
        size = json.loads(payload)
        want = '{"cols":%d,"rows":%d}' % (size["cols"], size["rows"])
        wire.require(payload == want.encode(), "size: %r" % payload)
        self.sizes.append(payload)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack(
            "HHHH", size["rows"] & 0xffff, size["cols"] & 0xffff, 0, 0))

    def push(self):
        loop = self.agent.loop
        try:
            while self.pending and self.master is not None:
                n = os.write(self.master, self.pending)
                del self.pending[:n]
        except BlockingIOError:
            loop.add_writer(self.master, self.push)
            self.agent.block()
            return
        except OSError:
            self.pending.clear()
        if self.master is not None:
            loop.remove_writer(self.master)
        self.agent.unblock()

    def stop(self):
        self.ready = False
        if self.master is None:
            return
        self.agent.loop.remove_reader(self.master)
        self.agent.loop.remove_writer(self.master)
        os.close(self.master)
        self.master = None
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Command(Handler):
    """NonInteractiveCommands, with streams of their own or one for both."""

    def __init__(self, agent):
        super().__init__(agent)
        self.process = None
        self.typed = bytearray()

    async def start(self):
        separate = self.options.separate
        self.process = await asyncio.create_subprocess_exec(
            *self.options.argv, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE if separate else
            asyncio.subprocess.STDOUT)
        self.ready = True
        self.agent.tasks.append(asyncio.create_task(
            self.separate() if separate else self.combined()))

    async def copy(self, stream, kind):
        while True:
            data = await stream.read(PIECE)
            if not data:
                return
            while not self.open:
                await asyncio.sleep(0.005)
            self.agent.send(kind, data)
            await asyncio.sleep(self.options.paced)

    async def separate(self):
        await asyncio.gather(self.copy(self.process.stdout, wire.DATA),
                             self.copy(self.process.stderr, wire.STDERR))
        status = await self.process.wait()
        self.agent.send(wire.EXIT_CODE, b"EXIT_CODE: %d" % status)
        await self.agent.finish()

    async def combined(self):
        data, _ = await self.process.communicate()
        self.out(data)
        await self.agent.finish()

    def input(self, kind, payload):
        if kind != wire.DATA:
            return
        self.typed += payload
        for byte in payload:
            if byte in (3, 0x1c):
                self.process.send_signal(
                    signal.SIGINT if byte == 3 else signal.SIGQUIT)
                return

    def stop(self):
        self.ready = False
        if self.process and self.process.returncode is None:
            self.process.kill()


class Tcp(asyncio.Protocol):
    """One connection to the destination."""

    def __init__(self, owner):
        self.owner = owner
        self.transport = None
        self.full = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.owner.from_tcp(self, data)

    def connection_lost(self, exc):
        self.owner.tcp_lost(self)

    def pause_writing(self):
        self.full = True
        self.owner.tcp_full(self)

    def resume_writing(self):
        self.full = False
        self.owner.tcp_room(self)

    def flow(self, on):
        if self.transport and not self.transport.is_closing():
            (self.transport.resume_reading if on else
             self.transport.pause_reading)()


class Stdio(Handler):
    """A port for standard input and output, as for SSH: one connection."""

    def __init__(self, agent):
        super().__init__(agent)
        self.tcp = None
        self.flags = []

    async def dial(self):
        _, self.tcp = await self.agent.loop.create_connection(
            lambda: Tcp(self), LOCAL, self.options.port)
        self.tcp.flow(self.open)

    async def start(self):
        await self.dial()
        self.ready = True

    def input(self, kind, payload):
        if kind == wire.DATA:
            self.tcp.transport.write(payload)
        elif kind == wire.FLAG:
            self.flags.append(flag(payload))
            if self.flags[-1] == wire.TERMINATE:
                self.end()

    def end(self):
        self.stop()
        self.agent.tasks.append(asyncio.create_task(self.agent.finish()))

    def from_tcp(self, tcp, data):
        self.out(data)

    def tcp_lost(self, tcp):
        if self.tcp is tcp and self.ready:
            self.end()

    def tcp_full(self, tcp):
        self.agent.block()

    def tcp_room(self, tcp):
        self.agent.unblock()

    def flow(self, on):
        self.open = on
        if self.tcp:
            self.tcp.flow(on)

    def stop(self):
        self.ready = False
        if self.tcp and self.tcp.transport:
            self.tcp.transport.close()


class Basic(Stdio):
    """Old agents: one connection after the other, 10.3."""

    def __init__(self, agent):
        super().__init__(agent)
        self.waiting = None     # what came while dialling again

    def input(self, kind, payload):
        if kind == wire.FLAG and flag(payload) == wire.DISCONNECT:
            self.flags.append(wire.DISCONNECT)
            tcp, self.tcp = self.tcp, None
            if tcp:
                tcp.transport.close()
        elif kind != wire.DATA or self.tcp:
            super().input(kind, payload)
        elif self.waiting is not None:
            self.waiting += payload
        else:
            self.waiting = bytearray(payload)
            self.agent.tasks.append(asyncio.create_task(self.redial()))

    async def redial(self):
        await self.dial()
        data, self.waiting = self.waiting, None
        self.tcp.transport.write(bytes(data))

    def from_tcp(self, tcp, data):
        if tcp is self.tcp:
            super().from_tcp(tcp, data)

    def tcp_lost(self, tcp):
        if self.tcp is tcp:
            self.tcp = None


class Stream:
    """One smux stream and its connection."""

    def __init__(self, ident):
        self.ident = ident
        self.tcp = None
        self.waiting = []       # before the connection, or while it is full
        self.size = 0
        self.ended = False


class Mux(Handler):
    """Many connections over one session: the server's end of smux."""

    def __init__(self, agent):
        super().__init__(agent)
        self.reader = wire.SmuxReader()
        self.streams = {}
        self.accepts = asyncio.Queue()
        self.last = 1
        self.unread = 0
        self.flags = []
        self.nops = 0
        self.opened = 0

    async def start(self):
        self.ready = True
        self.agent.tasks.append(asyncio.create_task(self.accept()))
        if self.options.nop:
            self.agent.tasks.append(asyncio.create_task(self.keep_alive()))

    async def keep_alive(self):
        while True:
            self.out(wire.smux_frame(wire.NOP, 0))
            await asyncio.sleep(self.options.nop)

    def input(self, kind, payload):
        if kind == wire.FLAG:
            self.flags.append(flag(payload))
            if self.flags[-1] == wire.TERMINATE:
                self.stop()
            return
        if kind != wire.DATA:
            return
        for command, ident, data in self.reader.feed(payload):
            self.frame(command, ident, data)

    def frame(self, command, ident, data):
        stream = self.streams.get(ident)
        if command == wire.NOP:
            self.nops += 1
        elif command == wire.SYN:
            wire.require(ident == self.last + 2,
                         "smux: stream %d behind %d" % (ident, self.last))
            self.last = ident
            self.opened += 1
            self.streams[ident] = Stream(ident)
            self.accepts.put_nowait(self.streams[ident])
        elif command == wire.PSH and stream:
            wire.require(not stream.ended, "smux: data behind FIN")
            stream.waiting.append(data)
            stream.size += len(data)
            self.unread += len(data)
            self.push(stream)
            if self.unread >= BUDGET:
                self.agent.block()
        elif command == wire.PSH:
            wire.require(ident <= self.last, "smux: data without SYN")
        elif command == wire.FIN and stream:
            stream.ended = True
            self.push(stream)

    def push(self, stream):
        tcp = stream.tcp
        if not tcp or not tcp.transport:
            return
        while stream.waiting and not tcp.full:
            data = stream.waiting.pop(0)
            stream.size -= len(data)
            self.unread -= len(data)
            tcp.transport.write(data)
        if stream.ended and not stream.waiting:
            self.streams.pop(stream.ident, None)
            tcp.transport.close()
        if self.unread < BUDGET:
            self.agent.unblock()

    async def accept(self):
        """Dials one after the other, as agents do."""
        while True:
            stream = await self.accepts.get()
            tcp = Tcp(self)
            tcp.stream = stream
            try:
                await self.agent.loop.create_connection(
                    lambda: tcp, LOCAL, self.options.port)
            except OSError:
                self.agent.send(wire.FLAG, struct.pack(
                    ">I", wire.CONNECT_ERROR))
                self.finish(stream)
                continue
            stream.tcp = tcp
            tcp.flow(self.open)
            self.push(stream)

    def finish(self, stream):
        if self.streams.pop(stream.ident, None):
            self.unread -= stream.size
            self.out(wire.smux_frame(wire.FIN, stream.ident))
            if self.unread < BUDGET:
                self.agent.unblock()

    def from_tcp(self, tcp, data):
        if tcp.stream.ident not in self.streams:
            return
        for at in range(0, len(data), wire.SMUX_MAX):
            self.out(wire.smux_frame(wire.PSH, tcp.stream.ident,
                                     data[at:at + wire.SMUX_MAX]))

    def tcp_lost(self, tcp):
        self.finish(tcp.stream)

    def tcp_full(self, tcp):
        pass

    def tcp_room(self, tcp):
        self.push(tcp.stream)

    def flow(self, on):
        self.open = on
        for stream in list(self.streams.values()):
            if stream.tcp:
                stream.tcp.flow(on)

    def stop(self):
        self.ready = False
        for stream in list(self.streams.values()):
            if stream.tcp and stream.tcp.transport:
                stream.tcp.transport.abort()
        self.streams.clear()


KINDS = {"shell": Shell, "command": Command, "stdio": Stdio, "basic": Basic,
         "mux": Mux}
