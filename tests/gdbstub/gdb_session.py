# SPDX-License-Identifier: MIT
"""Run Debian's gdb beside a machine with a real kernel, and read what it says.

The guests come from `./run guests`; without them the test fails.
"""

import argparse
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "boot"))
from console import Console, ConsoleError  # noqa: E402 (the folder above)
from test_boot import RAM_ROOT, Failure, check, guest_file  # noqa: E402

GDB = "gdb-multiarch"
SETTINGS = [
    "set pagination off",
    "set confirm off",
    "set width 0",
    "set remotetimeout 20",
    "set auto-load safe-path /",  # vmlinux-gdb.py beside vmlinux
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command_line(options, kernel, port, cpus, append):
    argv = shlex.split(options.program)
    argv += ["-machine", "virt", "-cpu", "cortex-a57", "-smp", cpus, "-nographic", "-m", "512"]
    argv += ["-kernel", guest_file(kernel), "-initrd", guest_file("debian/shell.cpio.gz")]
    return argv + ["-append", f"{RAM_ROOT} {append}", "-gdb", f"tcp::{port}", "-S"]


def start_gdb(commands):
    if not shutil.which(GDB):
        raise Failure(f"{GDB} is missing: apt install {GDB}")
    argv = [GDB, "-nx", "-batch"]
    for command in SETTINGS + commands:
        argv += ["-ex", command]
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def check_output(text, patterns):
    """Each pattern stands behind the one before it."""
    position = 0
    for pattern in patterns:
        match = re.compile(pattern, re.MULTILINE).search(text, position)
        check(match, f"gdb does not say '{pattern}' where it should:\n{text}")
        position = match.end()


def session(options, kernel, commands, patterns, drive, cpus="1", append="nokaslr"):
    """Run gdb beside the machine; `drive` works at the guest's console meanwhile."""
    port = free_port()
    with Console(command_line(options, kernel, port, cpus, append), options.timeout) as guest:
        gdb = start_gdb([command.replace("PORT", str(port)) for command in commands])
        try:
            drive(guest)
            text, _ = gdb.communicate(timeout=options.timeout)
        except ConsoleError as error:
            gdb.kill()
            raise Failure(f"{error}\n  gdb says:\n{gdb.communicate()[0]}") from error
        except subprocess.TimeoutExpired as error:
            gdb.kill()
            raise Failure(f"gdb did not end:\n{gdb.communicate()[0]}") from error
    check_output(text, patterns)


def nobody(guest):
    """Nothing is done at the console."""


def log_in_and_power_off(guest):
    guest.login()
    guest.power_off()


def main(description, sessions):
    """Run the session that the command line names; the exit status."""
    parser = argparse.ArgumentParser(description=description.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--session", required=True, choices=sessions)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one step")
    options = parser.parse_args()
    try:
        sessions[options.session](options)
    except (ConsoleError, Failure) as error:
        print(f"FAIL {options.session}: {error}", file=sys.stderr)
        return 1
    print(f"PASS {options.session}")
    return 0
