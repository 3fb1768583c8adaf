#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes stencils out of the object files that they were compiled to, and writes them as the tables of stencil.h.

    stencil_pack.py OBJECT... OUTPUT

The machine code of a stencil is in two sections of its own, one for what the compiler thinks is likely. Each relocation becomes
a patch. What wants more than a patch can give - data, mostly - is left out, with all variants of its handler: its handler is
jumped to.

ELF-64 Object File Format, Version 1.5; System V ABI, AMD64 Architecture Processor Supplement, "Relocation Types".
"""
import struct
import sys

HOT, COLD = '.text.stencil_of_', '.text.unlikely.stencil_of_'
SHT_SYMTAB, SHT_RELA, SHN_LORESERVE = 2, 4, 0xff00
R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32, R_X86_64_32S = 1, 2, 4, 10, 11
RELATIVE = (R_X86_64_PC32, R_X86_64_PLT32)
ABSOLUTE = (R_X86_64_64, R_X86_64_32, R_X86_64_32S)
JMP, JCC = 0xe9, 0x80  # JCC: behind 0x0f, with a condition in the low bits


class Object:
    """Sections and relocations of an ELF object of the host's kind."""

    def __init__(self, data):
        if data[:6] != b'\x7fELF\x02\x01':
            sys.exit('not an ELF object of 64 bits, little endian')
        self.data = data
        offset, = struct.unpack_from('<Q', data, 0x28)
        size, count, names = struct.unpack_from('<HHH', data, 0x3a)
        # name, type, flags, address, offset, size, link, info, alignment, size of an entry
        self.sections = [struct.unpack_from('<IIQQQQIIQQ', data, offset + i * size) for i in range(count)]
        self.names = [self.text(names, section[0]) for section in self.sections]
        self.symbols = self.read_symbols()

    def bytes_of(self, index):
        _, _, _, _, offset, size, *_ = self.sections[index]
        return self.data[offset:offset + size]

    def text(self, section, at):
        strings = self.bytes_of(section)
        return strings[at:strings.index(b'\0', at)].decode()

    def read_symbols(self):
        """(name, section it is defined in, or 0; value) of each."""
        for i, section in enumerate(self.sections):
            if section[1] == SHT_SYMTAB:
                entries = struct.iter_unpack('<IBBHQQ', self.bytes_of(i))
                return [(self.text(section[6], name), where if where < SHN_LORESERVE else 0, value)
                        for name, _, _, where, value, _ in entries]
        return []

    def relocations(self, index):
        """(offset, type, symbol, addend) of a section's."""
        for i, section in enumerate(self.sections):
            if section[1] == SHT_RELA and section[7] == index:
                return [(offset, info & 0xffffffff, self.symbols[info >> 32], addend)
                        for offset, info, addend in struct.iter_unpack('<QQq', self.bytes_of(i))]
        return []


class Unfit(Exception):
    """This stencil cannot be glued."""


class Stencil:
    """A stencil's code, how much of it is the hot part, and its patches: (offset, kind, hole or function, addend)."""

    def __init__(self, obj, hot, cold):
        self.obj, self.hot_section, self.name = obj, hot, obj.names[hot][len(HOT):]
        self.handler, assumed, new, *only = self.name.split('__')
        self.rm_zero = only == ['rm0']
        self.last, self.how = assumed.split('_')
        self.new_last, self.new_how = new.split('_')
        self.code = bytearray(obj.bytes_of(hot))
        self.patches = [self.patch(0, *relocation) for relocation in obj.relocations(hot)]
        self.goes_on = any(kind == 'NEXT' for _, kind, _, _ in self.patches)
        self.branches = any(kind == 'TAKEN' for _, kind, _, _ in self.patches)
        if self.patches and self.patches[-1][:2] == (len(self.code) - 4, 'NEXT') and self.code[-5] == JMP:
            del self.code[-5:], self.patches[-1]
        self.hot = len(self.code)
        if cold:
            self.code += obj.bytes_of(cold)
            self.patches += [self.patch(self.hot, *relocation) for relocation in obj.relocations(cold)]

    def patch(self, base, offset, kind, symbol, addend):
        """Of a relocation in the part that begins at base."""
        name, section, value = symbol
        if kind in RELATIVE:
            addend += 4
            if section == self.hot_section:
                return base + offset, 'HOT', None, value + addend
            if section and self.obj.names[section] == COLD + self.name:
                return base + offset, 'COLD', None, value + addend
            if not section and addend == 0:
                if name in ('stencil_next', 'stencil_taken'):
                    return base + offset, name[len('stencil_'):].upper(), None, 0
                self.check_jump(offset, base)
                return base + offset, 'CALL', name, 0
        elif kind in ABSOLUTE and name.startswith('stencil_'):
            return base + offset, '64' if kind == R_X86_64_64 else '32', 'HOLE_' + name[len('stencil_'):], addend
        raise Unfit(f'{name or self.obj.names[section]}, relocation type {kind}')

    def check_jump(self, offset, base):
        """Nothing may return into compiled code: jmp and jcc only."""
        code = self.code[base:] if base else self.code
        if code[offset - 1] != JMP and not (code[offset - 2] == 0x0f and code[offset - 1] & 0xf0 == JCC):
            raise Unfit('it calls something')


