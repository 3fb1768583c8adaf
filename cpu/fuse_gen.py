#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes fused handlers: one function for a sequence of instructions.

    fuse_gen.py fusion.def OUTPUT... -- COMPILER... -- SOURCE...

The first output gets the tables, the others a share of the handlers each: they compile side by side.

A fused handler is nothing but the bodies of its handlers one after another, each working on its own record, with the dispatch in
between left out. The bodies come from the sources themselves, preprocessed with EXEC_EXTRACT, which leaves NEXT and TAIL as
markers: an instruction is defined once, and this is a copy by machine.

Where a body leaves early - a TLB miss, a taken branch, a fault - it goes on with the record it is at, as ever: nobody can tell
that it was fused.

A link, `add_x_reg:rn=rd1`, says that an operand (rn) is the register that the instruction before (1; 2 is the one before that)
wrote by its field rd. The value is written to cpu->x as ever, but read from a local variable: a host forwards a store to
a load in four or five cycles, and a register to a register in none.

LOOP instead of FUSE is a sequence whose last branch goes back to its first instruction. Its links are those of an iteration
behind another, and all there are: an operand without one is read before the loop.
"""
import re
import sys

from handler_bodies import OPERAND, bodies_of, fusible

FIELDS = ('rd', 'rn', 'rm', 'ra')
LINK = re.compile(r'(rd|rn|rm|ra)=(rd|rn|rm|ra)(\d+)')
HEAD = '''/* Made from fusion.def by fuse_gen.py. */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/fuse.h"
#include "cpu/ldst.h"
#if defined(__clang__) /* macros have come and gone, their parentheses stay */
#pragma clang diagnostic ignored "-Wparentheses-equality"
#endif
'''


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


class Sequence:
    """A line of fusion.def."""

    def __init__(self, kind, text):
        self.loop = kind == 'LOOP'
        self.steps = [Step(step) for step in text.split(',')]
        self.names = tuple(step.name for step in self.steps)

    def links(self):
        return sum(len(step.links) for step in self.steps)

    def writer(self, index, field):
        """The step and its field that an operand is linked to."""
        distance, source = self.steps[index].links[field]
        return (index - distance) % len(self.steps), source

    def wanted(self):
        """What links read: (step, field) pairs."""
        return {self.writer(i, field) for i, step in enumerate(self.steps) for field in step.links}


def read_sequences(path):
    """In the order that fuse.h asks for."""
    sequences = {}
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        if not line.startswith(('FUSE', 'LOOP')):
            continue
        m = re.fullmatch(r'(FUSE|LOOP)\(([\w, :=]+)\)\s*', line)
        try:
            sequence = Sequence(m[1], m[2])
        except (TypeError, ValueError):
            sys.exit(f'{path}:{number}: cannot read this line')
        sequences.setdefault(sequence.names, []).append(sequence)
    for alike in sequences.values():
        alike.sort(key=lambda sequence: (not sequence.loop, -sequence.links()))
    return [sequence for alike in sequences.values() for sequence in alike]


def accesses(body):
    """Which operand fields a body reads and writes, and whether it writes registers in another way, too."""
    reads, writes = set(), set()
    for field, assigned in OPERAND.findall(body):
        if assigned.strip() != '=':
            reads.add(field)
        if assigned:
            writes.add(field)
    return reads, writes, 'cpu->x[' in OPERAND.sub('', body)


def check_body(name, body):
    """What linked_body and accesses rely on: registers are written by = and +=, and no operand is read behind that."""
    if re.search(r'\(cpu->x\[r->\w+\]\)\s*(?:[-*/%&|^]|<<|>>)=', body):
        sys.exit(f'{name}: registers are to be written by = or += only')
    written = False
    for statement in body.split(';'):
        if written and any(not assigned for _, assigned in OPERAND.findall(statement)):
            sys.exit(f'{name}: an operand is read behind a write to a register')
        written |= any(assigned for _, assigned in OPERAND.findall(statement))


def check(sequence, bodies):
    """What is wrong with a sequence, or None."""
    for i, step in enumerate(sequence.steps):
        last = i == len(sequence.steps) - 1
        if step.name not in bodies:
            return f'there is no handler {step.name}'
        if not last and 'FUSE_NEXT()' not in bodies[step.name]:
            return f'{step.name} never goes on to the next record'
        if last and sequence.loop and 'FUSE_BACK()' not in bodies[step.name]:
            return f'{step.name} closes no loop'
        for field, (distance, source) in step.links.items():
            if field not in accesses(bodies[step.name])[0]:
                return f'{step.name} reads no {field}'
            if distance > (len(sequence.steps) if sequence.loop else i):
                return f'{step.name}: a link beyond the sequence'
            if source not in accesses(bodies[sequence.names[i - distance]])[1]:
                return f'nothing {distance} before {step.name} writes {source}'
    return None


def variable(index, field):
    return f'{field}_{index}'


def linked_body(sequence, index, body):
    """The body with the reads that are linked, and the writes that links read, going through variables."""
    wanted, loop, links = sequence.wanted(), sequence.loop, sequence.steps[index].links

    def replace(m):
        field, assigned = m[1], (m[2] or '').strip()
        value = f'in_{variable(index, field)}' if loop else m[0] if not assigned else f'(cpu->x[r->{field}])'
        if field in links:
            value = variable(*sequence.writer(index, field))
        if not assigned:
            return value
        target = f'*to_{variable(index, field)} =' if loop else f'(cpu->x[r->{field}]) ='
        if (index, field) in wanted:
            target += f' {variable(index, field)} ='
        return target if assigned == '=' else f'{target} {value} +'
    return OPERAND.sub(replace, body)


def steps_of(sequence, bodies):
    """The bodies one behind the other."""
    lines = []
    for i, name in enumerate(sequence.names):
        last = i == len(sequence.names) - 1
        body = linked_body(sequence, i, bodies[name])
        if sequence.loop:
            body = re.sub(r'\br->(imm|rd|rn|rm|ra)\b', lambda m: f'o_{variable(i, m[1])}', body)
            body = body.replace('cpu->dtlb', 'dtlb')
        if sequence.loop and last:
            body = body.replace('FUSE_BACK()', f'BACK_IN_LOOP(start, {len(sequence.names)}, again)')
        if not last:
            body = body.replace('FUSE_NEXT()', f'goto next_{i}')
        body = re.sub(r'\bFUSE_(NEXT|BACK|FORWARD|JUMP|TAIL|LEAVE)\(', r'\1(', body)
        lines.append(f'    {{ {body} }}')
        if not last:
            lines.append(f'next_{i}:\n    r++;')
    return lines


def loop_entry(sequence, steps):
    """What a loop reads once: operands, and the registers that an iteration finds in variables."""
    lines = ['    struct record *const start = r;']
    if re.search(r'\bdtlb\b', steps):
        lines.append('    struct dtlb *const dtlb = cpu->dtlb;')
    for field, i in sorted(set(re.findall(r'\bo_(\w\w\w?)_(\d+)\b', steps))):
        kind = 'int32_t' if field == 'imm' else 'uint8_t'
        lines.append(f'    const {kind} o_{variable(i, field)} = r[{i}].{field};')
    for field, i in sorted(set(re.findall(r'\bto_(\w\w)_(\d+)\b', steps))):
        lines.append(f'    uint64_t *const to_{variable(i, field)} = &cpu->x[r[{i}].{field}];')
    for field, i in sorted(set(re.findall(r'\bin_(\w\w)_(\d+)\b', steps))):
        lines.append(f'    const uint64_t in_{variable(i, field)} = cpu->x[r[{i}].{field}];')
    lines += [f'    uint64_t {variable(i, field)} = cpu->x[r[{i}].{field}];' for i, field in sorted(sequence.wanted())]
    return [*lines, 'again:']


def fused_function(number, sequence, bodies):
    steps = steps_of(sequence, bodies)
    if sequence.loop:
        entry = loop_entry(sequence, '\n'.join(steps))
    else:
        entry = [f'    uint64_t {variable(*w)};' for w in sorted(sequence.wanted())]
    head = f'HANDLER(fused_{number}) /* {"loop: " if sequence.loop else ""}{", ".join(sequence.names)} */'
    return '\n'.join([head, '{', *entry, *steps]) + '\n}\n'


def field_set(fields):
    return ' | '.join(f'1 << FUSE_{field.upper()}' for field in sorted(fields)) or '0'


def write_tables(out, sequences, bodies):
    names = sorted(bodies)
    out.write('const struct handler_name handler_names[] = {\n')
    for name in names:
        reads, writes, others = accesses(bodies[name])
        back = 'FUSE_BACK()' in bodies[name]
        out.write(f'    {{ {name}, "{name}", {fusible(bodies[name])}, {field_set(reads)}, {field_set(writes)}, '
                  f'{str(others).lower()}, {str(back).lower()} }},\n')
    out.write('    { 0 },\n};\nconst struct fusion_step fusion_steps[] = {\n')
    for sequence in sequences:
        for step in sequence.steps:
            out.write(f'    {{ {names.index(step.name)}, {{ {{ {step.packed()} }} }} }},\n')
    out.write('};\nconst struct fusion fusions[] = {\n')
    first = 0
    for i, sequence in enumerate(sequences):
        out.write(f'    {{ fused_{i}, {first}, {len(sequence.names)}, {str(sequence.loop).lower()} }},\n')
        first += len(sequence.names)
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
    for name in {name for sequence in sequences for name in sequence.names}:
        check_body(name, bodies.get(name, ''))
    for sequence in sequences:
        problem = check(sequence, bodies)
        if problem:
            sys.exit(f'{definitions}: {", ".join(sequence.names)}: {problem}')
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
