/* SPDX-License-Identifier: MIT */
/*
 * A disk's contents: the seam between a disk device and a file.
 *
 * Every operation is finished when it returns. Offsets and lengths are in bytes, multiples of
 * BLOCK_SECTOR, and never leave the disk: the device checks. Operations return 0 or a negative
 * errno; a short transfer is an error.
 */
#ifndef DEVICES_BLOCK_H
#define DEVICES_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#define BLOCK_SECTOR 512

struct block {
    uint64_t size; /* bytes, a multiple of BLOCK_SECTOR */
    bool readonly; /* write, discard and zero are not called */
    const char
        *serial; /* what the guest reads as the disk's ID, at most 20 bytes are used; "" for none */
    int (*read)(void *backend, uint64_t offset, const struct iovec *to, unsigned count);
    int (*write)(void *backend, uint64_t offset, const struct iovec *from, unsigned count);
    /* What was written before is on stable storage. */
    int (*flush)(void *backend);
    /* The contents are not needed any more; they read as zero or as before. */
    int (*discard)(void *backend, uint64_t offset, uint64_t size);
    /* They read as zero from now on. `unmap`: their storage may be given back. */
    int (*zero)(void *backend, uint64_t offset, uint64_t size, bool unmap);
    void (*close)(void *backend);
    void *backend;
};

#endif
