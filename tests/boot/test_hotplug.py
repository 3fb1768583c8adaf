#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Eight processors that the guest's kernel takes away and brings back, again and again, while it works.

    test_hotplug.py --program build/armlet [--kernel Image --append "more words"] [--rounds 3]
"""

import argparse
import os
import sys
import tempfile

from console import Console, ConsoleError
from test_boot import EXPORT, NFS_ROOT, Failure, check, copy_root, guest_file

LOAD = "(while :; do md5sum /bin/busybox; done) >/tmp/sums 2>&1 &"


def processors(guest):
    return guest.run("cat /sys/devices/system/cpu/online")


def switch(guest, cpu, online):
    guest.run(f"echo {online} >/sys/devices/system/cpu/cpu{cpu}/online")
    state = guest.run(f"cat /sys/devices/system/cpu/cpu{cpu}/online")
    check(state == str(online), f"cpu{cpu} is {state} after it was set to {online}")


def take_away_and_bring_back(guest, rounds):
    check(processors(guest) == "0-7", f"at the start the processors are {processors(guest)}")
    for _ in range(rounds):
        for cpu in (3, 1, 7):
            switch(guest, cpu, 0)
        check(processors(guest) == "0,2,4-6", f"without three the processors are {processors(guest)}")
        guest.run("sleep 0.2")
        for cpu in (7, 3, 1):
            switch(guest, cpu, 1)
    for cpu in range(1, 8):
        switch(guest, cpu, 0)
    guest.run("sleep 0.2")
    for cpu in range(1, 8):
        switch(guest, cpu, 1)
    check(processors(guest) == "0-7", f"at the end the processors are {processors(guest)}")


def check_work(guest):
    """What ran meanwhile got the same sum each time, and every processor takes timer interrupts."""
    guest.run("kill $(jobs -p); sleep 0.2")
    sums = guest.run("grep -v Term /tmp/sums | sort -u | wc -l; wc -l </tmp/sums").split()
    check(sums[0] == "1" and int(sums[1]) > 2, f"different sums, and how many there were: {sums}")
    before, after = timer_interrupts(guest), timer_interrupts(guest)
    check(all(b < a for b, a in zip(before, after)), f"timer interrupts {before}, later {after}")


def timer_interrupts(guest):
    """Per processor, after each has slept a while."""
    for cpu in range(8):
        guest.run(f"taskset {1 << cpu:x} sleep 0.01")
    return [int(word) for word in guest.run("grep arch_timer /proc/interrupts").split()[1:9]]


def boot(options, root):
    argv = [options.program, "-machine", "virt", "-cpu", "cortex-a57", "-smp", "8", "-nographic", "-m", "1024"]
    argv += ["-kernel", options.kernel or guest_file("linux-6.1/Image")]
    argv += ["-append", f"{NFS_ROOT % ',v3,tcp'} {options.append}", "-nfs", f"{EXPORT}={root}"]
    with Console(argv, options.timeout) as guest:
        guest.login()
        guest.run("mount -t tmpfs none /tmp")
        guest.run(LOAD)
        take_away_and_bring_back(guest, options.rounds)
        check_work(guest)
        check(b"BUG" not in guest.transcript and b"Oops" not in guest.transcript, "the kernel complains")
        guest.power_off()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--kernel")
    parser.add_argument("--append", default="")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one step")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="armlet-hotplug.") as folder:
        try:
            boot(options, copy_root(folder))
        except (ConsoleError, Failure) as error:
            print(f"FAIL hotplug: {error}", file=sys.stderr)
            return 1
    print("PASS hotplug")
    return 0


if __name__ == "__main__":
    sys.exit(main())
