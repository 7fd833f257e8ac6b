"""The connection: opening, losing, resuming, refusing, giving up."""
import asyncio
import os
import struct

import peer_wire as wire
from peer import Faults
from peer_drive import case, forward, interrupted, shell
from peer_rig import Failed, exchange, pattern, same, want

RESUME = "AmazonSSM.ResumeSession"


def one_line(plugin, words=b""):
    """After the banner, and what was printed before, one line of error."""
    text = b"Cannot perform start session: "
    _, found, tail = bytes(plugin.out).partition(text)
    want(found and tail.count(b"\n") == 1 and tail.endswith(b"\n") and
         words in tail and text not in tail, "text: %r" %
         bytes(plugin.out[-300:]))


async def ready(rig, **options):
    plugin = await shell(rig, "stty raw -echo; printf ready; exec cat",
                         **options)
    await plugin.says(b"ready")
    return plugin


@case("open: refused with 403")
async def forbidden(rig):
    rig.gateway.upgrade_status = 403
    plugin = await shell(rig, "cat", env={"SSM_PLUGIN_CONNECT_SECONDS": "2"})
    await plugin.ends()
    one_line(plugin)


@case("open: a service that breaks every connection")
async def broken(rig):
    rig.gateway.open = False
    plugin = await shell(rig, "cat", env={"SSM_PLUGIN_CONNECT_SECONDS": "1"})
    await plugin.ends()
    one_line(plugin)


@case("open: a service that fails at first")
async def fails_first(rig):
    rig.gateway.upgrade_status = 503
    plugin = await shell(rig, "printf ready")
    await asyncio.sleep(0.5)
    rig.gateway.upgrade_status = 0
    await plugin.ends()
    want(b"ready" in plugin.out, "output: %r" % bytes(plugin.out))


@case("resume: the service fails twice")
async def resume_fails(rig):
    plugin = await ready(rig)
    rig.gateway.refuse[RESUME] = 2
    plugin.agent.link.abort()
    await plugin.type(b"typed while away")
    await plugin.says(b"typed while away")
    plugin.agent.close()
    await plugin.ends()


@case("resume: refused for good")
async def resume_refused(rig):
    plugin = await ready(rig)
    rig.gateway.refuse[RESUME] = 999
    rig.gateway.refusal = (400, "AccessDeniedException")
    plugin.agent.link.abort()
    await plugin.ends()
    one_line(plugin)


@case("resume: the session is over")
async def resume_over(rig):
    plugin = await ready(rig, tty=True)
    rig.gateway.timed_out = True
    plugin.agent.link.abort()
    await plugin.ends()
    text = "Session: %s timed out.\r\n" % plugin.agent.ident
    want(plugin.out.endswith(text.encode()), "text: %r" %
         bytes(plugin.out[-90:]))
    plugin.restored()


@case("resume: the service stays away")
async def resume_away(rig):
    plugin = await ready(rig, tty=True,
                         env={"SSM_PLUGIN_RESUME_SECONDS": "1"})
    rig.gateway.open = False
    plugin.agent.link.abort()
    await plugin.ends()
    one_line(plugin)
    plugin.restored()


@case("resume: connections that break at once do not make it run wild")
async def hot_loop(rig):
    plugin = await ready(rig)
    agent = plugin.agent
    attach = agent.attach

    def attach_and_break(link):
        attach(link)
        link.abort()
    agent.attach = attach_and_break
    agent.link.abort()
    await asyncio.sleep(3)
    want(agent.counts["resumes"] < 40, "%d resumptions in three seconds" %
         agent.counts["resumes"])
    agent.attach = attach
    await plugin.type(b"back again")
    await plugin.says(b"back again")
    agent.close()
    await plugin.ends()


@case("resume: after each close code")
async def close_codes(rig):
    plugin = await ready(rig)
    for code in (1000, 1001, 1002, 1008, 1011, 1012, 4000):
        links = plugin.agent.counts["links"]
        plugin.agent.link.write(wire.ws_frame(
            wire.CLOSE, struct.pack(">H", code) + b"because"))
        await plugin.until(lambda: plugin.agent.counts["links"] > links,
                           "resumption after %d" % code)
        await plugin.type(b"after %d." % code)
        await plugin.says(b"after %d." % code)
    plugin.agent.close()
    await plugin.ends()


BROKEN_FRAMES = {
    "masked": wire.ws_frame(wire.BINARY, b"x" * 130, masked=True),
    "reserved bits": wire.ws_frame(wire.BINARY, b"x" * 130, rsv=4),
    "unknown opcode": wire.ws_frame(3, b"x" * 130),
    "unknown control": wire.ws_frame(0xb, b"x"),
    "long ping": wire.ws_frame(wire.PING, b"x" * 126),
    "ping in pieces": wire.ws_frame(wire.PING, b"x", fin=False),
    "stray continuation": wire.ws_frame(0, b"x"),
    "message inside another": wire.ws_frame(wire.BINARY, b"x", fin=False) +
    wire.ws_frame(wire.BINARY, b"y"),
    "close of one byte": wire.ws_frame(wire.CLOSE, b"x"),
    "empty close": wire.ws_frame(wire.CLOSE, b""),
    "endless": b"\x82\x7f\x7f" + b"\xff" * 7 + b"abc",
    "negative": b"\x82\x7f\xff" + b"\xff" * 7,
}