def read_stencils(paths):
    """Those of all objects in the order that stencil.h asks for; and what is unfit."""
    stencils, unfit = [], {}
    for path in paths:
        with open(path, 'rb') as file:
            obj = Object(file.read())
        where = {name: i for i, name in enumerate(obj.names)}
        for hot, name in enumerate(obj.names):
            if not name.startswith(HOT):
                continue
            name = name[len(HOT):]
            try:
                stencils.append(Stencil(obj, hot, where.get(COLD + name)))
            except Unfit as why:
                unfit[name.split('__')[0]] = why
    stencils = [s for s in stencils if s.handler not in unfit]
    stencils.sort(key=lambda s: (s.handler, s.how == 'any', s.last == 'any', s.name))
    return stencils, unfit


FACTS = {'any': 'STENCIL_ANY', 'keep': 'STENCIL_KEEP', 'lost': 'STENCIL_LOST', 'rd': '0', 'rn': '1', 'rm': '2', 'ra': '3'}


def write_tables(out, stencils, unfit):
    out.write('/* Made by stencil_pack.py. */\n#include "cpu/stencil.h"\n')
    out.writelines(f'/* Not {name}: {why}. */\n' for name, why in unfit.items())
    functions = {s.handler for s in stencils} | {of for s in stencils for _, kind, of, _ in s.patches if kind == 'CALL'}
    number = {name: i for i, name in enumerate(sorted(functions))}
    out.writelines(f'handler_fn {name};\n' for name in number)
    out.write('handler_fn *const stencil_functions[] = {\n')
    out.writelines(f'    {name},\n' for name in number)
    out.write('    0,\n};\nconst uint8_t stencil_code[] = {\n')
    out.writelines(f'    {", ".join(map(str, s.code))},\n' for s in stencils if s.code)
    out.write('    0,\n};\nconst struct stencil_patch stencil_patches[] = {\n')
    for s in stencils:
        for at, kind, of, addend in s.patches:
            out.write(f'    {{ {at}, STENCIL_{kind}, {number.get(of, of) or 0}, {addend} }},\n')
    out.write('    { 0 },\n};\nconst struct stencil stencils[] = {\n')
    code = patch = 0
    for s in stencils:
        facts = [FACTS.get(fact, fact) for fact in (s.last, s.how, s.new_last, s.new_how)]
        is_so = [int(is_so) for is_so in (s.rm_zero, s.goes_on, s.branches)]
        sizes = [s.hot, len(s.code) - s.hot, len(s.patches)]
        out.write(f'    {{ {", ".join(map(str, [number[s.handler], *facts, *is_so, *sizes, code, patch]))} }},\n')
        code += len(s.code)
        patch += len(s.patches)
    out.write(f'    {{ 0 }},\n}};\nconst unsigned stencil_count = {len(stencils)};\n')


def main():
    *objects, output = sys.argv[1:]
    stencils, unfit = read_stencils(objects)
    if len(stencils) < len(unfit):
        sys.exit(f'{objects[0]}: hardly any stencil is fit: {unfit}')
    with open(output, 'w', encoding='utf-8') as out:
        write_tables(out, stencils, unfit)


main()
