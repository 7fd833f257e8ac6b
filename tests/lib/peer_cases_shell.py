"""Shells and commands: terminals, keys, sizes, signals, handshakes, ends."""
import asyncio
import os
import signal
import termios

import peer_wire as wire
from peer import Faults
from peer_drive import case, shell
from peer_rig import LIMIT, same, want

SHELL = "PS1='% '; export PS1; exec /bin/sh"
SILENT = "stty raw -echo; echo ready; exec cat >/dev/null"


async def typing(rig, script, **options):
    """A shell on a terminal whose target has said 'ready'."""
    plugin = await shell(rig, script, tty=True, **options)
    await plugin.says(b"ready")
    return plugin


async def typed(plugin, wanted, limit=LIMIT):
    await plugin.until(lambda: wanted in plugin.agent.handler.typed,
                       "input %r" % wanted, limit)


@case("shell: a person at a terminal")
async def person(rig):
    plugin = await typing(rig, "echo ready; " + SHELL)
    agent = plugin.agent
    await plugin.type(b"stty size\r")
    await plugin.says(b"33 101\r\r\n")
    want(agent.first_input == wire.SIZE, "the size does not come first")
    plugin.resize(41, 140)
    os.kill(plugin.process.pid, signal.SIGWINCH)
    await plugin.until(lambda: agent.handler.sizes[-1:] ==
                       [b'{"cols":140,"rows":41}'], "size")
    await plugin.type(b"echo $((6 * 7)); stty size\r")
    await plugin.says(b"42\r\r\n41 140\r\r\n")
    await plugin.type(b"exit\r")
    await plugin.ends()
    text = plugin.goodbye().replace(b"\n", b"\r\n")
    want(plugin.out.endswith(text), "end: %r" % bytes(plugin.out[-90:]))
    plugin.restored()
    want(agent.close_code == 1000, "WebSocket closed with %s" %
         agent.close_code)


@case("shell: with a handshake and a message for the customer")
async def greeted(rig):
    plugin = await shell(rig, "echo hello", handshake=True,
                         message="Be nice.")
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"Be nice.\nhello\r\n" +
         plugin.goodbye(), "standard output")


@case("shell: every key of a terminal arrives as it is")
async def keys(rig):
    plugin = await typing(rig, SILENT)
    data = bytes(range(256)).replace(b"\n", b"").replace(b"~", b"")
    await plugin.type(data)
    await typed(plugin, data)
    for key in (b"\x03", b"\x1c", b"\x1a", b"\x04", b"\x13", b"\x11", b"\r"):
        before = len(plugin.agent.handler.typed)
        await plugin.type(key)
        await plugin.until(lambda: plugin.agent.handler.typed[before:] == key,
                           "key %r" % key)
    await plugin.type(b"\n")
    await plugin.until(lambda: plugin.agent.handler.typed[-2:] == b"\r\r",
                       "a lone line feed as carriage return")
    plugin.agent.close()
    await plugin.ends()
    plugin.restored()


@case("shell: signals become keys")
async def signals(rig):
    plugin = await typing(rig, SILENT)
    for number, key in ((signal.SIGINT, b"\x03"), (signal.SIGQUIT, b"\x1c"),
                        (signal.SIGTSTP, b"\x1a")):
        await plugin.interrupt(number)
        await typed(plugin, key)
    plugin.agent.close()
    await plugin.ends()


@case("shell: the end comes while somebody types")
async def end_while_typing(rig):
    plugin = await typing(rig, SILENT)

    async def fingers():
        while plugin.process.returncode is None:
            os.write(plugin.master, b"x")
            await asyncio.sleep(0.003)
    task = asyncio.create_task(fingers())
    await typed(plugin, b"x" * 20)
    plugin.agent.close("Session timed out by the administrator")
    await plugin.ends()
    task.cancel()
    text = "\n\nSessionId: %s : Session timed out by the administrator\n\n" \
        % plugin.agent.ident
    want(text.replace("\n", "\r\n").encode() in plugin.out,
         "end: %r" % bytes(plugin.out[-120:]))
    plugin.restored()


