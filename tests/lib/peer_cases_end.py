"""Ends that come early, few descriptors, and connections that die young."""
import asyncio
import json
import os
import signal
import time

import peer
import peer_wire as wire
from peer_cases_link import one_line, ready
from peer_drive import case, forward, interrupted
from peer_rig import LIMIT, TARGET, Plugin, want

START, TERMINATE = "AmazonSSM.StartSession", "AmazonSSM.TerminateSession"
KEY = "TrentService.GenerateDataKey"
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# "within a second", on a machine that does much else
SECOND = 5


async def begin(rig, how, env=None, **options):
    """A session as the AWS CLI or "start" begins it."""
    env = dict(env or {}, SSM_PLUGIN_CONNECT_SECONDS="30")
    options.update(kind="shell", session_type="Standard_Stream")
    if how == "plugin":
        return await rig.run(rig.session(**options), env=env)
    rig.gateway.start_options = peer.Options(**options)
    env["AWS_ENDPOINT_URL_SSM"] = rig.gateway.url
    return await rig.run(None, env=env, args=[
        "start", "-t", TARGET, "--region", "us-east-1"])


async def end_by(plugin, number, how):
    """A signal: it ends soon, as it says, and says why."""
    start = time.monotonic()
    await plugin.interrupt(number)
    status = await plugin.wait(LIMIT)
    took = time.monotonic() - start
    want(took < SECOND, "took %.1f s; %s" % (took, plugin.describe()))
    if number == signal.SIGINT:
        want(status == (how == "start"), "status %s" % status)
        want(plugin.out.endswith(
            b"\nCannot perform start session: interrupted\n"),
            "text: %r" % bytes(plugin.out[-100:]))
    else:
        want(status == -number, "status %s" % status)
    want(not plugin.err, "standard error: %r" % bytes(plugin.err[-300:]))


def calls(rig, operation):
    return [c[0] for c in rig.gateway.calls].count(operation)


def early(name, prepare, **options):
    """Asked to go before there is a session kind: the service is told."""
    for how in ("plugin", "start"):
        async def body(rig, how=how):
            for number in ENDS:
                del rig.gateway.calls[:]
                rig.gateway.raw.clear()
                prepare(rig.gateway)
                plugin = await begin(rig, how, **options)
                await plugin.until(
                    lambda: reached(rig.gateway, plugin), "banner")
                await asyncio.sleep(0.2)
                await end_by(plugin, number, how)
                want(calls(rig, TERMINATE) == 1, "%s: %s" % (
                    number.name, [c[0] for c in rig.gateway.calls]))
        case("early end: %s, %s" % (name, how))(body)


def reached(gateway, plugin):
    return b"Starting session" in plugin.out and gateway.links


early("the upgrade is not answered",
      lambda g: g.raw.update({"GET": b""}))
early("the target says nothing", lambda g: None, mute=True, handshake=True)
early("the key does not come", lambda g: g.raw.update({KEY: b""}),
      kms="alias/k", handshake=True)


@case("early end: a service that answers nothing does not keep us")
async def hangs(rig):
    rig.gateway.raw.update({"GET": b"", TERMINATE: b""})
    for how in ("plugin", "start"):
        for number in ENDS:
            plugin = await begin(rig, how)
            await plugin.until(lambda: reached(rig.gateway, plugin), "banner")
            await end_by(plugin, number, how)


@case("early end: while StartSession is under way")
async def starting(rig):
    for slow, ended in ((0.15, 1), (30, 0)):
        rig.gateway.slow[START] = slow
        for number in ENDS:
            del rig.gateway.calls[:]
            plugin = await begin(rig, "start", argv=("cat",))
            await plugin.until(lambda: calls(rig, START), "call")
            begun = time.monotonic()
            await plugin.interrupt(number)
            status = await plugin.wait()
            want(status == -number and not plugin.out, plugin.describe())
            want(time.monotonic() - begun < SECOND, "late")
            want(calls(rig, TERMINATE) == ended, "%d s, %s: %s" % (
                slow, number.name, rig.gateway.calls))


# --- few descriptors --------------------------------------------------------

async def few(rig, limit, **options):
    """A forward whose process may have so many descriptors."""
    args = ["-c", 'ulimit -n %d; exec "$0" "$@"' % limit, Plugin.path,
            "AWS_SSM_START_SESSION_RESPONSE", "us-east-1", "StartSession", "",
            json.dumps({"Target": TARGET}), rig.gateway.url]
    return await forward(rig, how={"args": args, "program": "/bin/sh"},
                         **options)


