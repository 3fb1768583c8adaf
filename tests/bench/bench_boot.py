#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a boot to the prompt costs, against a reference emulator: CPU time, guest MIPS, peak of resident memory.

    bench_boot.py --program build/armlet [--reference qemu-system-aarch64]... [--runs 5] [--kernel Image] ...
    bench_boot.py --program build/armlet --kernel Image --nfs ROOT --smp 8 -m 4096 \\
        --reference qemu-system-aarch64 --reference "qemu-system-aarch64 -accel tcg,thread=single"
    bench_boot.py --program build/armlet --tutorial [--kernel Image]

Runs alternate, so that a change of the host's speed hits all; figures are medians, times user + system in seconds. The ratio
is ours by the reference's: below 1 is faster. Differences under 5% mean nothing.

With --nfs our guest has its root on that folder, with the command line of the tutorial (README.md). The reference has no
NFS server: its guest boots the same kernel to the prompt of the initramfs, which is less to do.

--tutorial is four such measurements of one kernel ($ARMLET_BENCH_KERNEL, or a small 6.1): -smp 1 -m 1024 and the tutorial's -smp 8
-m 4096, from an initramfs and over NFS, the latter against the reference with a thread for each processor, its default, and
with one thread.
"""

import argparse
import glob
import os
import re
import shlex
import shutil
import statistics
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))
from console import PROMPT_LINE, Console, ConsoleError  # noqa: E402
from figures import CACHE, cpu_seconds  # noqa: E402

# The same card for both, and no option ROM that the reference would have to find.
NETWORK = "-netdev user,id=net0 -device virtio-net-device,netdev=net0"
NFS_ROOT = (
    "root=/dev/nfs nfsroot=10.0.2.2:/opt/_install rw ip=dhcp init=/linuxrc console=ttyAMA0 earlyprintk"
)
# What a kernel says when all of them run: Linux 4.9 and earlier; all.
ALL_CPUS = ("Brought up {} CPU", "SMP: Total of {} processors activated")
QEMU = "qemu-system-aarch64"
ONE_THREAD = f"{QEMU} -accel tcg,thread=single"
TUTORIAL = [  # -smp, -m, the root over NFS, what the ratio to each reference may be at most
    ("1", "1024", False, {QEMU: 0.7}),
    ("1", "1024", True, {QEMU: 0.7}),
    ("8", "4096", False, {QEMU: 0.25, ONE_THREAD: 0.7}),
    ("8", "4096", True, {QEMU: 0.25, ONE_THREAD: 0.7}),
]
LIMIT_RSS = {("8", True): 120e6 / (1 << 20)}  # MiB, by -smp and NFS
DEBIAN_LIMIT = 0.8


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


def instructions_of(guest):
    """How many the guest has executed; only our monitor tells."""
    guest.send("\x01cinfo state\r")
    return int(guest.expect(rb"instructions=(\d+)", 20).group(1))


def memory_files(pid):
    """MiB of the memory files (memfd_create) that a process has open, resident or not."""
    blocks = 0
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        if os.path.realpath(path).startswith("/memfd:"):
            blocks += os.stat(path).st_blocks
    return blocks * 512 / (1 << 20)


def boot(argv, smp, counts):
    """CPU and wall seconds from power-on to the prompt, the peak of resident memory and all memory files in MiB, and instructions (0:
    unknown)."""
    started = time.monotonic()
    with Console(argv) as guest:
        guest.expect(PROMPT_LINE)
        wall = time.monotonic() - started
        cpu = cpu_seconds(guest.process.pid)
        with open(f"/proc/{guest.process.pid}/status", encoding="utf-8") as file:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1))
        files = memory_files(guest.process.pid) if counts else 0
        instructions = instructions_of(guest) if counts else 0
        text = guest.transcript.decode(errors="replace")
    if int(smp) > 1 and not any(line.format(smp) in text for line in ALL_CPUS):
        raise ConsoleError(f"the kernel did not say that {smp} processors run")
    return cpu, wall, peak / 1024, files, instructions


def measure(lines, options):
    """{name: runs} of the command lines {name: argv}, the first of which is ours."""
    runs = {name: [] for name in lines}
    for _ in range(options.runs):
        for number, (name, argv) in enumerate(lines.items()):
            runs[name].append(boot(argv, options.smp, number == 0))
    return runs


def report(name, runs, ours):
    """A line of the table; returns the medians of CPU time and memory. `ours` is the one to compare with."""
    cpu, wall, memory, files, instructions = (statistics.median(column) for column in zip(*runs))
    spread = max(run[0] for run in runs) - min(run[0] for run in runs)
    files = f" (and its memory files have {files:.0f})" if files else ""
    mips = f"  {instructions / cpu / 1e6:4.0f} MIPS" if instructions else ""
    ratio = f"  ratio {ours / cpu:.2f}" if ours else ""
    print(f"cpu {cpu:6.2f} s (spread {spread:.2f})  wall {wall:6.2f} s  rss {memory:5.1f} MiB{files}{mips}{ratio}  {name}", flush=True)
    return cpu, memory


def compare(options, limits, limit_rss=None):
    """What is above its limit, a line each."""
    lines = {options.program: (nfs_boot if options.nfs else initramfs_boot)(options.program, options)}
    lines |= {reference: initramfs_boot(reference, options) for reference in options.reference}
    runs = measure(lines, options)
    ours, memory = report(options.program, runs[options.program], None)
    missed = []
    if limit_rss and memory > limit_rss:
        missed.append(f"{memory:.1f} MiB, at most {limit_rss:.1f}")
    for name in options.reference:
        ratio = ours / report(name, runs[name], ours)[0]
        if name in limits and ratio > limits[name]:
            missed.append(f"ratio to {name} {ratio:.2f}, at most {limits[name]}")
    return missed


def compare_tutorial(options):
    missed, root = [], options.nfs or os.path.join(CACHE, "rootfs")
    for options.smp, options.m, nfs, limits in TUTORIAL:
        options.nfs = root if nfs else None
        options.reference = list(limits)
        what = f"{options.kernel} -smp {options.smp} -m {options.m}, {'root over NFS' if nfs else 'initramfs'}"
        print(what)
        missed += [f"{what}: {line}" for line in compare(options, limits, LIMIT_RSS.get((options.smp, nfs)))]
    return missed


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", action="append", help="may be given several times")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernel", help="Debian's unless --tutorial")
    parser.add_argument("--initrd", default=os.path.join(CACHE, "debian/shell.cpio.gz"))
    parser.add_argument("--append", default="rdinit=/linuxrc console=ttyAMA0 ip=dhcp")
    parser.add_argument("--words", default="", help="more words for the kernel, with --nfs and without")
    parser.add_argument("--nfs", metavar="ROOT", help="our guest's root, over NFS")
    parser.add_argument("--smp", default="1")
    parser.add_argument("-m", default="1024")
    parser.add_argument("--tutorial", action="store_true")
    parser.add_argument("--limits", action="store_true", help="fail when something is above its limit")
    options = parser.parse_args()
    options.reference = options.reference or [QEMU]
    small = os.environ.get("ARMLET_BENCH_KERNEL") or os.path.join(CACHE, "linux-6.1/Image")
    options.limit = {} if options.kernel else {QEMU: DEBIAN_LIMIT}
    options.kernel = options.kernel or (small if options.tutorial else os.path.join(CACHE, "debian/Image"))
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
    try:
        missed = compare_tutorial(options) if options.tutorial else compare(options, options.limit)
    except ConsoleError as error:
        sys.exit(f"bench: {error}")
    for line in missed:
        print(f"above its limit: {line}")
    return 1 if missed and options.limits else 0


if __name__ == "__main__":
    sys.exit(main())
