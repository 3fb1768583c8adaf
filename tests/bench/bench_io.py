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
        self.received = 0  # bytes, by the last that connected
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
                try:
                    self.serve_peer(peer)
                except OSError:
                    pass  # the guest hears of it, and its result is not what it should be

    def serve_peer(self, peer):
        if self.sends:
            peer.sendall(bytes(TCP_MIB * MIB))
            return
        self.received = 0
        while data := peer.recv(MIB):
            self.received += len(data)

    def close(self):
        self.listener.close()


class Transfer:
    """MiB, what the guest does, how many bytes arrived (of the command's output), and whether the reference can do it, too."""

    def __init__(self, size, command, arrived, both):
        self.size, self.command, self.arrived, self.both = size, command, arrived, both

    def check(self, name, output):
        """Nothing is fast that did not happen."""
        arrived = self.arrived(output)
        if arrived != self.size * MIB:
            raise BenchError(f"{name}: {arrived} bytes arrived instead of {self.size * MIB}: {output[-200:]!r}")


def transfers(receiver, sender, share):
    return {
        "nfs read": Transfer(NFS_MIB, "wc -c </share/data", int, False),
        "nfs write": Transfer(NFS_MIB, f"zeros {NFS_MIB * 16} | dd of=/share/new conv=fsync",
                              lambda _: os.path.getsize(os.path.join(share, "new")), False),
        "tcp receive": Transfer(TCP_MIB, f"nc 10.0.2.2 {sender.port} </dev/null | wc -c", int, True),
        "tcp send": Transfer(TCP_MIB, f"zeros {TCP_MIB * 16} 2>&- | nc 10.0.2.2 {receiver.port}", lambda _: receiver.received, True),
        "console": Transfer(CONSOLE_MIB, f"zeros {CONSOLE_MIB * 16} 2>&- | tr '\\0' x | fold", lambda text: text.count("x"), True),
    }


def command_line(program, options, share):
    argv = [
        *shlex.split(program),
        *("-machine", "virt", "-cpu", "cortex-a57", "-m", "1024", "-nographic", "-kernel", options.kernel),
        *("-initrd", options.initrd, "-append", "rdinit=/linuxrc console=ttyAMA0 ip=dhcp"),
        *("-netdev", "user,id=net0", "-device", "virtio-net-device,netdev=net0"),
    ]
    return [*argv, "-nfs", f"/share={share}"] if share else argv


def measure(guest, name, transfer, share):
    """CPU seconds of a transfer, the second time it is made, with nothing of the share in the guest's cache."""
    guest.run(transfer.command, timeout=300)
    if share:
        guest.run(COLD)
    started = cpu_seconds(guest.process.pid)
    output = guest.run(transfer.command, timeout=300)
    seconds = cpu_seconds(guest.process.pid) - started
    transfer.check(name, output)
    return seconds


def boot_and_measure(program, options, share, wanted):
    """{name: CPU seconds} of what one boot does."""
    figures = {}
    with Console(command_line(program, options, share), timeout=300) as guest:
        guest.login()
        for command in PREPARE + (MOUNT if share else ()):
            guest.run(command)
        for name, transfer in wanted.items():
            figures[name] = measure(guest, name, transfer, share)
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
            both = {name: transfer for name, transfer in wanted.items() if transfer.both}
            theirs.append(boot_and_measure(emulators[1], options, None, both))
    return ours, theirs


def main():
    options = parse_arguments()
    for path in (options.kernel, options.initrd):
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: ./run guests makes it")
    receiver, sender = TcpPeer(sends=False), TcpPeer(sends=True)
    try:
        with tempfile.TemporaryDirectory(prefix="armlet-bench.") as share:
            wanted = transfers(receiver, sender, share)
            unknown = set(options.name) - set(wanted)
            if unknown:
                raise BenchError(f"no transfer '{unknown.pop()}'; there are {', '.join(wanted)}")
            wanted = {name: row for name, row in wanted.items() if not options.name or name in options.name}
            with open(os.path.join(share, "data"), "wb") as file:
                for _ in range(NFS_MIB):
                    file.write(os.urandom(MIB))
            ours, theirs = run_all(options, wanted, share)
        table = Table("transfer", {}, f" {'MiB/s of CPU':>13}")
        for name, transfer in wanted.items():
            median = statistics.median(run[name] for run in ours)
            reference = [run[name] for run in theirs if name in run]
            speed = f" {transfer.size / median:13.1f}"
            table.line(name, median, statistics.median(reference) if reference else float("nan"), speed)
    except (BenchError, ConsoleError) as error:
        sys.exit(f"bench: {error}")
    finally:
        receiver.close()
        sender.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
