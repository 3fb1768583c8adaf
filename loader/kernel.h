/* SPDX-License-Identifier: MIT */
/*
 * -kernel: finds out what kind of file it is and where it goes.
 *
 *     ELF executable            at its addresses, entered directly
 *     Linux's vmlinux (ELF)     laid out as the Image that is made of it
 *     gzip, EFI zboot (gzip)    unpacked first, then one of the next two
 *     arm64 Image               at its text_offset, through the boot stub
 *     anything else             raw code, treated as a kernel without header: 0x80000 into RAM,
 *                               through the boot stub
 */
#ifndef LOADER_KERNEL_H
#define LOADER_KERNEL_H

#include "loader/blob.h"

struct kernel {
    uint64_t entry;    /* physical */
    uint64_t low;      /* first byte of it in RAM */
    uint64_t end;      /* behind its last byte in RAM, .bss included where that is known */
    uint64_t va;       /* the virtual address of `low`, where the file says so (vmlinux); 0: unknown */
    bool stub;         /* it wants the boot stub in front: not an ELF file */
    char warning[256]; /* one line for the user; "": none */
};

bool kernel_load(const char *path, const struct load_target *target, struct blob_list *list,
                 struct kernel *kernel, struct load_error *error);

#endif
