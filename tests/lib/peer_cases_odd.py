"""Callers, services and targets that are odd: still no hang and no crash."""
import asyncio
import json
import os
import signal

import peer_wire as wire
from peer import Faults
from peer_cases_link import RESUME, one_line, ready
from peer_drive import case, forward, interrupted, shell, ssh
from peer_rig import LIMIT, exchange, pattern, same, want


# --- the caller -------------------------------------------------------------

@case("caller: the names of ECS, and members that nobody needs")
async def ecs(rig):
    agent = rig.session(kind="shell", handshake=False, argv=("echo", "hello"))
    body = json.loads(agent.response)
    body = {"ResponseMetadata": {"x": [1, {"SessionId": "no"}]},
            "sessionId": body["SessionId"], "tokenValue": body["TokenValue"],
            "streamUrl": body["StreamUrl"]}
    plugin = await rig.run(agent, args=[
        json.dumps(body), "us-east-1", "StartSession", "",
        json.dumps({"Target": "ecs:a_b_c"}), rig.gateway.url])
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"hello\r\n" + plugin.goodbye(), "out")


@case("caller: a token of 8 kB with every character")
async def token(rig):
    agent = rig.session(kind="shell", handshake=False, argv=("echo", "hello"))
    agent.token = "".join(map(chr, range(32, 127))) * 85 + "<&>\u2028\u00e9"
    body = json.loads(agent.response)
    body["TokenValue"] = agent.token
    agent.response = json.dumps(body)
    plugin = await rig.run(agent)
    await plugin.ends()


@case("caller: nobody reads standard output any more")
async def closed_stdout(rig):
    read, write = os.pipe()
    agent = rig.session(kind="shell", handshake=False,
                        argv=("/bin/sh", "-c", "while :; do echo y; done"))
    plugin = await rig.run(agent, out=write)
    os.close(write)
    os.read(read, 1000)
    os.close(read)
    await plugin.wait()
    want(plugin.process.returncode == 0, "status %d" %
         plugin.process.returncode)
    plugin.lawful()


@case("caller: standard output is full when the end comes, or SIGTERM")
async def full_stdout(rig):
    for number in (0, signal.SIGTERM):
        read, write = os.pipe()
        agent = rig.session(kind="shell", handshake=False, argv=(
            "/bin/sh", "-c", "while :; do echo y; done"))
        plugin = await rig.run(agent, out=write)
        os.close(write)
        await asyncio.sleep(0.5)
        if number:
            await plugin.interrupt(number)
            await plugin.ends(-number, limit=10)
        else:
            agent.close()
            await asyncio.sleep(0.2)
            os.set_blocking(read, False)
            while plugin.process.returncode is None:
                try:
                    os.read(read, 65536)
                except BlockingIOError:
                    pass
                await asyncio.sleep(0.001)
            await plugin.ends(limit=10)
        os.close(read)


@case("caller: nobody reads standard error either")
async def closed_stderr(rig):
    plugin = await shell(rig, "stty -echo; printf ready; head -n 1",
                         env={"SSM_PLUGIN_LOG": "stderr:trace"})
    await plugin.says(b"ready")
    plugin.process._transport.get_pipe_transport(2).close()
    await plugin.type(b"x\n")
    await plugin.ends(quiet=False)


# The AWS CLI ignores these while it waits, and its children inherit that.
IGNORED = {"ignore": (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)}


@case("caller: ignores Ctrl-C itself, as the AWS CLI does")
async def ignored(rig):
    plugin = await shell(rig, "stty raw -echo; printf ready; exec cat",
                         how=IGNORED)
    await plugin.says(b"ready")
    await plugin.interrupt(signal.SIGINT)
    await plugin.says(b"\x03")
    plugin.agent.close()
    await plugin.ends()
    plugin, local = await forward(rig, how=IGNORED)
    await exchange(local, b"hello")
    await interrupted(plugin)
    plugin = await ssh(rig, how=IGNORED)
    await plugin.type(b"hello")
    await plugin.says(b"hello")
    await plugin.interrupt(signal.SIGINT)
    await plugin.type(b" again")
    await plugin.says(b"hello again")
    plugin.agent.close()
    await plugin.ends()


@case("caller: ssh without the AWS CLI, Ctrl-C ends it")
async def ssh_interrupted(rig):
    plugin = await ssh(rig)
    await plugin.type(b"hello")
    await plugin.says(b"hello")
    await plugin.interrupt(signal.SIGINT)
    await plugin.ends(-signal.SIGINT)


@case("caller: the terminal is for input, output goes to a pipe")
async def half_terminal(rig):
    read, write = os.pipe()
    plugin = await shell(rig, "stty raw -echo; printf ready; head -c 3",
                         tty=True, how={"out": write})
    os.close(write)
    await plugin.until(lambda: plugin.agent.handler.sizes, "size")
    await plugin.type(b"a\x03b")
    await plugin.ends()
    with os.fdopen(read, "rb") as f:
        same(f.read(), plugin.banner() + b"readya\x03b" + plugin.goodbye(),
             "output")
    plugin.restored()


