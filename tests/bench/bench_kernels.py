#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bare-metal kernels (tests/bench/kernels) here and on a reference emulator: CPU time, guest MIPS, ratio.

    bench_kernels.py --program build/armlet [--reference qemu-system-aarch64] [--runs 5] [KERNEL...]

Runs alternate, so that a change of the host's speed hits both. Times are medians of user + system time in seconds, less
what the kernel `nothing` takes. The ratio is ours by the reference's: below 1 is faster; differences under 5% mean
nothing; what is less than a millisecond is taken for one. Both must print the same result. MIPS are guest instructions, counted by
our clock (a nanosecond each), by the second.
"""

import argparse
import math
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

from figures import BenchError, Table, needs_reference

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KERNELS = os.path.join(HERE, "kernels")
GUEST = os.path.join(ROOT, "tests/guest")
COMPILER = "aarch64-linux-gnu-gcc"
FLAGS = (
    "-O2 -Wall -Wextra -ffreestanding -fno-pic -mno-outline-atomics -fno-stack-protector -fno-math-errno"
    " -fno-tree-loop-distribute-patterns -fno-tree-vectorize"
).split()
# Around work(): runs before the MMU is on, and must not touch the registers of an interrupted FP kernel.
SUPPORT_FLAGS = ["-mgeneral-regs-only", "-mstrict-align"]
LINK_FLAGS = "-nostdlib -static -no-pie -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments".split()

HOT = "integer memory pointers tlb_misses calls os_mix fp_scalar simd".split()
LARGE = "code_sparse loop_large".split()
STORMS = "svc faults contexts sysregs selfmod interrupts".split()
# What a ratio may be at most, before `--limits` calls it a failure.
LIMITS = {**{name: 2.0 for name in HOT}, **{name: 3.0 for name in LARGE}, **{name: 1.0 for name in STORMS}}
HOT_MEAN_LIMIT = 1.3

NS_PER_TICK = 16  # CNTFRQ_EL0 is 62.5 MHz


def build(folder):
    """Compiles every kernel; returns {name: path}."""
    if not shutil.which(COMPILER):
        raise BenchError(f"{COMPILER} is missing: apt install gcc-aarch64-linux-gnu")
    base = [COMPILER, *FLAGS, "-I", ROOT]
    support = []
    for source in (f"{KERNELS}/main.c", f"{GUEST}/support.c", f"{GUEST}/start.S"):
        support.append(os.path.join(folder, os.path.basename(source) + ".o"))
        subprocess.run([*base, *SUPPORT_FLAGS, "-c", source, "-o", support[-1]], check=True)
    images = {}
    for name in ["nothing", *HOT, *LARGE, *STORMS]:
        images[name] = os.path.join(folder, name)
        command = [*base, *LINK_FLAGS, "-T", f"{GUEST}/guest.ld", f"{KERNELS}/{name}.c", *support]
        subprocess.run([*command, "-o", images[name]], check=True)
    return images


def run(program, image):
    """CPU seconds, result and ticks of one run."""
    argv = [*shlex.split(program), *"-machine virt -cpu cortex-a57 -m 256 -nographic -net none".split()]
    argv += ["-kernel", image]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        output = process.stdout.read().decode(errors="replace")
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    match = re.search(r"ticks (\w+)\s+result (\w+)", output)
    if process.returncode or not match:
        raise BenchError(f"{shlex.join(argv)}: status {process.returncode}, printed {output!r}")
    return used.ru_utime + used.ru_stime, match[2], int(match[1], 16)


class Row:
    """The figures of one kernel."""

    def __init__(self, name, image, options):
        ours, theirs = [], []
        for _ in range(options.runs):
            ours.append(run(options.program, image))
            if options.reference:
                theirs.append(run(options.reference, image))
        if len({result for _, result, _ in ours + theirs}) != 1:
            raise BenchError(f"{name}: the results differ: {ours} {theirs}")
        self.ours = statistics.median(seconds for seconds, _, _ in ours)
        self.theirs = statistics.median(seconds for seconds, _, _ in theirs) if theirs else math.nan
        self.instructions = ours[0][2] * NS_PER_TICK

    def less(self, nothing):
        """Takes off what it costs to begin and to end. NaN stays NaN."""
        self.ours = max(self.ours - nothing.ours, 1e-3)
        self.theirs = max(self.theirs - nothing.theirs, 1e-3)


def measure(images, options):
    nothing = Row("nothing", images["nothing"], options)
    table = Table("kernel", LIMITS, f" {'MIPS':>6}")
    for name in options.kernel or [*HOT, *LARGE, *STORMS]:
        row = Row(name, images[name], options)
        row.less(nothing)
        table.line(name, row.ours, row.theirs, f" {row.instructions / row.ours / 1e6:6.0f}")
    table.mean(HOT, HOT_MEAN_LIMIT)
    return table


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", default="qemu-system-aarch64", help="'' for none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--limits", action="store_true", help="fail when a ratio is above its limit")
    parser.add_argument("kernel", nargs="*", choices=[[], *HOT, *LARGE, *STORMS])
    return parser.parse_args()


def main():
    options = parse_arguments()
    try:
        needs_reference([options.program], options.reference)
        with tempfile.TemporaryDirectory(prefix="armlet-bench.") as folder:
            table = measure(build(folder), options)
    except (BenchError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
    return table.judge(options.limits)


if __name__ == "__main__":
    sys.exit(main())
