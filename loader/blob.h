/* SPDX-License-Identifier: MIT */
/*
 * What stands where in guest memory when the machine starts: pieces of files, each with its
 * address. Kept for the life of the machine, because a reset writes them again.
 */
#ifndef LOADER_BLOB_H
#define LOADER_BLOB_H

#include "loader/bytes.h"
#include "loader/error.h"

/* RAM as the loader sees it: host memory for guest-physical [base, base + size). */
struct load_target {
    uint8_t *ram;
    uint64_t base, size;
    /* Makes RAM of the first `size` bytes of a memory file: at the same host address, private to this RAM, again and again.
     * Whole pages. May be NULL; false: copy them instead. */
    bool (*map)(void *ctx, uint64_t address, int fd, uint64_t size);
    void *ctx;
};

struct blob {
    char *name;         /* of the file or thing, for messages; owned */
    uint64_t address;   /* guest-physical */
    struct bytes bytes; /* owned */
    uint64_t zeros;     /* bytes cleared behind them (.bss) */
    struct blob *next;
};

/* In the order of adding. Zero-initialise. */
struct blob_list {
    struct blob *first, **end;
};

/* Adds a piece; takes `bytes` over, whatever the result. False: it leaves RAM, overlaps an earlier
 * piece, or there is no memory; the message names both and -m where that helps. */
bool blob_add(struct blob_list *list, const struct load_target *target, const char *name,
              uint64_t address, struct bytes bytes, uint64_t zeros, struct load_error *error);

/* Writes all pieces to RAM. The caller drops decoded instructions. */
void blob_write_all(const struct blob_list *list, const struct load_target *target);

void blob_list_free(struct blob_list *list);

#endif
