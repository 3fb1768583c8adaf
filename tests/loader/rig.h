/* SPDX-License-Identifier: MIT */
/* What a loader test needs around the loader: RAM, files on disk, and builders of their formats. */
#ifndef TESTS_LOADER_RIG_H
#define TESTS_LOADER_RIG_H

#include <check.h>

#include "loader/blob.h"

#define RAM_BASE UINT64_C(0x40000000)

/* RAM of `mib` MiB at RAM_BASE, zero, and untouched until the test does. */
struct load_target make_ram(unsigned mib);
void free_ram(const struct load_target *target);

/* Writes a file that is gone when the test ends; returns its name, valid until the next call. */
const char *temp_file(const void *data, size_t size);

/* An Image of `size` bytes whose words count up behind the header. */
struct bytes make_image(size_t size, uint64_t text_offset, uint64_t image_size);
/* One gzip member (made by zlib). */
struct bytes make_gzip(const struct bytes *plain);
/* An ELF file for AArch64 with one segment: `filesz` bytes of 0xaa at `paddr`. */
struct bytes make_elf(uint64_t paddr, uint64_t filesz, uint64_t memsz, uint64_t entry);

void put16(uint8_t *p, uint16_t value);
void put32(uint8_t *p, uint32_t value);
void put64(uint8_t *p, uint64_t value);

int run_suite(Suite *suite);

#endif
