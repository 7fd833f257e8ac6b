"""Runs the plugin against the peer, and looks at what came of it."""
import asyncio
import hashlib
import json
import os
import pty
import signal
import struct
import sys
import termios
import fcntl

import peer

LIMIT = 45              # seconds; what is awaited comes at once
TARGET = "i-0123456789abcdef0"


class Failed(Exception):
    """A test did not see what it wanted."""


def want(condition, text):
    if not condition:
        raise Failed(text)


def same(got, expected, what):
    """Bytes are the same, or: where the first difference is."""
    if got == expected:
        return
    at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b),
              min(len(got), len(expected)))
    raise Failed("%s: %d bytes for %d, differ at %d: %r for %r" % (
        what, len(got), len(expected), at, bytes(got[at:at + 40]),
        bytes(expected[at:at + 40])))


class Plugin:
    """One run of the program under test."""
    path = None

    def __init__(self, gateway, agent):
        self.gateway = gateway
        self.agent = agent
        self.out = bytearray()
        self.err = bytearray()
        self.process = None
        self.master = None
        self.readers = []
        self.news = asyncio.Event()

    async def start(self, tty=False, env=None, args=None, stdin=True,
                    out=asyncio.subprocess.PIPE, ignore=(), program=None):
        full = {k: v for k, v in os.environ.items()
                if not k.startswith(("AWS_", "SSM_PLUGIN_"))}
        full.update({
            "AWS_ACCESS_KEY_ID": peer.KEY_ID,
            "AWS_SECRET_ACCESS_KEY": peer.SECRET,
            "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent",
            "AWS_ENDPOINT_URL_KMS": self.gateway.url, "TZ": "UTC"})
        if self.agent:
            full["AWS_SSM_START_SESSION_RESPONSE"] = self.agent.response
        full.update(env or {})
        if args is None:
            args = ["AWS_SSM_START_SESSION_RESPONSE", "us-east-1",
                    "StartSession", "", json.dumps({"Target": TARGET}),
                    self.gateway.url]
        source = asyncio.subprocess.PIPE
        slave = None
        if tty:
            self.master, slave = pty.openpty()
            self.resize(33, 101)
            source = slave
            if out == asyncio.subprocess.PIPE:
                out = slave
            self.before = termios.tcgetattr(self.master)
        elif not stdin:
            source = asyncio.subprocess.DEVNULL
        self.process = await asyncio.create_subprocess_exec(
            program or self.path, *args, stdin=source, stdout=out,
            stderr=asyncio.subprocess.PIPE, env=full, start_new_session=True,
            limit=1 << 20, preexec_fn=lambda: [
                signal.signal(number, signal.SIG_IGN) for number in ignore])
        if tty:
            os.close(slave)
            os.set_blocking(self.master, False)
            asyncio.get_running_loop().add_reader(self.master, self.from_tty)
        elif self.process.stdout:
            self.readers.append(asyncio.create_task(
                self.read(self.process.stdout, self.out)))
        self.readers.append(asyncio.create_task(
            self.read(self.process.stderr, self.err)))
        return self

    async def read(self, stream, buffer):
        while True:
            data = await stream.read(65536)
            if not data:
                return
            buffer += data
            self.news.set()

    def from_tty(self):
        try:
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self.master)
        self.out += data
        self.news.set()

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))

    async def until(self, condition, what, limit=LIMIT):
        """Wait for a condition on what was printed, or on anything else."""
        end = asyncio.get_running_loop().time() + limit
        while not condition():
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                raise Failed("no %s after %d s; %s" % (what, limit,
                                                       self.describe()))
            if self.process.returncode is not None and not self.news.is_set():
                await asyncio.sleep(0.05)
                if not condition():
                    raise Failed("ended without %s; %s" % (what,
                                                           self.describe()))
                return
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), min(left, 0.05))
            except asyncio.TimeoutError:
                pass

    async def says(self, text, limit=LIMIT):
        await self.until(lambda: text in self.out, repr(text), limit)

    async def type(self, data):
        if self.master is None:
            self.process.stdin.write(data)
            await self.process.stdin.drain()
            return
        for _ in range(LIMIT * 200):
            try:
                data = data[os.write(self.master, data):]
            except BlockingIOError:
                await asyncio.sleep(0.005)
            if not data:
                return
        raise Failed("the terminal takes no input; " + self.describe())

    def describe(self):
        agent = self.agent
        text = "status %s, out ...%r, err %r" % (
            self.process.returncode, bytes(self.out[-120:]),
            bytes(self.err[-400:]))
        if agent:
            text += ", %s, in flight %d, violations %s" % (
                dict(agent.counts), len(agent.flight), agent.violations)
        return text

    async def wait(self, limit=LIMIT):
        try:
            await asyncio.wait_for(self.process.wait(), limit)
        except asyncio.TimeoutError:
            raise Failed("does not end; " + self.describe()) from None
        await asyncio.wait_for(asyncio.gather(*self.readers), LIMIT)
        if self.master is not None:
            self.from_tty()
        return self.process.returncode

    def restored(self):
        """The terminal is as it was before."""
        now = termios.tcgetattr(self.master)
        want(now == self.before, "the terminal is left changed: %s for %s" %
             (now[:4], self.before[:4]))

    def banner(self):
        return b"\nStarting session with SessionId: %s\n" % \
            self.agent.ident.encode()

    def goodbye(self):
        return b"\n\nExiting session with sessionId: %s.\n\n" % \
            self.agent.ident.encode()

    async def ends(self, status=0, limit=LIMIT, quiet=True):
        """It ends by itself with that status and nothing on stderr."""
        got = await self.wait(limit)
        want(got == status, "status %s for %s; %s" % (got, status,
                                                      self.describe()))
        if quiet:
            want(not self.err, "standard error: %r" % bytes(self.err[-600:]))
        self.lawful()

    def lawful(self):
        want(b"Sanitizer" not in self.err and b"runtime error" not in self.err,
             "sanitizer: %r" % bytes(self.err[-1500:]))
        want(not self.agent.violations, "violations: %s; %s" %
             (self.agent.violations, dict(self.agent.counts)))
        want(not self.gateway.violations, "violations: %s" %
             self.gateway.violations)

    async def kill(self):
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        for task in self.readers:
            task.cancel()
        if self.master is not None:
            asyncio.get_running_loop().remove_reader(self.master)
            os.close(self.master)

    async def interrupt(self, *signals):
        for number in signals or (signal.SIGINT,):
            self.process.send_signal(number)


