/* SPDX-License-Identifier: MIT */
#include "loader/blob.h"

#include <inttypes.h>
#include <stdlib.h>

static uint64_t blob_size(const struct blob *blob)
{
    return blob->bytes.size + blob->zeros;
}

static bool overlap(const struct blob *a, const struct blob *b)
{
    return a->address < b->address + blob_size(b) && b->address < a->address + blob_size(a);
}

static bool check_ram(const struct blob *blob, const struct load_target *target,
                      struct load_error *error)
{
    uint64_t size = blob->bytes.size + blob->zeros;
    uint64_t offset = blob->address - target->base;
    if (size >= blob->zeros && blob->address >= target->base && offset <= target->size &&
        size <= target->size - offset)
        return true;
    return load_error_set(error,
                          "%s does not fit: 0x%" PRIx64 " bytes at 0x%" PRIx64
                          " are not inside RAM (0x%" PRIx64 ", %" PRIu64
                          " MiB); give the machine more with -m",
                          blob->name, size, blob->address, target->base, target->size >> 20);
}

static bool check_overlap(const struct blob_list *list, const struct blob *blob,
                          struct load_error *error)
{
    for (const struct blob *b = list->first; b; b = b->next)
        if (overlap(b, blob))
            return load_error_set(
                error, "%s at 0x%" PRIx64 " overlaps %s (0x%" PRIx64 " bytes at 0x%" PRIx64 ")",
                blob->name, blob->address, b->name, blob_size(b), b->address);
    return true;
}

static void blob_free(struct blob *blob)
{
    if (!blob)
        return;
    free(blob->name);
    bytes_free(&blob->bytes);
    free(blob);
}

bool blob_add(struct blob_list *list, const struct load_target *target, const char *name,
              uint64_t address, struct bytes bytes, uint64_t zeros, struct load_error *error)
{
    struct blob *blob = calloc(1, sizeof(*blob));
    if (!blob) {
        bytes_free(&bytes);
        return load_error_set(error, "out of memory while loading %s", name);
    }
    bytes_to_file(&bytes);
    *blob = (struct blob){ strdup(name), address, bytes, zeros, NULL };
    bool ok = blob->name ? check_ram(blob, target, error) && check_overlap(list, blob, error)
                         : load_error_set(error, "out of memory while loading %s", name);
    if (!ok) {
        blob_free(blob);
        return false;
    }
    if (!list->first)
        list->end = &list->first;
    *list->end = blob;
    list->end = &blob->next;
    return true;
}

/* As many bytes of the blob as the board maps; the rest is to be copied. */
static size_t map_blob(const struct blob *b, const struct load_target *target)
{
    const size_t pages = b->bytes.size & ~(size_t)0xfff;
    const bool mapped = b->bytes.mapped && pages && !(b->address & 0xfff) && target->map &&
                        target->map(target->ctx, b->address, b->bytes.fd, pages);
    return mapped ? pages : 0;
}

void blob_write_all(const struct blob_list *list, const struct load_target *target)
{
    for (const struct blob *b = list->first; b; b = b->next) {
        uint8_t *to = target->ram + (b->address - target->base);
        const size_t mapped = map_blob(b, target);
        if (mapped < b->bytes.size)
            memcpy(to + mapped, b->bytes.data + mapped, b->bytes.size - mapped);
        memset(to + b->bytes.size, 0, b->zeros);
    }
}

void blob_list_free(struct blob_list *list)
{
    while (list->first) {
        struct blob *next = list->first->next;
        blob_free(list->first);
        list->first = next;
    }
}
