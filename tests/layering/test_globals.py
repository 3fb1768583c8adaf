#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No mutable globals: the libraries hold no writable variable.

    test_globals.py NM LIBRARY...

Looks at the section of each symbol: data that the loader makes read-only after relocation (.data.rel.ro) is
constant to the program, .data, .bss and common symbols are not.
"""

import subprocess
import sys

WRITABLE = (".data", ".bss", ".tdata", ".tbss", "*COM*")
CONSTANT = (".data.rel.ro",)

# A signal handler gets no argument.
EXCEPTIONS = (("signals.c.o", "installed"),)


def variables(nm, library):
    """(object file, symbol, section) of every object symbol in a library."""
    listing = subprocess.run(
        [nm, "--format=sysv", library], check=True, capture_output=True, text=True
    )
    member = library
    for line in listing.stdout.splitlines():
        if line.startswith("Symbols from "):
            member = line.removeprefix("Symbols from ").rstrip(":")
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and fields[3] in ("OBJECT", "TLS", "COMMON"):
            yield member, fields[0], fields[6]


def main():
    nm, *libraries = sys.argv[1:]
    bad = [
        f"{member}: {name} is a mutable global ({section})"
        for library in libraries
        for member, name, section in variables(nm, library)
        if section.startswith(WRITABLE)
        and not section.startswith(CONSTANT)
        and not any(member.rstrip("]").endswith(file) and name == known for file, known in EXCEPTIONS)
    ]
    print("\n".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
