# SPDX-License-Identifier: MIT
"""The guest that the stub is tried on, and the way to where it is ready."""

import os
import subprocess
import sys
import time

from rsp import PC, StubError, expect

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "guest"))
import run_guest  # noqa: E402 (the folder above)

RUN_TIME = 0.15  # seconds: a busy host lets the machine run within that


class Guest:
    """The compiled playground."""

    def __init__(self, folder, fuzzer):
        self.fuzzer = fuzzer  # a command that prints malformed packets
        self.image = os.path.join(folder, "playground.elf")
        run_guest.compile_guest(os.path.join(HERE, "playground.c"), self.image)
        listing = subprocess.run(
            ["aarch64-linux-gnu-nm", self.image], check=True, capture_output=True, text=True
        ).stdout
        self.symbols = {}
        for line in listing.splitlines():
            address, _, name = line.split(maxsplit=2)
            self.symbols[name] = int(address, 16)

    def __getattr__(self, name):
        return self.symbols[name]


def two_processors(test):
    test.options = ["-smp", "2"]
    return test


def to_ready(client, guest):
    client.run_to(guest.ready)
    expect(client.register(PC) == guest.ready, "not at ready()")


def reconnect(machine):
    """A new session, when the machine has run for a while and noticed that the last one ended."""
    time.sleep(RUN_TIME)
    for _ in range(100):
        client = machine.connect()
        try:
            stop = client.ask("?")
        except OSError:
            stop = None
        if stop and not stop.startswith("E."):  # refused as long as the last one is there
            expect(stop == "T05thread:01;", f"a new session begins with {stop}")
            return client
        time.sleep(RUN_TIME)
    raise StubError("nobody is let in any more")
