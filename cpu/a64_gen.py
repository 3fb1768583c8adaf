#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns cpu/a64.def into the decoder, the disassembly names and the test encoder.

    a64_gen.py a64.def rows.h tables.c encode.h

rows.h    one enumerator, one struct of fields and one prototype decode_ROW() for each row
tables.c  a64_lookup(): instruction word -> row; the thunks that call decode_ROW(); names and fields for trace text
encode.h  enc_ROW(fields...) -> instruction word, for tests

Where rows overlap, the row with more fixed bits wins; equal numbers must not overlap (checked here).
"""
import re
import sys

LINE = re.compile(r'^\s*(A64|A64_TODO)\((\w+)\s*,\s*"([^"]*)"\s*\)')
BUCKET_BITS = 12  # bits 31..20 choose the list of candidate rows


class Row:
    def __init__(self, name, text, done, where):
        self.name, self.done, self.where = name, done, where
        self.fields = []  # (name, lsb, width), most significant first
        self.nonzero = []  # masks of the fields that are not 0 in this row
        self.mask = self.value = 0
        position = 32
        for token in text.split():
            if re.fullmatch('[01]+', token):
                position -= len(token)
                self.mask |= ((1 << len(token)) - 1) << position
                self.value |= int(token, 2) << position
            else:
                m = re.fullmatch(r'([A-Za-z]\w*)(!=0)?(?::(\d+))?', token)
                if not m:
                    sys.exit(f'{where}: {name}: what is "{token}"?')
                width = int(m[3] or 1)
                position -= width
                self.fields.append((m[1], position, width))
                if m[2]:
                    self.nonzero.append(((1 << width) - 1) << position)
        if position != 0:
            sys.exit(f'{where}: {name}: the row has {32 - position} bits')
        self.fixed = bin(self.mask).count('1')

    def overlaps(self, other):
        common = self.mask & other.mask
        return (self.value & common) == (other.value & common) and not (self.excludes(other) or other.excludes(self))

    def excludes(self, other):
        return any(other.mask & field == field and not other.value & field for field in self.nonzero)

    def in_bucket(self, bucket):
        high = bucket << (32 - BUCKET_BITS)
        mask = self.mask & ~((1 << (32 - BUCKET_BITS)) - 1)
        return (high & mask) == (self.value & mask)


def read_rows(path):
    rows, seen = [], set()
    for number, line in enumerate(open(path, encoding='utf-8'), 1):
        m = LINE.match(line)
        if not m:
            if line.lstrip().startswith('A64'):
                sys.exit(f'{path}:{number}: cannot read this row')
            continue
        row = Row(m[2], m[3], m[1] == 'A64', f'{path}:{number}')
        if row.name in seen:
            sys.exit(f'{row.where}: {row.name} stands twice')
        seen.add(row.name)
        rows.append(row)
    return rows


def check_overlaps(rows):
    by_bucket = buckets(rows)
    for candidates in by_bucket:
        for i, a in enumerate(candidates):
            for b in candidates[i + 1:]:
                if a.overlaps(b) and (a.mask & b.mask) != b.mask:
                    sys.exit(f'{a.where}: {a.name} and {b.name} overlap, and neither is a case of the other')
                if a.overlaps(b) and a.mask == b.mask:
                    sys.exit(f'{a.where}: {a.name} and {b.name} are the same')


def buckets(rows):
    ordered = sorted(rows, key=lambda row: -row.fixed)
    return [[row for row in ordered if row.in_bucket(b)] for b in range(1 << BUCKET_BITS)]


def c_type(width):
    return 'uint8_t' if width <= 8 else 'uint16_t' if width <= 16 else 'uint32_t'


HEAD = '/* Made from a64.def by a64_gen.py. */\n'


def write_rows(out, rows):
    out.write(HEAD + '#ifndef A64_ROWS_H\n#define A64_ROWS_H\n#include <stdbool.h>\n#include <stdint.h>\n')
    out.write('struct decode;\nenum a64_row {\n')
    for row in rows:
        out.write(f'    A64_{row.name},\n')
    out.write('    A64_ROWS,\n    A64_UNALLOCATED = A64_ROWS\n};\n')
    for row in rows:
        fields = ' '.join(f'{c_type(w)} {n};' for n, _, w in row.fields) or 'uint8_t none;'
        out.write(f'struct a64_{row.name} {{ {fields} }};\n')
        if row.done:
            out.write(f'bool decode_{row.name}(struct decode *d, const struct a64_{row.name} *f);\n')
    out.write('#endif\n')


def write_tables(out, rows, header):
    out.write(HEAD + f'#include "cpu/decode.h"\n#include <stddef.h>\n')
    for row in rows:
        if not row.done:
            continue
        init = ', '.join(f'.{n} = word >> {lsb} & {hex((1 << w) - 1)}' for n, lsb, w in row.fields) or '0'
        out.write(f'static bool row_{row.name}(struct decode *d, uint32_t word)\n{{\n'
                  f'    (void)word;\n    return decode_{row.name}(d, &(const struct a64_{row.name}){{ {init} }});\n}}\n')
    out.write('const struct a64_row_info a64_rows[A64_ROWS + 1] = {\n')
    for row in rows:
        fields = ', '.join(f'{{ "{n}", {lsb}, {w} }}' for n, lsb, w in row.fields)
        decode = f'row_{row.name}' if row.done else 'NULL'
        out.write(f'    {{ "{row.name}", {hex(row.mask)}, {hex(row.value)}, {decode}, {len(row.fields)}, '
                  f'{{ {fields or "{ 0 }"} }} }},\n')
    out.write('    { "UNALLOCATED", 0, 0, NULL, 0, { { 0 } } },\n};\n')
    index = {row.name: i for i, row in enumerate(rows)}
    lists, starts, offset = [], {}, 0
    bucket_start = []
    for candidates in buckets(rows):
        key = tuple(index[row.name] for row in candidates)
        if key not in starts:
            starts[key] = offset
            lists.append(key)
            offset += len(key) + 1
        bucket_start.append(starts[key])
    out.write('static const uint16_t candidates[] = {\n')
    for key in lists:
        out.write('    ' + ' '.join(f'{i},' for i in key) + f' {len(rows)},\n')
    out.write('};\nstatic const uint16_t bucket[] = {\n')
    for i in range(0, len(bucket_start), 16):
        out.write('    ' + ' '.join(f'{s},' for s in bucket_start[i:i + 16]) + '\n')
    out.write('};\nunsigned a64_lookup(uint32_t word)\n{\n'
              f'    const uint16_t *c = &candidates[bucket[word >> {32 - BUCKET_BITS}]];\n'
              '    while ((word & a64_rows[*c].mask) != a64_rows[*c].value)\n        c++;\n    return *c;\n}\n')


def write_encode(out, rows):
    out.write(HEAD + '#ifndef A64_ENCODE_H\n#define A64_ENCODE_H\n#include <stdint.h>\n')
    for row in rows:
        params = ', '.join(f'uint32_t {n}' for n, _, _ in row.fields) or 'void'
        parts = ''.join(f' | ({n} & {hex((1 << w) - 1)}u) << {lsb}' for n, lsb, w in row.fields)
        out.write(f'static inline uint32_t enc_{row.name}({params})\n{{\n    return {hex(row.value)}u{parts};\n}}\n')
    out.write('#endif\n')


def main():
    source, rows_h, tables_c, encode_h = sys.argv[1:]
    rows = read_rows(source)
    check_overlaps(rows)
    with open(rows_h, 'w', encoding='utf-8') as out:
        write_rows(out, rows)
    with open(tables_c, 'w', encoding='utf-8') as out:
        write_tables(out, rows, rows_h)
    with open(encode_h, 'w', encoding='utf-8') as out:
        write_encode(out, rows)


main()
