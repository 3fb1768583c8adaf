#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes fused handlers: one function for a sequence of instructions.

    fuse_gen.py fusion.def fused.c COMPILER... -- SOURCE...

A fused handler is nothing but the bodies of its handlers one after another, each working on its own record, with the dispatch in
between left out. The bodies come from the sources themselves, preprocessed with EXEC_EXTRACT, which leaves NEXT and TAIL as
markers: an instruction is defined once, and this is a copy by machine.

Where a body leaves early - a TLB miss, a taken branch, a fault - it goes on with the record it is at, as ever: nobody can tell
that it was fused.

A link, `add_x_reg:rn=rd1`, says that an operand (rn) is the register that the instruction before (1; 2 is the one before that)
wrote by its field rd. The value is written to cpu->x as ever, but read from a local variable: a host forwards a store to
a load in four or five cycles, and a register to a register in none.
"""
import re
import subprocess
import sys

DEFINITION = re.compile(r'void (\w+)\(struct cpu \*cpu, struct record \*r, struct record \*limit, '
                        r'uint64_t left, uint64_t right, uint64_t how\)\s*\{')
# RD, RN, RM, RA of exec.h, with the assignment that may follow.
OPERAND = re.compile(r'\(cpu->x\[r->(rd|rn|rm|ra)\]\)(\s*(?:\+=|=(?!=)))?')
FIELDS = ('rd', 'rn', 'rm', 'ra')
LINK = re.compile(r'(rd|rn|rm|ra)=(rd|rn|rm|ra)(\d)')
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


class Step:
    """An instruction of a sequence: a handler and where its operands come from, {field: (distance, field)}."""

    def __init__(self, text):
        self.name, *links = text.strip().split(':')
        matches = [LINK.fullmatch(link) for link in links]
        if not all(matches):
            raise ValueError(text)
        self.links = {m[1]: (int(m[3]), m[2]) for m in matches}

    def packed(self):
        """For struct fuse_links: FUSE_LINK() of each field."""
        return ', '.join(
            'FUSE_LINK({}, FUSE_{})'.format(self.links[field][0], self.links[field][1].upper()) if field in self.links else '0'
            for field in FIELDS)


def read_sequences(path):
    """Lists of steps; those of the same handlers one behind the other, the most links first, as fuse.c wants them."""
    sequences = {}
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        if not line.startswith('FUSE'):
            continue
        m = re.fullmatch(r'FUSE\(([\w, :=]+)\)\s*', line)
        try:
            steps = [Step(text) for text in m[1].split(',')]
        except (TypeError, ValueError):
            sys.exit(f'{path}:{number}: cannot read this line')
        sequences.setdefault(tuple(step.name for step in steps), []).append(steps)
    for alike in sequences.values():
        alike.sort(key=lambda steps: -sum(len(step.links) for step in steps))
    return [steps for alike in sequences.values() for steps in alike]


def accesses(body):
    """Which operand fields a body reads and writes, and whether it writes registers in another way, too."""
    reads, writes = set(), set()
    for field, assigned in OPERAND.findall(body):
        if assigned.strip() != '=':
            reads.add(field)
        if assigned:
            writes.add(field)
    return reads, writes, 'cpu->x[' in OPERAND.sub('', body)


def check(steps, bodies):
    for i, step in enumerate(steps):
        if step.name not in bodies:
            return f'there is no handler {step.name}'
        if i + 1 < len(steps) and 'FUSE_NEXT()' not in bodies[step.name]:
            return f'{step.name} never goes on to the next record'
        for field, (distance, source) in step.links.items():
            if field not in accesses(bodies[step.name])[0]:
                return f'{step.name} reads no {field}'
            if distance > i or source not in accesses(bodies[steps[i - distance].name])[1]:
                return f'nothing {distance} before {step.name} writes {source}'
    return None


def variable(index, field):
    return f'{field}_{index}'


def linked_body(index, step, body, wanted):
    """The body with the reads that are linked, and the writes that are `wanted`, going through variables."""
    def replace(m):
        field, assigned = m[1], (m[2] or '').strip()
        value = f'(cpu->x[r->{field}])'
        if field in step.links:
            distance, source = step.links[field]
            value = variable(index - distance, source)
        if not assigned:
            return value
        target = f'(cpu->x[r->{field}]) ='
        if (index, field) in wanted:
            target += f' {variable(index, field)} ='
        return target if assigned == '=' else f'{target} {value} +'
    return OPERAND.sub(replace, body)


def fused_function(number, steps, bodies):
    wanted = {(i - distance, source) for i, step in enumerate(steps) for distance, source in step.links.values()}
    lines = [f'static HANDLER(fused_{number}) /* {", ".join(step.name for step in steps)} */', '{']
    lines += [f'    uint64_t {variable(*w)};' for w in sorted(wanted)]
    for i, step in enumerate(steps):
        last = i == len(steps) - 1
        body = linked_body(i, step, bodies[step.name], wanted)
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


def field_set(fields):
    return ' | '.join(f'1 << FUSE_{field.upper()}' for field in sorted(fields)) or '0'


def write_tables(out, sequences, bodies):
    names = sorted(bodies)
    out.write('const struct handler_name handler_names[] = {\n')
    for name in names:
        reads, writes, others = accesses(bodies[name])
        out.write(f'    {{ {name}, "{name}", {fusible(bodies[name])}, {field_set(reads)}, {field_set(writes)}, '
                  f'{str(others).lower()} }},\n')
    out.write('    { 0 },\n};\nconst struct fusion fusions[] = {\n')
    for i, steps in enumerate(sequences):
        handlers = ', '.join(f'&handler_names[{names.index(step.name)}]' for step in steps)
        links = ', '.join(f'{{ {{ {step.packed()} }} }}' for step in steps)
        out.write(f'    {{ fused_{i}, {len(steps)}, {{ {handlers} }}, {{ {links} }} }},\n')
    out.write('};\nconst unsigned fusion_count = sizeof(fusions) / sizeof(fusions[0]);\n')


def main():
    divider = sys.argv.index('--')
    definitions, output = sys.argv[1:3]
    bodies = bodies_of(sys.argv[3:divider], sys.argv[divider + 1:])
    sequences = read_sequences(definitions)
    for steps in sequences:
        problem = check(steps, bodies)
        if problem:
            sys.exit(f'{definitions}: {problem}')
    with open(output, 'w', encoding='utf-8') as out:
        out.write(HEAD)
        for name in sorted(bodies):
            out.write(f'handler_fn {name};\n')
        for i, steps in enumerate(sequences):
            out.write(fused_function(i, steps, bodies))
        write_tables(out, sequences, bodies)


main()
