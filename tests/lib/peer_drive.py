"""Sessions of each kind, ready for tests: opened, used, closed."""
import asyncio
import os
import re

from peer import Faults
from peer_rig import LIMIT, echo, exchange, pattern, same, want

CASES = []
MODERN, KEEPALIVE = "3.3.987.0", "3.1.1511.0"
OLD, OLDEST = "3.0.196.0", "2.3.722.0"


def case(name, slow=False):
    """A test; slow ones run only with SM_PEER_SLOW."""
    def add(function):
        if not slow or os.environ.get("SM_PEER_SLOW"):
            CASES.append((name, function))
        return function
    return add


# --- opening and closing sessions of each kind, used by all tests -----------

async def shell(rig, script, faults=None, how=None, tty=False, env=None,
                **options):
    """A session whose target runs a script on its terminal."""
    options.setdefault("handshake", False)
    options.setdefault("session_type", "Standard_Stream")
    options.setdefault("drain", LIMIT)
    agent = rig.session(kind="shell", argv=("/bin/sh", "-c", script),
                        faults=faults or Faults(), **options)
    return await rig.run(agent, tty=tty, env=env, **(how or {}))


async def forward(rig, kind="mux", faults=None, env=None, talk=echo,
                  how=None, **options):
    """A forwarded port: the plugin and the number of the local port."""
    port = await rig.serve(talk) if talk else 1
    properties = {"portNumber": str(port), "type": "LocalPortForwarding",
                  "localPortNumber": "0"}
    options.setdefault("version", MODERN if kind == "mux" else OLD)
    agent = rig.session(kind=kind, properties=properties, port=port,
                        faults=faults or Faults(), **options)
    plugin = await rig.run(agent, stdin=False, env=env, **(how or {}))
    await plugin.until(lambda: re.search(rb"Port (\d+) opened", plugin.out),
                       "port")
    local = int(re.search(rb"Port (\d+) opened", plugin.out).group(1))
    return plugin, local


async def interrupted(plugin):
    """Ctrl-C ends a forward with its two texts, and tells the agent."""
    await plugin.interrupt()
    await plugin.ends()
    tail = b"Terminate signal received, exiting.\n" + plugin.goodbye()
    want(plugin.out.endswith(tail), "texts: %r" % bytes(plugin.out[-200:]))


async def ssh(rig, faults=None, talk=echo, how=None, **options):
    port = await rig.serve(talk)
    agent = rig.session(kind="stdio", properties={"portNumber": str(port)},
                        port=port, faults=faults or Faults(), **options)
    return await rig.run(agent, **(how or {}))


# --- data both ways through each kind ---------------------------------------

async def mux_bytes(rig, faults, size, **options):
    plugin, local = await forward(rig, faults=faults, **options)
    await asyncio.gather(*(exchange(local, pattern(size // 2, i * 1000000))
                           for i in range(2)))
    await interrupted(plugin)
    return plugin


async def basic_bytes(rig, faults, size, **options):
    plugin, local = await forward(rig, "basic", faults=faults, **options)
    await exchange(local, pattern(size))
    await interrupted(plugin)
    return plugin


async def stdio_bytes(rig, faults, size, **options):
    """What is sent comes back, and the end of input ends the session."""
    data = pattern(size)

    async def back(reader, writer):
        left = size
        while left:
            piece = await reader.read(min(65536, left))
            if not piece:
                return
            left -= len(piece)
            writer.write(piece)
            await writer.drain()
    options.setdefault("drain", LIMIT)
    plugin = await ssh(rig, faults, back, **options)
    head = plugin.banner()
    await plugin.type(data)
    await plugin.ends()
    same(plugin.out, head + data + plugin.goodbye(), "standard output")
    return plugin


async def shell_bytes(rig, faults, size, **options):
    """Input through the terminal of the target and back."""
    data = bytes(b"0123456789abcdefghijklmnopqrstuvwxyz-+ABCDEFGHIJKLMNOPQRST"
                 [b & 0x1f] for b in pattern(size))
    plugin = await shell(rig, "stty raw -echo; printf ready; head -c %d; "
                         "printf over" % size, faults, **options)
    await plugin.says(b"ready")
    await plugin.type(data)
    await plugin.ends()
    head = plugin.banner()
    if plugin.agent.options.message:
        head += plugin.agent.options.message.encode() + b"\n"
    same(plugin.out, head + b"ready" + data + b"over" + plugin.goodbye(),
         "standard output")
    return plugin


async def kms_bytes(rig, faults, size, **options):
    return await shell_bytes(
        rig, faults, size, handshake=True, kms="arn:aws:kms:x:1:key/k",
        random_challenge=os.urandom(16), message="Encrypted.", **options)


async def command_bytes(rig, faults, size, **options):
    """Output, errors and status of a command."""
    script = ("i=0; while [ $i -lt %d ]; do echo line $i of the output, which "
              "is long enough; i=$((i+1)); done; echo error >&2; exit 7" %
              (size // 45))
    agent = rig.session(kind="command", session_type="NonInteractiveCommands",
                        argv=("/bin/sh", "-c", script), faults=faults,
                        drain=LIMIT, **options)
    plugin = await rig.run(agent, stdin=False, env={
        "SSM_PLUGIN_QUIET": "1", "SSM_PLUGIN_EXIT_STATUS": "1"})
    await plugin.ends(7, quiet=False)
    same(plugin.out, b"".join(
        b"line %d of the output, which is long enough\n" % i
        for i in range(size // 45)), "standard output")
    same(plugin.err, b"error\n", "standard error")
    return plugin


KINDS = {"mux": mux_bytes, "basic": basic_bytes, "stdio": stdio_bytes,
         "shell": shell_bytes, "kms": kms_bytes, "command": command_bytes}
