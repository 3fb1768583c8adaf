/* SPDX-License-Identifier: MIT */
/* A piece of memory with its size, and the little-endian fields in it that a file format places. */
#ifndef LOADER_BYTES_H
#define LOADER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    uint8_t *data; /* where a function hands it out: from malloc, or `mapped`; bytes_free */
    size_t size;
    bool mapped;   /* data is a mapping, to read only, of all of fd, a file in memory that nobody else has */
    int fd;
};

/*
 * Large pieces stand in memory files (memfd_create): guest RAM can map them, so that a kernel is copied once, and once more
 * only where the guest writes. Such a file is memory, too, but of the system, not of the process: only pages that are touched count
 * as resident. A mapping of the file that was loaded would change with it, or end the program when it is cut off.
 */
#define BYTES_FILE_MIN (64u << 10)

/* Maps a memory file of `size` bytes and takes it over. False: it cannot; fd is still the caller's. */
bool bytes_map(struct bytes *b, int fd, size_t size);
/* Moves malloc'ed bytes that are large into a memory file. Where that cannot be done they stay. */
void bytes_to_file(struct bytes *b);
/* A memory file with what is left to read of another file, `limit` + 1 bytes at most, and its size. -1: it cannot be copied so (a
 * pipe, an error), and may have been read in part. */
int bytes_copy_file(int from, uint64_t limit, uint64_t *size);
void bytes_free(struct bytes *b);

/* Whether [offset, offset + size) lies within the bytes; never wraps. */
static inline bool bytes_hold(const struct bytes *b, uint64_t offset, uint64_t size)
{
    return offset <= b->size && size <= b->size - offset;
}

/* Whether `size` bytes at `offset` are there and equal to `what`. */
static inline bool bytes_match(const struct bytes *b, size_t offset, const void *what, size_t size)
{
    return bytes_hold(b, offset, size) && !memcmp(b->data + offset, what, size);
}

/* The field at `p`, which must be there. */
static inline uint16_t load_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_le32(const uint8_t *p)
{
    return load_le16(p) | (uint32_t)load_le16(p + 2) << 16;
}

static inline uint64_t load_le64(const uint8_t *p)
{
    return load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline void store_le32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static inline void store_le64(uint8_t *p, uint64_t value)
{
    store_le32(p, (uint32_t)value);
    store_le32(p + 4, (uint32_t)(value >> 32));
}

#endif