class Rig:
    """The peer and the programs of one test."""

    def __init__(self):
        self.gateway = peer.Gateway()
        self.plugins = []
        self.servers = []

    async def run(self, agent, **how):
        plugin = Plugin(self.gateway, agent)
        self.plugins.append(plugin)
        await plugin.start(**how)
        return plugin

    def session(self, **options):
        return self.gateway.session(peer.Options(**options))

    async def serve(self, talk):
        """A destination on a port of its own."""
        async def guarded(reader, writer):
            try:
                await talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError,
                    asyncio.CancelledError):
                pass
            finally:
                writer.close()
        server = await asyncio.start_server(guarded, "127.0.0.1", 0,
                                            backlog=512, limit=1 << 18)
        self.servers.append(server)
        return server.sockets[0].getsockname()[1]

    async def __aenter__(self):
        await self.gateway.start()
        return self

    async def __aexit__(self, *_):
        for plugin in self.plugins:
            await plugin.kill()
        await self.gateway.stop()
        for server in self.servers:
            server.close()


async def echo(reader, writer):
    while True:
        data = await reader.read(65536)
        if not data:
            return
        writer.write(data)
        await writer.drain()


async def exchange(port, data, half_close=False):
    """Send everything, read as much back: the same, or Failed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port,
                                                   limit=1 << 20)

    async def send():
        writer.write(data)
        await writer.drain()
        if half_close:
            writer.write_eof()
    sender = asyncio.create_task(send())
    got = bytearray()
    try:
        while len(got) < len(data):
            piece = await reader.read(65536)
            if not piece:
                break
            got += piece
        same(got, data, "what came back")
    finally:
        sender.cancel()
        writer.close()


def pattern(size, seed=0):
    """Bytes that say where they are: no piece of it is like another."""
    out = bytearray()
    i = seed
    while len(out) < size:
        out += hashlib.sha512(struct.pack(">Q", i)).digest()
        i += 1
    return bytes(out[:size])


async def suite(cases, jobs, seconds):
    """Runs (name, coroutine function) pairs; TAP on standard output."""
    gate = asyncio.Semaphore(jobs)
    total = [0, 0]

    async def one(name, function):
        async with gate:
            why = None
            start = asyncio.get_running_loop().time()
            try:
                async with Rig() as rig:
                    try:
                        await asyncio.wait_for(function(rig), seconds)
                    except asyncio.TimeoutError:
                        raise Failed("still not done after %d s; %s" % (
                            seconds, "; ".join(p.describe()
                                               for p in rig.plugins)))
            except Failed as e:
                why = str(e)
            except Exception as e:      # the peer's own fault: say where
                import traceback
                why = "%r\n%s" % (e, traceback.format_exc())
            total[0] += 1
            total[1] += why is not None
            took = asyncio.get_running_loop().time() - start
            print("%sok %d - %s" % ("not " if why else "", total[0], name))
            if why:
                for line in why.splitlines():
                    print("# " + line)
            if took > 5:
                print("# took %.1f s" % took)
            sys.stdout.flush()
    await asyncio.gather(*(one(*case) for case in cases))
    print("1..%d" % total[0])
    return total[1] == 0