@case("caller: no terminal at all has the size that it always had")
async def no_terminal(rig):
    plugin = await ready(rig)
    await plugin.until(lambda: plugin.agent.handler.sizes, "size")
    plugin.agent.close()
    await plugin.ends()
    want(plugin.agent.handler.sizes == [b'{"cols":300,"rows":100}'],
         "sizes: %s" % plugin.agent.handler.sizes)


@case("caller: the terminal goes away")
async def terminal_gone(rig):
    plugin = await ready(rig, tty=True)
    asyncio.get_running_loop().remove_reader(plugin.master)
    os.close(plugin.master)
    plugin.master = None
    await plugin.wait(15)
    plugin.lawful()


# --- the service ------------------------------------------------------------

@case("service: ResumeSession is never answered")
async def resume_hangs(rig):
    for how in ("limit", signal.SIGTERM, signal.SIGINT):
        plugin = await ready(rig, tty=True, env={
            "SSM_PLUGIN_RESUME_SECONDS": "2" if how == "limit" else "60"})
        rig.gateway.raw[RESUME] = b""
        plugin.agent.link.abort()
        await plugin.until(lambda: rig.gateway.links, "call")
        await asyncio.sleep(0.3)
        if how == "limit":
            await plugin.ends(limit=20)
            one_line(plugin)
            plugin.restored()
        elif how == signal.SIGTERM:
            await plugin.interrupt(how)
            await plugin.ends(-how, limit=5)
            plugin.restored()
        else:       # a key for the target, which comes when it is back
            await plugin.interrupt(how)
            await asyncio.sleep(0.3)
            want(plugin.process.returncode is None, "it ended")
        rig.gateway.raw.clear()


@case("service: ResumeSession answers nonsense")
async def resume_nonsense(rig):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
    for text in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"<html>",
                 b'{"TokenValue":7}', b'{"TokenValue":""}',
                 b"[" * 20000, b'{"a":"' + b"x" * 3000000):
        plugin = await ready(rig, env={"SSM_PLUGIN_RESUME_SECONDS": "1"})
        rig.gateway.raw[RESUME] = head % (len(text), text)
        plugin.agent.link.abort()
        await plugin.ends()
        tail = bytes(plugin.out).partition(b"ready")[2]
        want(tail.count(b"\n") == 1 and (
            tail.startswith(b"Cannot perform start session: ") or
            tail.startswith(b"Session: ")), "%r: %r" % (text[:20], tail))
        rig.gateway.raw.clear()


@case("service: the upgrade is never answered, or by nonsense")
async def upgrade_nonsense(rig):
    key = b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
    for text in (b"", b"HTTP/1.1 101 Switch", b"SSH-2.0-x\r\n",
                 b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: "
                 b"Upgrade\r\n\r\n",
                 b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: "
                 b"Upgrade\r\n" + key + b"\r\n",
                 b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
                 b"HTTP/1.1 302 x\r\nLocation: ws://127.0.0.1:1/\r\n\r\n",
                 b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000):
        rig.gateway.raw["GET"] = text
        plugin = await shell(rig, "cat",
                             env={"SSM_PLUGIN_CONNECT_SECONDS": "1"})
        await plugin.ends(limit=15)
        one_line(plugin)


@case("service: the upgrade is answered letter by letter")
async def upgrade_trickle(rig):
    rig.gateway.trickle = True
    plugin = await shell(rig, "echo hello")
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"hello\r\n" + plugin.goodbye(), "out")


@case("service: pongs that stop")
async def pongs_stop(rig):
    plugin = await ready(rig, env={"SSM_PLUGIN_PING_SECONDS": "5"})
    agent = plugin.agent
    # an agent that resends is not silent
    await plugin.until(lambda: agent.handler.sizes and not agent.flight,
                       "acknowledgement")
    agent.faults.deaf_pings = True
    agent.link.faults.stall = True
    agent.link.transport.pause_reading()
    links = agent.counts["links"]
    await plugin.until(lambda: agent.counts["links"] > links,
                       "new connection", 45)
    agent.faults.stall = False
    agent.link.transport.resume_reading()
    await plugin.type(b"alive")
    await plugin.says(b"alive")
    agent.close()
    await plugin.ends()


# --- the target -------------------------------------------------------------

@case("handshake: requests that are none")
async def handshake_nonsense(rig):
    for text in (b"{}", b"null", b"[]", b"{", b'{"RequestedClientActions":7}',
                 b'{"AgentVersion":5,"RequestedClientActions":[]}',
                 b'{"RequestedClientActions":[7,null,{}]}',
                 b'{"RequestedClientActions":[{"ActionType":"SessionType"}]}',
                 b'{"RequestedClientActions":[{"ActionType":"SessionType",'
                 b'"ActionParameters":{"SessionType":7}}]}', b"[" * 9000,
                 b"\xff" * 50):
        plugin = await shell(rig, "cat", mute=True, handshake=True,
                             env={"SSM_PLUGIN_ANSWER_SECONDS": "2"})
        agent = plugin.agent
        await plugin.until(lambda: agent.link, "connection")
        agent.send(wire.HS_REQUEST, text)
        await asyncio.sleep(0.1)
        agent.send(wire.HS_COMPLETE, b"{}")
        await asyncio.sleep(0.1)
        agent.close()
        await plugin.wait(10)
        want(plugin.process.returncode == 0 and not plugin.err, "%r: %s" %
             (text[:30], plugin.describe()))


