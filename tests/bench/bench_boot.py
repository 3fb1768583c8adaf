#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much CPU time a boot to the prompt takes, against a reference emulator.

    bench_boot.py --program build/armlet [--reference qemu-system-aarch64] [--runs 5]

Runs alternate, so that a change of the host's speed hits both; the figures are medians of user + system time in
seconds. The ratio is ours by the reference's: below 1 is faster. Differences under 5% mean nothing.
"""

import argparse
import os
import shlex
import shutil
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../boot"))
from console import PROMPT_LINE, Console, ConsoleError  # noqa: E402

CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "armlet"
)
# The same card for both, and no option ROM that the reference would have to find.
NETWORK = "-netdev user,id=net0 -device virtio-net-device,netdev=net0"


def command_line(program, options):
    return shlex.split(program) + [
        *("-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-m", options.m),
        *("-nographic", "-kernel", options.kernel, "-initrd", options.initrd),
        *("-append", options.append),
        *shlex.split(NETWORK),
    ]


def boot(argv):
    """CPU and wall seconds from power-on to the prompt."""
    started = time.monotonic()
    with Console(argv) as guest:
        guest.expect(PROMPT_LINE)
        wall = time.monotonic() - started
        guest.process.kill()
        _, status, used = os.wait4(guest.process.pid, 0)
        guest.process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def report(name, runs):
    cpu, wall, memory = (statistics.median(column) for column in zip(*runs))
    spread = max(run[0] for run in runs) - min(run[0] for run in runs)
    print(f"{name:12} cpu {cpu:6.2f} s (spread {spread:.2f})  wall {wall:6.2f} s  rss {memory:5.0f} MiB")
    return cpu


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", default="qemu-system-aarch64")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernel", default=os.path.join(CACHE, "debian/Image"))
    parser.add_argument("--initrd", default=os.path.join(CACHE, "debian/shell.cpio.gz"))
    parser.add_argument("--append", default="rdinit=/linuxrc console=ttyAMA0 ip=dhcp")
    parser.add_argument("--smp", default="1")
    parser.add_argument("-m", default="1024")
    parser.add_argument("--limit", type=float, help="fail when the ratio is above this")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if not shutil.which(shlex.split(options.reference)[0]):
        sys.exit(f"{options.reference} is missing: apt install qemu-system-arm")
    for path in (options.kernel, options.initrd):
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: ./run guests makes it")
    ours, theirs = [], []
    try:
        for _ in range(options.runs):
            ours.append(boot(command_line(options.program, options)))
            theirs.append(boot(command_line(options.reference, options)))
    except ConsoleError as error:
        sys.exit(f"bench: {error}")
    ratio = report("armlet", ours) / report("reference", theirs)
    print(f"ratio        {ratio:.2f}")
    return 1 if options.limit and ratio > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
