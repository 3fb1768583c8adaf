#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Bad input gets one clear line that names it, and a status that is neither 0 nor a signal.

    test_command_line.py --program build/armlet
"""

import argparse
import os
import subprocess
import sys
import tempfile

from test_boot import guest_file

ARM64_MAGIC = b"ARM\x64"


def image(size):
    """The header of an arm64 Image that claims to occupy `size` bytes."""
    fields = (0x14000010).to_bytes(4, "little") + bytes(4)  # b +0x40
    fields += (0x80000).to_bytes(8, "little") + size.to_bytes(8, "little") + (0xA).to_bytes(8, "little")
    fields += bytes(24) + ARM64_MAGIC + bytes(4)
    return fields


def half_a_kernel():
    """A kernel whose download broke off; its own header tells."""
    path = guest_file("debian/Image")
    with open(path, "rb") as file:
        return file.read(os.path.getsize(path) // 2)


def make_files(folder):
    """Files that are wrong in one way each, and one that is right."""
    contents = {
        "empty": b"",
        "truncated": half_a_kernel(),
        "stump": b"MZ" + image(1 << 20)[2:40],
        "huge": image(1 << 30) + bytes(4096),
        "good": image(1 << 20) + b"\x00\x00\x00\x14" * 64,  # b . for ever
        "truncated.gz": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x4b",
    }
    for name, content in contents.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


def cases(folder):
    """(options, the word that the message must have)"""

    def path(name):
        return os.path.join(folder, name)

    good = ["-kernel", path("good")]
    yield ["-kernel", path("missing")], path("missing")
    yield ["-kernel", path("empty")], path("empty")
    yield ["-kernel", path("truncated")], path("truncated")
    yield ["-kernel", path("stump")], path("stump")
    yield ["-kernel", path("truncated.gz")], path("truncated.gz")
    yield ["-kernel", path("huge"), "-m", "128"], path("huge")
    yield ["-kernel", folder], folder
    yield [*good, "-initrd", path("missing")], path("missing")
    yield [*good, "-dtb", path("missing")], path("missing")
    yield [*good, "-dtb", path("good")], path("good")
    yield [*good, "-frobnicate"], "-frobnicate"
    yield [*good, "stray"], "stray"
    yield [*good, "-initrd"], "-initrd"
    yield [*good, "-machine", "frob"], "frob"
    yield [*good, "-machine", "virt,frob=1"], "frob"
    yield [*good, "-cpu", "frob"], "frob"
    yield [*good, "-m", "0"], "-m"
    yield [*good, "-m", "12frob"], "12frob"
    yield [*good, "-smp", "0"], "-smp"
    yield [*good, "-smp", "frob"], "frob"
    yield [*good, "-device", "frobnicator"], "frobnicator"
    card = ["-netdev", "user,id=n", "-device", "virtio-net-device,netdev=n,frob=1"]
    yield [*good, *card], "frob"
    yield [*good, "-netdev", "frob,id=n"], "frob"
    yield [*good, "-netdev", "user,id=n,hostfwd=frob"], "frob"
    yield [*good, "-nic", "user,frob=1"], "frob"
    yield [*good, "-drive", f"file={path('missing')},format=raw,if=virtio"], path("missing")
    yield [*good, "-serial", "frob"], "frob"
    yield [*good, "-gdb", "frob"], "frob"
    yield [*good, "-nfs", "frob"], "frob"
    yield [*good, "-nfs", f"relative={folder}"], "relative"
    yield [*good, "-nfs", "/export="], "/export"
    yield [*good, "-nfs", f"/export={path('missing')}"], path("missing")
    yield [*good, "-nfs", f"/export={path('good')}"], path("good")


def complaint(program, options, word):
    """None, or what is wrong with the answer."""
    argv = [program, "-machine", "virt", "-cpu", "cortex-a57", "-nographic", *options]
    try:
        run = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return "runs on"
    text = run.stderr.decode(errors="replace")
    if run.returncode <= 0:
        return f"ended with status {run.returncode}: {text}"
    if word not in text:
        return f"does not name '{word}': {text}"
    if len(text.strip().splitlines()) != 1:
        return f"is not one line: {text}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--show", action="store_true", help="print every answer")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="armlet-command-line.") as folder:
        make_files(folder)
        for case, word in cases(folder):
            wrong = complaint(options.program, case, word)
            failed += wrong is not None
            if wrong or options.show:
                print(f"{'FAIL' if wrong else 'ok  '} {' '.join(case)}: {wrong or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
