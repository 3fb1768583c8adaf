#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keep the house in order: who may include whom, who may exit, and that each file names its license.

    test_layering.py ROOT

Reads the sources as text. The arrows: mach-virt wires everything and sees every folder's public headers; every
other folder sees itself and the ports listed here; tests see the folder they test; nobody sees mach-virt
or the tests.
"""

import os
import re
import sys

FOLDERS = ("cpu", "devices", "net", "loader", "gdbstub")
BOARD = "mach-virt"

# Headers of another folder that a folder may include: the seams between them.
PORTS = {
    "devices": {"net/link.h"},
}

# mach-virt must not look inside the others.
PRIVATE = re.compile(r"(_internal|/state)\.h$")

# The only file that ends the process, and the only place where it could not be the one: a signal handler that is
# asked a second time, while main does not get its turn.
MAY_EXIT = "mach-virt/main.c"
EXCEPTIONS = {("mach-virt/signals.c", "_exit")}
EXITS = re.compile(r"\b(_?exit|_Exit|quick_exit|abort)\s*\(")

LICENSED = (".c", ".h", ".S", ".ld", ".def", ".x", ".py", ".sh", "meson.build", ".config")
LICENSE = "SPDX-License-Identifier: MIT"

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def source_files(root):
    """Every file of the tree but build folders and git's, relative to the root."""
    for parent, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in (".git", "__pycache__") and not name.startswith("build")
        )
        for name in sorted(files):
            yield os.path.relpath(os.path.join(parent, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def may_include(path, header, names):
    """None, or why the file must not include the header. `names`: of all files of the tree."""
    if "/" not in header and header not in names:
        return None  # the build makes it
    folder = path.split("/")[0]
    subject = path.split("/")[1] if folder == "tests" else folder
    owner = header.split("/")[0]
    if owner == "tests":
        return None if folder == "tests" else "tests are included by nobody"
    if owner not in FOLDERS + (BOARD,):
        return "write it from the root of the tree"
    if owner == subject or header in PORTS.get(subject, ()):
        return None
    if owner == BOARD:
        return f"{BOARD} is included by nobody"
    if subject != BOARD and subject in FOLDERS:
        return f"{subject} sees itself and its ports only: {sorted(PORTS.get(subject, ()))}"
    if PRIVATE.search(header):
        return f"a private header of {owner}"
    return None


def check_includes(path, text, names):
    for header in INCLUDE.findall(text):
        reason = may_include(path, header, names)
        if reason:
            yield f'{path}: includes "{header}": {reason}'


def check_exits(path, text):
    if path == MAY_EXIT or path.startswith("tests/"):
        return
    for call in EXITS.findall(COMMENT_OR_STRING.sub(" ", text)):
        if (path, call) not in EXCEPTIONS:
            yield f"{path}: calls {call}(); only {MAY_EXIT} ends the process"


def check_license(path, text):
    licensed = path.endswith(LICENSED) or text.startswith("#!")
    if licensed and LICENSE not in "\n".join(text.split("\n", 3)[:3]):
        yield f"{path}: no '{LICENSE}' in its first lines"


def complaints(root):
    paths = [path for path in source_files(root) if os.path.isfile(os.path.join(root, path))]
    names = {os.path.basename(path) for path in paths}
    for path in paths:
        text = read(root, path)
        yield from check_license(path, text)
        if path.endswith((".c", ".h", ".def")):
            yield from check_includes(path, text, names)
            yield from check_exits(path, text)


def main():
    found = list(complaints(sys.argv[1]))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
