/* SPDX-License-Identifier: MIT */
/*
 * EFI zboot images (vmlinuz.efi): a kernel in a self-extracting EFI program. Only its payload is of
 * interest. Linux, drivers/firmware/efi/libstub/zboot-header.S.
 */
#ifndef LOADER_ZBOOT_H
#define LOADER_ZBOOT_H

#include "loader/bytes.h"
#include "loader/error.h"

bool is_zboot(const struct bytes *file);

/* Unpacks the kernel into fresh memory. False: truncated, or packed by something other than gzip.
 */
bool zboot_unpack(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
                  struct load_error *error);

#endif
