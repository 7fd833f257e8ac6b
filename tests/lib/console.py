#!/usr/bin/env python3
"""A person at a Windows console, for tests: console.py RUNNER PROGRAM

Runs the plugin with RUNNER (wine) on a pseudo-terminal, against the server of
LOOPBACK_URL, whose shell prompts with "ready:", with the session of
AWS_SSM_START_SESSION_RESPONSE. Types one key after the other, and compares
what arrives over there with PROTOCOL.md 9.7.
"""
import fcntl
import os
import select
import struct
import subprocess
import sys
import termios
import time

LIMIT = 30  # seconds for one step
# what a terminal of Unix sends for the key; what has to arrive
KEYS = [
    ("a", b"a", b"a"), ("@", b"@", b"@"),
    ("two bytes of UTF-8", b"\xc3\xa9", b"\xc3\xa9"),
    ("three", b"\xe2\x82\xac", b"\xe2\x82\xac"),
    ("four", b"\xf0\x9f\x98\x80", b"\xf0\x9f\x98\x80"),
    ("up", b"\x1b[A", b"\x1bOA"), ("down", b"\x1b[B", b"\x1bOB"),
    ("right", b"\x1b[C", b"\x1bOC"), ("left", b"\x1b[D", b"\x1bOD"),
    ("insert", b"\x1b[2~", b"\x1b[2~"), ("delete", b"\x1b[3~", b"\x1b[3~"),
    ("page up", b"\x1b[5~", b"\x1b[5~"), ("page down", b"\x1b[6~", b"\x1b[6~"),
    ("F1", b"\x1bOP", b"\x1bOP"), ("F4", b"\x1bOS", b"\x1bOS"),
    ("F5", b"\x1b[15~", b"\x1b[15~"), ("F6", b"\x1b[17~", b"\x1b[17~"),
    ("F11", b"\x1b[23~", b"\x1b[23~"), ("F12", b"\x1b[24~", b"\x1b[24~"),
    ("backspace", b"\x7f", b"\x08"), ("tab", b"\t", b"\t"),
    ("enter", b"\r", b"\r"), ("Ctrl-C", b"\x03", b"\x03"),
    ("the last one", b"z", b"z"),
]

master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0))
typed = os.path.abspath("console.keys")
seen = b""


def own_terminal():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


child = subprocess.Popen(
    sys.argv[1:] + ["AWS_SSM_START_SESSION_RESPONSE", "us-east-1",
                    "StartSession", "", '{"Target":"i-0123456789abcdef0"}',
                    os.environ["LOOPBACK_URL"]],
    stdin=slave, stdout=slave, stderr=slave, preexec_fn=own_terminal,
    env=dict(os.environ, TERM="xterm"))


def fail(text):
    print("console: " + text)
    print(repr(seen[-600:]))
    child.kill()
    sys.exit(1)


def listen():
    global seen
    if select.select([master], [], [], 0.05)[0]:
        seen += os.read(master, 65536)


def until(done, what):
    end = time.time() + LIMIT
    while not done():
        if time.time() > end or child.poll() is not None:
            fail(what)
        listen()


def arrived():
    with open(typed, "rb") as file:
        return file.read()


until(lambda: b"ready:" in seen, "no prompt")
os.write(master, b"stty raw -echo; cat >%s\r" % typed.encode())
until(lambda: os.path.exists(typed), "the shell is deaf")
wrong = 0
for name, key, want in KEYS:
    before = len(arrived())
    os.write(master, key)
    until(lambda: len(arrived()) >= before + len(want), name + " is lost")
    got = arrived()[before:]
    if got != want:
        print("console: %s is %r, not %r" % (name, got, want))
        wrong += 1
child.kill()
child.wait()
sys.exit(wrong > 0)
