"""Ports: one connection, many, old agents, and smux to the letter."""
import asyncio
import json
import os
import re
import socket
import struct

import peer
import peer_wire as wire
from peer import Faults
from peer_drive import (KEEPALIVE, MODERN, OLDEST, case, forward,
                        interrupted, ssh)
from peer_rig import LIMIT, TARGET, exchange, pattern, same, want


async def dial(port):
    return await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)


async def reset(writer):
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    writer.transport.abort()


@case("mux: texts")
async def texts(rig):
    plugin, local = await forward(rig)
    await exchange(local, b"hello")
    await exchange(local, b"again")
    await interrupted(plugin)
    ident = plugin.agent.ident
    same(plugin.out, ("\nStarting session with SessionId: %s\n"
                      "Port %d opened for sessionId %s.\n"
                      "Waiting for connections...\n"
                      "\nConnection accepted for session [%s]\n"
                      "Terminate signal received, exiting.\n"
                      "\n\nExiting session with sessionId: %s.\n\n" %
                      (ident, local, ident, ident, ident)).encode(),
         "standard output")
    want(plugin.agent.handler.flags == [wire.TERMINATE], "flags: %s" %
         plugin.agent.handler.flags)
    want(plugin.agent.close_code == 1000, "WebSocket: %s" %
         plugin.agent.close_code)


@case("mux: a hundred connections at once")
async def hundred(rig):
    plugin, local = await forward(rig)
    await asyncio.gather(*(exchange(local, pattern(3000, i * 1000))
                           for i in range(100)))
    want(plugin.agent.handler.opened == 100, "streams: %d" %
         plugin.agent.handler.opened)
    await interrupted(plugin)


@case("mux: a reset reaches the target at once")
async def reset_at_once(rig):
    plugin, local = await forward(rig)
    reader, writer = await dial(local)
    writer.write(b"x")
    await reader.readexactly(1)
    await reset(writer)
    await plugin.until(lambda: not plugin.agent.handler.streams, "FIN", 5)
    await interrupted(plugin)


@case("mux: connections that come and go, some with a reset")
async def churn(rig):
    plugin, local = await forward(rig, faults=Faults(reorder=0.05))

    async def one(i):
        reader, writer = await dial(local)
        writer.write(pattern(40000, i))
        if i % 3 == 0:
            await reset(writer)
            return
        got = await reader.readexactly(1000)
        same(got, pattern(1000, i), "what came back")
        if i % 3 == 1:
            await reset(writer)
        else:
            writer.close()
    await asyncio.gather(*(one(i) for i in range(30)))
    await exchange(local, pattern(100000))
    await interrupted(plugin)


@case("mux: the destination refuses")
async def refused(rig):
    plugin, local = await forward(rig, talk=None)
    reader, writer = await dial(local)
    writer.write(b"anybody there?")
    want(await reader.read() == b"", "bytes from nowhere")
    text = b"\nConnection to destination port failed, check SSM Agent logs.\n"
    await plugin.says(text)
    writer.close()
    await interrupted(plugin)
    want(plugin.out.count(text) == 1, "said %d times" % plugin.out.count(text))


@case("mux: a destination that answers and closes at once")
async def answer_and_close(rig):
    body = pattern(300000)

    async def talk(reader, writer):
        await reader.readuntil(b"\n")
        writer.write(body)
        await writer.drain()
    plugin, local = await forward(rig, talk=talk)

    async def one():
        reader, writer = await dial(local)
        writer.write(b"GET\n")
        got = await reader.read(-1)
        writer.close()
        same(got, body, "the answer")
    await asyncio.gather(*(one() for _ in range(5)))
    await interrupted(plugin)


@case("mux: a request whose sender ends its side waits for the answer")
async def half_close(rig):
    async def talk(reader, writer):
        await reader.readexactly(5)
        await asyncio.sleep(0.3)
        writer.write(b"answer")
        await writer.drain()
    plugin, local = await forward(rig, talk=talk)
    reader, writer = await dial(local)
    writer.write(b"query")
    writer.write_eof()
    same(await reader.read(-1), b"answer", "the answer")
    await interrupted(plugin)


@case("mux: a connection that is not read does not stop the others")
async def lazy(rig):
    async def talk(reader, writer):
        if await reader.readexactly(1) == b"L":
            writer.write(bytes(2000000))
            await asyncio.sleep(LIMIT)
        writer.write(b"quick")
        await writer.drain()
    plugin, local = await forward(rig, talk=talk)
    _, idle = await dial(local)
    idle.write(b"L")
    for _ in range(5):
        reader, writer = await dial(local)
        writer.write(b"Q")
        same(await asyncio.wait_for(reader.read(-1), LIMIT), b"quick",
             "the other connection")
    idle.transport.abort()
    await interrupted(plugin)


