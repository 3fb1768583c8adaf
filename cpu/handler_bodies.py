# SPDX-License-Identifier: MIT
"""The bodies of handlers, for the generators that make other code of them (fuse_gen.py, stencil_gen.py).

They come from the sources, preprocessed with EXEC_EXTRACT, which leaves NEXT(), TAIL() and the like as markers FUSE_NEXT(),
FUSE_TAIL() for the generators to give a meaning to: an instruction is defined once.
"""
import re
import subprocess
import sys

DEFINITION = re.compile(r'void (\w+)\(struct cpu \*cpu, struct record \*r, struct record \*limit, '
                        r'uint64_t left, uint64_t right, uint64_t how\)\s*\{')
# RD, RN, RM, RA of exec.h, with the assignment that may follow.
OPERAND = re.compile(r'\(cpu->x\[r->(rd|rn|rm|ra)\]\)(\s*(?:\+=|=(?!=)))?')


def braces_end(text, start):
    """The index behind the brace that closes the one before start."""
    depth = 1
    for i in range(start, len(text)):
        if text[i] == '{':
            depth += 1
        elif text[i] == '}':
            depth -= 1
            if depth == 0:
                return i + 1
    sys.exit('unbalanced braces')


def bodies_of(compiler, sources):
    bodies = {}
    for source in sources:
        text = subprocess.run([*compiler, '-E', '-P', '-DEXEC_EXTRACT=1', source], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        for m in DEFINITION.finditer(text):
            bodies[m[1]] = text[m.end():braces_end(text, m.end()) - 1].strip()
    return bodies


def fusible(body):
    """Whether a body may be copied: FUSE_NO, FUSE_LAST (it never goes on to the next record) or FUSE_YES. What makes the
    state exact (cpu->count =) is slow already; what calls functions of its own file cannot be copied."""
    if 'cpu->count = ' in body or re.search(r'\b(reverse_bits|swap_bytes_of_halfwords|rotate_32|crc32\w*)\(', body):
        return 'FUSE_NO'
    return 'FUSE_YES' if 'FUSE_NEXT()' in body else 'FUSE_LAST'
