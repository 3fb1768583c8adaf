/* SPDX-License-Identifier: MIT */
/* The guest's RAM: anonymous host memory that costs nothing until the guest touches it. */
#ifndef MACH_VIRT_RAM_H
#define MACH_VIRT_RAM_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/snapshot.h"
#include "mach-virt/error.h"

struct ram {
    uint8_t *host;
    uint64_t base, size; /* guest-physical; size a multiple of 4096 */
};

bool ram_create(struct ram *ram, uint64_t base, uint64_t size, struct error *error);
void ram_destroy(struct ram *ram);

/* Host address of guest-physical [pa, pa + size), NULL when any byte of it is not RAM. */
static inline uint8_t *ram_map(const struct ram *ram, uint64_t pa, uint64_t size)
{
    uint64_t offset = pa - ram->base;
    return offset < ram->size && size <= ram->size - offset ? ram->host + offset : NULL;
}

/* Calls visit for every page that is not all zeros, lowest first; pages that were never touched
 * stay untouched. */
void ram_each_page(const struct ram *ram,
                   void (*visit)(void *ctx, uint64_t offset, const uint8_t *page), void *ctx);

/* Only pages that are not zero. */
void ram_save(const struct ram *ram, struct snapshot_writer *out);
bool ram_load(struct ram *ram, struct snapshot_reader *in);

#endif
