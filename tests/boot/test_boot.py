#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boot one real kernel, log in, look around, move a file over NFS, power off.

    test_boot.py --program build/armlet --guest debian-initramfs
    test_boot.py --program "qemu-system-aarch64 ..." --guest debian-initramfs     the same under a reference

The guests come from `./run guests`; without them the test fails. A root folder is made anew for each run.
"""

import argparse
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from console import Console, ConsoleError

CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "armlet"
)
EXPORT = "/opt/_install"
NFS_ROOT = f"earlyprintk console=ttyAMA0 root=/dev/nfs nfsroot=10.0.2.2:{EXPORT}%s rw ip=dhcp init=/linuxrc"
RAM_ROOT = "rdinit=/linuxrc earlyprintk console=ttyAMA0 ip=dhcp"
FILE_SIZE = 10 * 1000 * 1000

# name: kernel, initramfs, kernel command line, what `mount` must say of the root
GUESTS = {
    "debian-initramfs": ("debian/Image", "debian/shell.cpio.gz", RAM_ROOT, ["rootfs"]),
    "debian-nfs": (
        "debian/Image",
        "debian/nfs.cpio.gz",
        NFS_ROOT % "",
        ["nfs", "vers=3", "proto=tcp"],
    ),
    "nfs-v2-tcp": ("linux-6.1/Image", None, NFS_ROOT % "", ["nfs", "vers=2", "proto=tcp"]),
    "nfs-v2-udp": ("linux-6.1/Image", None, NFS_ROOT % ",udp", ["nfs", "vers=2", "proto=udp"]),
    "nfs-v3-udp": ("linux-6.1/Image", None, NFS_ROOT % ",v3,udp", ["nfs", "vers=3", "proto=udp"]),
    "nfs-v3-tcp": ("linux-6.1/Image", None, NFS_ROOT % ",v3,tcp", ["nfs", "vers=3", "proto=tcp"]),
}


class Failure(Exception):
    """What the test found wrong."""


def guest_file(name):
    path = os.path.join(CACHE, name)
    if not os.path.exists(path):
        raise Failure(f"{path} is missing: ./run guests makes it")
    return path


def check(condition, what):
    if not condition:
        raise Failure(what)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def command_line(options, root):
    kernel, initramfs, append, _ = GUESTS[options.guest]
    argv = shlex.split(options.program)
    argv += ["-machine", "virt", "-cpu", "cortex-a57", "-smp", options.smp, "-nographic"]
    argv += ["-m", "1024", "-kernel", guest_file(kernel)]
    if initramfs:
        argv += ["-initrd", guest_file(initramfs)]
    argv += ["-append", append]
    if root and not options.server_root:
        argv += ["-nfs", f"{EXPORT}={root}"]
    return argv


def check_system(guest, options):
    name = guest.run("uname -a")
    check(re.search(r"^Linux .*\baarch64\b", name, re.MULTILINE), f"uname -a says: {name}")
    mounts = guest.run("mount")
    roots = [line for line in mounts.splitlines() if " on / " in line]
    for word in GUESTS[options.guest][3]:
        check(roots and word in roots[-1], f"the root is not '{word}' in: {roots}")


def check_files(guest, root):
    """A file of the host arrives in the guest whole, and a file of the guest on the host."""
    from_host = os.path.join(root, "from-host")
    with open(from_host, "wb") as file:
        file.write(os.urandom(FILE_SIZE))
    seen = guest.run("sha256sum /from-host").split()[0]
    check(seen == sha256(from_host), "the guest reads another file than the host wrote")

    guest.run(f"dd if=/dev/urandom of=/from-guest bs=1000000 count={FILE_SIZE // 1000000}")
    guest.run("sync")
    from_guest = os.path.join(root, "from-guest")
    check(os.path.getsize(from_guest) == FILE_SIZE, "the guest's file has another size on the host")
    written = guest.run("sha256sum /from-guest").split()[0]
    check(written == sha256(from_guest), "the host has another file than the guest wrote")

    guest.run("mkdir /folder && mv /from-guest /folder/moved")
    guest.run("ln -s moved /folder/link")
    check(os.path.islink(os.path.join(root, "folder/link")), "the guest's link is not on the host")
    check_ownership(guest)
    guest.run("rm -r /folder && test ! -e /folder")
    check(not os.path.exists(os.path.join(root, "folder")), "the removed folder is still on the host")


def check_ownership(guest):
    """The guest's root gives files away and makes device nodes, whoever runs the emulator."""
    guest.run("chown 12:34 /folder && mknod /folder/node c 1 5")
    owner = guest.run("stat -c '%u:%g' /folder")
    check(owner == "12:34", f"chown 12:34 gave {owner}")
    kind = guest.run("stat -c '%F %t,%T %u' /folder/node")
    check(kind == "character special file 1,5 0", f"mknod c 1 5 gave {kind}")
    guest.run("test $(head -c 9 /folder/node | wc -c) = 9")


def boot(options, root):
    with Console(command_line(options, root), options.timeout) as guest:
        guest.login()
        check_system(guest, options)
        if root:
            check_files(guest, root)
        guest.power_off()


def copy_root(folder):
    """A root folder of this test's own, so that tests can run side by side."""
    root = os.path.join(folder, "root")
    subprocess.run(["cp", "-R", guest_file("debian/root") + "/.", root], check=True)
    return root


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True, help="the emulator, with options if need be")
    parser.add_argument("--guest", required=True, choices=GUESTS)
    parser.add_argument("--smp", default="1")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one step")
    parser.add_argument("--server-root", help=f"a folder that a server of the host exports as {EXPORT}")
    options = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="armlet-boot.")
    try:
        root = options.server_root
        if not root and "nfs" in GUESTS[options.guest][3]:
            root = copy_root(scratch)
        boot(options, root)
    except (ConsoleError, Failure) as error:
        print(f"FAIL {options.guest}: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"PASS {options.guest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
