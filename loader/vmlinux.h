/* SPDX-License-Identifier: MIT */
/*
 * Linux's vmlinux: the ELF file that an Image is made of. Its segments have the kernel's virtual
 * addresses as physical ones, too, so they are laid out one behind the other instead, which is what
 * `objcopy -O binary` does to make the Image.
 */
#ifndef LOADER_VMLINUX_H
#define LOADER_VMLINUX_H

#include "loader/bytes.h"
#include "loader/error.h"

/* An ELF file for AArch64 that belongs into the upper half of the address space. */
bool is_vmlinux(const struct bytes *file);

/* The Image in memory, in out->data for the caller to free, and the virtual address of its first
 * byte. False: the file is damaged, holds no Image, or is longer than `limit`. */
bool vmlinux_flatten(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
                     uint64_t *va, struct load_error *error);

#endif