@case("shell: ended by a signal, the terminal is put back")
async def killed(rig):
    for number in (signal.SIGTERM, signal.SIGHUP):
        plugin = await typing(rig, "stty raw -echo; echo ready; exec cat")
        now = termios.tcgetattr(plugin.master)
        want(now != plugin.before, "the terminal was never raw")
        await plugin.interrupt(number)
        await plugin.ends(-number)
        plugin.restored()


@case("shell: a target that says nothing")
async def mute(rig):
    plugin = await shell(rig, "cat", mute=True,
                         env={"SSM_PLUGIN_ANSWER_SECONDS": "1"})
    await plugin.ends()
    tail = bytes(plugin.out).removeprefix(plugin.banner())
    want(tail.startswith(b"Cannot perform start session: ") and
         tail.count(b"\n") == 1, "text: %r" % tail)


@case("shell: what is typed before the terminal is there comes to it")
async def early_keys(rig):
    plugin = await shell(rig, "stty raw -echo; printf ready; head -c 6",
                         handshake=True, slow_start=0.7)
    await plugin.type(b"abc")
    await asyncio.sleep(0.1)
    await plugin.type(b"def")
    await plugin.ends()
    want(plugin.agent.handler.typed.startswith(b"abcdef"), "typed: %r" %
         plugin.agent.handler.typed)


@case("shell: input that ends is passed on as Ctrl-D")
async def eof(rig):
    plugin = await shell(rig, "stty -echo; printf ready; exec cat")
    await plugin.says(b"ready")
    await plugin.type(b"one\ntwo\n")
    plugin.process.stdin.close()
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"readyone\r\ntwo\r\n" +
         plugin.goodbye(), "standard output")


@case("shell: lone line feeds become carriage returns, others stay")
async def line_feeds(rig):
    plugin = await shell(rig, SILENT)
    await plugin.says(b"ready")
    await plugin.type(b"\n")
    await typed(plugin, b"\r")
    await plugin.type(b"a\nb\n")
    await typed(plugin, b"\ra\nb\n")
    plugin.agent.close()
    await plugin.ends()


@case("shell: the end overtakes the last output")
async def overtaken(rig):
    plugin = await shell(rig, "printf ready; exec cat", handshake=True)
    agent = plugin.agent
    await plugin.says(b"ready")
    messages = []
    agent.transmit, send = messages.append, agent.transmit
    for text in (b"one ", b"two ", b"three ", b"four"):
        agent.send(wire.DATA, text)
    agent.transmit = send
    send(messages[3])
    agent.close()
    await asyncio.sleep(0.15)
    for data in messages[2::-1]:
        send(data)
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"readyone two three four" +
         plugin.goodbye(), "standard output")


