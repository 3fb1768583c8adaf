/* SPDX-License-Identifier: MIT */
/*
 * A snapshot as a device sees it: a stream of bytes, written in save and read back in the same order in load.
 * The stream's framing (names, versions, lengths, checksums) belongs to the machine.
 */
#ifndef DEVICES_SNAPSHOT_H
#define DEVICES_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

struct snapshot_writer {
    void (*bytes)(void *ctx, const void *data, size_t size);
    void *ctx;
};

struct snapshot_reader {
    bool (*bytes)(void *ctx, void *data, size_t size); /* false: the stream ended early */
    void *ctx;
};

static inline void snapshot_put(struct snapshot_writer *out, const void *data, size_t size)
{
    out->bytes(out->ctx, data, size);
}

static inline bool snapshot_get(struct snapshot_reader *in, void *data, size_t size)
{
    return in->bytes(in->ctx, data, size);
}

#endif
