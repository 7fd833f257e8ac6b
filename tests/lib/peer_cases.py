#!/usr/bin/env python3
"""The plugin against an independent peer: every kind, every fault.

peer_cases.py PLUGIN [PATTERN [JOBS [SECONDS]]]     TAP on standard output

A name that does not match the regular expression PATTERN is left out. With
SM_PEER_SLOW set there are a few more; SM_PEER_STEP=1 breaks sockets behind
every byte instead of every 211th.
"""
import asyncio
import dataclasses
import os
import re
import sys

import peer_cases_end       # noqa: F401    each adds its cases
import peer_cases_link      # noqa: F401
import peer_cases_odd       # noqa: F401
import peer_cases_port      # noqa: F401
import peer_cases_shell     # noqa: F401
from peer import Faults
from peer_drive import CASES, KINDS
from peer_rig import LIMIT, Plugin, suite, want

# name -> (faults, bytes, what must have happened)
FAULTS = {
    "nothing": (Faults(), 400000, None),
    "lost": (Faults(drop=0.02), 60000, "lost"),
    "repeated": (Faults(dup=0.2), 200000, None),
    "out of order": (Faults(reorder=0.1), 100000, "reordered"),
    "corrupted": (Faults(corrupt=0.02), 60000, "corrupted"),
    "acknowledgements lost": (Faults(drop_acks=0.1), 100000, None),
    "garbage between": (Faults(garbage=0.2), 200000, None),
    "fragments with pings inside": (Faults(fragment=100, ping=0.3), 200000,
                                    "pongs"),
    "fragments of one byte": (Faults(fragment=1), 10000, None),
    "text frames": (Faults(text=True), 100000, None),
    "late by 150 ms": (Faults(delay=0.15), 60000, None),
    "acknowledged late": (Faults(ack_delay=0.2), 200000, None),
    "acknowledged in bursts": (Faults(ack_burst=0.2), 200000, None),
    "pings unanswered": (Faults(deaf_pings=True), 50000, None),
    "slow line": (Faults(rate=16384, delay=0.15), 20000, None),
    "little room at the agent": (Faults(early_room=4, reorder=0.05), 60000,
                                 None),
    "cut three times": (Faults(cut=20000, cuts=3), 150000, "cuts"),
    "ended three times": (Faults(cut=20000, cuts=3, reset=False), 150000,
                          "cuts"),
    "cut while sending": (Faults(cut=15000, cuts=3, cut_up=True), 150000,
                          "cuts"),
    "cut without a pause": (Faults(cut=30000, cuts=2, pause=False), 100000,
                            "cuts"),
    "all at once": (Faults(drop=0.01, dup=0.05, reorder=0.05, corrupt=0.01,
                           garbage=0.05, cut=25000, cuts=2), 60000, "cuts"),
}


def matrix():
    for kind, run in KINDS.items():
        for name, (faults, size, sign) in FAULTS.items():
            async def body(rig, run=run, faults=faults, size=size, sign=sign):
                # an agent that does not pace itself loses all it has when
                # a socket is cut, and brings back ten messages a second
                plugin = await run(rig, dataclasses.replace(faults), size,
                                   paced=0.001 if faults.cut else 0)
                want(not sign or plugin.agent.counts[sign],
                     "nothing was done: %s" % dict(plugin.agent.counts))
            CASES.append(("%s: %s" % (kind, name), body))


def main():
    Plugin.path = os.path.abspath(sys.argv[1])
    chosen = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    jobs = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 2 * LIMIT
    matrix()
    cases = [c for c in CASES if chosen.search(c[0])]
    sys.exit(0 if asyncio.run(suite(cases, jobs, seconds)) else 1)


main()
