/* SPDX-License-Identifier: MIT */
/*
 * Everything that stands in RAM at reset, and where the first CPU starts.
 *
 *     Image or raw code              ELF file
 *     RAM base     boot stub         RAM base     device tree, if it fits below the program
 *     + offset     kernel            its address  program, entered directly
 *     + min(RAM / 2, 128 MiB), or behind the kernel where that is higher: initrd
 *     next 2 MiB   device tree
 *
 * The loader knows no machine: the board writes the device tree, in the middle, when it is told
 * where the initrd is.
 */
#ifndef LOADER_BOOT_H
#define LOADER_BOOT_H

#include "loader/blob.h"
#include "loader/kernel.h"

struct boot {
    struct load_target target;
    struct blob_list blobs;
    struct kernel kernel;
    uint64_t initrd, initrd_end; /* equal: none */
    uint64_t dtb;                /* where the tree goes */
    uint64_t start;              /* where CPU 0 starts */
};

/* Loads kernel and initrd (NULL: none) and decides on the places. Without a kernel the CPU starts
 * at the RAM base on whatever is there. Free with boot_free, whatever the result. */
bool boot_prepare(struct boot *boot, const struct load_target *target, const char *kernel,
                  const char *initrd, struct load_error *error);

/* Takes the finished tree over and writes the stub. A bare-metal ELF file that covers the place of
 * the tree does without one. */
bool boot_finish(struct boot *boot, struct bytes dtb, struct load_error *error);

/* At power-on and at every reset. */
void boot_write(const struct boot *boot);

void boot_free(struct boot *boot);

#endif
