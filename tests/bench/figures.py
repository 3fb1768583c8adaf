# SPDX-License-Identifier: MIT
"""What the benchmarks share: the table of ours against the reference's, and its limits."""

import math
import os
import shlex
import shutil
import statistics
import time

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "armlet")


class BenchError(Exception):
    """Something could not be built or run, or computed something else."""


def needs_reference(emulators, reference):
    """The emulators with the reference behind them, which must be installed; '' is none."""
    if not reference:
        return emulators
    if not shutil.which(shlex.split(reference)[0]):
        raise BenchError(f"{reference} is missing: apt install qemu-system-arm")
    return [*emulators, reference]


def cpu_seconds(pid):
    """Of a process and all its threads, those that have ended too, user and system: its CPU-time clock (clock_getcpuclockid(3))."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9


def ratio(ours, theirs):
    """Ours by theirs; below 1 is faster. Without theirs: NaN."""
    return ours / theirs if theirs > 0 else math.nan


class Table:
    """A line for each thing measured; which ratios are above their limits."""

    def __init__(self, what, limits, extra=""):
        self.limits = limits
        self.missed = []
        self.ratios = {}
        print(f"{what:14} {'armlet s':>8} {'reference':>10} {'ratio':>7}{extra}", flush=True)

    def line(self, name, ours, theirs, extra=""):
        """ours, theirs: seconds; theirs is NaN when there is no reference."""
        self.ratios[name] = ratio(ours, theirs)
        print(f"{name:14} {ours:8.2f} {theirs:10.2f} {self.ratios[name]:7.2f}{extra}", flush=True)
        if name in self.limits and not self.ratios[name] <= self.limits[name]:  # NaN, too
            self.missed.append(f"{name}: ratio {self.ratios[name]:.2f}, at most {self.limits[name]}")

    def add(self, name, rows, extra=""):
        """rows: a list per run with (seconds, result) of each emulator, ours first. The results must be the same."""
        if len({result for row in rows for _, result in row}) != 1:
            raise BenchError(f"{name}: the results differ: {rows}")
        medians = [statistics.median(seconds for seconds, _ in column) for column in zip(*rows)]
        self.line(name, medians[0], medians[1] if len(medians) > 1 else math.nan, extra)

    def mean(self, names, limit):
        """The geometric mean of some ratios."""
        some = [self.ratios[name] for name in names if self.ratios.get(name, math.nan) > 0]
        if not some:
            return
        mean = math.exp(statistics.fmean(map(math.log, some)))
        print(f"geometric mean of {len(some)}: {mean:.2f}")
        if mean > limit:
            self.missed.append(f"geometric mean {mean:.2f}, at most {limit}")

    def judge(self, strict):
        """Prints what missed its limit. The exit status."""
        for line in self.missed:
            print(f"above its limit: {line}")
        return 1 if self.missed and strict else 0
