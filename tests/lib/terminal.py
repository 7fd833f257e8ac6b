#!/usr/bin/env python3
"""A person at a terminal, for tests: terminal.py WAY STATUS

Starts the plugin on a pseudo-terminal of 33 rows and 101 columns against the
server of LOOPBACK_URL, with INT, QUIT and TSTP ignored as the AWS CLI leaves
them; does what WAY says; and checks status and terminal at the end. The shell
of the server prompts with "ready:".
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


def fail(text):
    print("terminal: " + text)
    print(repr(session.seen[-600:]))
    sys.exit(1)


class Session:
    def __init__(self):
        self.seen = b""
        self.master, self.slave = os.openpty()
        self.size(33, 101)
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
}

session = Session()
session.until(b"ready:")
mode = session.mode()
if mode[3] & (termios.ICANON | termios.ECHO | termios.ISIG):
    fail("the terminal is not raw")
if not mode[1] & termios.OPOST:
    fail("output processing was switched off")
session.ask(b"stty size\r", b"33 101")
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
