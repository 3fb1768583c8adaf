#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes stencils out of the object file that they were compiled to, and writes them as the tables of stencil.h.

    stencil_pack.py OBJECT OUTPUT

The machine code of a stencil is in two sections of its own, one for what the compiler thinks is likely. Each relocation becomes a
patch. A stencil that wants what a patch cannot give it - data, mostly - is left out: its instruction keeps its handler.

ELF-64 Object File Format, Version 1.5; System V ABI, AMD64 Architecture Processor Supplement, "Relocation Types".
"""
import re
import struct
import sys

HOT, COLD = '.text.stencil_of_', '.text.unlikely.stencil_of_'
SHT_SYMTAB, SHT_RELA, SHN_UNDEF, STT_SECTION = 2, 4, 0, 3
R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32, R_X86_64_32S = 1, 2, 4, 10, 11
RELATIVE = (R_X86_64_PC32, R_X86_64_PLT32)
ABSOLUTE = (R_X86_64_64, R_X86_64_32, R_X86_64_32S)
JMP = b'\xe9'


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
                return [(self.text(section[6], name), where if where < 0xff00 else 0, value)
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


def patch(obj, hot, kind, symbol, addend):
    """(kind of enum stencil_patch_kind, what it is of, addend) of a relocation."""
    name, section, value = symbol
    if kind in RELATIVE:
        addend += 4
        if section == hot:
            return 'STENCIL_HOT', '0', value + addend
        if section and obj.names[section] == COLD + obj.names[hot][len(HOT):]:
            return 'STENCIL_COLD', '0', value + addend
        if not section and addend == 0:
            if name in ('stencil_next', 'stencil_taken'):
                return name.upper(), '0', 0
            return 'STENCIL_CALL', name, 0
    elif kind in ABSOLUTE and name.startswith('stencil_'):
        return 'STENCIL_64' if kind == R_X86_64_64 else 'STENCIL_32', 'HOLE_' + name[len('stencil_'):], addend
    raise Unfit(f'{name or obj.names[section]}, relocation type {kind}')


def stencil(obj, hot, cold):
    """Its code, how much of it is the hot part, its patches, and whether it goes on to the next instruction."""
    code, patches = bytearray(obj.bytes_of(hot)), []
    for offset, kind, symbol, addend in obj.relocations(hot):
        patches.append((offset, *patch(obj, hot, kind, symbol, addend)))
    goes_on = any(p[1] == 'STENCIL_NEXT' for p in patches)
    if patches and patches[-1][:2] == (len(code) - 4, 'STENCIL_NEXT') and code[-5:-4] == JMP:
        del code[-5:], patches[-1]
    hot_size = len(code)
    if cold:
        code += obj.bytes_of(cold)
        for offset, kind, symbol, addend in obj.relocations(cold):
            patches.append((hot_size + offset, *patch(obj, hot, kind, symbol, addend)))
    return code, hot_size, patches, goes_on


def main():
    with open(sys.argv[1], 'rb') as file:
        obj = Object(file.read())
    where = {name: i for i, name in enumerate(obj.names)}
    stencils, unfit = [], []
    for name, hot in sorted(where.items()):
        if not name.startswith(HOT):
            continue
        name = name[len(HOT):]
        try:
            stencils.append((name, *stencil(obj, hot, where.get(COLD + name))))
        except Unfit as why:
            unfit.append((name, why))
    called = sorted({p[2] for s in stencils for p in s[3] if p[1] == 'STENCIL_CALL'} | {s[0] for s in stencils})
    with open(sys.argv[2], 'w', encoding='utf-8') as out:
        out.write('/* Made by stencil_pack.py. */\n#include "cpu/stencil.h"\n')
        for name, why in unfit:
            out.write(f'/* Not {name}: {why}. */\n')
        for name in called:
            out.write(f'handler_fn {name};\n')
        for name, code, _, patches, _ in stencils:
            out.write(f'static const uint8_t code_of_{name}[] = {{ {", ".join(map(str, code)) or 0} }};\n')
            if patches:
                out.write(f'static const struct stencil_patch patches_of_{name}[] = {{\n')
            for at, kind, what, addend in patches:
                what = {'STENCIL_CALL': f'.function = {what}'}.get(kind, f'.hole = {what}')
                out.write(f'    {{ {at}, {kind}, {addend}, {{ {what} }} }},\n')
            if patches:
                out.write('};\n')
        out.write('const struct stencil stencils[] = {\n')
        for name, code, hot, patches, goes_on in stencils:
            branches = any(p[1] == 'STENCIL_TAKEN' for p in patches)
            out.write(f'    {{ {name}, code_of_{name}, {"patches_of_" + name if patches else "0"}, {hot}, '
                      f'{len(code) - hot}, {len(patches)}, {str(goes_on).lower()}, {str(branches).lower()} }},\n')
        out.write(f'    {{ 0 }},\n}};\nconst unsigned stencil_count = {len(stencils)};\n')


main()