@case("mux: a connection that is not read for long stops at the budget")
async def lazier(rig):
    body = pattern(9 << 20)

    async def talk(reader, writer):
        if await reader.readexactly(1) == b"L":
            writer.write(body)
        else:
            writer.write(b"quick")
        await writer.drain()
    plugin, local = await forward(rig, talk=talk)
    reader, idle = await dial(local)
    idle.transport.pause_reading()
    idle.write(b"L")
    await asyncio.sleep(1)
    other, writer = await dial(local)
    writer.write(b"Q")
    await asyncio.sleep(0.2)
    idle.transport.resume_reading()
    same(await reader.read(-1), body, "the slow one")
    same(await other.read(-1), b"quick", "the other")
    await interrupted(plugin)


@case("mux: a destination that does not read holds the sender, no more")
async def deaf_destination(rig):
    gate = asyncio.Event()
    got = bytearray()

    async def talk(reader, writer):
        await gate.wait()
        while True:
            data = await reader.read(65536)
            if not data:
                return
            got.extend(data)
    plugin, local = await forward(rig, talk=talk)
    data = pattern(12 << 20)
    _, writer = await dial(local)
    writer.write(data)
    await asyncio.sleep(1)
    with open("/proc/%d/statm" % plugin.process.pid, encoding="ascii") as f:
        pages = int(f.read().split()[1])
    with open(plugin.path, "rb") as f:
        checked = b"__asan_init" in f.read()
    want(checked or pages * os.sysconf("SC_PAGESIZE") < 40 << 20,
         "%d pages of memory" % pages)
    gate.set()
    await plugin.until(lambda: len(got) >= len(data), "all bytes")
    same(got, data, "what arrived")
    writer.close()
    await interrupted(plugin)


@case("mux: frames as the format allows them")
async def odd_frames(rig):
    plugin, local = await forward(rig)
    reader, writer = await dial(local)
    writer.write(b"x")
    await reader.readexactly(1)
    handler = plugin.agent.handler
    frame, data = wire.smux_frame, pattern(65535)
    handler.out(frame(wire.NOP, 0) + frame(wire.PSH, 3) +
                frame(wire.PSH, 99, b"for nobody") + frame(wire.FIN, 97) +
                frame(wire.SYN, 3) + frame(wire.PSH, 3, data) +
                frame(wire.NOP, 0))
    for byte in frame(wire.PSH, 3, b"byte by byte"):
        plugin.agent.send(wire.DATA, bytes([byte]))
    plugin.agent.send(wire.EXIT_CODE, b"not for the stream")
    plugin.agent.send(wire.FLAG, b"\0\0\0\x63")
    got = await reader.readexactly(65535 + 12)
    same(got, data + b"byte by byte", "what the connection got")
    writer.close()
    await interrupted(plugin)


@case("mux: frames of another version end it with one line")
async def wrong_version(rig):
    plugin, _ = await forward(rig)
    plugin.agent.handler.out(wire.smux_frame(wire.PSH, 3, b"x", version=2))
    await plugin.ends()
    lines = plugin.out.decode().splitlines()
    want(any(line.startswith("Cannot perform start session: ")
             for line in lines), "text: %s" % lines)


@case("mux: agents with keep-alive of their own")
async def keep_alive(rig):
    plugin, local = await forward(rig, version=KEEPALIVE, nop=0.05)
    await exchange(local, pattern(50000))
    await interrupted(plugin)


@case("mux: nobody's NOPs while agents are modern")
async def no_keep_alive(rig):
    plugin, _ = await forward(rig, version=MODERN)
    before = plugin.agent.counts["input"]
    await asyncio.sleep(11)
    want(plugin.agent.counts["input"] == before, "it said something")
    await interrupted(plugin)


@case("mux: NOPs for agents that want them")
async def wants_keep_alive(rig):
    plugin, _ = await forward(rig, version=KEEPALIVE)
    await plugin.until(lambda: plugin.agent.handler.nops, "NOP", 20)
    await interrupted(plugin)