async def visit(port, number, gate):
    """One connection: a word there and back, and a plain close."""
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"%6d" % number)
        got = await reader.readexactly(6)
        want(got == b"%6d" % number, "%r for %d" % (got, number))
        writer.close()


@case("few descriptors: a thousand connections come and go")
async def churn(rig):
    plugin, local = await few(rig, 128)
    gate = asyncio.Semaphore(40)
    await asyncio.gather(*(visit(local, i, gate) for i in range(1000)))
    want(plugin.agent.handler.opened == 1000, "streams: %d" %
         plugin.agent.handler.opened)
    folder = "/proc/%d/fd" % plugin.process.pid
    await plugin.until(lambda: len(os.listdir(folder)) <= 80, "end of half",
                       8)       # by itself none ends before ten seconds
    await interrupted(plugin)


@case("few descriptors: more connections at once than there are")
async def crowd(rig):
    plugin, local = await few(rig, 100)
    gate, full = asyncio.Event(), []

    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", local)
        writer.write(b"%6d" % number)
        want(await reader.readexactly(6) == b"%6d" % number, "other bytes")
        full.append(number)
        await gate.wait()
        writer.close()
    everybody = asyncio.gather(*(one(i) for i in range(150)))
    try:
        await plugin.until(lambda: len(full) >= 68, "68 connections")
        await asyncio.sleep(0.2)
        want(len(full) == 68, "%d connections" % len(full))
        gate.set()      # whoever waited comes in as the others go
        await asyncio.wait_for(everybody, LIMIT)
    finally:
        everybody.cancel()
    await interrupted(plugin)


@case("few descriptors: a half-closed connection still gets its answer")
async def patience(rig):
    async def talk(reader, writer):
        data = await reader.read(6)
        if data == b"answer":
            await asyncio.sleep(0.5)
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(LIMIT)
    plugin, local = await few(rig, 128, talk=talk)
    gate = asyncio.Semaphore(10)
    await asyncio.gather(*(visit(local, i, gate) for i in range(30)))
    reader, writer = await asyncio.open_connection("127.0.0.1", local)
    writer.write(b"answer")
    writer.write_eof()
    await asyncio.gather(*(visit(local, i, gate) for i in range(15)))
    want(await reader.readexactly(6) == b"answer", "no answer")
    await interrupted(plugin)


@case("end: while connections are ending, each in its way")
async def ending(rig):
    body = bytes(3000000)

    async def talk(reader, writer):
        if await reader.readexactly(1) == b"L":
            writer.write(body)
        await writer.drain()
    for kind in ("mux", "basic"):
        plugin, local = await forward(rig, kind, talk=talk)
        writers = []
        for word in (b"L", b"Q", b"L"):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", local)
            writer.transport.pause_reading()
            writer.write(word)
            writers.append((reader, writer))
            if kind == "basic":
                await asyncio.sleep(0.1)
                writer.write_eof()
        await asyncio.sleep(0.3)
        await plugin.interrupt()
        for _, writer in writers:
            writer.close()
        await plugin.ends()


# --- connections that die young ---------------------------------------------

def die_young(agent, message):
    """From now on each connection brings one message, and ends."""
    attach = agent.attach

    def attach_and_break(link):
        attach(link)
        link.binary(message)
        link.transport.close()
        link.cut_off = True
    agent.attach = attach_and_break
    return attach


@case("resume: connections that bring one message and end")
async def one_message(rig):
    empty = b"\0\0\0\x74" + b"start_publication".ljust(32) + bytes(84)
    old = wire.Message(wire.DATA, b"ready", 0).pack()
    early_one = wire.Message(wire.DATA, b"nobody's", 1 << 20).pack()

    async def one(message):
        plugin = await ready(rig)
        agent = plugin.agent
        attach = die_young(agent, message)
        agent.link.abort()
        await asyncio.sleep(2.5)
        # 0, 150, 450, 1050, 2250 ms on the average
        want(2 <= agent.counts["resumes"] < 12, "%d resumptions" %
             agent.counts["resumes"])
        agent.attach = attach
        await plugin.type(b"back again")
        await plugin.says(b"back again")
        agent.close()
        agent.violations.clear()
        await plugin.ends()
    await asyncio.gather(*(one(m) for m in (empty, old, early_one)))


@case("resume: connections that bring nothing at all, until it gives up")
async def no_message(rig):
    plugin = await ready(rig, env={"SSM_PLUGIN_RESUME_SECONDS": "2"})
    agent = plugin.agent
    die_young(agent, b"")
    agent.link.abort()
    await plugin.ends()
    one_line(plugin, b"the session was lost")
