#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The debug stub on a bare-metal guest, byte by byte.

    test_stub.py --program build/armlet --fuzzer build/tests/gdbstub/test_gdbstub_fuzz [TEST...]

Each function of the modules stub_* that starts with check_ is a test. It gets a machine that stands
at reset.
"""

import argparse
import os
import select
import sys
import tempfile

import rsp
import stub_running
import stub_session
import stub_state
from rsp import PC, Emulator, StubError, expect
from stub_guest import Guest, to_ready

MODULES = (stub_state, stub_running, stub_session)

# ---- where the stub is ----


def talk_over_stdio(program, guest):
    with Emulator(program, ["-kernel", guest.image], gdb="stdio") as machine:
        pipes = machine.process

        def send(data):
            pipes.stdin.write(data)
            pipes.stdin.flush()

        def receive(timeout):
            ready, _, _ = select.select([pipes.stdout], [], [], timeout)
            return os.read(pipes.stdout.fileno(), 65536) if ready else None

        client = rsp.Client(send, receive)
        expect(client.ask("?") == "T05thread:01;", "stdio: ?")
        to_ready(client, guest)
        client.set_register(PC, guest.leave)
        expect(client.ask("c") == "W00", "stdio: W00")
        expect(machine.wait() == (0, ""), "stdio: exit status")


def refuse_bad_addresses(program, guest):
    for gdb, words in (
        ("nonsense", "nonsense"),
        ("tcp:1235", "HOST:PORT"),
        ("tcp::123456", "HOST:PORT"),
        ("unix:", "path"),
        ("tcp::1235,server,wait", "wait"),
        ("tcp::1235,server=off", "server=off"),
        ("tcp::1235,colour=blue", "colour=blue"),
        ("unix:/nowhere/at/all", "/nowhere/at/all"),
        ("file:/tmp/x", "file:/tmp/x"),
    ):
        with Emulator(program, ["-kernel", guest.image], gdb=gdb) as machine:
            status, errors = machine.wait()
            expect(status == 1, f"-gdb {gdb} ended with {status}")
            expect(errors.count("\n") == 1 and words in errors, f"-gdb {gdb} says: {errors}")


WITHOUT_MACHINE = [talk_over_stdio, refuse_bad_addresses]


def run_one(test, program, guest, accel):
    if test in WITHOUT_MACHINE:
        test(program, guest)
        return
    options = ["-kernel", guest.image, "-S"] + getattr(test, "options", [])
    options += ["-accel", accel]
    with Emulator(program, options) as machine:
        test(machine, guest)


def all_tests():
    checks = [f for m in MODULES for name, f in vars(m).items() if name.startswith("check_")]
    return checks + WITHOUT_MACHINE


def parse_arguments(names):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--fuzzer", required=True, help="test_gdbstub_fuzz")
    parser.add_argument("--accel", default="interp", help="the machine's -accel")
    parser.add_argument("--packets", type=int, default=10000, help="how many of those")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("test", nargs="*", choices=[[], *names], help="all, if none is named")
    return parser.parse_args()


def main():
    tests = all_tests()
    options = parse_arguments([test.__name__ for test in tests])
    fuzzer = [options.fuzzer, str(options.packets), str(options.seed)]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="armlet-guest.") as folder:
        guest = Guest(folder, fuzzer)
        for test in tests:
            if options.test and test.__name__ not in options.test:
                continue
            try:
                run_one(test, options.program, guest, options.accel)
                print(f"PASS {test.__name__}")
            except (StubError, OSError, ValueError, TypeError, AttributeError) as error:
                failed += 1
                print(f"FAIL {test.__name__}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