@case("handshake: complete before it was begun")
async def complete_first(rig):
    plugin = await shell(rig, "cat", mute=True, handshake=True)
    await plugin.until(lambda: plugin.agent.link, "connection")
    plugin.agent.send(wire.HS_COMPLETE, b'{"CustomerMessage":"hi"}')
    await plugin.ends(limit=10)
    one_line(plugin, b"unable to determine SessionType")


@case("handshake: properties of other types")
async def property_types(rig):
    for properties in (None, [], 7, {"type": 5},
                       {"type": "LocalPortForwarding", "localPortNumber": 0,
                        "portNumber": 80, "host": None},
                       {"type": "LocalPortForwarding",
                        "localPortNumber": "99999"},
                       {"type": "LocalPortForwarding",
                        "localPortNumber": "-1"},
                       {"type": "LocalPortForwarding",
                        "localPortNumber": "http"},
                       {"type": "LocalPortForwarding",
                        "localConnectionType": "unix"},
                       {"type": "LocalPortForwarding",
                        "localConnectionType": "unix",
                        "localUnixSocket": "/x" * 200}):
        agent = rig.session(kind="mux", properties=properties)
        plugin = await rig.run(agent)
        await asyncio.sleep(0.3)
        agent.close()
        await plugin.ends(limit=10)


@case("kms: challenges that are none")
async def challenge_nonsense(rig):
    for text in (b"{}", b'{"Challenge":7}', b'{"Challenge":"!!!!"}',
                 b'{"Challenge":"AAAA"}', b'{"Challenge":"' + b"A" * 124 +
                 b'"}', b"{"):
        plugin = await shell(rig, "cat", handshake=True, kms="alias/k")
        agent = plugin.agent

        async def challenge(agent=agent, text=text):
            agent.send(wire.CHALLENGE, text)
            await asyncio.sleep(0.2)
            agent.close("no answer to the challenge")
            raise wire.Violation("on purpose")
        agent.challenge = challenge
        await plugin.wait(10)
        want(plugin.process.returncode == 0 and not plugin.err, "%r: %s" %
             (text[:30], plugin.describe()))


@case("mux: both ways at once on a bad line, many connections")
async def storm(rig):
    plugin, local = await forward(rig, faults=Faults(
        drop=0.005, dup=0.02, reorder=0.02, corrupt=0.005, garbage=0.02,
        drop_acks=0.02, fragment=700, ping=0.05))
    await asyncio.gather(*(exchange(local, pattern(20000, i * 999))
                           for i in range(12)))
    await interrupted(plugin)


@case("mux: a connection that is cut upwards and downwards in turn")
async def both_cut(rig):
    plugin, local = await forward(rig, paced=0.001)
    task = asyncio.create_task(exchange(local, pattern(300000)))
    for i in range(4):
        await asyncio.sleep(0.15)
        if plugin.agent.link:
            plugin.agent.link.abort(reset=i % 2 == 0)
    await asyncio.wait_for(task, LIMIT)
    await interrupted(plugin)


@case("mux: the target's limit of speed is kept")
async def rate_limit(rig):
    plugin, local = await forward(rig, env={"SSM_PLUGIN_RATE_LIMIT": "50000"})
    loop = asyncio.get_running_loop()
    start = loop.time()
    await exchange(local, pattern(100000))
    took = loop.time() - start
    want(took > 1.5, "100 kB in %.2f s" % took)
    await interrupted(plugin)


@case("ssh: input ends, and the rest still arrives")
async def ssh_eof(rig):
    got = bytearray()

    async def talk(reader, writer):
        while len(got) < 500000:
            data = await reader.read(65536)
            if not data:
                return
            got.extend(data)
        writer.write(b"all of it")
        await writer.drain()
    plugin = await ssh(rig, Faults(ack_delay=0.1), talk)
    await plugin.type(pattern(500000))
    plugin.process.stdin.close()
    await plugin.ends()
    same(got, pattern(500000), "what arrived")
    same(plugin.out, plugin.banner() + b"all of it" + plugin.goodbye(), "out")


@case("ssh: resumption without credentials that are still good", slow=True)
async def bad_keys(rig):
    plugin = await ssh(rig)
    rig.gateway.refuse[RESUME] = 99
    rig.gateway.refusal = (403, "ExpiredTokenException")
    await plugin.until(lambda: plugin.agent.handler.ready, "destination")
    plugin.agent.link.abort()
    await plugin.ends(limit=50)
    one_line(plugin, b"ExpiredTokenException")
