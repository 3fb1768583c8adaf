# SPDX-License-Identifier: MIT
"""The answers that the host knows: data, its digests, and its packed forms, by Python's own libraries."""

import bz2
import gzip
import hashlib
import lzma
import os

SIZE = 1 << 20
DIGESTS = [
    *("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b512", "blake2s256"),
    *("sha3-256", "sha3-512", "sha512-256", "ripemd160"),
]
PACKERS = {"gzip": gzip, "bzip2": bz2, "xz": lzma}


def make_data():
    """A megabyte of hexadecimal digits: the same each time, and worth packing."""
    return hashlib.shake_128(b"armlet").hexdigest(SIZE // 2).encode()


def hash_of(name, data):
    name = {"blake2b512": "blake2b", "blake2s256": "blake2s", "sha512-256": "sha512_256"}.get(name, name)
    return hashlib.new(name.replace("sha3-", "sha3_"), data).hexdigest()


def write_known(folder):
    """Fill the folder that the guest sees as $KNOWN."""
    os.makedirs(folder)
    data = make_data()
    write(folder, "data", data)
    for name, module in PACKERS.items():
        write(folder, f"data.{name}", module.compress(data))
    known = [name for name in DIGESTS if hash_known(name)]
    lines = [f"{name} {hash_of(name, data)}\n" for name in known]
    write(folder, "digests", "".join(lines).encode())


def hash_known(name):
    try:
        hash_of(name, b"")
    except ValueError:
        return False
    return True


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def wrong_in(folder):
    """Hold what a check left in its folder against the data: packed.TOOL; None, or what is wrong."""
    for name, module in PACKERS.items():
        path = os.path.join(folder, f"packed.{name}")
        if os.path.exists(path):
            with open(path, "rb") as file:
                if module.decompress(file.read()) != make_data():
                    return f"the host unpacks other data from the guest's packed.{name}"
    return None
