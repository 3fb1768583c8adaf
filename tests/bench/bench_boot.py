#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How much CPU time a boot to the prompt takes, against a reference emulator.

    bench_boot.py --program build/armlet [--reference qemu-system-aarch64]... [--runs 5] [--kernel Image] ...
    bench_boot.py --program build/armlet --kernel Image --nfs ROOT --smp 8 -m 4096 \\
        --reference qemu-system-aarch64 --reference "qemu-system-aarch64 -accel tcg,thread=single"

Runs alternate, so that a change of the host's speed hits all; the figures are medians of user + system time in
seconds. The ratio is ours by the reference's: below 1 is faster. Differences under 5% mean nothing.

With --nfs our guest has its root on that folder, with the command line of the tutorial (README.md). The reference has no
NFS server: its guest boots the same kernel to the prompt of the initramfs, which is less to do.
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
NFS_ROOT = (
    "root=/dev/nfs nfsroot=10.0.2.2:/opt/_install rw ip=dhcp init=/linuxrc console=ttyAMA0 earlyprintk"
)
# What a kernel says when all of them run: Linux 4.9 and earlier; all.
ALL_CPUS = ("Brought up {} CPU", "SMP: Total of {} processors activated")


def board(program, options):
    return shlex.split(program) + [
        *("-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-m", options.m),
        *("-nographic", "-kernel", options.kernel),
        *shlex.split(NETWORK),
    ]


def initramfs_boot(program, options):
    return [*board(program, options), "-initrd", options.initrd, "-append", options.append]


def nfs_boot(program, options):
    append = f"{NFS_ROOT} {options.words}"
    return [*board(program, options), "-append", append, "-nfs", f"/opt/_install={options.nfs}"]


def boot(argv, smp):
    """CPU and wall seconds from power-on to the prompt, and the peak of resident memory in MiB."""
    started = time.monotonic()
    with Console(argv) as guest:
        guest.expect(PROMPT_LINE)
        wall = time.monotonic() - started
        guest.process.kill()
        _, status, used = os.wait4(guest.process.pid, 0)
        guest.process.returncode = os.waitstatus_to_exitcode(status)
        text = guest.transcript.decode(errors="replace")
    if int(smp) > 1 and not any(line.format(smp) in text for line in ALL_CPUS):
        raise ConsoleError(f"the kernel did not say that {smp} processors run")
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024


def measure(lines, options):
    """{name: runs} of the command lines {name: argv}."""
    runs = {name: [] for name in lines}
    for _ in range(options.runs):
        for name, argv in lines.items():
            runs[name].append(boot(argv, options.smp))
    return runs


def report(name, runs, ours):
    """A line of the table; returns the median CPU time. `ours` is the one to compare with."""
    cpu, wall, memory = (statistics.median(column) for column in zip(*runs))
    spread = max(run[0] for run in runs) - min(run[0] for run in runs)
    ratio = f"  ratio {ours / cpu:.2f}" if ours else ""
    print(f"cpu {cpu:6.2f} s (spread {spread:.2f})  wall {wall:6.2f} s  rss {memory:5.0f} MiB{ratio}  {name}")
    return cpu


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", action="append", help="may be given several times")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernel", default=os.path.join(CACHE, "debian/Image"))
    parser.add_argument("--initrd", default=os.path.join(CACHE, "debian/shell.cpio.gz"))
    parser.add_argument("--append", default="rdinit=/linuxrc console=ttyAMA0 ip=dhcp")
    parser.add_argument("--words", default="", help="more words for the kernel, with --nfs and without")
    parser.add_argument("--nfs", metavar="ROOT", help="our guest's root, over NFS")
    parser.add_argument("--smp", default="1")
    parser.add_argument("-m", default="1024")
    parser.add_argument("--limit", type=float, help="fail when a ratio is above this")
    options = parser.parse_args()
    options.reference = options.reference or ["qemu-system-aarch64"]
    options.append = f"{options.append} {options.words}"
    return options


def main():
    options = parse_arguments()
    for reference in options.reference:
        if not shutil.which(shlex.split(reference)[0]):
            sys.exit(f"{reference} is missing: apt install qemu-system-arm")
    for path in (options.kernel, options.initrd):
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: ./run guests makes it")
    lines = {options.program: (nfs_boot if options.nfs else initramfs_boot)(options.program, options)}
    lines |= {reference: initramfs_boot(reference, options) for reference in options.reference}
    try:
        runs = measure(lines, options)
    except ConsoleError as error:
        sys.exit(f"bench: {error}")
    ours = report(options.program, runs[options.program], None)
    ratios = [ours / report(name, runs[name], ours) for name in options.reference]
    return 1 if options.limit and max(ratios) > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
