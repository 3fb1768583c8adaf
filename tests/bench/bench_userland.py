#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs of a Debian userland in a guest, here and on a reference emulator: CPU time and ratio.

    bench_userland.py --program build/armlet [--reference qemu-system-aarch64] [--runs 5] [PROGRAM...]

The guest is a small 6.1 kernel whose root is an ext4 image on virtio-blk, the same for both (the reference has no NFS server).
Each program runs twice, the second time between two lines on the console: the figure is the CPU time, user + system, that
the emulator took from one to the other. Runs alternate; times are medians. Both must print the same results. MIPS are guest
instructions, counted by our clock (a nanosecond each) in hundredths of a second, by the second.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))

from console import Console, ConsoleError  # noqa: E402
from figures import CACHE, BenchError, Table, cpu_seconds, needs_reference  # noqa: E402

PROGRAMS = "sha256 compress sorting fork_exec python compile".split()
LIMITS = {"fork_exec": 1.0}  # what a ratio may be at most
IMAGE_SIZE = "512M"
INIT = "/bench-init"


def make_image(root, folder):
    """An ext4 image of the userland with our init in it. Returns its path."""
    image = os.path.join(folder, "root.ext4")
    path = os.environ["PATH"] + ":/sbin:/usr/sbin"
    mkfs, debugfs = shutil.which("mkfs.ext4", path=path), shutil.which("debugfs", path=path)
    if not mkfs or not debugfs:
        raise BenchError("mkfs.ext4 is missing: apt install e2fsprogs")
    subprocess.run([mkfs, "-q", "-d", root, image, IMAGE_SIZE], check=True)
    commands = f"write {HERE}/guest/userland {INIT[1:]}\nset_inode_field {INIT} mode 0100755\n"
    # debugfs has no word for failure: a guest without the file would say so
    subprocess.run([debugfs, "-w", "-f", "-", image], input=commands.encode(), check=True, capture_output=True)
    return image


def command_line(program, image, options):
    return [
        *shlex.split(program),
        *("-machine", "virt", "-cpu", "cortex-a57", "-m", "1024", "-nographic", "-net", "none", "-kernel", options.kernel),
        *("-drive", f"file={image},if=none,format=raw,id=hd0,readonly=on", "-device", "virtio-blk-device,drive=hd0"),
        *("-append", f"console=ttyAMA0 root=/dev/vda ro init={INIT} -- {' '.join(options.programs)}"),
    ]


def run(argv, programs):
    """{program: (CPU seconds, what it printed, guest seconds)} of one boot."""
    results = {}
    with Console(argv, timeout=600) as guest:
        for program in programs:
            guest.expect(rb"bench: begin %s\r*\n" % program.encode())
            started = cpu_seconds(guest.process.pid)
            match = guest.expect(rb"bench: end %s (\d+) (\d+) ([^\r\n]*)\r*\n" % program.encode())
            results[program] = cpu_seconds(guest.process.pid) - started, match[3].decode().strip(), int(match[2]) / 100
            if match[1] != b"0":
                raise BenchError(f"{program}: status {match[1].decode()}, printed {results[program][1]!r}")
        if guest.wait(60) != 0:
            raise BenchError("the emulator did not end well")
    return results


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", default="qemu-system-aarch64", help="'' for none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernel", default=os.path.join(CACHE, "linux-6.1/Image"))
    parser.add_argument("--root", default=os.path.join(CACHE, "userland-slice/root"))
    parser.add_argument("--limits", action="store_true", help="fail when a ratio is above its limit")
    parser.add_argument("programs", nargs="*", choices=[[], *PROGRAMS])
    options = parser.parse_args()
    options.programs = options.programs or PROGRAMS
    return options


def main():
    options = parse_arguments()
    for path in (options.kernel, options.root):
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: ./run guests makes it")
    try:
        emulators = needs_reference([options.program], options.reference)
        runs = {program: [] for program in options.programs}
        with tempfile.TemporaryDirectory(prefix="armlet-bench.") as folder:
            image = make_image(options.root, folder)
            for _ in range(options.runs):
                results = [run(command_line(e, image, options), options.programs) for e in emulators]
                for program, rows in runs.items():
                    rows.append([result[program] for result in results])
        table = Table("program", LIMITS, f" {'MIPS':>6}")
        for program, rows in runs.items():
            mips = rows[0][0][2] * 1e3 / statistics.median(row[0][0] for row in rows)
            table.add(program, [[run[:2] for run in row] for row in rows], f" {mips:6.0f}")
    except (BenchError, ConsoleError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: {error}")
    return table.judge(options.limits)


if __name__ == "__main__":
    sys.exit(main())
