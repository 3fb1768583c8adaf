#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes fused handlers: one function for a sequence of up to four instructions.

    fuse_gen.py fusion.def fused.c COMPILER... -- SOURCE...

A fused handler is nothing but the bodies of its handlers one after another, each working on its own record, with the dispatch in
between left out. The bodies come from the sources themselves, preprocessed with EXEC_EXTRACT, which leaves NEXT and TAIL as
markers: an instruction is defined once, and this is a copy by machine.

Where a body leaves early - a TLB miss, a taken branch, a fault - it goes on with the record it is at, as ever: nobody can tell
that it was fused.
"""
import re
import subprocess
import sys

DEFINITION = re.compile(r'void (\w+)\(struct cpu \*cpu, struct record \*r, struct record \*limit, '
                        r'uint64_t n, uint64_t z, uint64_t cv\)\s*\{')
HEAD = '''/* Made from fusion.def by fuse_gen.py. */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/fuse.h"
#include "cpu/ldst.h"
#if defined(__clang__) /* macros have come and gone, their parentheses stay */
#pragma clang diagnostic ignored "-Wparentheses-equality"
#endif
'''


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


def read_sequences(path):
    sequences = []
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        m = re.match(r'FUSE\(([\w, ]+)\)', line)
        if m:
            sequences.append(tuple(name.strip() for name in m[1].split(',')))
        elif line.startswith('FUSE'):
            sys.exit(f'{path}:{number}: cannot read this line')
    return sequences


def fused_function(index, sequence, bodies):
    lines = [f'static HANDLER(fused_{index}) /* {", ".join(sequence)} */', '{']
    for i, name in enumerate(sequence):
        last = i == len(sequence) - 1
        body = bodies[name]
        if not last:
            body = body.replace('FUSE_NEXT()', f'goto next_{i}')
        body = body.replace('FUSE_NEXT()', 'NEXT()').replace('FUSE_TAIL(', 'TAIL(').replace('FUSE_LEAVE()', 'LEAVE()')
        lines.append(f'    {{ {body} }}')
        if not last:
            lines.append(f'next_{i}:\n    r++;')
    return '\n'.join(lines) + '\n}\n'


def fusible(body):
    """Whether a sequence may hold this handler: FUSE_NO, FUSE_LAST (it never goes on to the next record) or FUSE_YES. What makes the
    state exact (cpu->count =) is slow already; what calls functions of its own file cannot be copied."""
    if 'cpu->count = ' in body or re.search(r'\b(reverse_bits|swap_bytes_of_halfwords|rotate_32|crc32\w*)\(', body):
        return 'FUSE_NO'
    return 'FUSE_YES' if 'FUSE_NEXT()' in body else 'FUSE_LAST'


def main():
    divider = sys.argv.index('--')
    definitions, output = sys.argv[1:3]
    bodies = bodies_of(sys.argv[3:divider], sys.argv[divider + 1:])
    sequences = read_sequences(definitions)
    for sequence in sequences:
        for name in sequence:
            if name not in bodies:
                sys.exit(f'{definitions}: there is no handler {name}')
        for name in sequence[:-1]:
            if 'FUSE_NEXT()' not in bodies[name]:
                sys.exit(f'{definitions}: {name} never goes on to the next record')
    with open(output, 'w', encoding='utf-8') as out:
        out.write(HEAD)
        text = ''.join(fused_function(i, s, bodies) for i, s in enumerate(sequences))
        for name in sorted(bodies):
            out.write(f'handler_fn {name};\n')
        out.write(text)
        out.write('const struct fusion fusions[] = {\n')
        for i, s in enumerate(sequences):
            out.write(f'    {{ fused_{i}, {len(s)}, {{ {", ".join(s)} }} }},\n')
        out.write('};\nconst unsigned fusion_count = sizeof(fusions) / sizeof(fusions[0]);\n')
        out.write('const struct handler_name handler_names[] = {\n')
        for name in sorted(bodies):
            out.write(f'    {{ {name}, "{name}", {fusible(bodies[name])} }},\n')
        out.write('    { 0 },\n};\n')


main()
