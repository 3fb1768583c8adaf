#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Pack a folder into an initramfs: a gzipped cpio archive ("newc") whose files belong to root.

Unlike cpio(1) this needs no root rights for /dev/console, without which the kernel starts init with no
standard input and output. The format: Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
"""

import gzip
import os
import stat
import sys

CONSOLE = (5, 1)


def entry(name, mode, data=b"", device=(0, 0), inode=0):
    """One archive member: the header's 13 hex fields, the name, the data, each part padded to 4 bytes."""
    encoded = name.encode() + b"\0"
    fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0]
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return pad(header) + pad(data)


def pad(data):
    return data + bytes(-len(data) % 4)


def read_member(path):
    """The mode and the data of a file, folder or symbolic link of the host."""
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return mode, os.readlink(path).encode()
    if stat.S_ISDIR(mode):
        return mode, b""
    with open(path, "rb") as file:
        return mode, file.read()


def members(folder):
    """Every path below the folder, relative, parents before children."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(folders + files):
            yield os.path.relpath(os.path.join(parent, name), folder)


def pack(folder):
    parts = []
    for number, name in enumerate(members(folder), start=1):
        mode, data = read_member(os.path.join(folder, name))
        parts.append(entry(name, mode, data, inode=number))
    if not os.path.isdir(os.path.join(folder, "dev")):
        parts.append(entry("dev", stat.S_IFDIR | 0o755))
    parts.append(entry("dev/console", stat.S_IFCHR | 0o600, device=CONSOLE))
    parts.append(entry("TRAILER!!!", 0))
    return b"".join(parts)


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: pack_initramfs.py FOLDER ARCHIVE.gz")
    folder, archive = sys.argv[1:]
    with open(archive, "wb") as file:
        file.write(gzip.compress(pack(folder), compresslevel=6, mtime=0))


if __name__ == "__main__":
    main()
