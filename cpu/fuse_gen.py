#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes fused handlers: one function for a sequence of instructions.

    fuse_gen.py fusion.def OUTPUT... -- COMPILER... -- SOURCE...

The first output gets the tables, the others a share of the handlers each: they compile side by side.

A fused handler is nothing but the bodies of its handlers one after another (handler_bodies.py), each working on its own record, with
the dispatch in between left out. Where a body leaves early - a TLB miss, a taken branch, a fault - it goes on with the record it is
at, as ever: nobody can tell that it was fused.
"""
import re
import sys

from handler_bodies import bodies_of, fusible

HEAD = '''/* Made from fusion.def by fuse_gen.py. */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/fuse.h"
#include "cpu/ldst.h"
#if defined(__clang__) /* macros have come and gone, their parentheses stay */
#pragma clang diagnostic ignored "-Wparentheses-equality"
#endif
'''


def read_sequences(path):
    sequences = []
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            m = re.fullmatch(r'FUSE\(([\w, ]+)\)\s*', line)
            if m:
                sequences.append(tuple(name.strip() for name in m[1].split(',')))
            elif line.startswith('FUSE'):
                sys.exit(f'{path}:{number}: cannot read this line')
    return sequences


def check(sequence, bodies):
    """What is wrong with a sequence, or None."""
    for name in sequence:
        if name not in bodies:
            return f'there is no handler {name}'
    for name in sequence[:-1]:
        if 'FUSE_NEXT()' not in bodies[name]:
            return f'{name} never goes on to the next record'
    return None


def fused_function(number, sequence, bodies):
    lines = [f'HANDLER(fused_{number}) /* {", ".join(sequence)} */', '{']
    for i, name in enumerate(sequence):
        last = i == len(sequence) - 1
        body = bodies[name]
        if not last:
            body = body.replace('FUSE_NEXT()', f'goto next_{i}')
        body = re.sub(r'\bFUSE_(NEXT|BACK|FORWARD|JUMP|TAIL|LEAVE)\(', r'\1(', body)
        lines.append(f'    {{ {body} }}')
        if not last:
            lines.append(f'next_{i}:\n    r++;')
    return '\n'.join(lines) + '\n}\n'


def write_tables(out, sequences, bodies):
    out.write('const struct handler_name handler_names[] = {\n')
    for name in sorted(bodies):
        out.write(f'    {{ {name}, "{name}", {fusible(bodies[name])} }},\n')
    out.write('    { 0 },\n};\nconst struct fusion fusions[] = {\n')
    for i, sequence in enumerate(sequences):
        out.write(f'    {{ fused_{i}, {len(sequence)}, {{ {", ".join(sequence)} }} }},\n')
    out.write('};\nconst unsigned fusion_count = sizeof(fusions) / sizeof(fusions[0]);\n')


def write_handlers(path, numbers, sequences, bodies):
    with open(path, 'w', encoding='utf-8') as out:
        out.write(HEAD)
        for name in sorted(bodies):
            out.write(f'handler_fn {name};\n')
        for i in numbers:
            out.write(f'handler_fn fused_{i};\n')
            out.write(fused_function(i, sequences[i], bodies))


def main():
    first = sys.argv.index('--')
    second = sys.argv.index('--', first + 1)
    definitions, tables, *parts = sys.argv[1:first]
    bodies = bodies_of(sys.argv[first + 1:second], sys.argv[second + 1:])
    sequences = read_sequences(definitions)
    for sequence in sequences:
        problem = check(sequence, bodies)
        if problem:
            sys.exit(f'{definitions}: {", ".join(sequence)}: {problem}')
    for i, path in enumerate(parts):
        write_handlers(path, range(i, len(sequences), len(parts)), sequences, bodies)
    with open(tables, 'w', encoding='utf-8') as out:
        out.write(HEAD)
        for name in sorted(bodies):
            out.write(f'handler_fn {name};\n')
        for i in range(len(sequences)):
            out.write(f'handler_fn fused_{i};\n')
        write_tables(out, sequences, bodies)


main()