@case("resume: after frames that are none")
async def broken_frames(rig):
    plugin = await ready(rig)
    for name, frame in BROKEN_FRAMES.items():
        links = plugin.agent.counts["links"]
        plugin.agent.link.write(frame)
        await plugin.until(lambda: plugin.agent.counts["links"] > links,
                           "resumption after: " + name)
        text = b"[after %s]" % name.encode()
        await plugin.type(text)
        await plugin.says(text)
    plugin.agent.close()
    await plugin.ends()


@case("resume: keys of an outage arrive once, in order")
async def keys(rig):
    plugin = await ready(rig)
    sent = b""
    for i in range(12):
        if i % 3 == 1:
            plugin.agent.link.abort(reset=i % 2 == 1)
        for k in range(20):
            text = b"<%d.%d>" % (i, k)
            sent += text
            await plugin.type(text)
            await asyncio.sleep(0.002)
        if i % 3 == 2:
            await plugin.says(sent[-8:])
    await plugin.says(sent[-8:])
    same(plugin.agent.handler.typed, sent, "what was typed")
    want(plugin.agent.counts["resumes"] >= 4, "resumptions: %d" %
         plugin.agent.counts["resumes"])
    plugin.agent.close()
    await plugin.ends()


@case("pause: with a header of nothing but its type")
async def pause(rig):
    plugin = await ready(rig)
    link = plugin.agent.link
    for name in (b"pause_publication", b"start_publication") * 3:
        link.binary(b"\0\0\0\x74" + name.ljust(32) + bytes(84))
        await plugin.type(name)
        await plugin.says(name)
    link.binary(bytes(4) + b"pause_publication".ljust(32, b"\0") + bytes(84))
    await plugin.type(b"goes on")
    await plugin.says(b"goes on")
    plugin.agent.close()
    await plugin.ends()


@case("closed: before anything else, with a reason")
async def closed_first(rig):
    plugin = await shell(rig, "cat", mute=True)
    await plugin.until(lambda: plugin.agent.link, "connection")
    plugin.agent.close("----------ERROR-------\nno such user")
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"\n\nSessionId: %s : ----------ERROR"
         b"-------\nno such user\n\n" % plugin.agent.ident.encode(), "output")


@case("closed: with a payload that is no JSON")
async def closed_badly(rig):
    plugin = await ready(rig)
    plugin.agent.link.binary(wire.Message(
        0, b"{\"Output\":", type_="channel_closed").pack())
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"ready" + plugin.goodbye(), "output")


@case("closed: while a forward is busy")
async def closed_busy(rig):
    plugin, local = await forward(rig)
    tasks = [asyncio.create_task(exchange(local, pattern(4 << 20)))
             for _ in range(4)]
    await plugin.until(lambda: plugin.agent.counts["input"] > 200, "input")
    plugin.agent.close()
    await plugin.ends()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    want(all(isinstance(e, (Failed, OSError)) for e in done), str(done))
    want(plugin.out.endswith(plugin.goodbye()), "text: %r" %
         bytes(plugin.out[-90:]))


@case("service: stream numbers below nought and far ahead")
async def numbers(rig):
    plugin = await ready(rig)
    link = plugin.agent.link
    for seq in (-1, 1 << 62, -(1 << 63), 1 << 20):
        link.binary(wire.Message(wire.DATA, b"nobody's", seq).pack())
    await plugin.type(b"still here")
    await plugin.says(b"still here")
    want(b"nobody's" not in plugin.out, "it was shown")
    plugin.agent.close()
    plugin.agent.violations.clear()
    await plugin.ends()


@case("service: acknowledgements of what was never sent, and odd ones")
async def odd_acks(rig):
    plugin = await ready(rig)
    for text in (b"{}", b"", b"null", b"[]", b"{\"Acknowledged", os.urandom(
            90), b'{"AcknowledgedMessageSequenceNumber":"0"}',
            b'{"AcknowledgedMessageSequenceNumber":-1}',
            b'{"AcknowledgedMessageSequenceNumber":1e300}',
            b'{"AcknowledgedMessageSequenceNumber":99999}',
            b"[" * 5000):
        plugin.agent.link.binary(wire.Message(
            0, text, flags=3, type_=wire.ACK).pack())
    await plugin.type(b"still here")
    await plugin.says(b"still here")
    plugin.agent.close()
    await plugin.ends()


async def cut_at(rig, place, up, kind):
    faults = Faults(cut=place, cuts=1, cut_up=up, reset=bool(place % 2))
    if kind == "mux":
        plugin, local = await forward(rig, faults=faults, paced=0.0005)
        await exchange(local, pattern(2500))
        await interrupted(plugin)
        return
    plugin = await shell(rig, "stty raw -echo; printf ready; head -c 900",
                         faults, handshake=True, kms="alias/k")
    await plugin.says(b"ready")
    await plugin.type(b"y" * 900)
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"ready" + b"y" * 900 +
         plugin.goodbye(), "output")


def sweep(step):
    """Sockets that break behind the first byte, the second, ..."""
    for kind in ("mux", "shell"):
        for up in (False, True):
            async def body(rig, kind=kind, up=up):
                # numbers with no common part, so that each kind has others
                for place in range(1 + up, 3000, step):
                    try:
                        await cut_at(rig, place, up, kind)
                    except Failed as e:
                        raise Failed("behind byte %d: %s" % (place, e)) \
                            from None
            case("resume: %s cut %s, every %d bytes" % (
                kind, "upwards" if up else "downwards", step))(body)


sweep(int(os.environ.get("SM_PEER_STEP", "211")))
