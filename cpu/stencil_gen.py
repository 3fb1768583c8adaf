#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the source of stencils: handlers for one place each, with holes where their operands go.

    stencil_gen.py OUTPUT -- COMPILER... -- SOURCE...

A stencil is the body of a handler as it stands in the sources, in which each use of the record is a hole: the address of a symbol that
nobody defines (stencil_code.h). stencil_pack.py takes the machine code from the compiled object, and compile.c glues copies of it.
"""
import re
import sys

from handler_bodies import bodies_of, fusible

HEAD = '''/* Made by stencil_gen.py. */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/ldst.h"
#include "cpu/stencil_code.h"
'''
HOLES = (
    (r'\bcpu->([xv])\[r->(rd|rn|rm|ra)\]', r'STENCIL_\1(\2)'),
    (r'\bbitmask_immediates\[r->imm\]', 'STENCIL_MASK()'),
    (r'\br->imm\b', 'STENCIL_IMM()'),
    (r'\br->(rd|rn|rm|ra)\b', r'STENCIL_BYTE(\1)'),
    (r'\br\b', 'STENCIL_HERE()'),
)


def stencil(name, body):
    for pattern, hole in HOLES:
        body = re.sub(pattern, hole, body)
    body = body.replace('; ', ';\n    ')
    return f'STENCIL({name})\n{{\n    {body}\n}}\n'


def main():
    second = sys.argv.index('--', 3)
    bodies = bodies_of(sys.argv[3:second], sys.argv[second + 1:])
    with open(sys.argv[1], 'w', encoding='utf-8') as out:
        out.write(HEAD)
        for name in sorted(bodies):
            out.write(f'handler_fn {name}{" COLD" if fusible(bodies[name]) == "FUSE_NO" else ""};\n')
        for name, body in sorted(bodies.items()):
            # What moves the record by itself is a slow path, or is at its end.
            if fusible(body) != 'FUSE_NO' and not re.search(r'\br(?:\+\+|\s=[^=])', body):
                out.write(stencil(name, body))


main()
