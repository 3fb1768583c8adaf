/* SPDX-License-Identifier: MIT */
/*
 * The names of an ELF file's functions and variables, for a debugger: System V gABI, "Symbol
 * Table". Of a large file with debug information only the tables are read.
 */
#ifndef LOADER_ELF_SYMBOLS_H
#define LOADER_ELF_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

#include "loader/error.h"

struct elf_symbol {
    uint64_t address;
    uint64_t size; /* bytes; 0: the file does not say */
    const char *name;
};

/* Zero-initialise; free with elf_symbols_free. */
struct elf_symbols {
    struct elf_symbol *symbol; /* by address, the better name first where several have the same */
    size_t count;
    char *names;
    uint64_t base; /* virtual address of the lowest loaded segment */
};

/* Replaces what `symbols` held; on an error they are empty. */
bool elf_symbols_read(const char *path, struct elf_symbols *symbols, struct load_error *error);
void elf_symbols_free(struct elf_symbols *symbols);

/* The symbol that the address belongs to: it is within its size or, where that is not known, behind
 * it and before the next symbol. NULL: none. */
const struct elf_symbol *elf_symbols_at(const struct elf_symbols *symbols, uint64_t address);
/* NULL: no such name. */
const struct elf_symbol *elf_symbols_find(const struct elf_symbols *symbols, const char *name);

#endif
