/* SPDX-License-Identifier: MIT */
/*
 * The arm64 Linux `Image`: Linux, Documentation/arm64/booting.rst, "Call the kernel image".
 */
#ifndef LOADER_IMAGE_H
#define LOADER_IMAGE_H

#include "loader/bytes.h"
#include "loader/error.h"

/* Where a kernel without a usable text_offset belongs, in bytes from the start of RAM. */
#define IMAGE_OLD_TEXT_OFFSET 0x80000

struct image_header {
    uint64_t text_offset; /* of the image from a 2 MiB boundary */
    uint64_t image_size;  /* bytes in memory, .bss included; 0: a kernel before Linux 3.17 */
    uint64_t flags;
};

/* False: no Image (the magic is missing or the file is shorter than the header). */
bool image_parse(const struct bytes *file, struct image_header *header);

/* False: an Image that cannot be started, because part of it is missing from the file (told from
 * the PE sections that kernels with an EFI stub carry) or because it is big-endian. */
bool image_check(const char *path, const struct bytes *file, const struct image_header *header,
                 struct load_error *error);

/* Bytes from the start of RAM to the place of the image. Moved up by 2 MiB where text_offset leaves
 * no room for the boot stub. */
uint64_t image_offset(const struct image_header *header);

/* Bytes the kernel needs from there on. */
uint64_t image_memory_size(const struct bytes *file, const struct image_header *header);

#endif
