#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whatever ends the emulator, the terminal is as it was before.

    test_terminal.py --program build/armlet

Boots a stock kernel to its shell each time, so that the terminal is in use.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time

from console import Console, ConsoleError
from test_boot import RAM_ROOT, Failure, check, guest_file

CTRL_A = "\x01"
CTRL_C = "\x03"


def start(program):
    argv = shlex.split(program) + ["-machine", "virt", "-cpu", "cortex-a57", "-nographic", "-m", "512"]
    argv += ["-kernel", guest_file("debian/Image"), "-initrd", guest_file("debian/shell.cpio.gz")]
    return Console(argv + ["-append", RAM_ROOT])


def quits_with_ctrl_a_x(guest):
    guest.send(CTRL_A + "x")
    check(guest.wait(20) == 0, "Ctrl-A x: status is not 0")
    guest.check_terminal()


def helps_with_ctrl_a_h(guest):
    guest.send(CTRL_A + "h")
    guest.expect(rb"[Cc](trl)?-[Aa] x")
    guest.power_off()


def passes_ctrl_a_and_ctrl_c_on(guest):
    guest.send_line("echo go; cat")
    guest.expect(rb"\ngo\r*\n")
    time.sleep(1)  # the shell itself ignores Ctrl-C until cat has the terminal
    guest.send(CTRL_C)
    guest.expect(rb"\[130\] # ", 20)
    guest.send("echo b" + CTRL_A + CTRL_A + "\x1b[C\x1b[C\x1b[C\x1b[C\x1b[Cx\r")  # to the start, 5 right
    guest.expect(rb"\nxb\r*\n", 20)
    guest.power_off()


def restores_on_signal(number):
    def test(guest):
        guest.interrupt(number)
        guest.wait(20)
        guest.check_terminal()

    test.__name__ = f"restores_on_{signal.Signals(number).name}"
    return test


def ends_with_its_terminal(guest):
    """The window is closed: the emulator must not run on."""
    os.close(guest.terminal)
    guest.terminal = os.open(os.devnull, os.O_RDWR)
    os.close(guest.their_end)
    guest.their_end = os.dup(guest.terminal)
    guest.process.wait(20)


def reboots(guest):
    guest.send_line("reboot -f")
    guest.login()
    guest.power_off()


TESTS = (
    quits_with_ctrl_a_x,
    helps_with_ctrl_a_h,
    passes_ctrl_a_and_ctrl_c_on,
    restores_on_signal(signal.SIGTERM),
    restores_on_signal(signal.SIGINT),
    restores_on_signal(signal.SIGHUP),
    ends_with_its_terminal,
    reboots,
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    failed = 0
    for test in TESTS:
        try:
            with start(options.program) as guest:
                guest.login()
                test(guest)
            print(f"PASS {test.__name__}", flush=True)
        except (ConsoleError, Failure, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"FAIL {test.__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
