#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a guest reads and writes, here and on a reference emulator: CPU time, throughput, ratio.

    bench_io.py --program build/armlet [--reference qemu-system-aarch64] [--runs 5] [NAME...]

The guest is a small 6.1 kernel with busybox in an initramfs. Each transfer runs once before it is measured; figures are medians
of the CPU time, user + system, that the emulator takes from the command to the prompt behind it, runs alternating. NFS has
no reference: the server is ours.
"""

import argparse
import os
import shlex
import socket
import statistics
import sys
import tempfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../boot"))

from console import Console, ConsoleError  # noqa: E402
from figures import CACHE, BenchError, Table, cpu_seconds, needs_reference  # noqa: E402

MIB = 1 << 20
NFS_MIB, TCP_MIB, CONSOLE_MIB = 64, 64, 1
# A console takes short lines only.
PREPARE = (
    "cd /",
    "stty cols 200",
    'dd() { busybox dd bs=64k "$@"; }',
    "zeros() { dd if=/dev/zero count=$1; }",
)
MOUNT = (
    "mkdir /share",
    "o=nolock,vers=3,proto=tcp",
    "join() { mount -t nfs -o $o 10.0.2.2:/share /share; }",
    "join",
)
COLD = "umount /share && join"  # the kernel forgets what it has cached of it


class TcpPeer:
    """A host program at the other end: sends, or takes, TCP_MIB to each who connects."""

    def __init__(self, sends):
        self.sends = sends
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                if self.sends:
                    peer.sendall(bytes(TCP_MIB * MIB))
                else:
                    while peer.recv(MIB):
                        pass

    def close(self):
        self.listener.close()


# Name: MiB, what the guest does, whether the reference can do it, too.
def transfers(receiver, sender):
    return {
        "nfs read": (NFS_MIB, "dd if=/share/data of=/dev/null", False),
        "nfs write": (NFS_MIB, f"zeros {NFS_MIB * 16} | dd of=/share/new conv=fsync", False),
        "tcp receive": (TCP_MIB, f"nc 10.0.2.2 {sender.port} </dev/null | dd of=/dev/null", True),
        "tcp send": (TCP_MIB, f"zeros {TCP_MIB * 16} | nc 10.0.2.2 {receiver.port}", True),
        "console": (CONSOLE_MIB, f"zeros {CONSOLE_MIB * 16} | tr '\\0' x | fold", True),
    }


def command_line(program, options, share):
    argv = [
        *shlex.split(program),
        *("-machine", "virt", "-cpu", "cortex-a57", "-m", "1024", "-nographic", "-kernel", options.kernel),
        *("-initrd", options.initrd, "-append", "rdinit=/linuxrc console=ttyAMA0 ip=dhcp"),
        *("-netdev", "user,id=net0", "-device", "virtio-net-device,netdev=net0"),
    ]
    return [*argv, "-nfs", f"/share={share}"] if share else argv


def measure(guest, command, share):
    """CPU seconds of a command, the second time it runs, with nothing of the share in the guest's cache."""
    guest.run(command, timeout=300)
    if share:
        guest.run(COLD)
    started = cpu_seconds(guest.process.pid)
    guest.run(command, timeout=300)
    return cpu_seconds(guest.process.pid) - started


def boot_and_measure(program, options, share, wanted):
    """{name: CPU seconds} of what one boot does."""
    figures = {}
    with Console(command_line(program, options, share), timeout=300) as guest:
        guest.login()
        for command in PREPARE + (MOUNT if share else ()):
            guest.run(command)
        for name, (_, command, _) in wanted.items():
            figures[name] = measure(guest, command, share)
        guest.power_off()
    return figures


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--reference", default="qemu-system-aarch64", help="'' for none")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kernel", default=os.path.join(CACHE, "linux-6.1/Image"))
    parser.add_argument("--initrd", default=os.path.join(CACHE, "debian/shell.cpio.gz"))
    parser.add_argument("name", nargs="*")
    return parser.parse_args()


def run_all(options, wanted, share):
    """A dictionary for each run of each emulator: {name: CPU seconds}."""
    emulators = needs_reference([options.program], options.reference)
    ours, theirs = [], []
    for _ in range(options.runs):
        ours.append(boot_and_measure(options.program, options, share, wanted))
        if len(emulators) > 1:
            both = {name: row for name, row in wanted.items() if row[2]}
            theirs.append(boot_and_measure(emulators[1], options, None, both))
    return ours, theirs


def main():
    options = parse_arguments()
    for path in (options.kernel, options.initrd):
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: ./run guests makes it")
    receiver, sender = TcpPeer(sends=False), TcpPeer(sends=True)
    wanted = transfers(receiver, sender)
    unknown = set(options.name) - set(wanted)
    if unknown:
        sys.exit(f"bench: no transfer '{unknown.pop()}'; there are {', '.join(wanted)}")
    wanted = {name: row for name, row in wanted.items() if not options.name or name in options.name}
    try:
        with tempfile.TemporaryDirectory(prefix="armlet-bench.") as share:
            with open(os.path.join(share, "data"), "wb") as file:
                for _ in range(NFS_MIB):
                    file.write(os.urandom(MIB))
            ours, theirs = run_all(options, wanted, share)
        table = Table("transfer", {}, f" {'MiB/s of CPU':>13}")
        for name, (size, _, _) in wanted.items():
            median = statistics.median(run[name] for run in ours)
            reference = [run[name] for run in theirs if name in run]
            table.line(name, median, statistics.median(reference) if reference else float("nan"), f" {size / median:13.1f}")
    except (BenchError, ConsoleError) as error:
        sys.exit(f"bench: {error}")
    finally:
        receiver.close()
        sender.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