@case("mux: unix socket")
async def unix(rig):
    path = "%s/peer-%d-100%%s.sock" % (os.environ.get("TMPDIR", "/tmp"),
                                      os.getpid())
    agent = rig.session(kind="mux", port=await rig.serve(peer_echo),
                        properties={"portNumber": "1",
                                    "type": "LocalPortForwarding",
                                    "localUnixSocket": path,
                                    "localConnectionType": "unix"})
    plugin = await rig.run(agent, stdin=False)
    await plugin.says(("Unix socket %s opened for sessionId %s.\nWaiting for "
                       "connections...\n" % (path, agent.ident)).encode())
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"through the file system")
    same(await reader.readexactly(23), b"through the file system", "echo")
    writer.close()
    await interrupted(plugin)
    want(not os.path.exists(path), "the socket is left behind")


async def peer_echo(reader, writer):
    while True:
        data = await reader.read(65536)
        if not data:
            return
        writer.write(data)


@case("mux: larger messages where the agent takes them")
async def payload_taken(rig):
    plugin, local = await forward(rig, env={"SSM_PLUGIN_PAYLOAD": "16384"})
    await exchange(local, pattern(2000000))
    want(plugin.agent.counts["input"] < 1000, "messages: %d" %
         plugin.agent.counts["input"])
    await interrupted(plugin)


@case("mux: larger messages where the agent drops them")
async def payload_dropped(rig):
    plugin, local = await forward(rig, faults=Faults(max_payload=1024),
                                  env={"SSM_PLUGIN_PAYLOAD": "16384"})
    await exchange(local, pattern(500000))
    want(plugin.agent.counts["too large"] > 0, "none was tried")
    plugin.agent.violations[:] = [v for v in plugin.agent.violations
                                  if "other bytes" not in v]
    await interrupted(plugin)


@case("mux: larger messages on a bad line")
async def payload_lossy(rig):
    for seed in range(3):
        plugin, local = await forward(
            rig, faults=Faults(drop=0.03, dup=0.1, reorder=0.05,
                               drop_acks=0.2, seed=seed),
            env={"SSM_PLUGIN_PAYLOAD": "4096"})
        await exchange(local, pattern(150000))
        plugin.agent.violations[:] = [v for v in plugin.agent.violations
                                      if "other bytes" not in v]
        await interrupted(plugin)


@case("mux: Ctrl-C while the agent answers nothing")
async def interrupt_unanswered(rig):
    plugin, local = await forward(rig)
    plugin.agent.faults.no_acks = True
    reader, writer = await dial(local)
    writer.write(pattern(100000))
    await asyncio.sleep(0.3)
    await plugin.interrupt()
    await plugin.ends(limit=5)
    writer.close()
    del reader


@case("mux: Ctrl-C while the gateway does not read")
async def interrupt_stalled(rig):
    plugin, local = await forward(rig)
    link = plugin.agent.link
    link.faults.stall = True
    link.transport.pause_reading()
    _, writer = await dial(local)
    writer.write(pattern(9000000))
    await asyncio.sleep(0.5)
    await plugin.interrupt()
    await plugin.ends(limit=5)
    writer.close()


@case("mux: the port is taken")
async def taken(rig):
    port = await rig.serve(peer_echo)
    agent = rig.session(kind="mux", port=port, properties={
        "portNumber": "1", "type": "LocalPortForwarding",
        "localPortNumber": str(port)})
    plugin = await rig.run(agent, stdin=False)
    await plugin.ends()
    tail = bytes(plugin.out).removeprefix(plugin.banner())
    want(tail.startswith(b"Cannot perform start session: ") and
         tail.count(b"\n") == 1 and b"%d" % port in tail, "text: %r" % tail)


# --- old agents -------------------------------------------------------------

@case("basic: one connection after the other, each with its own")
async def basic(rig):
    async def talk(reader, writer):
        name = await reader.readuntil(b"\n")
        writer.write(b"hello " + name)
        await writer.drain()
        await reader.read()     # until it is closed
    plugin, local = await forward(rig, "basic", talk=talk)
    for name in (b"one\n", b"two\n", b"three\n"):
        reader, writer = await dial(local)
        writer.write(name)
        same(await reader.readuntil(b"\n"), b"hello " + name, "answer")
        writer.close()
        await plugin.until(lambda: plugin.agent.handler.flags[-1:] ==
                           [wire.DISCONNECT], "flag")
        plugin.agent.handler.flags.clear()
    ident = plugin.agent.ident.encode()
    await interrupted(plugin)
    want(b"Port %d opened for sessionId %s.\n" % (local, ident) in plugin.out
         and plugin.out.count(b"Connection accepted for session %s.\n" %
                              ident) == 1, "texts: %r" % bytes(plugin.out))
    want(plugin.agent.handler.flags == [wire.TERMINATE], "flags: %s" %
         plugin.agent.handler.flags)


