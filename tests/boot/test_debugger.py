#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Hardware breakpoints, watchpoints, single steps and perf in a guest: debugger.c on a stock kernel.

    test_debugger.py --program build/armlet
    test_debugger.py --program "qemu-system-aarch64 -net none" --no-perf

Without -icount QEMU has no counter of instructions: --no-perf leaves these lines out.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile

from console import Console, ConsoleError
from test_boot import Failure, check, guest_file

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debugger.c")
COMPILER = "aarch64-linux-gnu-gcc"
PACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pack_initramfs.py")
# SIGTRAP is 5; si_code 2 is TRAP_TRACE, 4 TRAP_HWBKPT.
DEBUG = """\
breakpoint: signal 5 code 4 at +0
breakpoint: signal 5 code 4 at +0
step: signal 5 code 2 at +4
step: signal 5 code 2 at +8
write: signal 5 code 4 at +0
read: signal 5 code 4 at +0
stepped to the end: exit 7
"""
PERF = """\
instructions: as many as there are
samples: 100
"""


def initramfs(folder):
    """The shell's, with the program behind it: the kernel unpacks one archive after the other."""
    root = os.path.join(folder, "root")
    os.mkdir(root)
    subprocess.run([COMPILER, "-O1", "-static", "-o", os.path.join(root, "debugger"), SOURCE], check=True)
    packed = os.path.join(folder, "program.cpio.gz")
    subprocess.run([sys.executable, PACK, root, packed], check=True)
    both = os.path.join(folder, "both.cpio.gz")
    with open(both, "wb") as out:
        for path in (guest_file("debian/shell.cpio.gz"), packed):
            with open(path, "rb") as file:
                out.write(file.read())
    return both


def run(program, expected):
    with tempfile.TemporaryDirectory(prefix="armlet-debugger.") as folder:
        argv = shlex.split(program)
        argv += ["-machine", "virt", "-cpu", "cortex-a57", "-m", "1024", "-nographic"]
        argv += ["-kernel", guest_file("debian/Image"), "-initrd", initramfs(folder)]
        argv += ["-append", "rdinit=/linuxrc console=ttyAMA0"]
        with Console(argv) as guest:
            guest.login()
            output = guest.run("/debugger") + "\n"
    check(output.startswith(expected), f"expected:\n{expected}the guest printed:\n{output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--no-perf", action="store_true", help="look at the debugger's lines only")
    options = parser.parse_args()
    try:
        run(options.program, DEBUG if options.no_perf else DEBUG + PERF)
    except (ConsoleError, Failure) as failure:
        sys.exit(f"debugger: {failure}")


if __name__ == "__main__":
    main()
