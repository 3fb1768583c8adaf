#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile a bare-metal guest, run it, and compare what it prints with what is expected.

    run_guest.py --program build/armlet tests/guest/exceptions.c
    run_guest.py --program qemu-system-aarch64 tests/guest/exceptions.c     ask a reference

The expected text stands beside the source, as NAME.expected.
"""

import argparse
import difflib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMPILER = "aarch64-linux-gnu-gcc"
# Aligned accesses only, as the MMU is off; no FP registers; no calls to a C library.
FLAGS = (
    "-O1 -g -Wall -Wextra -ffreestanding -nostdlib -static -fno-pic -no-pie -mgeneral-regs-only -mstrict-align"
    " -mno-outline-atomics -fno-stack-protector -fno-tree-loop-distribute-patterns"
    " -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments"
).split()


def compile_guest(source, image):
    if not shutil.which(COMPILER):
        sys.exit(f"{COMPILER} is missing: apt install gcc-aarch64-linux-gnu")
    support = [os.path.join(HERE, name) for name in ("start.S", "support.c")]
    script = os.path.join(HERE, "guest.ld")
    command = [COMPILER, *FLAGS, "-I", ROOT, "-T", script, source, *support, "-o", image]
    subprocess.run(command, check=True)


def run_guest(options, image):
    argv = shlex.split(options.program) + [
        *("-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-m", "128"),
        *("-nographic", "-net", "none", "-kernel", image),
    ]
    run = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=options.timeout, check=False
    )
    return run.returncode, run.stdout.decode(errors="replace").replace("\r", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--smp", default="1")
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--print", action="store_true", help="print the console, compare nothing")
    parser.add_argument("source")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="armlet-guest.") as folder:
        image = os.path.join(folder, "guest.elf")
        compile_guest(options.source, image)
        try:
            status, output = run_guest(options, image)
        except subprocess.TimeoutExpired as error:
            print((error.stdout or b"").decode(errors="replace"))
            sys.exit(f"the guest did not power off within {options.timeout:.0f} s")
    if options.print:
        print(output, end="")
        return status
    with open(os.path.splitext(options.source)[0] + ".expected", encoding="utf-8") as file:
        expected = file.read()
    difference = difflib.unified_diff(
        expected.splitlines(), output.splitlines(), "expected", "the guest", lineterm=""
    )
    print("\n".join(difference))
    if status:
        print(f"the emulator ended with status {status}")
    return 1 if status or output != expected else 0


if __name__ == "__main__":
    sys.exit(main())
