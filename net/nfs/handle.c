/* SPDX-License-Identifier: MIT */
/*
 * The layout, in bytes: magic 0-3, export 4-7, dev 8-15, ino 16-23, generation 24-27, checksum
 * 28-31; all little-endian.
 */
#include "net/nfs/handle.h"

#include <endian.h>
#include <string.h>

#define MAGIC          0x31734e61 /* "aNs1" */
#define CHECKSUM_START 28

static void put32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof value);
}

static void put64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof value);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return le32toh(value);
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return le64toh(value);
}

void handle_encode(const struct nfs_handle *handle, uint8_t bytes[HANDLE_SIZE])
{
    put32(bytes, MAGIC);
    put32(bytes + 4, handle->export_id);
    put64(bytes + 8, handle->id.dev);
    put64(bytes + 16, handle->id.ino);
    put32(bytes + 24, handle->id.generation);
    put32(bytes + CHECKSUM_START, hash_bytes(bytes, CHECKSUM_START));
}

bool handle_decode(const void *bytes, size_t size, struct nfs_handle *handle)
{
    const uint8_t *at = bytes;
    if (size != HANDLE_SIZE || get32(at) != MAGIC ||
        get32(at + CHECKSUM_START) != hash_bytes(at, CHECKSUM_START)) {
        return false;
    }
    handle->export_id = get32(at + 4);
    handle->id.dev = get64(at + 8);
    handle->id.ino = get64(at + 16);
    handle->id.generation = get32(at + 24);
    return true;
}

uint32_t hash_bytes(const void *bytes, size_t size)
{
    uint64_t hash = hash_bytes64(bytes, size);
    return (uint32_t)(hash ^ (hash >> 32));
}

uint64_t hash_bytes64(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ at[i]) * 0x100000001b3;
    }
    return hash;
}
