/* SPDX-License-Identifier: MIT */
#include "loader/elf_symbols.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Names without a size that reach further than this are something else's. */
#define REACH 0x10000

/* A file of which parts are read. */
struct source {
    const char *path;
    FILE *file;
    uint64_t size;
    struct load_error *error;
};

static bool damaged(const struct source *s)
{
    return load_error_set(s->error, "%s is no ELF file for AArch64 with symbols, or is damaged",
                          s->path);
}

static bool open_source(struct source *s)
{
    struct stat stat;
    s->file = fopen(s->path, "re");
    if (!s->file || fstat(fileno(s->file), &stat))
        return load_error_set(s->error, "cannot read %s: %s", s->path, strerror(errno));
    s->size = S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size : 0;
    return true;
}

/* `size` bytes at `offset`, and a 0 behind them; free them. NULL: the error is set. */
static void *read_part(struct source *s, uint64_t offset, uint64_t size)
{
    if (offset > s->size || size > s->size - offset) {
        damaged(s);
        return NULL;
    }
    char *part = malloc(size + 1);
    if (part && !fseeko(s->file, (off_t)offset, SEEK_SET) &&
        fread(part, 1, size, s->file) == size) {
        part[size] = 0;
        return part;
    }
    free(part);
    load_error_set(s->error, "cannot read %s", s->path);
    return NULL;
}

static bool is_for_us(const Elf64_Ehdr *h)
{
    return !memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_machine == EM_AARCH64 &&
           h->e_phentsize == sizeof(Elf64_Phdr) && h->e_shentsize == sizeof(Elf64_Shdr);
}

static bool read_base(struct source *s, const Elf64_Ehdr *h, struct elf_symbols *symbols)
{
    Elf64_Phdr *p = read_part(s, h->e_phoff, (uint64_t)h->e_phnum * sizeof(*p));
    if (!p)
        return false;
    symbols->base = UINT64_MAX;
    for (unsigned i = 0; i < h->e_phnum; i++)
        if (p[i].p_type == PT_LOAD && p[i].p_vaddr < symbols->base)
            symbols->base = p[i].p_vaddr;
    free(p);
    return true;
}

static const Elf64_Shdr *find_table(const Elf64_Ehdr *h, const Elf64_Shdr *section)
{
    for (unsigned i = 0; i < h->e_shnum; i++)
        if (section[i].sh_type == SHT_SYMTAB && section[i].sh_entsize == sizeof(Elf64_Sym) &&
            section[i].sh_link < h->e_shnum)
            return &section[i];
    return NULL;
}

/* Not sections and files, nor the marks between code and data ("ELF for the Arm 64-bit
 * Architecture", "Mapping symbols"). */
static bool is_wanted(const Elf64_Sym *sym, const char *name)
{
    unsigned type = ELF64_ST_TYPE(sym->st_info);
    return sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS && type <= STT_FUNC && *name &&
           *name != '$' && strncmp(name, ".L", 2) != 0;
}

static void keep_symbols(struct elf_symbols *symbols, const Elf64_Sym *sym, size_t count,
                         uint64_t names_size)
{
    for (size_t i = 0; i < count; i++) {
        if (sym[i].st_name >= names_size || !is_wanted(&sym[i], symbols->names + sym[i].st_name))
            continue;
        symbols->symbol[symbols->count++] =
            (struct elf_symbol){ sym[i].st_value, sym[i].st_size, symbols->names + sym[i].st_name };
    }
}

/* Of several names for one address: the one with a size, then the one that looks least internal. */
static int compare(const void *left, const void *right)
{
    const struct elf_symbol *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    if (!a->size != !b->size)
        return a->size ? -1 : 1;
    if ((*a->name == '_') != (*b->name == '_'))
        return *b->name == '_' ? -1 : 1;
    return strcmp(a->name, b->name);
}

static bool read_table(struct source *s, const Elf64_Shdr *section, const Elf64_Shdr *table,
                       struct elf_symbols *symbols)
{
    const Elf64_Shdr *strings = &section[table->sh_link];
    const size_t count = table->sh_size / sizeof(Elf64_Sym);
    Elf64_Sym *sym = read_part(s, table->sh_offset, table->sh_size);
    /* Only a table that is in the file is worth memory. */
    symbols->names = sym ? read_part(s, strings->sh_offset, strings->sh_size) : NULL;
    symbols->symbol = symbols->names ? calloc(count + 1, sizeof(*symbols->symbol)) : NULL;
    if (symbols->names && !symbols->symbol)
        load_error_set(s->error, "out of memory for the symbols of %s", s->path);
    bool ok = symbols->symbol;
    if (ok) {
        keep_symbols(symbols, sym, count, strings->sh_size);
        qsort(symbols->symbol, symbols->count, sizeof(*symbols->symbol), compare);
    }
    free(sym);
    return ok;
}

static bool read_all(struct source *s, struct elf_symbols *symbols)
{
    Elf64_Ehdr *h = read_part(s, 0, sizeof(*h));
    Elf64_Shdr *section = NULL;
    bool ok = h && (is_for_us(h) || damaged(s)) && read_base(s, h, symbols);
    if (ok)
        section = read_part(s, h->e_shoff, (uint64_t)h->e_shnum * sizeof(*section));
    const Elf64_Shdr *table = section ? find_table(h, section) : NULL;
    if (section && !table)
        load_error_set(s->error, "%s has no symbols: was it stripped?", s->path);
    ok = table && read_table(s, section, table, symbols);
    free(section);
    free(h);
    return ok;
}

bool elf_symbols_read(const char *path, struct elf_symbols *symbols, struct load_error *error)
{
    struct source s = { .path = path, .error = error };
    elf_symbols_free(symbols);
    bool ok = open_source(&s) && read_all(&s, symbols);
    if (s.file)
        fclose(s.file);
    if (!ok)
        elf_symbols_free(symbols);
    return ok;
}

void elf_symbols_free(struct elf_symbols *symbols)
{
    free(symbols->symbol);
    free(symbols->names);
    *symbols = (struct elf_symbols){ 0 };
}

/* How many symbols are at or below the address. */
static size_t count_up_to(const struct elf_symbols *symbols, uint64_t address)
{
    size_t low = 0, high = symbols->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->symbol[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct elf_symbol *elf_symbols_at(const struct elf_symbols *symbols, uint64_t address)
{
    size_t i = count_up_to(symbols, address);
    if (!i)
        return NULL;
    const struct elf_symbol *symbol = &symbols->symbol[i - 1];
    while (symbol > symbols->symbol && symbol[-1].address == symbol->address)
        symbol--;
    uint64_t offset = address - symbol->address;
    return offset < (symbol->size ? symbol->size : REACH) ? symbol : NULL;
}

const struct elf_symbol *elf_symbols_find(const struct elf_symbols *symbols, const char *name)
{
    for (size_t i = 0; i < symbols->count; i++)
        if (!strcmp(symbols->symbol[i].name, name))
            return &symbols->symbol[i];
    return NULL;
}
