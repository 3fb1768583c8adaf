/* SPDX-License-Identifier: MIT */
/*
 * The guest's RAM: anonymous host memory that costs nothing until the guest touches it.
 *
 * Kernels clear memory that they may never use (a bounce buffer of 64 MiB). Pages of zeros are
 * given back to the host, which makes them anew when they are needed: ram_note hears of pages when
 * a processor begins to use them, ram_trim looks at those. The guest cannot tell.
 */
#ifndef MACH_VIRT_RAM_H
#define MACH_VIRT_RAM_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/snapshot.h"
#include "mach-virt/error.h"

#define RAM_FRESH  24576
#define RAM_IMAGES 8

struct ram {
    uint8_t *host;
    uint64_t base, size; /* guest-physical; size a multiple of 4096 */

    struct ram_image {         /* where a memory file shines through until the guest writes */
        uint64_t first, end;   /* numbers of pages */
    } image[RAM_IMAGES];
    unsigned images;

    uint64_t *noted;           /* a bit per page that is or was in `fresh`; NULL: not trimmed */
    uint32_t fresh[RAM_FRESH]; /* numbers of pages to look at */
    unsigned fresh_count, trim_at;
};

bool ram_create(struct ram *ram, uint64_t base, uint64_t size, struct error *error);
void ram_destroy(struct ram *ram);

/* Host address of guest-physical [pa, pa + size), NULL when any byte of it is not RAM. */
static inline uint8_t *ram_map(const struct ram *ram, uint64_t pa, uint64_t size)
{
    uint64_t offset = pa - ram->base;
    return offset < ram->size && size <= ram->size - offset ? ram->host + offset : NULL;
}

/* Makes the first `size` bytes of a memory file the content of RAM from `pa` on, whatever was there. What the guest writes is
 * not written to the file; what it never touches costs nothing. Whole pages. False: not these, or the host refuses; then the
 * content is to be copied. */
bool ram_map_file(struct ram *ram, uint64_t pa, int fd, uint64_t size);

/* From now on pages of zeros are given back. Only where nobody writes RAM during ram_trim: while
 * the processors share a thread. */
void ram_start_trimming(struct ram *ram);
/* A processor is about to use the page at this offset. */
static inline void ram_note(struct ram *ram, uint64_t offset)
{
    uint64_t page = offset >> 12, bit = UINT64_C(1) << page % 64;
    if (!ram->noted || (ram->noted[page / 64] & bit) || ram->fresh_count == RAM_FRESH)
        return;
    ram->noted[page / 64] |= bit;
    ram->fresh[ram->fresh_count++] = (uint32_t)page;
}
/* Enough pages are noted for ram_trim to be worth its while. */
static inline bool ram_wants_trim(const struct ram *ram)
{
    return ram->fresh_count >= ram->trim_at;
}
/* Gives back those of the noted pages that hold zeros only. */
void ram_trim(struct ram *ram);

/* Calls visit for every page that is not all zeros, lowest first; pages that were never touched
 * stay untouched. */
void ram_each_page(const struct ram *ram,
                   void (*visit)(void *ctx, uint64_t offset, const uint8_t *page), void *ctx);

/* Only pages that are not zero. */
void ram_save(const struct ram *ram, struct snapshot_writer *out);
bool ram_load(struct ram *ram, struct snapshot_reader *in);

#endif
