#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run programs of a Debian userland in a guest whose root is on NFS, and hold their answers against known ones.

    test_userland.py --program build/armlet                     the slice that runs with every test
    test_userland.py --program build/armlet --set full          everything: minutes
    test_userland.py --program build/armlet --set full python-math gdb      only these
    test_userland.py --program build/armlet --shell             a shell in that userland

The table `checks` says what runs. ./run userland prepares the guests; without them the test fails.
"""

import argparse
import fnmatch
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "boot"))

from console import Console, ConsoleError  # noqa: E402
import known  # noqa: E402

CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "armlet"
)
EXPORT = "/opt/_install"
APPEND = f"console=ttyAMA0 root=/dev/nfs nfsroot=10.0.2.2:{EXPORT} rw ip=dhcp init=/sbin/userland-init"
LOG_LINES = 25  # of a failed check


class Failure(Exception):
    """What the test found wrong."""


class Check:
    """A row of the table."""

    def __init__(self, line):
        self.name, self.set, limit, self.command = line.split(None, 3)
        self.limit = int(limit)
        self.seconds = None  # of the guest's clock, once it ran
        self.error = "did not run"


def read_checks(options):
    """The rows to run: those of the set, and among them those whose names were asked for."""
    with open(os.path.join(HERE, "checks"), encoding="utf-8") as file:
        rows = [Check(line) for line in file if line.strip() and not line.startswith("#")]
    sets = ["slice"] if options.set == "slice" else ["slice", "full"]
    rows = [row for row in rows if row.set in sets]
    for name in options.names:
        if not any(fnmatch.fnmatch(row.name, name) for row in rows):
            raise Failure(f"no check '{name}' in the set '{options.set}'")
    wanted = options.names or ["*"]
    return [row for row in rows if any(fnmatch.fnmatch(row.name, name) for name in wanted)]


def guest_file(name, remedy="./run guests makes it"):
    path = os.path.join(CACHE, name)
    if not os.path.exists(path):
        raise Failure(f"{path} is missing: {remedy}")
    return path


def command_line(options, share):
    root = guest_file(f"userland-{options.set}/root", f"tests/userland/prepare {options.set} makes it")
    argv = shlex.split(options.program)
    argv += ["-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-nographic"]
    argv += ["-m", "2048", "-kernel", guest_file("debian/Image")]
    argv += ["-initrd", guest_file("debian/nfs.cpio.gz"), "-append", APPEND]
    access = "rw" if options.write else "ro"
    return argv + ["-nfs", f"{EXPORT}={root},{access}", "-nfs", f"/share={share}"]


def fill_share(share, checks):
    """What the guest finds in /share: the checks, their scripts, the answers."""
    shutil.copytree(os.path.join(HERE, "guest"), os.path.join(share, "guest"))
    shutil.copy(os.path.join(HERE, "guest", "run"), os.path.join(share, "run"))
    with open(os.path.join(share, "checks"), "w", encoding="utf-8") as file:
        for check in checks:
            file.write(f"{check.name} {check.limit} {check.command}\n")
    known.write_known(os.path.join(share, "known"))


def log_of(share, check):
    try:
        with open(os.path.join(share, "log", check.name), errors="replace", encoding="utf-8") as file:
            return file.read().splitlines()[-LOG_LINES:]
    except OSError as error:
        return [f"no log: {error.strerror}"]


def take_result(check, share, verdict, seconds, status):
    check.seconds = float(seconds)
    check.error = None
    if verdict == "FAIL":
        why = f"not done in {check.limit} s of the guest" if status == "124" else f"status {status}"
        check.error = "\n      | ".join([why] + log_of(share, check))
    else:
        check.error = known.wrong_in(os.path.join(share, "tmp", check.name))


def run_checks(options, checks, share):
    by_name = {check.name: check for check in checks}
    with Console(command_line(options, share), options.timeout) as guest:
        while True:
            line = guest.expect(rb"userland: (?:done|(ok|FAIL) (\S+) (\S+) ?(\d*))\r*\n")
            if not line.group(1):
                break
            verdict, name, seconds, status = (word.decode() for word in line.groups())
            take_result(by_name[name], share, verdict, seconds, status)
            print_result(by_name[name])
        if guest.wait(60) != 0:
            raise Failure("the emulator did not end well")


def print_result(check):
    verdict = "FAIL" if check.error else "ok"
    seconds = "" if check.seconds is None else f"{check.seconds:7.1f} s"
    error = f"\n      | {check.error}" if check.error else ""
    print(f"{verdict:4}  {check.name:24} {seconds}{error}", flush=True)


def run(options, share):
    checks = read_checks(options)
    fill_share(share, checks)
    started = time.monotonic()
    try:
        run_checks(options, checks, share)
    finally:
        for check in checks:
            if check.seconds is None:
                print_result(check)
    failed = [check.name for check in checks if check.error]
    print(f"{len(checks) - len(failed)} of {len(checks)} ok, {time.monotonic() - started:.0f} s")
    if failed:
        raise Failure("failed: " + " ".join(failed))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True, help="the emulator, with options if need be")
    parser.add_argument("--set", choices=["slice", "full"], default="slice")
    parser.add_argument("--smp", default="1")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one check")
    parser.add_argument("--keep", help="a new folder for /share, kept afterwards: logs, what the guest wrote")
    parser.add_argument("--shell", action="store_true", help="a shell instead of checks")
    parser.add_argument("--write", action="store_true", help="let the guest write to its root, for good")
    parser.add_argument("names", nargs="*", help="checks to run, * allowed (default: all of the set)")
    options = parser.parse_args()
    share = options.keep or tempfile.mkdtemp(prefix="armlet-userland.")
    os.makedirs(share, exist_ok=True)
    try:
        if options.shell:
            return subprocess.call(command_line(options, share))
        run(options, share)
    except (ConsoleError, Failure) as error:
        print(f"FAIL userland: {error}", file=sys.stderr)
        return 1
    finally:
        if not options.keep:
            shutil.rmtree(share, ignore_errors=True)
    print(f"PASS userland {options.set}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
