#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command lines that other tools pass to an emulator, and what they rely on.

    test_lines.py --program build/armlet

Each line stands here as the tool builds it, with the guest's files and a free port put in.
"""

import argparse
import gzip
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

from console import Console, ConsoleError
from test_boot import Failure, check, guest_file

DISK_SIZE = 8 << 20


def start(program, line, append, **files):
    argv = shlex.split(program) + line.format(**files).split() + ["-append", append]
    return Console(argv)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def kunit(program, folder):
    """kunit.py: no default devices, a compressed kernel, and a reboot that ends the run."""
    image = os.path.join(folder, "Image.gz")
    with open(guest_file("linux-6.1/Image"), "rb") as kernel, gzip.open(image, "wb", 1) as packed:
        packed.write(kernel.read())
    line = (
        "-nodefaults -m 1024 -kernel {image} -initrd {initrd} -no-reboot -nographic -serial stdio"
        " -machine virt -cpu cortex-a57"
    )
    append = "rdinit=/linuxrc kunit.enable=1 console=ttyAMA0 kunit_shutdown=reboot"
    initrd = guest_file("debian/shell.cpio.gz")
    with start(program, line, append, image=image, initrd=initrd) as guest:
        guest.login()
        guest.run("test ! -e /sys/class/net/eth0")
        guest.send_line("reboot -f")
        check(guest.wait() == 0, "a reboot under -no-reboot must end with status 0")
        guest.check_terminal()


def runqemu(program, folder):
    """Yocto's runqemu: four CPUs, virtio over PCI, a port forwarded to the guest's ssh."""
    disk = os.path.join(folder, "disk.img")
    with open(disk, "wb") as file:
        file.truncate(DISK_SIZE)
    port = free_port()
    line = (
        "-machine virt -cpu cortex-a57 -smp 4 -m 512 -nographic -kernel {image} -initrd {initrd}"
        " -device virtio-net-pci,netdev=net0,mac=52:54:00:12:34:02"
        " -netdev user,id=net0,hostfwd=tcp:127.0.0.1:{port}-:22"
        " -device virtio-rng-pci"
        " -drive id=disk0,file={disk},if=none,format=raw -device virtio-blk-pci,drive=disk0"
    )
    files = {"image": guest_file("linux-6.1/Image"), "initrd": guest_file("debian/shell.cpio.gz")}
    append = "rdinit=/linuxrc console=ttyAMA0 ip=dhcp"
    with start(program, line, append, disk=disk, port=port, **files) as guest:
        guest.login()
        check(guest.run("nproc") == "4", "not four CPUs")
        guest.run("test $(head -c 64 /dev/hwrng | wc -c) = 64")
        check_disk(guest, disk)
        check_forward(guest, port)
        guest.power_off()


def buildroot(program, folder):
    """Buildroot's: a Cortex-A53 whose root is an ext4 image."""
    root = os.path.join(folder, "root")
    image = os.path.join(folder, "rootfs.ext4")
    shutil.copytree(guest_file("rootfs"), root, symlinks=True)
    mkfs = shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    check(mkfs, "mkfs.ext4 is missing: apt install e2fsprogs")
    subprocess.run([mkfs, "-q", "-d", root, image, "32M"], check=True)
    line = (
        "-M virt -cpu cortex-a53 -nographic -smp 1 -kernel {image} -netdev user,id=eth0"
        " -device virtio-net-device,netdev=eth0 -drive file={disk},if=none,format=raw,id=hd0"
        " -device virtio-blk-device,drive=hd0"
    )
    append = "rootwait root=/dev/vda console=ttyAMA0"
    with start(program, line, append, image=guest_file("linux-6.1/Image"), disk=image) as guest:
        guest.login()
        check("0xd03" in guest.run("grep part /proc/cpuinfo"), "not a Cortex-A53")
        check("/dev/root / ext4" in guest.run("cat /proc/mounts"), "the root is not on the disk")
        guest.run("mount -o remount,rw / && echo kept > /kept && sync")
        guest.power_off()
    dump = ["/sbin/debugfs", "-R", "cat /kept", image]
    kept = subprocess.run(dump, capture_output=True, check=True).stdout
    check(kept == b"kept\n", f"the file system holds {kept}")


def check_disk(guest, disk):
    guest.run(f"test $(blockdev --getsize64 /dev/vda) = {DISK_SIZE}")
    guest.run("seq 20000 | dd of=/dev/vda bs=4k conv=fsync")
    text = "".join(f"{number}\n" for number in range(1, 20001)).encode()
    with open(disk, "rb") as file:
        check(file.read(len(text)) == text, "the disk does not hold what the guest wrote")


def check_forward(guest, port):
    guest.run("echo from the guest | nc -l -p 22 >/tmp/heard &")
    guest.run("sleep 1")
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(b"from the host\n")
        connection.settimeout(20)
        heard = connection.recv(100)
    check(heard == b"from the guest\n", f"through the forwarded port came {heard}")


LINES = (kunit, buildroot, runqemu)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    failed = 0
    for line in LINES:
        try:
            with tempfile.TemporaryDirectory(prefix="armlet-lines.") as folder:
                line(options.program, folder)
            print(f"PASS {line.__name__}", flush=True)
        except (ConsoleError, Failure, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"FAIL {line.__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