@case("shell: output in one message of a mebibyte, and of eight")
async def large(rig):
    plugin = await shell(rig, "printf ready; exec cat")
    await plugin.says(b"ready")
    for size in (1 << 20, 8 << 20):
        before = len(plugin.out)
        data = bytes(range(256)) * (size // 256)
        plugin.agent.send(wire.DATA, data)
        await plugin.until(lambda: len(plugin.out) >= before + size,
                           "%d bytes" % size)
        same(plugin.out[before:], data, "a large message")
    plugin.agent.close()
    await plugin.ends()


@case("shell: types that carry no output are shown nevertheless")
async def other_types(rig):
    plugin = await shell(rig, "printf ready; exec cat")
    await plugin.says(b"ready")
    plugin.agent.send(wire.STDERR, b"[eleven]")
    plugin.agent.send(wire.EXIT_CODE, b"[twelve]")
    await plugin.says(b"[eleven][twelve]")
    plugin.agent.close()
    await plugin.ends()


@case("handshake: a session type that nobody knows")
async def unknown_type(rig):
    plugin = await shell(rig, "cat", handshake=True, session_type="Telepathy")
    await plugin.wait()
    text = "Unknown session type Telepathy"
    want(text.encode() in plugin.out, "text: %r" % bytes(plugin.out))
    want(any(text in v for v in plugin.agent.violations), "response: %s" %
         plugin.agent.violations)


@case("handshake: an action that nobody knows")
async def unknown_action(rig):
    plugin = await shell(rig, "cat", handshake=True, actions=(
        {"ActionType": "Dance", "ActionParameters": {}},))
    await plugin.wait()
    want(plugin.agent.violations == ["handshake: Dance failed with status 3: "
                                     "Unsupported action Dance"],
         "response: %s" % plugin.agent.violations)


@case("handshake: its messages twice, late and in the wrong order")
async def shuffled(rig):
    for seed in range(6):
        plugin = await shell(rig, "echo hello", Faults(
            reorder=0.6, dup=0.6, seed=seed), handshake=True,
            message="Hi there.")
        await plugin.ends()
        same(plugin.out, plugin.banner() + b"Hi there.\nhello\r\n" +
             plugin.goodbye(), "standard output")


@case("kms: with and without a random challenge")
async def kms(rig):
    for challenge in (b"", os.urandom(16)):
        plugin = await shell(rig, "echo hello; head -n 1", handshake=True,
                             kms="alias/k", random_challenge=challenge)
        await plugin.says(b"hello")
        await plugin.type(b"what is typed\n")
        await plugin.ends()
        want(plugin.agent.handler.typed == b"what is typed\n", "typed: %r" %
             plugin.agent.handler.typed)


@case("kms: refused, with the service's words")
async def kms_refused(rig):
    rig.gateway.refuse["TrentService.GenerateDataKey"] = 9
    rig.gateway.refusal = (400, "AccessDeniedException")
    plugin = await shell(rig, "cat", handshake=True, kms="alias/k")
    await plugin.wait()
    want(b"AccessDenied" in plugin.out, "text: %r" % bytes(plugin.out))
    want("Failed to process action KMSEncryption: Error calling KMS "
         "GenerateDataKey API: " in str(plugin.agent.violations),
         "response: %s" % plugin.agent.violations)


@case("kms: a launcher of old is refused")
async def kms_legacy(rig):
    agent = rig.session(kind="shell", session_type="Standard_Stream",
                        kms="alias/k")
    plugin = await rig.run(agent, args=["AWS_SSM_START_SESSION_RESPONSE",
                                        "us-east-1", "StartSession"])
    await plugin.wait()
    want("Installed version of CLI does not support" in str(agent.violations),
         "response: %s" % agent.violations)


@case("kms: a message that does not verify is not shown")
async def kms_forged(rig):
    plugin = await shell(rig, "printf ready; exec cat", handshake=True,
                         kms="alias/k")
    await plugin.says(b"ready")
    agent = plugin.agent
    sealer, agent.sealer = agent.sealer, None
    agent.send(wire.DATA, os.urandom(60))
    forged = agent.next - 1
    agent.sealer = sealer
    await asyncio.sleep(0.5)
    want(forged in agent.flight, "it was acknowledged")
    same(plugin.out, plugin.banner() + b"ready", "standard output")
    agent.close()
    await plugin.wait()
    plugin.lawful()


async def command(rig, script, env=None, tty=False, **options):
    agent = rig.session(kind="command", argv=("/bin/sh", "-c", script),
                        session_type="NonInteractiveCommands", **options)
    return await rig.run(agent, env=env, tty=tty)


@case("command: errors and status on standard output, as ever")
async def command_plain(rig):
    plugin = await command(rig, "echo out; sleep 0.3; echo err >&2; exit 7")
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"out\nerr\nEXIT_CODE: 7" +
         plugin.goodbye(), "standard output")


@case("command: one stream")
async def command_combined(rig):
    plugin = await command(rig, "echo out; echo err >&2", separate=False)
    await plugin.ends()
    same(plugin.out, plugin.banner() + b"out\nerr\n" + plugin.goodbye(),
         "standard output")


@case("command: Ctrl-C and Ctrl-\\ interrupt it")
async def command_interrupted(rig):
    for key, text in ((b"\x03", b"by INT"), (b"\x1c", b"by QUIT")):
        plugin = await command(
            rig, "trap 'echo by INT; exit' INT; trap 'echo by QUIT; exit' "
            "QUIT; echo ready; while :; do sleep 0.05; done", tty=True)
        await plugin.says(b"ready")
        await plugin.type(key)
        await plugin.says(text)
        await plugin.ends()
        plugin.restored()
