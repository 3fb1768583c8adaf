/* SPDX-License-Identifier: MIT */
#include "loader/vmlinux.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

#include "loader/elf.h"
#include "loader/image.h"

#define UPPER_HALF (UINT64_C(1) << 63)

/* The header, if the program headers behind it are all there. */
static bool read_header(const struct bytes *file, Elf64_Ehdr *header)
{
    if (!is_elf(file) || !bytes_hold(file, 0, sizeof(*header)))
        return false;
    memcpy(header, file->data, sizeof(*header));
    return header->e_ident[EI_CLASS] == ELFCLASS64 && header->e_ident[EI_DATA] == ELFDATA2LSB &&
           header->e_machine == EM_AARCH64 && header->e_phentsize == sizeof(Elf64_Phdr) &&
           bytes_hold(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr));
}

/* The next segment with something in it, from number *i on. */
static bool next_segment(const struct bytes *file, const Elf64_Ehdr *header, unsigned *i,
                         Elf64_Phdr *p)
{
    while (*i < header->e_phnum) {
        memcpy(p, file->data + header->e_phoff + (*i)++ * sizeof(*p), sizeof(*p));
        if (p->p_type == PT_LOAD && p->p_filesz)
            return true;
    }
    return false;
}

bool is_vmlinux(const struct bytes *file)
{
    Elf64_Ehdr header;
    return read_header(file, &header) && header.e_entry >= UPPER_HALF;
}

static bool find_range(const char *path, const struct bytes *file, const Elf64_Ehdr *header,
                       uint64_t *low, uint64_t *high, struct load_error *error)
{
    Elf64_Phdr p;
    *low = UINT64_MAX;
    *high = 0;
    for (unsigned i = 0; next_segment(file, header, &i, &p);) {
        if (!bytes_hold(file, p.p_offset, p.p_filesz) || p.p_vaddr < UPPER_HALF ||
            p.p_filesz > UINT64_MAX - p.p_vaddr)
            return load_error_set(error, "%s is damaged or truncated: a segment is not in the file",
                                  path);
        if (p.p_vaddr < *low)
            *low = p.p_vaddr;
        if (p.p_vaddr + p.p_filesz > *high)
            *high = p.p_vaddr + p.p_filesz;
    }
    return true;
}

bool vmlinux_flatten(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
                     uint64_t *va, struct load_error *error)
{
    Elf64_Ehdr header;
    Elf64_Phdr p;
    struct image_header image;
    uint64_t high;
    if (!read_header(file, &header) || !find_range(path, file, &header, va, &high, error))
        return false;
    if (high <= *va || high - *va > limit)
        return load_error_set(error, "%s does not fit into RAM; give the machine more with -m",
                              path);
    *out = (struct bytes){ .data = calloc(1, high - *va), .size = high - *va };
    if (!out->data)
        return load_error_set(error, "out of memory while loading %s", path);
    for (unsigned i = 0; next_segment(file, &header, &i, &p);)
        memcpy(out->data + (p.p_vaddr - *va), file->data + p.p_offset, p.p_filesz);
    if (image_parse(out, &image))
        return true;
    free(out->data);
    return load_error_set(
        error, "%s is linked for the upper half of the address space, but is no Linux kernel",
        path);
}
