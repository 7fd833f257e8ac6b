#!/usr/bin/env python3
"""A person at a terminal, for tests: terminal.py WAY STATUS [ROWSxCOLS]

Starts the plugin on a pseudo-terminal of 33 rows and 101 columns, or as many
as are given, against the server of LOOPBACK_URL, with INT, QUIT and TSTP
ignored as the AWS CLI leaves them; does what WAY says; and checks status and
terminal at the end. The shell of the server prompts with "ready:".
"""
import fcntl
import hashlib
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time

URL = os.environ["LOOPBACK_URL"]
BIN = os.environ["SM_BIN"] + "/session-manager-plugin"
TARGET = '{"Target":"i-0123456789abcdef0"}'
LIMIT = 20  # seconds for one step
SIZE = [int(n) for n in (sys.argv[3:] or ["33x101"])[0].split("x")]
BULK = 50000000  # bytes


def fail(text):
    print("terminal: " + text)
    print(repr(session.seen[-600:]))
    sys.exit(1)


class Session:
    def __init__(self):
        self.seen = b""
        self.master, self.slave = os.openpty()
        self.size(*SIZE)
        self.before = termios.tcgetattr(self.slave)
        response = subprocess.run(
            ["sh", "-c", '. "$SM_TOP/tests/lib/loopback.sh"; loopback_session'],
            check=True, capture_output=True, text=True).stdout
        env = dict(os.environ, AWS_SSM_START_SESSION_RESPONSE=response)
        self.child = subprocess.Popen(
            [BIN, "AWS_SSM_START_SESSION_RESPONSE", "us-east-1",
             "StartSession", "", TARGET, URL],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, env=env,
            preexec_fn=self.as_the_cli, restore_signals=False)

    @staticmethod
    def as_the_cli():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
            signal.signal(number, signal.SIG_IGN)

    def size(self, rows, cols):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))

    def listen(self, seconds):
        end = time.time() + seconds
        while time.time() < end:
            if select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 65536)

    def until(self, text):
        end = time.time() + LIMIT
        while text not in self.seen:
            if time.time() > end or self.child.poll() is not None:
                self.listen(0.2)
                if text in self.seen:
                    return
                fail("%r did not come" % text)
            self.listen(0.05)

    def type(self, text):
        while text:
            text = text[os.write(self.master, text[:4096]):]

    def ask(self, text, answer):
        self.type(text)
        self.until(answer)

    def mode(self):
        return termios.tcgetattr(self.slave)


def at_exit(s):
    s.type(b"exit\r")


def at_ctrl_c(s):
    s.ask(b"echo go; sleep 60\r", b"\ngo\r")
    s.listen(0.3)
    s.type(b"\x03")
    s.ask(b"echo again$((2+2))\r", b"again4")
    at_exit(s)


def at_resize(s):
    s.size(44, 111)
    s.listen(0.5)
    s.ask(b"stty size\r", b"44 111")
    at_exit(s)


def at_escape(s):
    s.type(b"echo a~.b\r")  # not at the beginning of a line
    s.until(b"a~.b")
    s.listen(0.3)
    s.ask(b"~?", b"Supported escape sequences")
    s.type(b"~.")
    s.until(b"Exiting session with sessionId: ")


def at_stopped(s):
    raw = s.mode()
    s.child.send_signal(signal.SIGSTOP)
    s.listen(0.2)
    termios.tcsetattr(s.slave, termios.TCSANOW, s.before)
    s.child.send_signal(signal.SIGCONT)
    s.listen(0.5)
    if s.mode() != raw:
        fail("not raw again after SIGCONT")
    at_exit(s)


def at_paste(s):
    text = b"0123456789abcde\r" * 62500
    digest = hashlib.md5(text).hexdigest().encode()
    s.ask(b"stty raw -echo; echo set$((3+3)); head -c 1000000 | md5sum;"
          b" stty sane\r", b"set6")
    threading.Thread(target=s.type, args=(text,), daemon=True).start()
    s.until(digest)
    at_exit(s)


def at_paste_bracketed(s):
    text = b"\x1b[200~" + b"0123456789abcde\n" * 62500 + b"\x1b[201~"
    digest = hashlib.md5(text).hexdigest().encode()
    s.ask(b"stty raw -echo; echo set$((3+3)); head -c %d | md5sum;"
          b" stty sane\r" % len(text), b"set6")
    threading.Thread(target=s.type, args=(text,), daemon=True).start()
    s.until(digest)
    at_exit(s)


