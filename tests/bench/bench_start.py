#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long it takes from exec to the guest's first instructions.

    bench_start.py --program build/armlet [--reference qemu-system-aarch64] [--runs 21] [--size 16]

The Image is as large as a kernel (--size, MiB). Its first instructions write a byte to the UART and ask PSCI to power off: the figure
is the wall time until that byte can be read, with a machine of 4 GiB. Runs alternate; medians.
"""

import argparse
import os
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from figures import BenchError, needs_reference

LIMIT_MS = 10
TEXT_OFFSET = 0x80000
# movz x2, #0x900, lsl #16 (UARTDR); str w2, [x2]; movz x0, #8; movk x0, #0x8400, lsl #16 (PSCI SYSTEM_OFF); hvc #0
BYTE_AND_OFF = (0xD2A12002, 0xB9000042, 0xD2800100, 0xF2B08000, 0xD4000002)


def write_image(path, size):
    """An arm64 Image (Documentation/arm64/booting.rst) whose first instruction branches behind the header."""
    header = struct.pack("<IIQQQ24x4sI", 0x14000010, 0, TEXT_OFFSET, size, 0xA, b"ARM\x64", 0)
    start = header + struct.pack("<5I", *BYTE_AND_OFF)
    with open(path, "wb") as file:
        file.write(start + os.urandom(size - len(start)))


def run(program, image):
    """Milliseconds."""
    argv = [*shlex.split(program), *"-machine virt -cpu cortex-a57 -m 4096 -nographic -net none -kernel".split(), image]
    started = time.monotonic()
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        byte = process.stdout.read(1)
        elapsed = time.monotonic() - started
    if not byte or process.returncode:
        raise BenchError(f"{shlex.join(argv)}: status {process.returncode}, printed {byte!r}")
    return elapsed * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", default="qemu-system-aarch64", help="'' for none")
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--size", type=int, default=16, help="MiB")
    parser.add_argument("--limits", action="store_true", help="fail when it takes too long")
    options = parser.parse_args()
    try:
        emulators = needs_reference([options.program], options.reference)
        with tempfile.TemporaryDirectory(prefix="armlet-bench.") as folder:
            image = os.path.join(folder, "Image")
            write_image(image, options.size << 20)
            times = [[run(e, image) for e in emulators] for _ in range(options.runs)]
    except BenchError as error:
        sys.exit(f"bench: {error}")
    for name, column in zip(emulators, zip(*times)):
        print(f"{statistics.median(column):7.1f} ms  {name}")
    missed = statistics.median(row[0] for row in times) > LIMIT_MS
    if missed:
        print(f"above its limit: {LIMIT_MS} ms")
    return 1 if missed and options.limits else 0


if __name__ == "__main__":
    sys.exit(main())
