#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the source of stencils: handlers for one place each, with holes where their operands go.

    stencil_gen.py OUTPUT... -- COMPILER... -- SOURCE...

A stencil is the body of a handler as it stands in the sources, in which each use of the record is a hole: the address of a symbol
that nobody defines (stencil_code.h). stencil_pack.py takes the machine code from the compiled objects, and compile.c glues copies
of it. The outputs get a share of the stencils each: they compile side by side.

A body may be there more than once, for places where something is known:
- that one of its operands is what the instruction before it wrote. A stencil leaves what it wrote in `last`, a host register, as
  well as in cpu->x: a host forwards a store to a load in four or five cycles, and a register to a register in none.
- what `how` is (flags.h), because the flags were set a few instructions ago: a condition is a single comparison then.
The name of a stencil says it all: stencil_of_HANDLER__LAST_HOW__NEWLAST_NEWHOW, of which `any` means that nothing is assumed, and
`keep` and `lost` what becomes of a thing that was known. `__rm0` behind that: it is only for records whose rm is 0.
"""
import re
import sys

from handler_bodies import OPERAND, bodies_of, fusible

HEAD = '''/* Made by stencil_gen.py. */
#include "cpu/alu.h"
#include "cpu/bitmask.h"
#include "cpu/ldst.h"
#include "cpu/stencil_code.h"
#if defined(__clang__) /* macros have come and gone, their parentheses stay */
#pragma clang diagnostic ignored "-Wparentheses-equality"
#endif
'''
FORCED_COLD = '__builtin_expect(!!(r->rm), 0)'  # FORCED_COLD_pre and _post of ldst.h
HOLES = (
    (r'\bcpu->([xv])\[r->(rd|rn|rm|ra)\]', r'STENCIL_\1(\2)'),
    (r'\bbitmask_immediates\[r->imm\]', 'STENCIL_MASK()'),
    (r'\br->imm\b', 'STENCIL_IMM()'),
    (r'\br->(rd|rn|rm|ra)\b', r'STENCIL_BYTE(\1)'),
    (r'\br\b', 'STENCIL_HERE()'),
)
HOW_SET = re.compile(r'\bhow = \(?([^,;]*?)\)*\s*[,;]')
HOW_READ = re.compile(r'\bhow\b(?! =)')
HOW_KNOWN = ('0', '2')  # of a comparison of 64 and of 32 bits, of those that flags.h has


def written_last(body):
    """The operand field that a body writes last, always, which nothing else may overwrite; None if it writes no register, 'lost' if
    it is not that simple."""
    writes = [m for m in OPERAND.finditer(body) if m[2]]
    others = 'cpu->x[' in OPERAND.sub('', body)
    if not writes:
        return 'lost' if others else None
    before = body[:writes[-1].start()]
    unconditional = before.count('{') == before.count('}') and not re.search(r'(\belse|\bif \([^;{}]*\))\s*\(*$', before)
    return writes[-1][1] if unconditional and not others else 'lost'


def new_how(body):
    """What a body sets `how` to, a number in decimal; 'keep' if it does not, 'lost' if that depends."""
    values = {str(sum(int(part.strip(' ()u')) for part in value.split('|'))) for value in HOW_SET.findall(body)}
    return 'keep' if not values else values.pop() if len(values) == 1 and 'condition_holds' not in body else 'lost'


def check_body(name, body):
    """What stencil() relies on: registers are written by = and +=, and no operand is read behind that."""
    if re.search(r'\(cpu->x\[r->\w+\]\)\s*(?:[-*/%&|^]|<<|>>)=', body):
        sys.exit(f'{name}: registers are to be written by = or += only')
    if body.count('FUSE_NEXT()') > 1:
        sys.exit(f'{name}: there is more than one way on to the next record')
    if HOW_SET.search(body) and new_how(body) != 'lost' and re.search(r'\b(else|if \([^;]*\)) *\(*(left|how) =', body):
        sys.exit(f'{name}: it is not certain that flags are set')
    written = False
    for statement in re.split(r'[;,]', body):
        if written and any(not assigned for _, assigned in OPERAND.findall(statement)):
            sys.exit(f'{name}: an operand is read behind a write to a register')
        written |= any(assigned for _, assigned in OPERAND.findall(statement))


def variants(body):
    """What to assume, (last, how): the most useful first."""
    reads = sorted({m[1] for m in OPERAND.finditer(body) if (m[2] or '').strip() != '='})
    known = [('any', how) for how in HOW_KNOWN] if HOW_READ.search(body) else []
    return [*known, *((field, 'any') for field in reads), ('any', 'any')]


def stencil(name, body, last, how):
    """The source of one."""
    writes = written_last(body)

    def operand(m):
        field, assigned = m[1], (m[2] or '').strip()
        value = 'STENCIL_LAST()' if field == last else m[0] if not assigned else f'(cpu->x[r->{field}])'
        if not assigned:
            return value
        target = f'(cpu->x[r->{field}]) =' + (' last =' if field == writes else '')
        return target if assigned == '=' else f'{target} {value} +'
    new = '_'.join((writes or 'keep', new_how(body))) + ('__rm0' if FORCED_COLD in body else '')
    body = OPERAND.sub(operand, body)
    if how != 'any':
        body = HOW_READ.sub(f'{how}u', body)
    body = body.replace(FORCED_COLD, '0')
    for pattern, hole in HOLES:
        body = re.sub(pattern, hole, body)
    body = body.replace('; ', ';\n    ')
    return f'STENCIL({name}__{last}_{how}__{new})\n{{\n    STENCIL_BEGIN();\n    {body}\n}}\n'


def main():
    first = sys.argv.index('--')
    second = sys.argv.index('--', first + 1)
    bodies = bodies_of(sys.argv[first + 1:second], sys.argv[second + 1:])
    # What moves the record by itself is a slow path, or is at its end.
    names = [name for name in sorted(bodies)
             if fusible(bodies[name]) != 'FUSE_NO' and not re.search(r'\br(?:\+\+|\s=[^=])', bodies[name])]
    for name in names:
        check_body(name, bodies[name])
    outputs = sys.argv[1:first]
    for i, path in enumerate(outputs):
        with open(path, 'w', encoding='utf-8') as out:
            out.write(HEAD)
            for name in sorted(bodies):
                out.write(f'handler_fn {name}{" COLD" if fusible(bodies[name]) == "FUSE_NO" else ""};\n')
            for name in names[i::len(outputs)]:
                for last, how in variants(bodies[name]):
                    out.write(stencil(name, bodies[name], last, how))


main()
