#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same inputs give the same run: boots of eight processors with an NFS root and scripted console input.

    test_determinism.py --program build/armlet [--kernel Image]

Two boots that skip idle time and one that sleeps through it must end with the same console output, the same number
of instructions and the same hashes of RAM, processors and devices; one with another input must not. No boot may need
more than 150 MB of the host's memory: the guest has 4 GiB, and pays for what it touches.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

from test_boot import EXPORT, Failure, check, copy_root, guest_file

# Free space on the host's disk is an input that nobody controls: NFSv3 does not ask for it at the mount.
APPEND = f"console=ttyAMA0 root=/dev/nfs nfsroot=10.0.2.2:{EXPORT},v3,tcp ro ip=dhcp init=/linuxrc"
# Guest time in ns, text. Some work on all processors: jobs in the background and a file over NFS.
SCRIPT = r"""
1500000000 \r
2000000000 uname -a; for i in 1 2 3 4; do md5sum /bin/busybox & done; wait\r
3500000000 ps; cat /proc/interrupts %s\r
4000000000 poweroff -f\r
"""

MEMORY_LIMIT = 150_000_000  # bytes, resident at the peak


def freeze_access_times(root):
    """The host updates the time of the last access where it is not behind that of a change; the guest sees it."""
    soon = time.time() + 3600
    for folder, _, files in os.walk(root):
        for path in [folder] + [os.path.join(folder, name) for name in files]:
            os.utime(path, (soon, os.lstat(path).st_mtime), follow_symlinks=False)


def boot(options, root, folder, sleep, input_text):
    """Everything that the run leaves behind: the state line and the console's bytes."""
    script, console, log = (os.path.join(folder, name) for name in ("input", "console", "log"))
    with open(script, "w", encoding="ascii") as file:
        file.write(input_text)
    argv = [options.program, "-machine", "virt", "-cpu", "cortex-a57", "-smp", "8", "-m", "4096"]
    argv += ["-kernel", options.kernel or guest_file("linux-6.1/Image"), "-append", APPEND]
    argv += ["-nfs", f"{EXPORT}={root}", "-input", script, "-serial", f"file:{console}"]
    argv += ["-seed", "1", "-rtc", "base=2026-01-01", "-icount", f"shift=0,sleep={sleep}"]
    argv += ["-monitor", "none", "-d", "state-hash", "-D", log]
    status = subprocess.run(argv, stdin=subprocess.DEVNULL, timeout=options.timeout, check=False).returncode
    with open(console, "rb") as file:
        text = file.read()
    with open(log, encoding="ascii") as file:
        state = [line for line in file if "state:" in line]
    check(status == 0 and state, f"status {status}, console:\n{text[-2000:].decode(errors='replace')}")
    return state[-1], text


def compare(options, root, folder):
    state, console = boot(options, root, folder, "off", SCRIPT % "")
    for sign in (b"SMP: Total of 8 processors activated", b"aarch64", b"Power down"):
        check(sign in console, f"no {sign!r} on the console:\n{console[-2000:].decode(errors='replace')}")
    for sleep in ("off", "on"):
        again, console_again = boot(options, root, folder, sleep, SCRIPT % "")
        check(console_again == console, f"sleep={sleep}: the console differs")
        check(again == state, f"sleep={sleep}: the runs ended in different states:\n{state}{again}")
    other, _ = boot(options, root, folder, "off", SCRIPT % "x")
    check(other.split()[2] != state.split()[2], "another input, but the same number of instructions")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    check(peak < MEMORY_LIMIT, f"{peak / 1e6:.0f} MB of the host's memory at the peak")
    print(state, end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kernel")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one boot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="armlet-determinism.") as folder:
        try:
            root = copy_root(folder)
            freeze_access_times(root)
            compare(options, root, folder)
        except (Failure, subprocess.TimeoutExpired) as error:
            print(f"FAIL determinism: {error}", file=sys.stderr)
            return 1
    print("PASS determinism")
    return 0


if __name__ == "__main__":
    sys.exit(main())
