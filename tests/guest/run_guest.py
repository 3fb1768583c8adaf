#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compile a bare-metal guest, run it, and compare what it prints with what is expected.

    run_guest.py --program build/armlet tests/guest/mmu.c
    run_guest.py --program build/armlet --reference qemu-system-aarch64 tests/guest/mmu.c
    run_guest.py --program build/armlet --reference qemu-system-aarch64 --details tests/guest/mmu.c

The expected text stands beside the source, as NAME.expected. The reference must print the same but for what
NAME.differences lists: a reason ("# ...", the rule that decides), lines of NAME.expected ("-...") and what the
reference prints in their place ("+..."); blank lines part blocks. With --details the guest prints every single
case, and the two programs are compared with each other only.

Lines that begin with # are information: shown and not compared.
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
# Aligned accesses only, as the MMU may be off; no FP registers; no calls to a C library.
FLAGS = (
    "-O1 -g -Wall -Wextra -ffreestanding -nostdlib -static -fno-pic -no-pie -mgeneral-regs-only -mstrict-align"
    " -mno-outline-atomics -fno-stack-protector -fno-tree-loop-distribute-patterns"
    " -fno-jump-tables -Wl,--build-id=none,-z,noexecstack,--no-warn-rwx-segments"
).split()
SUPPORT = ("start.S", "probes.S", "support.c", "paging.c", "team.c")


def compile_guest(source, image, details=False):
    if not shutil.which(COMPILER):
        sys.exit(f"{COMPILER} is missing: apt install gcc-aarch64-linux-gnu")
    support = [os.path.join(HERE, name) for name in SUPPORT]
    script = os.path.join(HERE, "guest.ld")
    flags = FLAGS + (["-DDETAILS"] if details else [])
    subprocess.run([COMPILER, *flags, "-I", ROOT, "-T", script, source, *support, "-o", image], check=True)


def start_guest(program, options, image):
    extra = options.arguments if program == options.program else options.reference_arguments
    argv = shlex.split(program) + shlex.split(extra) + [
        *("-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-m", "128"),
        *("-nographic", "-net", "none", "-kernel", image),
    ]
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def console_of(process, name, timeout):
    """What the guest printed, as lines, or the end of this program."""
    try:
        output = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0]
        print(output.decode(errors="replace"))
        sys.exit(f"{name}: the guest did not power off within {timeout:.0f} s")
    lines = output.decode(errors="replace").replace("\r", "").splitlines()
    if process.returncode:
        print("\n".join(lines))
        sys.exit(f"{name} ended with status {process.returncode}")
    return lines


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def read_differences(path):
    """The blocks of a NAME.differences, each as (lines expected, lines of the reference)."""
    blocks, previous = [], ""
    for line in read_lines(path):
        kind = line[:1]
        if kind in ("-", "+") and (not blocks or previous not in ("-", kind)):
            blocks.append(([], []))
        if kind in ("-", "+"):
            blocks[-1][kind == "+"].append(line[1:])
        elif kind not in ("", "#"):
            sys.exit(f"{path}: neither #, - nor +: {line}")
        previous = kind
    return blocks


def apply_differences(expected, path):
    """What the reference is to print."""
    lines, at = list(expected), 0
    for ours, theirs in read_differences(path):
        size = len(ours)
        found = [i for i in range(at, len(lines) - size + 1) if lines[i : i + size] == ours]
        if not found or not ours:
            sys.exit(f"{path}: not in the expected text, or out of order: {ours or theirs}")
        lines[found[0] : found[0] + size] = theirs
        at = found[0] + len(theirs)
    return lines


def report(expected, output, names):
    """Prints how two texts differ; whether they do."""
    for line in difflib.unified_diff(expected, output, *names, lineterm="", n=1):
        print(line)
    return expected != output


def compare(options, image):
    base = os.path.splitext(options.source)[0]
    programs = [p for p in (options.program, options.reference) if p]
    running = [start_guest(program, options, image) for program in programs]
    consoles = [console_of(run, program, options.timeout) for run, program in zip(running, programs)]
    if options.print:
        print("\n".join(consoles[0]))
        return 0
    if options.details:
        return report(consoles[1], consoles[0], (options.reference, options.program))
    for line in (line for console in consoles for line in console if line.startswith("#")):
        print(line)
    consoles = [[line for line in console if not line.startswith("#")] for console in consoles]
    expected = read_lines(base + ".expected")
    differs = report(expected, consoles[0], ("expected", options.program))
    if options.reference:
        theirs = apply_differences(expected, base + ".differences")
        differs |= report(theirs, consoles[1], ("expected of the reference", options.reference))
    return 1 if differs else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", help="another program that runs the same image")
    parser.add_argument("--arguments", default="", help="more of them for the program")
    parser.add_argument("--reference-arguments", default="", help="more of them for the reference")
    parser.add_argument("--smp", default="1")
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--details", action="store_true", help="every case; needs --reference or --print")
    parser.add_argument("--print", action="store_true", help="print the console, compare nothing")
    parser.add_argument("source")
    options = parser.parse_args()
    if options.details and not (options.reference or options.print):
        parser.error("--details needs --reference or --print")
    with tempfile.TemporaryDirectory(prefix="armlet-guest.") as folder:
        image = os.path.join(folder, "guest.elf")
        compile_guest(options.source, image, options.details)
        return compare(options, image)


if __name__ == "__main__":
    sys.exit(main())
