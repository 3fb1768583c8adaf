/* SPDX-License-Identifier: MIT */
#include "loader/elf.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>

static bool check_header(const char *path, const struct bytes *file, Elf64_Ehdr *header,
                         struct load_error *error)
{
    if (!bytes_hold(file, 0, sizeof(*header)))
        return load_error_set(error, "%s is truncated: its ELF header is cut", path);
    memcpy(header, file->data, sizeof(*header));
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_AARCH64)
        return load_error_set(error, "%s is an ELF file for another processor, not AArch64", path);
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return load_error_set(error, "%s is a big-endian ELF file; only little-endian runs", path);
    if (header->e_type != ET_EXEC)
        return load_error_set(error, "%s is not a static executable; link it with -static -no-pie",
                              path);
    if (!header->e_phnum || header->e_phentsize != sizeof(Elf64_Phdr))
        return load_error_set(error, "%s has no usable ELF program headers", path);
    if (!bytes_hold(file, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr)))
        return load_error_set(error, "%s is truncated: its program headers end beyond the file",
                              path);
    return true;
}

static bool in_ram(const Elf64_Phdr *p, const struct load_target *target)
{
    uint64_t offset = p->p_paddr - target->base;
    return p->p_paddr >= target->base && offset <= target->size &&
           p->p_memsz <= target->size - offset;
}

/* The entry point is virtual; it moves with the segment that holds it. */
static bool holds_entry(const Elf64_Phdr *p, uint64_t entry)
{
    return (p->p_flags & PF_X) && entry - p->p_vaddr < p->p_memsz;
}

static bool add_segment(const char *path, const struct bytes *file, const Elf64_Phdr *p,
                        const struct load_target *target, struct blob_list *list,
                        struct load_error *error)
{
    struct bytes bytes = { .data = malloc(p->p_filesz ? p->p_filesz : 1), .size = p->p_filesz };
    if (!bytes.data)
        return load_error_set(error, "out of memory while loading %s", path);
    memcpy(bytes.data, file->data + p->p_offset, p->p_filesz);
    return blob_add(list, target, path, p->p_paddr, bytes, p->p_memsz - p->p_filesz, error);
}

static bool load_segment(const char *path, const struct bytes *file, const Elf64_Phdr *p,
                         const struct load_target *target, struct blob_list *list,
                         struct elf_result *result, struct load_error *error)
{
    if (!bytes_hold(file, p->p_offset, p->p_filesz))
        return load_error_set(error, "%s is truncated: a segment ends beyond the file", path);
    if (p->p_memsz < p->p_filesz)
        return load_error_set(
            error, "%s is damaged: a segment is larger in the file than in memory", path);
    if (!in_ram(p, target)) {
        result->outside++;
        result->left_out = p->p_paddr;
        return true;
    }
    if (!add_segment(path, file, p, target, list, error))
        return false;
    if (p->p_paddr < result->low)
        result->low = p->p_paddr;
    if (p->p_paddr + p->p_memsz > result->end)
        result->end = p->p_paddr + p->p_memsz;
    return true;
}

bool is_elf(const struct bytes *file)
{
    return bytes_match(file, 0, ELFMAG, SELFMAG);
}

bool elf_load(const char *path, const struct bytes *file, const struct load_target *target,
              struct blob_list *list, struct elf_result *result, struct load_error *error)
{
    Elf64_Ehdr header;
    if (!check_header(path, file, &header, error))
        return false;
    *result = (struct elf_result){ .entry = header.e_entry, .low = UINT64_MAX };
    for (unsigned i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr p;
        memcpy(&p, file->data + header.e_phoff + i * sizeof(p), sizeof(p));
        if (p.p_type != PT_LOAD || !p.p_memsz)
            continue;
        if (!load_segment(path, file, &p, target, list, result, error))
            return false;
        if (holds_entry(&p, header.e_entry))
            result->entry = header.e_entry - p.p_vaddr + p.p_paddr;
    }
    if (result->entry < result->low || result->entry >= result->end)
        return load_error_set(error,
                              "%s: no segment in RAM (0x%" PRIx64 ", %" PRIu64
                              " MiB) holds its entry point 0x%" PRIx64
                              "; a kernel is started from its Image, not from vmlinux",
                              path, target->base, target->size >> 20, result->entry);
    return true;
}