def at_bulk(s):
    """A lot of output for somebody who looks away now and then."""
    there, here = b"0123456789abcde\n", b"0123456789abcde\r\n"
    s.ask(b"stty raw; yes 0123456789abcde | head -c %d; stty sane;"
          b" echo end$((4+4))\r" % BULK, here + here)
    rest, s.seen = s.seen[s.seen.index(here):], b""
    lines, slept, began = 0, 0, time.time()
    while b"end8" not in rest:
        if time.time() - began > 5 * LIMIT:
            fail("only %d lines came" % lines)
        if not select.select([s.master], [], [], LIMIT)[0]:
            fail("stalled after %d lines" % lines)
        rest += os.read(s.master, 65536)
        whole = len(rest) // len(here)
        if rest.startswith(here * whole):
            lines += whole
            rest = rest[whole * len(here):]
        elif len(rest) > 200000:
            fail("other bytes after %d lines" % lines)
        if lines * len(there) > (slept + 1) * BULK // 4:
            slept += 1
            time.sleep(0.7)
    lines += rest.count(here)
    if lines != BULK // len(there):
        fail("%d lines came" % lines)
    at_exit(s)


def at_storm(s):
    """A window that is dragged, through sizes that are none."""
    for n in range(300):
        s.size(*((0, 0) if n % 50 == 7 else (10 + n % 70, 20 + n % 190)))
        if n % 20 == 0:
            s.listen(0.01)
    s.size(47, 113)
    end = time.time() + LIMIT
    while b"47 113" not in s.seen:
        s.ask(b"stty size\r", b"ready:")
        s.listen(0.3)
        if time.time() > end:
            fail("the last size did not arrive")
    at_exit(s)


def at_size(s):
    """No size at all is 100 rows of 300 columns."""
    s.ask(b"stty size\r", b"100 300")
    at_exit(s)


def at_tstp(s):
    s.ask(b"echo go; sleep 60\r", b"\ngo\r")
    s.listen(0.3)
    raw = s.mode()
    s.child.send_signal(signal.SIGTSTP)  # stops what runs over there
    s.until(b"Stopped")
    if s.mode() != raw:
        fail("not raw any more after SIGTSTP")
    s.ask(b"kill %1; echo again$((2+2))\r", b"again4")
    s.type(b"exit\r")
    s.listen(0.5)
    if s.child.poll() is None:  # "You have stopped jobs."
        at_exit(s)


def at_tilde(s):
    s.ask(b"cat\r", b"cat\r")
    s.type(b"~~.literal\r")
    s.until(b"~.literal\r\r\n~.literal")
    s.type(b"~\x7f\x04")  # not an escape: the tilde was only late
    s.ask(b"echo again$((2+2))\r", b"again4")
    at_exit(s)


def at_int(s):
    s.ask(b"echo go; sleep 60\r", b"\ngo\r")
    s.listen(0.3)
    s.child.send_signal(signal.SIGINT)
    s.listen(0.5)  # the terminal over there drops what it had
    s.ask(b"echo again$((2+2))\r", b"again4")
    at_exit(s)


def sender(number):
    return lambda s: s.child.send_signal(number)


WAYS = {
    "exit": at_exit, "ctrl-c": at_ctrl_c, "resize": at_resize,
    "escape": at_escape, "stopped": at_stopped, "paste": at_paste,
    "int": at_int, "term": sender(signal.SIGTERM),
    "hup": sender(signal.SIGHUP), "abort": sender(signal.SIGABRT),
    "segv": sender(signal.SIGSEGV), "bus": sender(signal.SIGBUS),
    "paste-bracketed": at_paste_bracketed, "bulk": at_bulk,
    "storm": at_storm, "size": at_size, "tstp": at_tstp, "tilde": at_tilde,
}

session = Session()
session.until(b"ready:")
mode = session.mode()
if mode[3] & (termios.ICANON | termios.ECHO | termios.ISIG):
    fail("the terminal is not raw")
if not mode[1] & termios.OPOST:
    fail("output processing was switched off")
if SIZE != [0, 0]:
    session.ask(b"stty size\r", b"%d %d" % tuple(SIZE))
WAYS[sys.argv[1]](session)
started = time.time()
while session.child.poll() is None and time.time() < started + LIMIT:
    session.listen(0.05)
session.listen(0.1)
if session.child.poll() is None:
    session.child.kill()
    fail("it did not end")
if session.child.returncode != int(sys.argv[2]):
    fail("status %d" % session.child.returncode)
if time.time() - started > 3:
    fail("the end took %.1f s" % (time.time() - started))
if session.mode() != session.before:
    fail("the terminal is not as it was")