@case("basic: what the last connection left is not for the next")
async def leftovers(rig):
    async def talk(reader, writer):
        name = await reader.readuntil(b"\n")
        for _ in range(300):
            writer.write(name * 200)
            await writer.drain()
    plugin, local = await forward(rig, "basic", talk=talk,
                                  faults=Faults(delay=0.02))
    for name in (b"first\n", b"second\n", b"third\n"):
        reader, writer = await dial(local)
        writer.write(name)
        for _ in range(50):
            same(await reader.readuntil(b"\n"), name, "line")
        await reset(writer)
    await interrupted(plugin)


@case("basic: Ctrl-C tells the oldest agents through the service")
async def oldest(rig):
    plugin, local = await forward(rig, "basic", version=OLDEST)
    await exchange(local, b"hello")
    await plugin.interrupt()
    await plugin.ends()
    want(plugin.agent.counts["terminated"] == 1, "TerminateSession: %s" %
         rig.gateway.calls)


# --- standard input and output ----------------------------------------------

@case("ssh: a line feed alone stays what it is")
async def ssh_line_feed(rig):
    plugin = await ssh(rig)
    expected = plugin.banner()
    await plugin.says(expected)
    for data in (b"\n", b"\r", b"\n\n", b"\0", b"\n"):
        expected += data
        await plugin.type(data)
        await plugin.until(lambda: len(plugin.out) >= len(expected),
                           "%r" % data)
        same(plugin.out, expected, "standard output")
    plugin.agent.handler.end()
    await plugin.ends()
    same(plugin.out, expected + plugin.goodbye(), "standard output")


@case("mux: a line feed in a message of its own stays what it is")
async def mux_line_feed(rig):
    plugin, local = await forward(rig)
    # the frame's head and 1016 bytes fill a message
    await exchange(local, b"A" * 1016 + b"\n")
    for size in range(1000, 1040):
        await exchange(local, b"\n" * size)
    await interrupted(plugin)


@case("ssh: the destination speaks first")
async def ssh_first(rig):
    async def talk(reader, writer):
        writer.write(b"SSH-2.0-peer\r\n")
        line = await reader.readuntil(b"\n")
        writer.write(b"you are " + line)
        await writer.drain()
    plugin = await ssh(rig, talk=talk)
    await plugin.says(b"SSH-2.0-peer\r\n")
    await plugin.type(b"SSH-2.0-test\r\n")
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"SSH-2.0-peer\r\nyou are SSH-2.0-test"
         b"\r\n" + plugin.goodbye(), "standard output")


@case("ssh: a slow reader of standard output loses nothing")
async def ssh_slow_reader(rig):
    body = pattern(6 << 20)

    async def talk(reader, writer):
        writer.write(body)
        await writer.drain()
        await reader.readexactly(1)
    plugin = await ssh(rig, talk=talk, drain=LIMIT)
    transport = plugin.process._transport.get_pipe_transport(1)
    for _ in range(8):
        transport.pause_reading()
        await asyncio.sleep(0.1)
        transport.resume_reading()
        await asyncio.sleep(0.01)
    await plugin.until(lambda: len(plugin.out) >= len(body) +
                       len(plugin.banner()), "all bytes")
    await plugin.type(b"x")
    await plugin.ends()
    same(plugin.out, plugin.banner() + body + plugin.goodbye(), "output")


@case("start: a forward without the AWS CLI")
async def start(rig):
    port = await rig.serve(peer_echo)
    rig.gateway.start_options = peer.Options(
        kind="mux", port=port, properties={
            "portNumber": str(port), "type": "LocalPortForwarding",
            "localPortNumber": "0"})
    plugin = await rig.run(None, stdin=False, args=[
        "start", "-t", TARGET, "--region", "us-east-1", "--endpoint-url",
        rig.gateway.url, "-L", "0:localhost:%d" % port])
    await plugin.until(lambda: re.search(rb"Port (\d+) opened", plugin.out),
                       "port")
    plugin.agent = list(rig.gateway.sessions.values())[0]
    local = int(re.search(rb"Port (\d+) opened", plugin.out).group(1))
    await exchange(local, pattern(100000))
    await interrupted(plugin)
    request = rig.gateway.calls[0][1]
    want(request["Target"] == TARGET and
         request["DocumentName"] == "AWS-StartPortForwardingSession" and
         request["Parameters"]["portNumber"] == [str(port)],
         "StartSession: %s" % json.dumps(request))
