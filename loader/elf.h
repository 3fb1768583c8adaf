/* SPDX-License-Identifier: MIT */
/*
 * Static ELF executables for AArch64: segments go to their physical addresses.
 * "ELF for the Arm 64-bit Architecture (AArch64)" and the System V gABI, "Program Header".
 */
#ifndef LOADER_ELF_H
#define LOADER_ELF_H

#include "loader/blob.h"

struct elf_result {
    uint64_t entry;    /* physical */
    uint64_t end;      /* behind the highest byte loaded */
    uint64_t low;      /* the lowest byte loaded */
    unsigned outside;  /* segments left out because RAM does not hold them */
    uint64_t left_out; /* address of the last of them */
};

bool is_elf(const struct bytes *file);

/* Adds the segments to `list`. A segment outside RAM is left out and counted, unless the entry
 * point is in it: linkers put a note at 0x400000 when only .text was given an address. */
bool elf_load(const char *path, const struct bytes *file, const struct load_target *target,
              struct blob_list *list, struct elf_result *result, struct load_error *error);

#endif
